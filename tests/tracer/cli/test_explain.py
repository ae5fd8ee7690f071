"""`mailtracer explain` as people and programs run it."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from tracer.cli import main

OnTerminal = Callable[..., str]
HEADER = "2026-11-24T03:37:02+01:00 mx "
GOOD_BODY = "connect from a.example[192.0.2.1]:25"
BAD_BODY = "E7F3A16272B: from=<>, sise=357, nrcpt=1 (queue active)"
GOOD = f"{HEADER}postfix/smtpd[417]: {GOOD_BODY}"
BAD = f"{HEADER}postfix/qmgr[418]: {BAD_BODY}"
SGR = re.compile(r"\x1b\[[0-9;]*m")


def test_plain_output_is_one_fact_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", GOOD, BAD]) == 1
    assert capsys.readouterr().out.splitlines() == [
        f"line\t{GOOD}",
        "header\tRFC 3339",
        "time\t2026-11-24T02:37:02Z",
        "host\tmx",
        "program\tpostfix/smtpd",
        "pid\t417",
        "event\tpostfix.client_connected",
        (
            "template\tconnect from {client_name:host}\\[{client_address:ip}\\]"
            "[:{client_port:int}][:unknown]"
        ),
        "optional\tpresent\t[:{client_port:int}]",
        "optional\tabsent\t[:unknown]",
        "declared\tparsers/postfix/smtpd.py",
        "source\tsrc/smtpd/smtpd.c",
        "field\tclient_name\tVARCHAR\ta.example",
        "field\tclient_address\tVARCHAR\t192.0.2.1",
        "field\tclient_port\tBIGINT\t25",
        "",
        f"line\t{BAD}",
        "header\tRFC 3339",
        "time\t2026-11-24T02:37:02Z",
        "host\tmx",
        "program\tpostfix/qmgr",
        "pid\t418",
        "event\tlog.line_unparsed",
        "unparsed\tno shape of postfix/qmgr fits it",
        "nearest\tpostfix.message_queued\tparsers/postfix/qmgr.py",
        (
            "template\t{queue_id}: from=<{envelope_sender}>, size={size_bytes}, "
            "nrcpt={recipient_count}[ (queue active)]"
        ),
        f"at\t{BAD_BODY}",
        f"\t{' ' * BAD_BODY.index('se=357')}^",
        f"stops\tcolumn {BAD_BODY.index('se=357') + 1}: expected `ze=`",
    ]


def test_json_is_the_documented_contract(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--json", GOOD, BAD]) == 1
    good, bad = map(json.loads, capsys.readouterr().out.splitlines())
    header = {"form": "RFC 3339", "occurred_at": "2026-11-24T02:37:02Z", "host": "mx"}
    assert good == {
        "line": GOOD,
        "body": GOOD_BODY,
        "event": "postfix.client_connected",
        "header": header | {"program": "postfix/smtpd", "pid": 417},
        "fields": {
            "client_name": {"value": "a.example", "type": "VARCHAR", "is_constant": False},
            "client_address": {"value": "192.0.2.1", "type": "VARCHAR", "is_constant": False},
            "client_port": {"value": 25, "type": "BIGINT", "is_constant": False},
        },
        "extra": {},
        "fit": {
            "template": "connect from {client_name:host}\\[{client_address:ip}\\]"
            "[:{client_port:int}][:unknown]",
            "parts": [
                {"text": ":{client_port:int}", "is_present": True},
                {"text": ":unknown", "is_present": False},
            ],
            "declared_in": "parsers/postfix/smtpd.py",
            "source": "src/smtpd/smtpd.c",
        },
        "reason": None,
        "stops": [],
        "alike": [],
    }
    assert bad == {
        "line": BAD,
        "body": BAD_BODY,
        "event": "log.line_unparsed",
        "header": header | {"program": "postfix/qmgr", "pid": 418},
        "fields": {},
        "extra": {},
        "fit": None,
        "reason": "no_shape",
        "stops": [
            {
                "event": "postfix.message_queued",
                "template": "{queue_id}: from=<{envelope_sender}>, size={size_bytes}, "
                "nrcpt={recipient_count}[ (queue active)]",
                "column": BAD_BODY.index("se=357") + 1,
                "expected": "ze=",
                "is_ahead": False,
                "declared_in": "parsers/postfix/qmgr.py",
                "source": "src/global/opened.c",
            }
        ],
        "alike": [],
    }


def test_unknown_pairs_and_constants_are_shown(capsys: pytest.CaptureFixture[str]) -> None:
    body = "E7F3A16272B: to=<b@y.example>, relay=none, delay=1, novel=<1, 2>, dsn=4.4.1, "
    assert main(["explain", "--program", "postfix/smtp", f"{body}status=deferred (no)"]) == 0
    out = capsys.readouterr().out
    assert "header\tnone: the program was given\nprogram\tpostfix/smtp\nevent" in out
    assert "extra\tnovel\t<1, 2>" in out
    warning = "warning: something that is new"
    assert main(["explain", "--program", "postfix/smtp", warning]) == 0
    assert "field\tseverity\tVARCHAR\twarning" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("nothing", "no header that is known"),
        (f"{HEADER}novel[1]: x", "no shape is declared for novel"),
        (f"{HEADER}smtpd[1]: x", "for smtpd, but for postfix/smtpd: --program"),
        (f"{HEADER}postfix/smtpd[1]: \u2603", "and none begins like it"),
        (f"{HEADER}postfix/smtpd[1]: {'x' * 1_000_000}", "too long"),
    ],
)
def test_a_line_that_is_not_understood_says_why(
    line: str, words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", line]) == 1
    (told,) = [row for row in capsys.readouterr().out.splitlines() if row.startswith("unparsed\t")]
    assert words in told


def run(stdin: bytes, *args: str) -> subprocess.CompletedProcess[bytes]:
    command = "import tracer.cli; raise SystemExit(tracer.cli.main())"
    return subprocess.run(
        [sys.executable, "-c", command, "explain", *args], input=stdin, capture_output=True
    )


def test_lines_of_standard_input_that_are_no_text() -> None:
    done = run(f"{GOOD}\n".encode() + b"\xff\0\n" + GOOD.encode(), "--json")
    assert (done.returncode, done.stderr) == (1, b"")
    rows = [json.loads(row) for row in done.stdout.splitlines()]
    assert [(row["line"], row.get("escaped")) for row in rows] == [
        (GOOD, None), (r"\xff\x00", True), (GOOD, None),
    ]  # fmt: skip


def test_a_line_of_the_command_line_that_is_no_text() -> None:
    done = run(b"", os.fsdecode(f"{HEADER}x: ".encode() + b"\xff"))
    assert (done.returncode, done.stderr) == (1, b"")
    assert f"line\t{HEADER}x: ".encode() + rb"\xff" in done.stdout
    assert b"bytes\tnot all are UTF-8" in done.stdout


def test_no_line_is_no_trouble() -> None:
    done = run(b"")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")


@pytest.mark.parametrize("args", [["--nope"], ["--zone", "Nowhere", GOOD]])
def test_misuse(args: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["explain", *args])
    assert ended.value.code == 2


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_it_fits_every_terminal(on_terminal: OnTerminal, columns: int) -> None:
    shown = SGR.sub("", on_terminal(columns, "explain", GOOD, BAD, code=1))
    assert max(map(len, shown.splitlines())) <= columns
    assert "\x1b" not in shown
    flat = re.sub(r"\s+", "", shown)
    for text in [GOOD, BAD, "client_address 192.0.2.1 VARCHAR", "+[:{client_port:int}]", "`ze=`"]:
        assert re.sub(r"\s+", "", text) in flat
    rows = shown.splitlines()
    (caret,) = [number for number, row in enumerate(rows) if row.strip() == "^"]
    assert rows[caret - 1][rows[caret].index("^") :].startswith("se=357")


def test_colour_only_where_it_is_wanted(on_terminal: OnTerminal) -> None:
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    assert "\x1b[1;32mpostfix.client_connected" in on_terminal(80, "explain", GOOD)
    assert not colour.search(on_terminal(80, "explain", GOOD, NO_COLOR="1"))
    assert b"\x1b" not in run(b"", GOOD, BAD).stdout


HOSTILE = f"{HEADER}postfix/qmgr[1]: E7F3A16272B: from=<\x1b]0;owned\x07\u202e漢字[red]x>, sise=3"


@pytest.mark.parametrize("columns", [40, 120])
def test_hostile_text_stays_text(
    on_terminal: OnTerminal, capsys: pytest.CaptureFixture[str], columns: int
) -> None:
    assert main(["explain", HOSTILE]) == 1
    plain = capsys.readouterr().out
    screen = SGR.sub("", on_terminal(columns, "explain", HOSTILE, code=1))
    for shown in (plain, screen):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u200b]", shown)
        assert r"\x1b]0;owned\x07\u202e漢字[red]x>" in re.sub(r"\n", "", shown)
    rows = plain.split("\n")
    (caret,) = [number for number, row in enumerate(rows) if row.strip() == "^"]
    before = rows[caret - 1].removesuffix("se=3").removeprefix("at\t")
    assert rows[caret] == "\t" + " " * (len(before) + 2) + "^"  # two characters are of two columns

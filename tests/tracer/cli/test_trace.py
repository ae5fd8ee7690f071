"""`mailtracer trace` as people and programs run it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracer.cli import main
from tracer.cli.terminal import safe

ID = "9BB5B162711"
SPF = (
    "policyd-spf[580]: : prepend Received-SPF: Pass (mailfrom) identity=mailfrom; "
    "client-ip=192.0.2.1; helo=c.example; envelope-from=a@x.example; receiver=y.example "
)
BODIES = [
    SPF,
    f"postfix/smtpd[507]: {ID}: client=c.example[192.0.2.1], sasl_method=PLAIN, sasl_username=ann",
    f"postfix/cleanup[512]: {ID}: message-id=<1@x.example>",
    f"opendkim[60]: {ID}: DKIM-Signature field added (s=k, d=x.example)",
    f"postfix/qmgr[417]: {ID}: from=<a@x.example>, size=4140, nrcpt=1 (queue active)",
    (
        f"postfix/smtp[522]: {ID}: to=<b@y.example>, orig_to=<all@x.example>, "
        "relay=mx.y.example[192.0.2.9]:25, delay=0.3, delays=0.12/0.03/0.03/0.12, dsn=2.0.0, "
        "status=sent (250 2.0.0 Ok: queued as CD5DD16271C)"
    ),
    f"postfix/qmgr[417]: {ID}: removed",
]
LOG = "".join(f"2026-11-24T12:00:0{n}+00:00 mx {body}\n" for n, body in enumerate(BODIES))
LINES = LOG.splitlines()
SENTENCE = "Forwarded for all@x.example to b@y.example, accepted by mx.y.example"
OFFSETS = [LOG.index(line) for line in LINES]

HOSTILE_BODIES = [
    "postfix/smtpd[1]: AB5B162799: client=c.example[192.0.2.1]",
    "postfix/cleanup[1]: AB5B162799: message-id=<\x1b]0;owned\x07\u202egnp.exe@[red]x>",
    (
        "postfix/smtp[1]: AB5B162799: to=<\x9b2J:smile:@y.example>, relay=none, delay=1, "
        "delays=1/0/0/0, dsn=5.0.0, status=bounced ([bold]\u200b\x7fno[/bold])"
    ),
]
HOSTILE = "".join(f"2026-11-24T12:00:00+00:00 mx {body}\n" for body in HOSTILE_BODIES)

StoreOf = Callable[[str], Path]
OnTerminal = Callable[..., str]


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def trace(db: Path, *args: str) -> int:
    return main(["trace", "--db", str(db), *args])


def test_plain_output_is_complete_and_stable(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trace(store_of(LOG), ID) == 0
    out, err = capsys.readouterr()
    assert err == ""
    marks = ["~", "", "", "", "", "", ""]
    assert out.splitlines() == [
        f"path\t{SENTENCE}",
        "recipient\tall@x.example: forwarded, at mx.y.example: 250 2.0.0 Ok: queued as CD5DD16271C",
        f"message\t{ID} on mx",
        "state\tdelivered\tdelivered to 1 of 1 recipient",
        "from\ta@x.example",
        "to\tb@y.example (for all@x.example)",
        "message-id\t<1@x.example>",
        "size\t4,140 bytes",
        "client\tc.example[192.0.2.1], logged in as ann (PLAIN)",
        "logged\t2026-11-24 12:00:01 UTC to 2026-11-24 12:00:06 UTC",
        "verdict\t~ spf: pass (mailfrom, a@x.example)",
        "verdict\tdkim: signed (x.example, k)",
        (
            "delivery\t2026-11-24 12:00:05 UTC\tb@y.example (for all@x.example)\tsent\t2.0.0\t"
            "mx.y.example[192.0.2.9]:25\t0.3\t0.12/0.03/0.03/0.12\t"
            "250 2.0.0 Ok: queued as CD5DD16271C"
        ),
        "related\tqueued as CD5DD16271C on mx.y.example (not in this store)",
        *(
            f"line{mark}\t/var/log/mail.log:{offset}\t{line}"
            for mark, offset, line in zip(marks, OFFSETS, LINES, strict=True)
        ),
    ]


def test_json_is_the_documented_contract(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trace(store_of(LOG), "--json", ID) == 0
    key = f"mx/postfix/{ID}/1"
    [line] = capsys.readouterr().out.splitlines()
    assert json.loads(line) == {"query": ID, "paths": [{
        "sentence": SENTENCE,
        "message_id": "<1@x.example>", "envelope_sender": "a@x.example",
        "client_name": "c.example", "client_address": "192.0.2.1", "helo_name": None,
        "sasl_username": "ann",
        "first_seen": "2026-11-24T12:00:00Z", "last_seen": "2026-11-24T12:00:06Z",
        "recipients": [{
            "recipient": "all@x.example", "original_recipient": None, "outcome": "forwarded",
            "final_recipient": "b@y.example", "host": "mx", "mailbox": None, "folder": None,
            "relay_host": "mx.y.example", "dsn": "2.0.0",
            "reply": "250 2.0.0 Ok: queued as CD5DD16271C", "reason_class": None, "attempts": 1,
            "at": "2026-11-24T12:00:05Z",
        }],
        "verdicts": [
            {"kind": "spf", "result": "pass", "score": None, "required": None,
             "detail": "mailfrom, a@x.example", "host": "mx"},
            {"kind": "dkim", "result": "signed", "score": None, "required": None,
             "detail": "x.example, k", "host": "mx"},
        ],
        "messages": [{
            "message_key": key, "host": "mx", "instance": "postfix", "queue_id": ID,
            "message_id": "<1@x.example>", "envelope_sender": "a@x.example", "size_bytes": 4140,
            "state": "delivered",
            "first_seen": "2026-11-24T12:00:01Z", "last_seen": "2026-11-24T12:00:06Z",
            "deliveries": [{
                "occurred_at": "2026-11-24T12:00:05Z", "recipient": "b@y.example",
                "original_recipient": "all@x.example", "relay": "mx.y.example[192.0.2.9]:25",
                "status": "sent", "dsn": "2.0.0", "reply": "250 2.0.0 Ok: queued as CD5DD16271C",
                "delay_seconds": 0.3, "delay_before_qmgr": 0.12, "delay_in_qmgr": 0.03,
                "delay_connection_setup": 0.03, "delay_transmission": 0.12,
            }],
        }],
        "links": [
            {"kind": "scanned", "from": key, "to": f"mx/{program}", "certainty": certainty,
             "lines": [{"source": "/var/log/mail.log", "offset": OFFSETS[n]}]}
            for program, certainty, n in (
                ("policyd-spf", "inferred", 0), ("opendkim", "certain", 3)
            )
        ],
        "lines": [
            {"source": "/var/log/mail.log", "offset": OFFSETS[n], "text": LINES[n]}
            for n in range(7)
        ],
    }]}  # fmt: skip


def test_one_json_object_a_line(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    later = LOG.replace("T12:", "T13:")
    assert trace(store_of(LOG + later), "--json", ID, "1@x.example") == 0
    made = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    lives = [f"mx/postfix/{ID}/1", f"mx/postfix/{ID}/2"]
    assert [
        (m["query"], [message["message_key"] for p in m["paths"] for message in p["messages"]])
        for m in made
    ] == [(ID, lives), ("1@x.example", lives)]


SPAN = ". It holds 7 lines from 2026-11-24 12:00:00 UTC to 2026-11-24 12:00:06 UTC"


@pytest.mark.parametrize(
    ("term", "shown", "sentence"),
    [
        (ID.lower(), ID.lower(), f". Did you mean {ID}?"),
        ("0123456789A", "0123456789A", "; is the log of that time loaded?"),
        ("\x1b[2J", r"\x1b[2J", "; is the log of that time loaded?"),
    ],
)
def test_what_is_not_there_is_explained(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str], term: str, shown: str, sentence: str
) -> None:
    assert trace(store_of(LOG), term) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err == f"mailtracer: {shown}: no such message in this store{SPAN}{sentence}\n"


def test_one_unknown_among_known_ids(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace(store_of(LOG), ID, "0123456789A") == 1
    out, err = capsys.readouterr()
    assert f"message\t{ID}" in out
    assert "0123456789A: no such message" in err


def test_an_empty_store_says_so(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace(store_of(""), ID) == 1
    assert "which is empty: load logs with `mailtracer ingest`" in capsys.readouterr().err


def test_more_than_the_limit(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    db = store_of(LOG + LOG.replace("T12:", "T13:"))
    assert trace(db, "--limit", "1", ID) == 0
    out, err = capsys.readouterr()
    assert "message 2 of 2 with this queue id" in out
    assert "message 1 of 2" not in out
    assert f"{ID}: only the latest 1 messages are shown; --limit N shows more" in err


@pytest.mark.parametrize(
    "args",
    [[], ["--limit", "0", ID], ["--limit", "x", ID], ["--nope", ID], ["--json", "--dot", ID]],
)
def test_misuse(tmp_path: Path, args: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        trace(tmp_path / "none.duckdb", *args)
    assert ended.value.code == 2


def test_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace(tmp_path / "none.duckdb", ID) == 2
    assert "mailtracer ingest" in capsys.readouterr().err


SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_it_fits_every_terminal(store_of: StoreOf, on_terminal: OnTerminal, columns: int) -> None:
    shown = SGR.sub("", on_terminal(columns, "trace", "--db", str(store_of(LOG)), ID))
    assert max(map(len, shown.splitlines())) <= columns
    assert "\x1b" not in shown
    flat = re.sub(r"\s+", "", shown)
    for text in [
        SENTENCE,
        "spf: pass (mailfrom, a@x.example)",
        "12:00:01 9BB5B162711 on mx",
        "0.12 s before the queue, 0.03 s in the queue, 0.03 s to connect, 0.12 s to hand over",
    ]:
        assert re.sub(r"\s+", "", text) in flat


@pytest.mark.parametrize("columns", [40, 120])
def test_all_lines_fit_every_terminal(
    store_of: StoreOf, on_terminal: OnTerminal, columns: int
) -> None:
    shown = SGR.sub("", on_terminal(columns, "trace", "--db", str(store_of(LOG)), "--lines", ID))
    assert max(map(len, shown.splitlines())) <= columns
    flat = re.sub(r"\s+", "", shown)
    positions = [flat.index(re.sub(r"\s+", "", line)) for line in LINES]
    assert positions == sorted(positions)


def test_lines_alone_are_those_of_the_log(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trace(store_of(LOG), "--lines", ID) == 0
    shown = [line.partition("\t")[2] for line in capsys.readouterr().out.splitlines()]
    assert shown == LINES


def test_a_graph_that_hostile_names_do_not_break(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert trace(store_of(LOG.replace(" mx ", ' m"x\\ ')), "--dot", ID) == 0
    assert (
        rf'"m\"x\\/postfix/{ID}/1" [label="{ID} on m\"x\\\ndelivered"];' in capsys.readouterr().out
    )


@pytest.mark.parametrize("term", ["192.0.2.1", "CD5DD16271C", "<1@x.example>", "b@y.example"])
def test_all_that_names_it_finds_it(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str], term: str
) -> None:
    assert trace(store_of(LOG), term) == 0
    assert f"message\t{ID} on mx\n" in capsys.readouterr().out


def test_follow_ends_when_it_is_done(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert trace(store_of(LOG), "--follow", ID) == 0
    assert capsys.readouterr().out.count("path\t") == 1


def test_colour_tells_the_outcome_unless_it_is_unwanted(
    store_of: StoreOf, on_terminal: OnTerminal
) -> None:
    command = ("trace", "--db", str(store_of(LOG)), ID)
    assert "\x1b[1;32mForwarded for" in on_terminal(80, *command)
    assert not re.search(r"\x1b\[[0-9;]*3[0-7]", on_terminal(80, *command, NO_COLOR="1"))


def test_hostile_text_stays_text(
    store_of: StoreOf, on_terminal: OnTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    db = store_of(HOSTILE)
    assert trace(db, "AB5B162799") == 0
    for shown in (
        capsys.readouterr().out,
        SGR.sub("", on_terminal(120, "trace", "--db", str(db), "AB5B162799")),
    ):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u200b]", shown)
        for written in (
            r"<\x1b]0;owned\x07\u202egnp.exe@[red]x>",
            r"\x9b2J:smile:@y.example",
            r"[bold]\u200b\x7fno[/bold]",
        ):
            assert written in re.sub(r"\n\s+", "", shown)


@given(st.text())
def test_safe_text_moves_no_cursor_and_keeps_what_is_seen(text: str) -> None:
    shown = safe(text)
    assert not re.search("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]", shown)
    assert safe(shown) == shown
    if text.isascii() and text.isprintable():
        assert shown == text

"""`mailtracer search` as people and programs run it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tracer.cli import main

BODIES = [
    "postfix/smtpd[507]: A1111111111: client=c.example[192.0.2.1]",
    "postfix/cleanup[512]: A1111111111: message-id=<1@x.example>",
    "postfix/qmgr[417]: A1111111111: from=<>, size=4140, nrcpt=3 (queue active)",
    (
        "postfix/smtp[522]: A1111111111: to=<b@y.example>, relay=mx.y.example[192.0.2.9]:25, "
        "delay=0.3, delays=0.12/0.03/0.03/0.12, dsn=5.1.1, status=bounced (host "
        "mx.y.example[192.0.2.9] said: 550 5.1.1 <b@y.example>: User unknown in a table with a "
        "rather long name (in reply to RCPT TO command))"
    ),
    "postfix/qmgr[417]: A1111111111: removed",
    (
        "postfix/smtpd[508]: NOQUEUE: reject: RCPT from z.example[192.0.2.2]: 554 5.7.1 "
        "<b@y.example>: Relay access denied; from=<a@x.example> to=<b@y.example> proto=ESMTP "
        "helo=<z.example>"
    ),
    "postfix/cleanup[512]: B2222222222: message-id=<2@x.example>",
]
LOG = "".join(f"2026-11-24T12:00:0{n}+00:00 mx {body}\n" for n, body in enumerate(BODIES))
REASON = (
    "host mx.y.example[192.0.2.9] said: 550 5.1.1 <b@y.example>: User unknown in a table with a "
    "rather long name (in reply to RCPT TO command)"
)

StoreOf = Callable[[str], Path]
OnTerminal = Callable[..., str]


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def run(db: Path, *args: str) -> int:
    return main(["search", "--db", str(db), *args])


def test_plain_output(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store_of(LOG), "example") == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert [line.split("\t") for line in out.splitlines()] == [
        ["2026-11-24 12:00:06 UTC", "B2222222222", "mx", "-", "-", "-", "received", "-"],
        [
            "2026-11-24 12:00:05 UTC", "NOQUEUE", "mx", "a@x.example", "b@y.example", "-",
            "rejected", "5.7.1 Relay access denied",
        ],
        [
            "2026-11-24 12:00:00 UTC", "A1111111111", "mx", "<>", "b@y.example and 2 more",
            "4140", "bounced", REASON,
        ],
    ]  # fmt: skip


def test_json_is_the_documented_contract(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(store_of(LOG), "--json", "to:b@y.example") == 0
    refusal, message = map(json.loads, capsys.readouterr().out.splitlines())
    assert message == {
        "kind": "message", "first_at": "2026-11-24T12:00:00Z", "last_at": "2026-11-24T12:00:04Z",
        "host": "mx", "instance": "postfix", "queue_id": "A1111111111", "life": 1,
        "message_id": "<1@x.example>",
        "envelope_sender": "", "recipients": ["b@y.example"], "recipient_count": 3,
        "size_bytes": 4140, "client_name": "c.example", "client_address": "192.0.2.1",
        "outcome": "bounced", "dsn": "5.1.1", "reason": REASON,
    }  # fmt: skip
    assert refusal == {
        "kind": "rejected", "first_at": "2026-11-24T12:00:05Z", "last_at": "2026-11-24T12:00:05Z",
        "host": "mx", "instance": None, "queue_id": None, "life": None, "message_id": None,
        "envelope_sender": "a@x.example", "recipients": ["b@y.example"], "recipient_count": 1,
        "size_bytes": None, "client_name": "z.example", "client_address": "192.0.2.2",
        "outcome": "rejected", "dsn": "5.7.1", "reason": "Relay access denied",
    }  # fmt: skip


def test_arguments_make_one_query(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    db = store_of(LOG)
    for args in (
        ["from:<>", "status:bounced"],
        ["from:<> status:bounced"],
        ["-status:rejected to:b@y.example"],
        ["--", "-status:rejected", "to:b@y.example"],
    ):
        assert run(db, *args) == 0
        (line,) = capsys.readouterr().out.splitlines()
        assert "A1111111111" in line


def test_more_than_the_limit(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store_of(LOG), "--limit", "1", "example") == 0
    out, err = capsys.readouterr()
    assert "B2222222222" in out
    assert len(out.splitlines()) == 1
    assert err == "mailtracer: these are the latest 1; --limit N shows more\n"


def test_nothing_found(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    for args in (["nobody"], ["--json", "nobody"]):
        assert run(store_of(LOG), *args) == 1
        out, err = capsys.readouterr()
        assert out == ""
        assert err == (
            "mailtracer: nothing fits this query. The store holds 7 lines from 2026-11-24 12:00:00 "
            "UTC to 2026-11-24 12:00:06 UTC\n"
        )


def test_an_empty_store_says_so(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store_of(""), "a") == 1
    assert "the store is empty, load logs with `mailtracer ingest`" in capsys.readouterr().err


def test_a_mistake_is_pointed_at(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(store_of(LOG), "a frmo:b\x1b[2J") == 2
    out, err = capsys.readouterr()
    assert out == ""
    first, query, mark = err.splitlines()
    assert first.startswith("mailtracer: no key is called frmo; did you mean from?")
    assert query == "    a frmo:b\N{REPLACEMENT CHARACTER}[2J"
    assert mark == "      ^"


@pytest.mark.parametrize("args", [[], ["--limit", "0", "a"], ["--nope", "a"]])
def test_misuse(tmp_path: Path, args: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(tmp_path / "none.duckdb", *args)
    assert ended.value.code == 2


def test_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(tmp_path / "none.duckdb", "a") == 2
    assert "mailtracer ingest" in capsys.readouterr().err


SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_it_fits_every_terminal(store_of: StoreOf, on_terminal: OnTerminal, columns: int) -> None:
    shown = on_terminal(columns, "search", "--db", str(store_of(LOG)), "example")
    assert "\x1b[31mbounced" in shown
    shown = SGR.sub("", shown)
    assert max(map(len, shown.splitlines())) <= columns
    assert "\x1b" not in shown
    for text in ("2026-11-24 12:00:00", "A1111111111", "NOQUEUE", "<>", "and 2 more", "4,140"):
        assert text in shown
    assert "host mx.y.example[192.0.2.9]" in shown
    assert "…" in shown


def test_hostile_text_stays_text(
    store_of: StoreOf, on_terminal: OnTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = LOG.replace("User unknown", "\x1b]0;owned\x07\u202egnp [red]x[/red] :smile:")
    db = store_of(hostile)
    assert run(db, "status:bounced") == 0
    for shown in (
        capsys.readouterr().out,
        SGR.sub("", on_terminal(250, "search", "--db", str(db), "status:bounced")),
    ):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e]", shown)
        assert r"\x1b]0;owned\x07\u202egnp [red]x[/red] :smile:" in shown

"""Lines that are JSON objects: systemd's journal, and Docker's containers."""

# ruff: noqa: DTZ001 - events have naive UTC times

import json
from datetime import datetime

import pytest

from parsers.batch import parse_lines
from parsers.headers import Header, split_header

ENTRY: dict[str, object] = {
    "__CURSOR": "s=1;i=2",
    "__REALTIME_TIMESTAMP": "1795491421123456",
    "_HOSTNAME": "mx",
    "SYSLOG_IDENTIFIER": "postfix/qmgr",
    "SYSLOG_PID": "417",
    "_PID": "1",
    "_COMM": "qmgr",
    "MESSAGE": "E7F3A16272B: removed",
}
HEADER = Header(
    "2026-11-24T03:37:01.123456+00:00", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"
)


def entry(**changes: object) -> str:
    """An entry's line; a member that is None is left out."""
    return json.dumps({k: v for k, v in {**ENTRY, **changes}.items() if v is not None})


@pytest.mark.parametrize("lead", ["", "\x1e"])
def test_an_entry(lead: str) -> None:
    line = lead + entry()
    assert split_header(line) == HEADER
    (row,) = parse_lines([line])
    assert row == {
        "line": line,
        "event": "postfix.message_removed",
        "occurred_at": datetime(2026, 11, 24, 3, 37, 1, 123456),
        "host": "mx",
        "program": "postfix/qmgr",
        "pid": 417,
        "queue_id": "E7F3A16272B",
        "fields": {},
    }


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"SYSLOG_PID": None}, HEADER._replace(pid=1)),
        ({"SYSLOG_PID": "no", "_PID": None}, HEADER._replace(pid=None)),
        ({"SYSLOG_PID": "9" * 40, "_PID": None}, HEADER._replace(pid=None)),
        ({"SYSLOG_IDENTIFIER": None}, HEADER._replace(program="qmgr")),
        ({"_HOSTNAME": None}, HEADER._replace(host=None)),
        ({"MESSAGE": list("é: ü".encode())}, HEADER._replace(body="é: ü")),
        ({"MESSAGE": [69, 255, 0]}, HEADER._replace(body=r"E\xff\x00")),
        ({"MESSAGE": ["first", "second"]}, HEADER._replace(body="first")),
        ({"MESSAGE": []}, HEADER._replace(body="")),
        ({"MESSAGE": [[["nested"]]]}, HEADER._replace(body="")),
        ({"MESSAGE": "half \ud83d pair"}, HEADER._replace(body=r"half \ud83d pair")),
        ({"__REALTIME_TIMESTAMP": "9" * 18}, HEADER._replace(stamp=None)),
        ({"__REALTIME_TIMESTAMP": None}, None),
        ({"__REALTIME_TIMESTAMP": "-1"}, None),
        ({"MESSAGE": None}, None),
        ({"SYSLOG_IDENTIFIER": None, "_COMM": None}, None),
    ],
)
def test_entries_that_lack_or_garble_something(
    changes: dict[str, object], expected: Header | None
) -> None:
    line = entry(**changes)
    assert split_header(line) == expected
    (row,) = parse_lines([line])
    assert (row["host"], row["program"]) == (expected[1:3] if expected else (None, None))


def test_a_message_that_the_journal_left_out_is_empty() -> None:
    """It shows null for what is longer than 4096 bytes, unless told `--all`."""
    line = entry().replace('"E7F3A16272B: removed"', "null")
    assert split_header(line) == HEADER._replace(body="")


def test_a_message_cannot_add_to_its_entry() -> None:
    message = '","SYSLOG_IDENTIFIER":"evil","x":"'
    assert split_header(entry(MESSAGE=message)) == HEADER._replace(body=message)


@pytest.mark.parametrize("line", ["{", "{}", "[]", '{"MESSAGE":"x"}', '{"log":1}', entry()[:-1]])
def test_what_is_no_entry_has_no_header(line: str) -> None:
    assert split_header(line) is None
    (row,) = parse_lines([line])
    assert (row["event"], row["program"]) == ("log.line_unparsed", None)


def test_a_container_s_line_is_read_within() -> None:
    inner = "Nov 24 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed\n"
    line = json.dumps({"log": inner, "stream": "stdout", "time": "2026-11-24T03:37:01.5Z"})
    assert split_header(line) == HEADER._replace(stamp="Nov 24 03:37:01")
    assert split_header(json.dumps({"log": "no header\n", "time": "2026-11-24T03:37:01Z"})) is None
    assert split_header(json.dumps({"log": entry()})) is None
    assert split_header(json.dumps({"log": "2026-11-24 03:37:01 ho\nst tag[1]: x"})) is None

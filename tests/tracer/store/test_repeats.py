"""`last message repeated`: one more event like the line before it, across chunks and hosts."""

from pathlib import Path

import pytest

from tracer.sources.chunks import Chunk, Identity
from tracer.store import open_writer
from tracer.store.reading import Reader

REJECTED = (
    "Nov 24 03:37:01 {} postfix/smtpd[1]: NOQUEUE: reject: RCPT from bot66.dyn.example"
    "[203.0.113.66]: 554 5.7.1 <x@gmx.example>: Relay access denied; from=<a@b.example>"
    " to=<x@gmx.example> proto=ESMTP helo=<{}>\n"
)
REPEATED = "Nov 24 03:37:31 {} last message repeated {} times\n"
LINES = [
    REPEATED.format("alone", 9),
    REJECTED.format("mx", "first"),
    REJECTED.format("other", "second"),
    REPEATED.format("mx", 4),
    "Nov 24 03:38:01 mx syslogd: last message repeated 2 times\n",
    REPEATED.format("other", 1).replace("times", "time"),
]


def read(reader: Reader, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in reader.query(sql).to_pylist()]


@pytest.mark.parametrize("size", [1, 2, 4, len(LINES)])
def test_it_is_the_event_of_the_line_before(tmp_path: Path, size: int) -> None:
    identity = Identity("/var/log/maillog", "".join(LINES).encode())
    with open_writer(tmp_path / "store.duckdb") as writer:
        stream, offset = writer.resolve(identity), 0
        for start in range(0, len(LINES), size):
            data = "".join(LINES[start : start + size]).encode()
            stream = writer.append(Chunk(stream, offset, data)).stream
            offset += len(data)
        events = read(
            writer, "SELECT host, event, helo_name, repeated FROM events ORDER BY position"
        )
        counted = read(
            writer,
            "SELECT host, sum(count)::BIGINT FROM traffic_minutely GROUP BY host ORDER BY host",
        )
    assert events == [
        ("alone", "log.message_repeated", None, 9),
        ("mx", "postfix.rejected", "first", None),
        ("other", "postfix.rejected", "second", None),
        ("mx", "postfix.rejected", "first", 4),
        ("mx", "postfix.rejected", "first", 2),
        ("other", "postfix.rejected", "second", 1),
    ]
    assert counted == [("mx", 7), ("other", 2)]

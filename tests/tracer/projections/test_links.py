"""What lines say of two queue files, whatever batches they came in."""

from pathlib import Path

import pytest

from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_reader, open_writer

LINES = [
    (
        "postfix/smtp[7]: 9BB5B162711: to=<b@y.example>, relay=m.example[192.0.2.9]:25, delay=1, "
        "delays=1/0/0/0, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as CD5DD16271C)"
    ),
    (
        "postfix/local[7]: 9BB5B162711: to=<b@y.example>, relay=local, delay=1, delays=1/0/0/0, "
        "dsn=2.0.0, status=sent (forwarded as DD5DD16271C)"
    ),
    "postfix/bounce[7]: 9BB5B162711: sender non-delivery notification: A0E6A16275A",
    "postfix/bounce[7]: 9BB5B162711: sender delay notification: B0E6A16275A",
    "postfix/pickup[7]: C0E6A16275A: uid=103 from=<a@x.example> orig_id=9BB5B162711",
    (
        "postfix/smtpd[7]: D0E6A16275A: client=localhost[127.0.0.1], orig_queue_id=9BB5B162711, "
        "orig_client=c.example[192.0.2.1]"
    ),
    "postfix/smtpd[7]: D0E6A16275A: client=localhost[127.0.0.1]",
    (
        "postfix/smtp[7]: 9BB5B162711: to=<c@y.example>, relay=none, delay=1, delays=1/0/0/0, "
        "dsn=4.0.0, status=deferred (said: forwarded as EE5DD16271C)"
    ),
]  # fmt: skip
EXPECTED = [
    ("relayed", "9BB5B162711", "CD5DD16271C", "m.example", "192.0.2.9"),
    ("forwarded", "9BB5B162711", "DD5DD16271C", None, None),
    ("bounced", "9BB5B162711", "A0E6A16275A", None, None),
    ("notified", "9BB5B162711", "B0E6A16275A", None, None),
    ("requeued", "9BB5B162711", "C0E6A16275A", None, None),
    ("reinjected", "9BB5B162711", "D0E6A16275A", None, None),
]


@pytest.mark.parametrize("lines_a_batch", [1, 3, 100])
def test_each_line_that_names_two_files_is_a_row(tmp_path: Path, lines_a_batch: int) -> None:
    data = "".join(f"2026-11-24T12:00:00+00:00 mx {line}\n" for line in LINES).encode()
    lines = data.splitlines(keepends=True)
    with open_writer(tmp_path / "s.duckdb") as writer:
        stream = writer.resolve(Identity("/var/log/mail.log", data[:HEAD_BYTES]))
        offset = 0
        for first in range(0, len(lines), lines_a_batch):
            part = b"".join(lines[first : first + lines_a_batch])
            writer.append(Chunk(stream, offset, part))
            offset += len(part)
    with open_reader(tmp_path / "s.duckdb") as reader:
        rows = reader.query("SELECT * FROM links ORDER BY position").to_pylist()
    names = ("kind", "from_queue_id", "to_queue_id", "relay_host", "relay_address")
    assert [tuple(row[name] for name in names) for row in rows] == EXPECTED
    assert [row["position"] for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {row["host"] for row in rows} == {"mx"}

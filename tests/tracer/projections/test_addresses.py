"""Which lines name which address, whatever batches they came in; and what is found by it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracer.queries import addressed, path, trace
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import Reader, open_reader, open_writer

MANY = 700  # messages to one address: more than are looked at at once
NAMED = [
    "postfix/smtpd[7]: connect from c.example[192.0.2.1]",
    (
        "postfix/smtpd[7]: NOQUEUE: reject: RCPT from c.example[192.0.2.1]: 550 5.1.1 "
        "<No@y.example>: Recipient address rejected: User unknown; from=<A@x.example> "
        "to=<No@y.example> proto=ESMTP helo=<c>"
    ),
    (
        "postfix/lmtp[7]: 9BB5B162711: to=<b@y.example>, orig_to=<all@y.example>, relay=m, "
        "delay=1, delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)"
    ),
    "postfix/qmgr[7]: 9BB5B162711: from=<>, size=10, nrcpt=1 (queue active)",
    "postgrey[7]: action=pass, client_address=192.0.2.1, sender=a@x.example, recipient=b@y.example",
]
EXPECTED = [("a@x.example", 2), ("no@y.example", 2), ("all@y.example", 3), ("b@y.example", 3)]


def load(store: Path, text: str, lines_a_batch: int) -> None:
    lines = text.encode().splitlines(keepends=True)
    with open_writer(store) as writer:
        stream = writer.resolve(Identity("/var/log/mail.log", text.encode()[:HEAD_BYTES]))
        offset = 0
        for first in range(0, len(lines), lines_a_batch):
            part = b"".join(lines[first : first + lines_a_batch])
            writer.append(Chunk(stream, offset, part))
            offset += len(part)


def many() -> Iterator[str]:
    for number in range(MANY):
        stamp = f"2026-11-24T12:{number // 60:02}:{number % 60:02}+00:00 mx postfix/"
        queue_id = f"{number:05X}62711A"
        yield f"{stamp}cleanup[7]: {queue_id}: message-id=<{number}@x>\n"
        yield f"{stamp}qmgr[7]: {queue_id}: from=<a@x.example>, size=10, nrcpt=1 (queue active)\n"
        yield (
            f"{stamp}smtp[7]: {queue_id}: to=<list@y.example>, relay=none, delay=1, "
            "delays=1/0/0/0, dsn=4.0.0, status=deferred (later)\n"
        )


@pytest.mark.parametrize("lines_a_batch", [1, 100])
def test_each_address_of_a_line_is_a_row(tmp_path: Path, lines_a_batch: int) -> None:
    text = "".join(f"2026-11-24T12:00:00+00:00 mx {line}\n" for line in NAMED)
    load(tmp_path / "s.duckdb", text, lines_a_batch)
    with open_reader(tmp_path / "s.duckdb") as reader:
        rows = reader.query("SELECT * FROM addresses ORDER BY position, address").to_pylist()
    assert [(row["address"], row["position"]) for row in rows] == EXPECTED


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    store = tmp_path_factory.mktemp("addresses") / "s.duckdb"
    refused = "".join(f"2026-11-24T12:59:59+00:00 mx {line}\n" for line in NAMED[:2])
    load(store, "".join(many()) + refused, 10_000)
    with open_reader(store) as opened:
        yield opened


@pytest.mark.parametrize("address", ["list@y.example", "LIST@y.example", "a@x.example"])
def test_the_latest_messages_of_an_address_come_first(reader: Reader, address: str) -> None:
    lives = trace.lives_of(reader, address, 3)
    assert [life["message_id"] for life in lives] == [f"<{MANY - n}@x>" for n in (1, 2, 3)]


def test_more_are_found_than_are_looked_at_at_once(reader: Reader) -> None:
    lives = addressed.lives(reader, "list@y.example", MANY + 5)
    assert len({life["queue_id"] for life in lives}) == len(lives) == MANY


@pytest.mark.parametrize("address", ["no@y.example", "a@x.example", "192.0.2.1"])
def test_what_was_refused_is_found_by_any_of_its_addresses(reader: Reader, address: str) -> None:
    [refused] = path.refused(reader, address)
    assert refused.recipients[0].recipient == "No@y.example"


def test_an_unknown_address_finds_nothing(reader: Reader) -> None:
    assert trace.lives_of(reader, "nobody@y.example", 3) == []
    assert path.refused(reader, "nobody@y.example") == []

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from tests.tracer.store.samples import LINES, LOG, count, identity, load, stored
from tracer.errors import TracerError
from tracer.projections import traffic
from tracer.sources.chunks import Chunk, Ending, Stream
from tracer.store import open_writer
from tracer.store.preparation import Prepared
from tracer.store.writer import Writer

WRITTEN_AT = datetime(2026, 11, 24, 4, tzinfo=UTC)


def at(*parts: int) -> datetime:
    return datetime(*parts)  # noqa: DTZ001 - the store's times are naive UTC


def chunk(stream: Stream, data: bytes, ending: Ending = Ending.LINE, offset: int = 0) -> Chunk:
    return Chunk(stream, offset, data, ending, WRITTEN_AT)


def begin(writer: Writer) -> Stream:
    return writer.resolve(identity(LOG))


def test_append_stores_lines_events_and_projections(writer: Writer) -> None:
    added = writer.append(chunk(begin(writer), LOG))
    assert (added.lines, added.unparsed) == (len(LINES), 1)
    assert added.first_at == at(2026, 11, 24, 3, 37, 1)
    assert added.last_at == at(2026, 11, 24, 3, 37, 3)
    assert added.stream.committed_offset == len(LOG)
    assert stored(writer) == LOG
    events = writer.query(
        "SELECT event, byte_offset, queue_id FROM events ORDER BY position"
    ).to_pylist()
    assert [event["event"] for event in events] == [
        "postfix.client_connected",
        "postfix.client_assigned",
        "postfix.message_id_logged",
        "postfix.message_queued",
        "postfix.delivery_attempted",
        "postfix.message_removed",
        "log.line_unparsed",
    ]
    assert [event["byte_offset"] for event in events] == [
        sum(map(len, LINES[:number])) for number in range(len(LINES))
    ]
    assert [event["queue_id"] for event in events] == [None, *["4C01AB23"] * 5, None]
    message = writer.query("SELECT * FROM messages").to_pylist()
    assert [(m["envelope_sender"], m["sent_count"]) for m in message] == [("a@client.example", 1)]


def test_source_row_tells_what_is_stored(writer: Writer) -> None:
    writer.append(chunk(begin(writer), LOG))
    (row,) = writer.query(
        "SELECT source_id, generation, name, committed_offset, line_count, unparsed_count, "
        "first_at, last_at, zone FROM sources"
    ).to_pylist()
    assert row == {
        "source_id": 1,
        "generation": 1,
        "name": "/var/log/mail.log",
        "committed_offset": len(LOG),
        "line_count": len(LINES),
        "unparsed_count": 1,
        "first_at": at(2026, 11, 24, 3, 37, 1),
        "last_at": at(2026, 11, 24, 3, 37, 3),
        "zone": "UTC",
    }


def test_what_is_stored_already_adds_nothing(writer: Writer) -> None:
    stream = begin(writer)
    writer.append(chunk(stream, LOG))
    assert writer.append(chunk(stream, LOG)).lines == 0
    assert writer.append(chunk(stream, LINES[0])).lines == 0
    assert load(writer, LOG, "/var/log/mail.log.1.gz").lines == 0
    assert count(writer, "events") == count(writer, "lines") == len(LINES)


def test_chunks_that_overlap_are_trimmed(writer: Writer) -> None:
    stream = begin(writer)
    writer.append(chunk(stream, b"".join(LINES[:3])))
    added = writer.append(chunk(stream, b"".join(LINES[2:]), offset=len(LINES[0] + LINES[1])))
    assert added.lines == len(LINES) - 3
    assert stored(writer) == LOG


def test_what_was_prepared_of_a_chunk_is_not_believed_once_it_is_trimmed(writer: Writer) -> None:
    stream = begin(writer)
    prepared = writer.prepare(LOG, Ending.LINE)
    writer.append(chunk(stream, b"".join(LINES[:3])))
    added = writer.append(replace(chunk(stream, LOG), prepared=prepared))
    assert added.lines == len(LINES) - 3
    assert stored(writer) == LOG
    assert count(writer, "events") == len(LINES)


def test_a_prepared_chunk_is_stored_as_any_other(writer: Writer) -> None:
    half = LOG + b"Nov 24 03:37:09 mx postfix/qmgr[1]: 4C01AB23: rem"
    prepared = writer.prepare(half, Ending.PARTIAL)
    stream = begin(writer)
    added = writer.append(replace(chunk(stream, half, Ending.PARTIAL), prepared=prepared))
    assert (added.lines, added.unparsed) == (len(LINES), 1)
    assert added.stream.committed_offset == len(LOG)
    assert (count(writer, "lines"), count(writer, "events")) == (len(LINES) + 1, len(LINES))
    assert stored(writer) == half


def test_a_gap_is_refused(writer: Writer) -> None:
    with pytest.raises(ValueError, match="skipped"):
        writer.append(chunk(begin(writer), LINES[1], offset=len(LINES[0])))
    assert count(writer, "lines") == 0


def test_a_missing_line_feed_must_be_declared(writer: Writer) -> None:
    with pytest.raises(ValueError, match="line feed"):
        writer.append(chunk(begin(writer), b"half"))


def test_half_a_line_is_kept_but_says_nothing_until_it_is_whole(writer: Writer) -> None:
    stream = begin(writer)
    half = LINES[0] + LINES[1][:-10]
    added = writer.append(chunk(stream, half, Ending.PARTIAL))
    assert (added.lines, added.stream.committed_offset) == (1, len(LINES[0]))
    assert stored(writer) == half
    assert count(writer, "events") == 1

    longer = LINES[1][:-5]
    again = writer.append(chunk(stream, longer, Ending.PARTIAL, offset=len(LINES[0])))
    assert again.lines == 0
    assert stored(writer) == LINES[0] + longer

    writer.append(chunk(stream, b"".join(LINES[1:]), offset=len(LINES[0])))
    assert stored(writer) == LOG
    assert count(writer, "events") == len(LINES)
    assert count(writer, "(SELECT position FROM lines JOIN events USING (position))") == len(LINES)


def test_half_a_line_survives_a_restart(path: Path) -> None:
    with open_writer(path) as first:
        first.append(chunk(begin(first), LINES[0] + LINES[1][:9], Ending.PARTIAL))
    with open_writer(path) as second:
        stream = begin(second)
        assert stream.committed_offset == len(LINES[0])
        second.append(chunk(stream, LOG))
        assert stored(second) == LOG
        assert count(second, "lines") == count(second, "events") == len(LINES)


def test_the_last_line_of_an_ended_stream_needs_no_line_feed(writer: Writer) -> None:
    data = LOG.rstrip(b"\n")
    added = writer.append(chunk(begin(writer), data, Ending.FINAL))
    assert (added.lines, added.stream.committed_offset) == (len(LINES), len(data))
    assert stored(writer) == data
    assert count(writer, "events") == len(LINES)
    assert load(writer, data, ending=Ending.FINAL).lines == 0


def test_bytes_that_are_not_text_come_back(writer: Writer) -> None:
    data = (
        LINES[0]
        + b"\xff\0\\ caf\xe9\n"
        + b"\n\n\r\n"
        + "é\u2028\\x41\n".encode()
        + bytes(range(256))
    )
    writer.append(chunk(begin(writer), data, Ending.FINAL))
    assert stored(writer) == data
    assert count(writer, "events") == count(writer, "lines")


def test_a_line_of_ten_megabytes(writer: Writer) -> None:
    data = LINES[0] + b"x" * 10_000_000 + b"\n" + LINES[1]
    added = writer.append(chunk(begin(writer), data))
    assert (added.lines, added.unparsed) == (3, 1)
    assert stored(writer) == data


def test_positions_go_on_after_a_restart(path: Path) -> None:
    for lines in (LINES[:2], LINES[:4], LINES):
        with open_writer(path) as writer:
            writer.append(chunk(begin(writer), b"".join(lines)))
    with open_writer(path) as writer:
        positions = writer.query("SELECT position, byte_offset FROM lines ORDER BY 2").to_pylist()
    assert [row["position"] for row in positions] == list(range(1, len(LINES) + 1))


def test_streams_do_not_mix(writer: Writer) -> None:
    other = LOG.replace(b"mx", b"mx2")
    first, second = begin(writer), writer.resolve(identity(other, "/var/log/other.log"))
    offsets = [0, 0]
    for line, other_line in zip(LINES, other.splitlines(keepends=True), strict=True):
        for number, (stream, data) in enumerate([(first, line), (second, other_line)]):
            writer.append(chunk(stream, data, offset=offsets[number]))
            offsets[number] += len(data)
    assert stored(writer, 1) == LOG
    assert stored(writer, 2) == other
    assert count(writer, "messages") == 2


def test_a_failure_in_the_middle_stores_nothing(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = begin(writer)
    with monkeypatch.context() as patch:

        def fail(*_: object) -> None:
            raise RuntimeError("projection")

        patch.setattr(traffic, "update", fail)
        with pytest.raises(RuntimeError, match="projection"):
            writer.append(chunk(stream, LOG))
    for table in ("lines", "events", "messages", "sources"):
        assert count(writer, table) == 0, table
    assert writer.append(chunk(stream, LOG)).lines == len(LINES)
    assert stored(writer) == LOG


def in_two(stream: Stream) -> Iterator[Chunk]:
    half = b"".join(LINES[:4])
    yield chunk(stream, half)
    yield chunk(stream, b"".join(LINES[4:]), offset=len(half))


def everything(writer: Writer) -> list[list[dict[str, object]]]:
    tables = ("lines", "events", "messages", "traffic_minutely", "sources")
    return [writer.query(f"SELECT * FROM {table} ORDER BY ALL").to_pylist() for table in tables]


def test_chunks_of_one_transaction_are_stored_as_one_by_one(writer: Writer, path: Path) -> None:
    added = writer.append_all(in_two(begin(writer)))
    assert (added.lines, added.unparsed) == (len(LINES), 1)
    assert added.stream.committed_offset == len(LOG)
    assert stored(writer) == LOG
    with open_writer(path.with_name("other.duckdb")) as other:
        for each in in_two(begin(other)):
            other.append(each)
        assert everything(other) == everything(writer)


def test_chunks_of_one_transaction_are_stored_all_or_none(writer: Writer) -> None:
    stream = begin(writer)

    def broken() -> Iterator[Chunk]:
        yield next(in_two(stream))
        assert count(writer, "lines") == 0
        raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        writer.append_all(broken())
    assert not any(everything(writer))
    assert writer.append_all(in_two(stream)).lines == len(LINES)
    assert stored(writer) == LOG


@pytest.mark.parametrize("short", [1, 2, 3])
def test_what_was_taken_is_stored_again_when_memory_is_short(
    writer: Writer, monkeypatch: pytest.MonkeyPatch, short: int
) -> None:
    """Wherever it runs out: in the first chunk, in the second, or once both are inserted."""
    calls = []

    def short_once(call: Callable[..., object]) -> Callable[..., object]:
        def instead(*args: object) -> object:
            calls.append(call)
            if len(calls) == short:
                raise duckdb.OutOfMemoryException("no memory")
            return call(*args)

        return instead

    monkeypatch.setattr(Prepared, "placed", short_once(Prepared.placed))
    monkeypatch.setattr(traffic, "update", short_once(traffic.update))
    assert writer.append_all(in_two(begin(writer))).lines == len(LINES)
    assert stored(writer) == LOG
    assert count(writer, "events") == len(LINES)
    assert len(calls) == short + 3


def test_readers_make_way_when_memory_is_short(
    writer: Writer, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = writer.rows("SELECT * FROM range(1000000)")
    attempts = []
    update = traffic.update

    def short_once(*args: object) -> None:
        attempts.append(1)
        if len(attempts) == 1:
            raise duckdb.OutOfMemoryException("no memory")
        update(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(traffic, "update", short_once)
    assert writer.append(chunk(begin(writer), LOG)).lines == len(LINES)
    assert stored(writer) == LOG
    with pytest.raises(TracerError, match="need its memory"):
        list(rows)


def test_years_go_on_from_one_append_to_the_next(path: Path) -> None:
    december = LINES[0].replace(b"Nov 24", b"Dec 31")
    january = LINES[0].replace(b"Nov 24", b"Jan  1")
    with open_writer(path) as writer:
        stream = writer.resolve(identity(december))
        writer.append(chunk(stream, december))
    with open_writer(path) as writer:
        stream = writer.resolve(identity(december))
        added = writer.append(chunk(stream, january, offset=len(december)))
    assert added.first_at == at(2026, 1, 1, 3, 37, 1)

"""Bulk reading: a whole log, archive or pipe into the store, the next chunk read ahead."""

import contextlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from parsers.ahead import PIECE_BYTES, LookAhead
from tracer.sources.archives import Content, SourceError
from tracer.sources.chunks import Appended, Appender, Chunk, Ending, Stream
from tracer.sources.names import shown

CHUNK_LINES = 61_440  # half a row group of DuckDB; the next chunk is in memory too
CHUNK_BYTES = 16 << 20  # from which fewer lines do
READ_BYTES = 4 << 20
LONGEST_LINE = 64 << 20
_LINE_FEED = 10

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines; consumed: bytes of the file read so far, packed."""

    data: bytes
    ending: Ending
    consumed: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one chunk came to.

    lines: how many it held, stored before or not, without half a line at its end.
    half_line: there is one, which counts when it is complete.
    consumed: bytes of the file read so far, packed.
    """

    appended: Appended
    lines: int
    half_line: bool
    consumed: int


def pour(
    content: Content, stream: Stream, appender: Appender, zone: str
) -> Generator[Step, None, None]:
    """Append what follows the stream's committed offset, one chunk for each step taken.

    The content stands at that offset, as `identity.locate` leaves it. Raises SourceError at a
    damage, after everything before it was stored.
    """
    begin = offset = stream.committed_offset
    ahead = _look_ahead(content, offset, zone)
    blocks = ((b, appender.prepare(b.data, b.ending)) for b in _blocks(content))
    with contextlib.closing(_read_ahead(blocks)) as prepared_blocks:
        for block, prepared in prepared_blocks:
            end = offset + len(block.data)
            modified_at = ahead.written_at(end - begin) if ahead else None
            chunk = Chunk(stream, offset, block.data, block.ending, modified_at, zone, prepared)
            appended = appender.append(chunk)
            stream = appended.stream
            offset = end
            lines = block.data.count(b"\n") + (block.ending is Ending.FINAL)
            yield Step(appended, lines, block.ending is Ending.PARTIAL, block.consumed)


def _look_ahead(content: Content, offset: int, zone: str) -> LookAhead | None:
    """When what follows `offset`, where the content stands, was written; None for pipes."""
    if content.modified_at is None:
        return None
    ahead = LookAhead(_pieces(content), zone, content.modified_at)
    content.go_to(offset)
    return ahead


def _pieces(content: Content) -> Iterator[bytes]:
    with contextlib.suppress(SourceError):  # what is damaged is told when it is its turn
        while data := content.read(PIECE_BYTES):
            yield data


def _blocks(content: Content) -> Iterator[_Block]:
    """The rest of the content, cut into blocks of CHUNK_LINES lines, fewer where these are long."""
    carried: list[bytes] = []  # what was read and is in no block yet
    size = lines = half = 0  # of it: bytes, line feeds, bytes after the last one
    try:
        while data := content.read(READ_BYTES):
            carried.append(data)
            size += len(data)
            lines += data.count(b"\n")
            half = len(data) - data.rfind(b"\n") - 1 + (half if b"\n" not in data else 0)
            while lines >= CHUNK_LINES or (lines and size >= CHUNK_BYTES):
                count = min(lines, CHUNK_LINES)
                joined = b"".join(carried)
                end = _end_of_line(joined, count)
                carried = [joined[end:]]
                size, lines = size - end, lines - count
                block = _Block(joined[:end], Ending.LINE, content.consumed)
                data = joined = b""  # while the block is used, the next is read: keep no copies
                yield block
                del block
            if half > LONGEST_LINE:
                yield from _last_block(b"".join(carried)[:-half], Ending.LINE, content.consumed)
                carried = []
                raise endless_line(content.path)
    except SourceError:
        yield from _last_block(b"".join(carried), Ending.PARTIAL, content.consumed)
        raise
    ending = Ending.FINAL if content.complete else Ending.PARTIAL
    yield from _last_block(b"".join(carried), ending, content.consumed)


def _last_block(data: bytes, ending: Ending, consumed: int) -> Iterator[_Block]:
    if data:
        yield _Block(data, Ending.LINE if data.endswith(b"\n") else ending, consumed)


def _end_of_line(data: bytes, number: int) -> int:
    """Where, in data, the line of that number (from 1) ends."""
    return int(np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == _LINE_FEED)[number - 1]) + 1


def endless_line(path: str) -> SourceError:
    """What to say of more than LONGEST_LINE bytes without a line feed."""
    return SourceError(
        f"{shown(path)} has no line end within {LONGEST_LINE >> 20} MB: is it a log?"
    )


def _read_ahead(blocks: Iterator[_Item]) -> Generator[_Item, None, None]:
    """The same, each made in a thread while the one before it is used."""
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        future = pool.submit(next, blocks, None)
        while (block := future.result()) is not None:
            future = pool.submit(next, blocks, None)
            yield block

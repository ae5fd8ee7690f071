"""Bulk reading: a whole log, archive or pipe into the store, the next chunk read ahead."""

import contextlib
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import islice, starmap
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from parsers.ahead import PIECE_BYTES, LookAhead
from parsers.headers.export import Records
from tracer.sources.archives import Content, SourceError
from tracer.sources.chunks import Appended, Appender, Chunk, Ending, Stream
from tracer.sources.names import shown

CHUNK_LINES = 61_440  # half a row group of DuckDB; the next chunk is in memory too
CHUNK_BYTES = 16 << 20  # from which fewer lines do
READ_BYTES = 4 << 20
LONGEST_LINE = 64 << 20

_Item = TypeVar("_Item")


@dataclass(frozen=True, slots=True)
class _Block:
    """Whole lines; consumed: bytes of the file read so far, packed."""

    data: bytes
    ending: Ending
    lines: int
    consumed: int


@dataclass(frozen=True, slots=True)
class Step:
    """What one transaction came to.

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
    """Append what follows the stream's committed offset, one transaction for each step taken.

    The content stands at that offset, as `identity.locate` leaves it. Raises SourceError at a
    damage, after everything before it was stored.
    """
    begin = offset = stream.committed_offset
    ahead: LookAhead | None = None
    lines, last = 0, None
    damages: list[SourceError] = []

    def as_chunk(block: _Block, prepared: object) -> Chunk:
        nonlocal offset, lines, last
        data, start = block.data, offset
        offset += len(data)
        written_at = ahead.written_at(offset - begin) if ahead else None
        lines += block.lines
        last = replace(block, data=b"")
        return Chunk(stream, start, data, block.ending, written_at, zone, prepared)

    blocks = _until_damage(_blocks(content), damages)
    first = list(islice(blocks, 1))
    coming = ((b, appender.prepare(b.data, b.ending)) for b in _taken(first, blocks))
    with contextlib.closing(ReadAhead(coming)) as intact:
        ahead = _look_ahead(content, offset, zone)  # while the first block is prepared
        while block := next(intact, None):
            group = _group([block], intact, appender.together)
            del block  # its memory is needed once it is stored
            appended = appender.append_all(starmap(as_chunk, group))
            stream = appended.stream
            assert last is not None
            yield Step(appended, lines, last.ending is Ending.PARTIAL, last.consumed)
            lines = 0
    if damages:
        raise damages[0]


def _until_damage(items: Iterator[_Item], damages: list[SourceError]) -> Iterator[_Item]:
    """The items that come before a damage, which is added to `damages`."""
    try:
        yield from items
    except SourceError as damage:
        damages.append(damage)


def _group(first: list[_Item], others: "ReadAhead[_Item]", count: int) -> Iterator[_Item]:
    """The first item, which the list no longer keeps, and others, until there are `count`."""
    yield first.pop()
    yield from islice(others, count - 1)
    others.used_up()


def _taken(items: list[_Item], others: Iterable[_Item]) -> Iterator[_Item]:
    """The items, which the list no longer keeps, and then others."""
    while items:
        yield items.pop(0)
    yield from others


def _look_ahead(content: Content, offset: int, zone: str) -> LookAhead | None:
    """When what follows `offset` was written, None for pipes; the content stays where it is."""
    if content.modified_at is None:
        return None
    place = content.offset
    content.go_to(offset)
    ahead = LookAhead(_pieces(content), zone, content.modified_at)
    content.go_to(place)
    return ahead


def _pieces(content: Content) -> Iterator[bytes]:
    with contextlib.suppress(SourceError):  # what is damaged is told when it is its turn
        while data := content.read(PIECE_BYTES):
            yield data


def _blocks(content: Content) -> Iterator[_Block]:
    """The rest of the content, cut into blocks of CHUNK_LINES lines, fewer where these are long."""
    records = Records()
    carried: list[bytes] = []  # what was read and is in no block yet
    size = 0  # of it
    ends = np.empty(0, np.int64)  # of the lines in it
    try:
        while data := content.read(READ_BYTES):
            carried.append(data)
            ends = np.concatenate((ends, records.ends(data) + size))
            size += len(data)
            while len(ends) >= CHUNK_LINES or (len(ends) and size >= CHUNK_BYTES):
                count = min(len(ends), CHUNK_LINES)
                end = int(ends[count - 1])
                joined = b"".join(carried)
                carried = [joined[end:]]
                size, ends = size - end, ends[count:] - end
                block = _Block(joined[:end], Ending.LINE, count, content.consumed)
                data = joined = b""  # while the block is used, the next is read: keep no copies
                yield block
                del block
            whole = int(ends[-1]) if len(ends) else 0
            if size - whole > LONGEST_LINE:
                carried, size = [b"".join(carried)[:whole]], whole
                raise endless_line(content.path)
    except SourceError:
        yield from _last_block(b"".join(carried), ends, Ending.PARTIAL, content.consumed)
        raise
    ending = Ending.FINAL if content.complete else Ending.PARTIAL
    yield from _last_block(b"".join(carried), ends, ending, content.consumed)


def _last_block(
    data: bytes, ends: npt.NDArray[np.int64], ending: Ending, consumed: int
) -> Iterator[_Block]:
    """What is left, with lines that end there; nothing where there are no bytes."""
    if not data:
        return
    if len(ends) and ends[-1] == len(data):
        ending = Ending.LINE
    yield _Block(data, ending, len(ends) + (ending is Ending.FINAL), consumed)


def endless_line(path: str) -> SourceError:
    """What to say of more than LONGEST_LINE bytes without the end of a line."""
    return SourceError(
        f"{shown(path)} has no line end within {LONGEST_LINE >> 20} MB: is it a log?"
    )


class ReadAhead(Iterator[_Item]):
    """Items, made in a thread while those before them are used, and kept by nobody else.

    There are never more than two: one in use and one ahead, or two ahead. To be closed.
    """

    def __init__(self, items: Iterator[_Item]) -> None:
        self._items = items
        self._pool = ThreadPoolExecutor(1, "read-ahead")
        self._coming: deque[Future[_Item | None]] = deque()
        self._make(1)

    def __next__(self) -> _Item:
        """The next item; nobody has the one before it any more."""
        self._make(1)
        item = self._coming.popleft().result()
        if item is None:
            raise StopIteration
        self._make(1)
        return item

    def used_up(self) -> None:
        """Say that nobody has the last item any more, though the next is not needed yet."""
        self._make(2)

    def close(self) -> None:
        """Make no more."""
        self._pool.shutdown(cancel_futures=True)

    def _make(self, count: int) -> None:
        while len(self._coming) < count:
            self._coming.append(self._pool.submit(next, self._items, None))

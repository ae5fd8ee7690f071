"""Bulk reading: a whole log, archive or pipe into the store, the next chunk read ahead."""

import contextlib
from collections.abc import Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from tracer.sources.archives import Content, SourceError
from tracer.sources.chunks import Appended, Appender, Chunk, Ending, Stream
from tracer.sources.names import shown

CHUNK_BYTES = 20 << 20
LONGEST_LINE = 64 << 20


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
    offset = stream.committed_offset
    with contextlib.closing(_read_ahead(_blocks(content))) as blocks:
        for block in blocks:
            chunk = Chunk(stream, offset, block.data, block.ending, content.modified_at, zone)
            appended = appender.append(chunk)
            stream = appended.stream
            offset += len(block.data)
            lines = block.data.count(b"\n") + (block.ending is Ending.FINAL)
            yield Step(appended, lines, block.ending is Ending.PARTIAL, block.consumed)


def _blocks(content: Content) -> Iterator[_Block]:
    """The rest of the content, cut at line ends into blocks of about CHUNK_BYTES."""
    carried: list[bytes] = []  # the beginning of a line, without its end
    try:
        while data := content.read(CHUNK_BYTES):
            cut = data.rfind(b"\n") + 1
            if cut:
                whole = b"".join([*carried, memoryview(data)[:cut]])
                carried = [data[cut:]] if cut < len(data) else []
                block = _Block(whole, Ending.LINE, content.consumed)
                del data, whole  # while the block is used, the next one is read: keep no copies
                yield block
                del block
            elif sum(map(len, carried)) + len(data) <= LONGEST_LINE:
                carried.append(data)
            else:
                carried = []
                raise endless_line(content.path)
    except SourceError:
        if carried:
            yield _Block(b"".join(carried), Ending.PARTIAL, content.consumed)
        raise
    if carried:
        ending = Ending.FINAL if content.complete else Ending.PARTIAL
        yield _Block(b"".join(carried), ending, content.consumed)


def endless_line(path: str) -> SourceError:
    """What to say of more than LONGEST_LINE bytes without a line feed."""
    return SourceError(
        f"{shown(path)} has no line end within {LONGEST_LINE >> 20} MB: is it a log?"
    )


def _read_ahead(blocks: Iterator[_Block]) -> Generator[_Block, None, None]:
    """The same blocks, each read in a thread while the one before it is used."""
    with ThreadPoolExecutor(1, "read-ahead") as pool:
        future = pool.submit(next, blocks, None)
        while (block := future.result()) is not None:
            future = pool.submit(next, blocks, None)
            yield block

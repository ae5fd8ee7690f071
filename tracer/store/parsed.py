"""Chunks turned into tables, in a database of their own in memory.

Parsing needs nothing of the store but the years that the stream has come to: so the next chunk
is parsed while the last one is stored. What one thread does here is as fast as DuckDB inserts.
"""

import os
import threading
from dataclasses import dataclass
from datetime import UTC, datetime

import duckdb
import numpy as np
import pyarrow as pa

from parsers.batch import BatchParser
from tracer.sources.chunks import Chunk, Ending
from tracer.store.lines import split

_BATCH_ROWS = 30_720  # rows of an Arrow batch: what one thread takes at a time
_LINES = "chunk_lines"


@dataclass(frozen=True, slots=True)
class ParsedChunk(Chunk):
    """A chunk with what its lines say.

    lines: rows for `lines`, events: rows for `event_rows`; in both, positions count from 0. A
        last line that is not finished has a line and no event.
    years_before, years: the stream's years before and after it.
    """

    lines: pa.Table | None = None
    events: pa.Table | None = None
    years_before: str | None = None
    years: str | None = None

    @property
    def end(self) -> int:
        """Where, in the stream, its finished lines end."""
        assert self.lines is not None
        if is_unfinished(self):
            return int(self.lines["byte_offset"][-1].as_py())
        return self.offset + len(self.data)


def is_unfinished(chunk: Chunk) -> bool:
    """Whether the chunk's last line is to be continued."""
    return chunk.ending is Ending.PARTIAL and not chunk.data.endswith(b"\n")


class ChunkParser:
    """Parses chunks of any streams, one at a time."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(config={"autoload_known_extensions": "false"})
        self._connection.execute("SET TimeZone = 'UTC'")
        self._connection.execute("SET memory_limit = '150MB'")
        self._connection.execute("SET enable_progress_bar = false")
        self._connection.execute(f"SET threads = {max(1, (os.cpu_count() or 2) // 2)}")
        self._parser = BatchParser(self._connection)
        self._lock = threading.Lock()

    def parse(self, chunk: Chunk, years: str | None) -> ParsedChunk:
        """The chunk, parsed as what follows in a stream that has come to `years`."""
        lines = _tabulate(chunk)
        finished = lines.slice(0, lines.num_rows - is_unfinished(chunk))
        with self._lock:
            self._connection.register(_LINES, finished)
            try:
                select, after = self._parser.parse(
                    _LINES,
                    zone=chunk.zone,
                    reference=chunk.modified_at or datetime.now(UTC),
                    years=years,
                )
                events = self._connection.execute(select).to_arrow_table()
            finally:
                self._connection.unregister(_LINES)
        return ParsedChunk(
            chunk.stream,
            chunk.offset,
            chunk.data,
            chunk.ending,
            chunk.modified_at,
            chunk.zone,
            lines,
            events,
            years,
            after,
        )

    def close(self) -> None:
        """Give the memory back."""
        self._connection.close()


def _tabulate(chunk: Chunk) -> pa.Table:
    """The chunk's lines as rows for `lines`."""
    whole = chunk.data.endswith(b"\n")
    if not whole and chunk.ending is Ending.LINE:
        raise ValueError("a chunk that should end with a line feed does not")
    lines = split(chunk.data)
    count = len(lines.starts)
    terminated = np.ones(count, dtype=np.bool_)
    terminated[-1] = whole
    table = pa.table(
        {
            "position": np.arange(count, dtype=np.int64),
            "source_id": np.full(count, chunk.stream.source_id, dtype=np.int32),
            "generation": np.full(count, chunk.stream.generation, dtype=np.int32),
            "byte_offset": lines.starts + chunk.offset,
            "text": lines.texts,
            "escaped": lines.escaped,
            "terminated": terminated,
        }
    )
    return pa.Table.from_batches(table.to_batches(max_chunksize=_BATCH_ROWS))

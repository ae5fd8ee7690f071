"""The one owner of the file: appends chunks, each in one transaction.

Lines, their events, the projections and the offset up to which the stream is stored are
committed together, so that a process killed at any moment has stored a chunk whole or not at
all, and what is read again is known again.
"""

import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from parsers.batch import BatchParser
from tracer.projections import PROJECTIONS
from tracer.sources.chunks import Appended, Chunk, Ending, Identity, Stream
from tracer.store import database, schema
from tracer.store.lines import split
from tracer.store.reading import TIMEOUT_SECONDS, Reader, Rows
from tracer.store.statements import Statements
from tracer.store.streams import Catalog, Source, save

_BATCH_ROWS = 30_720  # rows of an Arrow batch: what one thread takes at a time
_LINES, _FINISHED = "chunk_lines", "chunk_finished"  # views of what is appended
_UNPARSED = "log.line_unparsed"


class Writer(Reader):
    """The open store. Appends come from one thread at a time, queries from any."""

    def __init__(self, path: Path, *, threads: int | None = None) -> None:
        """Open the file, made anew where there is none, and bring it up to date.

        Raises StoreBusyError where another process holds it.
        """
        self.path = path
        with ExitStack() as undo, database.translated(path):
            undo.enter_context(database.owned(path))
            if not path.exists():
                database.create(path, schema.statements())
            root = database.connect(path, read_only=False, threads=threads)
            undo.callback(root.close)
            self._connection = root.cursor()
            undo.callback(self._connection.close)
            schema.prepare(self._connection, path)
            self._catalog = Catalog.load(self._connection)
            self._position = _next_position(self._connection)
            self._parser = BatchParser(self._connection)
            self._statements = Statements(root)
            undo.callback(self._statements.close)
            self._undo = undo.pop_all()
        self._lock = threading.Lock()
        self._closed = False

    # -- Appender ---------------------------------------------------------------------------

    def resolve(self, identity: Identity, *, exclude: tuple[tuple[int, int], ...] = ()) -> Stream:
        """Find the stream with this identity, or make a new one, stored with its first bytes."""
        with self._lock:
            return self._catalog.resolve(identity, exclude).stream

    def append(self, chunk: Chunk) -> Appended:
        """Store a chunk: all of it, or nothing where it raises."""
        with self._lock, database.translated(self.path):
            source = self._catalog[chunk.stream.source_id, chunk.stream.generation]
            if chunk.offset > source.committed_offset:
                raise ValueError(
                    f"bytes {source.committed_offset} to {chunk.offset} of {source.path} were "
                    "skipped"
                )
            data = chunk.data[source.committed_offset - chunk.offset :]
            if not data:
                return Appended(source.stream, 0, 0, None, None)
            try:
                return self._store(source, chunk, data)
            except duckdb.OutOfMemoryException:  # readers' queries use the same memory
                self._statements.stop_all("the query was stopped as new lines need its memory")
                return self._store(source, chunk, data)

    def _store(self, source: Source, chunk: Chunk, data: bytes) -> Appended:
        table, finished, committed = self._tabulate(source, chunk, data)
        self._connection.register(_LINES, table)
        self._connection.register(_FINISHED, table.slice(0, finished))
        try:
            with schema.transaction(self._connection):
                added = self._store_lines(source, chunk, finished)
                after = replace(
                    source.grown(source.committed_offset, data, committed),
                    partial_position=(
                        self._position + finished if finished < table.num_rows else None
                    ),
                    zone=chunk.zone,
                    years=added.years,
                    line_count=source.line_count + finished,
                    unparsed_count=source.unparsed_count + added.unparsed,
                    first_at=_pick(min, source.first_at, added.first_at),
                    last_at=_pick(max, source.last_at, added.last_at),
                )
                save(self._connection, after)
        finally:
            self._connection.unregister(_FINISHED)
            self._connection.unregister(_LINES)
        self._position += table.num_rows
        self._catalog.update(after)
        return Appended(after.stream, finished, added.unparsed, added.first_at, added.last_at)

    def _store_lines(self, source: Source, chunk: Chunk, finished: int) -> "_Added":
        """Insert the registered lines; events and projections only of those that are finished.

        Half a line is kept, but says nothing yet: it may say the opposite when it is whole.
        """
        connection = self._connection
        if source.partial_position is not None:
            connection.execute(f"DELETE FROM lines WHERE position = {source.partial_position}")
        connection.execute(f"INSERT INTO lines BY NAME SELECT * FROM {_LINES}")
        if not finished:
            return _Added(source.years)
        select, years = self._parser.parse(
            _FINISHED,
            zone=chunk.zone,
            reference=chunk.modified_at or datetime.now(UTC),
            years=source.years,
        )
        connection.execute(f"INSERT INTO event_rows BY NAME {select}")
        first, last = self._position, self._position + finished - 1
        for projection in PROJECTIONS:
            projection.update(connection, first, last)
        ((unparsed, first_at, last_at),) = connection.execute(
            f"SELECT count(*) FILTER (event = '{_UNPARSED}'), min(occurred_at), max(occurred_at) "
            f"FROM events WHERE position BETWEEN {first} AND {last}"
        ).fetchall()
        return _Added(years, unparsed, first_at, last_at)

    def _tabulate(self, source: Source, chunk: Chunk, data: bytes) -> tuple[pa.Table, int, int]:
        """The chunk's lines as a table, how many of them are finished, and where these end."""
        lines = split(data)
        count = len(lines.starts)
        whole = data.endswith(b"\n")
        partial = not whole and chunk.ending is Ending.PARTIAL
        if not whole and chunk.ending is Ending.LINE:
            raise ValueError("a chunk that should end with a line feed does not")
        terminated = np.ones(count, dtype=np.bool_)
        terminated[-1] = whole
        offset = source.committed_offset
        table = pa.table(
            {
                "position": np.arange(self._position, self._position + count, dtype=np.int64),
                "source_id": np.full(count, source.source_id, dtype=np.int32),
                "generation": np.full(count, source.generation, dtype=np.int32),
                "byte_offset": lines.starts + offset,
                "text": lines.texts,
                "escaped": lines.escaped,
                "terminated": terminated,
            }
        )
        end = offset + (int(lines.starts[-1]) if partial else len(data))
        batches = table.to_batches(max_chunksize=_BATCH_ROWS)
        return pa.Table.from_batches(batches), count - partial, end

    # -- Reader -----------------------------------------------------------------------------

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = lambda: False,
    ) -> Rows:
        """See Reader.rows, and Statements.begin for `unwanted`."""
        statement = self._statements.begin(timeout_seconds, unwanted=unwanted)
        return self._statements.run(statement, sql, parameters)

    @property
    def busy(self) -> bool:
        """Whether a reader's statement runs, or its rows are still being read."""
        return self._statements.busy

    def stop_queries(self) -> None:
        """Stop what readers are running; they are told that the store was closed."""
        self._statements.stop_all("the store was closed: run the command again")

    def close(self) -> None:
        """Write everything to the file proper and give it free."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self.stop_queries()
            with self._undo, database.translated(self.path):
                self._connection.execute("CHECKPOINT")


@dataclass(frozen=True, slots=True)
class _Added:
    """What the events of one chunk came to."""

    years: str | None
    unparsed: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


_ownership = threading.Lock()


def _next_position(connection: duckdb.DuckDBPyConnection) -> int:
    ((last,),) = connection.execute("SELECT max(position) FROM lines").fetchall()
    return 1 if last is None else last + 1


def _pick(
    choose: Callable[[Iterable[datetime]], datetime], *times: datetime | None
) -> datetime | None:
    """The earliest or latest of those that are known."""
    return choose([t for t in times if t is not None]) if any(times) else None

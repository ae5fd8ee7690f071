"""The one owner of the file: appends chunks, each in one transaction.

Lines, their events, the projections and the offset up to which the stream is stored are
committed together, so that a process killed at any moment has stored a chunk whole or not at
all, and what is read again is known again.
"""

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from parsers.registry import UNPARSED
from tracer.ahead import ahead
from tracer.projections import PROJECTIONS
from tracer.sources.chunks import Appended, Chunk, Identity, Stream
from tracer.store import database, schema
from tracer.store.parsed import ChunkParser, ParsedChunk
from tracer.store.reading import TIMEOUT_SECONDS, Reader, Rows
from tracer.store.statements import Statements
from tracer.store.streams import Catalog, Source, save

_ROWS = "chunk_rows"  # the view of what is inserted


class Writer(Reader):
    """The open store. Appends come from one thread at a time, queries from any."""

    def __init__(self, path: Path) -> None:
        """Open the file, made anew where there is none, and bring it up to date.

        Raises StoreBusyError where another process holds it.
        """
        self.path = path
        with ExitStack() as undo, database.translated(path):
            undo.enter_context(database.owned(path))
            if not path.exists():
                database.create(path, schema.statements())
            root = database.connect(path, read_only=False)
            undo.callback(root.close)
            self._connection = root.cursor()
            undo.callback(self._connection.close)
            schema.prepare(self._connection, path)
            self._catalog = Catalog.load(self._connection)
            self._position = _next_position(self._connection)
            self._parser = ChunkParser()
            undo.callback(self._parser.close)
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

    def ahead(self, chunks: Iterator[Chunk]) -> Generator[Chunk, None, None]:
        """Consecutive chunks on their way to append(), each parsed while the last is stored."""
        return ahead(self._parsed(chunks))

    def _parsed(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        years: str | None = None
        for number, chunk in enumerate(chunks):
            if number == 0:
                years = self._source(chunk).years
            parsed = self._parser.parse(chunk, years)
            years = parsed.years
            yield parsed

    def append(self, chunk: Chunk) -> Appended:
        """Store a chunk: all of it, or nothing where it raises."""
        with self._lock, database.translated(self.path):
            source = self._source(chunk)
            if chunk.offset > source.committed_offset:
                raise ValueError(
                    f"bytes {source.committed_offset} to {chunk.offset} of {source.path} were "
                    "skipped"
                )
            data = chunk.data[source.committed_offset - chunk.offset :]
            if not data:
                return Appended(source.stream, 0, 0, None, None)
            parsed = self._fitting(source, chunk, data)
            try:
                return self._store(source, parsed)
            except duckdb.OutOfMemoryException:  # readers' queries use the same memory
                self._statements.stop_all("the query was stopped as new lines need its memory")
                return self._store(source, parsed)

    def _source(self, chunk: Chunk) -> Source:
        return self._catalog[chunk.stream.source_id, chunk.stream.generation]

    def _fitting(self, source: Source, chunk: Chunk, data: bytes) -> ParsedChunk:
        """`data`, the part of the chunk that is not stored, parsed as what comes next."""
        if (
            isinstance(chunk, ParsedChunk)
            and chunk.offset == source.committed_offset
            and chunk.years_before == source.years
        ):
            return chunk
        rest = Chunk(
            chunk.stream,
            source.committed_offset,
            data,
            chunk.ending,
            chunk.modified_at,
            chunk.zone,
        )
        return self._parser.parse(rest, source.years)

    def _store(self, source: Source, parsed: ParsedChunk) -> Appended:
        assert parsed.lines is not None
        assert parsed.events is not None
        count, finished = parsed.lines.num_rows, parsed.events.num_rows
        unparsed = pc.sum(pc.equal(parsed.events["event"], UNPARSED)).as_py() or 0
        first_at, last_at = pc.min_max(parsed.events["occurred_at"]).as_py().values()
        after = replace(
            source.grown(parsed.offset, parsed.data, parsed.end),
            partial_position=self._position + finished if finished < count else None,
            zone=parsed.zone,
            years=parsed.years,
            line_count=source.line_count + finished,
            unparsed_count=source.unparsed_count + unparsed,
            first_at=_pick(min, source.first_at, first_at),
            last_at=_pick(max, source.last_at, last_at),
        )
        with schema.transaction(self._connection):
            self._insert(source, parsed.lines, parsed.events)
            save(self._connection, after)
        self._position += count
        self._catalog.update(after)
        return Appended(after.stream, finished, unparsed, first_at, last_at)

    def _insert(self, source: Source, lines: pa.Table, events: pa.Table) -> None:
        """Insert lines, and events and projections of those that are finished.

        Half a line is kept, but says nothing yet: it may say the opposite when it is whole.
        """
        connection = self._connection
        if source.partial_position is not None:
            connection.execute(f"DELETE FROM lines WHERE position = {source.partial_position}")
        for table, rows in (("lines", lines), ("event_rows", events)):
            connection.register(_ROWS, rows)
            try:
                connection.execute(
                    f"INSERT INTO {table} BY NAME "
                    f"SELECT * REPLACE (position + {self._position} AS position) FROM {_ROWS}"
                )
            finally:
                connection.unregister(_ROWS)
        if events.num_rows:
            last = self._position + events.num_rows - 1
            for projection in PROJECTIONS:
                projection.update(connection, self._position, last)

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


def _next_position(connection: duckdb.DuckDBPyConnection) -> int:
    ((last,),) = connection.execute("SELECT max(position) FROM lines").fetchall()
    return 1 if last is None else last + 1


def _pick(
    choose: Callable[[Iterable[datetime]], datetime], *times: datetime | None
) -> datetime | None:
    """The earliest or latest of those that are known."""
    return choose([t for t in times if t is not None]) if any(times) else None

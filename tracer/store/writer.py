"""The one owner of the file: appends chunks, each or several of one stream in one transaction.

Lines, their events, the projections and the offset up to which the stream is stored are
committed together, so that a process killed at any moment has stored a chunk whole or not at
all, and what is read again is known again.
"""

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import chain, islice
from pathlib import Path
from typing import Any

import duckdb

from parsers.batch import BatchParser
from parsers.registry import UNPARSED, Registry
from tracer.projections import PROJECTIONS
from tracer.sources.chunks import Appended, Chunk, Ending, Identity, Stream
from tracer.store import database, insights, removal, reports, retention, schema
from tracer.store.preparation import Prepared, prepare
from tracer.store.reading import TIMEOUT_SECONDS, Reader, Rows, never
from tracer.store.repeats import tell_repeated
from tracer.store.statements import Statements
from tracer.store.streams import Catalog, Source, save

_BULK_CHUNKS = 2  # make a row group of DuckDB's, which is written once, and not to the log first
# Hardly anybody reads meanwhile; the chunks that are made ready need the memory.
_BULK_MEMORY = "80MB"


class Writer(Reader):
    """The open store. Appends come from one thread at a time, queries from any."""

    def __init__(self, path: Path, shapes: Registry | None = None, *, bulk: bool = False) -> None:
        """Open the file, made anew where there is none, and bring it up to date.

        shapes: what lines are parsed by; see BatchParser. bulk: see readers.open_appender.
        Raises StoreBusyError where another process holds it.
        """
        self.path = path
        self.together = _BULK_CHUNKS if bulk else 1
        with ExitStack() as undo, database.translated(path):
            undo.enter_context(database.owned(path))
            if not path.exists():
                database.create(path, schema.make)
            memory_limit = _BULK_MEMORY if bulk else database.MEMORY_LIMIT
            root = database.connect(
                path, read_only=False, threads=1 if bulk else None, memory_limit=memory_limit
            )
            undo.callback(root.close)
            self._connection = root.cursor()
            undo.callback(self._connection.close)
            schema.prepare(self._connection, path)
            self._catalog = Catalog.load(self._connection)
            self._position = _next_position(self._connection)
            self._shapes = shapes
            self._parsers: list[BatchParser] = []  # those that are not in use
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

    def prepare(self, data: bytes, ending: Ending) -> Prepared:
        """What append needs of a chunk's data; from any thread, several at once."""
        try:
            parser = self._parsers.pop()
        except IndexError:
            parser = BatchParser(self._shapes)
        try:
            with database.translated(self.path):
                return prepare(parser, data, ending)
        finally:
            self._parsers.append(parser)

    def append(self, chunk: Chunk) -> Appended:
        """Store a chunk: all of it, or nothing where it raises."""
        return self.append_all([chunk])

    def append_all(self, chunks: Iterable[Chunk]) -> Appended:
        """Store consecutive chunks of one stream, at least one: all of them, or nothing."""
        taken: list[Chunk] = []  # without what was prepared: that is made anew where needed

        def take(chunk: Chunk) -> Chunk:
            taken.append(replace(chunk, prepared=None))
            return chunk

        coming = map(take, chunks)
        with self._lock, database.translated(self.path):
            try:
                return self._store(coming)
            except duckdb.OutOfMemoryException:  # readers' queries use the same memory
                self._statements.stop_all("the query was stopped as new lines need its memory")
                return self._store(chain(list(taken), coming))

    def _store(self, chunks: Iterator[Chunk]) -> Appended:
        coming = [next(chunks)]
        stream = coming[0].stream
        before = source = self._catalog[stream.source_id, stream.generation]
        position = self._position
        with schema.transaction(self._connection):
            while coming:
                # Nothing here keeps the chunk while the next is waited for: its memory is needed.
                source, position = self._insert(source, position, coming.pop())
                coming.extend(islice(chunks, 1))
            if position == self._position:
                return Appended(source.stream, 0, 0, None, None)
            lines = source.line_count - before.line_count
            added = self._project(self._position, position - 1) if lines else _Added()
            source = replace(
                source,
                unparsed_count=source.unparsed_count + added.unparsed,
                first_at=_pick(min, source.first_at, added.first_at),
                last_at=_pick(max, source.last_at, added.last_at),
            )
            save(self._connection, source)
        self._position = position
        self._catalog.update(source)
        return Appended(source.stream, lines, added.unparsed, added.first_at, added.last_at)

    def _insert(self, source: Source, position: int, chunk: Chunk) -> tuple[Source, int]:
        """Insert a chunk's lines and events; the stream and the next position after that."""
        if chunk.offset > source.committed_offset:
            raise ValueError(
                f"bytes {source.committed_offset} to {chunk.offset} of {source.path} were skipped"
            )
        data, prepared = chunk.data, chunk.prepared
        if stored := source.committed_offset - chunk.offset:
            data, prepared = data[stored:], None
        if not data:
            return source, position
        if not isinstance(prepared, Prepared):
            prepared = self.prepare(data, chunk.ending)
        connection = self._connection
        events, front = prepared.parsed.dated(
            zone=chunk.zone,
            reference=chunk.modified_at or datetime.now(UTC),
            front=self._front(source, chunk, prepared),
        )
        lines, events = prepared.placed(events, source.key, position, source.committed_offset)
        if source.partial_position is not None:
            connection.execute(f"DELETE FROM lines WHERE position = {source.partial_position}")
        for table, rows in ("lines", lines), ("event_rows", events):
            database.insert(connection, table, rows)
        tell_repeated(connection, events)
        committed = source.committed_offset + prepared.finished_bytes
        finished = events.num_rows
        after = replace(
            source.grown(source.committed_offset, data, committed),
            partial_position=position + finished if finished < lines.num_rows else None,
            zone=chunk.zone,
            front_at=front,
            line_count=source.line_count + finished,
        )
        return after, position + lines.num_rows

    def _front(self, source: Source, chunk: Chunk, prepared: Prepared) -> datetime | None:
        """Where the stream's lines are in time, or those of the log that it goes on from.

        A copied file may say that it was written lately; that it goes on from what was rotated
        away before it says more.
        """
        if source.front_at is None and (before := self._catalog.before(source.key)):
            front = before.front_at
            if front is not None and prepared.parsed.stamps.follow(front, chunk.zone):
                return front
        return source.front_at

    def _project(self, first: int, last: int) -> "_Added":
        """Bring the projections up to the events first..last, just inserted."""
        for projection in PROJECTIONS:
            projection.update(self._connection, first, last)
        ((unparsed, first_at, last_at),) = self._connection.execute(
            f"SELECT count(*) FILTER (event = '{UNPARSED}'), min(occurred_at), max(occurred_at) "
            f"FROM event_rows WHERE position BETWEEN {first} AND {last}"
        ).fetchall()
        return _Added(unparsed, first_at, last_at)

    # -- retention --------------------------------------------------------------------------

    def forget(self, before: datetime) -> int:
        """Remove the lines before a time, naive UTC, and what says more of them than counts.

        Gives how many they were. All or nothing, in one transaction: tracer.retention cuts many
        lines into parts. Their numbers are never given to other lines.
        """
        with self._lock, database.translated(self.path):
            try:
                done = self._forget(before)
            except duckdb.OutOfMemoryException:  # readers' queries use the same memory
                self._statements.stop_all("the query was stopped as old lines are being removed")
                done = self._forget(before)
            for key, changed in done.sources.items():
                self._catalog.update(replace(self._catalog.stored(key), **changed))
            return done.lines

    def _forget(self, before: datetime) -> removal.Forgotten:
        with schema.transaction(self._connection):
            return removal.forget(self._connection, before, self._position - 1)

    # -- reports and insights ---------------------------------------------------------------

    def claim_report(self, wanted: reports.Claim) -> reports.Claim | None:
        """See reports.claim."""
        with self._lock, database.translated(self.path), schema.transaction(self._connection):
            return reports.claim(self._connection, wanted)

    def settle_report(self, done: reports.Settled) -> None:
        """See reports.settle."""
        with self._lock, database.translated(self.path), schema.transaction(self._connection):
            reports.settle(self._connection, done)

    def change_insights(self, request: insights.Request) -> Any:
        """See insights.perform."""
        with self._lock, database.translated(self.path), schema.transaction(self._connection):
            return insights.perform(self._connection, request)

    # -- Reader -----------------------------------------------------------------------------

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = never,
    ) -> Rows:
        """See Reader.rows."""
        statement = self._statements.begin(timeout_seconds, unwanted=unwanted)
        return self._statements.run(statement, sql, parameters)

    def packed_rows(
        self,
        statements: Sequence[str],
        *,
        timeout_seconds: float,
        unwanted: Callable[[], bool] = never,
    ) -> Rows:
        """See Reader.packed_rows."""
        statement = self._statements.begin(timeout_seconds, unwanted=unwanted)
        return self._statements.run_together(statement, statements)

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
    """What the events of one transaction came to."""

    unparsed: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None


def _next_position(connection: duckdb.DuckDBPyConnection) -> int:
    ((last,),) = connection.execute("SELECT max(position) FROM lines").fetchall()
    return max(last or 0, retention.last_position(connection)) + 1


def _pick(
    choose: Callable[[Iterable[datetime]], datetime], *times: datetime | None
) -> datetime | None:
    """The earliest or latest of those that are known."""
    return choose([t for t in times if t is not None]) if any(times) else None

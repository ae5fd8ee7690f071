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

from parsers.batch import BatchParser
from parsers.registry import UNPARSED, Registry
from tracer.projections import PROJECTIONS
from tracer.sources.chunks import Appended, Chunk, Ending, Identity, Stream
from tracer.store import database, schema
from tracer.store.preparation import Prepared, prepare
from tracer.store.reading import TIMEOUT_SECONDS, Reader, Rows
from tracer.store.statements import Statements
from tracer.store.streams import Catalog, Source, save

_LINES, _EVENTS = "chunk_lines", "chunk_events"  # views of what is appended


class Writer(Reader):
    """The open store. Appends come from one thread at a time, queries from any."""

    def __init__(
        self, path: Path, shapes: Registry | None = None, *, threads: int | None = None
    ) -> None:
        """Open the file, made anew where there is none, and bring it up to date.

        shapes: what lines are parsed by; see BatchParser. threads: see database.connect.
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
            self._shapes = shapes
            self._parsers = [BatchParser(shapes)]  # those that are not in use
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
            return prepare(parser, data, ending)
        finally:
            self._parsers.append(parser)

    def append(self, chunk: Chunk) -> Appended:
        """Store a chunk: all of it, or nothing where it raises."""
        with self._lock, database.translated(self.path):
            source = self._catalog[chunk.stream.source_id, chunk.stream.generation]
            if chunk.offset > source.committed_offset:
                raise ValueError(
                    f"bytes {source.committed_offset} to {chunk.offset} of {source.path} were "
                    "skipped"
                )
            data, prepared = chunk.data, chunk.prepared
            if stored := source.committed_offset - chunk.offset:
                data, prepared = data[stored:], None
            if not data:
                return Appended(source.stream, 0, 0, None, None)
            if not isinstance(prepared, Prepared):
                prepared = self.prepare(data, chunk.ending)
            try:
                return self._store(source, chunk, data, prepared)
            except duckdb.OutOfMemoryException:  # readers' queries use the same memory
                self._statements.stop_all("the query was stopped as new lines need its memory")
                return self._store(source, chunk, data, prepared)

    def _store(self, source: Source, chunk: Chunk, data: bytes, prepared: Prepared) -> Appended:
        events, front = prepared.parsed.dated(
            zone=chunk.zone,
            reference=chunk.modified_at or datetime.now(UTC),
            front=self._front(source, chunk, prepared),
        )
        lines, events = prepared.placed(events, source.key, self._position, source.committed_offset)
        finished = events.num_rows
        self._connection.register(_LINES, lines)
        self._connection.register(_EVENTS, events)
        try:
            with schema.transaction(self._connection):
                added = self._store_lines(source, finished)
                committed = source.committed_offset + prepared.finished_bytes
                after = replace(
                    source.grown(source.committed_offset, data, committed),
                    partial_position=(
                        self._position + finished if finished < lines.num_rows else None
                    ),
                    zone=chunk.zone,
                    front_at=front,
                    line_count=source.line_count + finished,
                    unparsed_count=source.unparsed_count + added.unparsed,
                    first_at=_pick(min, source.first_at, added.first_at),
                    last_at=_pick(max, source.last_at, added.last_at),
                )
                save(self._connection, after)
        finally:
            self._connection.unregister(_EVENTS)
            self._connection.unregister(_LINES)
        self._position += lines.num_rows
        self._catalog.update(after)
        return Appended(after.stream, finished, added.unparsed, added.first_at, added.last_at)

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

    def _store_lines(self, source: Source, finished: int) -> "_Added":
        """Insert the registered lines and events, and bring the projections up to them."""
        connection = self._connection
        if source.partial_position is not None:
            connection.execute(f"DELETE FROM lines WHERE position = {source.partial_position}")
        connection.execute(f"INSERT INTO lines BY NAME SELECT * FROM {_LINES}")
        if not finished:
            return _Added()
        connection.execute(f"INSERT INTO event_rows BY NAME SELECT * FROM {_EVENTS}")
        first, last = self._position, self._position + finished - 1
        for projection in PROJECTIONS:
            projection.update(connection, first, last)
        ((unparsed, first_at, last_at),) = connection.execute(
            f"SELECT count(*) FILTER (event = '{UNPARSED}'), min(occurred_at), max(occurred_at) "
            f"FROM events WHERE position BETWEEN {first} AND {last}"
        ).fetchall()
        return _Added(unparsed, first_at, last_at)

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

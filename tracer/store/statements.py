"""Running readers' statements, each in a cursor and a read-only transaction of its own.

One thread watches over them: it stops those whose time is over and closes those that nobody
reads any more, so that no transaction stays open and keeps the file from being tidied.
"""

import queue
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from functools import partial

import duckdb
import pyarrow as pa

from tracer.errors import TracerError
from tracer.store.guard import check, literal
from tracer.store.reading import PACKED, QueryError, Rows, never, pack

ROWS_PER_BATCH = 8192
_REMEMBERED = 500  # checked statements
_WATCH_SECONDS = 0.1
_GIVE_WAY_SECONDS = 0.05
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


class Statements:
    """The statements that run on one open database."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        *,
        idle_seconds: float | None = None,
        on_idle: Callable[[], None] = lambda: None,
    ) -> None:
        """connection: only ever asked for cursors here; closed by close().

        on_idle: called, from another thread, when nothing has run for idle_seconds.
        """
        self._connection = connection
        self._idle_seconds = idle_seconds
        self._on_idle = on_idle
        self._lock = threading.Lock()
        self._running: set[Statement] = set()
        self._checked: set[str] = set()
        # A destructor may run at any moment in any thread: all it does is put something here.
        self._inbox: queue.SimpleQueue[Statement | None] = queue.SimpleQueue()
        self._watcher = threading.Thread(target=self._watch, name="statements", daemon=True)
        self._watcher.start()

    @property
    def busy(self) -> bool:
        """Whether a statement runs, or its rows are still being read."""
        return bool(self._running)

    def begin(self, timeout_seconds: float, *, unwanted: Callable[[], bool] = never) -> "Statement":
        """Make room for a statement, which run() must then be given.

        unwanted: asked now and then, from another thread; where true, the statement is stopped.
        """
        statement = Statement(self._connection.cursor(), timeout_seconds, unwanted)
        with self._lock:
            self._running.add(statement)
        self._inbox.put(statement)
        return statement

    def run(
        self, statement: "Statement", sql: str, parameters: Mapping[str, object] | None
    ) -> Rows:
        """See Reader.rows."""
        try:
            schema = statement.start(sql, parameters or {}, checked=sql in self._checked)
        except BaseException:
            self._end(statement)
            raise
        if len(self._checked) >= _REMEMBERED:
            self._checked.clear()
        self._checked.add(sql)
        return self._rows(statement, schema, statement.fetch)

    def run_together(self, statement: "Statement", selects: Sequence[str]) -> Rows:
        """See Reader.packed_rows."""
        return self._rows(statement, PACKED, partial(next, statement.packed(selects), None))

    def _rows(
        self,
        statement: "Statement",
        schema: pa.Schema,
        fetch: Callable[[], pa.RecordBatch | None],
    ) -> Rows:
        return Rows(schema, partial(self._fetch, statement, fetch), partial(self._drop, statement))

    def stop_all(self, reason: str) -> None:
        """Stop every statement that runs; their readers get `reason`."""
        with self._lock:
            running = list(self._running)
        for statement in running:
            while not statement.stop(reason):
                pass

    def close(self) -> None:
        """Close the database; no statement may be running."""
        self._inbox.put(None)
        self._connection.close()
        if threading.current_thread() is not self._watcher:
            self._watcher.join()  # a thread that is in DuckDB when Python ends aborts the process

    def _fetch(
        self, statement: "Statement", fetch: Callable[[], pa.RecordBatch | None]
    ) -> pa.RecordBatch | None:
        try:
            batch = fetch()
        except BaseException:
            self._end(statement)
            raise
        if batch is None:
            self._end(statement)
        return batch

    def _drop(self, statement: "Statement") -> None:
        statement.dropped = True
        self._inbox.put(statement)

    def _end(self, statement: "Statement") -> None:
        statement.close()
        with self._lock:
            self._running.discard(statement)
        self._inbox.put(statement)

    def _watch(self) -> None:
        watched: set[Statement] = set()
        while True:
            try:
                statement = self._inbox.get(
                    timeout=_WATCH_SECONDS if watched else self._idle_seconds
                )
            except queue.Empty:
                if not watched:
                    self._on_idle()
            else:
                if statement is None:
                    return
                watched.add(statement)
                if statement.dropped and not statement.closed:
                    self._end(statement)
            for running in watched:
                running.stop_if_due()
            watched = {s for s in watched if not s.closed}
            statement = None


class Statement:
    """One statement, from its start to its last row."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        timeout_seconds: float,
        unwanted: Callable[[], bool],
    ) -> None:
        self.closed = False
        self.dropped = False
        self._deadline = time.monotonic() + timeout_seconds
        self._timeout_seconds = timeout_seconds
        self._unwanted = unwanted
        self._cursor = cursor
        self._reader: pa.RecordBatchReader | None = None
        self._lock = threading.Lock()  # held while DuckDB works for it
        self._stopped: str | None = None

    def start(self, sql: str, parameters: Mapping[str, object], *, checked: bool) -> pa.Schema:
        """Execute, as far as the schema."""
        with self._working():
            if not checked:
                check(self._cursor, sql)
            self._cursor.execute("BEGIN TRANSACTION READ ONLY")
        return self._execute(sql, parameters)

    def packed(self, selects: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The rows of several, in one transaction; see Reader.packed_rows."""
        with self._working():
            for sql in selects:
                check(self._cursor, sql)
            self._cursor.execute("BEGIN TRANSACTION READ ONLY")
        for number, sql in enumerate(selects):
            schema = self._execute(sql, {})
            yield pack(number, pa.RecordBatch.from_pylist([], schema))
            while batch := self.fetch():
                yield pack(number, batch)

    def _execute(self, sql: str, parameters: Mapping[str, object]) -> pa.Schema:
        with self._working():
            self._reader = self._relation(sql, parameters).to_arrow_reader(ROWS_PER_BATCH)
            return self._reader.schema

    def _relation(self, sql: str, parameters: Mapping[str, object]) -> duckdb.DuckDBPyRelation:
        """Parameters go through PREPARE: binding Python values would import pandas (0.4 s)."""
        if not parameters:
            return self._cursor.sql(sql)
        for name in parameters:
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a parameter name: {name!r}")
        self._cursor.execute(f"PREPARE reader AS {sql}")
        values = ", ".join(f'"{name}" := {literal(value)}' for name, value in parameters.items())
        return self._cursor.sql(f"EXECUTE reader({values})")

    def fetch(self) -> pa.RecordBatch | None:
        """The next rows, or None at the end."""
        with self._working():
            try:
                return self._reader.read_next_batch() if self._reader is not None else None
            except StopIteration:
                return None

    @contextmanager
    def _working(self) -> Iterator[None]:
        with self._lock:
            try:
                self._raise_if_stopped()
                yield
            except RuntimeError as error:
                if isinstance(error.__cause__, KeyboardInterrupt):  # DuckDB's way to tell it
                    raise KeyboardInterrupt from error
                raise
            except (
                duckdb.Error,
                pa.ArrowException,
                OSError,
                UnicodeEncodeError,
                MemoryError,
            ) as error:
                self._raise_if_stopped(error)
                raise QueryError(_words(error)) from error

    def _raise_if_stopped(self, cause: Exception | None = None) -> None:
        if self._stopped is not None:
            raise TracerError(self._stopped) from cause

    def stop_if_due(self) -> None:
        """Stop it where its time is over or nobody wants it; called again until it is closed."""
        if self.closed:
            return
        if self._deadline <= time.monotonic():
            self.stop(
                f"the query was stopped after {self._timeout_seconds:g} seconds: narrow it, or "
                "allow more time"
            )
        elif self._unwanted():
            self.stop("the query was stopped as its reader has gone")

    def stop(self, reason: str) -> bool:
        """End it from another thread; False where DuckDB has not given way yet."""
        self._stopped = self._stopped or reason
        with suppress(duckdb.Error):  # closed already
            self._cursor.interrupt()
        if not self._lock.acquire(timeout=_GIVE_WAY_SECONDS):
            return False
        try:
            self._close()
        finally:
            self._lock.release()
        return True

    def close(self) -> None:
        """Give the transaction back."""
        with self._lock:
            self._close()

    def _close(self) -> None:
        self._reader = None
        with suppress(duckdb.Error):  # closed already; else close() would wait for what still runs
            self._cursor.interrupt()
        self._cursor.close()
        self.closed = True


def _words(error: Exception) -> str:
    if isinstance(error, UnicodeEncodeError):
        return "the statement is not valid UTF-8"
    text = str(error)
    if "INTERRUPT Error" in text:  # not ours: where one of its threads fails, it ends the others
        return "the query failed while it was run, and DuckDB tells no reason: run it again"
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException) or "Out of Memory" in text:
        return "the query needs more memory than the store allows: narrow it"
    return text

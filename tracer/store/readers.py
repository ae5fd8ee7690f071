"""Who opens the store, and how: the one place that decides.

One process owns the file and serves the others over its socket. Where none does, a reader opens
the file itself, and lets go of it as soon as it is idle, so that an owner can start.
"""

import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from tracer.errors import TracerError
from tracer.store import database, schema, wire
from tracer.store.database import StoreBusyError
from tracer.store.memory import leave_pandas_out, return_freed_memory
from tracer.store.reading import TIMEOUT_SECONDS, OwnerGoneError, Reader, Rows, never
from tracer.store.statements import Statement, Statements

if TYPE_CHECKING:  # Flight and the parser are loaded only where they are used
    from parsers.registry import Registry
    from tracer.store.remote import RemoteAppender, RemoteReader
    from tracer.store.replay import Replayed
    from tracer.store.server import ServedWriter

WAIT_SECONDS = 10.0  # how long a file may be in use by somebody who is about to let go of it
IDLE_SECONDS = 0.5  # after which a reader closes the file
_RETRY_SECONDS = 0.05

_Opened = TypeVar("_Opened")


def open_writer(path: str | Path, shapes: "Registry | None" = None) -> "ServedWriter":
    """Own the store, made where there is none, and serve it to others until it is closed.

    shapes: what lines are parsed by; None for the built-in ones.
    Raises TracerError where somebody else owns it, or where it cannot be opened.
    """
    store = _absolute(path)
    return _patiently(partial(_own, store, shapes))


def open_appender(
    path: str | Path, shapes: "Registry | None" = None, *, bulk: bool = False
) -> "ServedWriter | RemoteAppender":
    """The store's owner, reached over its socket; where it has none, become its owner.

    shapes: what lines are parsed by where this becomes the owner; see open_writer.
    bulk: large chunks come one after the other; DuckDB inserts them with one thread, two in a
        transaction, which takes less time and memory (docs/adr/0003-bulk-loads.md).
    """
    store = _absolute(path)

    def attempt() -> "ServedWriter | RemoteAppender":
        socket = wire.socket_path(store)
        if wire.answers(socket):
            from tracer.store.remote import RemoteAppender

            return RemoteAppender(socket)
        from tracer.store.server import ServedWriter

        leave_pandas_out()
        if bulk:
            return_freed_memory()
        # Where it is busy, somebody has just become its owner, and will answer.
        return ServedWriter(store, shapes, bulk=bulk)

    return _patiently(attempt)


def open_reader(path: str | Path) -> Reader:
    """Read the store, whether or not somebody owns it, now or later.

    Raises TracerError where there is none, or where it cannot be read.
    """
    reader = _StoreReader(_absolute(path))
    reader.query("SELECT 1")
    return reader


def replay_store(
    path: str | Path,
    shapes: "Registry | None",
    on_step: Callable[[str, float], None],
    *,
    projections_only: bool = False,
) -> "Replayed":
    """Make events and projections anew from the kept lines; see store.replay.

    Raises TracerError where somebody else owns the store, or where there is none.
    """
    store = _absolute(path)
    if not store.exists():
        raise TracerError(f"{store} does not exist: run `mailtracer ingest` first")

    def attempt() -> "Replayed":
        if wire.answers(wire.socket_path(store)):
            raise TracerError(
                f"{store} is being written by another mailtracer: stop that one, run this again, "
                "and start it again; it then goes on where it was"
            )
        from tracer.store.replay import replay

        return_freed_memory()
        return replay(store, shapes, on_step, projections_only=projections_only)

    return _patiently(attempt)


def _absolute(path: str | Path) -> Path:
    store = Path(path).resolve()
    if "?" in str(store):  # DuckDB takes what follows for options, and then for another file
        raise TracerError(f"{path}: a question mark in the path is not possible: choose another")
    if store.is_dir():
        raise TracerError(f"{path} is a folder: --db names a file")
    return store


def _own(store: Path, shapes: "Registry | None") -> "ServedWriter":
    from tracer.store.server import ServedWriter

    if wire.answers(wire.socket_path(store)):
        raise TracerError(
            f"{store} is already being written by another mailtracer: stop that one, or use "
            "`mailtracer ingest`, which hands its lines over"
        )
    return ServedWriter(store, shapes)


def _patiently(attempt: Callable[[], _Opened]) -> _Opened:
    """Try again while an owner starts or ends, or a reader finishes."""
    deadline = time.monotonic() + WAIT_SECONDS
    while True:
        try:
            return attempt()
        except (StoreBusyError, OwnerGoneError):
            if time.monotonic() > deadline:
                raise
        time.sleep(_RETRY_SECONDS)


class _StoreReader(Reader):
    """Asks the owner, or reads the file: whichever there is at each statement."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._file = _FileReader(store)
        self._remote: RemoteReader | None = None

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = never,
    ) -> Rows:
        """See Reader.rows."""
        return self._ask(
            lambda reader: reader.rows(
                sql, parameters, timeout_seconds=timeout_seconds, unwanted=unwanted
            )
        )

    def packed_rows(self, statements: Sequence[str], *, timeout_seconds: float) -> Rows:
        """See Reader.packed_rows."""
        return self._ask(
            lambda reader: reader.packed_rows(statements, timeout_seconds=timeout_seconds)
        )

    def _ask(self, ask: Callable[[Reader], Rows]) -> Rows:
        return _patiently(partial(self._attempt, ask))

    def _attempt(self, ask: Callable[[Reader], Rows]) -> Rows:
        try:
            return ask(self._owner() or self._file)
        except OwnerGoneError:
            self._remote = None
            raise

    def _owner(self) -> "RemoteReader | None":
        if self._remote is None:
            socket = wire.socket_path(self._store)
            if wire.answers(socket):
                from tracer.store.remote import RemoteReader

                self._remote = RemoteReader(socket)
        return self._remote

    def close(self) -> None:
        """See Reader.close."""
        self._file.close()
        if self._remote is not None:
            self._remote.close()


class _FileReader(Reader):
    """Reads a file that has no owner; holds it only while statements run, and a moment longer."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._lock = threading.Lock()
        self._statements: Statements | None = None
        self._opened: os.stat_result | None = None

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = never,
    ) -> Rows:
        """See Reader.rows."""
        statements, statement = self._begin(timeout_seconds, unwanted)
        return statements.run(statement, sql, parameters)

    def packed_rows(self, statements: Sequence[str], *, timeout_seconds: float) -> Rows:
        """See Reader.packed_rows."""
        running, statement = self._begin(timeout_seconds, never)
        return running.run_together(statement, statements)

    def _begin(
        self, timeout_seconds: float, unwanted: Callable[[], bool]
    ) -> tuple[Statements, Statement]:
        if self._is_another():
            self._let_go()
        with self._lock:
            if self._statements is None:
                self._statements = self._open()
            return self._statements, self._statements.begin(timeout_seconds, unwanted=unwanted)

    def _is_another(self) -> bool:
        """Whether there is another file, or none, where the one was that is open."""
        try:
            now = self._store.stat()
        except FileNotFoundError:
            return True
        return self._opened is None or not os.path.samestat(self._opened, now)

    def _open(self) -> Statements:
        self._opened = self._store.stat() if self._store.exists() else None
        connection = database.connect(self._store, read_only=True)
        try:
            schema.check(connection, self._store)
        except BaseException:
            connection.close()
            raise
        return Statements(connection, idle_seconds=IDLE_SECONDS, on_idle=self._let_go)

    def _let_go(self) -> None:
        """Close the file unless a statement still runs."""
        with self._lock:
            statements = self._statements
            if statements is None or statements.busy:
                return
            self._statements = None
        statements.close()

    def close(self) -> None:
        """End what still runs, and close the file."""
        with self._lock:
            statements, self._statements = self._statements, None
        if statements is not None:
            statements.stop_all("the reader was closed")
            statements.close()

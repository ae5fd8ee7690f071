"""Running readers' statements: only what reads, each in a cursor and a transaction of its own.

Three things hold together: the statement is exactly one and of a kind that reads; its
transaction is READ ONLY; and the whole process can neither reach other files nor change
settings (see tracer.store.database). Time is bounded for each statement, memory for all.
"""

import math
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import date, datetime
from functools import partial

import duckdb
import pyarrow as pa

from tracer.errors import TracerError
from tracer.store.database import MEMORY_LIMIT
from tracer.store.reading import QueryError, Rows

ROWS_PER_BATCH = 8192
_KINDS = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})
_NAME = re.compile(r"[A-Za-z_]\w*", re.ASCII)


def check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse anything but exactly one SELECT or EXPLAIN."""
    try:
        statements = connection.extract_statements(sql)
    except UnicodeEncodeError as error:
        raise QueryError("the statement is not valid UTF-8") from error
    except duckdb.Error as error:
        raise QueryError(str(error)) from error
    if len(statements) != 1 or statements[0].type not in _KINDS:
        raise QueryError("only a single SELECT (or EXPLAIN, DESCRIBE, SHOW TABLES) can be run")


def literal(value: object) -> str:
    """A value as an SQL constant."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value).upper()
        case float():
            return repr(value) if math.isfinite(value) else f"'{value}'::DOUBLE"
        case str():
            return "'" + value.replace("'", "''").replace("\0", "' || chr(0) || '") + "'"
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case datetime():
            kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ"
            return f"{kind} '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case list() | tuple():
            return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"no parameter can be a {type(value).__name__}")


class Queries:
    """The statements that run on one open database."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """connection: only ever asked for cursors here."""
        self._connection = connection
        self._lock = threading.Lock()
        self._running: set[_Running] = set()

    def rows(
        self, sql: str, parameters: Mapping[str, object] | None, timeout_seconds: float
    ) -> Rows:
        """See Reader.rows."""
        with self._lock:
            running = _Running(self._connection.cursor(), timeout_seconds)
            self._running.add(running)
        try:
            schema = running.start(sql, parameters or {})
        except BaseException:
            self._end(running)
            raise
        return Rows(schema, running.fetch, partial(self._end, running))

    def close(self) -> None:
        """Close the database; no statement may be running."""
        self._connection.close()

    def stop_all(self, reason: str) -> None:
        """Stop every statement that runs; their readers get `reason`."""
        with self._lock:
            running = list(self._running)
        for query in running:
            query.stop(reason)

    def _end(self, running: "_Running") -> None:
        running.close()
        with self._lock:
            self._running.discard(running)


class _Running:
    """One statement, from its start to its last row, in its own cursor."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, seconds: float) -> None:
        self._cursor = cursor
        self._reader: pa.RecordBatchReader | None = None
        self._lock = threading.Lock()  # held while DuckDB works, so that close() waits
        self._stopped: str | None = None
        self._timer = threading.Timer(
            seconds,
            self.stop,
            [f"the query was stopped after {seconds:g} seconds: narrow it, or allow more time"],
        )
        self._timer.daemon = True

    def start(self, sql: str, parameters: Mapping[str, object]) -> pa.Schema:
        """Execute, as far as the schema."""
        self._timer.start()
        with self._lock:
            try:
                check(self._cursor, sql)
                self._cursor.execute("BEGIN TRANSACTION READ ONLY")
                self._reader = self._execute(sql, parameters).to_arrow_reader(ROWS_PER_BATCH)
                return self._reader.schema
            except (duckdb.Error, UnicodeEncodeError) as error:
                raise self._explain(error) from error

    def _execute(self, sql: str, parameters: Mapping[str, object]) -> duckdb.DuckDBPyConnection:
        """Parameters go through PREPARE: binding Python values would import pandas (0.4 s)."""
        if not parameters:
            return self._cursor.execute(sql)
        for name in parameters:
            if not _NAME.fullmatch(name):
                raise ValueError(f"not a parameter name: {name!r}")
        self._cursor.execute(f"PREPARE reader AS {sql}")
        values = ", ".join(f'"{name}" := {literal(value)}' for name, value in parameters.items())
        return self._cursor.execute(f"EXECUTE reader({values})")

    def fetch(self) -> pa.RecordBatch | None:
        """The next rows, or None at the end."""
        with self._lock:
            if self._stopped is not None or self._reader is None:
                raise TracerError(self._stopped or "the query was closed")
            try:
                return self._reader.read_next_batch()
            except StopIteration:
                return None
            except (duckdb.Error, pa.ArrowException, OSError) as error:
                raise self._explain(error) from error

    def stop(self, reason: str) -> None:
        """End it from another thread, whether or not DuckDB is at work on it."""
        if self._stopped is None:
            self._stopped = reason
            with suppress(duckdb.Error):  # closed already
                self._cursor.interrupt()
            self.close()

    def close(self) -> None:
        """Give the transaction back."""
        self._timer.cancel()
        with self._lock:
            self._reader = None
            self._cursor.close()

    def _explain(self, error: Exception) -> TracerError:
        if self._stopped is not None:
            return TracerError(self._stopped)
        text = str(error)
        if isinstance(error, duckdb.OutOfMemoryException) or "Out of Memory" in text:
            return QueryError(
                f"the query needs more memory than the store allows ({MEMORY_LIMIT}): narrow it"
            )
        return QueryError(text)

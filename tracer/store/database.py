"""How the DuckDB file is opened: settings, permissions, and what its failures mean.

Every process that touches the file goes through `connect`, so that no query anywhere can read
other files, load extensions or change settings.
"""

import os
import re
import threading
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from tracer.errors import TracerError

STORAGE_VERSION = "v1.5.0"  # DuckDB 1.5 and 2.0 both read and write it; it has zstd for strings
MEMORY_LIMIT = "128MB"
_SETTINGS = {
    "storage_compatibility_version": STORAGE_VERSION,
    "memory_limit": MEMORY_LIMIT,
    "max_temp_directory_size": "4GB",
    "checkpoint_threshold": "64MB",
    "preserve_insertion_order": "true",  # else rows may lose their ORDER BY on the way to Arrow
    "enable_external_access": "false",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "python_enable_replacements": "false",
}
_ROWS = "inserted_rows"  # what rows are called while they are inserted

_opening = threading.Lock()
_ownership = threading.Lock()
_owned_paths: set[Path] = set()
_umask_before = 0


class StoreBusyError(TracerError):
    """Somebody else holds the file, and may let go of it soon."""


def connect(
    path: Path, *, read_only: bool, threads: int | None = None, memory_limit: str = MEMORY_LIMIT
) -> duckdb.DuckDBPyConnection:
    """Open an existing file; raises StoreBusyError where another process holds it.

    threads: how many a statement may use; None for one a core.
    """
    config = _SETTINGS | {"memory_limit": memory_limit}
    if threads:
        config["threads"] = str(threads)
    with translated(path), _opening:
        connection = duckdb.connect(str(path), read_only=read_only, config={**config})
        # Within a process all connections to a file share one database and its settings.
        ((locked,),) = connection.execute(
            "SELECT current_setting('lock_configuration')::BOOLEAN"
        ).fetchall()
        if not locked:
            connection.execute("SET GLOBAL TimeZone = 'UTC'")
            connection.execute("SET GLOBAL lock_configuration = true")
    return connection


@contextmanager
def owned(path: Path) -> Iterator[None]:
    """Own a path within this process, where DuckDB's lock does not tell owners apart.

    Meanwhile new files are for this user only: the write-ahead log comes and goes.
    """
    global _umask_before
    with _ownership:
        if path in _owned_paths:
            raise TracerError(f"{path} is already being written by another part of this process")
        if not _owned_paths:
            _umask_before = os.umask(0o077)
        _owned_paths.add(path)
    try:
        yield
    finally:
        with _ownership:
            _owned_paths.remove(path)
            if not _owned_paths:
                os.umask(_umask_before)


def create(path: Path, make: Callable[[duckdb.DuckDBPyConnection], None]) -> None:
    """Make a file with what `make` makes, whole or not at all, that only its owner can read.

    Where another process has made the file meanwhile, that one stays.
    """
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        with translated(path):
            connection = duckdb.connect(str(temporary), config=dict(_SETTINGS))
            try:
                temporary.chmod(0o600)
                make(connection)
            finally:
                connection.close()
            _move_unless_exists(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)
        temporary.with_name(f"{temporary.name}.wal").unlink(missing_ok=True)


def _move_unless_exists(source: Path, target: Path) -> None:
    try:
        target.hardlink_to(source)
    except FileExistsError:
        return
    except OSError:  # a file system without hard links
        if not target.exists():
            source.rename(target)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pa.Table) -> None:
    """Insert rows in a table, column by column of its name; columns that they lack are NULL."""
    connection.register(_ROWS, rows)
    try:
        connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM {_ROWS}")
    finally:
        connection.unregister(_ROWS)


# What the world can do to the file; any other error of DuckDB is a bug of ours.
_FAILURES = (
    duckdb.ConnectionException,
    duckdb.FatalException,
    duckdb.IOException,
    duckdb.OutOfMemoryException,
    duckdb.SerializationException,
    duckdb.TransactionException,  # a COMMIT that could not be written
    OSError,
)


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn failures to open, read or write the file into words that help."""
    try:
        yield
    except _FAILURES as error:
        raise explain(path, error) from error


def explain(path: Path, error: Exception) -> TracerError:
    """What a failure of DuckDB means for the user of the store at `path`."""
    text = str(error)
    if "Conflicting lock" in text:
        holder = re.search(r"lock is held in (.*?)\. See", text)
        return StoreBusyError(
            f"{path} is in use by {holder[1] if holder else 'another process'}, which does not "
            "share it: end that process and try again"
        )
    if "different configuration" in text:
        return StoreBusyError(f"{path} is open in this process already")
    for sign, meaning in _SIGNS.items():
        if sign.lower() in text.lower():
            return TracerError(meaning.format(path=path, parent=path.parent))
    return TracerError(f"{path}: {text}")


# What DuckDB or the system says -> what it means.
_SIGNS = {
    "No space left": "the disk of {path} is full: free some space and run the command again; "
    "nothing that was stored is lost",
    "File too large": "{path} may not grow further: raise the limit on file sizes and run the "
    "command again; nothing that was stored is lost",
    "Permission denied": "{path}: no permission; run as its owner, or choose another --db",
    "Read-only file system": "{path}: the file system is read-only; choose another --db",
    "No such file": "{parent} does not exist: create the folder, or choose another --db",
    "database does not exist": "{path} does not exist: run `mailtracer ingest` first",
    "not a valid DuckDB database": "{path} is no mailtracer store: choose another --db, or move "
    "that file away",
    "Could not read enough bytes": "{path} is cut short: restore a copy, or move it away and load "
    "the logs again",
    "newer version": "{path} was written by a newer DuckDB: update mailtracer, or choose another "
    "--db",
}

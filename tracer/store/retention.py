"""What a store keeps of lines that were removed: that they were (tracer.store.removal), and counts.

These cannot be made anew: when their read model is built again, those of before that time are kept
as they are (docs/adr/0012-counts-outlive-lines.md).
"""

from collections.abc import Iterator
from datetime import datetime

import duckdb

from tracer.projections import COUNTS
from tracer.store.guard import literal

# What metrics count of what each line says: sums that may not fall.
TABLE = """
CREATE TABLE forgotten_counts (
    host VARCHAR NOT NULL,
    outcome VARCHAR NOT NULL,
    reason_class VARCHAR NOT NULL, -- '' of hops
    count BIGINT NOT NULL,
    PRIMARY KEY (host, outcome, reason_class)
)"""
FORGOTTEN_BEFORE = "forgotten_before"  # in `meta`: ISO 8601, naive UTC
LAST_POSITION = "last_position"  # in `meta`: that lines had when some were removed

_Connection = duckdb.DuckDBPyConnection


def forgotten_before(connection: _Connection) -> datetime | None:
    """The time before which lines were removed, naive UTC; None where none ever were."""
    value = _noted(connection, FORGOTTEN_BEFORE)
    return datetime.fromisoformat(value) if value else None


def last_position(connection: _Connection) -> int:
    """The highest position that may have been a removed line's; 0 where none was removed."""
    return int(_noted(connection, LAST_POSITION) or 0)


def note(connection: _Connection, key: str, value: object) -> None:
    """Set a value of `meta`."""
    connection.execute(f"INSERT OR REPLACE INTO meta VALUES ('{key}', {literal(str(value))})")


def keep_counts(connection: _Connection, projection: str) -> None:
    """Put aside what a read model that is built anew counted of lines that are gone."""
    for table, kept, condition in _kept(connection, projection):
        # what is put aside already is of a build that was interrupted: the table holds less
        if _exists(connection, table) and not _exists(connection, kept):
            connection.execute(f"CREATE TABLE {kept} AS SELECT * FROM {table} WHERE {condition}")


def restore_counts(connection: _Connection, projection: str) -> None:
    """Put back what was put aside, in place of what was counted anew of that time."""
    for table, kept, condition in _kept(connection, projection):
        if not _exists(connection, kept):  # the table is new
            continue
        if condition != _ALL:
            connection.execute(f"DELETE FROM {table} WHERE {condition}")
        columns = ", ".join(name for name, *_ in connection.execute(f"DESCRIBE {kept}").fetchall())
        connection.execute(
            f"INSERT INTO {table} ({columns}) "
            f"SELECT {columns} FROM {kept} EXCEPT SELECT {columns} FROM {table} WHERE {condition}"
        )
        connection.execute(f"DROP TABLE {kept}")


_ALL = "true"


def _kept(connection: _Connection, projection: str) -> Iterator[tuple[str, str, str]]:
    """The tables of a read model that outlive lines, what they are put aside as, and which rows."""
    before = forgotten_before(connection)
    if before is not None:
        for table, column in COUNTS.get(projection, {}).items():
            yield table, f"kept_{table}", f"{column} < {literal(before)}" if column else _ALL


def _exists(connection: _Connection, table: str) -> bool:
    sql = f"SELECT 1 FROM duckdb_tables() WHERE table_name = '{table}'"
    return bool(connection.execute(sql).fetchall())


def _noted(connection: _Connection, key: str) -> str | None:
    rows = connection.execute(f"SELECT value FROM meta WHERE key = '{key}'").fetchall()
    return rows[0][0] if rows else None

"""What is removed of a store: lines before a time, their events, and all that is derived of each.

Counts outlive the lines, see docs/adr/0012-counts-outlive-lines.md. They cannot be made anew: when
their read model is built again, those of before that time are kept as they are.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from parsers.registry import UNPARSED
from tracer.projections import COUNTS, login_networks, messages, traffic
from tracer.store.guard import literal
from tracer.store.streams import Key

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
_LAST_POSITION = "last_position"  # in `meta`: that lines had when some were removed
_MOST_TIMELESS = 100_000  # lines without a time that go in one transaction

_Connection = duckdb.DuckDBPyConnection


@dataclass(frozen=True, slots=True)
class Forgotten:
    """How many lines went; and what changed of each stream that had some, by column."""

    lines: int
    sources: dict[Key, dict[str, Any]]


def forget(connection: _Connection, before: datetime, last_position: int) -> Forgotten:
    """Remove lines before a time, naive UTC, and what is derived of each, in the open transaction.

    A line without a time goes with the line before it in its stream.
    last_position: the highest that any line ever had.
    """
    lines, first, last = _choose(connection, before)
    _note(connection, FORGOTTEN_BEFORE, max(before, forgotten_before(connection) or before))
    if not lines:
        return Forgotten(0, {})
    _note(connection, _LAST_POSITION, last_position)
    gone = f"position BETWEEN {first} AND {last} AND position IN (SELECT position FROM forgotten)"
    connection.execute(_COUNT.format(gone=gone))
    for table in _tables_by_line(connection):
        connection.execute(f"DELETE FROM {table} WHERE {gone}")
    messages.forget(connection, before)
    traffic.forget(connection)
    login_networks.forget(connection, before)
    sources = _count_sources(connection)
    connection.execute("DROP TABLE forgotten")
    return Forgotten(lines, sources)


def forgotten_before(connection: _Connection) -> datetime | None:
    """The time before which lines were removed, naive UTC; None where none ever were."""
    value = _noted(connection, FORGOTTEN_BEFORE)
    return datetime.fromisoformat(value) if value else None


def last_position(connection: _Connection) -> int:
    """The highest position that may have been a removed line's; 0 where none was removed."""
    return int(_noted(connection, _LAST_POSITION) or 0)


def keep_counts(connection: _Connection, projection: str) -> None:
    """Put aside what a read model that is built anew counted of lines that are gone."""
    for table, kept, condition in _kept(connection, projection):
        # it is there where a build was interrupted: then the table holds less
        connection.execute(
            f"CREATE TABLE IF NOT EXISTS {kept} AS SELECT * FROM {table} WHERE {condition}"
        )


def restore_counts(connection: _Connection, projection: str) -> None:
    """Put back what was put aside, in place of what was counted anew of that time."""
    for table, kept, condition in _kept(connection, projection):
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


_FORGOTTEN = f"""
    CREATE OR REPLACE TEMP TABLE forgotten AS
    SELECT position, source_id, generation, event = '{UNPARSED}' AS is_unparsed
    FROM event_rows WHERE occurred_at < {{before}}
"""
# Of streams that have, or had, lines of before.
_TIMELESS = f"""
    INSERT INTO forgotten
    SELECT position, source_id, generation, event = '{UNPARSED}'
    FROM event_rows JOIN sources USING (source_id, generation) JOIN (
        SELECT source_id, generation, min(byte_offset) AS first_offset,
            min(position) FILTER (occurred_at >= {{before}}) AS first_kept
        FROM event_rows GROUP BY ALL
    ) USING (source_id, generation)
    WHERE occurred_at IS NULL AND coalesce(position < first_kept, front_at < {{before}})
        AND (first_at < {{before}} OR first_offset > 0)
    ORDER BY position LIMIT {_MOST_TIMELESS}
"""


def _choose(connection: _Connection, before: datetime) -> tuple[int, int, int]:
    """Make the temporary table `forgotten`; how many lines, their first and last position."""
    connection.execute(_FORGOTTEN.format(before=literal(before)))
    timeless = "SELECT 1 FROM event_rows WHERE occurred_at IS NULL LIMIT 1"
    if connection.execute(timeless).fetchall():
        connection.execute(_TIMELESS.format(before=literal(before)))
    (found,) = connection.execute(
        "SELECT count(*), coalesce(min(position), 0), coalesce(max(position), 0) FROM forgotten"
    ).fetchall()
    lines, first, last = found
    return lines, first, last


_COUNT = """
    INSERT INTO forgotten_counts
    SELECT host, outcome, reason_class, sum(count)::BIGINT
    FROM (
        SELECT host, 'rejected' AS outcome, reason_class, count FROM refusals WHERE {gone}
        UNION ALL
        SELECT host, outcome, reason_class, count FROM attempts
        WHERE {gone} AND outcome IN ('deferred', 'bounced')
        UNION ALL
        SELECT host, outcome, '', count FROM traffic_hops WHERE {gone}
    )
    GROUP BY ALL
    ON CONFLICT DO UPDATE SET count = count + excluded.count
"""


def _tables_by_line(connection: _Connection) -> list[str]:
    """The tables with a row for each line, or for some lines."""
    rows = connection.execute("""
        SELECT table_name FROM duckdb_tables() SEMI JOIN (
            SELECT table_oid FROM duckdb_columns() WHERE column_name = 'position'
        ) USING (table_oid)
        WHERE NOT temporary ORDER BY table_name
    """).fetchall()
    return [table for (table,) in rows]


_SOURCES = """
    UPDATE sources s SET line_count = s.line_count - f.lines,
        unparsed_count = s.unparsed_count - f.unparsed, first_at = f.first_at
    FROM (
        SELECT * FROM (
            SELECT source_id, generation, count(*) AS lines,
                count(*) FILTER (is_unparsed) AS unparsed
            FROM forgotten GROUP BY ALL
        )
        LEFT JOIN (
            SELECT source_id, generation, min(occurred_at) AS first_at FROM event_rows
            SEMI JOIN forgotten USING (source_id, generation) GROUP BY ALL
        ) USING (source_id, generation)
    ) f
    WHERE s.source_id = f.source_id AND s.generation = f.generation
"""


def _count_sources(connection: _Connection) -> dict[Key, dict[str, Any]]:
    connection.execute(_SOURCES)
    rows = connection.execute("""
        SELECT source_id, generation, line_count, unparsed_count, first_at FROM sources
        SEMI JOIN forgotten USING (source_id, generation)
    """).fetchall()
    return {
        (source_id, generation): {
            "line_count": line_count,
            "unparsed_count": unparsed_count,
            "first_at": first_at,
        }
        for source_id, generation, line_count, unparsed_count, first_at in rows
    }


def _noted(connection: _Connection, key: str) -> str | None:
    rows = connection.execute(f"SELECT value FROM meta WHERE key = '{key}'").fetchall()
    return rows[0][0] if rows else None


def _note(connection: _Connection, key: str, value: object) -> None:
    connection.execute(f"INSERT OR REPLACE INTO meta VALUES ('{key}', {literal(str(value))})")

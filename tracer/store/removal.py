"""Removing lines before a time from a store, their events, and all that is derived of each.

Counts outlive the lines: tracer.store.retention.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import duckdb

from parsers.registry import UNPARSED
from tracer.projections import login_networks, messages, traffic
from tracer.store.guard import literal
from tracer.store.retention import FORGOTTEN_BEFORE, LAST_POSITION, forgotten_before, note
from tracer.store.streams import Key

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
    note(connection, FORGOTTEN_BEFORE, max(before, forgotten_before(connection) or before))
    if not lines:
        return Forgotten(0, {})
    note(connection, LAST_POSITION, last_position)
    gone = f"position BETWEEN {first} AND {last} AND position IN (SELECT position FROM forgotten)"
    connection.execute(_COUNT.format(gone=gone))
    for table in _tables_by_line(connection):
        connection.execute(f"DELETE FROM {table} WHERE {gone}")
    sources = _count_sources(connection)  # `messages` asks when files begin
    messages.forget(connection, before)
    traffic.forget(connection)
    login_networks.forget(connection, before)
    connection.execute("DROP TABLE forgotten")
    return Forgotten(lines, sources)


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

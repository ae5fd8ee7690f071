"""The view `queue_actions`: what operators asked of queues through Mailtracer, and what came of it.

Only the record that Mailtracer keeps beside a store counts (tracer.queue.record): a line that says
the same in another log, where other programs write, is kept as an event and shown by nobody as an
action.
"""

import duckdb

from parsers.columns import events_select

NAME = "queue_actions"
VERSION = 2

_LOOKED_AT = (
    "position", "source_id", "generation", "occurred_at", "host", "event", "service", "session_id",
    "username", "component", "remote_address", "action", "status", "queue_id", "relay_host",
    "item_count", "reason", "detail",
)  # fmt: skip
RECORD_SUFFIX = ".queue.log"  # how the name of such a record ends

DDL: tuple[str, ...] = (
    """
    CREATE TABLE queue_action_rows (
        position BIGINT,
        source_id INTEGER,
        generation INTEGER,
        occurred_at TIMESTAMP,
        host VARCHAR,
        instance VARCHAR,
        request_id VARCHAR,
        username VARCHAR,
        via VARCHAR,
        remote_address VARCHAR,
        action VARCHAR,
        status VARCHAR,
        queue_id VARCHAR,
        site VARCHAR,
        message_count BIGINT,
        detail VARCHAR
    )
    """,
    f"""
    CREATE VIEW queue_actions AS
    SELECT a.* EXCLUDE (source_id, generation)
    FROM queue_action_rows a JOIN sources s USING (source_id, generation)
    WHERE ends_with(s.name, '{RECORD_SUFFIX}')
    """,
)


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, say."""
    con.execute(f"""
        INSERT INTO queue_action_rows
        SELECT position, source_id, generation, occurred_at, host, service, session_id, username,
            component, remote_address, action, coalesce(status, 'requested'), queue_id,
            relay_host, item_count, coalesce(reason, detail)
        FROM ({events_select("event_rows", _LOOKED_AT)})
        WHERE position BETWEEN {int(first_position)} AND {int(last_position)}
            AND event IN ('mailtracer.queue_action_requested', 'mailtracer.queue_action_ended')
        ORDER BY position
    """)

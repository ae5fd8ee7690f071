"""The table `links`: what lines say of two queue files, one row a line that names both.

A line bears the queue id of one file and names that of another: the next hop answered `queued as`,
local(8) `forwarded as`, bounce(8) made a notification, pickup(8) and smtpd(8) tell the id that the
file had before. Which lives of these ids are meant is told when a path is asked for, see
tracer.queries.links: a line may be stored before the one that shows the other file's birth.
"""

import duckdb

NAME = "links"
VERSION = 1

DDL: tuple[str, ...] = (
    """
    CREATE TABLE links (
        position BIGINT,            -- of the line that says so
        occurred_at TIMESTAMP,
        kind VARCHAR,               -- relayed, forwarded, bounced, notified, requeued, reinjected
        host VARCHAR,               -- of the line: that of both files, but for `relayed`
        instance VARCHAR,
        from_queue_id VARCHAR,
        to_queue_id VARCHAR,
        relay_host VARCHAR,         -- who answered `queued as`; NULL for other kinds
        relay_address VARCHAR
    )
    """,
)

_LINKS = """
    SELECT position, occurred_at,
        CASE event
            WHEN 'postfix.delivery_attempted' THEN
                CASE WHEN related_queue_id IS NULL THEN 'relayed' ELSE 'forwarded' END
            WHEN 'postfix.notification_sent' THEN
                CASE action WHEN 'non-delivery' THEN 'bounced' ELSE 'notified' END
            WHEN 'postfix.message_picked_up' THEN 'requeued'
            WHEN 'postfix.client_assigned' THEN 'reinjected'
        END AS kind,
        host, instance,
        CASE WHEN kind IN ('requeued', 'reinjected') THEN related_queue_id ELSE queue_id END,
        CASE WHEN kind IN ('requeued', 'reinjected') THEN queue_id
            ELSE coalesce(related_queue_id, remote_queue_id) END,
        CASE kind WHEN 'relayed' THEN relay_host END,
        CASE kind WHEN 'relayed' THEN relay_address END
    FROM event_rows
    WHERE position BETWEEN {first} AND {last}
        AND (related_queue_id IS NOT NULL OR remote_queue_id IS NOT NULL)
        AND kind IS NOT NULL AND queue_id IS NOT NULL AND occurred_at IS NOT NULL
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, say."""
    con.execute(
        "INSERT INTO links "
        + _LINKS.format(first=int(first_position), last=int(last_position))
        + " ORDER BY position"
    )

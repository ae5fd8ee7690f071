"""The view `recipients`: one row a message and recipient that delivery was attempted to.

A message is one queue file's life, as in `messages`. A recipient is an address together with what
it was before aliases, as Postfix takes them for two. What follows in another queue file, behind a
content filter or on another host, is that file's row: `links` tells which one it is.
"""

from tracer.views.deliveries import IS_HOP, attempts, file_key, is_of_life

_STATE = """
    CASE
        WHEN status = 'sent' THEN CASE WHEN is_hop THEN 'handed_on' ELSE 'delivered' END
        WHEN status <> 'deferred' OR removed_at IS NULL THEN status
        WHEN is_expired THEN 'expired'
        ELSE 'removed'
    END
"""
_EXPIRED = """(
    SELECT occurred_at, host, instance, queue_id FROM event_rows
    WHERE event = 'postfix.message_expired'
)"""


def recipients() -> str:
    """The view as SQL.

    Summed are numbers alone: of millions of recipients there is no room for more. What the last
    attempt said is read from its line.
    """
    return f"""
    SELECT message_no, message_at, host, instance, queue_id, recipient, original_recipient,
        {_STATE} AS state, attempt_count, first_attempt_at, last_attempt_at, status, dsn, reply,
        relay_host, delay_seconds, position
    FROM (
        SELECT r.*, l.* EXCLUDE (position), l.{IS_HOP} AS is_hop, EXISTS (
                FROM {_EXPIRED} x WHERE {file_key("x")} = {file_key("l")}
                AND x.occurred_at BETWEEN r.last_attempt_at AND r.removed_at
            ) AS is_expired
        FROM (
            SELECT m.first_position AS message_no, m.first_at AS message_at, m.removed_at,
                hash(e.recipient, e.original_recipient) AS recipient_key,
                sum(coalesce(e.repeated, 1))::BIGINT AS attempt_count,
                min(e.occurred_at) AS first_attempt_at, max(e.occurred_at) AS last_attempt_at,
                max(e.position) AS position
            FROM messages m JOIN {attempts()} e ON {is_of_life("e", "m")}
            GROUP BY ALL
        ) r JOIN {attempts()} l USING (position)
    )
    """

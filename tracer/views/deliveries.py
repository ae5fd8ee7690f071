"""The view `deliveries`: one row a line in which a delivery agent tells of an attempt.

A hop is an attempt that did not bring the message to its end on this host: it handed it to a
content filter, or to another queue file (`forwarded as`). `traffic_hops` knows them. They are rows
like others, so that a message's own story is whole; what counts a message once leaves them out.
"""

from parsers.columns import events_select

_AS_LOGGED = (
    "recipient", "original_recipient", "relay_host", "relay_address", "relay_port",
    "delay_seconds", "delay_before_qmgr", "delay_in_qmgr", "delay_connection_setup",
    "delay_transmission", "dsn", "status", "reply", "remote_queue_id", "related_queue_id",
)  # fmt: skip
_LOOKED_AT = (
    "position", "occurred_at", "host", "instance", "program", "queue_id", *_AS_LOGGED, "repeated",
)  # fmt: skip
IS_HOP = "position IN (SELECT position FROM traffic_hops WHERE outcome = 'delivered')"


def file_key(of: str) -> str:
    """A queue file by one number, which joins of millions of rows have room for."""
    return f"hash(coalesce({of}.host, ''), {of}.instance, {of}.queue_id)"


def is_of_life(event: str, life: str) -> str:
    """Whether an event with a queue id is of a row of `messages`."""
    return f"""
        {file_key(event)} = {file_key(life)}
        AND {event}.occurred_at BETWEEN {life}.first_at AND {life}.last_at
        AND {event}.position BETWEEN {life}.first_position AND {life}.last_position
    """


def attempts() -> str:
    """The lines, with the columns that are looked at."""
    rows = "(FROM event_rows WHERE event = 'postfix.delivery_attempted')"
    return f"({events_select(rows, _LOOKED_AT)})"


def deliveries() -> str:
    """The view as SQL."""
    return f"""
    SELECT e.position, e.occurred_at, e.host, e.instance, m.first_position AS message_no,
        e.queue_id, split_part(e.program, '/', -1) AS agent,
        {", ".join(f"e.{name}" for name in _AS_LOGGED)},
        e.{IS_HOP} AS is_hop, coalesce(e.repeated, 1) AS repeated
    FROM {attempts()} e LEFT JOIN messages m ON {is_of_life("e", "m")}
    """

"""What a report counts: a range of time, some hosts or all, some domains or all.

Owns what every figure is taken from: births of messages, lives of queue files with their origin,
and delivery attempts, without the hops through content filters that tracer.projections.traffic
found. Times stand in the SQL as constants, as scans are pruned by these alone.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from tracer.queries.overview import Range
from tracer.store import Reader
from tracer.store.guard import literal

TIMEOUT_SECONDS = 120.0
EXAMPLE_CHARACTERS = 300  # of a log's text that a report quotes at most

Row = Mapping[str, Any]

# The queue file: a number, as joins that take three texts a row need more memory than there is.
_FILE = "hash(host, instance, queue_id)"


@dataclass(frozen=True, slots=True)
class Scope:
    """A range of UTC; no hosts or no domains means all of them.

    domains: in lower case; a message is one's where its sender or a recipient is.
    """

    span: Range
    hosts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()


def rows(reader: Reader, sql: str) -> list[Row]:
    """All rows of a statement."""
    found: list[Row] = reader.query(sql, timeout_seconds=TIMEOUT_SECONDS).to_pylist()
    return found


def within(column: str, span: Range) -> str:
    """SQL for whether a time is in the range."""
    return f"({column} >= {literal(span.start)} AND {column} < {literal(span.end)})"


def on_hosts(scope: Scope) -> str:
    """SQL for whether a line's host is one that is asked for."""
    return _one_of("coalesce(host, '')", scope.hosts)


def domain(address: str) -> str:
    """SQL for the domain of an address, in lower case; what has no @ is taken as it is."""
    return f"lower(split_part({address}, '@', -1))"


def in_domains(scope: Scope, *addresses: str) -> str:
    """SQL for whether one of the addresses is of a domain that is asked for."""
    if not scope.domains:
        return "true"
    tests = (f"coalesce({_one_of(domain(each), scope.domains)}, false)" for each in addresses)
    return f"({' OR '.join(tests)})"


def of_quarters(scope: Scope) -> str:
    """SQL for whether a row of `event_counts` is asked for: days are made of whole quarters."""
    return f"{within('quarter', scope.span)} AND {_one_of('host', scope.hosts)}"


def of_minutes(scope: Scope) -> str:
    """SQL for whether a row of `attempts` or `refusals` is asked for, whatever its domains."""
    return f"{within('minute', scope.span)} AND {_one_of('host', scope.hosts)}"


def _one_of(expression: str, values: Iterable[str]) -> str:
    listed = [*values]
    return f"list_contains({literal(listed)}, {expression})" if listed else "true"


def example(column: str) -> str:
    """SQL for a text that a report quotes."""
    return f"left({column}, {EXAMPLE_CHARACTERS})"


def _is_near(address: str) -> str:
    """SQL for whether a client is this machine or in a network of private addresses."""
    return (
        f"({address} = '::1' OR "
        f"regexp_matches({address}, '^(127|10|192\\.168|172\\.(1[6-9]|2[0-9]|3[01]))\\.|"
        f"^(fe80|f[cd][0-9a-f]{{2}}):'))"
    )


def _seen(scope: Scope) -> str:
    """The condition of the queue files that had lines in the range."""
    return f"""
        last_at >= {literal(scope.span.start)} AND first_at < {literal(scope.span.end)}
        AND {on_hosts(scope)}
    """


def lives(scope: Scope) -> str:
    """SELECT of the queue files that had lines in the range, with where their message is from.

    origin: ours (logged in, submitted here, or from a private address), outside, or unknown where
    its beginning is not in the range. A message that a filter gave back, or that was forwarded, is
    from where it first came from.
    """
    return f"""
    WITH seen AS (
        SELECT {_FILE} AS file, first_position, last_position, first_at, last_at,
            envelope_sender, size_bytes, client_address, sasl_username, uid,
            CASE WHEN message_id NOT IN ('', '<>') THEN hash(host, message_id) END AS kin,
            first_position IN (
                SELECT message_no FROM traffic_hops
                WHERE outcome = 'received' AND message_no IS NOT NULL
            ) AS is_hop
        FROM messages WHERE {_seen(scope)}
    ),
    own AS (
        SELECT * EXCLUDE (client_address, sasl_username, uid, is_hop) REPLACE (
                {"envelope_sender" if scope.domains else "NULL"} AS envelope_sender),
            envelope_sender = '' AND client_address IS NULL AS is_notification,
            CASE WHEN is_hop THEN NULL
                WHEN sasl_username IS NOT NULL OR uid IS NOT NULL OR {_is_near("client_address")}
                    THEN 'ours'
                WHEN client_address IS NOT NULL THEN 'outside'
            END AS own_origin
        FROM seen
    ),
    first AS (
        -- of the earliest: its position and origin in one number
        SELECT kin, CASE min(first_position * 2 + (own_origin = 'ours')::BIGINT) % 2
                WHEN 1 THEN 'ours' ELSE 'outside' END AS origin
        FROM own WHERE kin IS NOT NULL AND own_origin IS NOT NULL GROUP BY kin
    )
    SELECT own.* EXCLUDE (own_origin, is_notification),
        coalesce(own_origin, first.origin, CASE WHEN is_notification THEN 'ours' END, 'unknown')
            AS origin
    FROM own LEFT JOIN first ON own.kin = first.kin
    """


def attempts(scope: Scope, condition: str = "true") -> str:
    """SELECT of the delivery attempts in the range that fulfil a condition, without hops.

    count: how many the line stands for.
    """
    return f"""
    SELECT * FROM (
        SELECT position, occurred_at, host, instance, queue_id, program, recipient,
            original_recipient, status, dsn, reply, relay_host, relay_address, delay_seconds,
            delay_connection_setup, coalesce(repeated, 1) AS count, {_FILE} AS file
        FROM events
        WHERE event = 'postfix.delivery_attempted' AND {within("occurred_at", scope.span)}
            AND {on_hosts(scope)} AND ({condition})
    ) ANTI JOIN ({_hops(scope, "delivered")}) USING (position)
    """


def attempts_of_lives(scope: Scope, condition: str = "true") -> str:
    """The same with the message's size and origin, and of the domains that are asked for.

    An attempt whose message began before the range, and has no line in it, has none of these.
    """
    return f"""
    SELECT a.* EXCLUDE (file), l.size_bytes, coalesce(l.origin, 'unknown') AS origin
    FROM ({attempts(scope, condition)}) a LEFT JOIN ({lives(scope)}) l
        ON a.file = l.file AND a.position BETWEEN l.first_position AND l.last_position
        AND a.occurred_at BETWEEN l.first_at AND l.last_at
    WHERE {in_domains(scope, "a.recipient", "a.original_recipient", "l.envelope_sender")}
    """


def scoped_attempts(scope: Scope, condition: str = "true") -> str:
    """The attempts, with no more columns than are cheap; of the domains that are asked for."""
    return attempts_of_lives(scope, condition) if scope.domains else attempts(scope, condition)


def births(scope: Scope) -> str:
    """SELECT of the messages that came into being in the range, each once.

    A row is a line, with the columns of its life; count: how many the line stands for.
    """
    return f"""
    SELECT b.position, b.occurred_at, b.host, b.count, l.envelope_sender, l.size_bytes,
        l.client_name, l.client_address, l.sasl_username
    FROM (
        SELECT position, occurred_at, host, instance,
            CASE event WHEN 'postfix.notification_sent' THEN related_queue_id ELSE queue_id END
                AS queue_id,
            coalesce(repeated, 1) AS count
        FROM events
        WHERE event IN ('postfix.client_assigned', 'postfix.message_picked_up',
                'postfix.notification_sent')
            AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
    ) b ANTI JOIN ({_hops(scope, "received")}) h ON b.position = h.position
    LEFT JOIN (SELECT *, {_FILE} AS file FROM messages WHERE {_seen(scope)}) l
        ON hash(b.host, b.instance, b.queue_id) = l.file
        AND b.occurred_at BETWEEN l.first_at - INTERVAL 5 MINUTE AND l.last_at
    {_of_domains(scope)}
    """


def _of_domains(scope: Scope) -> str:
    """The condition of births: the sender is of a domain that is asked for, or a recipient is."""
    if not scope.domains:
        return ""
    addressed = f"""
        SELECT a.queue_id, a.instance, a.host FROM events a
        WHERE a.event = 'postfix.delivery_attempted' AND {within("a.occurred_at", scope.span)}
            AND {in_domains(scope, "a.recipient", "a.original_recipient")}
    """
    return f"""
    WHERE {in_domains(scope, "l.envelope_sender")}
        OR (b.queue_id, b.instance, b.host) IN ({addressed})
    """


def _hops(scope: Scope, outcome: str) -> str:
    """SELECT of the positions of the lines of an outcome that are hops."""
    return f"""
        SELECT position FROM traffic_hops
        WHERE outcome = {literal(outcome)} AND minute < {literal(scope.span.end)}
            AND minute >= date_trunc('minute', {literal(scope.span.start)})
    """

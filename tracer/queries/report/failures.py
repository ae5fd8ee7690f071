"""What was not delivered, or late: by reason, slow destinations, and what is queued still."""

from datetime import timedelta

from tracer.queries.overview import Range
from tracer.queries.report.scope import (
    Row,
    Scope,
    example,
    in_domains,
    of_minutes,
    on_hosts,
    rows,
    scoped_attempts,
    within,
)
from tracer.store import Reader
from tracer.store.guard import literal

SLOW_SECONDS = 60  # mean time to deliver to a domain from which that is called slow
_ROUNDED = 1.13  # how much longer a delay may be than half a decibel less tells
LONGEST_QUEUED = timedelta(days=7)  # without a line: its end was lost, as postfix retries sooner


def by_reason(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """status (deferred or bounced), reason_class, count, refused_by, and an example.

    refused_by: the provider or block list that gave it most. example_recipient, example_queue_id,
    example: of the latest such attempt.
    """
    chosen = f"{of_minutes(scope)} AND outcome IN ('deferred', 'bounced')"
    if scope.domains:
        failed = scoped_attempts(scope, "status IN ('deferred', 'bounced')")
        chosen += f" AND position IN (SELECT position FROM ({failed}))"
    return rows(
        reader,
        f"""
        WITH reasons AS (
            SELECT outcome, reason_class, sum(count)::BIGINT AS count,
                arg_max(refused_by, count) FILTER (refused_by IS NOT NULL) AS refused_by,
                max(position) AS position
            FROM (
                SELECT outcome, reason_class, coalesce(blocklist, provider) AS refused_by,
                    sum(count) AS count, max(position) AS position
                FROM attempts WHERE {chosen} GROUP BY ALL
            )
            GROUP BY outcome, reason_class ORDER BY outcome, count DESC, reason_class
            LIMIT {limit:d}
        )
        SELECT outcome AS status, reasons.reason_class, count, refused_by,
            recipient AS example_recipient, queue_id AS example_queue_id,
            {example("reply")} AS example
        FROM reasons JOIN event_rows USING (position) ORDER BY outcome, count DESC, reason_class
        """,
    )


def deferred_messages(reader: Reader, scope: Scope) -> int:
    """How many messages were deferred at least once."""
    (row,) = rows(
        reader,
        f"""
        SELECT count(DISTINCT (host, instance, queue_id)) AS count
        FROM ({scoped_attempts(scope, "status = 'deferred'")})
        """,
    )
    return int(row["count"])


def slow_domains(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """domain, count, mean_seconds, longest_seconds of deliveries, slowest first."""
    chosen = f"{of_minutes(scope)} AND outcome = 'delivered' AND domain <> ''"
    if scope.domains:
        chosen += f" AND position IN (SELECT position FROM ({scoped_attempts(scope)}))"
    # The delays of `attempts` are rounded: they tell which domains' lines are to be read.
    slow = f"""
        SELECT domain FROM attempts WHERE {chosen}
        GROUP BY domain HAVING avg(pow(10, delay / 10)) >= {SLOW_SECONDS / _ROUNDED}
    """
    return rows(
        reader,
        f"""
        SELECT domain, sum(count)::BIGINT AS count, avg(delay_seconds) AS mean_seconds,
            max(delay_seconds) AS longest_seconds
        FROM (
            SELECT position, domain, count FROM attempts WHERE {chosen} AND domain IN ({slow})
        ) JOIN event_rows USING (position)
        WHERE delay_seconds IS NOT NULL
        GROUP BY domain HAVING mean_seconds >= {SLOW_SECONDS}
        ORDER BY mean_seconds DESC, 1 LIMIT {limit:d}
        """,
    )


def queued(reader: Reader, scope: Scope) -> Row:
    """count and oldest_at of the messages that were queued at the end of the range.

    As far as the logs tell: one whose end was not logged counts until a week after its last line.
    """
    (row,) = rows(
        reader,
        f"""
        SELECT count(*) AS count, min(born_at) AS oldest_at FROM messages WHERE {_is_queued(scope)}
        """,
    )
    return row


def queued_longest(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """queue_id, host, sender, size_bytes, queued_seconds of what queued() counts, oldest first."""
    return rows(
        reader,
        f"""
        SELECT queue_id, host, envelope_sender AS sender, size_bytes,
            date_diff('second', born_at, {literal(scope.span.end)}) AS queued_seconds
        FROM messages WHERE {_is_queued(scope)}
        ORDER BY born_at, message_no LIMIT {limit:d}
        """,
    )


def _is_queued(scope: Scope) -> str:
    """SQL for whether a message was queued at the end of the range."""
    end = scope.span.end
    since = Range(end - LONGEST_QUEUED, end)
    of_domains = f"""
        ({in_domains(scope, "envelope_sender")} OR (host, instance, queue_id) IN (
            SELECT (host, instance, queue_id) FROM event_rows
            WHERE event = 'postfix.delivery_attempted' AND {within("occurred_at", since)}
                AND {in_domains(scope, "recipient", "original_recipient")}
        ))
    """
    return f"""
        last_at >= {literal(since.start)} AND first_at < {literal(end)}
        AND size_bytes IS NOT NULL AND coalesce(removed_at >= {literal(end)}, NOT is_removed)
        AND {on_hosts(scope)} AND {of_domains if scope.domains else "true"}
    """

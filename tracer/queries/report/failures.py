"""What was not delivered, or late: by reason, slow destinations, and what is queued still."""

from datetime import timedelta

from tracer.queries.report.scope import (
    Row,
    Scope,
    domain,
    example,
    in_domains,
    on_hosts,
    rows,
    scoped_attempts,
)
from tracer.reasons import classified
from tracer.store import Reader
from tracer.store.guard import literal

SLOW_SECONDS = 60  # mean time to deliver to a domain from which that is called slow
LONGEST_QUEUED = timedelta(days=7)  # without a line: its end was lost, as postfix retries sooner


def by_reason(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """status (deferred or bounced), reason_class, count, refused_by, and an example.

    refused_by: the provider or block list that gave it most. example_recipient, example_queue_id,
    example: of the latest such attempt.
    """
    failed = f"""(
        SELECT 'postfix.delivery_attempted' AS event, NULL::VARCHAR AS action,
            NULL::VARCHAR AS stage, NULL::VARCHAR AS reason, NULL::BIGINT AS reply_code,
            NULL::VARCHAR AS dnsbl, status, dsn, reply, relay_host, sum(count) AS count,
            max(position) AS position, arg_max(recipient, position) AS recipient,
            arg_max(queue_id, position) AS queue_id
        FROM ({scoped_attempts(scope, "status IN ('deferred', 'bounced')")}) GROUP BY ALL
    )"""
    return rows(
        reader,
        f"""
        SELECT status, reason_class, sum(count)::BIGINT AS count,
            arg_max(coalesce(blocklist, provider), count)
                FILTER (coalesce(blocklist, provider) IS NOT NULL) AS refused_by,
            arg_max(recipient, position) AS example_recipient,
            arg_max(queue_id, position) AS example_queue_id,
            {example("arg_max(reply, position)")} AS example
        FROM ({classified(failed)})
        GROUP BY status, reason_class ORDER BY status, count DESC, reason_class LIMIT {limit:d}
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
    return rows(
        reader,
        f"""
        SELECT {domain("recipient")} AS domain, sum(count)::BIGINT AS count,
            avg(delay_seconds) AS mean_seconds, max(delay_seconds) AS longest_seconds
        FROM ({scoped_attempts(scope, "status = 'sent' AND delay_seconds IS NOT NULL")})
        GROUP BY 1 HAVING mean_seconds >= {SLOW_SECONDS}
        ORDER BY mean_seconds DESC, 1 LIMIT {limit:d}
        """,
    )


def queued(reader: Reader, scope: Scope) -> Row:
    """count and oldest_at of the messages that were queued at the end of the range.

    As far as the logs tell: one whose end was not logged counts until a week after its last line.
    """
    end = scope.span.end
    (row,) = rows(
        reader,
        f"""
        SELECT count(*) AS count, min(born_at) AS oldest_at FROM messages
        WHERE last_at >= {literal(end - LONGEST_QUEUED)} AND first_at < {literal(end)}
            AND size_bytes IS NOT NULL
            AND coalesce(removed_at >= {literal(end)}, NOT is_removed)
            AND {on_hosts(scope)} AND {in_domains(scope, "envelope_sender")}
        """,
    )
    return row

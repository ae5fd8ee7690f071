"""What was refused: by reason and by client, and what checks did otherwise."""

from tracer.queries.report.scope import (
    Row,
    Scope,
    example,
    in_domains,
    of_minutes,
    of_quarters,
    on_hosts,
    rows,
    within,
)
from tracer.store import Reader

_LOOKED_AT = 20  # the latest of a reason and list, as some name no client, or nothing that was said


def _rejected(scope: Scope) -> str:
    return f"""
        event = 'postfix.rejected' AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
        AND {in_domains(scope, "envelope_sender", "recipient")}
    """


def by_reason(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """reason_class, count, blocklist (that which gave it most), example_client, example."""
    chosen = of_minutes(scope)
    if scope.domains:
        chosen += f" AND position IN (SELECT position FROM events WHERE {_rejected(scope)})"
    return rows(
        reader,
        f"""
        WITH reasons AS (
            SELECT reason_class, sum(count)::BIGINT AS count,
                arg_max(blocklist, count) FILTER (blocklist IS NOT NULL) AS blocklist,
                flatten(list(latest)) AS latest
            FROM (
                SELECT reason_class, blocklist, sum(count) AS count,
                    max(position, {_LOOKED_AT}) AS latest
                FROM refusals WHERE {chosen} GROUP BY ALL
            )
            GROUP BY reason_class ORDER BY count DESC, reason_class LIMIT {limit:d}
        )
        SELECT reason_class, any_value(count) AS count, any_value(blocklist) AS blocklist,
            arg_max(client_address, position) AS example_client,
            {example("arg_max(reason, position)")} AS example
        FROM (SELECT * EXCLUDE (latest), unnest(latest) AS position FROM reasons)
        JOIN event_rows USING (position)
        GROUP BY reason_class ORDER BY count DESC, reason_class
        """,
    )


def by_client(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """client_address, client_name, count of the clients that were refused most."""
    return rows(
        reader,
        f"""
        SELECT client_address, arg_max(client_name, position) AS client_name,
            sum(coalesce(repeated, 1))::BIGINT AS count
        FROM events WHERE {_rejected(scope)} AND client_address IS NOT NULL
        GROUP BY client_address ORDER BY count DESC, client_address LIMIT {limit:d}
        """,
    )


def by_action(reader: Reader, scope: Scope) -> list[Row]:
    """action (warn, hold, discard, redirect, ...), count: what checks did that is no refusal."""
    checked = f"""
        SELECT nullif(result, '') AS action, count FROM event_counts
        WHERE event = 'postfix.checked' AND {of_quarters(scope)}
    """
    if scope.domains:
        checked = f"""
            SELECT action, coalesce(repeated, 1) AS count FROM event_rows
            WHERE event = 'postfix.checked' AND {within("occurred_at", scope.span)}
                AND {on_hosts(scope)} AND {in_domains(scope, "envelope_sender", "recipient")}
        """
    return rows(
        reader,
        f"""
        SELECT action, sum(count)::BIGINT AS count FROM ({checked}) WHERE action IS NOT NULL
        GROUP BY action ORDER BY count DESC, action
        """,
    )

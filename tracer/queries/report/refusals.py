"""What was refused: by reason and by client, and what checks did otherwise."""

from tracer.queries.report.scope import Row, Scope, example, in_domains, on_hosts, rows, within
from tracer.reasons import COLUMNS, classified
from tracer.store import Reader


def _rejected(scope: Scope) -> str:
    return f"""
        event = 'postfix.rejected' AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
        AND {in_domains(scope, "envelope_sender", "recipient")}
    """


def by_reason(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """reason_class, count, blocklist (that which gave it most), example_client, example."""
    rejected = f"""(
        SELECT {", ".join(COLUMNS)}, position, coalesce(repeated, 1) AS count, client_address
        FROM events WHERE {_rejected(scope)}
    )"""
    return rows(
        reader,
        f"""
        SELECT reason_class, sum(count)::BIGINT AS count,
            arg_max(blocklist, count) FILTER (blocklist IS NOT NULL) AS blocklist,
            arg_max(client, position) AS example_client,
            {example("arg_max(reason, position)")} AS example
        FROM (
            SELECT reason_class, blocklist, sum(count) AS count, max(position) AS position,
                arg_max(client_address, position) AS client, arg_max(reason, position) AS reason
            FROM ({classified(rejected)}) GROUP BY ALL
        )
        GROUP BY reason_class ORDER BY count DESC, reason_class LIMIT {limit:d}
        """,
    )


def by_client(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """client_address, client_name, count of the clients that were refused most."""
    return rows(
        reader,
        f"""
        SELECT client_address, any_value(client_name) AS client_name,
            sum(coalesce(repeated, 1))::BIGINT AS count
        FROM events WHERE {_rejected(scope)} AND client_address IS NOT NULL
        GROUP BY client_address ORDER BY count DESC, client_address LIMIT {limit:d}
        """,
    )


def by_action(reader: Reader, scope: Scope) -> list[Row]:
    """action (warn, hold, discard, redirect, ...), count: what checks did that is no refusal."""
    return rows(
        reader,
        f"""
        SELECT action, sum(coalesce(repeated, 1))::BIGINT AS count FROM events
        WHERE event = 'postfix.checked' AND {within("occurred_at", scope.span)}
            AND {on_hosts(scope)} AND {in_domains(scope, "envelope_sender", "recipient")}
            AND action IS NOT NULL
        GROUP BY action ORDER BY count DESC, action
        """,
    )

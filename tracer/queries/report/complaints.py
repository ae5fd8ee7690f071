"""What daemons complain of, and lines that are not understood."""

from parsers.registry import UNPARSED
from tracer.queries.report.scope import Row, Scope, example, on_hosts, rows, within
from tracer.store import Reader
from tracer.store.guard import literal

SEVERITIES = ("panic", "fatal", "error", "warning")
# What warns of a message or an attempt, and is counted as what it is.
_COUNTED_ELSEWHERE = ("postfix.authentication_failed", "postfix.checked", "postfix.rejected")


def by_event(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """severity, program, event, count and the text of the latest line, as logged; gravest first."""
    return rows(
        reader,
        f"""
        WITH complained AS (
            SELECT list_position({literal([*SEVERITIES])}, severity) AS gravity,
                any_value(severity) AS severity, program, event,
                sum(coalesce(repeated, 1))::BIGINT AS count, max(position) AS position
            FROM events
            WHERE severity IS NOT NULL AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
                AND NOT list_contains({literal([*_COUNTED_ELSEWHERE])}, event)
            GROUP BY gravity, program, event HAVING gravity IS NOT NULL
            ORDER BY gravity, count DESC, program, event LIMIT {limit:d}
        )
        SELECT severity, program, event, count, {example("text")} AS example
        FROM complained LEFT JOIN lines USING (position) ORDER BY gravity, count DESC, program, event
        """,
    )


def severities(reader: Reader, scope: Scope) -> dict[str, int]:
    """How many lines complain, by severity."""
    found = rows(
        reader,
        f"""
        SELECT severity, sum(coalesce(repeated, 1))::BIGINT AS count FROM events
        WHERE severity IS NOT NULL AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
            AND NOT list_contains({literal([*_COUNTED_ELSEWHERE])}, event)
        GROUP BY severity
        """,
    )
    counts = {row["severity"]: row["count"] for row in found}
    return {severity: counts.get(severity, 0) for severity in SEVERITIES}


def lines(reader: Reader, scope: Scope) -> Row:
    """count and unparsed of the range's lines, first_at and last_at (None where there are none)."""
    (row,) = rows(
        reader,
        f"""
        SELECT count(*) AS count, count(*) FILTER (event = {literal(UNPARSED)}) AS unparsed,
            min(occurred_at) AS first_at, max(occurred_at) AS last_at
        FROM events WHERE {within("occurred_at", scope.span)} AND {on_hosts(scope)}
        """,
    )
    return row


def unparsed(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """program, count and the text of the latest line of those that are not understood."""
    return rows(
        reader,
        f"""
        WITH unknown AS (
            SELECT program, count(*) AS count, max(position) AS position FROM events
            WHERE event = {literal(UNPARSED)} AND {within("occurred_at", scope.span)}
                AND {on_hosts(scope)}
            GROUP BY program ORDER BY count DESC, program LIMIT {limit:d}
        )
        SELECT program, count, {example("text")} AS example
        FROM unknown LEFT JOIN lines USING (position) ORDER BY count DESC, program
        """,
    )

"""What daemons complain of, and lines that are not understood."""

from parsers.registry import UNPARSED
from tracer.queries.report.scope import Row, Scope, example, of_quarters, rows
from tracer.store import Reader
from tracer.store.guard import literal

SEVERITIES = ("panic", "fatal", "error", "warning")
MOST_EVENTS = 1000  # of a program and severity: shapes are declared, so there are not many more
# What warns of a message or an attempt, and is counted as what it is.
_COUNTED_ELSEWHERE = ("postfix.authentication_failed", "postfix.checked", "postfix.rejected")


def by_event(reader: Reader, scope: Scope) -> list[Row]:
    """severity, program, event, count and the text of the latest line, as logged; gravest first."""
    return rows(
        reader,
        f"""
        WITH complained AS (
            SELECT severity, nullif(program, '') AS program, event, sum(count)::BIGINT AS count,
                max(last_position) AS position
            FROM event_counts
            WHERE {of_quarters(scope)} AND list_contains({literal([*SEVERITIES])}, severity)
                AND NOT list_contains({literal([*_COUNTED_ELSEWHERE])}, event)
            GROUP BY severity, program, event
        )
        SELECT severity, program, event, count, {example("text")} AS example
        FROM complained LEFT JOIN lines USING (position)
        ORDER BY list_position({literal([*SEVERITIES])}, severity), count DESC, program, event
        LIMIT {MOST_EVENTS}
        """,
    )


def lines(reader: Reader, scope: Scope) -> Row:
    """count and unparsed of the range's lines, and last_at of them (None where there are none)."""
    (row,) = rows(
        reader,
        f"""
        SELECT coalesce(sum(line_count), 0)::BIGINT AS count,
            coalesce(sum(line_count) FILTER (event = {literal(UNPARSED)}), 0)::BIGINT AS unparsed,
            max(last_at) AS last_at
        FROM event_counts WHERE {of_quarters(scope)}
        """,
    )
    return row


def unparsed(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """program, count and the text of the latest line of those that are not understood."""
    return rows(
        reader,
        f"""
        WITH unknown AS (
            SELECT nullif(program, '') AS program, sum(line_count)::BIGINT AS count,
                max(last_position) AS position
            FROM event_counts WHERE event = {literal(UNPARSED)} AND {of_quarters(scope)}
            GROUP BY program ORDER BY count DESC, program LIMIT {limit:d}
        )
        SELECT program, count, {example("text")} AS example
        FROM unknown LEFT JOIN lines USING (position) ORDER BY count DESC, program
        """,
    )

"""What daemons complain of, host by host and hour by hour."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from parsers.columns import events_select
from tracer.insights.model import HOUR, SLOT
from tracer.insights.view import MOST_SUBJECTS, View

_NAMES = ("position", "occurred_at", "host", "program", "event", "reason", "detail", "item_count")


@dataclass(frozen=True, slots=True)
class Complained:
    """How many of a host there were in the hour before `at`, and who logged one of them."""

    at: datetime
    host: str
    count: int
    program: str


def complaints(view: View, condition: str, least: int) -> Iterator[tuple[Complained, bool]]:
    """Hours with such lines, and whether there are at least so many.

    condition: SQL on event, reason, detail and item_count, events first, as these are scanned by.
    """
    rows = view.rows(
        f"""
        WITH hours AS (
            SELECT host, slot, program, sum(lines) OVER (PARTITION BY host ORDER BY slot
                RANGE BETWEEN INTERVAL 55 MINUTE PRECEDING AND CURRENT ROW)::BIGINT AS lines
            FROM (
                SELECT coalesce(host, '') AS host, time_bucket($slot, occurred_at) AS slot,
                    count(*) AS lines, min(program) AS program
                FROM ({_some(condition)}) GROUP BY ALL
            )
        )
        SELECT host, slot + $slot AS ends_at, lines, program FROM hours WHERE slot >= $since
        QUALIFY dense_rank() OVER (ORDER BY host) <= {MOST_SUBJECTS} ORDER BY ends_at, host
        """,
        start=view.since - HOUR + SLOT,
        end=view.until,
    )
    for row in rows:
        found = Complained(row["ends_at"], row["host"], row["lines"], row["program"] or "")
        yield found, found.count >= least


def lines_of(view: View, condition: str, host: str, at: datetime) -> list[int]:
    """The positions of the latest of such lines, of the hour before."""
    return view.positions(
        f"""
        SELECT position FROM ({_some(condition)}) WHERE coalesce(host, '') = $host
        ORDER BY position DESC LIMIT 5
        """,
        start=at - HOUR,
        end=at,
        host=host,
    )


def _some(condition: str) -> str:
    rows = "(FROM event_rows WHERE occurred_at >= $start AND occurred_at < $end)"
    return f"SELECT * FROM ({events_select(rows, _NAMES)}) WHERE {condition}"

"""Mail comes in, and nothing goes out."""

from collections.abc import Iterator

from tracer.insights.model import DAY, HOUR, Sighting
from tracer.insights.view import View
from tracer.queries.search_language import Contains, Term

TITLE = "The queue is stuck"
OPENS = (
    "a host received mail for half an hour and attempted no delivery, which it did the day before"
)
LEAST, UNIT = 10, "messages received in half an hour"
ENDS_AFTER = HOUR / 2

_HOSTS = """
    SELECT host, slot + $slot AS ends_at, received::BIGINT AS received FROM (
        SELECT host, slot, sum(received) OVER half AS received, sum(attempts) OVER half AS now,
            sum(attempts) OVER day AS attempts
        FROM (
            SELECT host, time_bucket($slot, minute) AS slot,
                coalesce(sum(count) FILTER (outcome = 'received'), 0) AS received,
                coalesce(sum(count) FILTER (outcome IN ('delivered', 'deferred', 'bounced')), 0)
                    AS attempts
            FROM traffic_minutely WHERE minute >= $start AND minute < $until GROUP BY ALL
        )
        WINDOW
            half AS (PARTITION BY host ORDER BY slot
                RANGE BETWEEN INTERVAL 25 MINUTE PRECEDING AND CURRENT ROW),
            day AS (PARTITION BY host ORDER BY slot
                RANGE BETWEEN INTERVAL 24 HOUR PRECEDING AND CURRENT ROW)
    )
    WHERE slot >= $since AND received >= $least AND now = 0 AND attempts >= $least
    ORDER BY ends_at, host
"""
_EVIDENCE = """
    SELECT first_position FROM messages
    WHERE born_at >= $start AND born_at < $at AND coalesce(host, '') = $host
    ORDER BY first_position LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["queue_stuck"]
    for row in view.rows(_HOSTS, start=view.since - DAY, least=least):
        yield Sighting(
            row["ends_at"],
            row["host"],
            True,
            f"{row['host'] or 'The server'} took {row['received']:,} messages in half an hour and "
            "tried to deliver none",
            "See whether the queue manager runs (`postfix status`), and what it complains of.",
            "critical",
            str(Term("host", Contains(row["host"]))) if row["host"] else None,
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    start = sighting.at - HOUR / 2
    return view.positions(_EVIDENCE, start=start, at=sighting.at, host=sighting.subject)

"""ClamAV's signatures are not updated: freshclam failed, and was not seen to succeed since."""

from collections.abc import Iterator
from datetime import timedelta

from tracer.insights.model import DAY, HOUR, SLOT, Sighting
from tracer.insights.view import MOST_SUBJECTS, View

TITLE = "Virus signatures are not updated"
OPENS = "freshclam failed, and for so long no database was updated or found to be current"
LEAST, UNIT = 26, "hours"  # more than a day: some look once a day
ENDS_AFTER = HOUR

_DAYS = 7  # looked back
_GOOD = ("freshclam.database_current", "freshclam.database_updated")
_FAILED = ("freshclam.update_failed", "freshclam.rate_limited", "freshclam.mirror_failed")
# Of quarters of an hour: what is in the last one is seen once that is over.
_FAILURES = f"""
    WITH told AS (
        SELECT host, quarter, bool_or(event IN {_GOOD}) AS is_good FROM event_counts
        WHERE quarter >= $start AND quarter < $until AND event IN {_GOOD + _FAILED} GROUP BY ALL
    ),
    numbered AS (
        SELECT *, count_if(is_good) OVER (PARTITION BY host ORDER BY quarter) AS number FROM told
    ),
    spells AS (
        SELECT host, min(quarter) FILTER (NOT is_good) AS failed_at,
            lead(min(quarter)) OVER (PARTITION BY host ORDER BY number)
                + INTERVAL 15 MINUTE AS good_at
        FROM numbered GROUP BY host, number
    )
    FROM spells WHERE failed_at IS NOT NULL AND coalesce(good_at, $until) > $since
    ORDER BY host, failed_at LIMIT {MOST_SUBJECTS}
"""
_EVIDENCE = f"""
    SELECT max(last_position) AS position FROM event_counts
    WHERE quarter >= $start AND quarter < $at AND event IN {_FAILED} AND host = $host
    GROUP BY quarter ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = timedelta(hours=view.least["signatures_failing"])
    for row in view.rows(_FAILURES, start=view.day - _DAYS * DAY):
        for at in view.slots(
            row["failed_at"] + least, (row["good_at"] or view.until + SLOT) - SLOT
        ):
            hours = (at - row["failed_at"]) // HOUR
            yield Sighting(
                at,
                row["host"],
                True,
                f"freshclam on {row['host'] or 'the server'} has failed to update the virus "
                f"signatures for {hours} hours",
                "Run `freshclam` by hand and see what it says: the network, a proxy, the disk, or "
                "a version that is too old. New viruses are not found until then.",
            )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    start = sighting.at - _DAYS * DAY
    return view.positions(_EVIDENCE, start=start, at=sighting.at, host=sighting.subject)

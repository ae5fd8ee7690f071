"""The queue is longer than it is on nearly any day."""

from collections.abc import Iterator

from tracer.insights.baseline import worst_of_days
from tracer.insights.model import HOUR, SLOT, Sighting
from tracer.insights.view import View

TITLE = "The queue grows"
OPENS = "for 15 minutes twice as many messages waited as at the usual worst"
LEAST, UNIT = 100, "messages"
ENDS_AFTER = HOUR

_SAMPLES = """
    SELECT subject, slot, value FROM insight_samples
    WHERE measure = 'queue' AND slot >= $from_ AND slot < $to
"""
_NOW = f"""
    SELECT slot + $slot AS ends_at, value, min(value) OVER (ORDER BY slot
        RANGE BETWEEN INTERVAL 10 MINUTE PRECEDING AND CURRENT ROW) AS lowest
    FROM ({_SAMPLES}) QUALIFY slot >= $since AND value >= $least // 2 ORDER BY ends_at
"""
_EVIDENCE = """
    SELECT first_position FROM messages WHERE born_at >= $start AND born_at < $at
        AND (removed_at IS NULL OR removed_at >= $at)
    ORDER BY first_position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["queue_growing"]
    if not view.has_history:
        return
    rows = view.rows(_NOW, from_=view.since - 2 * SLOT, to=view.until, least=least)
    if not rows:
        return
    usual = worst_of_days(view, _SAMPLES, []).get("", 0)
    for row in rows:
        is_opening = row["lowest"] >= max(least, 2 * usual)
        if is_opening or row["value"] > max(least / 2, 1.2 * usual):
            yield Sighting(
                row["ends_at"],
                "",
                is_opening,
                f"{row['value']:,} messages wait in the queue (usually {usual:,} at most)",
                "See on the page Queue, or with `mailtracer queue`, for whom they wait and why.",
            )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return view.positions(_EVIDENCE, start=sighting.at - HOUR, at=sighting.at)

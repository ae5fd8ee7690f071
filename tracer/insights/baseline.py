"""What is usual: the worst hour, or the longest silence, that nearly every day of four weeks had.

A measure is compared with the worst of each day before, without the worst tenth of the days: a
weekly newsletter is usual then, and an outage of last week is not. Where less than three days are
known, nothing is unusual.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracer.insights.model import HOUR, SLOT
from tracer.insights.view import MOST_SUBJECTS, View

_NEARLY_ALL = 0.9  # of the days


@dataclass(frozen=True, slots=True)
class Hour:
    """How many there were in the hour before `at`, and in the worst hour that is usual."""

    at: datetime
    subject: str
    value: int
    usual: int


# Sums of an hour, of each slot that has something. {source}: subject, slot and value
_HOURS = """
    SELECT subject, slot, sum(value) OVER (
        PARTITION BY subject ORDER BY slot
        RANGE BETWEEN INTERVAL 55 MINUTE PRECEDING AND CURRENT ROW
    )::BIGINT AS value
    FROM ({source})
"""


def unusual_hours(
    view: View, now: str, before: str, least: int, factor: float
) -> Iterator[tuple[Hour, bool]]:
    """Hours that had `least` and `factor` times the usual, and those with half of that: False.

    now, before: SQL for subject, slot and value, of which the slots from $from_ on and before $to
        are looked at; `before` only of the subjects of $subjects, and only where there is need.
    """
    if not view.has_history:
        return
    found = view.rows(
        f"""
        WITH hours AS ({_HOURS.format(source=now)}),
        chosen AS (
            SELECT subject FROM hours WHERE slot >= $since GROUP BY subject
            HAVING max(value) >= $least // 2 ORDER BY max(value) DESC, subject LIMIT {MOST_SUBJECTS}
        )
        SELECT subject, slot + $slot AS ends_at, value FROM hours SEMI JOIN chosen USING (subject)
        WHERE slot >= $since AND value >= $least // 2 ORDER BY ends_at, subject
        """,
        from_=view.since - HOUR + SLOT,
        to=view.until,
        least=least,
    )
    if not found:
        return
    subjects = sorted({row["subject"] for row in found})
    usual = worst_of_days(view, _HOURS.format(source=before), subjects)
    for row in found:
        hour = Hour(row["ends_at"], row["subject"], row["value"], usual.get(row["subject"], 0))
        is_opening = hour.value >= max(least, factor * hour.usual)
        if is_opening or hour.value >= factor / 2 * hour.usual:
            yield hour, is_opening


def worst_of_days(view: View, measured: str, subjects: Sequence[str]) -> dict[str, int]:
    """By subject, the worst value that is usual.

    measured: SQL for subject, slot and value, see unusual_hours.
    """
    rows = view.rows(
        f"""
        SELECT subject, quantile_disc(worst, {_NEARLY_ALL})::BIGINT AS usual FROM (
            SELECT subject, max(value) AS worst FROM ({measured}) GROUP BY subject, slot::DATE
        ) GROUP BY subject
        """,
        from_=view.history,
        to=view.day,
        subjects=list(subjects),
    )
    return {row["subject"]: row["usual"] for row in rows}

"""Silences that are unusually long: three times as long as nearly every day's longest."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracer.insights.model import DAY, SLOT
from tracer.insights.view import FEWEST_DAYS, MOST_SUBJECTS, View

_TIMES = 3  # as long as usual
_GONE = 7 * DAY  # after which nothing is expected any more

# {source}: SQL for subject and slot of what there was, from $history on and before $until
_SILENCES = f"""
    WITH seen AS (SELECT DISTINCT subject, slot FROM ({{source}})),
    silences AS (
        SELECT subject, slot + $slot AS began,
            lead(slot) OVER (PARTITION BY subject ORDER BY slot) AS ended
        FROM seen
    ),
    usual AS (
        SELECT subject, quantile_disc(longest, 0.9) AS usual FROM (
            SELECT subject, max(date_diff('minute', began, ended)) AS longest FROM silences
            WHERE ended < $day GROUP BY subject, began::DATE
        )
        GROUP BY subject HAVING count(*) >= {FEWEST_DAYS}
    )
    SELECT subject, began, ended, usual FROM silences JOIN usual USING (subject)
    WHERE coalesce(ended, $until) > $since
        AND date_diff('minute', began, coalesce(ended, $until)) > greatest($least, {_TIMES} * usual)
    ORDER BY began, subject LIMIT {MOST_SUBJECTS}
"""


@dataclass(frozen=True, slots=True)
class Silence:
    """Nothing came since `began`, until `at` and longer. usual: the longest that is."""

    at: datetime
    subject: str
    began: datetime
    usual: timedelta

    @property
    def words(self) -> str:
        """How long, against what is usual."""
        return f"{_words(self.at - self.began)} (usually {_words(self.usual)} at most)"


def silences(view: View, source: str, least: int) -> Iterator[Silence]:
    """At each slot, the silences that are longer than `least` minutes and than is usual."""
    for row in view.rows(_SILENCES.format(source=source), least=least):
        usual = timedelta(minutes=row["usual"])
        limit = max(timedelta(minutes=least), _TIMES * usual)
        end = min(row["ended"] or view.until, row["began"] + _GONE)
        for at in view.slots(row["began"] + limit, end):
            yield Silence(at, row["subject"], row["began"], usual)


def _words(length: timedelta) -> str:
    minutes = int(length / timedelta(minutes=1))
    if minutes < 60:
        return "less than 5 minutes" if minutes < SLOT / timedelta(minutes=1) else f"{minutes} min"
    return f"{minutes // 60} h {minutes % 60:02} min"

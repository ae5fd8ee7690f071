"""More lines of a log are not understood than before, as after an update of a program."""

from collections.abc import Iterator

from parsers.registry import UNPARSED
from tracer.insights.model import HOUR, SLOT, Sighting
from tracer.insights.view import FEWEST_DAYS, MOST_SUBJECTS, View

TITLE = "Lines are not understood"
OPENS = (
    "a fiftieth of a log's lines of an hour are not understood, and five times the share of the "
)
OPENS += "median day"
LEAST, UNIT = 50, "lines in an hour"
ENDS_AFTER = 2 * HOUR

_SHARE, _TIMES = 0.02, 5
_OF_SAMPLES = """
    SELECT subject, slot, coalesce(sum(value) FILTER (measure = 'unparsed'), 0) AS unparsed,
        sum(value) FILTER (measure = 'lines') AS lines
    FROM insight_samples WHERE measure IN ('lines', 'unparsed') AND slot >= $start AND slot < $end
    GROUP BY subject, slot
"""
_HOURS = f"""
    WITH hours AS (
        SELECT subject, slot, sum(unparsed) OVER hour AS unparsed, sum(lines) OVER hour AS lines
        FROM ({_OF_SAMPLES})
        WINDOW hour AS (PARTITION BY subject ORDER BY slot
            RANGE BETWEEN INTERVAL 55 MINUTE PRECEDING AND CURRENT ROW)
    ),
    chosen AS (
        SELECT subject FROM hours
        WHERE slot >= $since AND unparsed >= $least // 2 AND unparsed >= {_SHARE / 2} * lines
        GROUP BY subject ORDER BY max(unparsed) DESC, subject LIMIT {MOST_SUBJECTS}
    )
    SELECT subject, slot + $slot AS ends_at, unparsed::BIGINT AS unparsed, lines::BIGINT AS lines
    FROM hours SEMI JOIN chosen USING (subject)
    WHERE slot >= $since AND unparsed >= $least // 2 ORDER BY ends_at, subject
"""
_USUAL = f"""
    SELECT subject, median(share) AS share FROM (
        SELECT subject, sum(unparsed) / sum(lines) AS share FROM ({_OF_SAMPLES})
        WHERE list_contains($subjects, subject) GROUP BY subject, slot::DATE
    )
    GROUP BY subject HAVING count(*) >= {FEWEST_DAYS}
"""
_EVIDENCE = f"""
    SELECT position FROM event_rows
    WHERE occurred_at >= $start AND occurred_at < $at AND event = '{UNPARSED}'
    ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["lines_not_understood"]
    start = view.since - HOUR + SLOT
    hours = view.rows(_HOURS, start=start, end=view.until, least=least)
    if not hours:
        return
    subjects = sorted({row["subject"] for row in hours})
    days = view.rows(_USUAL, start=view.history, end=view.day, subjects=subjects)
    usual = {row["subject"]: row["share"] for row in days}
    for row in hours:
        if row["subject"] not in usual:
            continue
        share, normal = row["unparsed"] / row["lines"], usual[row["subject"]]
        is_opening = row["unparsed"] >= least and share >= max(_SHARE, _TIMES * normal)
        if is_opening or share >= max(_SHARE / 2, 2 * normal):
            yield Sighting(
                row["ends_at"],
                row["subject"],
                is_opening,
                f"{share:.1%} of the lines of {row['subject']} are not understood (usually "
                f"{normal:.1%}): what is counted may miss something",
                "`mailtracer coverage` shows what they look like, and drafts shapes for them.",
            )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return view.positions(_EVIDENCE, start=sighting.at - HOUR, at=sighting.at)

"""Waves of spam and of viruses: verdicts of scanners, many more of them than usual."""

from collections.abc import Iterator

from tracer.insights.model import HOUR, Sighting
from tracer.insights.sampled import unusual
from tracer.insights.view import View

OPENS = "scanners found three times as many in an hour as in the usual worst hour"
_EVIDENCE = """
    SELECT position FROM verdicts
    WHERE occurred_at >= $start AND occurred_at < $at
        AND verdict = $verdict ORDER BY position DESC LIMIT 5
"""


def waves(
    view: View, verdict: str, least: int, found: str, advice: str, search: str
) -> Iterator[Sighting]:
    """Hours of a wave. found: what stands after their number, as in `30 viruses were found`."""
    for hour, is_opening in unusual(view, verdict, least, 3):
        text = f"{hour.value:,} {found} within an hour (usually {hour.usual:,} at most)"
        yield Sighting(hour.at, "", is_opening, text, advice, search=search)


def lines_of(view: View, verdict: str, sighting: Sighting) -> list[int]:
    """The positions of the latest of them, of the hour before."""
    start = sighting.at - HOUR
    return view.positions(_EVIDENCE, start=start, at=sighting.at, verdict=verdict)

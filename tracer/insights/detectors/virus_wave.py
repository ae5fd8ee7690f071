"""Many more viruses come than usual."""

from collections.abc import Iterator

from tracer.insights import waves
from tracer.insights.model import HOUR, Sighting
from tracer.insights.view import View

TITLE = "A wave of viruses"
OPENS = waves.OPENS
LEAST, UNIT = 10, "verdicts in an hour"
ENDS_AFTER = HOUR


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    return waves.waves(
        view,
        "virus",
        view.least["virus_wave"],
        "viruses were found",
        "See on the page Spam and viruses what they are, for whom, and what became of them; warn "
        "your users.",
        "virus:*",
    )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return waves.lines_of(view, "virus", sighting)

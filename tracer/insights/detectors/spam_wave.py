"""Much more spam comes than usual."""

from collections.abc import Iterator

from tracer.insights import waves
from tracer.insights.model import HOUR, Sighting
from tracer.insights.view import View

TITLE = "A wave of spam"
OPENS = waves.OPENS
LEAST, UNIT = 50, "verdicts in an hour"
ENDS_AFTER = HOUR


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    return waves.waves(
        view,
        "spam",
        view.least["spam_wave"],
        "messages are spam",
        "See on the page Spam and viruses for whom it is and who sends it; a rule or a block list "
        "may stop it.",
        "spam:yes",
    )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return waves.lines_of(view, "spam", sighting)

"""Much more spam comes than usual."""

from collections.abc import Iterator

from tracer.insights.model import HOUR, Sighting
from tracer.insights.sampled import unusual
from tracer.insights.view import View

TITLE = "A wave of spam"
OPENS = "scanners found three times as many in an hour as in the usual worst hour"
LEAST, UNIT = 50, "verdicts in an hour"
ENDS_AFTER = HOUR

_EVIDENCE = """
    SELECT position FROM verdicts
    WHERE occurred_at >= $start AND occurred_at < $at
        AND verdict = 'spam' ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for hour, is_opening in unusual(view, "spam", view.least["spam_wave"], 3):
        yield Sighting(
            hour.at,
            "",
            is_opening,
            f"{hour.value:,} messages are spam within an hour (usually {hour.usual:,} at most)",
            "See on the page Spam and viruses for whom it is and who sends it; a rule or a block "
            "list may stop it.",
            search="spam:yes",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return view.positions(_EVIDENCE, start=sighting.at - HOUR, at=sighting.at)

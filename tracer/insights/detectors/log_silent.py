"""A log has no new lines of a host: it is not written, or not read, or it lags behind."""

from collections.abc import Iterator

from tracer.insights.gaps import silences
from tracer.insights.model import SLOT, Sighting
from tracer.insights.view import View

TITLE = "A log is silent or lags behind"
OPENS = "a log had no line of a host for three times as long as on nearly every day"
LEAST, UNIT = 60, "minutes"
ENDS_AFTER = SLOT

_SOURCE = """
    SELECT subject, slot FROM insight_samples
    WHERE measure = 'lines' AND slot >= $history AND slot < $until
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for silence in silences(view, _SOURCE, view.least["log_silent"]):
        yield Sighting(
            silence.at,
            silence.subject,
            True,
            f"There is no line of {silence.subject} for {silence.words}",
            "See whether the host runs and logs, whether its lines are forwarded, and on the page "
            "System whether the file is being read.",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """None: what is missing has no lines."""
    return []

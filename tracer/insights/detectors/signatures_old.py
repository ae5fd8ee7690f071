"""ClamAV's signatures are old."""

from collections.abc import Iterator

from tracer.insights.complaints import complaints, lines_of
from tracer.insights.model import DAY, Sighting
from tracer.insights.view import View

TITLE = "Virus signatures are old"
OPENS = "ClamAV says that its database is older than so many days"
LEAST, UNIT = 1, "line in an hour"
ENDS_AFTER = DAY

_CONDITION = "event = 'clamd.database_failed' AND item_count IS NOT NULL"  # so many days


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for found, is_opening in complaints(view, _CONDITION, view.least["signatures_old"]):
        yield Sighting(
            found.at,
            found.host,
            is_opening,
            f"{found.program} on {found.host or 'the server'} says that its virus signatures are "
            "old",
            "Run `freshclam` by hand and see what it says; new viruses are not found until then.",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return lines_of(view, _CONDITION, sighting.subject, sighting.at)

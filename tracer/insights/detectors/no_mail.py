"""No mail came to a host for unusually long."""

from collections.abc import Iterator

from tracer.insights.gaps import silences
from tracer.insights.model import DAY, SLOT, Sighting
from tracer.insights.view import View
from tracer.queries.search_language import Contains, Term

TITLE = "No mail comes in"
OPENS = "a host received nothing for three times as long as on nearly every day"
LEAST, UNIT = 60, "minutes"
ENDS_AFTER = SLOT

_SOURCE = """
    SELECT host AS subject, time_bucket($slot, minute) AS slot FROM traffic_minutely
    WHERE minute >= $history AND minute < $until AND outcome = 'received' AND count > 0
"""
_EVIDENCE = """
    SELECT max(position) FROM event_rows WHERE coalesce(host, '') = $host
        AND occurred_at >= $start AND occurred_at < $at
        AND event IN ('postfix.client_assigned', 'postfix.message_picked_up')
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for silence in silences(view, _SOURCE, view.least["no_mail"]):
        host = silence.subject
        yield Sighting(
            silence.at,
            host,
            True,
            f"{host or 'The server'} received no mail for {silence.words}",
            "See whether Postfix runs (`postfix status`), whether port 25 can be reached from "
            "outside, and whether the MX records are right.",
            "critical",
            str(Term("host", Contains(host))) if host else None,
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """The last message that came."""
    found = view.positions(
        _EVIDENCE, host=sighting.subject, start=sighting.at - 7 * DAY, at=sighting.at
    )
    return [each for each in found if each is not None]

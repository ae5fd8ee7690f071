"""An account suddenly sends much, as one does whose password somebody has."""

from collections.abc import Iterator

from tracer.insights.baseline import unusual_hours
from tracer.insights.model import HOUR, Sighting
from tracer.insights.view import View
from tracer.queries.search_language import Contains, Term

TITLE = "An account sends much"
OPENS = "somebody who logged in sends to three times as many recipients in an hour as in the usual "
OPENS += "worst hour"
LEAST, UNIT = 200, "recipients in an hour"
ENDS_AFTER = 2 * HOUR

_SOURCE = """
    SELECT sasl_username AS subject, time_bucket($slot, born_at) AS slot,
        sum(greatest(recipient_count, 1)) AS value
    FROM messages WHERE born_at >= $from_ AND born_at < $to AND sasl_username IS NOT NULL{more}
    GROUP BY ALL
"""
_EVIDENCE = """
    SELECT first_position FROM messages
    WHERE born_at >= $start AND born_at < $at AND sasl_username = $subject
    ORDER BY first_position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["account_sending"]
    before = _SOURCE.format(more=" AND list_contains($subjects, sasl_username)")
    for hour, is_opening in unusual_hours(view, _SOURCE.format(more=""), before, least, 3):
        yield Sighting(
            hour.at,
            hour.subject,
            is_opening,
            f"The account {hour.subject} sends to {hour.value:,} recipients within an hour "
            f"(usually {hour.usual:,} at most)",
            "If that is no newsletter of theirs: lock the account, change its password, and see "
            "what waits of it with `mailtracer queue` before it leaves.",
            "critical",
            str(Term("user", Contains(hour.subject))),
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    start = sighting.at - HOUR
    return view.positions(_EVIDENCE, start=start, at=sighting.at, subject=sighting.subject)

"""Many more logins fail than usual: somebody guesses passwords."""

from collections.abc import Iterator

from tracer.insights.model import HOUR, Sighting
from tracer.insights.sampled import unusual
from tracer.insights.view import View

TITLE = "Somebody guesses passwords"
OPENS = "three times as many logins failed in an hour as in the usual worst hour"
LEAST, UNIT = 100, "failed logins in an hour"
ENDS_AFTER = 2 * HOUR

_EVIDENCE = """
    SELECT position FROM logins
    WHERE occurred_at >= $start AND occurred_at < $at
        AND result = 'failed' ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for hour, is_opening in unusual(view, "login_failures", view.least["password_guessing"], 3):
        yield Sighting(
            hour.at,
            "",
            is_opening,
            f"{hour.value:,} logins failed within an hour (usually {hour.usual:,} at most)",
            "See on the page Logins which addresses fail; fail2ban or the firewall can shut them "
            "out. It is harmless as long as passwords are good.",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return view.positions(_EVIDENCE, start=sighting.at - HOUR, at=sighting.at)

"""Tables and databases that daemons look things up in do not answer."""

from collections.abc import Iterator

from tracer.insights.complaints import complaints, lines_of
from tracer.insights.model import HOUR, Sighting
from tracer.insights.view import View

TITLE = "A database does not answer"
OPENS = "look-ups in tables, SQL or LDAP fail"
LEAST, UNIT = 5, "lines in an hour"
ENDS_AFTER = HOUR

_EVENTS = (
    "postfix.table_lookup_failed", "postfix.table_unavailable", "postfix.mapping_failed",
    "postfix.cache_failed", "dovecot.database_failed", "spamd.bayes_failed",
)  # fmt: skip
_CONDITION = f"event IN {_EVENTS}"


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    for found, is_opening in complaints(view, _CONDITION, view.least["database_failing"]):
        yield Sighting(
            found.at,
            found.host,
            is_opening,
            f"{found.program} on {found.host or 'the server'} cannot look things up "
            f"(lines within an hour: {found.count:,})",
            "See whether the database runs and lets the daemon in; for files, whether they are "
            "there and were made by `postmap`. Mail is deferred until then.",
            "critical",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    return lines_of(view, _CONDITION, sighting.subject, sighting.at)

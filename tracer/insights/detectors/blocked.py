"""A provider or a block list refuses our mail because of where it comes from."""

from collections.abc import Iterator

from tracer.insights.model import HOUR, SLOT, Sighting
from tracer.insights.view import MOST_SUBJECTS, View
from tracer.queries.search_language import Contains, Term
from tracer.reasons.matching import NAMES_A_LIST
from tracer.store.guard import literal

TITLE = "Our mail is blocked"
OPENS = "servers refuse our mail as on a block list or of poor reputation, by list or provider"
LEAST, UNIT = 5, "refusals in an hour"
ENDS_AFTER = 12 * HOUR

_BLOCKED = f"list_contains({literal([*NAMES_A_LIST])}, reason_class)"
_BY = "coalesce(blocklist, provider, domain, '')"
_HOURS = f"""
    WITH hours AS (
        SELECT subject, slot, sum(refused) OVER (PARTITION BY subject ORDER BY slot
            RANGE BETWEEN INTERVAL 55 MINUTE PRECEDING AND CURRENT ROW)::BIGINT AS refused,
            address, domain, is_list
        FROM (
            SELECT {_BY} AS subject, time_bucket($slot, minute) AS slot, sum(count) AS refused,
                any_value(blocked_address) AS address, coalesce(min(domain), '') AS domain,
                bool_or(blocklist IS NOT NULL) AS is_list
            FROM attempts WHERE minute >= $start AND minute < $until AND {_BLOCKED} GROUP BY ALL
        )
    ),
    chosen AS (
        SELECT subject FROM hours WHERE slot >= $since
        GROUP BY subject ORDER BY max(refused) DESC, subject LIMIT {MOST_SUBJECTS}
    )
    SELECT *, slot + $slot AS ends_at FROM hours SEMI JOIN chosen USING (subject)
    WHERE slot >= $since ORDER BY ends_at, subject
"""
_EVIDENCE = f"""
    SELECT position FROM attempts
    WHERE minute >= $start AND minute < $at AND {_BLOCKED} AND {_BY} = $subject
    ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["blocked"]
    for row in view.rows(_HOURS, start=view.since - HOUR + SLOT):
        whom = f"our address {row['address']}" if row["address"] else "our mail"
        by = f"as listed by {row['subject']}" if row["is_list"] else f"by {row['subject']}"
        yield Sighting(
            row["ends_at"],
            row["subject"],
            row["refused"] >= least,
            f"{whom[0].upper()}{whom[1:]} is refused {by}: {row['refused']:,} times within an hour",
            "Find out what was sent that should not have been (the page Logins, `mailtracer "
            "queue`), stop it, then ask to be taken off; the replies say where.",
            search=str(Term("domain", Contains(row["domain"]))) + " class:blocklisted"
            if row["is_list"]
            else str(Term("domain", Contains(row["domain"]))),
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    start = sighting.at - HOUR
    return view.positions(_EVIDENCE, start=start, at=sighting.at, subject=sighting.subject)

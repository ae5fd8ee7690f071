"""Mail to a domain fails much more than it used to."""

from collections.abc import Iterator

from tracer.insights.model import HOUR, SLOT, Sighting
from tracer.insights.view import FEWEST_DAYS, MOST_SUBJECTS, View
from tracer.queries.search_language import Contains, Term
from tracer.reasons.classes import CLASSES

TITLE = "Delivery to a domain fails"
OPENS = (
    "of the hour's attempts at delivery to a domain at least half failed, and 30 points more of "
)
OPENS += "them than on the median day"
LEAST, UNIT = 20, "failed attempts in an hour"
ENDS_AFTER = HOUR

_SHARE, _MORE = 0.5, 0.3
_HOURS = f"""
    WITH hours AS (
        SELECT domain, slot, sum(failed) OVER hour AS failed, sum(all_) OVER hour AS all_, reason
        FROM (
            SELECT domain, time_bucket($slot, minute) AS slot, sum(count) AS all_,
                sum(count) FILTER (outcome <> 'delivered') AS failed,
                mode(reason_class) AS reason
            FROM attempts WHERE minute >= $start AND minute < $until AND domain <> ''
            GROUP BY ALL
        )
        WINDOW hour AS (PARTITION BY domain ORDER BY slot
            RANGE BETWEEN INTERVAL 55 MINUTE PRECEDING AND CURRENT ROW)
    ),
    chosen AS (
        SELECT domain FROM hours
        WHERE slot >= $since AND failed >= $least // 2 AND failed >= {_SHARE / 2} * all_
        GROUP BY domain ORDER BY max(failed) DESC, domain LIMIT {MOST_SUBJECTS}
    )
    SELECT domain, slot + $slot AS ends_at, failed::BIGINT AS failed, all_::BIGINT AS all_, reason
    FROM hours SEMI JOIN chosen USING (domain)
    WHERE slot >= $since AND failed >= $least // 2 ORDER BY ends_at, domain
"""
_USUAL = f"""
    SELECT domain, median(share) AS share FROM (
        SELECT domain, sum(count) FILTER (outcome <> 'delivered') / sum(count) AS share
        FROM attempts WHERE minute >= $history AND minute < $day
            AND list_contains($domains, domain)
        GROUP BY domain, minute::DATE
    )
    GROUP BY domain HAVING count(*) >= {FEWEST_DAYS}
"""
_EVIDENCE = """
    SELECT position FROM attempts
    WHERE minute >= $start AND minute < $at AND domain = $domain AND outcome <> 'delivered'
    ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    if not view.has_history:
        return
    least = view.least["destination_failing"]
    hours = view.rows(_HOURS, start=view.since - HOUR + SLOT, least=least)
    if not hours:
        return
    domains = sorted({row["domain"] for row in hours})
    usual = {row["domain"]: row["share"] for row in view.rows(_USUAL, domains=domains)}
    for row in hours:
        domain, failed, all_ = row["domain"], row["failed"], row["all_"]
        if domain not in usual:
            continue
        share, normal = failed / all_, usual[domain] or 0
        is_opening = failed >= least and share >= max(_SHARE, normal + _MORE)
        if is_opening or share >= max(_SHARE / 2, normal + _MORE / 2):
            why = CLASSES.get(row["reason"])
            yield Sighting(
                row["ends_at"],
                domain,
                is_opening,
                f"Mail to {domain} fails: {failed:,} of {all_:,} attempts within an hour "
                f"({share:.0%}; usually {normal:.0%})" + (f", mostly: {why.title}" if why else ""),
                why.advice if why else "See the replies of its servers on the page Delivery.",
                search=str(Term("domain", Contains(domain))) + " status:deferred",
            )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    start = sighting.at - HOUR
    return view.positions(_EVIDENCE, start=start, at=sighting.at, domain=sighting.subject)

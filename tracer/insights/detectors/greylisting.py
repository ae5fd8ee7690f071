"""Mail that greylisting puts off again and again, and that never passes: ours, or to us."""

from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime

from tracer.insights.model import DAY, HOUR, Sighting
from tracer.insights.view import MOST_SUBJECTS, View
from tracer.projections.groupings import domain_of
from tracer.queries.search_language import Contains, Term

TITLE = "Greylisting never passes"
OPENS = "mail of a domain to one recipient was put off for four hours within a day, or ours to a "
OPENS += "domain for twelve, and none of it passed"
LEAST, UNIT = 6, "attempts in a day"
ENDS_AFTER = 12 * HOUR

# {tried}: SQL for subject, one (whose attempts belong together), minute and count; {apart}: hours
# within which who is put off tries again, and after which it is another message
_PUT_OFF = f"""
    WITH tried AS (
        SELECT *, coalesce(minute > lag(minute) OVER (PARTITION BY subject, one ORDER BY minute)
            + INTERVAL {{apart}} HOUR, false) AS is_another
        FROM ({{tried}})
    ),
    numbered AS (
        SELECT *, count_if(is_another) OVER (PARTITION BY subject, one ORDER BY minute) AS message
        FROM tried
    ),
    put_off AS (
        SELECT subject, time_bucket($slot, minute) + $slot AS ends_at, sum(count) OVER one AS count,
            min(minute) OVER one AS first_at, minute
        FROM numbered
        WINDOW one AS (PARTITION BY subject, one, message ORDER BY minute
            RANGE BETWEEN INTERVAL 24 HOUR PRECEDING AND CURRENT ROW)
    )
    SELECT subject, ends_at, max(count)::BIGINT AS count, min(first_at) AS first_at
    FROM put_off
    WHERE minute >= $since AND count >= $least AND minute >= first_at + INTERVAL {{hours}} HOUR
    GROUP BY ALL ORDER BY ends_at, subject LIMIT {100 * MOST_SUBJECTS}
"""
_TO_US = _PUT_OFF.format(
    hours=4,
    apart=6,
    tried="""
    SELECT sender_domain AS subject, recipient AS one, minute, count FROM refusals
    WHERE minute >= $start AND minute < $until AND reason_class = 'greylisted'
        AND sender_domain <> ''
    """,
)
_OURS = _PUT_OFF.format(
    hours=12,
    apart=2,
    tried="""
    SELECT domain AS subject, '' AS one, minute, count FROM attempts
    WHERE minute >= $start AND minute < $until AND reason_class = 'greylisted'
        AND domain <> ''
    """,
)
_PASSED_TO_US = f"""
    SELECT DISTINCT {domain_of("envelope_sender")} AS subject,
        date_trunc('minute', born_at) AS passed_at
    FROM messages
    WHERE born_at >= $start AND born_at < $until AND list_contains($subjects, subject)
    ORDER BY passed_at
"""
_PASSED_OURS = """
    SELECT DISTINCT domain AS subject, minute AS passed_at FROM attempts
    WHERE minute >= $start AND minute < $until AND outcome = 'delivered'
        AND list_contains($subjects, domain)
    ORDER BY passed_at
"""
_EVIDENCE = {
    "from": """
    SELECT position FROM refusals WHERE minute >= $start AND minute < $at
        AND reason_class = 'greylisted' AND sender_domain = $domain
    ORDER BY position DESC LIMIT 5
    """,
    "to": """
    SELECT position FROM attempts WHERE minute >= $start AND minute < $at
        AND reason_class = 'greylisted' AND domain = $domain
    ORDER BY position DESC LIMIT 5
    """,
}


_ADVICE_TO_US = (
    "A sender with many servers comes from another address each time: if you want its mail, let it "
    "pass (postgrey: whitelist_clients), or make greylisting go by networks."
)
_ADVICE_OURS = (
    "Their greylisting does not know us again: send from one address, retry not too seldom "
    "(minimal_backoff_time), or ask their postmaster."
)


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    yield from _never_passed(view, "from", _TO_US, _PASSED_TO_US, _ADVICE_TO_US)
    yield from _never_passed(view, "to", _OURS, _PASSED_OURS, _ADVICE_OURS)


def _never_passed(
    view: View, way: str, put_off: str, passed: str, advice: str
) -> Iterator[Sighting]:
    start = view.since - DAY
    found = view.rows(put_off, start=start, least=view.least["greylisting"])
    if not found:
        return
    passes: dict[str, list[datetime]] = {row["subject"]: [] for row in found}
    for row in view.rows(passed, start=start, subjects=sorted(passes)):
        passes[row["subject"]].append(row["passed_at"])
    for row in found:
        domain, at = row["subject"], row["ends_at"]
        if bisect_left(passes[domain], row["first_at"]) < bisect_left(passes[domain], at):
            continue
        yield Sighting(
            at,
            f"{way} {domain}",
            True,
            f"Mail {way} {domain} is put off by greylisting: {row['count']:,} attempts within a "
            "day, and none passed",
            advice,
            search=str(Term("domain", Contains(domain))) + " class:greylisted",
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    way, _, domain = sighting.subject.partition(" ")
    return view.positions(_EVIDENCE[way], start=sighting.at - DAY, at=sighting.at, domain=domain)

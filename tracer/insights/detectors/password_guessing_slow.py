"""Logins fail all day long, too slowly to be many in any hour: somebody guesses passwords.

One network does, many networks do on one account, or many on many; looked at once an hour.
"""

from collections.abc import Iterator

from tracer.insights.baseline import worst_of_days
from tracer.insights.model import DAY, HOUR, Sighting
from tracer.insights.view import MOST_SUBJECTS, Row, View
from tracer.projections.groupings import network_of
from tracer.queries.search_language import Contains, Term

TITLE = "Somebody guesses passwords slowly"
OPENS = "in half of a day's hours logins failed: from one network from which none was good, at one "
OPENS += "account from ten networks or more, or anywhere; three times as many as usual"
LEAST, UNIT = 50, "failed logins in a day"
ENDS_AFTER = 3 * HOUR

_HOURS, _NETWORKS, _TIMES = 12, 10, 3
_NETWORK = network_of("address")
# At the end of each hour, of the 24 hours before
_SEEN = f"""
    WITH tried AS MATERIALIZED (
        SELECT date_trunc('hour', occurred_at) AS hour, username, {_NETWORK} AS network,
            coalesce(sum(repeated) FILTER (result = 'failed'), 0) AS failed,
            coalesce(sum(repeated) FILTER (result = 'good'), 0) AS good
        FROM logins WHERE occurred_at >= $start AND occurred_at < $until GROUP BY ALL
    ),
    ends AS (
        SELECT generate_series AS ends_at FROM generate_series(
            date_trunc('hour', $since) + INTERVAL 1 HOUR, $until, INTERVAL 1 HOUR)
    ),
    days AS (
        FROM tried JOIN ends ON hour < ends_at AND hour >= ends_at - INTERVAL 24 HOUR
    ),
    found AS (
        SELECT ends_at, 'account' AS kind, username AS subject, sum(failed)::BIGINT AS value,
            count(DISTINCT network) AS networks
        FROM days WHERE failed > 0 AND username <> '' GROUP BY ALL
        HAVING value >= $least // 2 AND count(DISTINCT hour) >= {_HOURS} AND networks >= {_NETWORKS}
        UNION ALL
        SELECT ends_at, 'network', network, sum(failed)::BIGINT AS value, 1
        FROM days WHERE network IS NOT NULL GROUP BY ends_at, network
        HAVING value >= $least // 2 AND sum(good) = 0
            AND count(DISTINCT CASE WHEN failed > 0 THEN hour END) >= {_HOURS}
    )
    FROM found
    QUALIFY dense_rank() OVER (PARTITION BY ends_at, kind ORDER BY value DESC, subject)
        <= {MOST_SUBJECTS}
    ORDER BY ends_at, kind, subject
"""
_USUAL = {
    kind: f"""
    SELECT {subject} AS subject, occurred_at::DATE::TIMESTAMP AS slot, sum(repeated) AS value
    FROM logins WHERE occurred_at >= $from_ AND occurred_at < $to AND result = 'failed'
        AND list_contains($subjects, {subject})
    GROUP BY ALL
    """
    for kind, subject in (("account", "username"), ("network", _NETWORK))
}
# What as many of the 24 hours had at least, for all 24: a loud hour, which is told elsewhere, does
# not count.
_ALL_DAY = f"""
    SELECT '' AS subject, hour AS slot, 24 * list_sort(list(value) OVER (ORDER BY hour
        RANGE BETWEEN INTERVAL 23 HOUR PRECEDING AND CURRENT ROW), 'DESC')[{_HOURS}] AS value
    FROM (
        SELECT date_trunc('hour', slot) AS hour, sum(value)::BIGINT AS value FROM insight_samples
        WHERE measure = 'login_failures' AND slot >= $from_ AND slot < $to GROUP BY ALL
    )
"""
_EVIDENCE = f"""
    SELECT position FROM logins
    WHERE occurred_at >= $start AND occurred_at < $at AND result = 'failed'
        AND CASE $kind WHEN 'account' THEN username = $subject
            WHEN 'network' THEN {_NETWORK} = $subject ELSE true END
    ORDER BY position DESC LIMIT 5
"""
_SHUT_OUT = "fail2ban with a findtime of a day, or the firewall, can shut them out"


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    is_hour = view.since.replace(minute=0, second=0) != view.until.replace(minute=0, second=0)
    if not view.has_history or not is_hour:
        return
    yield from _anywhere(view)
    found = view.rows(_SEEN, start=view.since - DAY, least=view.least["password_guessing_slow"])
    for kind, usual_of in _USUAL.items():
        rows = [row for row in found if row["kind"] == kind]
        if rows:
            usual = worst_of_days(view, usual_of, sorted({row["subject"] for row in rows}))
            for row in rows:
                yield from _sightings(view, row, usual.get(row["subject"], 0))


def _sightings(view: View, row: Row, usual: int) -> Iterator[Sighting]:
    """That of an account or a network, if there is one."""
    is_opening = _is_opening(view, row["value"], usual)
    if is_opening is None:
        return
    subject, value = row["subject"], f"{row['value']:,} logins"
    if row["kind"] == "account":
        text = (
            f"Somebody guesses the password of {subject}: {value} failed within a day, from "
            f"{row['networks']:,} networks (usually {usual:,} at most)"
        )
        advice = "Give the account a good password, or a second factor; tell its owner."
        search = str(Term("user", Contains(subject)))
    else:
        text = (
            f"{value} from {subject} failed within a day, and none was good "
            f"(usually {usual:,} failed at most)"
        )
        advice = f"See on the page Logins whose passwords are guessed; {_SHUT_OUT}."
        search = None
    yield Sighting(
        row["ends_at"], f"{row['kind']} {subject}", is_opening, text, advice, search=search
    )


def _anywhere(view: View) -> Iterator[Sighting]:
    rows = view.rows(
        f"""
        SELECT slot + INTERVAL 1 HOUR AS ends_at, value FROM ({_ALL_DAY})
        WHERE ends_at > $since AND ends_at <= $until AND value >= $least // 2 ORDER BY ends_at
        """,
        from_=view.since - DAY,
        to=view.until,
        least=view.least["password_guessing_slow"],
    )
    usual = (worst_of_days(view, _ALL_DAY, []).get("") or 0) if rows else 0
    for row in rows:
        is_opening = _is_opening(view, row["value"], usual)
        if is_opening is not None:
            yield Sighting(
                row["ends_at"],
                "",
                is_opening,
                f"In half of the hours of a day {row['value'] // 24:,} logins failed or more "
                f"(usually {usual // 24:,} at most)",
                f"See on the page Logins whose passwords are guessed, and from where; {_SHUT_OUT}.",
            )


def _is_opening(view: View, value: int, usual: int) -> bool | None:
    """Whether it is enough to begin with; None where it is not even enough to go on."""
    if value >= max(view.least["password_guessing_slow"], _TIMES * usual):
        return True
    return False if value >= _TIMES / 2 * usual else None


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    kind, _, subject = sighting.subject.partition(" ")
    start = sighting.at - DAY
    return view.positions(_EVIDENCE, start=start, at=sighting.at, kind=kind, subject=subject)

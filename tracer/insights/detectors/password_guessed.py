"""A login succeeds after many failures from the same address: a password may have been guessed.

Either the user's own failed, and none was good before; or those of many users, and no login from
there was good.
"""

from collections.abc import Iterator

from tracer.insights.model import DAY, HOUR, Sighting
from tracer.insights.view import MOST_SUBJECTS, View
from tracer.queries.search_language import Contains, Term

TITLE = "A password may have been guessed"
OPENS = "a login is the first good one from its address within an hour in which many failed there: "
OPENS += "the user's own, or of five users or more"
LEAST, UNIT = 20, "failures in an hour"
ENDS_AFTER = DAY

_USERS = 5
_FIRST_GOOD = f"""
    WITH tried AS (
        SELECT position, occurred_at, username, address, result,
            coalesce(sum(failed) OVER user_, 0) AS of_user,
            coalesce(sum(failed) OVER address_, 0) AS of_address,
            coalesce(sum(good) OVER user_, 0) AS user_good,
            coalesce(sum(good) OVER address_, 0) AS address_good,
            approx_count_distinct(CASE result WHEN 'failed' THEN username END) OVER address_
                AS users
        FROM (
            SELECT *, CASE result WHEN 'failed' THEN repeated END AS failed,
                CASE result WHEN 'good' THEN repeated END AS good
            FROM logins
            WHERE occurred_at >= $start AND occurred_at < $until
                AND address IS NOT NULL AND username IS NOT NULL
        )
        WINDOW
            user_ AS (PARTITION BY address, username ORDER BY occurred_at
                RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW),
            address_ AS (PARTITION BY address ORDER BY occurred_at
                RANGE BETWEEN INTERVAL 1 HOUR PRECEDING AND CURRENT ROW)
    )
    SELECT time_bucket($slot, occurred_at) + $slot AS ends_at, username, address,
        of_address::BIGINT AS failures
    FROM tried
    WHERE occurred_at >= $since AND result = 'good'
        AND (of_user >= $least AND user_good = 1
            OR of_address >= $least AND address_good = 1 AND users >= {_USERS})
    ORDER BY occurred_at, position LIMIT {MOST_SUBJECTS}
"""
_EVIDENCE = """
    SELECT position FROM logins
    WHERE occurred_at >= $start AND occurred_at < $at
        AND username || ' from ' || address = $subject ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["password_guessed"]
    for row in view.rows(_FIRST_GOOD, start=view.since - HOUR, least=least):
        user, address = row["username"], row["address"]
        yield Sighting(
            row["ends_at"],
            f"{user} from {address}",
            True,
            f"{user} logged in from {address} after {row['failures']:,} logins failed there within "
            "an hour",
            "Ask them whether it was they. If not: lock the account, change its password, and see "
            "what it sent since.",
            "critical",
            str(Term("user", Contains(user))),
        )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    start = sighting.at - HOUR
    return view.positions(_EVIDENCE, start=start, at=sighting.at, subject=sighting.subject)

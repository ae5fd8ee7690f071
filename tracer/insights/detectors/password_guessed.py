"""A login succeeds after many failures from the same address: a password may have been guessed.

Either the user's own failed, and none was good before; or those of many users, and no login from
there was good. Or the user's own failed slowly, for days, from a network that is new to the user.
"""

from collections.abc import Iterator

from tracer.insights.model import DAY, HOUR, Sighting
from tracer.insights.view import MOST_SUBJECTS, View
from tracer.projections.groupings import network_of
from tracer.queries.search_language import Contains, Term

TITLE = "A password may have been guessed"
OPENS = (
    "a login is the first good one from its address within an hour in which many failed there: the "
    "user's own, or of five users or more; or it is the user's first from a network where as many "
    "of theirs failed within a week"
)
LEAST, UNIT = 20, "failures"
ENDS_AFTER = DAY

_USERS = 5
_NETWORK = network_of("address")
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
_DAYS, _HOURS = 7, 12  # looked back; over which failures are slow
_FIRST_OF_NETWORK = f"""
    WITH from_new AS (
        SELECT DISTINCT username, {_NETWORK} AS network, occurred_at::DATE AS today
        FROM logins WHERE occurred_at >= $since AND occurred_at < $until AND result = 'good'
            AND username IS NOT NULL AND {_NETWORK} IS NOT NULL
    ),
    chosen AS (
        FROM from_new c ANTI JOIN login_networks n
            ON n.username = c.username AND n.network = c.network AND n.day < c.today
    ),
    tried AS (
        SELECT l.*, sum(repeated) FILTER (result = 'failed') OVER so_far AS failures,
            min(occurred_at) FILTER (result = 'failed') OVER so_far AS first_failed_at,
            count_if(result = 'good') OVER so_far AS good
        FROM logins l SEMI JOIN chosen c ON c.username = l.username AND c.network = {_NETWORK}
        WHERE occurred_at >= $start AND occurred_at < $until
        WINDOW so_far AS (PARTITION BY l.username, {_NETWORK} ORDER BY occurred_at, position
            ROWS UNBOUNDED PRECEDING)
    )
    SELECT time_bucket($slot, occurred_at) + $slot AS ends_at, username, address,
        failures::BIGINT AS failures
    FROM tried
    WHERE occurred_at >= $since AND result = 'good' AND good = 1 AND failures >= $least
        AND first_failed_at <= occurred_at - INTERVAL {_HOURS} HOUR
    ORDER BY occurred_at, position LIMIT {MOST_SUBJECTS}
"""
_EVIDENCE = f"""
    SELECT position FROM logins
    WHERE occurred_at >= $start AND occurred_at < $at AND username = $user
        AND (address = $address OR {_NETWORK} = {network_of("$address")})
    ORDER BY position DESC LIMIT 5
"""


def look(view: View) -> Iterator[Sighting]:
    """See detectors.Detector."""
    least = view.least["password_guessed"]
    ways = (
        (_FIRST_GOOD, view.since - HOUR, "there within an hour"),
        (_FIRST_OF_NETWORK, view.day - _DAYS * DAY, "in its network within a week"),
    )
    for sql, start, where in ways:
        for row in view.rows(sql, start=start, least=least):
            user, address = row["username"], row["address"]
            yield Sighting(
                row["ends_at"],
                f"{user} from {address}",
                True,
                f"{user} logged in from {address} after {row['failures']:,} logins failed {where}",
                "Ask them whether it was they. If not: lock the account, change its password, and "
                "see what it sent since.",
                "critical",
                str(Term("user", Contains(user))),
            )


def evidence(view: View, sighting: Sighting) -> list[int]:
    """See detectors.Detector."""
    user, _, address = sighting.subject.rpartition(" from ")
    start = sighting.at - _DAYS * DAY
    return view.positions(_EVIDENCE, start=start, at=sighting.at, user=user, address=address)

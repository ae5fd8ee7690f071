"""Who logs in, and who tries to? Times are naive UTC, as in overview.

What is usual for a user is told by the days before the range (`login_networks`).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Literal

from tracer.projections.groupings import network_of
from tracer.queries.overview import Range, bucket_of_minute, coarse_minute
from tracer.queries.positions import within
from tracer.queries.refusals import MOST_LINES, Bucket, Line, lines_at
from tracer.store import Reader

MOST_VALUES = 100
# Which addresses are suspected of guessing passwords, and users of being guessed at: where more
# failed than was good, those with MANY_FAILURES, or with failures of MANY_OTHERS (users of an
# address, addresses of a user); and those with failures of a CROWD, whatever was good.
MANY_FAILURES = 5
MANY_OTHERS = 3
CROWD = 10
FAILURES_BEFORE = 5  # in the day before a login, for it to be looked at
# A login is from an unusual place where its user has not logged in from its network in the
# USUAL_DAYS before, but has on KNOWN_DAYS of these, and from FEW_NETWORKS at most.
USUAL_DAYS = 30
KNOWN_DAYS = 3
FEW_NETWORKS = 5

Kind = Literal["service", "user", "address"]


@dataclass(frozen=True, slots=True)
class Tried:
    """How often logins were good and failed.

    value: the service, user or address; None where lines name none.
    others: from how many addresses; of an address, with how many names.
    failed_others: the same of failures only.
    """

    value: str | None
    good: int
    failed: int
    others: int
    failed_others: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Guessed:
    """The first login of a user from an address that came after many failures, within a day.

    from_address, of_user: how many failures, from this address and of this user.
    """

    occurred_at: datetime
    service: str
    username: str
    address: str | None
    from_address: int
    of_user: int


@dataclass(frozen=True, slots=True)
class Unusual:
    """The first login of a user from a network that is new for that user, on the day it was so.

    days, networks: on how many of the days before the user logged in, and from how many networks.
    """

    occurred_at: datetime
    service: str
    username: str
    address: str
    days: int
    networks: int


@dataclass(frozen=True, slots=True)
class InClear:
    """Logins without TLS."""

    username: str
    address: str | None
    service: str
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class LoggedIn:
    """All that a range's logins say; lists have their commonest first, MOST_VALUES at most.

    suspects: addresses and users of which so much failed that somebody may guess passwords.
    reasons: of failures, in the programs' words; None where lines say nothing.
    lines: the latest failures.
    """

    series: list[Bucket]
    by: dict[Kind, list[Tried]]
    suspects: dict[Kind, list[Tried]]
    guessed: list[Guessed]
    unusual: list[Unusual]
    in_clear: list[InClear]
    reasons: dict[str | None, int]
    lines: list[Line]


def _tried(kind: Kind, value: str, other: str) -> str:
    """SQL of how often each value was tried, of those that failed or succeeded most."""
    return f"""
        SELECT '{kind}' AS what, {value} AS value, sum(good)::BIGINT AS good,
            sum(failed)::BIGINT AS failed, count(DISTINCT {other}) AS others,
            count(DISTINCT {other}) FILTER (failed > 0) AS failed_others, max(last_at) AS last_at
        FROM tried GROUP BY ALL
    """


_IS_SUSPECT = f"""
    what <> 'service' AND value IS NOT NULL AND (failed_others >= {CROWD} OR failed > good
        AND (failed >= {MANY_FAILURES} OR failed_others >= {MANY_OTHERS}))
"""


def logged_in(reader: Reader, span: Range, host: str | None = None, zone: str = "UTC") -> LoggedIn:
    """All of it, in a range, with one host or all."""
    rows = reader.query(
        f"""
        WITH chosen AS MATERIALIZED (
            SELECT *, {coarse_minute("occurred_at", span)} AS minute
            FROM logins WHERE {within(span)}
        ),
        tried AS MATERIALIZED (
            SELECT service, username, address,
                coalesce(sum(repeated) FILTER (result = 'good'), 0) AS good,
                coalesce(sum(repeated) FILTER (result = 'failed'), 0) AS failed,
                max(occurred_at) AS last_at
            FROM chosen GROUP BY ALL
        ),
        counted AS MATERIALIZED (
            {_tried("service", "service", "address")} UNION ALL
            {_tried("user", "username", "address")} UNION ALL
            {_tried("address", "address", "username")}
        ),
        listed AS (
            SELECT * FROM counted
            QUALIFY row_number() OVER (PARTITION BY what ORDER BY good + failed DESC, value)
                <= {MOST_VALUES}
            UNION ALL
            SELECT * REPLACE ('suspect ' || what AS what) FROM counted WHERE {_IS_SUSPECT}
            QUALIFY row_number() OVER (PARTITION BY what ORDER BY failed DESC, value)
                <= {MOST_VALUES}
        ),
        weighed AS (
            SELECT occurred_at, result, service, username, address,
                coalesce(sum(failures) OVER (PARTITION BY address ORDER BY occurred_at
                    RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW), 0)::BIGINT
                    AS from_address,
                coalesce(sum(failures) OVER (PARTITION BY username ORDER BY occurred_at
                    RANGE BETWEEN INTERVAL 1 DAY PRECEDING AND CURRENT ROW), 0)::BIGINT AS of_user
            FROM (
                SELECT *, CASE result WHEN 'failed' THEN repeated END AS failures FROM chosen
            )
            WHERE address IN (SELECT value FROM counted
                    WHERE what = 'address' AND good > 0 AND failed >= {FAILURES_BEFORE})
                OR username IN (SELECT value FROM counted
                    WHERE what = 'user' AND good > 0 AND failed >= {FAILURES_BEFORE})
        ),
        visits AS MATERIALIZED (
            SELECT username, {network_of("address")} AS network, occurred_at::DATE AS day,
                min(occurred_at) AS first_at, arg_min(service, occurred_at) AS service,
                arg_min(address, occurred_at) AS address
            FROM chosen WHERE result = 'good' AND username IS NOT NULL
            GROUP BY username, network, day HAVING network IS NOT NULL
        ),
        usual AS MATERIALIZED (
            SELECT day, username, network FROM login_networks SEMI JOIN visits USING (username)
            WHERE day >= DATE '{span.start - timedelta(days=USUAL_DAYS):%Y-%m-%d}'
                AND day <= DATE '{span.end:%Y-%m-%d}'
        ),
        strange AS (
            SELECT visits.* FROM visits ANTI JOIN usual ON usual.username = visits.username
                AND usual.network = visits.network AND usual.day < visits.day
                AND usual.day >= visits.day - {USUAL_DAYS}
        ),
        unusual AS (
            SELECT strange.username, strange.network, strange.first_at, strange.service,
                strange.address, count(DISTINCT usual.day) AS days,
                count(DISTINCT usual.network) AS networks
            FROM strange JOIN usual ON usual.username = strange.username
                AND usual.day < strange.day AND usual.day >= strange.day - {USUAL_DAYS}
            GROUP BY ALL HAVING days >= {KNOWN_DAYS} AND networks <= {FEW_NETWORKS}
        )
        SELECT what, value, NULL AS user, NULL AS address, NULL AS service, last_at,
            good, failed, others, failed_others
        FROM listed
        UNION ALL
        SELECT 'series', result, NULL, NULL, NULL, {bucket_of_minute(span)} AS begins_at,
            sum(repeated)::BIGINT, 0, 0, 0
        FROM (SELECT minute, result, sum(repeated) AS repeated FROM chosen GROUP BY ALL)
        GROUP BY ALL
        UNION ALL
        (SELECT 'reason', reason, NULL, NULL, NULL, NULL, 0, sum(repeated)::BIGINT AS failed, 0, 0
        FROM chosen WHERE result = 'failed' GROUP BY ALL
        ORDER BY 8 DESC, reason LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'in clear', NULL, username, address, service, max(occurred_at),
            sum(repeated)::BIGINT, 0, 0, 0
        FROM chosen WHERE is_plain_text GROUP BY ALL
        ORDER BY 7 DESC, username, address LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'guessed', NULL, username, address, min_by(service, occurred_at),
            min(occurred_at) AS first_at, 0, 0, min_by(from_address, occurred_at),
            min_by(of_user, occurred_at)
        FROM weighed WHERE result = 'good'
            AND (from_address >= {FAILURES_BEFORE} OR of_user >= {FAILURES_BEFORE})
        GROUP BY username, address ORDER BY first_at DESC, username, address LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'unusual', NULL, username, address, service, first_at, 0, 0, days, networks
        FROM unusual ORDER BY first_at DESC, username, network LIMIT {MOST_VALUES})
        UNION ALL
        (SELECT 'line', position::VARCHAR, NULL, NULL, NULL, NULL, 0, 0, 0, 0
        FROM chosen WHERE result = 'failed' ORDER BY position DESC LIMIT {MOST_LINES})
        """,
        {"host": host, "zone": zone, "seconds": span.bucket_seconds},
    ).to_pylist()

    def of(what: str) -> Iterator[dict[str, Any]]:
        return (row for row in rows if row["what"] == what)

    series: dict[datetime, dict[str, int]] = {}
    for row in sorted(of("series"), key=lambda row: row["last_at"]):
        series.setdefault(row["last_at"], {})[row["value"]] = row["good"]
    commonest = sorted(rows, key=lambda row: (-row["good"] - row["failed"], row["value"] or ""))
    worst = sorted(rows, key=lambda row: (-row["failed"], row["value"] or ""))
    kinds: tuple[Kind, ...] = ("service", "user", "address")
    return LoggedIn(
        [Bucket(begins_at, counts) for begins_at, counts in series.items()],
        {kind: [_as_tried(row) for row in commonest if row["what"] == kind] for kind in kinds},
        {
            kind: [_as_tried(row) for row in worst if row["what"] == f"suspect {kind}"]
            for kind in kinds[1:]
        },
        [
            Guessed(
                row["last_at"], row["service"], row["user"], row["address"],
                row["others"], row["failed_others"],
            )
            for row in of("guessed")
        ],
        [
            Unusual(
                row["last_at"], row["service"], row["user"], row["address"],
                row["others"], row["failed_others"],
            )
            for row in of("unusual")
        ],
        [
            InClear(row["user"], row["address"], row["service"], row["good"], row["last_at"])
            for row in of("in clear")
        ],
        {row["value"]: row["failed"] for row in of("reason")},
        lines_at(reader, [int(row["value"]) for row in of("line")]),
    )  # fmt: skip


def _as_tried(row: dict[str, Any]) -> Tried:
    return Tried(
        row["value"],
        row["good"],
        row["failed"],
        row["others"],
        row["failed_others"],
        row["last_at"],
    )

"""Does our mail get out? By destination and next hop; times are naive UTC, as in overview.

Delays and TLS are told of what was delivered.
"""

from dataclasses import dataclass
from typing import Literal, get_args

from tracer.projections.attempts import PARTS
from tracer.queries.overview import Range, bucket_of_minute, coarse_minute
from tracer.queries.refusals import MOST_LINES, Bucket, Line, buckets, lines_at
from tracer.store import Reader

MOST_VALUES = 100
SHARES = (0.5, 0.9, 0.99)  # percentiles of delays
SLOW_SHARE = 0.95
MOST_SLOW = 20

Dimension = Literal["domain", "relay_host"]

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

_CHOSEN = """
    minute >= $start AND minute < $end AND ($host IS NULL OR host = $host)
    AND ($domain IS NULL OR domain = $domain) AND ($relay IS NULL OR relay_host = $relay)
"""


@dataclass(frozen=True, slots=True)
class Choice:
    """Which attempts are asked about; None for all.

    domain, relay: of the recipient, and of the next hop.
    """

    span: Range
    host: str | None = None
    domain: str | None = None
    relay: str | None = None

    @property
    def parameters(self) -> dict[str, object]:
        """What _CHOSEN names."""
        return {
            "start": self.span.start,
            "end": self.span.end,
            "host": self.host,
            "domain": self.domain,
            "relay": self.relay,
        }


@dataclass(frozen=True, slots=True)
class Sums:
    """What became of attempts.

    over_network: how many of the delivered went to a server; encrypted: how many of these by TLS.
    median_seconds, slowest_seconds: delay of half and of 95 in 100 of the delivered, to a tenth of
    its size; None where none was.
    """

    value: str | None
    delivered: int
    deferred: int
    bounced: int
    over_network: int
    encrypted: int
    median_seconds: float | None
    slowest_seconds: float | None

    @property
    def attempts(self) -> int:
        """All of them."""
        return self.delivered + self.deferred + self.bounced

    @property
    def encrypted_share(self) -> float | None:
        """None where nothing went over a network."""
        return self.encrypted / self.over_network if self.over_network else None


@dataclass(frozen=True, slots=True)
class Delay:
    """Percentiles of one part of the delay, seconds, in the order of SHARES.

    part: of projections.attempts.PARTS, or `total`.
    """

    part: str
    seconds: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Parts:
    """Where the time of what was delivered to a domain went.

    delays: percentiles, as of Delay. slowest: of the deliveries that took longest, from the
    SLOW_SHARE on, the average seconds of each part, in the order of PARTS; () where no line tells.
    """

    domain: str | None
    delivered: int
    delays: tuple[Delay, ...]
    slowest: tuple[float, ...]

    def seconds(self, share: float) -> dict[str, float]:
        """The percentile of each part that is known; share: of SHARES."""
        return {delay.part: delay.seconds[SHARES.index(share)] for delay in self.delays}


@dataclass(frozen=True, slots=True)
class Count:
    """How often something was said. what: an outcome, or '' where it does not matter."""

    what: str
    value: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Attempted:
    """What became of attempts, over time, by dimension, how long it took, and what was said.

    lines: the latest that say why an attempt failed.
    """

    sums: Sums
    series: list[Bucket]
    by: dict[Dimension, list[Sums]]
    delays: list[Delay]
    codes: list[Count]
    protocols: list[Count]
    lines: list[Line]


def attempted(reader: Reader, choice: Choice, zone: str = "UTC") -> Attempted:
    """All of it."""
    return Attempted(
        sums(reader, choice),
        series(reader, choice, zone),
        {dimension: by(reader, dimension, choice) for dimension in DIMENSIONS},
        delays(reader, choice),
        codes(reader, choice),
        protocols(reader, choice),
        latest_failures(reader, choice),
    )


def sums(reader: Reader, choice: Choice) -> Sums:
    """What became of all of them."""
    (found,) = _sums(reader, "NULL", choice) or [Sums(None, 0, 0, 0, 0, 0, None, None)]
    return found


def by(reader: Reader, dimension: Dimension, choice: Choice) -> list[Sums]:
    """What became of attempts to each value, the most attempts first, at most MOST_VALUES."""
    return _sums(reader, dimension, choice)


def _sums(reader: Reader, dimension: str, choice: Choice) -> list[Sums]:
    rows = reader.query(
        f"""
        WITH chosen AS NOT MATERIALIZED (
            SELECT {dimension} AS value, outcome, tls_protocol, count,
                CASE outcome WHEN 'delivered' THEN delay END AS delay
            FROM attempts WHERE {_CHOSEN}
        ),
        top AS MATERIALIZED (
            SELECT value FROM chosen GROUP BY value ORDER BY sum(count) DESC, value
            LIMIT {MOST_VALUES}
        ),
        counted AS (
            SELECT c.value, outcome, delay, sum(count) AS count,
                sum(count) FILTER (tls_protocol IS NOT NULL) AS over_network,
                sum(count) FILTER (tls_protocol <> '') AS encrypted
            FROM chosen c JOIN top t ON c.value IS NOT DISTINCT FROM t.value GROUP BY ALL
        ),
        ranked AS (
            SELECT *, sum(count) OVER (PARTITION BY value, delay IS NULL ORDER BY delay)
                    / sum(count) OVER (PARTITION BY value, delay IS NULL) AS share
            FROM counted
        )
        SELECT value,
            coalesce(sum(count) FILTER (outcome = 'delivered'), 0)::BIGINT AS delivered,
            coalesce(sum(count) FILTER (outcome = 'deferred'), 0)::BIGINT AS deferred,
            coalesce(sum(count) FILTER (outcome = 'bounced'), 0)::BIGINT AS bounced,
            coalesce(sum(over_network), 0)::BIGINT AS over_network,
            coalesce(sum(encrypted), 0)::BIGINT AS encrypted,
            {_seconds("min(delay) FILTER (share >= 0.5)")} AS median_seconds,
            {_seconds("min(delay) FILTER (share >= 0.95)")} AS slowest_seconds
        FROM ranked GROUP BY value
        ORDER BY delivered + deferred + bounced DESC, value
        """,
        choice.parameters,
    ).to_pylist()
    return [Sums(**row) for row in rows]


def series(reader: Reader, choice: Choice, zone: str = "UTC") -> list[Bucket]:
    """Attempts by outcome in buckets of `span.bucket_seconds`; without those that are empty."""
    seconds = choice.span.bucket_seconds
    rows = reader.query(
        f"""
        SELECT {bucket_of_minute(choice.span)} AS begins_at, outcome AS name,
            sum(count)::BIGINT AS count
        FROM (
            SELECT {coarse_minute("minute", choice.span)} AS minute, outcome, sum(count) AS count
            FROM attempts WHERE {_CHOSEN} GROUP BY ALL
        )
        GROUP BY ALL ORDER BY begins_at, name
        """,
        {**choice.parameters, "zone": zone, "seconds": seconds},
    )
    return buckets(rows)


_PARTS = {"total": "delay", **{part: f"delay_{part}" for part in PARTS}}  # name -> column


def _percentiles() -> str:
    return ", ".join(f"{_seconds(f'min(delay) FILTER (share >= {share})')}" for share in SHARES)


def _counted(*groups: str) -> str:
    """SELECT of how often each delay of each part comes in `chosen`: groups, number of the part."""
    return " UNION ALL ".join(
        f"SELECT {''.join(f'{group}, ' for group in groups)}{number} AS number, {column} AS delay, "
        f"sum(count) AS count FROM chosen WHERE {column} IS NOT NULL GROUP BY ALL"
        for number, column in enumerate(_PARTS.values())
    )


def delays(reader: Reader, choice: Choice) -> list[Delay]:
    """How long each part of a delivery took: the whole first, then in the order of PARTS."""
    rows = reader.query(
        f"""
        WITH chosen AS MATERIALIZED (
            SELECT {", ".join(_PARTS.values())}, sum(count) AS count FROM attempts
            WHERE {_CHOSEN} AND outcome = 'delivered' GROUP BY ALL
        )
        SELECT number, [{_percentiles()}] AS seconds
        FROM (
            SELECT *, sum(count) OVER (PARTITION BY number ORDER BY delay)
                / sum(count) OVER (PARTITION BY number) AS share
            FROM ({_counted()})
        )
        GROUP BY number ORDER BY number
        """,
        choice.parameters,
    ).to_pylist()
    return [Delay(list(_PARTS)[row["number"]], tuple(row["seconds"])) for row in rows]


def parts(reader: Reader, choice: Choice) -> list[Parts]:
    """Where the time went, of the slowest domains, the slowest first.

    They are MOST_SLOW of the MOST_VALUES with most deliveries.
    """
    slow = ", ".join(f"sum(count * {_seconds(_PARTS[part])}) / sum(count)" for part in PARTS)
    rows = reader.query(
        f"""
        WITH delivered AS NOT MATERIALIZED (
            SELECT domain AS value, {", ".join(_PARTS.values())}, count FROM attempts
            WHERE {_CHOSEN} AND outcome = 'delivered'
        ),
        counted AS MATERIALIZED (
            SELECT value, delay, sum(count) AS count FROM delivered
            WHERE delay IS NOT NULL GROUP BY ALL
        ),
        top AS MATERIALIZED (
            SELECT value FROM counted GROUP BY value ORDER BY sum(count) DESC, value
            LIMIT {MOST_VALUES}
        ),
        slowest AS MATERIALIZED (
            SELECT value, max(sum)::BIGINT AS delivered,
                min(delay) FILTER (sum >= {SLOW_SHARE} * total) AS slow_from
            FROM (
                SELECT value, delay, sum(count) OVER (PARTITION BY value ORDER BY delay) AS sum,
                    sum(count) OVER (PARTITION BY value) AS total
                FROM counted SEMI JOIN top ON counted.value IS NOT DISTINCT FROM top.value
            )
            GROUP BY value ORDER BY slow_from DESC, delivered DESC, value LIMIT {MOST_SLOW}
        ),
        chosen AS MATERIALIZED (
            SELECT d.value, slow_from, {", ".join(_PARTS.values())}, sum(count) AS count
            FROM delivered d JOIN slowest s ON d.value IS NOT DISTINCT FROM s.value GROUP BY ALL
        ),
        delays AS MATERIALIZED (
            SELECT value, number, [{_percentiles()}] AS seconds FROM (
                SELECT *, sum(count) OVER (PARTITION BY value, number ORDER BY delay)
                    / sum(count) OVER (PARTITION BY value, number) AS share
                FROM ({_counted("value")})
            )
            GROUP BY ALL
        ),
        slow AS (
            SELECT value, [{slow}] AS seconds FROM chosen
            WHERE delay >= slow_from
                AND {" AND ".join(f"{_PARTS[part]} IS NOT NULL" for part in PARTS)}
            GROUP BY value
        )
        SELECT s.value, s.delivered, list(d.number ORDER BY d.number) AS numbers,
            list(d.seconds ORDER BY d.number) AS seconds, any_value(w.seconds) AS slowest
        FROM slowest s JOIN delays d ON s.value IS NOT DISTINCT FROM d.value
        LEFT JOIN slow w ON s.value IS NOT DISTINCT FROM w.value
        GROUP BY s.value, s.delivered, slow_from
        ORDER BY slow_from DESC, s.delivered DESC, s.value
        """,
        choice.parameters,
    ).to_pylist()
    names = list(_PARTS)
    return [
        Parts(
            row["value"],
            row["delivered"],
            tuple(
                Delay(names[number], tuple(seconds))
                for number, seconds in zip(row["numbers"], row["seconds"], strict=True)
            ),
            tuple(row["slowest"] or ()),
        )
        for row in rows
    ]


def codes(reader: Reader, choice: Choice) -> list[Count]:
    """Enhanced status codes by outcome, the commonest first."""
    return _counts(reader, "outcome", "dsn", "true", choice)


def protocols(reader: Reader, choice: Choice) -> list[Count]:
    """TLS protocols of what went to servers, '' in clear, the commonest first."""
    return _counts(reader, "''", "tls_protocol", "tls_protocol IS NOT NULL", choice)


def _counts(reader: Reader, what: str, value: str, where: str, choice: Choice) -> list[Count]:
    rows = reader.query(
        f"""
        SELECT {what} AS what, {value} AS value, sum(count)::BIGINT AS count
        FROM attempts WHERE {_CHOSEN} AND {where}
        GROUP BY ALL ORDER BY count DESC, what, value LIMIT {MOST_VALUES}
        """,
        choice.parameters,
    ).to_pylist()
    return [Count(**row) for row in rows]


def latest_failures(reader: Reader, choice: Choice) -> list[Line]:
    """The latest lines of attempts that failed, at most MOST_LINES of them."""
    rows = reader.query(
        f"""
        SELECT position FROM attempts WHERE {_CHOSEN} AND outcome <> 'delivered'
        ORDER BY position DESC LIMIT {MOST_LINES}
        """,
        choice.parameters,
    )
    return lines_at(reader, rows["position"].to_pylist())


def _seconds(decibels: str) -> str:
    return f"(10 ** ({decibels} / 10.0))::DOUBLE"

"""Who is refused, and why; and where are we refused? Times are naive UTC, as in overview."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

import pyarrow as pa

from tracer.queries.overview import Range, bucket_of_minute, coarse_minute
from tracer.reasons.matching import NAMES_A_LIST
from tracer.store import Reader

MOST_VALUES = 100
MOST_LINES = 200

Dimension = Literal["stage", "client_network", "sender_domain", "recipient"]

DIMENSIONS: tuple[Dimension, ...] = get_args(Dimension)

_CHOSEN = """
    minute >= $start AND minute < $end AND ($host IS NULL OR host = $host)
    AND ($reason IS NULL OR reason_class = $reason)
"""


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many of each name; it begins in the zone that was asked for, naive."""

    begins_at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Top:
    """How often a value was refused, and the reason class that was commonest with it.

    value: None where lines name none.
    """

    value: str | None
    count: int
    reason_class: str


@dataclass(frozen=True, slots=True)
class Blocked:
    """How often somebody refused our mail because of our reputation.

    provider, blocklist, address: whose server, which list, which address of ours; None where the
    reply does not say.
    """

    provider: str | None
    blocklist: str | None
    address: str | None
    count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """A line, as proof. occurred_at: naive UTC."""

    position: int
    occurred_at: datetime
    host: str | None
    text: str


@dataclass(frozen=True, slots=True)
class Refused:
    """What was refused: over time by reason class, by dimension, and the latest lines that say so.

    blocked: who refuses our mail because of where it comes from, whatever reason was asked for.
    """

    series: list[Bucket]
    top: dict[Dimension, list[Top]]
    lines: list[Line]
    blocked: list[Blocked]


def refused(
    reader: Reader,
    span: Range,
    host: str | None = None,
    reason: str | None = None,
    zone: str = "UTC",
) -> Refused:
    """All of it, in a range, by one host or all, of one reason class or all."""
    return Refused(
        series(reader, span, host, reason, zone),
        {dimension: top(reader, dimension, span, host, reason) for dimension in DIMENSIONS},
        latest_lines(reader, span, host, reason),
        blocked(reader, span, host),
    )


def series(
    reader: Reader,
    span: Range,
    host: str | None = None,
    reason: str | None = None,
    zone: str = "UTC",
) -> list[Bucket]:
    """Refusals by reason class in buckets of `span.bucket_seconds`, without empty ones."""
    rows = reader.query(
        f"""
        SELECT {bucket_of_minute(span)} AS begins_at, reason_class AS name,
            sum(count)::BIGINT AS count
        FROM (
            SELECT {coarse_minute("minute", span)} AS minute, reason_class, sum(count) AS count
            FROM refusals WHERE {_CHOSEN} GROUP BY ALL
        )
        GROUP BY ALL ORDER BY begins_at, name
        """,
        {**_parameters(span, host, reason), "zone": zone, "seconds": span.bucket_seconds},
    )
    return buckets(rows)


def buckets(rows: pa.Table) -> list[Bucket]:
    """Of rows of begins_at, name and count, in order of time."""
    counts: dict[datetime, dict[str, int]] = {}
    for row in rows.to_pylist():
        counts.setdefault(row["begins_at"], {})[row["name"]] = row["count"]
    return [Bucket(begins_at, by_name) for begins_at, by_name in counts.items()]


def top(
    reader: Reader,
    dimension: Dimension,
    span: Range,
    host: str | None = None,
    reason: str | None = None,
) -> list[Top]:
    """The values that were refused most, at most MOST_VALUES of them."""
    rows = reader.query(
        f"""
        WITH chosen AS NOT MATERIALIZED (
            SELECT {dimension} AS value, reason_class, count FROM refusals WHERE {_CHOSEN}
        ),
        top AS MATERIALIZED (
            SELECT value FROM chosen GROUP BY value ORDER BY sum(count) DESC, value
            LIMIT {MOST_VALUES}
        )
        SELECT value, sum(count)::BIGINT AS count,
            arg_max(reason_class, (count, reason_class)) AS reason_class
        FROM (
            SELECT c.value, reason_class, sum(count) AS count
            FROM chosen c JOIN top t ON c.value IS NOT DISTINCT FROM t.value GROUP BY ALL
        )
        GROUP BY value ORDER BY count DESC, value
        """,
        _parameters(span, host, reason),
    ).to_pylist()
    return [Top(**row) for row in rows]


def latest_lines(
    reader: Reader, span: Range, host: str | None = None, reason: str | None = None
) -> list[Line]:
    """The latest lines that say so, at most MOST_LINES of them."""
    rows = reader.query(
        f"SELECT position FROM refusals WHERE {_CHOSEN} ORDER BY position DESC LIMIT {MOST_LINES}",
        _parameters(span, host, reason),
    )
    return lines_at(reader, rows["position"].to_pylist())


def blocked(reader: Reader, span: Range, host: str | None = None) -> list[Blocked]:
    """Who refuses our mail because of where it comes from, the commonest first."""
    rows = reader.query(
        f"""
        SELECT provider, blocklist, blocked_address AS address, sum(count)::BIGINT AS count,
            max(minute) AS last_at
        FROM attempts
        WHERE minute >= $start AND minute < $end AND ($host IS NULL OR host = $host)
            AND reason_class IN ('{"', '".join(NAMES_A_LIST)}')
        GROUP BY ALL ORDER BY count DESC, last_at DESC, provider, blocklist, address
        LIMIT {MOST_VALUES}
        """,
        {"start": span.start, "end": span.end, "host": host},
    ).to_pylist()
    return [Blocked(**row) for row in rows]


def lines_at(reader: Reader, positions: Sequence[int]) -> list[Line]:
    """The lines at these positions, the latest first."""
    if not positions:
        return []
    listed = ", ".join(map(str, positions))
    rows = reader.query(
        f"""
        SELECT position, occurred_at, host, text FROM lines JOIN event_rows USING (position)
        WHERE lines.position IN ({listed}) AND event_rows.position IN ({listed})
        ORDER BY position DESC
        """
    ).to_pylist()
    return [Line(**row) for row in rows]


def _parameters(span: Range, host: str | None, reason: str | None) -> dict[str, object]:
    return {"start": span.start, "end": span.end, "host": host, "reason": reason}

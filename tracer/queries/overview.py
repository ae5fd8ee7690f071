"""Is mail flowing? Totals and series of traffic, the latest messages, and what the store holds.

Times are naive UTC here, as in the store; a range is from its start to before its end.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracer.projections.traffic import OUTCOMES
from tracer.store import Reader

BUCKETS = (60, 300, 900, 3600, 10_800, 86_400)  # widths that a series may have, seconds
MOST_BUCKETS = 150
QUEUE_DAYS = 6  # longer than maximal_queue_lifetime (postconf(5)), which is 5 days
_DAY = 86_400
_QUARTER = 900  # zones are whole quarters of an hour from UTC


@dataclass(frozen=True, slots=True)
class Facts:
    """What the store holds; times are None where no line has one."""

    source_count: int
    line_count: int
    unparsed_count: int
    first_at: datetime | None
    last_at: datetime | None

    @property
    def parsed_share(self) -> float | None:
        """Which part of the lines was understood; None where there are none."""
        return 1 - self.unparsed_count / self.line_count if self.line_count else None


@dataclass(frozen=True, slots=True)
class Range:
    """A span of time; what is counted by minutes is counted from whole minute to whole minute."""

    start: datetime
    end: datetime

    @property
    def width(self) -> timedelta:
        """How long it is."""
        return self.end - self.start

    @property
    def before(self) -> "Range":
        """The range of the same width that ends where this one starts."""
        return self.earlier(self.width)

    def earlier(self, by: timedelta) -> "Range":
        """The range of the same width that is so much earlier."""
        return Range(self.start - by, self.end - by)

    @property
    def bucket_seconds(self) -> int:
        """The finest width of which the range has not too many."""
        seconds = self.width.total_seconds()
        return next((b for b in BUCKETS if seconds / b <= MOST_BUCKETS), BUCKETS[-1])


@dataclass(frozen=True, slots=True)
class Waiting:
    """What is in the queue, by the logs; oldest_at: since when, None where nothing is."""

    count: int
    oldest_at: datetime | None


@dataclass(frozen=True, slots=True)
class Bucket:
    """How many of each outcome; it begins in the zone that was asked for, naive."""

    begins_at: datetime
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Message:
    """A line of the list of latest messages: one life of a queue file.

    recipients: as far as deliveries name them.
    status: of the message so far: delivered, deferred, bounced, partly delivered, expired,
        to content filter, rejected, discarded, queued, unknown.
    """

    last_at: datetime
    host: str
    instance: str
    queue_id: str
    life: int
    envelope_sender: str | None
    recipients: tuple[str, ...]
    recipient_count: int | None
    size_bytes: int | None
    status: str


def facts(reader: Reader) -> Facts:
    """What the store holds."""
    (row,) = reader.query("""
        SELECT count(*) FILTER (line_count > 0) AS source_count,
            coalesce(sum(line_count), 0)::BIGINT AS line_count,
            coalesce(sum(unparsed_count), 0)::BIGINT AS unparsed_count,
            min(first_at) AS first_at, max(last_at) AS last_at
        FROM sources
    """).to_pylist()
    return Facts(**row)


def hosts(reader: Reader) -> list[str]:
    """The hosts that had traffic, sorted."""
    table = reader.query("SELECT DISTINCT host FROM traffic_minutely ORDER BY host")
    return [str(host) for host in table["host"].to_pylist()]


def totals(reader: Reader, span: Range, host: str | None = None) -> dict[str, int]:
    """How many of each outcome in a range, of one host or of all."""
    rows = reader.query(
        """
        SELECT outcome, sum(count)::BIGINT AS count FROM traffic_minutely
        WHERE minute >= $start AND minute < $end AND ($host IS NULL OR host = $host)
        GROUP BY outcome
        """,
        {"start": span.start, "end": span.end, "host": host},
    ).to_pylist()
    return dict.fromkeys(OUTCOMES, 0) | {row["outcome"]: row["count"] for row in rows}


def bucket_of_minute(span: Range) -> str:
    """As SQL: when the bucket of `minute` begins, in $zone; $seconds is `span.bucket_seconds`."""
    local = "timezone($zone, timezone('UTC', {0}))"
    if span.bucket_seconds < _DAY:
        return local.format("time_bucket(to_seconds($seconds), minute)")
    return f"time_bucket(to_seconds($seconds), {local.format('minute')})"


def coarse_minute(time: str, span: Range) -> str:
    """As SQL: the minute of a time, as coarse as buckets and zones allow.

    Grouped by it first, few times are left for `bucket_of_minute`, whose zones take long.
    """
    seconds = min(span.bucket_seconds, _QUARTER)
    return f"time_bucket(to_seconds({seconds}), {time})"


def waiting(reader: Reader, host: str | None = None) -> Waiting:
    """The messages that came within QUEUE_DAYS before the newest line, and did not end.

    Older ones are not in any queue: their ends are missing in the logs.
    """
    (row,) = reader.query(
        f"""
        SELECT count(*) AS count, min(born_at) AS oldest_at FROM messages
        WHERE NOT is_removed AND ($host IS NULL OR host = $host)
            AND born_at >= (SELECT max(last_at) FROM sources) - to_days({QUEUE_DAYS})
        """,
        {"host": host},
    ).to_pylist()
    return Waiting(**row)


def series(reader: Reader, span: Range, host: str | None = None, zone: str = "UTC") -> list[Bucket]:
    """The range's traffic in buckets of `span.bucket_seconds`; without those that are empty.

    zone: IANA name; whole days are days there.
    """
    rows = reader.query(
        f"""
        SELECT {bucket_of_minute(span)} AS begins_at, outcome, sum(count)::BIGINT AS count
        FROM (
            SELECT {coarse_minute("minute", span)} AS minute, outcome, sum(count) AS count
            FROM traffic_minutely
            WHERE minute >= $start AND minute < $end AND ($host IS NULL OR host = $host)
            GROUP BY ALL
        )
        GROUP BY ALL HAVING sum(count) <> 0 ORDER BY begins_at
        """,
        {
            "start": span.start,
            "end": span.end,
            "host": host,
            "zone": zone,
            "seconds": span.bucket_seconds,
        },
    ).to_pylist()
    counts: dict[datetime, dict[str, int]] = {}
    for row in rows:
        bucket_counts = counts.setdefault(row["begins_at"], dict.fromkeys(OUTCOMES, 0))
        bucket_counts[row["outcome"]] = row["count"]
    return [Bucket(begins_at, by_outcome) for begins_at, by_outcome in counts.items()]


# A message that was handed to a content filter goes on under another queue id.
_STATUS = """
    CASE
        WHEN went_in AND deferred_count = 0 AND bounced_count = 0 THEN 'to content filter'
        WHEN sent_count > 0 AND bounced_count > 0 THEN 'partly delivered'
        WHEN bounced_count > 0 THEN 'bounced'
        WHEN last_status = 'sent' THEN 'delivered'
        WHEN last_status = 'deferred' AND NOT is_removed THEN 'deferred'
        WHEN last_status = 'deferred' THEN 'expired'
        WHEN last_status IS NOT NULL THEN last_status
        WHEN is_removed THEN 'removed'
        ELSE 'queued'
    END
"""
_LATEST = f"""
    WITH latest AS (
        SELECT * FROM messages
        WHERE last_at >= $start AND last_at < $end AND ($host IS NULL OR host = $host)
        ORDER BY last_at DESC, first_position DESC LIMIT $limit
    ),
    named AS (
        SELECT l.first_position, list_distinct(list(e.recipient ORDER BY e.position)) AS recipients
        FROM event_rows e JOIN latest l ON e.queue_id = l.queue_id AND e.instance = l.instance
            AND e.host IS NOT DISTINCT FROM l.host
            AND e.position BETWEEN l.first_position AND l.last_position
        WHERE e.event = 'postfix.delivery_attempted' GROUP BY l.first_position
    ),
    hops AS (
        SELECT DISTINCT message_no FROM traffic_hops
        WHERE outcome = 'delivered' AND message_no IN (SELECT first_position FROM latest)
    )
    SELECT l.last_at, coalesce(l.host, '') AS host, l.instance, l.queue_id, l.life,
        l.envelope_sender, coalesce(n.recipients, []) AS recipients, l.recipient_count,
        l.size_bytes, h.message_no IS NOT NULL AS went_in, {_STATUS} AS status
    FROM latest l
    LEFT JOIN named n ON n.first_position = l.first_position
    LEFT JOIN hops h ON h.message_no = l.first_position
    ORDER BY l.last_at DESC, l.first_position DESC
"""


def latest_messages(
    reader: Reader, span: Range, host: str | None = None, limit: int = 100
) -> list[Message]:
    """The messages of which the range has the last line so far, latest first."""
    rows = reader.query(
        _LATEST, {"start": span.start, "end": span.end, "host": host, "limit": limit}
    ).to_pylist()
    return [
        Message(
            **{k: v for k, v in row.items() if k not in ("recipients", "went_in")},
            recipients=tuple(row["recipients"]),
        )
        for row in rows
    ]

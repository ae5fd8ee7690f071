"""How much waited in the queue, for how long, and why: at moments of a range, by the logs.

Times are naive UTC, as in tracer.queries.overview.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

from tracer.queries.overview import QUEUE_DAYS, Facts, Range
from tracer.reasons import CLASSES, ReasonClass
from tracer.store import Reader

# Where the ages begin that are told apart.
AGES = (timedelta(0), timedelta(minutes=5), timedelta(hours=1), timedelta(days=1))
_NO_END = timedelta(days=36_500)


@dataclass(frozen=True, slots=True)
class Depth:
    """How many messages were in the queue at a moment, by age as in AGES."""

    at: datetime
    counts: tuple[int, ...]

    @property
    def count(self) -> int:
        """All of them."""
        return sum(self.counts)


@dataclass(frozen=True, slots=True)
class Deferred:
    """How often a reason deferred a delivery: in all, and in each piece of the range in turn."""

    reason: ReasonClass
    count: int
    over_time: tuple[int, ...]


# A message is of an age from its first moment of that age on, and no more from its last.
# Most come and go between two moments: they are left out first.
_CHANGES = f"""
    WITH lives AS MATERIALIZED (
        SELECT born, gone FROM (
            SELECT (epoch_us(born_at) - epoch_us($first)) / $step AS born,
                (epoch_us(coalesce(removed_at, born_at + to_days({QUEUE_DAYS})))
                    - epoch_us($first)) / $step AS gone
            FROM messages WHERE born_at <= $last AND ($host IS NULL OR host = $host)
        )
        WHERE gone > 0 AND ceil(born) < ceil(gone)
    ),
    spells AS (
        SELECT age, ceil(greatest(born + begins, 0)) AS since,
            least(ceil(least(born + ends, gone)), $count) AS until
        FROM lives, (
            SELECT unnest($ages) AS age, unnest($begins) / $step AS begins,
                unnest($ends) / $step AS ends
        )
        WHERE since < until
    )
    SELECT age, moment::BIGINT AS moment, sum(change)::BIGINT AS change
    FROM (
        SELECT age, since AS moment, count(*) AS change FROM spells GROUP BY ALL
        UNION ALL
        SELECT age, until, -count(*) FROM spells GROUP BY ALL
    )
    GROUP BY ALL
"""


def over_time(reader: Reader, facts: Facts, span: Range, host: str | None = None) -> list[Depth]:
    """The queue every `span.bucket_seconds`, from the logs' beginning up to their newest line.

    A message whose end is not in the logs is left out QUEUE_DAYS after it came, as in
    overview.waiting.
    """
    if facts.first_at is None or facts.last_at is None:
        return []
    first, last = max(span.start, facts.first_at), min(span.end, facts.last_at)
    step = timedelta(seconds=span.bucket_seconds)
    count = (last - first) // step + 1  # of moments; the last of them is the range's last
    if count < 1:
        return []
    first = last - (count - 1) * step
    ends = (*AGES[1:], _NO_END)
    rows = reader.query(
        _CHANGES,
        {
            "first": first,
            "last": last,
            "step": float(_microseconds(step)),
            "count": count,
            "host": host,
            "ages": list(range(len(AGES))),
            "begins": [_microseconds(age) for age in AGES],
            "ends": [_microseconds(age) for age in ends],
        },
    ).to_pylist()
    changes = [[0] * (count + 1) for _ in AGES]
    for row in rows:
        changes[row["age"]][row["moment"]] = row["change"]
    counts = zip(*(accumulate(of_age[:count]) for of_age in changes), strict=True)
    return [Depth(first + number * step, each) for number, each in enumerate(counts)]


def deferred(reader: Reader, span: Range, host: str | None = None) -> list[Deferred]:
    """Why deliveries were deferred in a range, commonest first.

    Its pieces are `span.bucket_seconds` long.
    """
    rows = reader.query(
        """
        SELECT reason_class, list(piece) AS pieces, list(count) AS counts, sum(count) AS all
        FROM (
            SELECT reason_class, (epoch(minute) - epoch($start::TIMESTAMP))::BIGINT // $seconds
                AS piece, sum(count)::BIGINT AS count
            FROM attempts
            WHERE minute >= $start AND minute < $end AND outcome = 'deferred'
                AND ($host IS NULL OR host = $host)
            GROUP BY ALL
        )
        GROUP BY reason_class ORDER BY sum(count) DESC, reason_class
        """,
        {"start": span.start, "end": span.end, "seconds": span.bucket_seconds, "host": host},
    ).to_pylist()
    length = -(-span.width // timedelta(seconds=span.bucket_seconds))
    found = []
    for row in rows:
        pieces = dict(zip(row["pieces"], row["counts"], strict=True))
        over = tuple(pieces.get(number, 0) for number in range(length))
        found.append(Deferred(CLASSES[row["reason_class"]], sum(over), over))
    return found


def _microseconds(width: timedelta) -> int:
    return width // timedelta(microseconds=1)

"""Why was mail refused, and why was ours not delivered? Counted by reason class, with the advice.

Times are naive UTC, as in tracer.queries.overview.
"""

from dataclasses import dataclass

from tracer.queries.overview import Range
from tracer.reasons import CLASSES, COLUMNS, ReasonClass, classified
from tracer.store import Reader

MOST_LINES = 20_000  # the latest of a range that are looked at: a page asks every few seconds
_REJECTED = "event = 'postfix.rejected'"
_FAILED = "event = 'postfix.delivery_attempted' AND status NOT IN ('sent', 'deliverable')"


@dataclass(frozen=True, slots=True)
class Counted:
    """How often a reason was given.

    refused_by: providers and block lists that gave it, commonest first.
    """

    reason: ReasonClass
    count: int
    refused_by: tuple[str, ...]


def of_rejections(reader: Reader, span: Range, host: str | None = None) -> list[Counted]:
    """Why mail was refused in a range, by one host or all, commonest first."""
    return _counted(reader, _REJECTED, span, host)


def of_failures(reader: Reader, span: Range, host: str | None = None) -> list[Counted]:
    """Why attempts at delivery were deferred or failed in a range, commonest first."""
    return _counted(reader, _FAILED, span, host)


def _counted(reader: Reader, which: str, span: Range, host: str | None) -> list[Counted]:
    latest = f"""(
        SELECT {", ".join(COLUMNS)}, coalesce(repeated, 1) AS repeated FROM events
        WHERE {which} AND occurred_at >= $start AND occurred_at < $end
            AND ($host IS NULL OR coalesce(host, '') = $host)
        ORDER BY position DESC LIMIT {MOST_LINES}
    )"""
    rows = reader.query(
        f"""
        SELECT reason_class, sum(count)::BIGINT AS count,
            list(refused_by ORDER BY count DESC, refused_by)
                FILTER (refused_by IS NOT NULL) AS refused_by
        FROM (
            SELECT reason_class, coalesce(blocklist, provider) AS refused_by,
                sum(repeated) AS count
            FROM ({classified(latest)}) GROUP BY ALL
        )
        GROUP BY reason_class ORDER BY count DESC, reason_class
        """,
        {"start": span.start, "end": span.end, "host": host},
    ).to_pylist()
    return [
        Counted(CLASSES[row["reason_class"]], row["count"], tuple(row["refused_by"] or ()))
        for row in rows
    ]

"""Why was mail refused, and why was ours not delivered? Counted by reason class, with the advice.

Times are naive UTC, as in tracer.queries.overview.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tracer.queries.overview import Range
from tracer.reasons import CLASSES, ReasonClass
from tracer.store import Reader


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
    return _counted(reader, "SELECT *, NULL AS provider FROM refusals", span, host)


def of_failures(
    reader: Reader,
    span: Range,
    host: str | None = None,
    domain: str | None = None,
    relay: str | None = None,
) -> list[Counted]:
    """Why attempts at delivery were deferred or failed in a range, commonest first.

    domain, relay: of the recipient, and of the next hop; None for all.
    """
    failed = """
        SELECT * FROM attempts
        WHERE outcome <> 'delivered' AND ($domain IS NULL OR domain = $domain)
            AND ($relay IS NULL OR relay_host = $relay)
    """
    return _counted(reader, failed, span, host, {"domain": domain, "relay": relay})


def _counted(
    reader: Reader,
    which: str,
    span: Range,
    host: str | None,
    parameters: Mapping[str, object] | None = None,
) -> list[Counted]:
    rows = reader.query(
        f"""
        SELECT reason_class, sum(count)::BIGINT AS count,
            list(refused_by ORDER BY count DESC, refused_by)
                FILTER (refused_by IS NOT NULL) AS refused_by
        FROM (
            SELECT reason_class, coalesce(blocklist, provider) AS refused_by,
                sum(count) AS count
            FROM ({which})
            WHERE minute >= $start AND minute < $end AND ($host IS NULL OR host = $host)
            GROUP BY ALL
        )
        GROUP BY reason_class ORDER BY count DESC, reason_class
        """,
        {"start": span.start, "end": span.end, "host": host, **(parameters or {})},
    ).to_pylist()
    return [
        Counted(CLASSES[row["reason_class"]], row["count"], tuple(row["refused_by"] or ()))
        for row in rows
    ]

"""What did not reach its recipients, or late: reasons, slow destinations, and the queue."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import timedelta

from tracer.queries.report import failures
from tracer.reasons import CLASSES
from tracer.reports.cells import counted
from tracer.reports.model import Column, Finding, Request, Row, Section, Table
from tracer.store import Reader

_BLOCKED = ("blocklisted", "poor_reputation")  # what somebody holds against our own server
_OLD = timedelta(days=1)  # in the queue
_MOST_REASONS = 100  # there are some fifty classes, and two statuses


def build(reader: Reader, request: Request) -> Section:
    """The section."""
    reasons = failures.by_reason(reader, request.scope, _MOST_REASONS)
    queued = failures.queued(reader, request.scope)
    deferred = failures.deferred_messages(reader, request.scope)
    tables = []
    if request.detail:
        for status, title in ("bounced", "Bounced"), ("deferred", "Deferred"):
            chosen = [row for row in reasons if row["status"] == status][: request.detail]
            tables.append(
                Table(
                    status,
                    f"{title} by reason",
                    [
                        Column("reason", "Reason"),
                        Column("count", "Attempts", "count"),
                        Column("refused_by", "Who"),
                        Column("example_recipient", "Latest, to", is_below=True),
                        Column("example_queue_id", "Queue id", is_below=True),
                        Column("example", "What was said", is_below=True),
                    ],
                    [{**row, "reason": CLASSES[row["reason_class"]].title} for row in chosen],
                )
            )
        tables.append(
            Table(
                "slow_domains",
                "Slow destinations",
                [
                    Column("domain", "Domain"),
                    Column("count", "Delivered", "count"),
                    Column("mean_seconds", "Mean", "seconds"),
                    Column("longest_seconds", "Longest", "seconds"),
                ],
                failures.slow_domains(reader, request.scope, request.detail),
            )
        )
        tables.append(
            Table(
                "queued",
                "Queued longest, at the end",
                [
                    Column("queue_id", "Queue id"),
                    Column("host", "Host"),
                    Column("sender", "Sender"),
                    Column("size_bytes", "Size", "bytes"),
                    Column("queued_seconds", "For", "seconds"),
                ],
                [
                    {**row, "sender": row["sender"] or "<>"}
                    for row in failures.queued_longest(reader, request.scope, request.detail)
                ],
            )
        )
    sums = {
        status: sum(row["count"] for row in reasons if row["status"] == status)
        for status in ("bounced", "deferred")
    }
    return Section(
        "failures",
        "Not delivered, or late",
        f"Failed for good: {counted(sums['bounced'], 'time')}. Put off: "
        f"{counted(sums['deferred'], 'time')}, of {counted(deferred, 'message')}. Queued at the "
        f"end: {counted(queued['count'], 'message')}.",
        tables,
        [*_findings(request, reasons, queued)],
        about_problems=bool(reasons or queued["count"]),
    )


def _findings(request: Request, reasons: Sequence[Row], queued: Row) -> Iterator[Finding]:
    blocked: Counter[str | None] = Counter()
    for row in reasons:
        if row["reason_class"] in _BLOCKED:
            blocked[row["refused_by"]] += row["count"]
    for who, count in blocked.most_common():
        by = f" by {who}" if who else ""
        yield Finding(
            "problem",
            f"Our mail was refused as blocked{by}: {counted(count, 'time')}",
            CLASSES["blocklisted"].advice,
        )
    if queued["oldest_at"] and (age := request.days.span.end - queued["oldest_at"]) > _OLD:
        yield Finding(
            "change",
            f"{counted(queued['count'], 'message')} queued at the end, the oldest for "
            f"{age // timedelta(hours=1):,} hours",
            "`mailtracer search status:deferred` lists them.",
        )

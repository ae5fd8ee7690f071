"""What detectors found wrong on these days, when it began and when it ended."""

from datetime import datetime

from tracer.insights.detectors import title
from tracer.insights.model import Insight
from tracer.queries.insights import overlapping
from tracer.reports.model import Column, Finding, Request, Row, Section, Table
from tracer.store import Reader

_MOST_FINDINGS = 10


def build(reader: Reader, request: Request) -> Section | None:
    """The section; None where there was nothing, and where only some hosts are asked for.

    Findings are what was grave or is not over.
    """
    if request.hosts:
        return None
    span = request.days.span
    found = overlapping(reader, span.start, span.end)
    found.sort(key=lambda each: (each.severity, each.opened_at))
    if not found:
        return None
    going_on = [each for each in found if each.ended_at is None or each.ended_at >= span.end]
    table = Table(
        "insights",
        "What was wrong",
        [
            Column("title", "What"),
            Column("opened", "From"),
            Column("ended", "Until"),
            Column("text", "In short", is_below=True),
        ],
        [_row(each, request) for each in found[: request.detail]],
    )
    wanted = [each for each in found if each in going_on or each.severity == "critical"]
    sentence = f"{len(found):,} {'thing was' if len(found) == 1 else 'things were'} wrong"
    return Section(
        "insights",
        "What was wrong",
        f"{sentence}, {len(going_on):,} of them at the end of these days.",
        [table] if request.detail else [],
        [Finding("problem", each.text, each.advice) for each in wanted[:_MOST_FINDINGS]],
        about_problems=True,
    )


def _row(insight: Insight, request: Request) -> Row:
    def shown(at: datetime | None) -> str:
        return f"{request.days.local(at):%d %b %H:%M}" if at else "goes on"

    return {
        "title": title(insight.detector),
        "opened": shown(insight.opened_at),
        "ended": shown(insight.ended_at),
        "text": insight.text,
        "detector": insight.detector,
        "subject": insight.subject,
        "severity": insight.severity,
    }

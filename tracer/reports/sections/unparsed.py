"""Lines that are not understood, by program."""

from tracer.queries.report import complaints
from tracer.reports.model import Column, Finding, Request, Section, Table
from tracer.store import Reader

_MANY = 0.01  # of all lines, from which the other figures may miss something


def build(reader: Reader, request: Request) -> Section | None:
    """The section; None where all lines are understood."""
    lines = complaints.lines(reader, request.scope)
    if not lines["unparsed"]:
        return None
    share = lines["unparsed"] / lines["count"]
    table = Table(
        "unparsed",
        "By program",
        [
            Column("program", "Program"),
            Column("count", "Lines", "count"),
            Column("example", "Latest line", is_below=True),
        ],
        complaints.unparsed(reader, request.scope, request.detail) if request.detail else [],
    )
    findings = []
    if share >= _MANY:
        findings = [
            Finding(
                "problem",
                f"{share:.1%} of the lines are not understood: other figures may miss something",
                "`mailtracer coverage` shows what they look like.",
            )
        ]
    return Section(
        "unparsed",
        "Not understood",
        f"{lines['unparsed']:,} of {lines['count']:,} lines are not understood.",
        [table],
        findings,
        about_problems=bool(findings),
    )

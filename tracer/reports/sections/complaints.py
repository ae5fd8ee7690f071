"""What daemons complain of, from panics to warnings, with the latest line of each."""

from tracer.queries.report import complaints
from tracer.reports.model import Column, Finding, Request, Section, Table
from tracer.store import Reader

_GRAVE = ("panic", "fatal", "error")


def build(reader: Reader, request: Request) -> Section:
    """The section."""
    found = complaints.by_event(reader, request.scope)
    counts = {
        severity: sum(row["count"] for row in found if row["severity"] == severity)
        for severity in complaints.SEVERITIES
    }
    table = Table(
        "complaints",
        "By severity and daemon",
        [
            Column("severity", "Severity"),
            Column("program", "Program"),
            Column("event", "Event"),
            Column("count", "Count", "count"),
            Column("example", "Latest line", is_below=True),
        ],
        found[: request.detail],
    )
    findings = []
    if grave := sum(counts[severity] for severity in _GRAVE):
        worst = next(row for row in found if row["severity"] in _GRAVE)
        findings = [
            Finding(
                "problem",
                f"{grave:,} {'line tells' if grave == 1 else 'lines tell'} of errors of the "
                f"server, the gravest of {worst['program']}: {worst['event']}",
                "Read the latest line of each below; docs/events says what an event means.",
            )
        ]
    return Section(
        "complaints",
        "Warnings and errors",
        ", ".join(f"{severity}: {count:,}" for severity, count in counts.items()) + ".",
        [table] if request.detail else [],
        findings,
        about_problems=bool(found),
    )

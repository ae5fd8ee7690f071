"""What was refused: by reason class, with an example each, and whom; and what checks did else."""

from tracer.queries.report import refusals
from tracer.reasons import CLASSES
from tracer.reports.cells import counted
from tracer.reports.model import Column, Finding, Request, Section, Table
from tracer.store import Reader

_MOST_REASONS = 100  # there are some fifty classes
# Refusals that tell of a fault of the server itself, rather than of its clients.
_OURS = ("configuration_error", "storage_full")


def build(reader: Reader, request: Request) -> Section:
    """The section."""
    reasons = refusals.by_reason(reader, request.scope, _MOST_REASONS)
    total = sum(row["count"] for row in reasons)
    tables = []
    if request.detail:
        tables = [
            Table(
                "reasons",
                "By reason",
                [
                    Column("reason", "Reason"),
                    Column("count", "Count", "count"),
                    Column("blocklist", "List"),
                    Column("example_client", "Latest, from", is_below=True),
                    Column("example", "What was said", is_below=True),
                ],
                [
                    {**row, "reason": CLASSES[row["reason_class"]].title}
                    for row in reasons[: request.detail]
                ],
                ("count",),
            ),
            Table(
                "clients",
                "By client",
                [
                    Column("client_address", "Address"),
                    Column("client_name", "Name"),
                    Column("count", "Count", "count"),
                ],
                refusals.by_client(reader, request.scope, request.detail),
            ),
            Table(
                "checks",
                "What checks did otherwise",
                [Column("action", "Action"), Column("count", "Count", "count")],
                refusals.by_action(reader, request.scope),
            ),
        ]
    findings = [
        Finding(
            "problem",
            f"{CLASSES[row['reason_class']].title}: {row['count']:,} times the server itself was "
            "why mail was refused",
            CLASSES[row["reason_class"]].advice,
        )
        for row in reasons
        if row["reason_class"] in _OURS
    ]
    return Section(
        "refusals",
        "Refused",
        f"Refused: {counted(total, 'time')}, commands, recipients or messages; those without a "
        "queue id and postscreen's included.",
        tables,
        findings,
    )

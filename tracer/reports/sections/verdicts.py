"""What scanners and checks said: spam, viruses, DKIM, SPF and DMARC."""

from tracer.queries.report import verdicts
from tracer.reports.model import Column, Request, Section, Table
from tracer.store import Reader

_TITLES = {"spam": "Spam", "dkim": "DKIM", "spf": "SPF", "dmarc": "DMARC"}


def build(reader: Reader, request: Request) -> Section | None:
    """The section; None where nothing was checked, or no details are asked for."""
    results = verdicts.results(reader, request.scope)
    viruses = verdicts.viruses(reader, request.scope, request.detail or 1)
    if not request.detail or not (results or viruses):
        return None
    tables = [
        Table(
            kind,
            _TITLES[kind],
            [Column("result", "Result"), Column("count", "Count", "count")],
            found,
            ("count",),
        )
        for kind in verdicts.CHECKS
        if (found := [row for row in results if row["kind"] == kind])
    ]
    tables.append(
        Table(
            "viruses",
            "Viruses",
            [Column("virus_name", "Virus"), Column("count", "Count", "count")],
            viruses,
        )
    )
    return Section(
        "verdicts",
        "Spam, viruses and signatures",
        "How often each answer was given; a message may be checked more than once.",
        tables,
    )

"""A report as one JSON object; docs/report.md describes it, and it is a contract."""

import json
from datetime import date, datetime

from tracer.reports.model import Report


def render(report: Report) -> str:
    """The whole, ending with a line feed; ASCII alone."""
    request = report.request
    whole = {
        "first_day": request.days.first,
        "last_day": request.days.last,
        "zone": request.days.zone,
        "from": request.days.span.start,
        "until": request.days.span.end,
        "hosts": request.hosts,
        "domains": request.domains,
        "subject": report.subject,
        "line_count": report.line_count,
        "headline": report.headline,
        "findings": [
            {"level": f.level, "text": f.text, "advice": f.advice or None} for f in report.findings
        ],
        "sections": {
            section.name: {
                "sentence": section.sentence,
                **{table.name: [dict(row) for row in table.rows] for table in section.tables},
            }
            for section in report.sections
        },
    }
    return json.dumps(whole, default=_plain) + "\n"


def _plain(value: object) -> str:
    if isinstance(value, datetime):
        return f"{value.isoformat()}Z"
    if isinstance(value, date):
        return value.isoformat()
    raise TypeError(f"no JSON for a {type(value).__name__}")

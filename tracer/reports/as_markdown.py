"""A report as Markdown with GitHub's tables, in which nothing of a log is markup."""

import re
from collections.abc import Iterator

from tracer.cli.terminal import safe
from tracer.reports.cells import cell, is_number, shown_columns
from tracer.reports.model import Report, Table

# What could be markup, HTML, a link by itself or the end of a cell.
_MARKUP = re.compile(r"[\\`*_{}\[\]<>()#+!|~&:@.-]")
_LEVELS = {"problem": "**Problem:**", "change": "Change:"}


def render(report: Report) -> str:
    """The whole, ending with a line feed."""
    return "\n".join([*_lines(report), ""])


def escaped(text: str) -> str:
    """Text that is shown as it is; as entities, which no dialect takes for markup or links."""
    return _MARKUP.sub(lambda match: f"&#{ord(match[0])};", safe(text))


def _lines(report: Report) -> Iterator[str]:
    yield f"# {escaped(report.subject)}"
    yield ""
    yield escaped(report.headline)
    if report.findings:
        yield ""
    for finding in report.findings:
        advice = f" {finding.advice}" if finding.advice else ""
        yield f"- {_LEVELS[finding.level]} {escaped(finding.text)}.{advice}"
    for section in report.sections:
        yield ""
        yield f"## {section.title}"
        yield ""
        yield escaped(section.sentence)
        for table in section.tables:
            if table.rows:
                yield ""
                yield f"### {table.title}"
                yield ""
                yield from _table(table)


def _table(table: Table) -> Iterator[str]:
    columns = shown_columns(table)
    yield f"| {' | '.join(escaped(c.title) for c in columns)} |"
    yield f"| {' | '.join('---:' if is_number(c) else '---' for c in columns)} |"
    for row in table.rows:
        yield f"| {' | '.join(escaped(cell(c, row)) for c in columns)} |"

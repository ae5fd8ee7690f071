"""A report as plain text: what a terminal, a pipe and a mail's text part get."""

from collections.abc import Iterator
from textwrap import wrap

from tracer.cli.terminal import display_width, safe
from tracer.reports.cells import below, beside, cell, is_number
from tracer.reports.model import Finding, Report, Table

_WIDTH = 78
_CELL = 46  # columns of a cell at most
_MARKS = {"problem": "!", "change": "*"}


def render(report: Report) -> str:
    """The whole, ending with a line feed."""
    return "\n".join([*_lines(report), ""])


def _lines(report: Report) -> Iterator[str]:
    yield safe(report.subject)
    yield "=" * min(display_width(safe(report.subject)), _WIDTH)
    yield ""
    yield from wrap(report.headline, _WIDTH)
    for finding in report.findings:
        yield from _finding(finding)
    for section in report.sections:
        yield ""
        yield ""
        yield section.title.upper()
        yield from wrap(section.sentence, _WIDTH)
        for table in section.tables:
            if table.rows:
                yield ""
                yield table.title
                yield from _table(table)


def _finding(finding: Finding) -> Iterator[str]:
    lines = wrap(safe(finding.text), _WIDTH - 4)
    yield ""
    yield f"{_MARKS[finding.level]} {lines[0]}"
    for line in [*lines[1:], *wrap(finding.advice, _WIDTH - 4)]:
        yield f"  {line}"


def _table(table: Table) -> Iterator[str]:
    """Columns set apart by two blanks; long texts stand below their row."""
    columns = beside(table)
    rows = [[_cut(cell(c, row)) for c in columns] for row in table.rows]
    heads = [c.title for c in columns]
    widths = [max(map(display_width, cells)) for cells in zip(heads, *rows, strict=True)]

    def line(cells: list[str]) -> str:
        padded = (
            " " * (width - display_width(text)) + text
            if is_number(column)
            else text + " " * (width - display_width(text))
            for column, text, width in zip(columns, cells, widths, strict=True)
        )
        return f"  {'  '.join(padded).rstrip()}"

    yield line(heads)
    yield line(["-" * width for width in widths])
    for row, cells in zip(table.rows, rows, strict=True):
        yield line(cells)
        for text in wrap(below(table, row), _WIDTH - 6):
            yield f"      {text}"


def _cut(text: str) -> str:
    return text if len(text) <= _CELL else f"{text[: _CELL - 1]}…"

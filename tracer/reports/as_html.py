"""A report as one HTML page, for mail clients as well as for browsers.

Mail clients know tables, inline styles and little else; most keep a <style>, which only adds the
lines of tables, the dark colours and a phone's width. Colours that are set at all are set for both,
text and ground. Cells have attributes in place of styles: Gmail cuts what is over 102 kB.
"""

import base64
from collections.abc import Callable, Iterator
from html import escape

from tracer.reports import pictures
from tracer.reports.cells import below, beside, cell, is_number
from tracer.reports.model import Column, Finding, Report, Row, Table

_COLOURS: dict[str, pictures.Colour] = {
    "delivered": (0x00, 0x9E, 0x73),
    "deferred": (0xE6, 0x9F, 0x00),
    "bounced": (0xD5, 0x5E, 0x00),
    "rejected": (0xCC, 0x79, 0xA7),
}  # those of the dashboard
_LEVELS = {"problem": ("#b91c1c", "Problem"), "change": ("#a16207", "Change")}
_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_BAR = "#0072b2"
_MANY = 6  # columns, from which on they are set narrow on a phone
_SHORT = 15  # characters that are not broken: an IPv4 address
_STYLE = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
.line { border-top: 1px solid #e5e7eb; }
@media (max-width: 480px) {
  td.page { padding: 12px 8px !important; }
  .wide { display: none !important; }
  .line { padding: 4px 3px !important; font-size: 12px; }
  th.line { font-size: 10px; }
  .many .line { padding: 4px 1px 4px 2px !important; font-size: 11px; }
  .many th.line { font-size: 9px; font-weight: normal; }
  .many td:first-child { white-space: normal; }
}
@media (prefers-color-scheme: dark) {
  body, .ground { background: #111827 !important; color: #e5e7eb !important; }
  .page { background: #1f2937 !important; color: #e5e7eb !important; }
  .quiet { color: #9ca3af !important; }
  .line { border-color: #374151 !important; }
  .note { background: #111827 !important; color: #e5e7eb !important; }
}
"""

Source = Callable[[str, bytes], str]


def render(report: Report) -> str:
    """The whole as one file, its pictures inside."""
    return page(report, lambda name, png: f"data:image/png;base64,{base64.b64encode(png).decode()}")


def page(report: Report, source: Source) -> str:
    """The whole; `source` is given each picture's name and PNG, and says what its src is."""
    return "\n".join([*_page(report, source), ""])


def _page(report: Report, source: Source) -> Iterator[str]:
    subject = _text(report.subject)
    yield '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield '<meta name="color-scheme" content="light dark">'
    yield f"<title>{subject}</title><style>{_STYLE}</style></head>"
    yield (
        f'<body class="ground" style="margin:0;padding:0;background:#f3f4f6;color:#111827;{_FONT}">'
    )
    yield (
        '<table role="presentation" width="100%" cellpadding="0" cellspacing="0"><tr><td '
        'align="center"><table role="presentation" class="page" width="100%" cellpadding="0" '
        'cellspacing="0" style="max-width:720px;background:#ffffff;color:#111827;'
        'table-layout:fixed">'
        '<tr><td class="page" style="padding:24px">'
    )
    yield f'<h1 style="font-size:20px;line-height:1.3;margin:0 0 8px">{subject}</h1>'
    yield f'<p style="font-size:16px;margin:0 0 16px"><strong>{_text(report.headline)}</strong></p>'
    for finding in report.findings:
        yield _finding(finding)
    for section in report.sections:
        yield f'<h2 style="font-size:17px;margin:28px 0 4px">{_text(section.title)}</h2>'
        yield (
            '<p class="quiet" style="font-size:14px;margin:0 0 8px;color:#4b5563">'
            f"{_text(section.sentence)}</p>"
        )
        for table in section.tables:
            if table.rows:
                yield f'<h3 style="font-size:14px;margin:16px 0 4px">{_text(table.title)}</h3>'
                yield from _picture(f"{section.name}-{table.name}", table, source)
                yield from _table(table)
    yield "</td></tr></table></td></tr></table></body></html>"


def _finding(finding: Finding) -> str:
    colour, level = _LEVELS[finding.level]
    advice = f'<br><span class="quiet" style="color:#4b5563">{_text(finding.advice)}</span>'
    return (
        f'<div class="note" style="border-left:4px solid {colour};background:#f9fafb;'
        'color:#111827;padding:8px 12px;margin:0 0 8px;font-size:14px;overflow-wrap:anywhere">'
        f"<strong>{level}:</strong> {_text(finding.text)}{advice if finding.advice else ''}</div>"
    )


def _picture(name: str, table: Table, source: Source) -> Iterator[str]:
    """The counts that have colours, as stacked bars; the table below has the figures."""
    drawn = [column for column in table.columns if column.name in table.bars]
    coloured = [column for column in drawn if column.name in _COLOURS]
    if not coloured:
        return
    stacks = [[_count(row, column) for column in coloured] for row in table.rows]
    png = pictures.bars(stacks, [_COLOURS[column.name] for column in coloured])
    legend = ", ".join(
        f'<span style="color:#{bytes(_COLOURS[c.name]).hex()}">&#9632;</span> {_text(c.title)}'
        for c in coloured
    )
    words = ", ".join(c.title.lower() for c in coloured)
    yield (
        f'<img src="{source(name, png)}" alt="Bars: {_text(words)}; the figures are below" '
        f'width="100%" height="{pictures.HEIGHT}" style="display:block;border:0">'
    )
    yield f'<p class="quiet" style="font-size:12px;margin:2px 0 8px;color:#4b5563">{legend}</p>'


def _table(table: Table) -> Iterator[str]:
    """Examples stand in a row of their own, so that the table fits a phone."""
    columns = beside(table)
    bar = next((c for c in columns if c.name in table.bars and c.name not in _COLOURS), None)
    highest = max((_count(row, bar) for row in table.rows), default=0) if bar else 0
    yield '<div style="overflow-x:auto">'
    many = ' class="many"' if len(columns) >= _MANY else ""
    yield (
        f'<table{many} width="100%" cellpadding="4" cellspacing="0" '
        'style="font-size:13px;overflow-wrap:anywhere"><tr>'
    )
    yield "".join(
        f'<th class="line" align="{"right" if is_number(c) else "left"}" '
        f'style="overflow-wrap:normal">{_text(c.title)}</th>'
        for c in columns
    )
    yield f"{_BAR_HEAD if bar else ''}</tr>"
    for row in table.rows:
        cells = "".join(_cell(c, cell(c, row)) for c in columns)
        yield f'<tr valign="top">{cells}{_bar(_count(row, bar), highest) if bar else ""}</tr>'
        if text := below(table, row):
            yield (
                f'<tr><td colspan="{len(columns) + bool(bar)}" class="quiet" style="color:#4b5563;'
                f'padding:0 4px 8px 16px;font-size:12px;font-family:monospace">{_text(text)}'
                "</td></tr>"
            )
    yield "</table></div>"


_BAR_HEAD = '<th class="line wide"></th>'


def _cell(column: Column, text: str) -> str:
    side = ' align="right"' if is_number(column) else ""
    whole = " nowrap" if is_number(column) or len(text) <= _SHORT else ""
    return f'<td class="line"{side}{whole}>{_text(text)}</td>'


def _bar(count: int, highest: int) -> str:
    """A bar of a table's own, which every client shows."""
    width = round(100 * count / highest) if highest else 0
    return (
        '<td class="line wide" width="25%">'
        '<table role="presentation" width="'
        f'{max(width, 1)}%" cellpadding="0" cellspacing="0"><tr><td height="10" bgcolor="{_BAR}" '
        f'style="background:{_BAR};font-size:1px;line-height:10px">&nbsp;</td></tr></table></td>'
    )


def _count(row: Row, column: Column) -> int:
    value = row.get(column.name)
    return value if isinstance(value, int) else 0


def _text(text: str) -> str:
    """Text of anybody, as text."""
    return escape(text)

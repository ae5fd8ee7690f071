"""Values of tables as people read them, the same in each format for people."""

from tracer.cli.terminal import safe
from tracer.reports.model import Column, Row, Table

_KIBI = 1024


def cell(column: Column, row: Row) -> str:
    """What a cell shows; characters that a terminal would obey or hide are escaped."""
    value = row.get(column.name)
    match column.kind, value:
        case _, None:
            return ""
        case "bytes", int():
            return size(value)
        case "seconds", int() | float():
            return duration(value)
        case "change", int() | float():
            return f"{value:+.0%}"
        case "count", int():
            return f"{value:,}"
    return safe(str(value))


def is_number(column: Column) -> bool:
    """Whether it is set to the right."""
    return column.kind != "text"


def shown_columns(table: Table) -> list[Column]:
    """Those that say anything in some row, with the first of them."""
    first, *others = table.columns
    return [first, *(c for c in others if any(row.get(c.name) is not None for row in table.rows))]


def beside(table: Table) -> list[Column]:
    """The columns that stand beside each other where there is little room."""
    return [column for column in shown_columns(table) if not column.is_below]


def below(table: Table, row: Row) -> str:
    """What stands below a row then: `bob@remote.example, 3ECD5194464: Connection refused`."""
    shown = [text for c in table.columns if c.is_below and (text := cell(c, row))]
    return ": ".join(part for part in (", ".join(shown[:-1]), *shown[-1:]) if part)


def counted(count: int, noun: str) -> str:
    """`1 message`, `2,000 messages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def size(count: int) -> str:
    """Bytes: `12.3 MiB`."""
    amount = float(count)
    for unit in ("B", "KiB", "MiB", "GiB"):
        if amount < _KIBI:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= _KIBI
    return f"{amount:,.1f} TiB"


def duration(seconds: float) -> str:
    """Seconds: `0.4 s`, `37 min`, `15.1 h`."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:,.1f} h"

"""Lines by their positions or times, as SQL that reads only the parts of a table that hold them.

DuckDB skips what a scan does not want where its bounds are written out, but not by several bounds
at once: so each part of a table is a scan of its own.
"""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from tracer.queries.overview import Range

_NEAR_LINES = 2_000  # parts of a table that are nearer are read as one
_NEAR_TIME = timedelta(minutes=30)

_T = TypeVar("_T", int, datetime)


def among(positions: Iterable[int]) -> str:
    """The condition that `position` is one of them: with numbers written out, scans are pruned."""
    numbers = ", ".join(str(int(position)) for position in positions)
    return f"position IN ({numbers})" if numbers else "false"


def within(span: Range, table: str = "") -> str:
    """The condition that what happened is of $host, where this is not NULL, and within a span.

    Times are written out: scans skip what is outside, as events are stored roughly in their order.
    table: the alias by which `occurred_at` and `host` are named where others have such columns.
    """
    of = f"{table}." if table else ""
    return (
        f"{of}occurred_at >= TIMESTAMP '{span.start}' AND {of}occurred_at < TIMESTAMP '{span.end}'"
        f" AND ($host IS NULL OR coalesce({of}host, '') = $host)"
    )


def around(columns: str, table: str, spans: Iterable[tuple[int, int]]) -> str:
    """The rows of a table from one position to another, of each span, and some between spans."""
    return _scans(
        f"SELECT {columns} FROM {table} WHERE position BETWEEN {int(first)} AND {int(last)}"
        for first, last in _joined(spans, lambda last: last + _NEAR_LINES)
    )


def during(columns: str, spans: Iterable[tuple[datetime, datetime]]) -> str:
    """The rows of `event_rows` from one time to another, of each span, and some between spans."""
    return _scans(
        f"SELECT {columns} FROM event_rows "
        f"WHERE occurred_at BETWEEN TIMESTAMP '{first}' AND TIMESTAMP '{last}'"
        for first, last in _joined(spans, lambda last: last + _NEAR_TIME)
    )


def _scans(scans: Iterable[str]) -> str:
    return f"({' UNION ALL '.join(scans)})"


def _joined(spans: Iterable[tuple[_T, _T]], reach: Callable[[_T], _T]) -> list[tuple[_T, _T]]:
    """Spans in their order, with those joined that are near each other."""
    joined: list[tuple[_T, _T]] = []
    for first, last in sorted(spans):
        if joined and first <= reach(joined[-1][1]):
            joined[-1] = joined[-1][0], max(last, joined[-1][1])
        else:
            joined.append((first, last))
    return joined

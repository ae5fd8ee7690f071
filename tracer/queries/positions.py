"""Lines by their positions, as SQL that reads only the parts of a table that hold them."""

from collections.abc import Iterable

from tracer.queries.overview import Range


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

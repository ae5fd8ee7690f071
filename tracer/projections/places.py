"""Positions in statements: as literal numbers, so that scans are pruned, unlike with parameters."""

from collections.abc import Iterable


def placed(sql: str, first_position: int, last_position: int) -> str:
    """The statement with these numbers for `$first` and `$last`."""
    return sql.replace("$first", str(int(first_position))).replace("$last", str(int(last_position)))


def of_events(events: Iterable[str]) -> str:
    """FROM clause of the rows of `event_rows` at $first to $last that are of these events.

    Where IN names them, DuckDB reads all columns of all rows first; with this, of these alone.
    """
    listed = ", ".join(f"'{event}'" for event in events)
    return f"""(
        FROM event_rows
        WHERE position BETWEEN $first AND $last AND list_contains([{listed}], event)
    )"""

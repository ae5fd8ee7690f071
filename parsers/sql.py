"""Literals of SQL."""


def quote(text: str) -> str:
    """A string literal."""
    return "'" + text.replace("'", "''") + "'"


def literal(value: str | int | float | bool | None) -> str:
    """A literal of the value's own type."""
    if value is None:
        return "NULL"
    return quote(value) if isinstance(value, str) else str(value).lower()

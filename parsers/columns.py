"""The columns that events have: as everybody reads them, and as they are stored."""

from collections.abc import Iterable

from parsers.fields import FIELDS, OWN_COLUMNS

# Where a line stands; the store knows it.
PLACE_COLUMNS = {
    "position": "BIGINT",
    "source_id": "INTEGER",
    "generation": "INTEGER",
    "byte_offset": "BIGINT",
}

# The columns of `events`, in order: name -> SQL type. `extra`: a JSON object of the pairs whose
# keys no shape knows. `repeated`: how many such events the line stands for, NULL for one.
EVENT_COLUMNS = {
    **PLACE_COLUMNS,
    "occurred_at": "TIMESTAMP",
    "host": "VARCHAR",
    "program": "VARCHAR",
    "instance": "VARCHAR",
    "pid": "BIGINT",
    "repeated": "BIGINT",
    "event": "VARCHAR",
    **{field.name: field.sql_type for field in FIELDS.values()},
    "extra": "VARCHAR",
}

# The columns that are stored: fields that few lines have share the JSON object `rest`.
STORED_COLUMNS = {
    name: sql_type
    for name, sql_type in EVENT_COLUMNS.items()
    if (name not in FIELDS and name != "extra") or name in OWN_COLUMNS
} | {"rest": "VARCHAR"}


def events_select(stored: str, names: Iterable[str] = EVENT_COLUMNS) -> str:
    """EVENT_COLUMNS, or some, as a SELECT over `stored`, a table (or query) of STORED_COLUMNS."""
    columns = ", ".join(
        name if name in STORED_COLUMNS else f"{_unpacked(name, sql_type)} AS {name}"
        for name, sql_type in ((name, EVENT_COLUMNS[name]) for name in names)
    )
    return f"SELECT {columns} FROM {stored}"


def _unpacked(name: str, sql_type: str) -> str:
    if name == "extra":
        return "nullif(json_extract(rest, '$.extra')::VARCHAR, 'null')"
    value = f"json_extract_string(rest, '$.{name}')"
    return value if sql_type == "VARCHAR" else f"CAST({value} AS {sql_type})"

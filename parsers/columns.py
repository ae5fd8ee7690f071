"""The columns that events have: as everybody reads them, and as they are stored."""

from collections.abc import Collection

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


def events_select(stored: str, names: Collection[str] = EVENT_COLUMNS) -> str:
    """EVENT_COLUMNS, or some, as a SELECT over `stored`, a table (or query) of STORED_COLUMNS.

    Where some are named, `rest` is taken apart once for all of them: name no more than are needed.
    """
    packed = [name for name in names if name not in STORED_COLUMNS]
    if names is EVENT_COLUMNS or len(packed) < 2:
        values = {name: _unpacked(name) for name in packed}
    else:
        paths = ", ".join(f"'$.{name}'" for name in packed)
        stored = f"(SELECT *, json_extract_string(rest, [{paths}]) AS unpacked FROM {stored})"
        values = {name: f"unpacked[{number}]" for number, name in enumerate(packed, 1)}
    columns = ", ".join(
        f"CAST({values[name]} AS {EVENT_COLUMNS[name]}) AS {name}" if name in values else name
        for name in names
    )
    return f"SELECT {columns} FROM {stored}"


def _unpacked(name: str) -> str:
    if name == "extra":
        return "nullif(json_extract(rest, '$.extra')::VARCHAR, 'null')"
    return f"json_extract_string(rest, '$.{name}')"

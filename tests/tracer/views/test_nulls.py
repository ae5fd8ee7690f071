"""docs/schema.md tells of each column whether it may be NULL; it must be so."""

import pytest

from tracer.store import Reader
from tracer.store.meanings import NEVER_NULL, TABLES


def test_all_tables_are_told_of() -> None:
    assert NEVER_NULL.keys() == TABLES.keys()


@pytest.mark.parametrize("table", TABLES)
def test_no_column_is_null_that_is_said_to_hold_a_value(day: Reader, table: str) -> None:
    columns = day.query(
        "SELECT column_name AS name, is_nullable FROM duckdb_columns() "
        "WHERE NOT internal AND table_name = $table",
        {"table": table},
    ).to_pylist()
    never = set(NEVER_NULL[table])
    assert never <= {column["name"] for column in columns}
    assert {column["name"] for column in columns if not column["is_nullable"]} <= never
    nulls = ", ".join(f"count(*) - count({name}) AS {name}" for name in NEVER_NULL[table])
    (found,) = day.query(f"SELECT {nulls} FROM {table}").to_pylist()
    assert found == dict.fromkeys(NEVER_NULL[table], 0)

"""Which tables and views there are to ask, and their columns."""

from tracer.store import Reader


def tables(reader: Reader) -> dict[str, dict[str, str]]:
    """Columns with their types, by the names of tables and views, in the store's own order."""
    rows = reader.query("""
        SELECT table_name, column_name, data_type FROM duckdb_columns()
        WHERE NOT internal AND schema_name = 'main' AND database_name = current_database()
        ORDER BY table_name, column_index
    """).to_pylist()
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        found.setdefault(row["table_name"], {})[row["column_name"]] = row["data_type"]
    return found

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


def functions(reader: Reader) -> list[str]:
    """The names of functions that give a value."""
    return _names(
        reader,
        "SELECT DISTINCT function_name AS name FROM duckdb_functions() WHERE function_type IN "
        "('scalar', 'aggregate', 'macro') AND regexp_full_match(function_name, '[a-z]\\w*')",
    )


def keywords(reader: Reader) -> list[str]:
    """The words that DuckDB's SQL reserves or knows."""
    return _names(reader, "SELECT DISTINCT keyword_name AS name FROM duckdb_keywords()")


def _names(reader: Reader, sql: str) -> list[str]:
    return [str(row["name"]) for row in reader.query(f"{sql} ORDER BY name").to_pylist()]

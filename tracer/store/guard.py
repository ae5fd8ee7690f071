"""Which statements readers may run, and how values get into them.

Three things hold together: the statement is exactly one, of a kind that reads, over table
functions that only read (here); its transaction is READ ONLY (tracer.store.statements); and the
whole process can neither reach other files nor change settings (tracer.store.database).
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime

import duckdb

from tracer.store.reading import QueryError

_KINDS = frozenset({duckdb.StatementType.SELECT, duckdb.StatementType.EXPLAIN})
_EXPLAIN = re.compile(r"\s*EXPLAIN\s+(?:ANALYZE\s+)?(?:\(\s*FORMAT\s+\w+\s*\)\s*)?", re.I)
_TABLE_FUNCTIONS = re.compile(
    "range|generate_series|unnest|repeat|json_each|json_tree|histogram|histogram_values|"
    "pg_timezone_names|duckdb_(?:columns|constraints|databases|functions|indexes|keywords|memory|"
    "schemas|settings|tables|types|views)|"
    "pragma_(?:database_size|show|storage_info|table_info|version)"
)


def check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse anything but exactly one SELECT or EXPLAIN, over harmless table functions.

    The last matters: `SELECT * FROM enable_logging(...)` is a SELECT, and can end the process.
    """
    statements = connection.extract_statements(sql)
    if len(statements) != 1 or statements[0].type not in _KINDS:
        raise QueryError("only a single SELECT (or EXPLAIN, DESCRIBE, SHOW TABLES) can be run")
    query = statements[0].query
    if statements[0].type == duckdb.StatementType.EXPLAIN:
        query = _EXPLAIN.sub("", query)
    rows = connection.execute(f"SELECT json_serialize_sql({literal(query)})").fetchall()
    tree = json.loads(rows[0][0])
    if tree["error"]:
        raise QueryError(f"the statement cannot be checked: {tree['error_message']}")
    for name in _table_functions(tree):
        if not _TABLE_FUNCTIONS.fullmatch(name):
            raise QueryError(f"the table function {name} cannot be used")


def _table_functions(node: object) -> Iterator[str]:
    """The names of all table functions in a parsed statement."""
    if isinstance(node, dict):
        if node.get("type") == "TABLE_FUNCTION":
            yield node["function"]["function_name"].lower()
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _table_functions(child)


def literal(value: object) -> str:
    """A value as an SQL constant."""
    match value:
        case None:
            return "NULL"
        case bool() | int():
            return str(value).upper()
        case float():
            return f"'{value!r}'::DOUBLE"
        case str():
            return "'" + value.replace("'", "''").replace("\0", "' || chr(0) || '") + "'"
        case bytes():
            return "'" + "".join(f"\\x{byte:02X}" for byte in value) + "'::BLOB"
        case datetime():
            kind = "TIMESTAMP" if value.tzinfo is None else "TIMESTAMPTZ"
            return f"{kind} '{value.isoformat(sep=' ')}'"
        case date():
            return f"DATE '{value.isoformat()}'"
        case list() | tuple():
            return f"[{', '.join(map(literal, value))}]"
    raise TypeError(f"no parameter can be a {type(value).__name__}")

"""Which statements readers may run, and how values get into them.

Three things hold together: the statement is exactly one, of a kind that reads, over table
functions that only read (here); its transaction is READ ONLY (tracer.store.statements); and the
whole process can neither reach other files nor change settings (tracer.store.database).
"""

import json
import re
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any

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
# Functions that do more than compute: one writes, one plans any statement that it is given as text.
_REFUSED = frozenset({"write_log", "json_serialize_plan"})
# Functions that make as much as a number says, at once: DuckDB counts no memory then, nor stops.
_GROWING = frozenset(
    {"range", "generate_series", "repeat", "lpad", "rpad", "list_resize", "array_resize", "bar"}
)
_LARGEST_SIZE = 1_000_000
_STEPPING = frozenset({"range", "generate_series"})
_FORMATTING = frozenset({"format", "printf"})
_WIDE = re.compile(r"[0-9]{5}")


def check(connection: duckdb.DuckDBPyConnection, sql: str) -> None:
    """Refuse anything but exactly one SELECT or EXPLAIN, of harmless functions.

    The last matters: `SELECT * FROM enable_logging(...)` is a SELECT, and can end the process.
    """
    statements = connection.extract_statements(sql)
    kind = _kind(statements[0]) if len(statements) == 1 else None
    if kind not in _KINDS:
        raise QueryError("only a single SELECT (or EXPLAIN, DESCRIBE, SHOW TABLES) can be run")
    query = statements[0].query
    if kind == duckdb.StatementType.EXPLAIN:
        query = _EXPLAIN.sub("", query)
    rows = connection.execute(f"SELECT json_serialize_sql({literal(query)})").fetchall()
    tree = json.loads(rows[0][0])
    if tree["error"]:
        raise QueryError(f"the statement cannot be checked: {tree['error_message']}")
    for node in _nodes(tree):
        if node.get("type") == "TABLE_FUNCTION":
            name = node["function"]["function_name"].lower()
            if not _TABLE_FUNCTIONS.fullmatch(name):
                raise QueryError(f"the table function {name} cannot be used")
            # It gives rows as they are asked for, however many; what it is given is looked at.
            node["function"] = node["function"]["children"]
        elif name := node.get("function_name", "").lower():
            _check_function(name, node["children"])


def _kind(statement: duckdb.Statement) -> duckdb.StatementType | None:
    try:
        return statement.type
    except ValueError:  # of kinds that DuckDB's Python module has no name for
        return None


def _check_function(name: str, arguments: list[dict[str, Any]]) -> None:
    if name in _REFUSED:
        raise QueryError(f"the function {name} cannot be used")
    if name in _GROWING:
        numbers = [argument["value"].get("value") for argument in arguments if "value" in argument]
        if any(isinstance(n, int) and abs(n) > _LARGEST_SIZE for n in numbers):
            raise QueryError(f"{name}() may make at most {_LARGEST_SIZE:,} at once")
    # By steps of an interval DuckDB counts one by one, for as long as it takes.
    if name in _STEPPING and len(arguments) > 2 and not isinstance(_constant(arguments[2]), int):
        raise QueryError(f"{name}() with steps of time can only be used in FROM: FROM {name}(...)")
    if name in _FORMATTING and arguments and _WIDE.search(str(_constant(arguments[0]))):
        raise QueryError(f"{name}() may make a field at most 9,999 wide")


def _constant(node: dict[str, Any]) -> object:
    return node["value"].get("value") if "value" in node else None


def _nodes(node: object) -> Iterator[dict[str, Any]]:
    """All parts of a parsed statement, those that hold others first."""
    if isinstance(node, dict):
        yield node
        node = list(node.values())
    if isinstance(node, list):
        for child in node:
            yield from _nodes(child)


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

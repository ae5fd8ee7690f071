"""How rows of a query are written, as they come: as text, or in a file of Arrow's kinds.

What a log says is hostile: the table obeys no control character, and a CSV cell that a
spreadsheet would take for a formula is made text.
"""

import json
import math
import re
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import count, islice
from typing import BinaryIO

import pyarrow as pa
from pyarrow import compute

from tracer.cli.terminal import display_width, safe
from tracer.errors import TracerError
from tracer.reports.as_markdown import escaped
from tracer.store import Rows

TABLE_ROWS = 1000
CELL_WIDTH = 200  # columns of a table's cell; what is longer is cut
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ZERO_FRACTION = re.compile(r"\.0+(?=[+-]|$)")
_EXPLAIN_COLUMNS = ["explain_key", "explain_value"]


def write_table(rows: Rows, out: BinaryIO) -> None:
    """Aligned columns, numbers to the right; the first TABLE_ROWS rows."""
    if rows.schema.names == _EXPLAIN_COLUMNS:
        _write_plans(rows, out)
        return
    found = list(islice(_tuples(rows), TABLE_ROWS + 1))
    shown = [[_table_cell(value) for value in row] for row in found[:TABLE_ROWS]]
    names = [_cut(safe(name)) for name in rows.schema.names]
    widths = [max(map(display_width, column)) for column in zip(names, *shown, strict=True)]
    right = [_is_number(field.type) for field in rows.schema]
    for cells in (names, ["-" * width for width in widths], *shown):
        line = "  ".join(
            _pad(cell, width, to_right)
            for cell, width, to_right in zip(cells, widths, right, strict=True)
        )
        out.write(line.rstrip().encode() + b"\n")
    if len(found) > TABLE_ROWS:
        print(
            f"mailtracer: these are the first {TABLE_ROWS} rows; add a LIMIT, or use --format csv",
            file=sys.stderr,
        )


def write_csv(rows: Rows, out: BinaryIO) -> None:
    """RFC 4180 with line feeds; NULL is an empty cell, empty text is `""`.

    On a terminal, what it would obey is escaped.
    """
    shown = safe if out.isatty() else str
    out.write(shown(",".join(map(_csv_text, rows.schema.names))).encode() + b"\n")
    for row in _tuples(rows):
        out.write(shown(",".join(map(_csv_cell, row))).encode() + b"\n")


def write_json(rows: Rows, out: BinaryIO) -> None:
    """An array with an object for each row."""
    before = b"["
    for line in _objects(rows):
        out.write(before + b"\n" + line)
        before = b","
    out.write(b"[]\n" if before == b"[" else b"\n]\n")


def write_jsonl(rows: Rows, out: BinaryIO) -> None:
    """One object a line."""
    for line in _objects(rows):
        out.write(line + b"\n")


def _objects(rows: Rows) -> Iterator[bytes]:
    names = _unique(rows.schema.names)
    for row in _tuples(rows):
        yield _json(dict(zip(names, row, strict=True))).encode()


def write_markdown(rows: Rows, out: BinaryIO) -> None:
    """A table as GitHub has them, in which nothing of a log is markup."""
    rules = ("---:" if _is_number(field.type) else "---" for field in rows.schema)
    out.write(f"| {' | '.join(map(escaped, rows.schema.names))} |\n".encode())
    out.write(f"| {' | '.join(rules)} |\n".encode())
    for row in _tuples(rows):
        out.write(f"| {' | '.join(map(_markdown_cell, row))} |\n".encode())


def write_parquet(rows: Rows, out: BinaryIO) -> None:
    """A Parquet file."""
    from pyarrow import parquet  # 30 ms that only this format needs

    schema = _named_apart(rows.schema)
    try:
        with parquet.ParquetWriter(pa.PythonFile(_Sink(out), mode="w"), schema) as writer:
            for batch in rows:
                writer.write_batch(batch.rename_columns(schema.names))
    except pa.ArrowNotImplementedError as error:
        raise TracerError(f"Parquet has no such type: {error}; CAST the column") from error


def write_arrow(rows: Rows, out: BinaryIO) -> None:
    """A stream of Arrow's IPC."""
    schema = _named_apart(rows.schema)
    with pa.ipc.new_stream(pa.PythonFile(_Sink(out), mode="w"), schema) as stream:
        for batch in rows:
            stream.write_batch(batch.rename_columns(schema.names))


def _named_apart(schema: pa.Schema) -> pa.Schema:
    return pa.schema(
        [field.with_name(name) for field, name in zip(schema, _unique(schema.names), strict=True)]
    )


FORMATS: Mapping[str, Callable[[Rows, BinaryIO], None]] = {
    "table": write_table,
    "csv": write_csv,
    "json": write_json,
    "jsonl": write_jsonl,
    "markdown": write_markdown,
    "parquet": write_parquet,
    "arrow": write_arrow,
}
BINARY = ("parquet", "arrow")
TEXTS = tuple(name for name in FORMATS if name not in BINARY)


# -- values -------------------------------------------------------------------------------------


def _tuples(rows: Rows) -> Iterator[tuple[object, ...]]:
    """Rows of plain values: text, int, float, bool, None, lists and dicts of them."""
    for batch in rows:
        yield from zip(*(_values(column) for column in batch.columns), strict=True)


def _values(column: pa.Array) -> Sequence[object]:
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind) or pa.types.is_time(kind):
        # Arrow's text, as Python has no times before year 1 or after 9999.
        texts = compute.cast(column, pa.string()).to_pylist()
        return [text and _ZERO_FRACTION.sub("", text) for text in texts]
    values: list[object] = column.to_pylist()
    if pa.types.is_string(kind) or pa.types.is_integer(kind):
        return values
    return [plain(value) for value in values]


def plain(value: object) -> object:
    """A value as text, number, bool, None, or lists and dicts of them."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case Decimal():
            return int(value) if value == value.to_integral_value() else float(value)
        case bytes():
            return "".join(chr(b) if 32 <= b < 127 and b != 92 else f"\\x{b:02X}" for b in value)
        case dict():
            return {str(key): plain(inner) for key, inner in value.items()}
        case pa.MonthDayNano():
            return f"{value.months} months {value.days} days {value.nanoseconds / 1e9:g} seconds"
        case list() | tuple():
            return [plain(inner) for inner in value]
    return str(value)


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _unique(names: Sequence[str]) -> list[str]:
    """The names, told apart by numbers where they are not: `a`, `a_2`."""
    unique: list[str] = []
    for name in names:
        candidates = (name if n == 1 else f"{name}_{n}" for n in count(1))
        unique.append(next(c for c in candidates if c not in unique))
    return unique


# -- tables -------------------------------------------------------------------------------------


def _write_plans(rows: Rows, out: BinaryIO) -> None:
    """EXPLAIN's drawings, whose lines are theirs to break."""
    for _, plan in _tuples(rows):
        for line in str(plan).split("\n"):
            out.write(safe(line).encode() + b"\n")


def _table_cell(value: object) -> str:
    if value is None:
        return "NULL"
    text = value if isinstance(value, str) else _json(value)
    return _cut(safe(text))


def _markdown_cell(value: object) -> str:
    return "" if value is None else escaped(value if isinstance(value, str) else _json(value))


def _cut(text: str) -> str:
    return text if len(text) <= CELL_WIDTH else text[: CELL_WIDTH - 1] + "…"


def _pad(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - display_width(text))
    return blanks + text if right else text + blanks


def _is_number(kind: pa.DataType) -> bool:
    return any(
        test(kind) for test in (pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal)
    )


# -- CSV ----------------------------------------------------------------------------------------


def _csv_cell(value: object) -> str:
    if value is None:
        return ""
    return _csv_text(value) if isinstance(value, str) else _quoted(_json(value))


def _csv_text(text: str) -> str:
    return _quoted(f"'{text}" if text.startswith(_FORMULA_STARTS) else text)


def _quoted(text: str) -> str:
    if text and not any(mark in text for mark in ',"\r\n'):
        return text
    return '"' + text.replace('"', '""') + '"'


# -- Parquet ------------------------------------------------------------------------------------


class _Sink:
    """A file that can tell how much was written, as Parquet wants; a pipe cannot."""

    closed = False

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._written = 0

    def write(self, data: bytes) -> int:
        self._written += len(data)
        return self._out.write(data)

    def tell(self) -> int:
        return self._written

    def flush(self) -> None:
        self._out.flush()

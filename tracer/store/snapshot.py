"""Copies of a store, made beside whoever writes it: a DuckDB file that needs nothing of ours, or
a folder of Parquet files.

All that is copied is read in one transaction, so that it is one state of the store, and passes
through memory in batches.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, time
from itertools import groupby
from operator import itemgetter
from pathlib import Path

import duckdb
import pyarrow as pa

from tracer.store import database
from tracer.store.guard import literal
from tracer.store.meanings import INNER
from tracer.store.reading import Reader
from tracer.store.unfinished import unfinished

TIMEOUT_SECONDS = 24 * 3600.0
_TIMES = ("occurred_at", "minute")  # of which a table has one or none
_SETTINGS = {
    # what clients since DuckDB 1.2 read, and the first that has zstd for strings
    "storage_compatibility_version": "v1.2.0",
    "memory_limit": "256MB",
    "threads": "1",
    "python_enable_replacements": "false",
}
_ROWS_INSERTED = 122_880  # a row group of DuckDB's: more in a transaction take ever more memory
_ROWS_WRITTEN = 40_960  # a row group of Parquet: larger ones of `events` take more than there is

OnStep = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Span:
    """What a copy is cut to: naive UTC, `end` excluded; None for all."""

    start: datetime | None = None
    end: datetime | None = None

    @property
    def is_all(self) -> bool:
        """Whether nothing is left out."""
        return self.start is None and self.end is None

    def condition(self, column: str, last: str | None = None) -> str:
        """That a time is in it; or that it overlaps a span from one column to another."""
        parts = []
        if self.start is not None:
            parts.append(f'"{last or column}" >= {literal(self.start)}')
        if self.end is not None:
            parts.append(f'"{column}" < {literal(self.end)}')
        return " AND ".join(parts)

    def of_days(self, column: str) -> str:
        """That some of a day is in it."""
        whole = Span(self.start and datetime.combine(self.start, time()), self.end)
        return whole.condition(column)


@dataclass(frozen=True, slots=True)
class _Object:
    """A table or view.

    sql: what makes it. row_count: as DuckDB estimates; 0 for a view. columns: that are stored.
    """

    name: str
    is_view: bool
    sql: str
    row_count: int
    columns: Sequence[str]

    def select(self, span: Span) -> str:
        """A table's rows within a span."""
        names = ", ".join(f'"{name}"' for name in self.columns)
        condition = "" if span.is_all else self._condition(span)
        return f'SELECT {names} FROM "{self.name}"' + (condition and f" WHERE {condition}")

    def _condition(self, span: Span) -> str:
        for column in _TIMES:
            if column in self.columns:
                return span.condition(column)
        if "day" in self.columns:
            return span.of_days("day")
        if self.name == "messages":
            return span.condition("first_at", "last_at")
        if "position" in self.columns:  # as the event of the line has it
            return (
                "position IN (SELECT position FROM event_rows "
                f"WHERE {span.condition('occurred_at')})"
            )
        return ""


def to_duckdb(reader: Reader, target: Path, span: Span, on_step: OnStep, *, replace: bool) -> None:
    """Make `target` a DuckDB file with the store's tables and views: a store itself.

    on_step: is given, for each step, which table is being copied, and what share of all is done.
    replace: see unfinished(). Raises TracerError where it cannot be made.
    """
    with (
        unfinished(target, replace=replace) as place,
        database.translated(target),
        closing(duckdb.connect(str(place), config={**_SETTINGS})) as copy,
    ):
        place.chmod(0o600)
        _fill(copy, reader, span, on_step)
        copy.execute("CHECKPOINT")


def to_parquet(reader: Reader, target: Path, span: Span, on_step: OnStep, *, replace: bool) -> None:
    """Make `target` a folder with a Parquet file for each table and view of the public schema.

    Views are computed here, from a copy of the tables, so that the owner does not have to.
    See to_duckdb.
    """
    with (
        unfinished(target, replace=replace) as place,
        database.translated(target),
        closing(duckdb.connect(str(place.with_suffix(".copy")), config={**_SETTINGS})) as copy,
    ):
        place.mkdir(mode=0o700)
        public = [found for found in _fill(copy, reader, span, on_step) if found not in INNER]
        for number, name in enumerate(public):
            on_step(f"{name}.parquet", number / len(public))
            file = place / f"{name}.parquet"
            copy.execute(
                f'COPY "{name}" TO {literal(str(file))} '
                f"(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROWS_WRITTEN})"
            )
            file.chmod(0o600)


def _fill(
    copy: duckdb.DuckDBPyConnection, reader: Reader, span: Span, on_step: OnStep
) -> list[str]:
    """Copy the tables and make the views; gives the names of both."""
    objects = _objects(reader)
    tables = [found for found in objects if not found.is_view]
    for table in tables:
        copy.execute(_stored_small(table))
    for table, schema, batches in _copied(reader, tables, span, on_step):
        for rows in _grouped(schema, batches):
            database.insert(copy, table.name, rows)
    _make_views(copy, [found.sql for found in objects if found.is_view])
    return [found.name for found in objects]


def _objects(reader: Reader) -> list[_Object]:
    rows = reader.query("""
        SELECT name, is_view, sql, row_count, columns FROM (
            SELECT table_name AS name, false AS is_view, sql, estimated_size AS row_count
            FROM duckdb_tables() WHERE NOT internal AND NOT temporary
            UNION ALL SELECT view_name, true, sql, 0 FROM duckdb_views() WHERE NOT internal
        ) JOIN (
            SELECT table_name AS name, list(column_name ORDER BY column_index) AS columns
            FROM duckdb_columns()
            WHERE NOT internal AND column_default IS NULL -- which computed columns have
            GROUP BY table_name
        ) USING (name) ORDER BY name
    """).to_pylist()
    return [_Object(**row) for row in rows]


def _copied(
    reader: Reader, tables: Sequence[_Object], span: Span, on_step: OnStep
) -> Iterator[tuple[_Object, pa.Schema, Iterator[pa.RecordBatch]]]:
    """The rows of each, all of one state; those of one must be taken before the next is."""
    total = sum(table.row_count for table in tables) or 1
    before = 0

    def told(
        found: _Object, batches: Iterator[tuple[int, pa.RecordBatch]]
    ) -> Iterator[pa.RecordBatch]:
        done = 0
        for _, batch in batches:
            yield batch
            done = min(done + batch.num_rows, found.row_count)
            on_step(found.name, (before + done) / total)

    selects = [table.select(span) for table in tables]
    numbered = reader.rows_together(selects, timeout_seconds=TIMEOUT_SECONDS)
    for number, group in groupby(numbered, key=itemgetter(0)):
        batches = told(tables[number], group)
        yield tables[number], next(batches).schema, batches
        before += tables[number].row_count


def _stored_small(table: _Object) -> str:
    """What makes the table; DuckDB does not tell that the lines' text is packed."""
    if table.name == "lines":
        return table.sql.replace(
            '"text" VARCHAR NOT NULL', '"text" VARCHAR NOT NULL USING COMPRESSION zstd'
        )
    return table.sql


def _make_views(copy: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Make views, those that others are made of first."""
    while statements:
        waiting = []
        for sql in statements:
            try:
                copy.execute(sql)
            except duckdb.CatalogException:
                waiting.append(sql)
                if len(waiting) == len(statements):
                    raise
        statements = waiting


def _grouped(schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.Table]:
    """Batches as tables of as many rows as are inserted at once."""
    gathered: list[pa.RecordBatch] = []
    rows = 0
    for batch in batches:
        gathered.append(batch)
        rows += batch.num_rows
        if rows >= _ROWS_INSERTED:
            yield pa.Table.from_batches(gathered, schema)
            gathered, rows = [], 0
    if gathered:
        yield pa.Table.from_batches(gathered, schema)

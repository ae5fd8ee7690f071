"""Parsing whole batches of lines inside DuckDB: the same shapes, as vectorised SQL.

The first pass (parsers.dispatch) splits headers and finds each line's form, the second
(parsers.extraction) fills the typed columns; between them a temporary table tells which forms
and months are there. Everything is RE2, so that no line can cost more than linear time.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime

import duckdb

from parsers import dispatch, extraction, headers
from parsers.columns import EVENT_COLUMNS, STORED_COLUMNS, events_select
from parsers.fields import FIELDS
from parsers.registry import registry
from parsers.sql import quote

__all__ = ["EVENT_COLUMNS", "STORED_COLUMNS", "BatchParser", "events_select", "parse_lines"]

_HEADED = "parse_headed"  # the temporary table between the two passes
_FEW = 4_096  # lines up to which it pays to look first which forms they may have


class BatchParser:
    """Parses relations of lines with one DuckDB connection.

    The connection's TimeZone must be UTC. Not for several threads at once.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection, *, program: str | None = None):
        """program: the tag of all lines, which then are bodies without a header."""
        self._connection = connection
        self._registry = registry()
        self._program = program

    def parse(
        self, relation: str, *, zone: str, reference: datetime | None, years: str | None
    ) -> tuple[str, str | None]:
        """Prepare a batch; give the SELECT that yields its events as stored, and its years.

        relation: name of a table with position BIGINT, source_id INTEGER, generation INTEGER,
            byte_offset BIGINT, text VARCHAR; positions ascend within the stream.
        zone: IANA name of the zone of stamps that have none.
        reference: aware time at which the stream was last written, by which the year of its
            first year-less stamp is told; None leaves such lines without a time.
        years: what the last call for this stream gave, None at first.

        The SELECT has the columns STORED_COLUMNS, one row a line, and is good until the next call.
        """
        connection = self._connection
        among = None
        texts = connection.execute(f"SELECT text FROM {relation} LIMIT {_FEW + 1}").fetchall()
        if len(texts) <= _FEW:
            lines = (text for (text,) in texts)
            among = dispatch.candidates(self._registry, lines, self._program)
        headed = dispatch.headed_select(relation, self._registry, self._program, among)
        connection.execute(f"CREATE OR REPLACE TEMP TABLE {_HEADED} AS {headed}")
        counts, first, last = self._survey()
        year = "NULL"
        if first is not None:
            year, years = self._years(first == last, reference, years)
        stamp = f"try_strptime(({year}) || ' ' || stamp, '%Y %b %d %H:%M:%S')"
        if zone != "UTC":
            stamp = f"CAST(timezone({quote(zone)}, {stamp}) AS TIMESTAMP)"
        return extraction.events_of(_HEADED, self._registry, counts, stamp), years

    def _survey(self) -> tuple[dict[int, int], str | None, str | None]:
        """Lines by form, and the alphabetically first and last month of year-less stamps."""
        month = "stamp[:3]) FILTER (stamp[1] > '9'"
        rows = self._connection.execute(
            f"SELECT shape, count(*), min({month}), max({month}) FROM {_HEADED} GROUP BY shape"
        ).fetchall()
        counts = {shape: count for shape, count, _, _ in rows if shape is not None}
        first = min((first for *_, first, _ in rows if first is not None), default=None)
        last = max((last for *_, last in rows if last is not None), default=None)
        return counts, first, last

    def _fetch_one(self, sql: str) -> tuple[object, ...]:
        row = self._connection.execute(sql).fetchone()
        assert row is not None
        return row

    def _years(
        self, one_month: bool, reference: datetime | None, years: str | None
    ) -> tuple[str, str | None]:
        """The year of the batch's year-less stamps as SQL over `position`, and the new state."""
        (stamp,) = self._fetch_one(
            f"SELECT arg_min(stamp, position) FROM {_HEADED} WHERE stamp[1] > '9'"
        )
        month = _month(str(stamp))
        if years is not None:
            year, before = json.loads(years)
            year = headers.year_after(year, before, month)
        elif reference is not None:
            year = headers.first_year(str(stamp), reference)
        else:
            return "NULL", None
        if one_month:
            return str(year), json.dumps([year, month])
        cases = []
        for position, stamp_month in self._month_changes():
            following = headers.year_after(year, month, stamp_month)
            if following != year:
                cases.append(f"WHEN position < {position} THEN {year}")
            year, month = following, stamp_month
        sql = f"CASE {' '.join(cases)} ELSE {year} END" if cases else str(year)
        return sql, json.dumps([year, month])

    def _month_changes(self) -> Iterable[tuple[int, int]]:
        rows = self._connection.execute(
            f"SELECT position, month FROM (SELECT position, stamp[:3] AS month, "
            f"lag(stamp[:3]) OVER (ORDER BY position) AS before FROM {_HEADED} "
            f"WHERE stamp[1] > '9') WHERE month IS DISTINCT FROM before ORDER BY position"
        ).fetchall()
        return [(position, _month(month)) for position, month in rows]


def _month(stamp: str) -> int:
    return headers.MONTHS.index(stamp[:3]) + 1 if stamp[:3] in headers.MONTHS else 1


# -- lines without a store ------------------------------------------------------------------------


def parse_lines(
    texts: Sequence[str],
    *,
    program: str | None = None,
    zone: str = "UTC",
    reference: datetime | None = None,
) -> list[dict[str, object]]:
    """Parse lines with an in-memory database: one dict a line, in order.

    Keys: line, event, occurred_at (naive UTC or None), host, program, pid, queue_id, and fields:
    the other fields that are not NULL. program: the tag of lines that are bodies without a header.
    """
    connection = duckdb.connect()
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute(
        "CREATE TABLE texts AS SELECT unnest(range(len($texts))) AS position, 0 AS source_id, "
        "0 AS generation, 0::BIGINT AS byte_offset, unnest($texts::VARCHAR[]) AS text",
        {"texts": list(texts)},
    )
    select, _ = BatchParser(connection, program=program).parse(
        "texts", zone=zone, reference=reference, years=None
    )
    rows = connection.execute(f"{events_select(f'({select})')} ORDER BY position").fetchall()
    return [
        _as_dict(text, dict(zip(EVENT_COLUMNS, row, strict=True)))
        for text, row in zip(texts, rows, strict=True)
    ]


def _as_dict(line: str, event: dict[str, object]) -> dict[str, object]:
    outer = ("event", "occurred_at", "host", "program", "pid", "queue_id")
    fields = {
        name: json.loads(str(value)) if name == "extra" else value
        for name, value in event.items()
        if value is not None and (name in FIELDS or name == "extra") and name != "queue_id"
    }
    return {"line": line, **{name: event[name] for name in outer}, "fields": fields}

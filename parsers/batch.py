"""Parsing whole batches of lines inside DuckDB: the same shapes, as vectorised SQL.

A batch takes two passes. The first splits headers and finds each line's form: literal text is
tested before a regular expression is, and the first form that fits the whole body wins. The
second runs the expressions of the forms that are present, each over its own lines only, and
puts what they capture into the typed columns. Everything is RE2, so that no line can cost more
than linear time.
"""

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import lru_cache

import duckdb

from parsers import headers
from parsers.fields import FIELDS, OWN_COLUMNS
from parsers.registry import MAX_BODY, UNPARSED, Entry, Registry, registry
from parsers.templates import PAIR_KEY, PAIR_VALUE, RUN, Capture

# The columns of `events`, in order: name -> SQL type. `extra`: a JSON object of the pairs whose
# keys no shape knows.
EVENT_COLUMNS = {
    "position": "BIGINT",
    "source_id": "INTEGER",
    "generation": "INTEGER",
    "byte_offset": "BIGINT",
    "occurred_at": "TIMESTAMP",
    "host": "VARCHAR",
    "program": "VARCHAR",
    "instance": "VARCHAR",
    "pid": "BIGINT",
    "event": "VARCHAR",
    **{field.name: field.sql_type for field in FIELDS.values()},
    "extra": "VARCHAR",
}

# The columns that are stored: fields that few lines have share the JSON object `rest`.
STORED_COLUMNS = {
    name: sql_type
    for name, sql_type in EVENT_COLUMNS.items()
    if name not in FIELDS and name != "extra" or name in OWN_COLUMNS
} | {"rest": "VARCHAR"}

_HEADED = "parse_headed"  # the temporary table between the two passes


def events_select(stored: str) -> str:
    """EVENT_COLUMNS, as a SELECT over `stored`, a table (or query) of STORED_COLUMNS."""
    columns = ", ".join(
        name if name in STORED_COLUMNS else f"{_unpacked(name, sql_type)} AS {name}"
        for name, sql_type in EVENT_COLUMNS.items()
    )
    return f"SELECT {columns} FROM {stored}"


def _unpacked(name: str, sql_type: str) -> str:
    if name == "extra":
        return "nullif(json_extract(rest, '$.extra')::VARCHAR, 'null')"
    value = f"json_extract_string(rest, '$.{name}')"
    return value if sql_type == "VARCHAR" else f"CAST({value} AS {sql_type})"


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
        self._connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_HEADED} AS "
            f"{_headed_select(relation, self._registry, self._program)}"
        )
        shapes, first, last = self._fetch_one(
            f"SELECT list(DISTINCT shape), min(stamp[:3]) FILTER (stamp[1] > '9'), "
            f"max(stamp[:3]) FILTER (stamp[1] > '9') FROM {_HEADED}"
        )
        year, years = "NULL", years
        if first is not None:
            year, years = self._years(first == last, reference, years)
        stamp = f"try_strptime(({year}) || ' ' || stamp, '%Y %b %d %H:%M:%S')"
        if zone != "UTC":
            stamp = f"CAST(timezone({_quote(zone)}, {stamp}) AS TIMESTAMP)"
        present = tuple(sorted(s for s in shapes or () if s is not None))
        return _events_select(self._registry, present).replace("$stamp$", stamp), years

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


# -- first pass: header and form ------------------------------------------------------------------


@lru_cache(16)
def _headed_select(relation: str, shapes: Registry, program: str | None) -> str:
    place = "position, source_id, generation, byte_offset"
    if program is not None:
        daemon = headers.daemon_of(program)
        split = (
            f"SELECT {place}, '' AS stamp, '' AS host, {_quote(program)} AS program, '' AS pid, "
            f"{_quote(daemon)} AS daemon, text AS body FROM {relation}"
        )
    else:
        groups = ", ".join(_quote(name) for name in headers.HEADER_GROUPS)
        daemons = ", ".join(_quote(name) for name in sorted(headers.POSTFIX_DAEMONS))
        split = f"""
            SELECT {place}, stamp, host, program, pid,
                CASE WHEN contains(program, '/') AND split_part(program, '/', -1) IN ({daemons})
                    THEN 'postfix/' || split_part(program, '/', -1) ELSE program END AS daemon,
                CASE WHEN program = '' THEN text ELSE
                    text[length(stamp) + length(host) + length(program) + length(pid)
                        + CASE WHEN pid = '' THEN 5 ELSE 7 END:] END AS body
            FROM (SELECT {place}, text, h.stamp AS stamp, h.host AS host, h.program AS program,
                    h.pid AS pid
                FROM (SELECT *, regexp_extract(text, {_quote("^" + headers.HEADER)}, [{groups}])
                    AS h FROM {relation}))"""
    return (
        f"SELECT {place}, stamp, host, program, pid, body, {_dispatch(shapes)} AS shape "
        f"FROM ({split})"
    )


def _dispatch(shapes: Registry) -> str:
    """The number of the form that a body has, as SQL; NULL where none fits."""
    own = [
        f"WHEN {_quote(daemon)} THEN {_first_fit(entries)}"
        for daemon, entries in shapes.by_daemon.items()
        if daemon != "postfix/*"
    ]
    chosen = f"CASE daemon {' '.join(own)} END" if own else "NULL"
    shared = shapes.by_daemon.get("postfix/*", ())
    if shared:
        chosen = (
            f"coalesce({chosen}, "
            f"CASE WHEN starts_with(daemon, 'postfix/') THEN {_first_fit(shared)} END)"
        )
    return f"CASE WHEN length(body) <= {MAX_BODY} THEN CAST({chosen} AS SMALLINT) END"


def _first_fit(entries: Sequence[Entry]) -> str:
    return f"CASE {' '.join(f'WHEN {_fits(e)} THEN {e.number}' for e in entries)} END"


def _fits(entry: Entry) -> str:
    tests = []
    if entry.form.prefix:
        tests.append(f"starts_with(body, {_quote(entry.form.prefix)})")
    if entry.form.infix:
        tests.append(f"contains(body, {_quote(entry.form.infix)})")
    tests.append(f"regexp_full_match(body, {_quote(entry.form.pattern)})")
    return " AND ".join(tests)


# -- second pass: fields --------------------------------------------------------------------------


@lru_cache(64)
def _events_select(shapes: Registry, present: tuple[int, ...]) -> str:
    """The events of `_HEADED`; `$stamp$` stands for the time of a year-less stamp."""
    entries = [shapes.entries[number - 1] for number in present]
    columns: dict[str, list[str]] = {
        name: [] for name in STORED_COLUMNS if name in OWN_COLUMNS or name == "rest"
    }
    captured = []
    for entry in entries:
        rest = []
        for name, expression, nullable in _field_expressions(entry):
            if name in OWN_COLUMNS:
                columns[name].append(f"WHEN {entry.number} THEN {expression}")
            else:
                rest.append((name, expression, nullable))
        if rest:
            columns["rest"].append(f"WHEN {entry.number} THEN {_packed(rest)}")
        if entry.form.captures:
            names = _names(range(len(entry.form.captures)))
            captured.append(
                f"CASE WHEN shape = {entry.number} THEN regexp_extract(body, "
                f"{_quote(f'^(?:{entry.form.pattern})$')}, {names}) END AS m{entry.number}"
            )
    names_of = {e.number: e.shape.event for e in entries}
    events = ", ".join(
        _quote(names_of.get(number, UNPARSED)) for number in range(1, max(present, default=0) + 1)
    )
    fields = ", ".join(
        f"{_case(whens)} AS {name}" if whens else f"CAST(NULL AS {STORED_COLUMNS[name]}) AS {name}"
        for name, whens in columns.items()
    )
    instance = f"list_contains({list(_postfix_programs())}, split_part(program, '/', -1))"
    return f"""
        SELECT position, source_id, generation, byte_offset,
            CASE WHEN stamp = '' THEN NULL WHEN stamp[1] > '9' THEN $stamp$
                ELSE CAST(TRY_CAST(stamp AS TIMESTAMPTZ) AS TIMESTAMP) END AS occurred_at,
            nullif(host, '') AS host, nullif(program, '') AS program,
            CASE WHEN contains(program, '/') AND {instance}
                THEN split_part(program, '/', 1) END AS instance,
            TRY_CAST(pid AS BIGINT) AS pid,
            {f"coalesce([{events}][shape], '{UNPARSED}')" if events else f"'{UNPARSED}'"} AS event,
            {fields}
        FROM (SELECT {", ".join(["*", *captured])} FROM {_HEADED})"""


def _packed(fields: Sequence[tuple[str, str, bool]]) -> str:
    """A JSON object of fields as (name, SQL, nullable); NULL where it would hold nothing."""
    packed = ", ".join(f"{_quote(name)}, {expression}" for name, expression, _ in fields)
    if all(nullable for _, _, nullable in fields):
        some = " OR ".join(f"({expression}) IS NOT NULL" for _, expression, _ in fields)
        return f"CASE WHEN {some} THEN json_object({packed})::VARCHAR END"
    return f"json_object({packed})::VARCHAR"


def _postfix_programs() -> Iterable[str]:
    return sorted(headers.POSTFIX_DAEMONS)


def _case(whens: Sequence[str]) -> str:
    return f"CASE shape {' '.join(whens)} END"


def _field_expressions(entry: Entry) -> Iterable[tuple[str, str, bool]]:
    """(field, typed SQL, nullable) of all that a form fills, over its captures `m<number>`."""
    for name, value in entry.shape.constants.items():
        yield name, _literal(value), False
    for index, capture in enumerate(entry.form.captures):
        group = f"m{entry.number}.g{index}"
        if capture.field != RUN:
            yield capture.field, _typed(capture, group), capture.nullable
            continue
        for reader in entry.form.pair_readers or ():
            pattern = _quote(f"^(?:{reader.pattern})$")
            for number, inner in enumerate(reader.captures, start=1):
                value = f"regexp_extract({group}, {pattern}, {number})"
                yield inner.field, _typed(inner, value), True
        yield "extra", f"CAST({_unknown_pairs(group, entry.form.known_keys)} AS JSON)", True


def _typed(capture: Capture, group: str) -> str:
    value = capture.atom.sql.format(f"{group}[2:]" if capture.led else group)
    return f"CASE WHEN {group} <> '' THEN {value} END" if capture.nullable else value


def _unknown_pairs(run: str, known: Sequence[str]) -> str:
    """A JSON object of the pairs of a run whose keys are not known, NULL where there are none."""
    pattern = _quote(f", ({PAIR_KEY})=({PAIR_VALUE})")
    names = ", ".join(_quote(key) for key in known)
    unknown = (
        f"list_filter(list_zip(regexp_extract_all({run}, {pattern}, 1), "
        f"regexp_extract_all({run}, {pattern}, 2)), lambda pair: pair[1] NOT IN ({names}))"
    )
    rendered = (
        f"list_transform({unknown}, "
        f"lambda pair: to_json(pair[1])::VARCHAR || ':' || to_json(pair[2])::VARCHAR)"
    )
    return (
        f"CASE WHEN len({unknown}) > 0 THEN '{{' || array_to_string({rendered}, ',') || '}}' END"
    )


def _names(numbers: Iterable[int]) -> str:
    return f"[{', '.join(_quote(f'g{number}') for number in numbers)}]"


def _literal(value: str | int | float | bool) -> str:
    return _quote(value) if isinstance(value, str) else str(value).lower()


def _quote(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


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

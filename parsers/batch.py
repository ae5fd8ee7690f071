"""Parsing whole batches of lines: the shapes as vectorised SQL, in a DuckDB of its own.

Headers are split (parsers.headers), a first pass (parsers.dispatch) finds each line's likely form,
a second (parsers.extraction) fills the typed columns, form by form. Everything is RE2, so that no
line can cost more than linear time. Lines come and events go as Arrow: neither is copied on the
way.
"""

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers import dispatch, extraction
from parsers.arrays import Flags, as_arrow, as_bytes, slices
from parsers.columns import EVENT_COLUMNS, PLACE_COLUMNS, STORED_COLUMNS, events_select
from parsers.escapes import unescaped_columns
from parsers.fields import FIELDS
from parsers.headers import journal, split
from parsers.headers.plain import read_plain
from parsers.registry import UNPARSED, Entry, Registry, registry
from parsers.repeats import unrepeated
from parsers.times import Stamps, read_stamps
from parsers.years import Seconds

_FEW = 300  # lines of a daemon up to which literal text is as soon found in Python
_ROWS = 1_000_000  # more than a batch has: results come in one piece
_TYPES = {
    "VARCHAR": pa.string(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "TIMESTAMP": pa.timestamp("us"),
}
_TEXTS = pa.schema({"line": pa.int64(), "text": pa.string()})
_HEADS = pa.schema({name: _TYPES[each] for name, each in split.HEAD_COLUMNS.items()})
_BODIES = pa.schema({"body": pa.string(), "after": pa.int16()})
Forms = npt.NDArray[np.int16]
_HEADER = ("occurred_at", "host", "program", "instance", "pid", "repeated")  # of an event
_EVENTS = pa.schema(
    {"line": pa.int64()}
    | {name: _TYPES[t] for name, t in STORED_COLUMNS.items() if name not in PLACE_COLUMNS}
)


@dataclass(frozen=True, slots=True)
class Parsed:
    """What a batch of lines says.

    events: a row a line, in any order: line (its number in the batch, from 0) and STORED_COLUMNS
        without PLACE_COLUMNS; occurred_at where the line alone tells it.
    stamps: what tells it for the other lines.
    """

    events: pa.Table
    stamps: Stamps

    def dated(
        self, *, zone: str, reference: datetime | None, front: datetime | None
    ) -> tuple[pa.Table, datetime | None]:
        """The events with their times, and the stream's new front: see Stamps.times."""
        times, front = self.stamps.times(zone, reference, front)
        return self.at(times), front

    def at(self, times: Seconds) -> pa.Table:
        """The events with their times, given for each line in microseconds of UTC."""
        of_events = pa.array(times[self.events["line"].to_numpy()].view("datetime64[us]"))
        place = self.events.column_names.index("occurred_at")
        return self.events.set_column(place, "occurred_at", of_events)


class _Slot:
    """A relation whose rows are exchanged between statements, so that these stay prepared."""

    def __init__(self, table: pa.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def workbench() -> duckdb.DuckDBPyConnection:
    """A database in memory, of one thread: batches are parsed side by side."""
    connection = duckdb.connect(config={"threads": "1", "temp_directory": ""})
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_external_access = false")
    return connection


class BatchParser:
    """Parses batches of lines, one after the other; not for several threads at once."""

    def __init__(self, shapes: Registry | None = None, *, program: str | None = None) -> None:
        """shapes: None for those of this package.

        program: the tag of all lines, which then are bodies without a header.
        """
        self._registry = shapes or registry()
        self._connection = workbench()
        self._texts = self._slot("texts", _TEXTS)
        self._bodies = self._slot("bodies", _BODIES)
        self._prepared: set[str] = set()
        self._likely_names: dict[tuple[str, int, bool], int] = {}
        self._program = program

    def parse(self, texts: pa.Array) -> Parsed:
        """The events of lines, given as strings without the line feeds that end them."""
        heads = self.heads(texts)
        stamps = read_stamps(heads["stamp"], heads["occurred_at"])
        daemons = heads["daemon"].combine_chunks().dictionary_encode()
        bodies = pa.table([heads["line"], daemons, heads["body"]], ["line", "daemon", "body"])
        heads = heads.select(_HEADER)
        events: list[pa.Table] = []
        after = np.zeros(len(texts), np.int16)
        while bodies.num_rows:
            forms = self._likely(bodies, after)
            order = np.argsort(forms, kind="stable")
            bodies = bodies.take(as_arrow(order))
            found, bodies, after = self._read(bodies, forms[order])
            events += found
        return Parsed(unescaped_columns(_joined(events, heads), texts), stamps)

    def heads(self, lines: pa.Array) -> pa.Table:
        """HEAD_COLUMNS and `repeated` (see parsers.repeats) of lines, in their order."""
        heads = self._split(lines)
        bodies = heads["body"]
        if pc.any(pc.ends_with(bodies, "\r")).as_py():  # of a log that was on Windows
            bodies = pc.utf8_rtrim(bodies, "\r")
        bodies, repeated = unrepeated(bodies)
        heads = heads.set_column(heads.column_names.index("body"), "body", bodies)
        return heads.append_column("repeated", repeated)

    def _split(self, lines: pa.StringArray) -> pa.Table:
        """HEAD_COLUMNS of lines, in their order."""
        numbers = as_arrow(np.arange(len(lines)))
        texts = pa.table([numbers, lines], schema=_TEXTS)
        if self._program is not None:
            program = self._program
            return self._run_over(texts, "bodies", lambda: split.bodies_select("texts", program))
        heads, is_plain, is_far = self._plain(lines)
        if is_plain.all():
            return heads
        heads, texts = heads.filter(as_arrow(is_plain)), texts.filter(as_arrow(~is_plain))
        have_fields = pc.match_substring_regex(texts["text"], f"^(?:{journal.BEGINNING})")
        one_by_one = pc.or_(have_fields, as_arrow(is_far[~is_plain]))
        singles, texts = texts.filter(one_by_one), texts.filter(pc.invert(one_by_one))
        others = self._run_over(texts, "others", lambda: split.other_select("texts"))
        heads = pa.concat_tables([heads, others, _heads_one_by_one(singles)])
        return heads.take(as_arrow(np.argsort(heads["line"].to_numpy())))

    def _plain(self, lines: pa.StringArray) -> tuple[pa.Table, Flags, Flags]:
        """HEAD_COLUMNS of plain lines; which they are; of which others it is not sure."""
        found = read_plain(lines)
        is_plain, zoned = found.is_plain, np.flatnonzero(found.is_plain & found.is_zoned)
        ends = as_bytes(lines)[0]
        starts, ends = ends[:-1], ends[1:]
        occurred_at = pa.nulls(len(lines), _TYPES["TIMESTAMP"])
        if len(zoned):
            stamps = slices(lines, starts[zoned], starts[zoned] + found.stamp_ends[zoned])
            texts = pa.table([as_arrow(zoned), stamps], schema=_TEXTS)
            told = self._run_over(texts, "zoned", lambda: split.zoned_select("texts"))
            is_zoned = as_arrow(is_plain & found.is_zoned)
            times = told["occurred_at"].combine_chunks()
            occurred_at = pc.replace_with_mask(occurred_at, is_zoned, times)
            is_plain[zoned] = told["is_plain"].to_numpy()
        origins = found.origins.take(found.codes)
        columns = {
            "line": as_arrow(np.arange(len(lines))),
            "stamp": found.stamps,
            "occurred_at": occurred_at,
            "pid": found.pids,
            "body": slices(lines, np.where(is_plain, starts + found.body_starts, ends), ends),
        } | {name: origins[name] for name in origins.column_names}
        heads = pa.table([columns[name] for name in _HEADS.names], schema=_HEADS)
        return heads, is_plain, found.is_far & ~is_plain

    def _run_over(self, texts: pa.Table, name: str, select: Callable[[], str]) -> pa.Table:
        self._texts.table = texts
        result = self._run(name, select)
        self._texts.table = _TEXTS.empty_table()
        return result

    def _likely(self, bodies: pa.Table, after: Forms) -> Forms:
        """The number of each body's next likely form, 0 where there is none.

        bodies: line, daemon, body. after: the number of the form that it was last found not to
        have; 0 at first.
        """
        forms = np.zeros(bodies.num_rows, np.int16)
        daemons = bodies["daemon"].combine_chunks()
        codes = daemons.indices.to_numpy()
        order = np.argsort(codes, kind="stable")
        starts = np.flatnonzero(np.diff(codes[order], prepend=-1))
        for same in np.split(order, starts[1:]):
            daemon, rows = daemons.dictionary[int(codes[same[0]])].as_py(), same
            for entries in filter(None, self._registry.candidates(daemon)):
                texts = bodies["body"].take(as_arrow(rows))
                tried = pa.table([texts, as_arrow(after[rows])], schema=_BODIES)
                forms[rows] = self._likely_of(daemon, entries, tried)
                rows = rows[forms[rows] == 0]
        return forms

    def _likely_of(self, daemon: str, entries: tuple[Entry, ...], bodies: pa.Table) -> Forms:
        """Which of some forms of one daemon its bodies are likely to have."""
        if bodies.num_rows <= _FEW:
            pairs = zip(bodies["body"].to_pylist(), bodies["after"].to_pylist(), strict=True)
            return np.array([dispatch.likely(entries, *pair) for pair in pairs], np.int16)
        again = bodies["after"][0].as_py() > 0  # as in all of them
        self._bodies.table = bodies
        key = daemon, entries[0].number, again
        name = f"likely_{self._likely_names.setdefault(key, len(self._likely_names))}"
        found = self._run(name, lambda: dispatch.likely_select("bodies", entries, again=again))
        forms: Forms = found["form"].combine_chunks().to_numpy()
        return forms

    def _read(self, bodies: pa.Table, forms: Forms) -> tuple[list[pa.Table], pa.Table, Forms]:
        """Events of the bodies that have their likely form or none; the others, and their form.

        forms: ascending.
        """
        numbers, counts = np.unique(forms, return_counts=True)
        events, others, after, start = [], [bodies.slice(0, 0)], [forms[:0]], 0
        for number, count in zip(numbers.tolist(), counts.tolist(), strict=True):
            rows = bodies.slice(start, count)
            start += count
            if not number:
                events.append(_events(rows, UNPARSED))
                continue
            entry = self._registry.entries[number - 1]
            fields = self._fields(rows["body"], entry)
            fits = fields["fits"]
            if not pc.all(fits).as_py():
                others.append(rows.filter(pc.invert(fits)))
                after.append(np.full(others[-1].num_rows, number, np.int16))
                rows, fields = rows.filter(fits), fields.filter(fits)
            events.append(_events(rows, entry.shape.event, fields))
        return events, pa.concat_tables(others), np.concatenate(after)

    def _fields(self, bodies: pa.ChunkedArray, entry: Entry) -> pa.Table:
        """See extraction.fields_select."""
        nothing = pa.nulls(len(bodies), pa.int16())
        self._bodies.table = pa.table([bodies, nothing], schema=_BODIES)
        return self._run(f"form_{entry.number}", lambda: extraction.fields_select("bodies", entry))

    def _run(self, name: str, select: Callable[[], str]) -> pa.Table:
        """The rows of a statement, which is written and prepared when it is first run."""
        if name not in self._prepared:
            self._connection.execute(f"PREPARE {name} AS {select()}")
            self._prepared.add(name)
        return self._connection.execute(f"EXECUTE {name}").to_arrow_table(_ROWS)

    def _slot(self, name: str, schema: pa.Schema) -> _Slot:
        slot = _Slot(schema.empty_table())
        self._connection.register(name, slot)
        return slot


def _heads_one_by_one(texts: pa.Table) -> pa.Table:
    """The heads of lines that consist of named fields, or that begin at length."""
    lines = zip(texts["line"].to_pylist(), texts["text"].to_pylist(), strict=True)
    rows = [{"line": line, **split.head_of(text)} for line, text in lines]
    return pa.Table.from_pylist(rows, schema=_HEADS)


def _events(rows: pa.Table, event: str, fields: pa.Table | None = None) -> pa.Table:
    """What is known of events but for their headers."""
    columns = {"line": rows["line"], "event": pa.repeat(event, rows.num_rows)}
    if fields is not None:
        columns |= {name: fields[name] for name in fields.column_names if name != "fits"}
    return pa.table(columns)


def _joined(pieces: list[pa.Table], heads: pa.Table) -> pa.Table:
    """Tables of some of the columns of _EVENTS as one, in one piece, with the heads of their lines.

    Every small piece would be a step of its own for whatever reads it. One column after the other
    is joined and its pieces are forgotten, so that there are never two copies of all of them.
    """
    lengths = [piece.num_rows for piece in pieces]
    parts = [dict(zip(piece.column_names, piece.columns, strict=True)) for piece in pieces]
    pieces.clear()
    columns: dict[str, pa.Array] = {}
    for field in _EVENTS:
        if field.name in _HEADER:
            columns[field.name] = heads[field.name].take(columns["line"]).combine_chunks()
            continue
        chunks: list[pa.Array] = []
        for part, length in zip(parts, lengths, strict=True):
            column = part.pop(field.name, None)
            chunks += column.chunks if column is not None else [pa.nulls(length, field.type)]
        columns[field.name] = pa.concat_arrays(chunks) if chunks else pa.nulls(0, field.type)
    return pa.table(columns, schema=_EVENTS)


# -- lines without a store ------------------------------------------------------------------------


class LineParser:
    """Parses the lines of one log, batch by batch, as dicts."""

    def __init__(
        self, shapes: Registry | None = None, *, program: str | None = None, zone: str = "UTC"
    ) -> None:
        """shapes, program: see BatchParser. zone: IANA name of the zone of stamps without one."""
        self._parser = BatchParser(shapes, program=program)
        self._connection = workbench()
        self._zone = zone
        self._front: datetime | None = None

    def parse(self, texts: pa.Array, reference: datetime | None) -> Iterator[dict[str, object]]:
        """One dict of EVENT_COLUMNS a line, in order; reference: see Stamps.times."""
        events, self._front = self._parser.parse(texts).dated(
            zone=self._zone, reference=reference, front=self._front
        )
        self._connection.register("parsed", events)
        places = "line AS position, 0 AS source_id, 0 AS generation, 0 AS byte_offset"
        stored = f"(SELECT {places}, * FROM parsed)"
        rows = self._connection.execute(f"{events_select(stored)} ORDER BY position")
        while row := rows.fetchone():
            yield dict(zip(EVENT_COLUMNS, row, strict=True))


def parse_lines(
    texts: Sequence[str],
    shapes: Registry | None = None,
    *,
    program: str | None = None,
    zone: str = "UTC",
    reference: datetime | None = None,
) -> list[dict[str, object]]:
    """Parse lines of one log: one dict a line, in order.

    Keys: line, event, occurred_at (naive UTC or None), host, program, pid, queue_id, and fields:
    the other fields that are not NULL. program: the tag of lines that are bodies without a header.
    """
    parser = LineParser(shapes, program=program, zone=zone)
    events = parser.parse(pa.array(texts, pa.string()), reference)
    return [_as_dict(text, event) for text, event in zip(texts, events, strict=True)]


def _as_dict(line: str, event: dict[str, object]) -> dict[str, object]:
    outer = ("event", "occurred_at", "host", "program", "pid", "queue_id")
    fields = {
        name: json.loads(str(value)) if name == "extra" else value
        for name, value in event.items()
        if value is not None and (name in FIELDS or name == "extra") and name != "queue_id"
    }
    return {"line": line, **{name: event[name] for name in outer}, "fields": fields}

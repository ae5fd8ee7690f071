"""Events made anew from the kept lines, by the shapes that there are now, and all that follows.

The new events are gathered in a table of their own, which takes the place of the old one at the
end: so the store stays what it was until then, and a replay that was killed goes on where it was.
From then on projections count as out of date; whoever opens the store builds them, if not we.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b
from itertools import chain, islice
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from parsers.batch import BatchParser, Parsed
from parsers.columns import PLACE_COLUMNS, STORED_COLUMNS
from parsers.registry import UNPARSED, Registry, registry
from parsers.times import micros_of
from parsers.years import Seconds
from tracer import __version__
from tracer.sources.reader import CHUNK_LINES, ReadAhead
from tracer.store import database, schema
from tracer.store.repeats import tell_repeated
from tracer.store.streams import Catalog, Key, Source

_TABLE = "replayed_rows"
_BY = "replayed_by"  # in `meta`: the shapes by which that table is filled
_CHUNKS = 2  # in a transaction: see docs/adr/0003-bulk-loads.md

OnStep = Callable[[str, float], None]


@dataclass(frozen=True, slots=True)
class Replayed:
    """How many lines there are, and how many of them are unparsed events before and after."""

    lines: int
    unparsed_before: int
    unparsed: int


def replay(
    path: Path, shapes: Registry | None, on_step: OnStep, *, projections_only: bool
) -> Replayed:
    """Make events and projections anew; nobody else can use the store meanwhile.

    on_step: is given, for each step, what is being made, and what share of it is done.
    """
    with ExitStack() as stack:
        stack.enter_context(database.translated(path))
        stack.enter_context(database.owned(path))
        root = stack.enter_context(closing(database.connect(path, read_only=False, threads=1)))
        connection = stack.enter_context(closing(root.cursor()))
        schema.migrate(connection, path)
        lines, before = _counts(connection)
        if projections_only:
            schema.forget_projections(connection)
        else:
            with closing(root.cursor()) as reading:
                _Replay(connection, reading, shapes or registry()).run(on_step)
        schema.build(connection, on_step=lambda share: on_step("projections", share))
        connection.execute("CHECKPOINT")
        return Replayed(lines, before, _counts(connection)[1])


def _counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, int]:
    """Finished lines, and how many of them are unparsed."""
    ((lines, unparsed),) = connection.execute(
        "SELECT coalesce(sum(line_count), 0)::BIGINT, coalesce(sum(unparsed_count), 0)::BIGINT "
        "FROM sources"
    ).fetchall()
    return lines, unparsed


@dataclass(frozen=True, slots=True)
class _Chunk:
    """Lines as they are stored, each with the time of its event; and what they say now."""

    lines: pa.Table
    parsed: Parsed


class _Replay:
    """Makes the events of a store anew."""

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        reading: duckdb.DuckDBPyConnection,
        shapes: Registry,
    ) -> None:
        """reading: for use in another thread."""
        self._connection = connection
        self._reading = reading
        self._parser = BatchParser(shapes)
        self._by = _fingerprint(shapes)
        self._catalog = Catalog.load(connection)
        self._fronts: dict[Key, datetime | None] = {}

    def run(self, on_step: OnStep) -> None:
        """Make all events anew, from where a replay by the same shapes left off."""
        self._begin()
        ((first, last, done),) = self._connection.execute(
            "SELECT min(position), max(position), "
            f"(SELECT max(position) FROM {_TABLE}) FROM event_rows"
        ).fetchall()
        if first is not None:
            start = first if done is None else done + 1
            with closing(ReadAhead(self._chunks(start, last))) as coming:
                while chunk := next(coming, None):
                    stored = self._store(chain([chunk], islice(coming, _CHUNKS - 1)))
                    on_step("events", (stored + 1 - first) / (last + 1 - first))
        self._end()

    def _begin(self) -> None:
        """Make the table of new events, unless there is one that the same shapes began."""
        by = self._connection.execute(f"SELECT value FROM meta WHERE key = '{_BY}'").fetchall()
        if by == [(self._by,)]:
            return
        with schema.transaction(self._connection):
            self._connection.execute(f"DROP TABLE IF EXISTS {_TABLE}")
            self._connection.execute(schema.events_table(_TABLE))
            self._connection.execute(f"INSERT OR REPLACE INTO meta VALUES ('{_BY}', '{self._by}')")

    def _chunks(self, first: int, last: int) -> Iterator[_Chunk]:
        """The lines from one position to another, without half lines: these have no event."""
        for start in range(first, last + 1, CHUNK_LINES):
            span = f"BETWEEN {start} AND {min(start + CHUNK_LINES - 1, last)}"
            lines = self._reading.execute(
                "SELECT l.position, l.source_id, l.generation, l.byte_offset, l.text, "
                "e.occurred_at FROM lines l JOIN event_rows e USING (position) "
                f"WHERE l.position {span} AND e.position {span} ORDER BY l.position"
            ).to_arrow_table(CHUNK_LINES)
            if lines.num_rows:
                texts = lines["text"].combine_chunks()
                yield _Chunk(lines.drop_columns(["text"]), self._parser.parse(texts))

    def _store(self, chunks: Iterable[_Chunk]) -> int:
        """Add the events of some chunks; the position of the last one."""
        with schema.transaction(self._connection):
            for chunk in chunks:
                events = chunk.parsed.at(self._times(chunk))
                lines = chunk.lines.take(events["line"])
                for name in PLACE_COLUMNS:
                    events = events.append_column(name, lines[name])
                events = events.drop_columns(["line"])
                database.insert(self._connection, _TABLE, events)
                tell_repeated(self._connection, events, _TABLE)
        return int(chunk.lines["position"][-1].as_py())

    def _times(self, chunk: _Chunk) -> Seconds:
        """The time of each line: what its stamp leaves out was worked out when it was stored.

        When the log was written that a line came from, nobody knows any more. A stamp that was not
        understood then is placed among those around it.
        """
        stamps = chunk.parsed.stamps.settled(micros_of(chunk.lines["occurred_at"]))
        times = stamps.known.copy()
        if len(stamps.lines):
            keys = np.stack([chunk.lines[n].to_numpy() for n in ("source_id", "generation")])
            for key in np.unique(keys, axis=1).T:
                rows = np.flatnonzero((keys == key[:, None]).all(axis=0))
                source = self._catalog[int(key[0]), int(key[1])]
                front = self._fronts.get(source.key)
                times[rows], self._fronts[source.key] = stamps.of(rows).times(
                    source.zone, _latest(source), front
                )
        return times

    def _end(self) -> None:
        """Let the new events take the place of the old ones."""
        with schema.transaction(self._connection):
            self._connection.execute("DROP TABLE event_rows")
            self._connection.execute(f"ALTER TABLE {_TABLE} RENAME TO event_rows")
            self._connection.execute(f"DELETE FROM meta WHERE key = '{_BY}'")
            self._connection.execute(f"""
                UPDATE sources s SET unparsed_count = e.unparsed_count, first_at = e.first_at,
                    last_at = e.last_at, front_at = coalesce(s.front_at, e.last_at)
                FROM (
                    SELECT source_id, generation, min(occurred_at) AS first_at,
                        max(occurred_at) AS last_at,
                        count(*) FILTER (event = '{UNPARSED}') AS unparsed_count
                    FROM event_rows GROUP BY source_id, generation
                ) e
                WHERE s.source_id = e.source_id AND s.generation = e.generation
            """)
            schema.forget_projections(self._connection)


def _fingerprint(shapes: Registry) -> str:
    """What is the same for two replays where one may go on with the events of the other."""
    parts = (__version__, *STORED_COLUMNS, *map(repr, shapes.shapes))
    return blake2b("\n".join(parts).encode(), digest_size=16).hexdigest()


def _latest(source: Source) -> datetime:
    """A time (aware) after which no line of a stream was written."""
    latest = source.front_at or source.last_at
    return latest.replace(tzinfo=UTC) if latest else datetime.now(UTC)

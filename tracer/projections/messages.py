"""The table `messages`: one row a life of a queue file, derived from Postfix's events.

A queue id names a file, and short ids come back: within a second of its microseconds another file
may get the same inode. A life is what one message did under an id. Its lines may arrive out of
order by some minutes (pickup after cleanup, local after `removed`), so births and ends are weighed
against that, see `_Life.is_over_at`. Long ids (postconf(5), enable_long_queue_ids) never come
back; their separator `z` tells them.

An id whose lines clearly are one life is folded by plain aggregates, and what follows a life is
merged into it. The rest go through the splitter, which needs all of their lines in order of time.
The table does not depend on how lines were cut into batches, nor on which file was read first:
lines are in order of time, those of one second in the order of their file, and of two files the one
that begins earlier is before the other, as is so where a log was rotated within that second.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from parsers.columns import events_select

NAME = "messages"
VERSION = 2

LATE = timedelta(minutes=5)  # how far from its place a line may be logged
_FEW_ROWS = 1_000  # are found by their positions in a quarter of the time

DDL: tuple[str, ...] = (
    """
    CREATE TABLE messages (
        -- the position of the life's first stored line: no other message ever has it
        message_no BIGINT GENERATED ALWAYS AS (first_position) VIRTUAL,
        host VARCHAR,
        instance VARCHAR,
        queue_id VARCHAR,
        life INTEGER,               -- 1, 2, ... in order of time, for one id
        first_position BIGINT,
        last_position BIGINT,
        first_at TIMESTAMP,         -- UTC, as all times
        last_at TIMESTAMP,
        born_at TIMESTAMP,          -- NULL: its beginning is not in the logs
        removed_at TIMESTAMP,       -- NULL: still in the queue, or its end is not in the logs
        is_removed BOOLEAN,
        message_id VARCHAR,
        envelope_sender VARCHAR,
        size_bytes BIGINT,
        recipient_count BIGINT,
        client_name VARCHAR,
        client_address VARCHAR,
        helo_name VARCHAR,
        protocol VARCHAR,
        sasl_username VARCHAR,
        sasl_method VARCHAR,
        uid BIGINT,
        sent_count BIGINT,          -- delivery attempts by status
        deferred_count BIGINT,
        bounced_count BIGINT,
        last_status VARCHAR         -- of the last attempt
    )
    """,
)

# What a line is to the life it belongs to. What was refused or discarded after RCPT never gets
# into the queue, so no `removed` will follow. qmgr's expiry is no end: `removed` follows it.
_BIRTH, _IDENTIFIED, _QUEUED, _END, _ATTEMPT = 1, 2, 3, 4, 5
_KIND = f"""
    CASE
        WHEN event = 'postfix.delivery_attempted' THEN {_ATTEMPT}
        WHEN event IN ('postfix.client_assigned', 'postfix.message_picked_up') THEN {_BIRTH}
        WHEN event = 'postfix.message_id_logged' THEN {_IDENTIFIED}
        WHEN event = 'postfix.message_queued' THEN {_QUEUED}
        WHEN event IN ('postfix.message_removed', 'postfix.message_deleted',
                       'postfix.message_requeued', 'postfix.message_refused') THEN {_END}
        WHEN event = 'postfix.rejected' AND stage IN ('DATA', 'DATA content', 'BDAT',
            'BDAT content', 'END-OF-MESSAGE', 'header', 'body', 'content', 'mime-error') THEN {_END}
        WHEN event = 'postfix.checked'
            AND action IN ('discard', 'milter-discard', 'milter-header-discard') THEN {_END}
        ELSE 0
    END::UTINYINT
"""

_ID = "host, instance, queue_id"
_OF_ITS_KIND = {"message_id": _IDENTIFIED, "size_bytes": _QUEUED, "recipient_count": _QUEUED}
_OF_ANY_KIND = (
    "client_name", "client_address", "helo_name", "protocol", "sasl_username", "sasl_method", "uid",
)  # fmt: skip
_FIRST_LOGGED = (*_OF_ITS_KIND, *_OF_ANY_KIND)

# A line's place in time as one number: of lines at one time, that of the file which began earlier
# is first, and of one file the one stored first. Its file may have no stored beginning yet: $began.
_AGE = "(epoch_us(occurred_at) - epoch_us(coalesce(f.first_at, $began))) // 1_000_000"
_PLACE = f"""
    (epoch_us(occurred_at)::HUGEINT * {1 << 31} + {(1 << 31) - 1}
        - least(greatest({_AGE}, 0), {(1 << 31) - 1})) * {1 << 44} + position
"""

_STORED = "NULL"  # the beginning of a file whose beginning is stored

# CASE in the rows is cheaper than FILTER in the aggregates
_ROW = f"""
    SELECT {_ID}, position, occurred_at, place, kind, {", ".join(_OF_ANY_KIND)}, envelope_sender,
        {", ".join(f"CASE kind WHEN {k} THEN {n} END AS {n}" for n, k in _OF_ITS_KIND.items())},
        CASE kind WHEN {_QUEUED} THEN envelope_sender END AS queued_sender,
        CASE kind WHEN {_QUEUED} THEN 1 END AS queued,
        CASE kind WHEN {_BIRTH} THEN occurred_at END AS birth_at,
        CASE kind WHEN {_IDENTIFIED} THEN occurred_at END AS identified_at,
        CASE WHEN kind BETWEEN {_BIRTH} AND {_QUEUED} THEN place END AS opening_place,
        CASE kind WHEN {_END} THEN occurred_at END AS end_at,
        CASE kind WHEN {_END} THEN place END AS end_place,
        CASE kind WHEN {_ATTEMPT} THEN status END AS attempt_status,
        CASE WHEN kind = {_ATTEMPT} AND status = 'sent' THEN 1 END AS sent,
        CASE WHEN kind = {_ATTEMPT} AND status = 'deferred' THEN 1 END AS deferred,
        CASE WHEN kind = {_ATTEMPT} AND status = 'bounced' THEN 1 END AS bounced
"""

_LOOKED_AT = (
    "host", "instance", "queue_id", "position", "occurred_at", "event", "stage", "action", "status",
    "envelope_sender", "source_id", "generation", *_FIRST_LOGGED,
)  # fmt: skip
_EVENTS = f"({events_select('event_rows', _LOOKED_AT)})"

# column -> aggregate over the rows of one life; values are taken in order of place
_COLUMNS = {
    "first_position": "min(position)",
    "last_position": "max(position)",
    "first_at": "min(occurred_at)",
    "last_at": "max(occurred_at)",
    "born_at": "least(min(birth_at), min(identified_at))",
    "removed_at": "max(end_at)",
    "is_removed": "max(end_at) IS NOT NULL",
    # the queue manager's sender is the one used: pickup logs it as it was typed
    "envelope_sender": "coalesce(arg_min(queued_sender, place), arg_min(envelope_sender, place))",
    **{name: f"arg_min({name}, place)" for name in _FIRST_LOGGED},
    "sent_count": "count(sent)",
    "deferred_count": "count(deferred)",
    "bounced_count": "count(bounced)",
    "last_status": "arg_max(attempt_status, place)",
}
_FOLDED = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())

# column -> what it becomes when rows that were folded to f follow those folded to m
_MERGED = {
    "last_position": "f.last_position",
    "first_at": "least(m.first_at, f.first_at)",
    "last_at": "greatest(m.last_at, f.last_at)",
    "born_at": "least(m.born_at, f.born_at)",
    "removed_at": "greatest(m.removed_at, f.removed_at)",
    "is_removed": "m.is_removed OR f.is_removed",
    # only the queue manager logs a size
    "envelope_sender": "CASE WHEN m.size_bytes IS NULL AND f.size_bytes IS NOT NULL "
    "THEN f.envelope_sender ELSE coalesce(m.envelope_sender, f.envelope_sender) END",
    **{name: f"coalesce(m.{name}, f.{name})" for name in _FIRST_LOGGED},
    **{name: f"m.{name} + f.{name}" for name in ("sent_count", "deferred_count", "bounced_count")},
    "last_status": "coalesce(f.last_status, m.last_status)",
}

_LATE = f"to_microseconds({LATE // timedelta(microseconds=1)})"
_IS_LONG = "contains(f.queue_id, 'z')"

# True where the rows of an id are one life, in whatever order they are: `_Life.is_over_at` would
# say no to each of them.
_IS_ONE_LIFE = f"""
    {_IS_LONG} OR (
        count(birth_at) <= 1 AND count(identified_at) <= 1
        AND coalesce(min(birth_at) <= min(occurred_at) + {_LATE}, true)
        AND coalesce(max(opening_place) < min(end_place), true)
        AND coalesce(max(occurred_at) <= min(end_at) + {_LATE}, true))
"""
# What becomes of the rows of an id that were folded to f, where k is its last life so far (NULL if
# it has none): the first life, more of life k, the life after it, or what only their order tells.
_COURSE = f"""
    CASE
        WHEN NOT f.is_one_life THEN 'unclear'
        WHEN k.life IS NULL THEN 'first'
        WHEN k.first_at = f.first_at AND f.last_status <> k.last_status THEN 'unclear'
        WHEN {_IS_LONG} AND (f.first_at >= k.last_at OR NOT (f.is_born OR f.is_identified
            OR f.is_queued OR coalesce(f.last_status <> k.last_status, false))) THEN 'continued'
        WHEN f.first_at >= k.last_at
            AND NOT f.is_born AND NOT (f.is_identified AND k.is_identified)
            AND (k.removed_at IS NULL
                OR NOT f.is_queued AND f.last_at <= k.removed_at + {_LATE}) THEN 'continued'
        WHEN k.removed_at IS NOT NULL AND f.first_at > k.last_at + {_LATE} THEN 'followed'
        ELSE 'unclear'
    END
"""


def _same_id(a: str, b: str) -> str:
    return (
        f"{a}.host IS NOT DISTINCT FROM {b}.host "
        f"AND {a}.instance = {b}.instance AND {a}.queue_id = {b}.queue_id"
    )


def _rows(condition: str, began: str) -> str:
    """SQL for what is folded of the events that fulfil the condition; began: see _PLACE.

    The condition stands next to the table: so most columns of most rows are never read.
    """
    place = _PLACE.replace("$began", began)
    return f"""
        {_ROW} FROM (
            SELECT *, {place} AS place
            FROM (SELECT *, {_KIND} AS kind FROM {_EVENTS} WHERE {condition})
            LEFT JOIN (SELECT source_id, generation, first_at FROM sources) f
                USING (source_id, generation)
        )
    """


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Bring `messages` up to date with the events first_position..last_position, just inserted.

    Each event once. Most ids are new, or go on with their last life: these take nothing but the
    batch. The others are folded anew, from the first life on that the batch can change.
    """
    first, last = int(first_position), int(last_position)
    batch = f"""
        position BETWEEN {first} AND {last}
        AND queue_id IS NOT NULL AND instance IS NOT NULL AND occurred_at IS NOT NULL
    """
    began = f"(SELECT min(occurred_at) FROM event_rows WHERE position BETWEEN {first} AND {last})"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_folded AS
        WITH batch AS MATERIALIZED (
            SELECT {_ID}, {_FOLDED}, {_IS_ONE_LIFE} AS is_one_life,
                count(birth_at) > 0 AS is_born, count(identified_at) > 0 AS is_identified,
                count(queued) > 0 AS is_queued
            FROM ({_rows(batch, began)}) f GROUP BY {_ID}
        ),
        alike AS MATERIALIZED (  -- of so few columns, as all rows are looked at
            SELECT first_position FROM messages
            WHERE queue_id IN (SELECT queue_id FROM batch)
        ),
        latest AS (
            SELECT {_ID}, max(life) AS life, arg_max(first_position, life) AS first_position,
                arg_max(first_at, life) AS first_at, arg_max(last_at, life) AS last_at,
                arg_max_null(removed_at, life) AS removed_at,
                arg_max_null(last_status, life) AS last_status,
                arg_max(message_id IS NOT NULL, life) AS is_identified
            FROM messages WHERE first_position IN (FROM alike) GROUP BY {_ID}
        )
        SELECT f.*, coalesce(k.life, 0) AS latest_life, k.first_position AS latest_position,
            {_COURSE} AS course
        FROM batch f LEFT JOIN latest k ON {_same_id("f", "k")}
    """)
    courses = con.execute("SELECT DISTINCT course FROM messages_folded").fetchall()
    if ("continued",) in courses:
        con.execute(f"""
            UPDATE messages m SET {", ".join(f"{name} = {sql}" for name, sql in _MERGED.items())}
            FROM messages_folded f
            WHERE f.course = 'continued' AND m.first_position = f.latest_position
        """)
    if ("unclear",) in courses:
        _revise(con, batch, first, began)
    con.execute(f"""
        INSERT INTO messages ({_ID}, life, {", ".join(_COLUMNS)})
        SELECT {_ID}, latest_life + 1, {", ".join(_COLUMNS)}
        FROM messages_folded WHERE course IN ('first', 'followed')
    """)
    con.execute("DROP TABLE messages_folded")


def _revise(con: duckdb.DuckDBPyConnection, batch: str, first: int, began: str) -> None:
    """Fold the ids that are unclear anew, life by life, from all of their events that matter."""
    unclear = "SELECT * FROM messages_folded WHERE course = 'unclear'"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_revised AS
        WITH alike AS MATERIALIZED (
            SELECT {_ID}, life, first_position, first_at, last_at FROM messages
            WHERE queue_id IN (SELECT queue_id FROM ({unclear}))
        )
        SELECT m.*, f.first_at AS touched_at
        FROM alike m JOIN ({unclear}) f ON {_same_id("m", "f")}
    """)
    con.execute(_KEEP_LIVES)
    [(start,)] = con.execute("SELECT min(first_position) FROM messages_revised").fetchall()
    rows = f"""
        SELECT r.*, 1 AS from_life
        FROM ({_rows(f"{batch} AND queue_id IN (SELECT queue_id FROM ({unclear}))", began)}) r
        SEMI JOIN ({unclear}) f ON {_same_id("r", "f")}
    """
    con.execute(f"CREATE OR REPLACE TEMP TABLE messages_rows AS {rows}")
    if start is not None:
        earlier = f"""
            position >= {start} AND position < {first}
            AND queue_id IN (SELECT queue_id FROM messages_revised)
        """
        con.execute(f"""
            INSERT INTO messages_rows
            SELECT r.*, 1 FROM ({_rows(earlier, began)}) r SEMI JOIN messages_revised m
            ON {_same_id("r", "m")}
                AND r.position >= m.first_position AND r.occurred_at >= m.first_at
        """)
        con.execute(f"""
            UPDATE messages_rows r SET from_life = m.from_life
            FROM (SELECT {_ID}, min(life) AS from_life FROM messages_revised GROUP BY {_ID}) m
            WHERE {_same_id("r", "m")}
        """)
        con.execute(f"""
            DELETE FROM messages WHERE first_position >= {start}
                AND first_position IN (SELECT first_position FROM messages_revised)
        """)
    _fold_rows(con)
    con.execute("DROP TABLE messages_revised")


def _fold_rows(con: duckdb.DuckDBPyConnection) -> None:
    """Add the lives of the rows in messages_rows, and drop these."""
    con.execute(f"""
        INSERT INTO messages ({_ID}, life, {", ".join(_COLUMNS)})
        SELECT {_ID}, own_life, {_FOLDED}
        FROM (SELECT *, {_own_life(con)} AS own_life FROM messages_rows) GROUP BY {_ID}, own_life
    """)
    con.execute("DROP TABLE messages_rows")


def forget(con: duckdb.DuckDBPyConnection, before: datetime) -> None:
    """Take out what was logged before a time (naive UTC); `events` and `sources` have it no more.

    Lives that were over then go, and those of their ids that follow are numbered anew. Ids with a
    life that went on are folded anew from what is left of their events: its beginning is not known
    any more.
    """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_cut AS
        SELECT {_ID}, count(*) FILTER (last_at < TIMESTAMP '{before}') AS gone,
            bool_or(last_at >= TIMESTAMP '{before}') AS goes_on
        FROM messages WHERE first_at < TIMESTAMP '{before}' GROUP BY {_ID}
    """)
    con.execute(f"DELETE FROM messages WHERE last_at < TIMESTAMP '{before}'")
    con.execute(f"""
        UPDATE messages m SET life = m.life - f.gone FROM messages_cut f
        WHERE NOT f.goes_on AND NOT {_IS_LONG} AND {_same_id("m", "f")}
    """)
    going_on = "FROM messages_cut WHERE goes_on"
    lives = f"FROM messages m SEMI JOIN ({going_on}) f ON {_same_id('m', 'f')}"
    ((first, last),) = con.execute(
        f"SELECT min(first_position), max(last_position) {lives}"
    ).fetchall()
    if first is not None:
        left = f"""
            position BETWEEN {first} AND {last} AND queue_id IN (SELECT queue_id {going_on})
            AND instance IS NOT NULL AND occurred_at IS NOT NULL
        """
        few = con.execute(
            f"SELECT position FROM event_rows WHERE {left} LIMIT {_FEW_ROWS + 1}"
        ).fetchall()
        if len(few) <= _FEW_ROWS:  # named so, all other rows are left unread
            left = f"position IN ({', '.join(str(position) for (position,) in few)})"
        con.execute(f"DELETE FROM messages m USING ({going_on}) f WHERE {_same_id('m', 'f')}")
        con.execute(f"""
            CREATE OR REPLACE TEMP TABLE messages_folded AS
            SELECT {_ID}, {_FOLDED}, {_IS_ONE_LIFE} AS is_one_life FROM (
                FROM ({_rows(left, _STORED)}) r SEMI JOIN ({going_on}) f ON {_same_id("r", "f")}
            ) f GROUP BY {_ID}
        """)
        con.execute(f"""
            INSERT INTO messages ({_ID}, life, {", ".join(_COLUMNS)})
            SELECT {_ID}, 1, {", ".join(_COLUMNS)} FROM messages_folded WHERE is_one_life
        """)
        several = "FROM messages_folded WHERE NOT is_one_life"
        if con.execute(f"SELECT 1 {several} LIMIT 1").fetchall():
            con.execute(f"""
                CREATE OR REPLACE TEMP TABLE messages_rows AS
                SELECT r.*, 1 AS from_life
                FROM ({_rows(f"{left} AND queue_id IN (SELECT queue_id {several})", _STORED)}) r
                SEMI JOIN ({several}) f ON {_same_id("r", "f")}
            """)
            _fold_rows(con)
        con.execute("DROP TABLE messages_folded")
    con.execute("DROP TABLE messages_cut")


# Lives stay as they are before the last one that began before the batch's first line of the id;
# one more where its predecessor has a line of the very time at which that one began: so time tells
# the rows of the lives that stay from the others.
_KEEP_LIVES = f"""
    DELETE FROM messages_revised r USING (
        SELECT {_ID}, max(life) FILTER (
            first_at < touched_at AND coalesce(earlier_at < first_at, true)) AS from_life
        FROM (
            SELECT *, lag(last_at) OVER (PARTITION BY {_ID} ORDER BY life) AS earlier_at
            FROM messages_revised
        )
        GROUP BY {_ID}
    ) f
    WHERE {_same_id("r", "f")} AND r.life < f.from_life
"""


def _own_life(con: duckdb.DuckDBPyConnection) -> str:
    """An expression for the life that a row of messages_rows belongs to."""
    in_order = con.execute(f"""
        SELECT dense_rank() OVER (ORDER BY {_ID}) AS id_number, occurred_at, position, kind
        FROM messages_rows f WHERE NOT {_IS_LONG} ORDER BY id_number, place
    """)
    openings = list(_later_openings(in_order.fetchall()))
    if not openings:
        return "from_life"
    return f"""
        from_life + sum((position IN ({", ".join(map(str, openings))}))::INTEGER) OVER (
            PARTITION BY {_ID} ORDER BY place)
    """


@dataclass(slots=True)
class _Life:
    """What is known of one life after some of its lines, in order of time."""

    began_at: datetime
    is_born: bool = False
    identified_at: datetime | None = None
    is_queued: bool = False
    ended_at: datetime | None = None

    def is_over_at(self, kind: int, at: datetime) -> bool:
        """Whether a line of this kind and time must belong to the next life of the id."""
        if kind == _BIRTH:
            return self.is_born or self.ended_at is not None or at - self.began_at > LATE
        if self.ended_at is not None and at - self.ended_at > LATE:
            return True
        if kind == _IDENTIFIED and self.identified_at is not None:
            # two Message-ID headers are logged together
            return self.ended_at is not None or at - self.identified_at > LATE
        return kind == _QUEUED and self.is_queued and self.ended_at is not None

    def take(self, kind: int, at: datetime) -> None:
        """Count the line as one of this life's."""
        if kind == _BIRTH:
            self.is_born = True
        elif kind == _IDENTIFIED:
            self.identified_at = at
        elif kind == _QUEUED:
            self.is_queued = True
        elif kind == _END:
            self.ended_at = at


def _later_openings(rows: Iterable[tuple[int, datetime, int, int]]) -> Iterator[int]:
    """The positions at which an id's second and later lives begin.

    rows: (id number, time, position, kind), in order.
    """
    life, current = None, 0
    for id_number, at, position, kind in rows:
        if life is None or id_number != current:
            life, current = _Life(at), id_number
        elif life.is_over_at(kind, at):
            life = _Life(at)
            yield position
        life.take(kind, at)

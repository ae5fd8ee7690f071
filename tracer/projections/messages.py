"""The table `messages`: one row a life of a queue file, derived from Postfix's events alone.

A queue id names a file, and short ids come back: within a second of its microseconds another file
may get the same inode. A life is what one message did under an id. Its lines may arrive out of
order by some minutes (pickup after cleanup, local after `removed`), so births and ends are weighed
against that, see `_Life.is_over_at`. Long ids (postconf(5), enable_long_queue_ids) never come
back; their separator `z` tells them.

An id whose lines clearly are one life is folded by plain aggregates. The rest go through the
splitter, which needs them in order of time.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

NAME = "messages"
VERSION = 1

LATE = timedelta(minutes=5)  # how far from its place a line may be logged

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
        last_status VARCHAR         -- of the last attempt logged
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
_FIRST_LOGGED = (
    "message_id", "size_bytes", "recipient_count", "client_name", "client_address",
    "helo_name", "protocol", "sasl_username", "sasl_method", "uid",
)  # fmt: skip

# CASE in the rows is cheaper than FILTER in the aggregates
_ROW = f"""
    SELECT {_ID}, position, occurred_at, kind, {", ".join(_FIRST_LOGGED)}, envelope_sender,
        CASE kind WHEN {_BIRTH} THEN occurred_at END AS birth_at,
        CASE kind WHEN {_IDENTIFIED} THEN occurred_at END AS identified_at,
        CASE kind WHEN {_QUEUED} THEN envelope_sender END AS queued_sender,
        CASE WHEN kind BETWEEN {_BIRTH} AND {_QUEUED} THEN occurred_at END AS opening_at,
        CASE WHEN kind BETWEEN {_BIRTH} AND {_QUEUED} THEN position END AS opening_position,
        CASE kind WHEN {_END} THEN occurred_at END AS end_at,
        CASE kind WHEN {_END} THEN position END AS end_position,
        CASE kind WHEN {_ATTEMPT} THEN status END AS attempt_status,
        CASE WHEN kind = {_ATTEMPT} AND status = 'sent' THEN 1 END AS sent,
        CASE WHEN kind = {_ATTEMPT} AND status = 'deferred' THEN 1 END AS deferred,
        CASE WHEN kind = {_ATTEMPT} AND status = 'bounced' THEN 1 END AS bounced
"""

# column -> aggregate over the rows of one life; values are taken in order of position
_COLUMNS = {
    "first_position": "min(position)",
    "last_position": "max(position)",
    "first_at": "min(occurred_at)",
    "last_at": "max(occurred_at)",
    "born_at": "least(min(birth_at), min(identified_at))",
    "removed_at": "max(end_at)",
    "is_removed": "max(end_at) IS NOT NULL",
    # the queue manager's sender is the one used: pickup logs it as it was typed
    "envelope_sender": "coalesce(arg_min(queued_sender, position), "
    "arg_min(envelope_sender, position))",
    **{name: f"arg_min({name}, position)" for name in _FIRST_LOGGED},
    "sent_count": "count(sent)",
    "deferred_count": "count(deferred)",
    "bounced_count": "count(bounced)",
    "last_status": "arg_max(attempt_status, position)",
}
_FOLDED = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())

# True where the rows of an id are one life, in whatever order they are: `_Life.is_over_at` would
# say no to each of them.
_IS_ONE_LIFE = """
    contains(queue_id, 'z') OR (
        count(birth_at) <= 1 AND count(identified_at) <= 1
        AND coalesce(min(birth_at) <= min(occurred_at) + $late, true)
        AND coalesce(
            max(opening_at) <= min(end_at) AND max(opening_position) < min(end_position), true)
        AND coalesce(max(occurred_at) <= min(end_at) + $late, true))
""".replace("$late", f"to_microseconds({LATE // timedelta(microseconds=1)})")


def _same_id(a: str, b: str) -> str:
    return (
        f"{a}.host IS NOT DISTINCT FROM {b}.host "
        f"AND {a}.instance = {b}.instance AND {a}.queue_id = {b}.queue_id"
    )


def _rows(condition: str) -> str:
    """SQL for what is folded of the events that fulfil the condition.

    The condition stands next to the table: so most columns of most rows are never read.
    """
    return f"{_ROW} FROM (SELECT *, {_KIND} AS kind FROM events WHERE {condition})"


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Bring `messages` up to date with the events first_position..last_position, just inserted.

    Each id of these events is folded anew from the first life on that they can change.
    """
    first, last = int(first_position), int(last_position)
    batch = f"""
        position BETWEEN {first} AND {last}
        AND queue_id IS NOT NULL AND instance IS NOT NULL AND occurred_at IS NOT NULL
    """
    earlier = ""
    start = _find_known(con, batch)
    if start is not None:
        _gather_earlier(con, start, first)
        earlier = "UNION ALL FROM messages_earlier"
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_folded AS
        SELECT {_ID}, 0 AS later_lives, {_FOLDED}, {_IS_ONE_LIFE} AS is_one_life
        FROM ({_rows(batch)} {earlier}) GROUP BY {_ID}
    """)
    if con.execute("SELECT 1 FROM messages_folded WHERE NOT is_one_life LIMIT 1").fetchall():
        of_unclear = "queue_id IN (SELECT queue_id FROM messages_folded WHERE NOT is_one_life)"
        _split(con, f"{_rows(f'{batch} AND {of_unclear}')} {earlier}")
    life, known = "1", ""
    if start is not None:
        con.execute(f"""
            DELETE FROM messages WHERE first_position >= {start}
                AND first_position IN (SELECT first_position FROM messages_known)
        """)
        life = "coalesce(k.from_life, 1)"
        known = f"""
            LEFT JOIN (
                SELECT {_ID}, min(life) AS from_life FROM messages_known GROUP BY {_ID}
            ) k ON {_same_id("f", "k")}
        """
    con.execute(f"""
        INSERT INTO messages ({_ID}, life, {", ".join(_COLUMNS)})
        SELECT f.host, f.instance, f.queue_id, {life} + f.later_lives,
            {", ".join(f"f.{name}" for name in _COLUMNS)}
        FROM messages_folded f {known}
    """)
    for table in ("messages_known", "messages_earlier", "messages_folded"):
        con.execute(f"DROP TABLE IF EXISTS {table}")


def _find_known(con: duckdb.DuckDBPyConnection, batch: str) -> int | None:
    """Put the lives that the batch may change into messages_known; give their first position.

    These are an id's last life that began before the batch's first line of it, and those after.
    Where the life before has a line of the very time at which that one began, it counts too:
    so the time tells the rows of the lives that stay from the others.
    """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_known AS
        WITH touched AS (SELECT {_ID} FROM events WHERE {batch}),
        alike AS MATERIALIZED (
            SELECT {_ID}, life, first_position, first_at, last_at FROM messages
            WHERE queue_id IN (SELECT queue_id FROM touched)
        )
        SELECT * FROM alike m SEMI JOIN touched t ON {_same_id("m", "t")}
    """)
    if con.execute("SELECT 1 FROM messages_known WHERE life > 1 LIMIT 1").fetchall():
        _keep_earlier_lives(con, batch)
    start: int | None
    [(start,)] = con.execute("SELECT min(first_position) FROM messages_known").fetchall()
    return start


def _keep_earlier_lives(con: duckdb.DuckDBPyConnection, batch: str) -> None:
    """Take the lives that the batch cannot change out of messages_known."""
    con.execute(f"""
        DELETE FROM messages_known k USING (
            SELECT l.host, l.instance, l.queue_id,
                max(l.life) FILTER (l.first_at < t.touched_at
                    AND coalesce(l.earlier_at < l.first_at, true)) AS from_life
            FROM (
                SELECT *, lag(last_at) OVER (PARTITION BY {_ID} ORDER BY life) AS earlier_at
                FROM messages_known
            ) l
            JOIN (
                SELECT {_ID}, min(occurred_at) AS touched_at
                FROM events WHERE {batch} GROUP BY {_ID}
            ) t ON {_same_id("l", "t")}
            GROUP BY l.host, l.instance, l.queue_id
        ) f
        WHERE {_same_id("k", "f")} AND k.life < f.from_life
    """)


def _gather_earlier(con: duckdb.DuckDBPyConnection, start: int, end: int) -> None:
    """Put the rows of the lives in messages_known, from before the batch, into messages_earlier."""
    alike = f"""
        position >= {start} AND position < {end}
        AND queue_id IN (SELECT queue_id FROM messages_known)
    """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_earlier AS
        SELECT e.* FROM ({_rows(alike)}) e SEMI JOIN messages_known k
        ON {_same_id("e", "k")} AND e.position >= k.first_position AND e.occurred_at >= k.first_at
    """)


def _split(con: duckdb.DuckDBPyConnection, rows: str) -> None:
    """Fold the ids of messages_folded that may have had several lives again, life by life."""
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_unclear AS
        SELECT r.* FROM ({rows}) r
        SEMI JOIN (SELECT * FROM messages_folded WHERE NOT is_one_life) f ON {_same_id("r", "f")}
    """)
    in_order = con.execute(f"""
        SELECT dense_rank() OVER (ORDER BY {_ID}), occurred_at, position, kind
        FROM messages_unclear ORDER BY ALL
    """)
    openings = list(_later_openings(in_order.fetchall()))
    later_lives = "0"
    if openings:
        later_lives = f"""
            sum((position IN ({", ".join(map(str, openings))}))::INTEGER) OVER (
                PARTITION BY {_ID} ORDER BY occurred_at, position)
        """
    con.execute("DELETE FROM messages_folded WHERE NOT is_one_life")
    con.execute(f"""
        INSERT INTO messages_folded
        SELECT {_ID}, later_lives, {_FOLDED}, true
        FROM (SELECT *, {later_lives} AS later_lives FROM messages_unclear)
        GROUP BY {_ID}, later_lives
    """)
    con.execute("DROP TABLE messages_unclear")


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

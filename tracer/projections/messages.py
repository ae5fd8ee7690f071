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

# What a line is to the life it belongs to. A reject or discard after RCPT ends a message that
# never got into the queue: no `removed` will follow. qmgr's expiry is no end: `removed` follows.
_BIRTH, _IDENTIFIED, _QUEUED, _END = 1, 2, 3, 4
_KIND = f"""
    CASE
        WHEN event IN ('postfix.client_assigned', 'postfix.message_picked_up') THEN {_BIRTH}
        WHEN event = 'postfix.message_id_logged' THEN {_IDENTIFIED}
        WHEN event = 'postfix.message_queued' THEN {_QUEUED}
        WHEN event IN ('postfix.message_removed', 'postfix.message_deleted',
                       'postfix.message_requeued') THEN {_END}
        WHEN event = 'postfix.rejected' AND stage NOT IN ('MAIL', 'RCPT') THEN {_END}
        WHEN event = 'postfix.checked' AND action IN ('discard', 'milter-discard') THEN {_END}
        ELSE 0
    END::UTINYINT
"""

_FIRST_LOGGED = (
    "message_id", "size_bytes", "recipient_count", "client_name", "client_address",
    "helo_name", "protocol", "sasl_username", "sasl_method", "uid",
)  # fmt: skip

# column -> aggregate over the rows of one life; values are taken in order of position
_COLUMNS = {
    "first_position": "min(position)",
    "last_position": "max(position)",
    "first_at": "min(occurred_at)",
    "last_at": "max(occurred_at)",
    "born_at": f"min(occurred_at) FILTER (kind IN ({_BIRTH}, {_IDENTIFIED}))",
    "removed_at": f"max(occurred_at) FILTER (kind = {_END})",
    "is_removed": f"bool_or(kind = {_END})",
    # the queue manager's sender is the one used: pickup logs it as it was typed
    "envelope_sender": f"coalesce(arg_min(envelope_sender, position) FILTER (kind = {_QUEUED}), "
    "arg_min(envelope_sender, position))",
    **{name: f"arg_min({name}, position)" for name in _FIRST_LOGGED},
    "sent_count": "count(*) FILTER (status = 'sent')",
    "deferred_count": "count(*) FILTER (status = 'deferred')",
    "bounced_count": "count(*) FILTER (status = 'bounced')",
    "last_status": "arg_max(status, position)",
}
_FOLDED = ", ".join(f"{sql} AS {name}" for name, sql in _COLUMNS.items())
_ID = "host, instance, queue_id"

_INPUTS = (
    "host", "instance", "queue_id", "position", "occurred_at", "envelope_sender", "status",
    *_FIRST_LOGGED,
)  # fmt: skip
_ROWS = f"SELECT {', '.join(f'e.{name}' for name in _INPUTS)}, {_KIND} AS kind FROM events e"
_IS_MEMBER = "e.queue_id IS NOT NULL AND e.instance IS NOT NULL AND e.occurred_at IS NOT NULL"

# True where the rows of an id are one life, in whatever order they are: `_Life.is_over_at` would
# say no to each of them.
_IS_ONE_LIFE = f"""
    contains(queue_id, 'z') OR (
        count(*) FILTER (kind = {_BIRTH}) <= 1
        AND count(*) FILTER (kind = {_IDENTIFIED}) <= 1
        AND coalesce(
            min(occurred_at) FILTER (kind = {_BIRTH}) <= min(occurred_at) + $late, true)
        AND coalesce(
            max(occurred_at) FILTER (kind IN ({_BIRTH}, {_IDENTIFIED}, {_QUEUED}))
                <= min(occurred_at) FILTER (kind = {_END})
            AND max(position) FILTER (kind IN ({_BIRTH}, {_IDENTIFIED}, {_QUEUED}))
                < min(position) FILTER (kind = {_END}), true)
        AND coalesce(
            max(occurred_at) <= min(occurred_at) FILTER (kind = {_END}) + $late, true))
""".replace("$late", f"to_microseconds({LATE // timedelta(microseconds=1)})")


def _same_id(a: str, b: str) -> str:
    return (
        f"{a}.host IS NOT DISTINCT FROM {b}.host "
        f"AND {a}.instance = {b}.instance AND {a}.queue_id = {b}.queue_id"
    )


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Bring `messages` up to date with the events first_position..last_position, just inserted.

    Each id of these events is folded anew from the first life on that they can change.
    """
    batch = f"e.position BETWEEN {int(first_position)} AND {int(last_position)} AND {_IS_MEMBER}"
    con.execute(f"CREATE OR REPLACE TEMP TABLE messages_known AS {_known(batch)}")
    start = con.execute("SELECT min(from_position) FROM messages_known").fetchall()[0][0]
    rows = f"{_ROWS} WHERE {batch}"
    if start is not None:
        earlier = f"e.position >= {start} AND e.position < {int(first_position)}"
        rows += f"""
            UNION ALL {_ROWS} JOIN messages_known k ON {_same_id("e", "k")}
            WHERE {earlier} AND e.position >= k.from_position AND e.occurred_at >= k.from_at
        """
    con.execute(f"""
        CREATE OR REPLACE TEMP TABLE messages_folded AS
        SELECT {_ID}, 0 AS later_lives, {_FOLDED}, {_IS_ONE_LIFE} AS is_one_life
        FROM ({rows}) GROUP BY {_ID}
    """)
    if con.execute("SELECT 1 FROM messages_folded WHERE NOT is_one_life LIMIT 1").fetchall():
        _split(con, rows)
    if start is not None:
        con.execute(f"""
            DELETE FROM messages WHERE first_position >= {start}
                AND first_position IN (SELECT unnest(first_positions) FROM messages_known)
        """)
    con.execute(f"""
        INSERT INTO messages ({_ID}, life, {", ".join(_COLUMNS)})
        SELECT f.host, f.instance, f.queue_id, coalesce(k.from_life, 1) + f.later_lives,
            {", ".join(f"f.{name}" for name in _COLUMNS)}
        FROM messages_folded f LEFT JOIN messages_known k ON {_same_id("f", "k")}
    """)
    con.execute("DROP TABLE messages_known")
    con.execute("DROP TABLE messages_folded")


def _known(batch: str) -> str:
    """SQL for the ids of the batch that have lives already, with the lives it may change.

    These are the last life that began before the batch's first line and those after it; where an
    earlier life has a line as late as that beginning, one more.
    """
    return f"""
        WITH touched AS (
            SELECT {_ID}, min(occurred_at) AS touched_at FROM events e WHERE {batch} GROUP BY {_ID}
        ),
        lives AS MATERIALIZED (
            SELECT {_ID}, life, first_position, first_at, last_at FROM messages
            WHERE queue_id IN (SELECT queue_id FROM touched)
        ),
        ordered AS (
            SELECT l.*, t.touched_at,
                max(l.last_at) OVER (
                    PARTITION BY l.host, l.instance, l.queue_id ORDER BY l.life
                    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS earlier_last_at
            FROM lives l JOIN touched t ON {_same_id("l", "t")}
        ),
        kept AS (
            SELECT *, coalesce(
                max(life) FILTER (
                    first_at < touched_at AND coalesce(earlier_last_at < first_at, true)
                ) OVER (PARTITION BY {_ID}), 1) AS from_life
            FROM ordered
        )
        SELECT {_ID}, from_life, min(first_position) AS from_position,
            coalesce(min(first_at) FILTER (from_life > 1), '-infinity'::TIMESTAMP) AS from_at,
            list(first_position) AS first_positions
        FROM kept WHERE life >= from_life GROUP BY {_ID}, from_life
    """


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

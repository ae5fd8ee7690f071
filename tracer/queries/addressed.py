"""Which lines name an address, and of which messages are they? The latest first.

Case does not matter. However often an address is named, only as many of its lines are looked at as
it takes to find enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracer.queries.positions import among
from tracer.store import Reader

Row = Mapping[str, Any]

_AT_ONCE = 500  # lines; most addresses have no more


def lives(reader: Reader, address: str, limit: int) -> list[Row]:
    """Rows of `messages` that name it; those with the latest such lines, latest first."""
    numbers: dict[int, None] = {}
    for positions in _positions(reader, address):
        numbers |= dict.fromkeys(_messages(reader, positions))
        if len(numbers) >= limit:
            break
    return _lives(reader, list(numbers)[:limit])


def refusals(reader: Reader, address: str, condition: str, limit: int) -> list[int]:
    """The positions of the latest lines without a queue id that name it, and fit the condition."""
    found: list[int] = []
    for positions in _positions(reader, address):
        rows = _rows(
            reader,
            f"""
            SELECT position FROM events
            WHERE {among(positions)} AND queue_id IS NULL AND {condition}
            ORDER BY position DESC
            """,
        )
        found += [row["position"] for row in rows]
        if len(found) >= limit:
            break
    return found[:limit]


def of_both(reader: Reader, sender: str, recipient: str, before: int, limit: int) -> list[int]:
    """The positions of the latest lines before a position that name both."""
    rows = _rows(
        reader,
        """
        SELECT DISTINCT position FROM addresses
        WHERE address = lower($sender) AND position < $before AND position IN (
            SELECT position FROM addresses WHERE address = lower($recipient))
        ORDER BY position DESC LIMIT $limit
        """,
        sender=sender,
        recipient=recipient,
        before=before,
        limit=limit,
    )
    return [row["position"] for row in rows]


def of_one(reader: Reader, address: str, after: int, before: int, limit: int) -> list[int]:
    """The positions of the latest lines between two positions that name it."""
    rows = _rows(
        reader,
        """
        SELECT DISTINCT position FROM addresses
        WHERE address = lower($address) AND position > $after AND position < $before
        ORDER BY position DESC LIMIT $limit
        """,
        address=address,
        after=after,
        before=before,
        limit=limit,
    )
    return [row["position"] for row in rows]


def _positions(reader: Reader, address: str) -> Iterator[list[int]]:
    before = 2**62
    while True:
        rows = _rows(
            reader,
            f"""
            SELECT DISTINCT position FROM addresses
            WHERE address = lower($address) AND position < $before
            ORDER BY position DESC LIMIT {_AT_ONCE}
            """,
            address=address,
            before=before,
        )
        if rows:
            yield [row["position"] for row in rows]
            before = rows[-1]["position"]
        if len(rows) < _AT_ONCE:
            return


def _messages(reader: Reader, positions: Sequence[int]) -> list[int]:
    """The numbers of the messages that these lines belong to, by the latest of their lines."""
    rows = _rows(
        reader,
        f"""
        SELECT m.first_position FROM messages m JOIN (
            SELECT host, instance, queue_id, position FROM events
            WHERE {among(positions)} AND queue_id IS NOT NULL
        ) e ON e.queue_id = m.queue_id AND e.instance = m.instance
            AND e.host IS NOT DISTINCT FROM m.host
            AND e.position BETWEEN m.first_position AND m.last_position
        GROUP BY m.first_position ORDER BY max(e.position) DESC
        """,
    )
    return [row["first_position"] for row in rows]


def _lives(reader: Reader, numbers: Sequence[int]) -> list[Row]:
    """The rows of messages, in this order: the numbers first, as few columns tell them."""
    rows = _rows(
        reader,
        "SELECT * FROM messages WHERE first_position IN (SELECT unnest($numbers))",
        numbers=numbers,
    )
    by_number = {row["first_position"]: row for row in rows}
    return [by_number[number] for number in numbers if number in by_number]


def _rows(reader: Reader, sql: str, **parameters: object) -> list[Row]:
    rows: list[Row] = reader.query(sql, parameters).to_pylist()
    return rows

"""Which lines name an address, and of which messages are they? The latest first.

Case does not matter. However often an address is named, only as many of its lines are looked at as
it takes to find enough.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracer.queries.evidence import lives_at, rows_of
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
    return lives_at(reader, list(numbers)[:limit])


def refusals(reader: Reader, address: str, condition: str, limit: int) -> list[int]:
    """The positions of the latest lines without a queue id that name it, and fit the condition."""
    found: list[int] = []
    for positions in _positions(reader, address):
        rows = rows_of(
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


def _positions(reader: Reader, address: str) -> Iterator[list[int]]:
    before = 2**62
    while True:
        rows = rows_of(
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
    rows = rows_of(
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

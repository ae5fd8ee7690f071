"""What the dashboard's box finds, and what opens again by the key in an address.

The box takes what `trace` takes (a queue id of any hop, a Message-ID) before it takes the search
language: an id is looked up as it is, whenever and wherever the message was. A key names a message
by host, Postfix instance, queue id and life, and a refusal by the position of its line.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from tracer.queries import path, search, search_hits
from tracer.queries.evidence import lives_at, rows_of
from tracer.queries.keys import message_key
from tracer.queries.overview import Range
from tracer.queries.path import Path
from tracer.queries.search_hits import Hit
from tracer.queries.search_language import And, At, Like, Node, Not, Term, Whole, parse
from tracer.store import Reader

MOST_FOUND = 100
NOQUEUE = "NOQUEUE"
_LONGEST_ID = 1_000

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found, the latest first.

    is_by_id: the text is an id; then range and host did not matter.
    is_cut: there are more.
    """

    hits: tuple[Hit, ...]
    is_by_id: bool
    is_cut: bool


def find(
    reader: Reader,
    text: str,
    now: datetime,
    span: Range | None,
    host: str | None,
    *,
    limit: int = MOST_FOUND,
) -> Found:
    """Messages and refusals that the text means; raises SearchError.

    now: with the viewer's zone. span: naive UTC, None for all of time. host: None for all, '' for
    lines without one.
    """
    term = text.strip()
    if lives := _by_id(reader, term, limit + 1):
        return Found(tuple(search_hits.of_lives(reader, lives[:limit])), True, len(lives) > limit)
    found = search.find(reader, _within(parse(term), span, host), now, limit=limit)
    return Found(tuple(found.hits), False, found.is_cut)


def is_id(reader: Reader, text: str) -> bool:
    """Whether the text is an id of a message in the store; quick, unlike a search."""
    return bool(_by_id(reader, text.strip(), 1))


def _by_id(reader: Reader, term: str, limit: int) -> list[Row]:
    """Rows of `messages` with this queue id or Message-ID, or with one that the next hop gave."""
    if not term or len(term) > _LONGEST_ID:
        return []
    queue_id = term.rstrip("*!:")
    found = rows_of(
        reader,
        f"""
        SELECT first_position, first_at FROM messages WHERE queue_id = $queue_id
        UNION SELECT first_position, first_at FROM messages
        WHERE message_id IN ($term, '<' || $term || '>')
        {_LATEST}
        """,
        term=term,
        queue_id=queue_id,
        limit=limit,
    )
    if not found and rows_of(reader, f"FROM ({_ONWARD}) LIMIT 1", queue_id=queue_id):
        found = rows_of(
            reader,
            f"""
            SELECT first_position FROM messages m
            WHERE EXISTS (
                FROM ({_ONWARD}) o WHERE o.from_queue_id = m.queue_id AND o.instance = m.instance
                    AND o.host IS NOT DISTINCT FROM m.host
                    AND o.position BETWEEN m.first_position AND m.last_position)
            {_LATEST}
            """,
            queue_id=queue_id,
            limit=limit,
        )
    return lives_at(reader, (row["first_position"] for row in found))


_LATEST = "ORDER BY first_at DESC, first_position DESC LIMIT $limit"
_ONWARD = """
    SELECT host, instance, from_queue_id, position FROM links WHERE to_queue_id = $queue_id
"""


def _within(query: Node, span: Range | None, host: str | None) -> Node:
    """The query, for messages with lines in the span, of the host."""
    nodes = query.nodes if isinstance(query, And) else (query,)
    if span is not None:
        after, before = (At(time.replace(tzinfo=UTC)) for time in (span.start, span.end))
        nodes += (Term("after", after), Term("before", before))
    if host is not None:
        nodes += (Term("host", Whole(host)) if host else Not(Term("host", Like("?*"))),)
    return And(nodes) if len(nodes) > 1 else nodes[0]


# -- keys -----------------------------------------------------------------------------------------


def key_of(hit: Hit) -> str:
    """What names a hit; `open_key` takes it."""
    return message_key(hit) if hit.queue_id else f"{NOQUEUE}/{hit.position}"


def open_key(reader: Reader, key: str) -> Path | None:
    """The path that a message or refusal is on; None where the store has none of that key."""
    kind, _, position = key.partition("/")
    if kind == NOQUEUE and position.isascii() and position.isdecimal() and len(position) < 19:
        return path.of_refusal(reader, int(position))
    parts = key.rsplit("/", 3)
    if len(parts) < 4 or not (parts[3].isascii() and parts[3].isdecimal() and len(parts[3]) < 10):
        return None
    host, instance, queue_id, life = parts
    lives = rows_of(
        reader,
        """
        SELECT * FROM messages WHERE queue_id = $queue_id AND instance = $instance
            AND coalesce(host, '') = $host AND life = $life
        """,
        queue_id=queue_id,
        instance=instance,
        host=host,
        life=int(life),
    )
    return path.of(reader, lives[0]) if lives else None

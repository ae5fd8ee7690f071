"""Can only few messages and refusals fit a query? Then these alone need to be looked at.

What is rare is found by scans of single columns of all lines, which take DuckDB far less time than
whole conditions do. What they give holds all that fits, and may hold more.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from itertools import islice
from typing import NamedTuple

from tracer.queries.evidence import Row, rows_of
from tracer.queries.search_conditions import (
    EVER,
    MESSAGE_ID,
    Conditions,
    Span,
    is_of_message,
    is_of_scan,
    joined,
    parts,
)
from tracer.queries.search_language import And, Node
from tracer.store import Reader

_MOST = 20_000  # lines, and messages
_MOST_REFUSALS = 1_000  # whose positions are written out
_PARTS_TRIED = 4
_SHORT = timedelta(days=1)  # to look at all of that time is no more work
_REFUSING = ("postfix.rejected", "postfix.checked")


class Few(NamedTuple):
    """Numbers of messages, and positions of refusals, that may fit; None where they are many."""

    messages: Sequence[int] | None
    refusals: Sequence[int] | None


def few_that_may_fit(reader: Reader, query: Node, now: datetime, span: Span) -> Few:
    """All that began in a span, which is long, and may fit; see search.find."""

    @cache
    def lines(part: Node) -> list[Row] | None:
        return _lines(reader, part, now)

    messages = _numbers(reader, query, None, [], now, span)
    start, end = Conditions(now).time_of_refusals(query, span)
    if end - start < _SHORT:
        return Few(messages, None)
    tried = list(islice(parts(query), _PARTS_TRIED))
    for part in tried:
        if messages is None and not is_of_message(part) and (rows := lines(part)) is not None:
            messages = _numbers(reader, query, part, rows, now, span)
    refusals = (
        [r["position"] for r in rows if r["queue_id"] is None and r["event"] in _REFUSING]
        for part in tried
        if (rows := lines(part)) is not None
    )
    return Few(messages, next((some for some in refusals if len(some) <= _MOST_REFUSALS), None))


def _lines(reader: Reader, part: Node, now: datetime) -> list[Row] | None:
    """The lines that tell of a part of a query; None where they are many."""
    sql = Conditions(now)
    conditions = sql.of_columns(part)
    sql.reach(*EVER)
    message_id = MESSAGE_ID if is_of_scan(part) else "NULL::VARCHAR"
    scans = (
        f"(SELECT position, queue_id, {message_id} AS message_id, event "
        f"FROM event_rows WHERE {condition} LIMIT {_MOST + 1})"
        for condition in conditions
    )
    sql_of_all = f"FROM ({' UNION ALL '.join(scans)}) LIMIT {_MOST + 1}"
    rows = rows_of(reader, sql_of_all, **sql.parameters)
    return rows if len(rows) <= _MOST else None


def _numbers(
    reader: Reader, query: Node, part: Node | None, lines: Sequence[Row], now: datetime, span: Span
) -> list[int] | None:
    """The messages that fit as far as they tell it themselves, and one part as lines tell.

    part: None for the former alone.
    """
    nodes = query.nodes if isinstance(query, And) else (query,)
    own = [node for node in nodes if is_of_message(node)]
    if part is None and not own:
        return None
    sql = Conditions(now)
    conditions = [sql.began_in(span), *map(sql.of_message, own)]
    ids: dict[str, list[str]] = {}
    if part is not None:
        named = [sql.of_part(part)]
        for ids_of, column in ("queue_id", "queue_id"), ("message_id", MESSAGE_ID):
            ids[ids_of] = sorted({row[ids_of] for row in lines} - {None})
            named.append(f"{column} IN (SELECT unnest(${ids_of}::VARCHAR[]))")
        conditions.append(joined(" OR ", named))
    rows = rows_of(
        reader,
        f"SELECT first_position FROM messages WHERE {joined(' AND ', conditions)} "
        f"LIMIT {_MOST + 1}",
        **sql.parameters,
        **ids,
    )
    return [row["first_position"] for row in rows] if len(rows) <= _MOST else None

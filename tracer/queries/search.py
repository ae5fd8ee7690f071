"""Which messages fit a query of the search language? The latest first.

A query stands for a set of messages and of mail that was refused before it was one: the latter
are lines without a queue id, and rows of their own. Conditions on the message itself are asked of
the table `messages`; those on its lines narrow the lines down first, by text and time, and join
what is left. Text that people typed becomes parameters, never SQL.

The latest time is searched first. Where it has little that fits, tracer.queries.search_few tells
what else may fit, wherever it is; else one span of time is searched after the other.
"""

import heapq
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from tracer.projections.messages import LATE
from tracer.queries.evidence import rows_of
from tracer.queries.positions import among
from tracer.queries.search_conditions import EVER, REFUSED, Conditions, Span, is_of_message, joined
from tracer.queries.search_few import Few, few_that_may_fit
from tracer.queries.search_hits import Hit, Place, hits
from tracer.queries.search_language import And, Node
from tracer.store import Reader

MOST_FOUND = 50

_SPANS_LOOKED_AT = 5  # what needs more of them to be found is rare
_TRAFFIC_AT_ONCE = 200_000  # how much, as traffic_hourly counts it, is searched at a time


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    count: how many fit, up to the limit; is_cut where there are more.
    hits: these, latest first; read from the store some at a time, once.
    """

    count: int
    is_cut: bool
    hits: Iterator[Hit]


def find(reader: Reader, query: Node, now: datetime, *, limit: int = MOST_FOUND) -> Found:
    """What fits a query.

    now: with the viewer's zone, in which times without one are meant.
    """
    messages: list[Place] = []
    refusals: list[Place] = []
    few, is_tried, looked_at = Few(None, None), False, 0
    for span in _spans(reader):
        rest = EVER[0], span[1]
        start, end = Conditions(now).time_of_refusals(query, span)
        is_rare = len(messages) + len(refusals) < looked_at * limit / _SPANS_LOOKED_AT
        is_new = is_rare and not is_tried
        is_tried |= is_rare
        if is_new:
            few = few_that_may_fit(reader, query, now, rest)
        if is_new or few.messages is None:
            reach = span if few.messages is None else rest
            messages += _messages(reader, query, now, reach, limit + 1, few.messages)
        if is_new or few.refusals is None:
            reach = span if few.refusals is None else rest
            refusals += _refusals(reader, query, now, reach, limit + 1, few.refusals)
        if None not in few or _count(messages, span) + _count(refusals, span) > limit:
            break
        looked_at += start < end
    found = heapq.nlargest(limit + 1, [*messages, *refusals])
    shown = found[:limit]
    return Found(len(shown), len(found) > limit, hits(reader, shown, frozenset(messages)))


def _spans(reader: Reader) -> Iterator[Span]:
    """Spans of time that hold so much traffic each, the latest first; together all of time.

    One is searched after the other: so memory is bounded, and what is found often found soon.
    """
    since, until = EVER
    count = 0
    for row in rows_of(
        reader,
        "SELECT hour, sum(count)::BIGINT AS count FROM traffic_hourly GROUP BY hour "
        "ORDER BY hour DESC",
    ):
        count += row["count"]
        if count >= _TRAFFIC_AT_ONCE:
            yield row["hour"], until
            until, count = row["hour"], 0
    yield since, until


def _count(places: Sequence[Place], span: Span) -> int:
    """How many there are from the beginning of a span on."""
    return sum(first_at >= span[0] for first_at, _ in places)


def _messages(
    reader: Reader,
    query: Node,
    now: datetime,
    span: Span,
    limit: int,
    few: Sequence[int] | None,
) -> list[Place]:
    """The messages that began in a span and fit, latest first.

    few: the numbers of those that may fit, None for all.
    """
    if few is not None and not few:
        return []
    sql = Conditions(now)
    nodes = query.nodes if isinstance(query, And) else (query,)
    own = [sql.of_message(node) for node in nodes if is_of_message(node)]
    others = tuple(node for node in nodes if not is_of_message(node))
    condition = joined(" AND ", [sql.began_in(span), *own])
    if few is not None:
        sql.parameters["few"] = few
        condition += " AND first_position IN (SELECT unnest($few))"
    if not others:
        return _latest(reader, "messages", condition, sql.parameters, limit)
    candidates = f"(SELECT * FROM messages WHERE {condition})"
    reach = "SELECT min(first_at) AS first_at, max(last_at) AS last_at FROM"
    (row,) = rows_of(reader, f"{reach} {candidates}", **sql.parameters)
    if row["first_at"] is None:
        return []
    condition = sql.of_message(And(others) if len(others) > 1 else others[0])
    latest = row["last_at"] + LATE
    told = sql.told(
        candidates,
        row["first_at"] - LATE,
        min(latest, span[1] + LATE),
        latest,
        are_few=few is not None,
    )
    source = f"{candidates} LEFT JOIN ({told}) USING (first_position)"
    return _latest(reader, source, condition, sql.parameters, limit)


def _refusals(
    reader: Reader,
    query: Node,
    now: datetime,
    span: Span,
    limit: int,
    few: Sequence[int] | None,
) -> list[Place]:
    """The lines of a span that refuse mail before it was a message, and fit; latest first.

    few: the positions of those that may fit, None for all.
    """
    if few is not None and not few:
        return []
    sql = Conditions(now)
    start, end = sql.time_of_refusals(query, span)
    if start >= end:
        return []
    condition = f"{sql.began_in((start, end))} AND {sql.of_refusal(query)}"
    if few is not None:
        condition += f" AND {among(few)}"
    sql.reach(start, end)
    return _latest(reader, f"({REFUSED})", condition, sql.parameters, limit)


def _latest(
    reader: Reader, source: str, condition: str, parameters: Mapping[str, object], limit: int
) -> list[Place]:
    """No other column: so memory is bounded however many rows fit."""
    rows = rows_of(
        reader,
        f"""
        SELECT first_at, first_position FROM {source} WHERE {condition}
        ORDER BY first_at DESC, first_position DESC LIMIT $limit
        """,
        **parameters,
        limit=limit,
    )
    return [(row["first_at"], row["first_position"]) for row in rows]

"""The path of a message: all the messages it became or caused, and how it ended for whom.

A path is what links connect. It begins with the message that came of no other; what became of each
of its recipients is followed from message to message (tracer.queries.fates). What a client did
before it had a queue id belongs to the path too.
"""

import ipaddress
from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracer.queries import addressed, before, evidence, fates, handlings, links, outcome, trace
from tracer.queries.evidence import at, in_order, lives_at, rows_of
from tracer.queries.fates import Fate, Hop
from tracer.queries.handlings import Handling
from tracer.queries.links import Link, Linked
from tracer.queries.sentences import exact, no_mail, sentence
from tracer.queries.trace import Line, MessageTrace
from tracer.reasons import classify
from tracer.store import Reader

Row = Mapping[str, Any]

MOST_MESSAGES = 100  # on one path; a list may reach thousands
MOST_PATHS = 10
_HOPS = 3  # messages of one path, as a rule: so many more are found than paths
_LINES_AT_ONCE = 5_000  # in memory, of paths that are not told yet
_REFUSED = ("postfix.rejected", "postfix.checked")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a filter said. kind: spam, virus, dkim, spf, dmarc or greylist."""

    kind: str
    result: str
    score: float | None
    required: float | None
    detail: str | None
    host: str | None
    position: int


@dataclass(frozen=True, slots=True)
class Path:
    """The way of one message, from hop to hop.

    messages: in order of time; empty where all was refused. Their lines are in `lines`.
    numbers: the messages' numbers in the store, in the same order.
    handlings: Dovecot and scanners, which had one of the messages in hand.
    is_cut: there are more messages than are looked at.
    was_no_mail: nothing is to be delivered, as its client went away, or Postfix only asked.
    """

    sentence: str
    message_id: str | None
    envelope_sender: str | None
    client_name: str | None
    client_address: str | None
    helo_name: str | None
    sasl_username: str | None
    first_seen: datetime
    last_seen: datetime
    recipients: tuple[Fate, ...]
    verdicts: tuple[Verdict, ...]
    messages: tuple[MessageTrace, ...]
    numbers: tuple[int, ...]
    links: tuple[Link, ...]
    handlings: tuple[Handling, ...]
    lines: tuple[Line, ...]
    is_cut: bool
    was_no_mail: bool

    @property
    def connections(self) -> tuple[Link | Handling, ...]:
        """Links and handlings."""
        return (*self.links, *self.handlings)

    @property
    def is_done(self) -> bool:
        """Whether nothing more can be expected of it."""
        waiting = {"deferred", "held", "queued", "unknown"}
        if self.was_no_mail:
            return True
        return bool(self.recipients) and not {f.outcome for f in self.recipients} & waiting


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found: the latest paths, oldest first; is_cut where there are more."""

    query: str
    paths: tuple[Path, ...]
    is_cut: bool


def find(reader: Reader, queries: Iterable[str], *, limit: int = MOST_PATHS) -> list[Found]:
    """The paths of each: a queue id of any hop, a Message-ID, an address, a client's address."""
    return [_find(reader, query, limit) for query in queries]


def _find(reader: Reader, query: str, limit: int) -> Found:
    term = query.strip()
    most = limit * _HOPS + 1
    lives = lives_of(reader, term, most)
    is_address = "@" in term or _is_address(term)
    refusals = _refusals(reader, term.strip("<>"), limit + 1) if is_address else []
    waiting = sorted([*lives, *refusals], key=_began_at, reverse=True)
    paths: list[Path] = []
    told: set[int] = set()  # numbers of messages, and positions of lines
    while waiting and len(paths) < limit:
        some, waiting = waiting[: limit - len(paths)], waiting[limit - len(paths) :]
        for row, found in zip(some, _paths(reader, some), strict=True):
            if found and _number(row) not in told:
                paths.append(found)
                told.update(found.numbers, (line.position for line in found.lines))
        waiting = [row for row in waiting if _number(row) not in told]
    is_cut = bool(waiting) or len(lives) == most or len(refusals) > limit
    return Found(query, _oldest_first(paths), is_cut)


def _began_at(row: Row) -> datetime:
    at: datetime = row["first_at"] if "message_no" in row else row["occurred_at"]
    return at


def _number(row: Row) -> int:
    """What tells a message, or a refusal, from others."""
    return int(row["message_no"] if "message_no" in row else row["position"])


def _paths(reader: Reader, rows: Sequence[Row]) -> list[Path | None]:
    """The path of each message or refusal; None of a message that is on one before it."""
    lives = [row for row in rows if "message_no" in row]
    made = dict(zip((_number(life) for life in lives), _of_lives(reader, lives), strict=True))
    refused = [row for row in rows if "message_no" not in row]
    refusals = dict(zip(map(_number, refused), _refused_paths(reader, refused), strict=True))
    return [made[_number(row)] if "message_no" in row else refusals[_number(row)] for row in rows]


def _oldest_first(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(sorted(paths, key=lambda path: (path.first_seen, path.numbers)))


def lives_of(reader: Reader, term: str, limit: int) -> list[Row]:
    """Rows of `messages` for a query, as find takes it; the latest first."""
    if _is_address(term):
        condition = "client_address = $term"
    elif lives := trace.lives_of(reader, term, limit):
        return lives
    else:  # an id that the next hop gave
        condition = """
            EXISTS (
                FROM links l WHERE l.to_queue_id = $term AND l.from_queue_id = m.queue_id
                    AND l.host IS NOT DISTINCT FROM m.host AND l.instance = m.instance
                    AND l.position BETWEEN m.first_position AND m.last_position)
        """
    rows = rows_of(
        reader,
        f"""
        SELECT first_at, first_position FROM messages m WHERE {condition}
        ORDER BY first_at DESC, first_position DESC LIMIT $limit
        """,
        term=term,
        limit=limit,
    )
    return lives_at(reader, (row["first_position"] for row in rows))


def _is_address(term: str) -> bool:
    try:
        ipaddress.ip_address(term)
    except ValueError:
        return False
    return True


def of(reader: Reader, life: Row) -> Path:
    """The whole path that a message is on."""
    [found] = _of_lives(reader, [life])
    assert found
    return found


def of_all(reader: Reader, lives: Sequence[Row]) -> Iterator[Path]:
    """The paths that messages are on, each once."""
    yield from (found for found in _of_lives(reader, lives) if found)


@dataclass(frozen=True, slots=True)
class _Connected:
    """Messages that links connect, by number, in order of time; is_cut where there are more."""

    lives: Mapping[int, Row]
    links: Sequence[Link]
    is_cut: bool

    @property
    def root(self) -> int:
        """The first message that came of no other."""
        came_of = {link.target for link in self.links}
        return next((n for n in self.lives if n not in came_of), next(iter(self.lives)))

    @property
    def size(self) -> int:
        """About how many lines tell of it."""
        counts = ("sent_count", "deferred_count", "bounced_count")
        return sum(10 + sum(life[name] for name in counts) for life in self.lives.values())


def _of_lives(reader: Reader, lives: Sequence[Row]) -> Iterator[Path | None]:
    """The path of each message; None of one that is on the path of one before it."""
    known: set[int] = set()
    batch: list[_Connected | None] = []
    for life, connected in zip(lives, _connected(reader, lives), strict=True):
        is_new = life["message_no"] not in known
        known |= {*connected.lives}
        batch.append(connected if is_new else None)
        if sum(c.size for c in batch if c) > _LINES_AT_ONCE:
            yield from _built(reader, batch)
            batch = []
    yield from _built(reader, batch)


def _built(reader: Reader, batch: Sequence[_Connected | None]) -> Iterator[Path | None]:
    """The paths of what is connected, from all of their lines."""
    every = [connected for connected in batch if connected]
    lives = {number: life for connected in every for number, life in connected.lives.items()}
    if not lives:
        yield from (None for _ in batch)
        return
    siblings = evidence.siblings_of(reader, [*lives.values()])
    own = evidence.own_of(reader, [*lives.values()], siblings)
    found = evidence.of(reader, [*lives.values()], siblings, own)
    births = {
        connected.root: row
        for connected in every
        for row in reversed(in_order(own[connected.root]))
        if row["event"] == "postfix.client_assigned"
    }
    asked = [(row, lives[root]["envelope_sender"]) for root, row in births.items()]
    for root, session in zip(births, before.connections(reader, asked), strict=True):
        found[root] = {**session, **found[root]}
    events = evidence.events_of(reader, found)
    events |= {c.root: before.screened(events[c.root]) for c in every}
    put_off = before.put_off(reader, [(lives[c.root], _accepted(events[c.root])) for c in every])
    for root, attempts in put_off.items():
        events[root] = in_order([*attempts, *events[root]])
    traces = {
        life["message_no"]: told
        for life, told in zip(
            lives.values(),
            trace.messages_of(reader, [*lives.values()], siblings, events),
            strict=True,
        )
    }
    merged = [in_order(_each_once(row for n in c.lives for row in events[n])) for c in every]
    lines = zip(every, merged, trace.lines_of(reader, merged), strict=True)
    for connected in batch:
        if connected is None:
            yield None
            continue
        _, rows, shown = next(lines)
        yield _path(connected, events, put_off.get(connected.root, ()), traces, rows, shown)


def _path(
    connected: _Connected,
    events: Mapping[int, Sequence[Row]],
    attempts: Sequence[Row],
    traces: Mapping[int, MessageTrace],
    every: Sequence[Row],
    lines: tuple[Line, ...],
) -> Path:
    """One path.

    attempts: that were put off before. every: the events of all its messages, in order of time.
    """
    root, links = connected.root, connected.links
    life = connected.lives[root]
    hops = {number: _hop(row, events[number]) for number, row in connected.lives.items()}
    recipients = tuple(fates.of(hops, links, root))
    verdicts = (*_delays(life, attempts), *_verdicts(every))
    return Path(
        sentence=sentence(hops, links, root, recipients, verdicts, connected.is_cut),
        message_id=life["message_id"],
        envelope_sender=life["envelope_sender"],
        client_name=life["client_name"],
        client_address=life["client_address"],
        helo_name=life["helo_name"],
        sasl_username=life["sasl_username"],
        first_seen=every[0]["occurred_at"],
        last_seen=every[-1]["occurred_at"],
        recipients=recipients,
        verdicts=verdicts,
        messages=tuple(traces[number] for number in connected.lives),
        numbers=tuple(connected.lives),
        links=tuple(links),
        handlings=tuple(handlings.of(hops, [*connected.lives])),
        lines=lines,
        is_cut=connected.is_cut,
        was_no_mail=no_mail(hops[root]) is not None,
    )


def _hop(life: Row, events: Sequence[Row]) -> Hop:
    own = [row for row in events if row["evidence"] == "queue_id"]
    return Hop(life, events, outcome.of(life, events, outcome.deliveries(own)))


_STRONGEST_FIRST = (
    "queue_id", "session", "session_id", "named", "put_off", "message_id", "envelope", "virus",
    "screened",
)  # fmt: skip


def _each_once(rows: Iterable[Row]) -> Collection[Row]:
    """The rows, of several for one line the one with the strongest evidence."""
    kept: dict[int, Row] = {}
    for row in rows:
        other = kept.setdefault(row["position"], row)
        if _STRONGEST_FIRST.index(row["evidence"]) < _STRONGEST_FIRST.index(other["evidence"]):
            kept[row["position"]] = row
    return kept.values()


def _connected(reader: Reader, starts: Sequence[Row]) -> list[_Connected]:
    """All messages that links connect with each of these, as far as MOST_MESSAGES."""
    known: dict[int, Linked] = {}
    while True:
        unknown: dict[int, Row] = {}
        found = [_reached(start, known, unknown) for start in starts]
        if not unknown:
            return found
        known |= links.of(reader, [*unknown.values()])


def _reached(start: Row, known: Mapping[int, Linked], unknown: dict[int, Row]) -> _Connected:
    """What is connected with a message; unknown: is given those whose links are not known yet."""
    lives = {start["message_no"]: start}
    found: dict[tuple[str, int, int], Link] = {}
    waiting = deque([start])
    is_cut = False
    while waiting:
        life = waiting.popleft()
        if life["message_no"] not in known:
            unknown[life["message_no"]] = life
            continue
        of_life, ends = known[life["message_no"]]
        for end in ends:
            if end["message_no"] in lives:
                continue
            if len(lives) >= MOST_MESSAGES:
                is_cut = True
                continue
            lives[end["message_no"]] = end
            waiting.append(end)
        for link in of_life:
            found.setdefault((link.kind, link.origin, link.target), link)
    kept = [k for k in found.values() if k.origin in lives and k.target in lives]
    order = sorted(lives, key=lambda number: (lives[number]["first_at"], number))
    return _Connected(
        {number: lives[number] for number in order},
        sorted(kept, key=lambda k: (k.positions, k.target)),
        is_cut,
    )


# -- refused before there was a queue id ------------------------------------------------------


def refused(reader: Reader, term: str, *, limit: int = MOST_PATHS) -> list[Path]:
    """The latest that never got a queue id and named the address or came from the client."""
    return _refused_paths(reader, _refusals(reader, term, limit))


def _refusals(reader: Reader, term: str, limit: int) -> list[Row]:
    if "@" in term:
        positions = addressed.refusals(reader, term, _IS_REFUSAL, limit)
    else:
        positions = _refusals_of_client(reader, term, limit)
    return [{**row, "evidence": "session"} for row in at(reader, positions)]


_IS_REFUSAL = "(event = 'postfix.rejected' OR event = 'postfix.checked' AND action = 'discard')"
_SEARCHED_AT_ONCE = 2_000_000


def _refusals_of_client(reader: Reader, address: str, limit: int) -> list[int]:
    """The positions of the latest, looked for from the store's end."""
    [store] = rows_of(reader, "SELECT max(position) AS last FROM events")
    last: int = store["last"] or 0
    found: list[int] = []
    while last > 0 and len(found) < limit:
        rows = rows_of(
            reader,
            f"""
            SELECT position FROM events
            WHERE position > $first AND position <= $last AND {_IS_REFUSAL}
                AND queue_id IS NULL AND client_address = $address
            ORDER BY position DESC LIMIT $limit
            """,
            first=last - _SEARCHED_AT_ONCE,
            last=last,
            address=address,
            limit=limit - len(found),
        )
        found += [row["position"] for row in rows]
        last -= _SEARCHED_AT_ONCE
    return found


def of_refusal(reader: Reader, position: int) -> Path | None:
    """The path of what a line without a queue id refuses; None if there is no such line."""
    rows = [
        {**row, "evidence": "session"}
        for row in at(reader, [position])
        if row["queue_id"] is None and row["event"] in _REFUSED
    ]
    return _refused_paths(reader, rows)[0] if rows else None


def _refused_paths(reader: Reader, rows: Sequence[Row]) -> list[Path]:
    """The paths of what never got a queue id: they end at the door."""
    around = before.connections(reader, [(row, row["envelope_sender"]) for row in rows])
    events = evidence.events_of(
        reader,
        {
            row["position"]: {row["position"]: "session", **session}
            for row, session in zip(rows, around, strict=True)
        },
    )
    every = [before.screened(events[row["position"]]) for row in rows]
    lines = trace.lines_of(reader, every)
    return [_refused_path(*parts) for parts in zip(rows, every, lines, strict=True)]


def _refused_path(row: Row, events: Sequence[Row], lines: tuple[Line, ...]) -> Path:
    verdicts = _verdicts(events)
    fate = fates.refusal(row)
    return Path(
        sentence=sentence({}, (), None, (fate,), verdicts, is_cut=False),
        message_id=None,
        envelope_sender=row["envelope_sender"],
        client_name=row["client_name"],
        client_address=row["client_address"],
        helo_name=row["helo_name"],
        sasl_username=None,
        first_seen=events[0]["occurred_at"],
        last_seen=events[-1]["occurred_at"],
        recipients=(fate,),
        verdicts=verdicts,
        messages=(),
        numbers=(),
        links=(),
        handlings=(),
        lines=lines,
        is_cut=False,
        was_no_mail=False,
    )


# -- verdicts ---------------------------------------------------------------------------------

_KINDS = ("spam", "virus", "dkim", "spf", "greylist")


_PUT_OFF = {"greylisted": "greylisted", "screening_retry": "told to come back by postscreen"}


def _accepted(events: Iterable[Row]) -> Iterable[str]:
    """The recipients as the client named them: smtpd logs them with deliveries alone."""
    return dict.fromkeys(
        row["original_recipient"] or row["recipient"]
        for row in events
        if row["event"] == "postfix.delivery_attempted" and row["evidence"] == "queue_id"
    )


def _delays(life: Row, attempts: Sequence[Row]) -> Iterable[Verdict]:
    """What it took to get through, where its client was told to try again later."""
    if not attempts:
        return
    first, last = attempts[0], attempts[-1]
    waited = life["first_at"] - first["occurred_at"]
    why = _PUT_OFF[classify(last).reason_class]
    detail = f"{why} {exact(waited.total_seconds())}, then accepted"
    yield _verdict("greylist", "delayed", detail, last)


def _verdicts(events: Iterable[Row]) -> tuple[Verdict, ...]:
    found = []
    for row in events:
        if row["dmarc_result"]:
            found.append(_verdict("dmarc", row["dmarc_result"], row["header_domain"], row))
        found += [
            _verdict(told.kind, told.result, told.detail, row)
            for told in trace.verdicts_of(row)
            if told.kind in _KINDS and told.result
        ]
    return tuple(found)


def _verdict(kind: str, result: str, detail: str | None, row: Row) -> Verdict:
    score, required = (row["spam_score"], row["spam_required"]) if kind == "spam" else (None, None)
    if kind == "spam":
        detail = ", ".join(trace.scan_details(row)) or None
    return Verdict(kind, result, score, required, detail, row["host"], row["position"])

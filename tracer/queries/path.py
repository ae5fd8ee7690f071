"""The path of a message: all the messages it became or caused, and how it ended for whom.

A path is what links connect. It begins with the message that came of no other; what became of each
of its recipients is followed from message to message (tracer.queries.fates). What a client did
before it had a queue id belongs to the path too.
"""

import ipaddress
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracer.queries import addressed, before, fates, handlings, links, outcome, trace
from tracer.queries.fates import Fate, Hop
from tracer.queries.handlings import Handling
from tracer.queries.links import Link
from tracer.queries.sentences import exact, sentence
from tracer.queries.trace import Line, MessageTrace
from tracer.reasons import classify
from tracer.store import Reader

Row = Mapping[str, Any]

MOST_MESSAGES = 100  # on one path; a list may reach thousands
MOST_PATHS = 10
_SESSION = timedelta(hours=1)  # from a connection to the queue id
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

    @property
    def connections(self) -> tuple[Link | Handling, ...]:
        """Links and handlings."""
        return (*self.links, *self.handlings)

    @property
    def is_done(self) -> bool:
        """Whether nothing more can be expected of it."""
        waiting = {"deferred", "held", "queued", "unknown"}
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
    found = [(life["first_at"], life) for life in _lives(reader, term, limit + 1)]
    if "@" in term or _is_address(term):
        refusals = _refusals(reader, term.strip("<>"), limit + 1)
        found += [(row["occurred_at"], row) for row in refusals]
    found.sort(key=lambda item: item[0], reverse=True)
    paths: list[Path] = []
    told: set[int] = set()  # numbers of messages, and positions of lines
    for _, row in found:
        if row.get("message_no", row.get("position")) in told:
            continue
        if len(paths) == limit:
            return Found(query, _oldest_first(paths), is_cut=True)
        paths.append(of(reader, row) if "message_no" in row else _refused_path(reader, row))
        told.update(paths[-1].numbers, (line.position for line in paths[-1].lines))
    return Found(query, _oldest_first(paths), is_cut=False)


def _oldest_first(paths: Iterable[Path]) -> tuple[Path, ...]:
    return tuple(sorted(paths, key=lambda path: (path.first_seen, path.numbers)))


def _lives(reader: Reader, term: str, limit: int) -> list[Row]:
    """Rows of `messages` for a query, the latest first."""
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
    return trace.rows_of(
        reader,
        f"""
        SELECT * FROM messages m WHERE {condition}
        ORDER BY first_at DESC, first_position DESC LIMIT $limit
        """,
        term=term,
        limit=limit,
    )


def _is_address(term: str) -> bool:
    try:
        ipaddress.ip_address(term)
    except ValueError:
        return False
    return True


def of(reader: Reader, life: Row) -> Path:
    """The whole path that a message is on."""
    lives, found, is_cut = _connected(reader, life)
    order = sorted(lives, key=lambda number: (lives[number]["first_at"], number))
    siblings = {number: trace.siblings_of(reader, lives[number]) for number in order}
    events = {n: trace.events_of(reader, lives[n], siblings[n]) for n in order}
    root = _root(order, found)
    session = _session(reader, lives[root], events[root])
    known = {row["position"] for row in events[root]}
    events[root] = _in_order([*events[root], *(r for r in session if r["position"] not in known)])
    attempts = before.put_off(reader, lives[root], _accepted(events[root]))
    events[root] = _in_order([*attempts, *events[root]])
    hops = {number: _hop(lives[number], events[number]) for number in order}
    recipients = tuple(fates.of(hops, found, root))
    every = _in_order(_each_once(row for number in order for row in events[number]))
    traces = tuple(
        trace.message_of(reader, lives[n], siblings[n], events[n], lines=()) for n in order
    )
    verdicts = (*_delays(lives[root], attempts), *_verdicts(every))
    return Path(
        sentence=sentence(hops, found, root, recipients, verdicts, is_cut),
        message_id=lives[root]["message_id"],
        envelope_sender=lives[root]["envelope_sender"],
        client_name=lives[root]["client_name"],
        client_address=lives[root]["client_address"],
        helo_name=lives[root]["helo_name"],
        sasl_username=lives[root]["sasl_username"],
        first_seen=every[0]["occurred_at"],
        last_seen=every[-1]["occurred_at"],
        recipients=recipients,
        verdicts=verdicts,
        messages=traces,
        numbers=tuple(order),
        links=tuple(found),
        handlings=tuple(handlings.of(hops, order)),
        lines=trace.lines_of(reader, every),
        is_cut=is_cut,
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


def _in_order(rows: Iterable[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: (row["occurred_at"], row["position"]))


def _connected(reader: Reader, start: Row) -> tuple[dict[int, Row], list[Link], bool]:
    """All messages that links connect with this one, as far as MOST_MESSAGES."""
    lives = {start["message_no"]: start}
    found: dict[tuple[str, int, int], Link] = {}
    waiting = [start]
    is_cut = False
    while waiting:
        life = waiting.pop(0)
        of_life, ends = links.of(reader, life)
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
    return lives, sorted(kept, key=lambda k: (k.positions, k.target)), is_cut


def _root(order: Sequence[int], found: Sequence[Link]) -> int:
    """The first message that came of no other."""
    came_of = {link.target for link in found}
    return next((number for number in order if number not in came_of), order[0])


# -- before the queue id ----------------------------------------------------------------------


def _session(reader: Reader, life: Row, events: Sequence[Row]) -> list[Row]:
    """What the client did on its connection without a queue id, as far as it is this message's."""
    births = [
        row
        for row in events
        if row["event"] == "postfix.client_assigned" and row["evidence"] == "queue_id"
    ]
    if not births:
        return []
    return _of_connection(reader, births[0], life["envelope_sender"])


def _of_connection(reader: Reader, line: Row, sender: str | None) -> list[Row]:
    """The events of the line's connection; of refusals, those of the same transaction.

    line: a refusal, or the birth of a queue file; before that a transaction has no queue id.
    """
    rows = trace.rows_of(
        reader,
        f"""
        SELECT {trace.FIELDS}, 'session' AS evidence FROM events
        WHERE occurred_at BETWEEN $earliest AND $latest AND pid = $pid AND program = $program
            AND host IS NOT DISTINCT FROM $host
            AND (queue_id IS NULL OR event = 'postfix.client_assigned')
        ORDER BY position
        """,
        earliest=line["occurred_at"] - _SESSION,
        latest=line["occurred_at"] + _SESSION,
        pid=line["pid"],
        program=line["program"],
        host=line["host"],
    )
    earlier = [row for row in rows if row["position"] <= line["position"]]
    after = [row for row in rows if row["position"] > line["position"]]
    opened = [row for row in earlier if row["event"] == "postfix.client_connected"]
    closed = [row for row in after if row["event"] == "postfix.client_disconnected"]
    first = opened[-1]["position"] if opened else line["position"]
    last = closed[0]["position"] if closed else line["position"]
    births = [r["position"] for r in rows if r["event"] == "postfix.client_assigned"]
    previous = max((p for p in births if p < line["position"]), default=0)
    screened = before.screened(reader, opened[-1]) if opened else []
    return screened + [
        row
        for row in rows
        if first <= row["position"] <= last
        and row["queue_id"] is None
        and (
            row["event"] not in _REFUSED
            or (
                previous < row["position"] <= line["position"]
                and (sender is None or row["envelope_sender"] in (None, sender))
            )
        )
    ]


def refused(reader: Reader, term: str, *, limit: int = MOST_PATHS) -> list[Path]:
    """The latest that never got a queue id and named the address or came from the client."""
    return [_refused_path(reader, row) for row in _refusals(reader, term, limit)]


def _refusals(reader: Reader, term: str, limit: int) -> list[Row]:
    if "@" in term:
        positions = addressed.refusals(reader, term, _IS_REFUSAL, limit)
    else:
        positions = _refusals_of_client(reader, term, limit)
    return [{**row, "evidence": "session"} for row in trace.at(reader, sorted(positions))]


_IS_REFUSAL = "(event = 'postfix.rejected' OR event = 'postfix.checked' AND action = 'discard')"
_LINES_AT_ONCE = 2_000_000


def _refusals_of_client(reader: Reader, address: str, limit: int) -> list[int]:
    """The positions of the latest, looked for from the store's end."""
    [store] = trace.rows_of(reader, "SELECT max(position) AS last FROM events")
    last: int = store["last"] or 0
    found: list[int] = []
    while last > 0 and len(found) < limit:
        rows = trace.rows_of(
            reader,
            f"""
            SELECT position FROM events
            WHERE position > $first AND position <= $last AND {_IS_REFUSAL}
                AND queue_id IS NULL AND client_address = $address
            ORDER BY position DESC LIMIT $limit
            """,
            first=last - _LINES_AT_ONCE,
            last=last,
            address=address,
            limit=limit - len(found),
        )
        found += [row["position"] for row in rows]
        last -= _LINES_AT_ONCE
    return found


def of_refusal(reader: Reader, position: int) -> Path | None:
    """The path of what a line without a queue id refuses; None if there is no such line."""
    rows = trace.rows_of(
        reader,
        f"""
        SELECT {trace.FIELDS}, 'session' AS evidence FROM events
        WHERE position = $position AND queue_id IS NULL AND event IN {_REFUSED}
        """,
        position=position,
    )
    return _refused_path(reader, rows[0]) if rows else None


def _refused_path(reader: Reader, row: Row) -> Path:
    """The path of what never got a queue id: it ends at the door."""
    around = _of_connection(reader, row, row["envelope_sender"])
    known = {other["position"] for other in around}
    events = _in_order(around if row["position"] in known else [*around, row])
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
        lines=trace.lines_of(reader, events),
        is_cut=False,
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

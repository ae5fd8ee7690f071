"""What became of a message for each recipient, over all the hands it passed through."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any

from tracer.queries.links import Link, addresses, session_of
from tracer.queries.outcome import Outcome, reply_of
from tracer.reasons import classify

Row = Mapping[str, Any]

_SPAM_FOLDER = re.compile(r"(^|[./])(spam|junk)", re.IGNORECASE)
_ONWARD = ("relayed", "reinjected", "forwarded", "requeued")
_OUTCOME_OF_STATE = {  # where there was no delivery attempt, or it decides over them
    "deleted": "deleted", "discarded": "discarded", "rejected": "rejected", "held": "held",
    "queued": "queued", "received": "queued",
}  # fmt: skip
_ACCEPTED = ("delivered", "relayed")
_FOR_A_REASON = ("rejected", "bounced", "deferred", "expired")
_OF_ACTION = {"discard": "discarded", "hold": "held"}  # access(5): they hold for all recipients
# What is said of an address that became several: the first of these that one of them has.
_WORST_FIRST = (
    "bounced", "expired", "rejected", "deferred", "held", "queued", "quarantined", "discarded",
    "deleted", "unknown", "forwarded", "relayed", "delivered",
)  # fmt: skip
_DISCARDED = re.compile(r"\bdiscarded, id=\S+")  # amavis, to the hop before it


@dataclass(frozen=True, slots=True)
class Fate:
    """What became of one recipient.

    recipient: as it was first given to us, or what such a one was expanded to.
    original_recipient: the one that it was expanded from, else None.
    outcome: delivered, relayed, forwarded, rejected, bounced, expired, deferred, held,
        quarantined, discarded, deleted, queued or unknown.
    final_recipient: the address of the last delivery.
    mailbox, folder: of the user whose mailbox has it, as far as Dovecot tells.
    relay_host: the server that took it, or refused it, where that is not in the store.
    reason_class: why it is refused or not delivered, see tracer.reasons; else None.
    since: when it was tried first; None where nobody tried.
    position: of the line that proves it.
    is_elsewhere: another server than the one that it was given to has it.
    """

    recipient: str | None
    outcome: str
    original_recipient: str | None = None
    final_recipient: str | None = None
    host: str | None = None
    mailbox: str | None = None
    folder: str | None = None
    relay_host: str | None = None
    dsn: str | None = None
    reply: str | None = None
    reason_class: str | None = None
    attempts: int = 0
    at: datetime | None = None
    since: datetime | None = None
    position: int | None = None
    is_elsewhere: bool = False

    @property
    def is_spam_folder(self) -> bool:
        """Whether the folder's name says that it is for spam."""
        return bool(self.folder and _SPAM_FOLDER.search(self.folder))


@dataclass(frozen=True)
class Hop:
    """One message on a path: its row of `messages`, its events with their evidence, its state."""

    life: Row
    events: Sequence[Row]
    outcome: Outcome

    @property
    def number(self) -> int:
        """Its number in `messages`."""
        return int(self.life["message_no"])

    @cached_property
    def attempts(self) -> Sequence[Row]:
        """The delivery attempts, in order of time."""
        return [
            row
            for row in self.events
            if row["event"] == "postfix.delivery_attempted" and row["evidence"] == "queue_id"
        ]

    @cached_property
    def by_session(self) -> Mapping[str, Sequence[Row]]:
        """The delivery attempts by the Dovecot session that their replies name."""
        return _grouped((session_of(row["reply"]), row) for row in self.attempts)

    @cached_property
    def stored(self) -> Mapping[str, Sequence[Row]]:
        """Dovecot's lines about deliveries, by session and by user."""
        found = [row for row in self.events if row["event"] in AT_DOVECOT]
        return _grouped((row[name], row) for name in ("session_id", "username") for row in found)

    @cached_property
    def is_redirected(self) -> bool:
        """Whether a check sent the message to another address, whoever it was for."""
        return any(
            row["event"] == "postfix.checked" and row["action"] == "redirect" for row in self.events
        )


def _grouped(rows: Iterable[tuple[str | None, Row]]) -> dict[str, list[Row]]:
    """Rows by what stands before them, in their order; without those before which is None."""
    found: dict[str, list[Row]] = {}
    for name, row in rows:
        if name is not None:
            found.setdefault(name, []).append(row)
    return found


def of(hops: Mapping[int, Hop], links: Sequence[Link], root: int) -> list[Fate]:
    """The recipients of the message that a path begins with, in the order of their first lines."""
    walk = _Walk(hops, links)
    hop = hops[root]
    given: dict[str, list[Fate]] = {}
    for address, rows in _given(hop).items():
        given[address] = list(walk.fates(hop, rows, frozenset({root})))
    fates = [fate for address, ends in given.items() for fate in _summed(hop, address, ends)]
    refused = [fate for fate in _refused(hop.events) if fate.recipient not in given]
    by_position = {row["position"]: row for hop in hops.values() for row in hop.events}
    return [_classed(fate, by_position) for fate in fates + refused or [walk.whole(hop, None)]]


def _classed(fate: Fate, rows: Mapping[int, Row]) -> Fate:
    row = rows.get(fate.position) if fate.position is not None else None
    if row is None or fate.outcome not in _FOR_A_REASON:
        return fate
    return replace(fate, reason_class=classify(row).reason_class)


def _given(hop: Hop) -> dict[str, list[Row]]:
    """The attempts by the address that was given to us; without any, what other lines name."""
    attempts: dict[str, list[Row]] = {}
    for row in hop.attempts:
        attempts.setdefault(row["original_recipient"] or row["recipient"], []).append(row)
    if not attempts or _decided(hop) in ("held", "discarded", "rejected", "deleted"):
        for address in _named(hop):
            attempts.setdefault(address, [])
    return attempts


def _decided(hop: Hop) -> str:
    """The outcome of a message as a whole, where no attempt tells it."""
    for row in hop.events:
        if row["evidence"] == "session" and row["event"] == "postfix.checked":
            by_action = _OF_ACTION.get(row["action"])
            if by_action and hop.outcome.state in ("received", "unfinished", "queued"):
                return by_action
    return _OUTCOME_OF_STATE.get(hop.outcome.state, "unknown")


def _named(hop: Hop) -> Iterator[str]:
    """Recipients that checks, milters and policy servers name."""
    for row in hop.events:
        is_refused = row["event"] == "postfix.rejected" and row["stage"] == "RCPT"
        is_of_another = row["evidence"] in ("named", "message_id", "put_off", "screened")
        if row["event"].startswith("dovecot.") or is_refused or is_of_another:
            continue
        if row["recipient"]:
            yield row["recipient"]
        if row["further_recipients"]:
            yield from re.findall(r"[^\s<>,;]+@[^\s<>,;]+", row["further_recipients"])


def _summed(hop: Hop, address: str, ends: Sequence[Fate]) -> Iterator[Fate]:
    """The address as it was given; and where it became several, each of them."""
    if len(ends) == 1:
        (end,) = ends
        if end.outcome in _ACCEPTED and (hop.is_redirected or is_onward(end)):
            end = replace(end, outcome="forwarded")
        yield replace(end, recipient=address, original_recipient=None)
        return
    worst = min(ends, key=lambda end: _WORST_FIRST.index(end.outcome))
    good = {end.outcome for end in ends} <= {*_ACCEPTED, "forwarded"}
    outcome = worst.outcome
    if good:
        here = any(e.outcome == "delivered" and not is_onward(e) for e in ends)
        outcome = "delivered" if here else "forwarded"
    yield Fate(
        address,
        outcome,
        host=worst.host,
        dsn=worst.dsn,
        reply=None if good else worst.reply,
        attempts=sum(end.attempts for end in ends),
        at=max((end.at for end in ends if end.at), default=None),
        since=min((end.since for end in ends if end.since), default=None),
        position=worst.position,
    )
    for end in ends:
        yield replace(end, original_recipient=address)


def is_onward(end: Fate) -> bool:
    """Whether another address than the one given got it, on another server."""
    return end.original_recipient is not None and end.is_elsewhere


def _refused(events: Iterable[Row]) -> Iterator[Fate]:
    """Recipients that were refused before there was a queue file, or beside others."""
    refused: dict[str, Fate] = {}
    for row in events:
        is_earlier = row["evidence"] in ("put_off", "screened")
        if row["event"] != "postfix.rejected" or not row["recipient"] or is_earlier:
            continue
        if row["evidence"] == "session" or row["stage"] == "RCPT":
            refused[row["recipient"]] = refusal(row)
    yield from refused.values()


def refusal(row: Row) -> Fate:
    """What a line says that refuses mail."""
    outcome = _OF_ACTION.get(row["action"], "rejected")
    return Fate(
        row["recipient"],
        outcome,
        host=row["host"],
        dsn=row["dsn"],
        reply=_said(row),
        reason_class=classify(row).reason_class if outcome == "rejected" else None,
        attempts=1,
        at=row["occurred_at"],
        position=row["position"],
    )


def _said(row: Row) -> str | None:
    """Code, status and reason, as far as they are logged."""
    parts = (row["reply_code"], row["dsn"], row["reason"])
    return " ".join(str(part) for part in parts if part) or None


def _is_sent_away(link: Link, hop: Hop, row: Row, after: Hop) -> bool:
    """Whether the delivery was to another server: one that it reached from another address."""
    here, there = row["relay_address"], after.life["client_address"]
    return link.kind == "relayed" and (
        hop.life["host"] != after.life["host"] or (None not in (here, there) and here != there)
    )


class _Walk:
    """Follows recipients from message to message."""

    def __init__(self, hops: Mapping[int, Hop], links: Sequence[Link]) -> None:
        self._hops = hops
        self._onward: dict[int, list[Link]] = {}
        for link in links:
            if link.kind in _ONWARD and link.target in hops:
                self._onward.setdefault(link.origin, []).append(link)

    def fates(self, hop: Hop, attempts: Sequence[Row], seen: frozenset[int]) -> Iterator[Fate]:
        """What became of these attempts of a hop; without any, of the hop as a whole."""
        if not attempts:
            yield self.whole(hop, None)
            return
        latest: dict[str, list[Row]] = {}
        for row in attempts:
            latest.setdefault(row["recipient"], []).append(row)
        for rows in latest.values():
            onward = list(self._followed(hop, rows, seen))
            ended = self._end(hop, rows)
            is_dovecots = any(session_of(row["reply"]) for row in rows)
            if not onward or (is_dovecots and ended.outcome == "delivered" and ended.folder):
                yield ended  # a script may forward it and keep it
            yield from onward

    def _followed(self, hop: Hop, rows: Sequence[Row], seen: frozenset[int]) -> Iterator[Fate]:
        """What became of it after the hop, where a link says which message it became."""
        row = rows[-1]
        links = self._onward.get(hop.number, ())
        by_line = [link for link in links if row["position"] in link.positions]
        if row["status"] == "deferred":
            by_line = [link for link in links if link.kind == "requeued"]
        for link in by_line:
            if link.target in seen:
                continue
            after = self._hops[link.target]
            attempts, wanted = after.attempts, addresses([row])
            own = [a for a in attempts if addresses([a]) & wanted]
            if attempts and not own and (len(by_line) > 1 or link.kind == "requeued"):
                continue
            expanded = link.kind == "forwarded" or row["original_recipient"] is not None
            for fate in self.fates(after, own or attempts, seen | {link.target}):
                is_again = link.kind == "requeued"
                changed = expanded or fate.final_recipient not in (None, row["recipient"])
                given = row["original_recipient"] or row["recipient"]
                outcome = fate.outcome
                if link.kind == "relayed" and fate.original_recipient and outcome in _ACCEPTED:
                    outcome = "forwarded"  # by the host that the address belongs to
                yield replace(
                    fate,
                    outcome=outcome,
                    attempts=fate.attempts + (len(rows) if is_again else 0),
                    since=rows[0]["occurred_at"] if is_again else fate.since,
                    original_recipient=fate.original_recipient or (given if changed else None),
                    is_elsewhere=fate.is_elsewhere or _is_sent_away(link, hop, row, after),
                    final_recipient=fate.final_recipient or row["recipient"],
                )

    def whole(self, hop: Hop, row: Row | None) -> Fate:
        """What became of a recipient that nobody tried to deliver to."""
        state = _decided(hop)
        proof = next(
            (
                event
                for event in reversed(hop.events)
                if event["evidence"] in ("queue_id", "session")
                and event["event"].startswith("postfix.")
                and (event["action"] or event["event"].startswith("postfix.message_"))
            ),
            None,
        )
        return Fate(
            row["recipient"] if row else None,
            state,
            host=hop.life["host"],
            reply=_said(proof) if proof and state in ("rejected", "discarded", "held") else None,
            dsn=proof["dsn"] if proof and state == "rejected" else None,
            at=proof["occurred_at"] if proof else hop.life["last_at"],
            position=proof["position"] if proof else hop.life["last_position"],
        )

    def _end(self, hop: Hop, rows: Sequence[Row]) -> Fate:
        """What became of it at the hop itself."""
        row = rows[-1]
        fate = Fate(
            row["recipient"],
            "unknown",
            row["original_recipient"],
            final_recipient=row["recipient"],
            host=hop.life["host"],
            relay_host=None if row["relay_host"] == "none" else row["relay_host"],
            dsn=row["dsn"],
            reply=reply_of(row),
            attempts=len(rows),
            at=row["occurred_at"],
            since=rows[0]["occurred_at"],
            position=row["position"],
        )
        match row["status"]:
            case "sent":
                return _taken(hop, row, fate)
            case "bounced":
                return replace(fate, outcome="bounced")
            case "deferred" if hop.outcome.state in ("deleted", "held", "expired"):
                return replace(fate, outcome=hop.outcome.state)
            case "deferred" if hop.life["is_removed"]:
                return replace(fate, outcome="unknown")
            case "deferred":
                return replace(fate, outcome="deferred")
        return fate


def _taken(hop: Hop, row: Row, fate: Fate) -> Fate:
    """Whoever was given the message took it, and no link says more."""
    if (row["program"] or "").endswith("/discard"):
        return replace(fate, outcome="discarded", relay_host=None)
    if _DISCARDED.search(row["reply"] or ""):
        is_kept = any(event["quarantine"] for event in hop.events)
        return replace(fate, outcome="quarantined" if is_kept else "discarded")
    stored = _stored(hop, row)
    if stored is not None:
        return _at_dovecot(stored, replace(fate, outcome="delivered", relay_host=None))
    delivered = (row["program"] or "").rpartition("/")[2] in ("local", "virtual", "pipe", "lmtp")
    if delivered or (row["relay_host"] or "") in ("local", "virtual"):
        mailbox = None if (row["program"] or "").endswith("/pipe") else row["recipient"]
        return replace(fate, outcome="delivered", mailbox=mailbox, relay_host=None)
    return replace(fate, outcome="relayed", is_elsewhere=True)


AT_DOVECOT = {
    "dovecot.message_stored": "delivered",
    "dovecot.message_forwarded": "forwarded",
    "dovecot.message_discarded": "discarded",
    "dovecot.message_rejected": "rejected",
}


def _stored(hop: Hop, row: Row) -> Row | None:
    """Dovecot's line about this delivery; one that stored it counts more than others."""
    session = session_of(row["reply"])
    if session:
        found = [event for event in hop.stored.get(session, ()) if event["session_id"] == session]
    else:
        users = {row["recipient"], (row["recipient"] or "").partition("@")[0]}
        found = [
            event
            for user in users
            for event in hop.stored.get(user, ())
            if event["username"] == user
        ]
        found.sort(key=lambda event: (event["occurred_at"], event["position"]))
    order = list(AT_DOVECOT)
    return min(found, key=lambda event: order.index(event["event"]), default=None)


def _at_dovecot(stored: Row, fate: Fate) -> Fate:
    outcome = AT_DOVECOT[stored["event"]]
    return replace(
        fate,
        outcome=outcome,
        reply=stored["reason"] if outcome == "rejected" else fate.reply,
        mailbox=stored["username"],
        folder=stored["mailbox"],
        position=stored["position"],
    )

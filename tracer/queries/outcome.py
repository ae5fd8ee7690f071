"""How a message stands: what its delivery attempts and its end add up to, in a plain sentence."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Row = Mapping[str, Any]

_HOLDS = ("hold", "milter-hold", "milter-header-hold")
_DISCARDS = ("discard", "milter-discard", "milter-header-discard")


@dataclass(frozen=True, slots=True)
class Delivery:
    """One attempt to deliver to one recipient; delays in seconds, as delays=a/b/c/d has them.

    relay: as the line spells it: host[address]:port, or a transport's name, or none.
    """

    position: int
    occurred_at: datetime
    recipient: str
    original_recipient: str | None
    relay: str | None
    status: str
    dsn: str | None
    reply: str | None
    delay_seconds: float | None
    delay_before_qmgr: float | None
    delay_in_qmgr: float | None
    delay_connection_setup: float | None
    delay_transmission: float | None


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient, with the status of the last attempt.

    original_recipient: as it was before aliases, if that was another address.
    """

    recipient: str
    original_recipient: str | None
    status: str
    attempt_count: int


@dataclass(frozen=True, slots=True)
class Outcome:
    """Where the message is now, as far as the logs tell.

    state: delivered, partly_delivered, bounced, expired, deferred, held, queued, received,
        rejected, discarded, deleted, requeued, probed, removed or unfinished.
    """

    state: str
    sentence: str


def deliveries(events: Sequence[Row]) -> tuple[Delivery, ...]:
    """The delivery attempts among a message's own events, in order of time."""
    attempts = [row for row in events if row["event"] == "postfix.delivery_attempted"]
    attempts.sort(key=lambda row: (row["occurred_at"], row["position"]))
    copied = [n for n in Delivery.__annotations__ if n not in ("relay", "reply")]
    return tuple(
        Delivery(**{name: row[name] for name in copied}, relay=_relay(row), reply=reply_of(row))
        for row in attempts
    )


def recipients(attempts: Sequence[Delivery]) -> tuple[Recipient, ...]:
    """The recipients that delivery attempts name, in the order of their first."""
    by_address: dict[tuple[str, str | None], list[str]] = {}
    for attempt in attempts:
        address = (attempt.recipient, attempt.original_recipient)
        by_address.setdefault(address, []).append(attempt.status)
    return tuple(
        Recipient(*address, statuses[-1], len(statuses)) for address, statuses in by_address.items()
    )


def _relay(row: Row) -> str | None:
    relay: str | None = row["relay_host"]
    if relay and row["relay_address"]:
        relay += f"[{row['relay_address']}]"
        if row["relay_port"]:
            relay += f":{row['relay_port']}"
    return relay


def reply_of(row: Row) -> str | None:
    """The reply in full: the parser takes the queue ids at its end out of it."""
    if row["remote_queue_id"]:
        return f"{row['reply'] or ''}: queued as {row['remote_queue_id']}"
    if row["related_queue_id"]:
        return f"forwarded as {row['related_queue_id']}"
    reply: str | None = row["reply"]
    return reply


def of(life: Row, events: Sequence[Row], attempts: Sequence[Delivery]) -> Outcome:
    """How a life stands, from its row of `messages` and its events in order of time."""
    own = [row for row in events if row["evidence"] == "queue_id"]
    ended, tried = _ended_otherwise(own, events), _delivered(life, own, attempts)
    state, sentence = ended or tried or _undelivered(life, own)
    before = [f"before that, {tried[1]}"] if ended and tried else []
    return Outcome(state, "; ".join([sentence, *before, *_remarks(life, events, state)]))


def _ended_otherwise(own: Sequence[Row], events: Sequence[Row]) -> tuple[str, str] | None:
    """The ends that are no delivery."""
    for row in reversed(own):
        reason = row["reason"] or "no reason logged"
        match row["event"]:
            case "postfix.message_deleted":
                return "deleted", "deleted from the queue by an administrator"
            case "postfix.message_requeued":
                return "requeued", _requeued(events)
            case "postfix.message_refused":
                return "rejected", f"refused: {reason}"
            case "postfix.rejected" if row["stage"] not in ("MAIL", "RCPT"):
                return "rejected", f"rejected at {row['stage']}: {reason}"
            case "postfix.checked" if row["action"] in _DISCARDS:
                return "discarded", f"discarded at {row['stage']}: {reason}"
    if any(_is_requeue(row) for row in events):
        return "requeued", _requeued(events)
    return None


def _is_requeue(row: Row) -> bool:
    """Whether the event is the pickup of this message's file under its next queue id."""
    return (row["evidence"], row["event"]) == ("named", "postfix.message_picked_up")


def _requeued(events: Sequence[Row]) -> str:
    later = [row["queue_id"] for row in events if _is_requeue(row)]
    return f"put back into the queue as {later[-1]}" if later else "put back into the queue"


def _delivered(
    life: Row, own: Sequence[Row], attempts: Sequence[Delivery]
) -> tuple[str, str] | None:
    """What the delivery attempts add up to, each recipient by its last one."""
    if not attempts:
        return None
    addressed = recipients(attempts)
    counts = Counter(recipient.status for recipient in addressed)
    total = max(len(addressed), life["recipient_count"] or 0)
    reasons = {a.status: a.reply or "no reason logged" for a in attempts}
    parts = []
    if counts["sent"]:
        parts.append(f"delivered to {counts['sent']} of {_count(total, 'recipient')}")
    if counts["bounced"]:
        parts.append(f"bounced for {counts['bounced']} of {total}, reason: {reasons['bounced']}")
    if counts["deferred"]:
        times = sum(a.status == "deferred" for a in attempts)
        waiting = f" for {counts['deferred']} of {_count(total, 'recipient')}"
        parts.append(
            f"deferred {_count(times, 'time')}{waiting if total > 1 else ''}, "
            f"last reason: {reasons['deferred']}"
        )
    others = [status for status in counts if status not in ("sent", "bounced", "deferred")]
    parts += [f"{status}: {reasons[status]}" for status in others]
    return _state(life, own, counts, total, others), ", ".join(parts)


def _state(
    life: Row, own: Sequence[Row], counts: Counter[str], total: int, others: Sequence[str]
) -> str:
    if any(row["event"] == "postfix.message_expired" for row in own):
        return "expired"
    if not life["is_removed"]:
        if _is_held(own):
            return "held"
        if counts["deferred"]:
            return "deferred"
        if sum(counts.values()) < total:
            return "queued"
    if counts["sent"]:
        return "delivered" if counts["sent"] == sum(counts.values()) else "partly_delivered"
    if counts["bounced"]:
        return "bounced"
    return "probed" if others else "removed"


def _undelivered(life: Row, own: Sequence[Row]) -> tuple[str, str]:
    """How a message stands that nobody has tried to deliver, as far as the logs tell."""
    if _is_held(own):
        return "held", "on hold"
    if life["is_removed"]:
        return "removed", "removed from the queue, no delivery attempt is in the logs"
    seen = {row["event"] for row in own}
    if "postfix.message_queued" in seen:
        return "queued", "in the queue, no delivery attempt is in the logs"
    if "postfix.message_id_logged" in seen:
        return "received", "received, but the logs do not show it in the active queue"
    return "unfinished", "begun, but the logs do not show that a message was received"


def _is_held(own: Sequence[Row]) -> bool:
    held = False
    for row in own:
        if row["event"] == "postfix.message_held" or row["action"] in _HOLDS:
            held = True
        elif row["event"] == "postfix.message_released":
            held = False
    return held


def _remarks(life: Row, events: Sequence[Row], state: str) -> Iterator[str]:
    """What there is to add to the sentence."""
    if state == "expired":
        yield "expired, returned to the sender"
    if state == "held":
        yield "it stays in the queue until it is released"
    for row in events:
        if row["event"] in ("dovecot.message_discarded", "dovecot.message_rejected"):
            what = row["event"].removeprefix("dovecot.message_")
            yield f"{what} by the Sieve script of {row['username']}"
    if state in ("delivered", "partly_delivered", "bounced") and not life["is_removed"]:
        yield "its removal from the queue is not in the logs"
    if life["born_at"] is None:
        yield "its beginning is not in the logs"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"

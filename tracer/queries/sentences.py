"""What became of a message in one sentence, and where its time went: words for what lines prove."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tracer.queries.fates import Fate, Hop, is_onward
from tracer.queries.links import Link
from tracer.queries.outcome import Delivery

if TYPE_CHECKING:
    from tracer.queries.path import Verdict

_MOST_NAMED = 3  # recipients, where there are more
_LONGEST_REPLY = 160
_WORTH_TELLING_SECONDS = 60

_PUT_OFF = ("greylist", "delayed")  # what path says where the client had to come again

_PLURAL = {
    "delivered": "delivered", "relayed": "taken by another server", "forwarded": "forwarded",
    "rejected": "rejected", "bounced": "bounced", "expired": "expired", "deferred": "deferred",
    "held": "on hold", "quarantined": "quarantined", "discarded": "discarded",
    "deleted": "deleted", "queued": "in the queue", "unknown": "unknown",
}  # fmt: skip


_WITH_REPLY = ("bounced", "expired", "deferred", "rejected")
_TOLD_OF = {"delay": "delay", "delivery status": "delivery"}  # as bounce(8) calls it
_TOWARDS = {"delivered": "to", "forwarded": "to"}


def sentence(
    hops: Mapping[int, Hop],
    links: Sequence[Link],
    root: int | None,
    recipients: Sequence[Fate],
    verdicts: Sequence["Verdict"],
    is_cut: bool,
) -> str:
    """What became of it for whom; then what else an administrator would ask."""
    given = [fate for fate in recipients if fate.original_recipient is None] or list(recipients)
    ends: dict[str | None, list[Fate]] = {}
    for fate in recipients:
        if fate.original_recipient is not None:
            ends.setdefault(fate.original_recipient, []).append(fate)
    extras = []
    if root is not None and (otherwise := no_mail(hops[root])):
        text = otherwise
    elif len(given) == 1:
        text = _of_one_and_its_ends(given[0], ends.get(given[0].recipient, ()))
    else:
        text = _of_several(given)
        for fate in given:
            _, others = _shared(fate, ends.get(fate.recipient, ()))
            extras += [f"{fate.recipient} also {other}" for other in others]
    spam = [v for v in verdicts if v.kind == "spam" and v.result == "spam" and v.score is not None]
    if spam:
        required = "" if spam[0].required is None else f" of {spam[0].required:g}"
        extras.append(f"scored as spam ({spam[0].score:g}{required})")
    extras += sorted({f"virus found: {v.detail}" for v in verdicts if v.result == "infected"})
    extras += [f"first {v.detail}" for v in verdicts if (v.kind, v.result) == _PUT_OFF]
    kinds = {link.kind for link in links}
    if "bounced" in kinds:
        extras.append("its sender was told")
    elif "notified" in kinds:
        rows = (row for hop in hops.values() for row in hop.events)
        told = {row["action"] for row in rows if row["event"] == "postfix.notification_sent"}
        extras += [
            f"its sender was told of the {what}" for a, what in _TOLD_OF.items() if a in told
        ]
    if root is not None:
        extras += _slow(hops)
        if hops[root].life["born_at"] is None:
            extras.append("its beginning is not in the logs")
    if is_cut:
        extras.append("there are more messages on its path than are shown")
    return "; ".join([text, *extras])


def no_mail(hop: Hop) -> str | None:
    """What is to be said where there never was a message, or None."""
    if hop.outcome.state == "probed":
        asked = " and ".join(row["recipient"] for row in hop.attempts[:_MOST_NAMED])
        return f"No mail, but a probe of {asked}: {_short(hop.outcome.sentence)}"
    if hop.outcome.state == "unfinished":
        for row in hop.events:
            if row["event"] == "postfix.connection_lost":
                how = f"{row['reason']} after {row['stage']}"
            elif row["event"] == "postfix.client_disconnected":
                how = "its client disconnected"
            else:
                continue
            return f"No message came of it on {hop.life['host']}: {how}"
    return None


def _of_one_and_its_ends(fate: Fate, ends: Collection[Fate]) -> str:
    """What became of an address; and of what it became, where that is several."""
    mine, others = _shared(fate, ends)
    if len(mine) == 1:
        fate = replace(mine[0], recipient=fate.recipient, outcome=fate.outcome)
    elif mine:
        host = fate.host if len({end.host for end in mine}) == 1 else None
        fate = replace(fate, final_recipient=_names(mine), host=host)
    return (", and " if fate.outcome in _TOWARDS else "; ").join([_of_one(fate), *others])


def _shared(fate: Fate, ends: Iterable[Fate]) -> tuple[Sequence[Fate], Sequence[str]]:
    """What an address became: those of its own outcome; and in words, the others."""
    by_outcome: dict[str, list[Fate]] = {}
    for end in ends:
        onward = end.outcome == "relayed" or (end.outcome == "delivered" and is_onward(end))
        by_outcome.setdefault("forwarded" if onward else end.outcome, []).append(end)
    mine = by_outcome.pop(fate.outcome, ())
    return mine, [
        f"{_PLURAL[outcome]} {_TOWARDS.get(outcome, 'for')} {_names(others)}"
        for outcome, others in by_outcome.items()
    ]


def _names(fates: Sequence[Fate]) -> str:
    names = list(dict.fromkeys(fate.recipient or "an unknown one" for fate in fates))
    if len(names) > _MOST_NAMED:
        names[_MOST_NAMED:] = [f"{len(names) - _MOST_NAMED} more"]
    return " and ".join(names)


def _of_one(fate: Fate) -> str:
    whom = f" for {fate.recipient}" if fate.recipient else ""
    said = f": {_short(fate.reply)}" if fate.reply else ""
    where = f" on {fate.host}" if fate.host else ""
    onward = ""
    if fate.final_recipient and fate.final_recipient != fate.recipient:
        onward = f" to {fate.final_recipient}"
    match fate.outcome:
        case "delivered":
            return f"Delivered{whom}{onward}{_mailbox(fate)}{where}"
        case "relayed":
            return f"Accepted{whom}{onward} by {fate.relay_host or 'the next server'}{said}"
        case "forwarded":
            by = f", accepted by {fate.relay_host}" if fate.relay_host else _mailbox(fate)
            return f"Forwarded{whom}{onward}{by}"
        case "deferred":
            return (
                f"Not delivered yet{whom}{onward}, tried {_times(fate)}, last answer"
                f"{said or ' not logged'}"
            )
        case "held":
            return f"On hold{whom}{where}{said}; it stays there until it is released"
        case "queued":
            return f"In the queue{whom}{where}, no delivery was tried yet"
        case "unknown":
            return f"What became of it{whom} is not in the logs"
        case "rejected" | "discarded" if fate.mailbox:
            return f"{fate.outcome.capitalize()}{whom}{where} by the Sieve script of {fate.mailbox}"
        case "deleted":
            return f"Deleted{whom} from the queue{where} by an administrator"
    return f"{fate.outcome.capitalize()}{whom}{onward}{where}{said}"


def _mailbox(fate: Fate) -> str:
    if fate.mailbox is None:
        return ""
    folder = f", folder {fate.folder}" if fate.folder else ""
    return f" into the mailbox of {fate.mailbox}{folder}"


def _of_several(fates: Sequence[Fate]) -> str:
    by_outcome: dict[str, list[Fate]] = {}
    for fate in fates:
        by_outcome.setdefault(fate.outcome, []).append(fate)
    return f"{len(fates)} recipients: " + ", ".join(_parts(by_outcome))


def _parts(by_outcome: Mapping[str, Sequence[Fate]]) -> Iterator[str]:
    for outcome, fates in by_outcome.items():
        by_reply: dict[str | None, list[Fate]] = {}
        for fate in fates:
            by_reply.setdefault(fate.reply if outcome in _WITH_REPLY else None, []).append(fate)
        replies = list(by_reply)
        for reply in replies[:_MOST_NAMED]:
            said = f": {_short(reply)}" if reply else ""
            yield f"{_PLURAL[outcome]} for {_names(by_reply[reply])}{said}"
        if others := sum(len(by_reply[reply]) for reply in replies[_MOST_NAMED:]):
            yield f"{_PLURAL[outcome]} for {others} more"


def _times(fate: Fate) -> str:
    times = "once at" if fate.attempts == 1 else f"{fate.attempts} times since"
    return f"{times} {fate.since:%Y-%m-%d %H:%M} UTC"


def _short(reply: str | None) -> str:
    text = reply or ""
    return text if len(text) <= _LONGEST_REPLY else f"{text[: _LONGEST_REPLY - 1]}…"


# -- delays -----------------------------------------------------------------------------------


def _slow(hops: Mapping[int, Hop]) -> list[str]:
    """Where more than a minute went, for the slowest delivery."""
    rows = [
        row for hop in hops.values() for row in hop.attempts if row["delay_seconds"] is not None
    ]
    slowest = max(rows, key=lambda row: row["delay_seconds"], default=None)
    if slowest is None or slowest["delay_seconds"] < _WORTH_TELLING_SECONDS:
        return []
    parts = {
        "before the queue manager took it up for the last try": slowest["delay_before_qmgr"],
        "in the active queue": slowest["delay_in_qmgr"],
        "to connect": slowest["delay_connection_setup"],
        "to hand it over": slowest["delay_transmission"],
    }
    name = max(parts, key=lambda part: parts[part] or 0)
    if not parts[name]:
        return []
    until = "it took" if slowest["status"] == "sent" else "its last try came after"
    return [
        f"{until} {duration(slowest['delay_seconds'])}, of which {duration(parts[name])} {name}"
    ]


def waits(delivery: Delivery) -> str:
    """The four delays of a delivery in words, those of no length left out."""
    parts = (
        (delivery.delay_before_qmgr, "before the queue"),
        (delivery.delay_in_qmgr, "in the queue"),
        (delivery.delay_connection_setup, "to connect"),
        (delivery.delay_transmission, "to hand over"),
    )
    return ", ".join(f"{duration(seconds)} {where}" for seconds, where in parts if seconds)


def duration(seconds: float) -> str:
    """Seconds in the units that people use."""
    if seconds < 60:
        return f"{seconds:g} s"
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    raise AssertionError


def exact(seconds: float) -> str:
    """Seconds as the two largest units that they have."""
    left = round(seconds)
    parts: list[str] = []
    for size, unit in ((86400, "d"), (3600, "h"), (60, "min"), (1, "s")):
        number, left = divmod(left, size)
        if parts:
            return f"{parts[0]} {number:02} {unit}"
        if number or unit == "s":
            parts.append(f"{number} {unit}")
    return parts[0]

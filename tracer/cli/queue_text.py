"""A queue in words, safe to print: what the plain output and the screen have in common."""

from datetime import datetime, timedelta

from tracer.cli.terminal import safe
from tracer.queue.groups import AGE_MINUTES, Group
from tracer.queue.listing import Queued

MISSING = "-"
_UNITS = (("d", 86_400), ("h", 3_600), ("m", 60))


def age(passed: timedelta) -> str:
    """A time span to two units: `3d 4h`, `12m`, `40s`."""
    seconds = max(0, int(passed.total_seconds()))
    parts: list[str] = []
    for unit, length in _UNITS:
        if seconds >= length or parts:
            parts.append(f"{seconds // length}{unit}")
            seconds %= length
    return " ".join(parts[:2]) or f"{seconds}s"


def sender(message: Queued) -> str:
    """The envelope's sender."""
    return safe(message.sender) or "<>"


def recipients(message: Queued) -> str:
    """The first recipient, and how many more there are."""
    if not message.recipients:
        return MISSING
    more = len(message.recipients) - 1
    return safe(message.recipients[0].address) + (f" and {more} more" if more else "")


def status(message: Queued) -> str:
    """Where it is."""
    return safe(message.status) + (", expiring" if message.is_expiring else "")


def plain_message(message: Queued, now: datetime) -> str:
    """One message a line, with tabs between what is told of it."""
    fields = (
        safe(message.queue_id),
        status(message),
        age(now - message.arrived_at),
        str(message.size_bytes),
        sender(message),
        recipients(message),
        safe(message.reason or MISSING),
    )
    return "\t".join(fields)


def plain_group(group: Group, title: str, now: datetime) -> str:
    """One group a line."""
    fields = (
        f"{group.count}",
        safe(title) or MISSING,
        age(now - group.oldest_at),
        f"{group.size_bytes}",
        safe(group.example or MISSING),
    )
    return "\t".join(fields)


def age_heads() -> str:
    """The columns of the age table: minutes, as qshape(1) has them."""
    return "\t".join(("destination", "all", *map(str, AGE_MINUTES), f"{AGE_MINUTES[-1]}+"))

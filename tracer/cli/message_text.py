"""A traced message in words, safe to print: what the plain output and the screen have in common."""

from datetime import UTC, datetime

from tracer.cli.terminal import safe
from tracer.queries.outcome import Delivery
from tracer.queries.trace import MessageTrace, Relation, Verdict

INFERRED = "~"
LEGEND = f"{INFERRED} belongs to it by Message-ID, or by client and sender; not by queue id"
_MOST_RECIPIENTS = 5

_RELATIONS = {
    "queued_as": "queued as {} on {}",
    "received_from": "came from {} on {}",
    "reinjected_from": "came back from a filter, was {} on {}",
    "reinjected_as": "came back from a filter as {} on {}",
    "forwarded_as": "forwarded as {} on {}",
    "forwarded_from": "forwarded from {} on {}",
    "notification": "its sender was notified by {} on {}",
    "notification_of": "is a notification about {} on {}",
    "requeued_as": "put back into the queue as {} on {}",
    "requeued_from": "was {} on {} before it was put back into the queue",
    "same_message_id": "the same Message-ID has {} on {}",
}


def heading(message: MessageTrace) -> str:
    """The queue id, and what tells it from others that are the same."""
    text = f"{message.queue_id} on {message.host or 'an unnamed host'}"
    if message.instance != "postfix":
        text += f" ({message.instance})"
    if message.lives > 1:
        text += f", message {message.life} of {message.lives} with this queue id"
    return safe(text)


def facts(message: MessageTrace) -> list[tuple[str, str]]:
    """Label and value of what is known of the message itself."""
    pairs = [
        ("from", sender(message)),
        *(("to", recipient) for recipient in _recipients(message)),
        ("message-id", message.message_id),
        ("size", None if message.size_bytes is None else f"{message.size_bytes:,} bytes"),
        ("client", _client(message)),
        ("logged", f"{local(message.first_at)} to {local(message.last_at)}"),
    ]
    return [(label, safe(value) if value else "not in the logs") for label, value in pairs]


def sender(message: MessageTrace) -> str | None:
    """The envelope's sender as people write it."""
    return "<>" if message.envelope_sender == "" else message.envelope_sender


def _recipients(message: MessageTrace) -> list[str | None]:
    shown = [
        address(r.recipient, r.original_recipient) for r in message.recipients[:_MOST_RECIPIENTS]
    ]
    more = max(len(message.recipients), message.recipient_count or 0) - len(shown)
    if more and shown:
        shown.append(f"and {more} more")
    return [*shown] or [None]


def address(recipient: str, original: str | None) -> str:
    """A recipient, and the address that it was expanded from."""
    return f"{recipient} (for {original})" if original else recipient


def _client(message: MessageTrace) -> str | None:
    if message.client_address:
        parts = [f"{message.client_name}[{message.client_address}]"]
    elif message.uid is not None:
        parts = [f"local, user id {message.uid}"]
    else:
        return None
    if message.helo_name:
        parts.append(f"helo {message.helo_name}")
    if message.protocol:
        parts.append(message.protocol)
    if message.sasl_username:
        parts.append(f"logged in as {message.sasl_username} ({message.sasl_method})")
    return ", ".join(parts)


def verdict(given: Verdict) -> str:
    """What was said, by whom, and a mark where it is inferred."""
    text = given.kind if given.kind == given.result else f"{given.kind}: {given.result}"
    if given.detail:
        text += f" ({given.detail})"
    return safe(f"{INFERRED} {text}" if given.is_inferred else text)


def relation(other: Relation) -> str:
    """What the other queue file is to this one."""
    text = _RELATIONS[other.kind].format(other.queue_id, other.host or "an unknown host")
    return safe(text if other.is_stored else f"{text} (not in this store)")


def seconds(number: float | None) -> str:
    """A delay as Postfix writes it."""
    return "" if number is None else f"{number:g}"


def delays(delivery: Delivery) -> str:
    """The four parts of the delay as Postfix logs them: before the queue, in it, to connect, to
    send; empty where they are not logged.
    """
    parts = (
        delivery.delay_before_qmgr,
        delivery.delay_in_qmgr,
        delivery.delay_connection_setup,
        delivery.delay_transmission,
    )
    return "" if None in parts else "/".join(map(seconds, parts))


def local(at: datetime) -> str:
    """A stored time in this machine's zone."""
    return at.replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S %Z")

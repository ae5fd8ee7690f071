"""A path as `trace --json` prints it: the contract that docs/trace.md describes."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from tracer.queries.fates import Fate
from tracer.queries.handlings import Handling
from tracer.queries.keys import message_key
from tracer.queries.links import Link
from tracer.queries.path import Found, Path
from tracer.queries.trace import Line, MessageTrace


def as_object(found: Found) -> dict[str, Any]:
    """What a query found."""
    made: dict[str, Any] = _plain({"query": found.query, "paths": list(map(_path, found.paths))})
    return made


def handler(handling: Handling) -> str:
    """What names a program that handled a message: host, program, and session where it has one."""
    names = (handling.host or "", handling.program, handling.session_id)
    return "/".join(name for name in names if name is not None)


_OF_PATH = (
    "sentence", "message_id", "envelope_sender", "client_name", "client_address", "helo_name",
    "sasl_username", "first_seen", "last_seen",
)  # fmt: skip


def _path(path: Path) -> dict[str, Any]:
    keys = {
        number: message_key(message)
        for number, message in zip(path.numbers, path.messages, strict=True)
    }
    places = {line.position: _place(line) for line in path.lines}
    return {
        **{name: getattr(path, name) for name in _OF_PATH},
        "recipients": [_recipient(fate) for fate in path.recipients],
        "verdicts": [_without(asdict(verdict), "position") for verdict in path.verdicts],
        "messages": [_message(message) for message in path.messages],
        "links": [
            {
                "kind": one.kind,
                "from": keys[one.origin],
                "to": keys[one.target] if isinstance(one, Link) else handler(one),
                "certainty": "certain" if one.is_certain else "inferred",
                "lines": [places[p] for p in one.positions if p in places],
            }
            for one in path.connections
        ],
        "lines": [places[line.position] | {"text": line.text} for line in path.lines],
    }


def _place(line: Line) -> dict[str, Any]:
    return {"source": line.path, "offset": line.offset}


_OF_RECIPIENT = (
    "recipient", "original_recipient", "outcome", "final_recipient", "host", "mailbox", "folder",
    "relay_host", "dsn", "reply", "reason_class", "attempts", "at",
)  # fmt: skip


def _recipient(fate: Fate) -> dict[str, Any]:
    return {name: getattr(fate, name) for name in _OF_RECIPIENT}


def _message(message: MessageTrace) -> dict[str, Any]:
    return {
        "message_key": message_key(message),
        "host": message.host,
        "instance": message.instance,
        "queue_id": message.queue_id,
        "message_id": message.message_id,
        "envelope_sender": message.envelope_sender,
        "size_bytes": message.size_bytes,
        "state": message.outcome.state,
        "first_seen": message.first_at,
        "last_seen": message.last_at,
        "deliveries": [_without(asdict(delivery), "position") for delivery in message.deliveries],
    }


def _without(made: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in made.items() if name not in names}


def _plain(value: Any) -> Any:
    """Times as texts in UTC, wherever they are."""
    match value:
        case datetime():
            return f"{value.isoformat()}Z"
        case dict():
            return {name: _plain(inner) for name, inner in value.items()}
        case list() | tuple():
            return [_plain(inner) for inner in value]
    return value

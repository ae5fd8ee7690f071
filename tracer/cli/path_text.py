"""A path in words and as a graph, safe to print."""

from collections.abc import Iterator, Sequence

from tracer.cli import message_text as words
from tracer.cli.path_json import handler
from tracer.cli.terminal import safe
from tracer.queries.fates import Fate
from tracer.queries.keys import message_key
from tracer.queries.links import Link
from tracer.queries.outcome import Delivery
from tracer.queries.path import Path, Verdict
from tracer.queries.sentences import waits
from tracer.queries.trace import MessageTrace
from tracer.reasons import CLASSES, UNKNOWN

MOST_NAMED = 20  # recipients, or deliveries of a hop, in a list for people

_WAYS = {
    "relayed": "relayed to", "reinjected": "came back as", "forwarded": "forwarded as",
    "bounced": "bounced, its sender was told by", "notified": "its sender was told by",
    "requeued": "put back into the queue as",
}  # fmt: skip


def verdict(given: Verdict) -> str:
    """What a filter said."""
    text = f"{given.kind}: {given.result}"
    if given.score is not None:
        text += f", score {given.score:g} of {given.required:g}"
    if given.detail:
        text += f" ({given.detail})"
    return safe(text)


def recipient(fate: Fate) -> str:
    """What became of one recipient."""
    text = f"{fate.recipient or 'an unknown recipient'}: {fate.outcome}"
    if fate.original_recipient:
        text = f"{fate.recipient} (for {fate.original_recipient}): {fate.outcome}"
    if fate.mailbox:
        text += f", mailbox {fate.mailbox}" + (f", folder {fate.folder}" if fate.folder else "")
    if fate.relay_host and fate.outcome != "delivered":
        text += f", at {fate.relay_host}"
    if fate.attempts > 1:
        text += f", {fate.attempts} attempts"
    if fate.reply and fate.outcome != "delivered":
        text += f": {fate.reply}"
    return safe(text)


def recipients(fates: Sequence[Fate]) -> Iterator[str]:
    """What became of the recipients; of many, the first."""
    yield from map(recipient, fates[:MOST_NAMED])
    if len(fates) > MOST_NAMED:
        yield f"and {len(fates) - MOST_NAMED} more"


def advice(fates: Sequence[Fate]) -> Iterator[str]:
    """What to do about each reason why recipients did not get it."""
    named = dict.fromkeys(fate.reason_class for fate in fates if fate.reason_class)
    for reason in (CLASSES[name] for name in named if name != UNKNOWN):
        yield f"{reason.title}. {reason.advice}"


def delivery(one: Delivery) -> str:
    """One attempt of a hop."""
    text = f"{words.local(one.occurred_at)[11:19]} {one.status} {one.recipient}"
    if one.relay and one.relay != "none":
        text += f" at {one.relay}"
    if waited := waits(one):
        text += f" ({waited})"
    return safe(text)


def hop(message: MessageTrace, way: str | None) -> str:
    """One message of the tree, and how the one before became it."""
    text = f"{words.local(message.first_at)[11:19]} {words.heading(message)}"
    return f"{_WAYS[way]} {text}" if way else text


def way(kind: str) -> str:
    """How one message became another, of a link's kind."""
    return _WAYS[kind]


def tree(path: Path) -> Iterator[tuple[int, str | None, bool, MessageTrace]]:
    """The messages depth first: depth, kind of the link that led there, its certainty."""
    by_number = dict(zip(path.numbers, path.messages, strict=True))
    children: dict[int, list[tuple[str, bool, int]]] = {}
    for link in path.links:
        children.setdefault(link.origin, []).append((link.kind, link.is_certain, link.target))
    targets = {link.target for link in path.links}
    shown: set[int] = set()
    roots = [number for number in path.numbers if number not in targets]
    waiting: list[tuple[int, str | None, bool, int]] = [
        (0, None, True, number) for number in reversed(roots or path.numbers[:1])
    ]
    while waiting:
        depth, way, is_certain, number = waiting.pop()
        if number in shown:
            continue
        shown.add(number)
        yield depth, way, is_certain, by_number[number]
        waiting += [
            (depth + 1, kind, certain, target)
            for kind, certain, target in reversed(children.get(number, []))
        ]


def dot(paths: Sequence[Path]) -> Iterator[str]:
    """The paths as a graph for Graphviz."""
    yield "digraph paths {"
    yield "  rankdir=LR; node [shape=box];"
    for path in paths:
        keys = {
            number: message_key(message)
            for number, message in zip(path.numbers, path.messages, strict=True)
        }
        for number, message in zip(path.numbers, path.messages, strict=True):
            label = f"{words.heading(message)}\n{message.outcome.state}"
            yield f"  {_quoted(keys[number])} [label={_quoted(label)}];"
        for one in path.handlings:
            yield f"  {_quoted(handler(one))} [label={_quoted(one.program)}, shape=ellipse];"
        for link in path.connections:
            style = "" if link.is_certain else ", style=dashed"
            end = keys[link.target] if isinstance(link, Link) else handler(link)
            ends = f"{_quoted(keys[link.origin])} -> {_quoted(end)}"
            yield f"  {ends} [label={_quoted(link.kind)}{style}];"
    yield "}"


def _quoted(text: str) -> str:
    """A string of DOT, where line feeds stay and all else is as it prints."""
    lines = [safe(line).replace("\\", "\\\\").replace('"', '\\"') for line in text.split("\n")]
    return '"' + "\\n".join(lines) + '"'

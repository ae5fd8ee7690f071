"""Traced messages on a terminal, however wide it is."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tracer.cli import message_text as words
from tracer.cli.terminal import safe
from tracer.queries.outcome import Delivery
from tracer.queries.trace import Line, MessageTrace

_WIDE_ENOUGH_FOR_A_TABLE = 64
_GOOD, _BAD, _PENDING, _QUIET = "green", "red", "yellow", "dim"
_STYLES = {
    "delivered": _GOOD, "sent": _GOOD, "deliverable": _GOOD, "probed": _GOOD,
    "bounced": _BAD, "rejected": _BAD, "expired": _BAD, "discarded": _BAD, "deleted": _BAD,
    "undeliverable": _BAD, "partly_delivered": _PENDING, "deferred": _PENDING, "held": _PENDING,
    "queued": _PENDING, "received": _PENDING,
}  # fmt: skip


def show(messages: Sequence[MessageTrace]) -> None:
    """Print the messages on standard output."""
    console = Console(highlight=False, markup=False, emoji=False)
    for number, message in enumerate(messages):
        if number:
            console.print()
        console.print(_message(message, console.width))


def _message(message: MessageTrace, width: int) -> Group:
    state = _STYLES.get(message.outcome.state, "")
    parts: list[RenderableType] = [
        Text(words.heading(message), "bold"),
        Text(safe(message.outcome.sentence), state),
        _pairs(words.facts(message)),
    ]
    if message.verdicts:
        parts += _titled("Verdicts", _list([words.verdict(v) for v in message.verdicts]))
    if message.deliveries:
        as_table = width >= _WIDE_ENOUGH_FOR_A_TABLE
        form = _delivery_table if as_table else _delivery_list
        parts += _titled("Deliveries", form(message.deliveries))
    if message.relations:
        parts += _titled("Related", _list([words.relation(r) for r in message.relations]))
    parts += _titled("Lines", _lines(message.lines))
    if any(line.is_inferred for line in message.lines):
        parts.append(Text(words.LEGEND, _QUIET))
    return Group(*parts)


def _titled(title: str, part: RenderableType) -> list[RenderableType]:
    return [Rule(Text(title, "bold"), align="left", style=_QUIET, characters="─"), part]


def _pairs(pairs: Sequence[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=_QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    shown = ""
    for label, value in pairs:
        grid.add_row("" if label == shown else label, value)
        shown = label
    return grid


def _list(texts: Sequence[str]) -> Group:
    return Group(*(_hanging(Text(text, _QUIET if text.startswith("~") else "")) for text in texts))


def _hanging(text: Text) -> Table:
    """The text, whose second and further lines are set in."""
    grid = Table.grid()
    grid.add_column(width=2)
    grid.add_column(overflow="fold")
    grid.add_row("", text)
    return grid


def _delivery_table(deliveries: Sequence[Delivery]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), expand=True, header_style=_QUIET)
    table.add_column("time", no_wrap=True)
    table.add_column("recipient", overflow="fold", ratio=2)
    table.add_column("status", overflow="fold", max_width=13)
    table.add_column("seconds", justify="right", no_wrap=True)
    table.add_column("relay, reply, delays", overflow="fold", ratio=3)
    for delivery in deliveries:
        table.add_row(
            _clock(delivery),
            _recipient(delivery),
            _status(delivery, "\n"),
            words.seconds(delivery.delay_seconds),
            Group(*_course(delivery)),
        )
    return table


def _delivery_list(deliveries: Sequence[Delivery]) -> Group:
    rows: list[RenderableType] = []
    for delivery in deliveries:
        head = Text.assemble(_clock(delivery), " ", _status(delivery, " "))
        if delivery.delay_seconds is not None:
            head.append(f", {words.seconds(delivery.delay_seconds)} s")
        below = Group(_recipient(delivery), *_course(delivery))
        rows += [head, Padding(below, (0, 0, 0, 2))]
    return Group(*rows)


def _clock(delivery: Delivery) -> str:
    return words.local(delivery.occurred_at)[5:19]


def _recipient(delivery: Delivery) -> Text:
    text = Text(safe(delivery.recipient), overflow="fold")
    if delivery.original_recipient:
        text.append("\n").append(safe(f"for {delivery.original_recipient}"), _QUIET)
    return text


def _status(delivery: Delivery, separator: str) -> Text:
    status = Text(safe(delivery.status), _STYLES.get(delivery.status, ""))
    return status.append(separator + safe(delivery.dsn) if delivery.dsn else "")


def _course(delivery: Delivery) -> list[Text]:
    """Where it went, what was answered there, and what took its time."""
    parts = ((delivery.relay, ""), (delivery.reply, ""), (words.delays(delivery), _QUIET))
    return [Text(safe(part), style, overflow="fold") for part, style in parts if part]


def _lines(lines: Sequence[Line]) -> Group:
    parts: list[RenderableType] = []
    for path, of_path in groupby(lines, key=lambda line: line.path):
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style=_QUIET, justify="right", no_wrap=True)
        grid.add_column(width=1)
        grid.add_column(overflow="fold")
        for line in of_path:
            mark = words.INFERRED if line.is_inferred else ""
            grid.add_row(str(line.offset), mark, Text(safe(line.text), _QUIET if mark else ""))
        parts += [Text(safe(path), _QUIET), grid]
    return Group(*parts)

"""Traced messages on a terminal, however wide it is."""

from collections.abc import Sequence
from itertools import groupby

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tracer.cli import message_text as words
from tracer.cli import path_text
from tracer.cli.terminal import safe
from tracer.queries.path import Path
from tracer.queries.trace import Line, MessageTrace

_DEEPEST = 6  # steps that are set in
_GOOD, _BAD, _PENDING, _QUIET = "green", "red", "yellow", "dim"
_STYLES = {
    "relayed": _GOOD, "forwarded": _GOOD, "quarantined": _BAD,
    "delivered": _GOOD, "sent": _GOOD, "deliverable": _GOOD, "probed": _GOOD,
    "bounced": _BAD, "rejected": _BAD, "expired": _BAD, "discarded": _BAD, "deleted": _BAD,
    "undeliverable": _BAD, "partly_delivered": _PENDING, "deferred": _PENDING, "held": _PENDING,
    "queued": _PENDING, "received": _PENDING,
}  # fmt: skip


def show(paths: Sequence[Path], *, lines_alone: bool) -> None:
    """Print the paths on standard output; or their lines alone."""
    console = Console(highlight=False, markup=False, emoji=False)
    for number, path in enumerate(paths):
        if number:
            console.print()
        console.print(_lines(path.lines) if lines_alone else _path(path))
        if lines_alone and any(line.is_inferred for line in path.lines):
            console.print(Text(words.LEGEND, _QUIET))


def _path(path: Path) -> Group:
    outcomes = {fate.outcome for fate in path.recipients}
    style = _STYLES.get(outcomes.pop(), "") if len(outcomes) == 1 else _PENDING
    parts: list[RenderableType] = [Text(safe(path.sentence), f"bold {style}".strip())]
    if path.messages:
        parts.append(_pairs(words.facts(path.messages[0])))
    if path.recipients:
        parts += _titled("Recipients", _list(list(path_text.recipients(path.recipients))))
    if advice := list(path_text.advice(path.recipients)):
        parts += _titled("What to do", _list(advice))
    if path.messages:
        parts += _titled("Path", Group(*map(_hop, path_text.tree(path))))
    if path.verdicts:
        parts += _titled("Verdicts", _list([path_text.verdict(v) for v in path.verdicts]))
    if not path.messages:
        parts += _titled("Lines", _lines(path.lines))
    return Group(*parts)


def _hop(shown: tuple[int, str | None, bool, MessageTrace]) -> RenderableType:
    depth, way, is_certain, message = shown
    head = Text(path_text.hop(message, way), "" if is_certain else _QUIET)
    if not is_certain:
        head.append(f" {words.INFERRED}", _QUIET)
    attempts = message.deliveries[-path_text.MOST_NAMED :]
    below = [Text(path_text.delivery(one), _STYLES.get(one.status, "")) for one in attempts]
    if len(attempts) < len(message.deliveries):
        below.insert(0, Text(f"{len(message.deliveries) - len(attempts)} earlier ones", _QUIET))
    hop = Group(_hanging(head), *(Padding(_hanging(text), (0, 0, 0, 2)) for text in below))
    return Padding(hop, (0, 0, 0, min(depth, _DEEPEST) * 2))


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

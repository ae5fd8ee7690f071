"""Explained lines on a terminal, however wide it is."""

from typing import TYPE_CHECKING

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tracer.cli import explain_text as words
from tracer.cli.terminal import safe

if TYPE_CHECKING:  # pyarrow and duckdb are loaded when lines are read
    from parsers.explain import Explanation, Fit, Stop

_GOOD, _BAD, _QUIET = "green", "red", "dim"
_INDENT = 2


class Screen:
    """Prints explanations on standard output."""

    def __init__(self) -> None:
        self._console = Console(highlight=False, markup=False, emoji=False)
        self._is_first = True

    def show(self, explanation: "Explanation", escaped: bool) -> None:
        """Print one."""
        if not self._is_first:
            self._console.print()
        self._is_first = False
        for part in _parts(explanation, escaped, self._console.width):
            self._console.print(part)


def _parts(explanation: "Explanation", escaped: bool, width: int) -> list[RenderableType]:
    fit = explanation.fit
    parts: list[RenderableType] = [
        _folded(safe(explanation.line)),
        Text(explanation.event, f"bold {_GOOD if fit else _BAD}"),
    ]
    if fit is None:
        parts.append(_folded(words.unparsed(explanation)))
    parts.append(_pairs(list(words.header(explanation, escaped=escaped))))
    if explanation.fields or explanation.extra:
        parts += _titled("Fields", _fields(explanation))
    if fit:
        parts += _titled("Template", *_template(fit))
    for stop in explanation.stops:
        parts += _titled(f"Nearest: {stop.event}", *_stop(explanation.body, stop, width))
    return parts


def _titled(title: str, *parts: RenderableType) -> list[RenderableType]:
    return [Rule(Text(title, "bold"), align="left", style=_QUIET, characters="─"), *parts]


def _folded(text: str, style: str = "") -> Text:
    return Text(text, style, overflow="fold")


def _pairs(pairs: list[tuple[str, str]]) -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(style=_QUIET, no_wrap=True)
    grid.add_column(overflow="fold")
    for label, value in pairs:
        grid.add_row(label, value)
    return grid


def _fields(explanation: "Explanation") -> Table:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(overflow="fold")
    grid.add_column(overflow="fold")
    for name, value in explanation.fields.items():
        kind = words.type_of(name) + (", always" if name in explanation.constants else "")
        grid.add_row(name, Text.assemble(words.value(value), "  ", (kind, _QUIET), overflow="fold"))
    for key, given in explanation.extra.items():
        shown = (words.value(given), "  ", ("unknown key", _QUIET))
        grid.add_row(safe(key), Text.assemble(*shown, overflow="fold"))
    return grid


def _template(fit: "Fit") -> list[RenderableType]:
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(overflow="fold")
    for part in fit.parts:
        style = "" if part.is_present else _QUIET
        grid.add_row(Text("+" if part.is_present else "-", style), Text(words.part(part), style))
    return [_folded(safe(fit.template)), grid, _declared(fit)]


def _stop(body: str, stop: "Stop", width: int) -> list[RenderableType]:
    text, blanks = words.excerpt(body, stop.column, width - _INDENT)
    return [
        _folded(safe(stop.template)),
        Padding(Text(text, no_wrap=True), (0, 0, 0, _INDENT)),
        Padding(Text(f"{blanks}^", f"bold {_BAD}", no_wrap=True), (0, 0, 0, _INDENT)),
        _folded(words.expected(stop), _BAD),
        _declared(stop),
    ]


def _declared(shape: "Fit | Stop") -> Text:
    where = f"{shape.declared_in}, " if shape.declared_in else ""
    return _folded(f"{where}see {safe(shape.source)}", _QUIET)

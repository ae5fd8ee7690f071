"""What is understood, and what is not, on a terminal, however wide it is."""

from collections.abc import Sequence

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from tracer.cli.coverage_text import Coverage, name, place, share, span
from tracer.cli.terminal import safe
from tracer.queries.coverage import Draft, Program

_GOOD, _BAD, _QUIET = "green", "red", "dim"
_MOST_CHARACTERS = 1_000  # of an example


def show(coverage: Coverage) -> None:
    """Print it on standard output."""
    console = Console(highlight=False, markup=False, emoji=False)
    held = coverage.facts
    console.print(
        Text.assemble(
            (share(held), f"bold {_BAD if held.unparsed_count else _GOOD}"),
            f" of {held.line_count:,} lines are understood, {held.unparsed_count:,} are not",
        )
    )
    if coverage.programs:
        console.print(_programs(coverage.programs))
    for draft in coverage.drafts:
        for part in _draft(draft):
            console.print(part)


def _programs(programs: Sequence[Program]) -> Table:
    table = Table(box=None, padding=(0, 1, 0, 0), header_style=_QUIET)
    table.add_column("program", overflow="fold")
    for title in ("lines", "unparsed", "understood"):
        table.add_column(title, justify="right", overflow="fold")
    for program in programs:
        counts = (f"{program.line_count:,}", f"{program.unparsed_count:,}", share(program))
        style = "" if program.unparsed_count else _QUIET
        table.add_row(Text(name(program.program)), *counts, style=style)
    return table


def _draft(draft: Draft) -> list[RenderableType]:
    first, last = span(draft)
    text = draft.example.text
    if len(text) > _MOST_CHARACTERS:
        text = f"{text[:_MOST_CHARACTERS]}…"
    return [
        Rule(Text(f"{draft.count:,} x {name(draft.daemon)}", "bold"), align="left", style=_QUIET),
        Text(first if first == last else f"{first} to {last}", _QUIET),
        Text(safe(draft.template), overflow="fold"),
        Text(place(draft), _QUIET, overflow="fold"),
        Padding(Text(safe(text), _QUIET, overflow="fold"), (0, 0, 0, 2)),
    ]

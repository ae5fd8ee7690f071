"""What a search found, on a terminal, however wide it is."""

from collections.abc import Sequence

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tracer.cli import search_text as words
from tracer.cli.message_text import local
from tracer.queries.search_hits import Hit

_WIDE_ENOUGH_FOR_A_TABLE = 120
_QUIET = "dim"
_BAD = ("bounced", "rejected", "expired", "discarded", "deleted")


def show(hits: Sequence[Hit]) -> None:
    """Print the hits on standard output."""
    console = Console(highlight=False, markup=False, emoji=False)
    if hits:
        console.print(_table(hits) if console.width >= _WIDE_ENOUGH_FOR_A_TABLE else _list(hits))


def _table(hits: Sequence[Hit]) -> Table:
    """Two lines a hit."""
    table = Table(box=None, padding=(0, 2, 0, 0), expand=True, header_style=_QUIET)
    table.add_column("time\nhost", no_wrap=True)
    table.add_column("queue id\nbytes", no_wrap=True)
    table.add_column("from\nto", ratio=2)
    table.add_column("outcome\nreason", ratio=3)
    for hit in hits:
        table.add_row(
            _two(_clock(hit), words.text(hit.host)),
            _two(words.queue_id(hit), _size(hit)),
            _two(words.sender(hit), words.recipients(hit), ""),
            _two(_outcome(hit), words.reason(hit)),
        )
    return table


def _list(hits: Sequence[Hit]) -> Group:
    parts: list[RenderableType] = []
    for hit in hits:
        size = "" if hit.size_bytes is None else f", {_size(hit)} bytes"
        head = Text(f"{_clock(hit)}  {words.queue_id(hit)}  ").append_text(_outcome(hit))
        parts.append(head.append(f"  {words.text(hit.host)}{size}", _QUIET))
        below = [
            _line(f"from {words.sender(hit)}"),
            _line(f"to {words.recipients(hit)}"),
            _line(words.reason(hit), _QUIET),
        ]
        parts.append(Padding(Group(*below), (0, 0, 0, 2)))
    return Group(*parts)


def _two(above: str | Text, below: str, style: str = _QUIET) -> Group:
    return Group(_line(above) if isinstance(above, str) else above, _line(below, style))


def _line(text: str, style: str = "") -> Text:
    """What is too long for the place is cut: `trace` shows it all."""
    return Text(text, style, no_wrap=True, overflow="ellipsis")


def _clock(hit: Hit) -> str:
    return local(hit.first_at)[:19]


def _size(hit: Hit) -> str:
    return words.MISSING if hit.size_bytes is None else f"{hit.size_bytes:,}"


def _outcome(hit: Hit) -> Text:
    good = "green" if hit.outcome in ("delivered", "probed") else "yellow"
    return Text(hit.outcome, "red" if hit.outcome in _BAD else good)

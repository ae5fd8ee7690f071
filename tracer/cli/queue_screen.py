"""A queue on a terminal, however wide it is."""

from collections.abc import Sequence
from datetime import datetime

from rich.console import Console
from rich.table import Table
from rich.text import Text

from tracer.cli import queue_text as words
from tracer.cli.terminal import safe
from tracer.queue.groups import Summary, reason_title
from tracer.queue.listing import Queued

_STYLES = {"held": "magenta", "deferred": "yellow", "active": "green"}
_MOST_REASONS = 5


def show(messages: Sequence[Queued], summary: Summary, now: datetime) -> None:
    """Print the messages on standard output, and what they wait for."""
    console = Console(highlight=False, markup=False, emoji=False)
    if not messages:
        return
    table = Table(box=None, padding=(0, 2, 0, 0), expand=True, header_style="dim")
    for title in ("queue id", "status", "age", "bytes"):
        table.add_column(title, no_wrap=True, justify="right" if title == "bytes" else "left")
    table.add_column("from\nto", ratio=2)
    table.add_column("reason", ratio=3)
    for message in messages:
        table.add_row(
            _line(safe(message.queue_id)),
            _line(words.status(message), _STYLES.get(message.status, "")),
            _line(words.age(now - message.arrived_at)),
            _line(f"{message.size_bytes:,}"),
            _line(f"{words.sender(message)}\n{words.recipients(message)}"),
            Text(safe(message.reason or words.MISSING), "dim"),
        )
    console.print(table)
    counts = ", ".join(f"{n:,} {safe(name)}" for name, n in summary.statuses.most_common())
    console.print(Text(f"\n{summary.count:,} messages: {counts}"))
    for group in summary.reasons[:_MOST_REASONS]:
        console.print(Text(f"{group.count:>7,}  {reason_title(group.name)}", "dim"))


def _line(text: str, style: str = "") -> Text:
    return Text(text, style, no_wrap=True, overflow="ellipsis")

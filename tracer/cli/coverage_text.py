"""What is understood in words, safe to print: what pipes get, and what screens have of it."""

from collections.abc import Iterator
from dataclasses import dataclass

from tracer.cli.message_text import local
from tracer.cli.terminal import safe
from tracer.queries.coverage import Draft, Program
from tracer.queries.overview import Facts


@dataclass(frozen=True, slots=True)
class Coverage:
    """The store's facts, its programs, and drafts for what is not understood."""

    facts: Facts
    programs: list[Program]
    drafts: list[Draft]


def share(counted: Facts | Program) -> str:
    """Which part of the lines is understood; 100 % only where it is all of them."""
    if not counted.line_count:
        return "-"
    parsed_count = counted.line_count - counted.unparsed_count
    hundredths = 10_000 * parsed_count // counted.line_count
    return f"{hundredths // 100}.{hundredths % 100:02}%"


def name(program: str | None) -> str:
    """A program or daemon."""
    return safe(program) if program else "(no header)"


def span(draft: Draft) -> tuple[str, str]:
    """When the first and the last of a draft's lines were logged."""
    first, last = (local(at) if at else "-" for at in (draft.first_at, draft.last_at))
    return first, last


def place(draft: Draft) -> str:
    """Where the example stands."""
    return f"{safe(draft.example.path)}:{draft.example.offset}"


def plain(shown: Coverage) -> Iterator[tuple[str, ...]]:
    """What a pipe gets: one fact a row, its kind first."""
    held = shown.facts
    yield "lines", str(held.line_count), str(held.unparsed_count), share(held)
    for program in shown.programs:
        counts = (str(program.line_count), str(program.unparsed_count))
        yield "program", name(program.program), *counts, share(program)
    for draft in shown.drafts:
        yield "draft", name(draft.daemon), str(draft.count), *span(draft)
        yield "template", safe(draft.template)
        yield "example", place(draft), safe(draft.example.text)

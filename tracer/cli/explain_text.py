"""An explained line in words, safe to print: what pipes get, and what screens have of it."""

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from parsers.fields import FIELDS
from tracer.cli.terminal import display_width, safe

if TYPE_CHECKING:  # pyarrow and duckdb are loaded when lines are read
    from parsers.explain import Explanation, Part, Stop

Show = Callable[["Explanation", bool], None]
PLAIN_WIDTH = 100  # columns of a body's excerpt, where there is no terminal

_REASONS = {
    "no_header": "it has no header that is known, such as `Nov 24 03:37:02 host program[pid]: ` or "
    "`2026-11-24T03:37:02+00:00 host program[pid]: `; if it is only the body of a line, name its "
    "program with --program",
    "unknown_program": "no shape is declared for {program}",
    "too_long": "it is too long to be matched",
    "no_shape": "no shape of {program} fits it",
}


def type_of(field: str) -> str:
    """A field's SQL type."""
    return FIELDS[field].sql_type


def header(explanation: "Explanation", *, escaped: bool) -> Iterator[tuple[str, str]]:
    """Label and value of what the header says, and what is to be known of the line's bytes."""
    if escaped:
        yield "bytes", r"not all are UTF-8: those are shown as \xNN"
    found = explanation.header
    if found is None:
        return
    yield "header", found.form or "none: the program was given"
    if found.form:
        at = found.occurred_at
        yield "time", f"{at.isoformat()}Z" if at else "the stamp is no date"
        yield "host", safe(found.host or "not in the header")
    yield "program", safe(found.program)
    if found.pid is not None:
        yield "pid", str(found.pid)


def unparsed(explanation: "Explanation") -> str:
    """Why a line is not understood, and what may help."""
    program = explanation.header.program if explanation.header else ""
    text = _REASONS[explanation.reason or "no_shape"].format(program=program)
    if explanation.alike:
        text += (
            f", but for {' and '.join(explanation.alike)}: --program tries a line's body as such"
        )
    elif explanation.reason == "no_shape" and not explanation.stops:
        text += ", and none begins like it"
    return safe(text)


def part(given: "Part") -> str:
    """An optional part of a template, as it stands there."""
    return safe(f"[{given.text}]")


def value(given: object) -> str:
    """A field's value; text as it is, except that empty text is two quotes."""
    if isinstance(given, bool):
        return str(given).lower()
    return safe(str(given)) if given != "" else "''"


def expected(stop: "Stop") -> str:
    """Where a line stops being what a template expects, and what that is."""
    text = f"`{stop.expected}`" if stop.expected else "the end of the line"
    return safe(f"column {stop.column}{' or later' * stop.is_ahead}: expected {text}")


def excerpt(body: str, column: int, columns: int) -> tuple[str, str]:
    """What of a body fits into so many columns around one of its characters, safe; and the blanks
    that, put below it, lead to that character.
    """
    here, most = column - 1, columns - 2  # both ends may need a mark
    after, _ = _fitting(iter(body[here:]), most // 3)
    before, is_cut_before = _fitting(reversed(body[:here]), most - display_width("".join(after)))
    after, is_cut_after = _fitting(iter(body[here:]), most - display_width("".join(before)))
    shown = "…" * is_cut_before + "".join(reversed(before))
    return shown + "".join(after) + "…" * is_cut_after, " " * display_width(shown)


def _fitting(characters: Iterator[str], columns: int) -> tuple[list[str], bool]:
    """The first characters, made safe, that fit into so many columns; whether there are more."""
    fitting: list[str] = []
    for character in characters:
        written = safe(character)
        columns -= display_width(written)
        if columns < 0:
            return fitting, True
        fitting.append(written)
    return fitting, False


class Plain:
    """Explanations for a pipe: one fact a line, its kind first; an empty line between two lines."""

    def __init__(self) -> None:
        self._is_first = True

    def show(self, explanation: "Explanation", escaped: bool) -> None:
        """Print an explanation on standard output."""
        if not self._is_first:
            print()
        self._is_first = False
        for row in _rows(explanation, escaped):
            print("\t".join(row))


def _rows(explanation: "Explanation", escaped: bool) -> Iterator[tuple[str, ...]]:
    yield "line", safe(explanation.line)
    yield from header(explanation, escaped=escaped)
    yield "event", explanation.event
    if fit := explanation.fit:
        yield "template", safe(fit.template)
        for optional in fit.parts:
            yield "optional", "present" if optional.is_present else "absent", part(optional)
        yield "declared", fit.declared_in or "not in this package"
        yield "source", safe(fit.source)
    else:
        yield "unparsed", unparsed(explanation)
    for name, given in explanation.fields.items():
        always = ("always",) if name in explanation.constants else ()
        yield "field", name, type_of(name), value(given), *always
    for key, given in explanation.extra.items():
        yield "extra", safe(key), value(given)
    for stop in explanation.stops:
        text, blanks = excerpt(explanation.body, stop.column, PLAIN_WIDTH)
        yield "nearest", stop.event, stop.declared_in or "not in this package"
        yield "template", safe(stop.template)
        yield "at", text
        yield "", f"{blanks}^"
        yield "stops", expected(stop)

"""How a line is read, step by step; and where it stops being what any shape expects.

What a line says is said by parsers.batch: this module finds which template that was, and tells of
a line that fits none how far the nearest ones go (parsers.reach). Like there, what meets a line is
RE2, so that no line costs more than linear time.
"""

import json
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any

import pyarrow as pa

from parsers.atoms import COMPOSITES
from parsers.batch import BatchParser, LineParser
from parsers.fields import FIELDS
from parsers.headers import form_of
from parsers.reach import matches, nearest, read_by
from parsers.registry import MAX_BODY, UNPARSED, Entry, Registry, registry
from parsers.shapes import Shape
from parsers.templates import parse_template

MOST_STOPS = 3  # the nearest shapes that are told of a line
_COMPOSITE = re.compile(rf"(\\.)|\{{({'|'.join(COMPOSITES)})\}}")
_BRACKET = re.compile(r"\\.|[\[\]]")


@dataclass(frozen=True, slots=True)
class Header:
    """What stands before the body.

    form: which kind of header it is; None where the program was given from outside.
    occurred_at: naive UTC; None where the stamp is no date.
    """

    form: str | None
    occurred_at: datetime | None
    host: str | None
    program: str
    pid: int | None


@dataclass(frozen=True, slots=True)
class Part:
    """An optional part of a template, and whether the line has it."""

    text: str
    is_present: bool


@dataclass(frozen=True, slots=True)
class Fit:
    """The template that a line fits.

    template: with composites written out, so that every field is seen.
    declared_in: the module, as a path; None where no module of this package declares it.
    source: the primary source: the daemon's own.
    """

    template: str
    parts: tuple[Part, ...]
    declared_in: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Stop:
    """Where a body stops being what a template expects.

    column: of the body, from 1; one beyond its end where something is missing there.
    expected: what the template goes on with, in its own language; '' is the end of the line.
    is_ahead: it may stand anywhere from that column on.
    """

    event: str
    template: str
    column: int
    expected: str
    is_ahead: bool
    declared_in: str | None
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """One line, explained.

    body: what the shapes are tried on: what follows the header, or the line.
    header: None where the line has none that is known.
    fields: every field that has a value, in the order of parsers.fields; without `extra`.
    extra: pairs whose keys the shape does not know, and a site's own fields.
    constants: the names of the fields that the shape always has.
    fit: None where the line is unparsed; then reason says why: no_header, unknown_program (no shape
        is declared for it), too_long, or no_shape.
    stops: of an unparsed line the nearest shapes, where several are equally near.
    alike: where the program is unknown, those that are known and have a similar name.
    """

    line: str
    body: str
    event: str
    header: Header | None
    fields: Mapping[str, object]
    extra: Mapping[str, object]
    constants: tuple[str, ...] = ()
    fit: Fit | None = None
    reason: str | None = None
    stops: tuple[Stop, ...] = ()
    alike: tuple[str, ...] = ()


class Explainer:
    """Explains the lines of one log, batch by batch."""

    def __init__(
        self, shapes: Registry | None = None, *, program: str | None = None, zone: str = "UTC"
    ) -> None:
        """See LineParser."""
        self._shapes = shapes or registry()
        self._parser = LineParser(shapes, program=program, zone=zone)
        self._splitter = BatchParser(shapes, program=program)

    def explain(self, texts: pa.Array, reference: datetime | None) -> Iterator[Explanation]:
        """One explanation a line, in order; reference: see Stamps.times."""
        heads = self._splitter.heads(texts).select(["daemon", "body"]).to_pylist()
        events = self._parser.parse(texts, reference)
        for line, head, event in zip(texts.to_pylist(), heads, events, strict=True):
            yield _explain(self._shapes, line, head["daemon"], head["body"], event)


def _explain(
    shapes: Registry, line: str, daemon: str, body: str, event: Mapping[str, Any]
) -> Explanation:
    fields = {name: event[name] for name in FIELDS if event[name] is not None}
    extra = json.loads(event["extra"]) if event["extra"] else {}
    header = None if event["program"] is None else _header(line, event)
    found = (line, body, event["event"], header, fields, extra)
    entries = tuple(chain(*shapes.candidates(daemon)))
    if event["event"] != UNPARSED:
        fitting = [entry for entry in entries if entry.shape.event == event["event"]]
        constants = tuple(fitting[0].shape.constants)
        return Explanation(*found, constants=constants, fit=_fit(fitting, body))
    if header is None:
        return Explanation(*found, reason="no_header")
    if not entries:
        return Explanation(*found, reason="unknown_program", alike=_alike(shapes, daemon))
    if len(body) > MAX_BODY:
        return Explanation(*found, reason="too_long")
    return Explanation(*found, reason="no_shape", stops=_stops(entries, body))


def _header(line: str, event: Mapping[str, Any]) -> Header:
    return Header(
        form_of(line),
        event["occurred_at"],
        event["host"],
        event["program"],
        event["pid"],
    )


def _alike(shapes: Registry, daemon: str) -> tuple[str, ...]:
    """Known daemons that may be meant."""
    import difflib  # needed only where a program is unknown

    known = [name for name in shapes.by_daemon if not name.endswith("*")]
    last = [name for name in known if name.endswith(f"/{daemon}")]
    return tuple(last or difflib.get_close_matches(daemon, known))


def _declared_in(shape: Shape) -> str | None:
    for name, module in sys.modules.items():
        if name.startswith("parsers.") and shape in getattr(module, "SHAPES", ()):
            return f"{name.replace('.', '/')}.py"
    return None


# -- the template that fits -----------------------------------------------------------------------


def _fit(entries: Iterable[Entry], body: str) -> Fit:
    """The first of these forms that a body has; it has one."""
    for entry in entries:
        if matches(f"^(?:{entry.form.pattern})$", body):
            written = _written_out(entry.template)
            shape = entry.shape
            return Fit(
                written, _parts(written, shape.fields, body), _declared_in(shape), shape.source
            )
    raise AssertionError(f"no form fits {body!r}")


def _written_out(template: str) -> str:
    """The template with its composites replaced by what they stand for."""
    return _COMPOSITE.sub(lambda found: found[1] or COMPOSITES[found[2]], template)


def _parts(template: str, own: Mapping[str, str], body: str) -> tuple[Part, ...]:
    """The optional parts, from left to right; none where the body fits by its pairs alone."""
    read = read_by(parse_template(template, own), body, whole=True)
    return tuple(map(Part, _optional_texts(template), read[1])) if read else ()


def _optional_texts(template: str) -> list[str]:
    """What stands in square brackets, in the order in which it begins."""
    texts: list[str] = []
    open_at: list[tuple[int, int]] = []  # number of the part, where it begins
    for found in _BRACKET.finditer(template):
        if found[0] == "[":
            open_at.append((len(texts), found.end()))
            texts.append("")
        elif found[0] == "]":
            number, start = open_at.pop()
            texts[number] = template[start : found.start()]
    return texts


# -- the templates that come nearest --------------------------------------------------------------


def _stops(entries: Iterable[Entry], body: str) -> tuple[Stop, ...]:
    """See Explanation.stops."""
    shapes = {entry.template: entry.shape for entry in entries}
    stops: dict[str, Stop] = {}
    own = {template: shape.fields for template, shape in shapes.items()}
    for template, found in nearest(own, body).items():
        shape = shapes[template]
        stop = Stop(
            shape.event,
            _written_out(template),
            found.index + 1,
            found.expected,
            found.is_ahead,
            _declared_in(shape),
            shape.source,
        )
        stops.setdefault(shape.event, stop)
    return tuple(islice(stops.values(), MOST_STOPS))

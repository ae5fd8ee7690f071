"""All line shapes there are, in the order in which they are tried; the matcher of a line."""

import importlib
import pkgutil
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from itertools import chain

import parsers
from parsers.escapes import unescaped
from parsers.shapes import Shape
from parsers.templates import PAIR_KEY, PAIR_VALUE, RUN, Form, compile_template, forms_of

UNPARSED = "log.line_unparsed"
SHARED = "postfix/*"  # stands for every Postfix daemon; its forms are tried last
SITE = "site."  # how the events begin that a site declares itself
# Built-in events of what daemons say in any words: tried after all that is more exact.
_CATCH_ALL = re.compile(rf"(?!{re.escape(SITE)}).*\.(?:problem|warning|error|fatal|debug)_logged")
# Daemons whose own logs look alike: a line of one is tried against the forms of all.
ALIKE = {"clamav": ("clamd", "freshclam", "clamav-milter")}
MAX_BODY = 65_536  # characters; longer bodies are kept, and are not matched


class ShapeError(Exception):
    """A declaration that breaks a rule."""


@dataclass(frozen=True, eq=False)
class Entry:
    """One form of one shape, as it is tried; compiled when it is first needed.

    number: its place among all forms, from 1.
    spelling: which of the forms of its template it is.
    """

    number: int
    shape: Shape
    template: str
    spelling: int

    @cached_property
    def form(self) -> Form:
        """The compiled form; raises TemplateError."""
        shape = self.shape
        return compile_template(self.template, shape.pairs, shape.fields)[self.spelling]

    @cached_property
    def regex(self) -> re.Pattern[str]:
        """The form's pattern for a single line."""
        return re.compile(self.form.pattern, re.ASCII)

    def match(self, body: str) -> dict[str, object] | None:
        """The fields of a body that has this form, else None.

        `extra` holds unknown pairs, and the shape's own fields, which no pair can stand for.
        """
        match = self.regex.fullmatch(body)
        if match is None:
            return None
        fields: dict[str, object] = dict(self.shape.constants)
        extra: dict[str, object] = {}
        for capture, group in zip(self.form.captures, match.groups(), strict=True):
            if capture.field != RUN:
                fields[capture.field] = capture.value(group)
            else:
                fields.update(self._read_pairs(group))
                extra = self._unknown_pairs(group)
        extra |= {name: fields.pop(name, None) for name in self.shape.fields}
        return _undone({**fields, "extra": _undone(extra) or None})

    def _read_pairs(self, run: str) -> Iterator[tuple[str, object]]:
        for reader in self.form.pair_readers:
            found = re.fullmatch(reader.pattern, run, re.ASCII)
            if found:
                for capture, group in zip(reader.captures, found.groups(), strict=True):
                    yield capture.field, capture.value(group)

    def _unknown_pairs(self, run: str) -> dict[str, object]:
        pairs = re.findall(f", ({PAIR_KEY})=({PAIR_VALUE})", run, re.ASCII)
        return {key: value for key, value in pairs if key not in self.form.known_keys}


def _undone(values: dict[str, object]) -> dict[str, object]:
    """Those that are not NULL, with the escapes in texts undone."""
    return {
        name: unescaped(value) if isinstance(value, str) else value
        for name, value in values.items()
        if value is not None
    }


@dataclass(frozen=True, eq=False)
class Registry:
    """The shapes by daemon; SHARED holds what is tried after a Postfix daemon's own.

    The numbers of a daemon's forms ascend in the order in which they are tried.
    """

    shapes: tuple[Shape, ...]
    entries: tuple[Entry, ...]
    by_daemon: dict[str, tuple[Entry, ...]]

    def candidates(self, daemon: str) -> tuple[tuple[Entry, ...], tuple[Entry, ...]]:
        """What a body of this daemon is tried against, in order: what is common, and the rest."""
        own = self.by_daemon.get(daemon, ())
        shared = self.by_daemon.get(SHARED, ()) if daemon.startswith("postfix/") else ()
        common = sum(entry.shape.common for entry in own)
        return own[:common], own[common:] + shared

    def match(self, daemon: str, body: str) -> tuple[str, dict[str, object]]:
        """Event name and fields of one body; UNPARSED and nothing where no shape fits."""
        if len(body) <= MAX_BODY:
            for entry in chain(*self.candidates(daemon)):
                fields = entry.match(body)
                if fields is not None:
                    return entry.shape.event, fields
        return UNPARSED, {}


def build_registry(shapes: tuple[Shape, ...]) -> Registry:
    """Number the forms of shapes; raises ShapeError where a declaration breaks a rule."""
    entries: list[Entry] = []
    by_daemon: dict[str, list[Entry]] = {}
    seen: set[str] = set()
    for shape in sorted(shapes, key=_turn):
        if shape.event in seen:
            raise ShapeError(f"event declared twice: {shape.event}")
        seen.add(shape.event)
        if not shape.samples or not shape.source or not shape.daemons:
            raise ShapeError(f"{shape.event} lacks samples, source or daemons")
        for template in shape.templates:
            for spelling in range(forms_of(template)):
                entry = Entry(len(entries) + 1, shape, template, spelling)
                entries.append(entry)
                for daemon in shape.daemons:
                    by_daemon.setdefault(daemon, []).append(entry)
    for name, daemons in ALIKE.items():
        alike = {entry.number: entry for daemon in daemons for entry in by_daemon.get(daemon, ())}
        by_daemon[name] = [alike[number] for number in sorted(alike)]
    return Registry(shapes, tuple(entries), {d: tuple(e) for d, e in by_daemon.items()})


def _turn(shape: Shape) -> tuple[bool, bool, bool]:
    catches_all = _CATCH_ALL.fullmatch(shape.event) is not None
    return SHARED in shape.daemons, not shape.common, catches_all


@cache
def registry() -> Registry:
    """The registry of every SHAPES in this package."""
    return build_registry(_declared())


def registry_with(shapes: tuple[Shape, ...]) -> Registry:
    """The same with a site's shapes: tried after a daemon's own, and before what catches all."""
    return build_registry((*_declared(), *shapes))


@cache
def _declared() -> tuple[Shape, ...]:
    modules = pkgutil.walk_packages(parsers.__path__, "parsers.")
    found = (getattr(importlib.import_module(m.name), "SHAPES", ()) for m in modules)
    return tuple(shape for shapes in found for shape in shapes)

"""A site's own line shapes: tables of its configuration become shapes, or every problem is told.

They are as the built-in ones (see parsers.shapes), with events in a namespace of their own: no
later version has the same, and no line of a site can pass for a delivery.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain

from parsers.atoms import ATOMS, COMPOSITES
from parsers.dispatch import likely
from parsers.fields import FIELDS
from parsers.headers import daemon_of, split_header
from parsers.registry import SITE, Registry, registry_with
from parsers.shapes import Shape
from parsers.templates import (
    NAME,
    PAIR_KEY,
    Anchors,
    Form,
    TemplateError,
    compile_template,
    fits_up_to,
    forms_of,
    nearest,
    pointed,
)

# The keys of a [[shape]], and what they mean.
KEYS = {
    "event": f"what the line tells, as `{SITE}` and a name: `{SITE}mail_mirrored`",
    "daemons": "list of the programs that log it, as in the line's header; a Postfix daemon is "
    "`postfix/smtpd` whatever its instance is called, and `postfix/*` is any of them",
    "template": "the line after `program[pid]: `, see below",
    "templates": "instead, a list of them, where one fact has several spellings",
    "samples": "list of such lines as really logged, at least one a template",
    "fields": "optional: values that no field is for, each name with the atom that reads it",
    "pairs": "optional: what `{*}` reads, each key with the template of its value",
}
LONGEST_TEMPLATE = 1_000  # characters; a pattern of RE2 may not grow beyond all bounds

_NOTHING_SPECIAL = ("a: b c", "a b: c=d, e (f)")  # what fits both fits nearly every line
_EVENT = re.escape(SITE) + NAME
_DAEMON = r"[^ \[\]:]+"


class SiteShapesError(Exception):
    """All that is wrong with a site's shapes: a text for each problem."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


def site_registry(tables: Sequence[object], source: str) -> tuple[Registry, list[str]]:
    """The registry with a site's shapes, and remarks on those that are not needed.

    tables: what TOML has in [[shape]]. source: the file they are from.
    Raises SiteShapesError where any of them cannot be used.
    """
    problems: list[str] = []
    shapes: dict[str, Shape] = {}  # by where they stand
    for number, table in enumerate(tables, 1):
        where = f"[[shape]] {number}"
        if isinstance(table, dict) and isinstance(table.get("event"), str):
            where += f" ({table['event']})"
        found = list(_problems(table))
        if not found and isinstance(table, dict):
            shape = _shape(table, source)
            if shape.event in {other.event for other in shapes.values()}:
                found = ["another shape has this event: give one shape several `templates`"]
            shapes[where] = shape
        problems += [f"{where}: {each}" for each in found]
    if problems:
        raise SiteShapesError(problems)
    registry = registry_with(tuple(shapes.values()))
    remarks = []
    for where, shape in shapes.items():
        for taker in sorted({*_takers(registry, shape)} - {shape.event}):
            if taker.startswith(SITE):
                problems.append(f"{where}: {taker}, which is before it, fits a sample of it too")
            else:
                remarks.append(f"{where}: a sample of it is {taker}, which is known without it")
    if problems:
        raise SiteShapesError(problems)
    return registry, remarks


def _takers(registry: Registry, shape: Shape) -> Iterator[str]:
    """The events that the samples of a shape become."""
    for daemon in shape.daemons:
        entries = tuple(chain(*registry.candidates(daemon)))
        for sample in shape.samples:
            number = likely(entries, sample, 0)
            while number and registry.entries[number - 1].match(sample) is None:
                number = likely(entries, sample, number)
            if number:
                yield registry.entries[number - 1].shape.event


def _shape(table: Mapping[str, object], source: str) -> Shape:
    """The shape of a table that has no problems."""
    return Shape(
        event=str(table["event"]),
        daemons=tuple(dict.fromkeys(map(daemon_of, _texts(table, "daemons")))),
        template=tuple(_templates(table)),
        samples=tuple(_texts(table, "samples")),
        source=source,
        pairs=_named(table, "pairs"),
        fields=_named(table, "fields"),
    )


# -- what can be wrong with a table ---------------------------------------------------------------


def _problems(table: object) -> Iterator[str]:
    if not isinstance(table, dict):
        yield "it is no table: begin it with [[shape]]"
        return
    for key in table.keys() - KEYS.keys():
        yield f"no key is called {key}{nearest(key, KEYS)}"
    if not re.fullmatch(_EVENT, str(table.get("event", ""))):
        yield f"event is to be {SITE} and a name of a-z, 0-9 and _, such as {SITE}mail_mirrored"
    found = [*_problems_of_kind(table)] or [*_problems_of_names(table)]
    yield from found or _problems_of_templates(table)


def _problems_of_kind(table: Mapping[str, object]) -> Iterator[str]:
    """Keys that are missing, or hold something else than they should."""
    if ("template" in table) == ("templates" in table):
        yield "give it a template, or a list of templates"
    if not isinstance(table.get("template", ""), str):
        yield "template is to be a text in quotes; a list of them is called templates"
    for key in ("daemons", "samples", "templates"):
        value = table.get(key)
        if key == "templates" and key not in table:
            continue
        if not (isinstance(value, list) and value and all(isinstance(each, str) for each in value)):
            yield f'{key} is to be a list of texts, ["..."]'
    for key in ("pairs", "fields"):
        value = table.get(key, {})
        if not (isinstance(value, dict) and all(isinstance(each, str) for each in value.values())):
            yield f'{key} is to be a table of names and texts, {{ name = "..." }}'


def _problems_of_names(table: Mapping[str, object]) -> Iterator[str]:
    for daemon in _texts(table, "daemons"):
        if not re.fullmatch(_DAEMON, daemon):
            yield f"daemons: no program is called {daemon!r} in a log's header"
    for name, atom in _named(table, "fields").items():
        if not re.fullmatch(NAME, name):
            yield f"fields: {name!r} is no name: use a-z, 0-9 and _"
        elif name in FIELDS or name in COMPOSITES:
            yield f"fields: {name} is a field already: leave it out here"
        if atom not in ATOMS:
            yield f"fields: {name}: no atom is called {atom}{nearest(atom, ATOMS)}"
    for key in _named(table, "pairs"):
        if not re.fullmatch(PAIR_KEY, key):
            yield f"pairs: {key!r} is no key: use letters, digits and _"


def _problems_of_templates(table: Mapping[str, object]) -> Iterator[str]:
    """Templates that cannot be used, samples that fit none, templates without a sample."""
    templates, pairs, own = _templates(table), _named(table, "pairs"), _named(table, "fields")
    if pairs and all(forms_of(template) == 1 for template in templates):
        yield f"no template has the {{*}} that reads pairs\n{_end_of(templates[-1])}"
    found = [*map(_bounds, [*templates, *pairs.values()])]
    forms: dict[str, tuple[Form, ...]] = {}
    for template in templates:
        try:
            forms[template] = compile_template(template, pairs, own)
        except TemplateError as error:
            found.append(str(error))
            continue
        if any(map(_fits_anything, forms[template])):
            found.append(
                f"this would fit nearly any line: add what only its lines have (column 1)"
                f"\n{pointed(template, 1)}"
            )
    found = [*filter(None, dict.fromkeys(found))]
    yield from found or _problems_of_samples(_texts(table, "samples"), forms, own)


def _bounds(template: str) -> str:
    """What no template may be, whatever it says; else nothing."""
    if len(template) > LONGEST_TEMPLATE:
        over = LONGEST_TEMPLATE + 1
        return (
            f"a template has at most {LONGEST_TEMPLATE} characters (column {over})\n"
            f"{pointed(template, over)}"
        )
    if end := re.search(r"[\n\r\0]", template):
        column = end.start() + 1
        return f"no line holds this character (column {column})\n{pointed(template, column)}"
    return ""


def _fits_anything(form: Form) -> bool:
    return form.anchors == Anchors() or all(_fits(form, body) for body in _NOTHING_SPECIAL)


def _fits(form: Form, body: str) -> bool:
    return re.fullmatch(form.pattern, body, re.ASCII) is not None


def _problems_of_samples(
    samples: Sequence[str], forms: Mapping[str, tuple[Form, ...]], own: Mapping[str, str]
) -> Iterator[str]:
    """forms: of each template."""
    shown, misfits = set(), 0
    for number, sample in enumerate(samples, 1):
        if "\n" in sample:
            yield f"sample {number} is more than a line: leave out its end"
            misfits += 1
            continue
        fitting = [t for t, each in forms.items() if any(_fits(form, sample) for form in each)]
        shown.update(fitting[:1])
        if fitting:
            continue
        misfits += 1
        header = split_header(sample)
        if header is not None:
            yield f"sample {number} begins with a header: leave out what is before {header[4]!r}"
        else:
            ends = {fits_up_to(template, own, sample): template for template in forms}
            (there, here), template = max(ends.items())
            yield (
                f"sample {number} does not fit from column {there} on\n{pointed(sample, there)}\n"
                f"  where the template has (column {here})\n{pointed(template, here)}"
            )
    for template in forms:
        if template not in shown and not misfits:
            yield f"no sample shows what this template is for (column 1)\n{pointed(template, 1)}"


# -- values whose kind is known -------------------------------------------------------------------


def _end_of(template: str) -> str:
    return pointed(template, len(template) + 1)


def _templates(table: Mapping[str, object]) -> list[str]:
    return [str(table["template"])] if "template" in table else _texts(table, "templates")


def _texts(table: Mapping[str, object], key: str) -> list[str]:
    value = table[key]
    assert isinstance(value, list)
    return value


def _named(table: Mapping[str, object], key: str) -> dict[str, str]:
    value = table.get(key, {})
    assert isinstance(value, dict)
    return value

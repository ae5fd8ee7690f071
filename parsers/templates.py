"""The line-template language: its grammar, and the regular expression that it stands for.

    {queue_id}: to=<{recipient:address}>{*}, status={status} ({reply:rest})

Text stands for itself; `\\` makes the next character literal. `{field}` reads a field with its
own atom, `{field:atom}` with another, `{field:=a|b}` one of these words; `{a|b}` and `{:atom}`
read without keeping. `[...]` may be missing; `{*}` is a run of `, key=value` pairs. A name of
parsers.atoms.COMPOSITES stands for several fields.

pyparsing reads templates only, each once, when it is first needed; log lines meet nothing but the
compiled expression, which RE2 runs over batches and Python's `re` over a single line.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from functools import cache
from itertools import takewhile
from types import MappingProxyType

import pyparsing as pp

from parsers.atoms import ATOMS, BALANCED_ADDRESS, COMPOSITES, Atom
from parsers.fields import FIELDS

# One pair of a `{*}` run: a value in angle brackets may hold commas, any other may not.
PAIR_KEY = "[A-Za-z0-9_]+"
PAIR_VALUE = f"(?:<{BALANCED_ADDRESS}>|[^,<][^,]*|)"
PAIR = f", {PAIR_KEY}={PAIR_VALUE}"
RUN = "*"  # the pseudo-field of the group that holds the run
SKIPPED = ""  # the pseudo-field of a value that is not kept
NONE: Mapping[str, str] = MappingProxyType({})

_SHOWN_BEFORE, _SHOWN = 60, 90  # characters of a template that an error shows


class TemplateError(ValueError):
    """A template that cannot be used: the message says why, and points at the place.

    column: where in `template`, from 1.
    """

    def __init__(self, problem: str, template: str, column: int) -> None:
        super().__init__(problem, template, column)
        self.problem = problem
        self.template = template
        self.column = column

    def __str__(self) -> str:
        return f"{self.problem} (column {self.column})\n{pointed(self.template, self.column)}"


def pointed(text: str, column: int) -> str:
    """The text around a column (from 1) and, on a line of its own, a mark below it."""
    start = max(0, column - _SHOWN_BEFORE)
    shown = text[start : start + _SHOWN]
    clean = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
    return f"    {clean}\n    {' ' * (column - 1 - start)}^"


# -- what a template consists of ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Placed:
    """Part of a template; column: where it begins there, from 1."""

    column: int = field(default=1, compare=False, kw_only=True)


@dataclass(frozen=True, slots=True)
class Literal(_Placed):
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class FieldRef(_Placed):
    """A value: the field it fills, and the atom that reads it."""

    name: str
    atom: str


@dataclass(frozen=True, slots=True)
class Words(_Placed):
    """One of several words; kept in field `name` where that is not None."""

    words: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Maybe(_Placed):
    """Parts that may be missing together."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pairs(_Placed):
    """A run of `, key=value` pairs."""


Node = Literal | FieldRef | Words | Maybe | Pairs


# -- the grammar ----------------------------------------------------------------------------------

NAME = "[a-z][a-z0-9_]*"
_PART = rf"""(?x:
    (?P<literal> (?: [^\\{{}}\[\]] | \\(?s:.) )+ )
    | \{{ (?:
        (?P<field> {NAME} ) (?: :(?P<atom> {NAME} ) | :=(?P<words> [^{{}}\[\]]+ ) )?
        | :(?P<skipped> {NAME} )
        | (?P<bare> [^{{}}\[\]|]* \| [^{{}}\[\]]* )
        | (?P<run> \* )
    ) \}} )"""
_BRACES = "{field}, {field:atom}, {field:=a|b}, {a|b}, {:atom} or {*}"


def _grammar() -> pp.ParserElement:
    """Parts that follow each other are one token: thousands of templates are read at a time."""
    parts = pp.Regex(f"{_PART}+", as_match=True).leave_whitespace()
    parts.add_parse_action(lambda _, place, tokens: list(_parts_in(tokens[0][0], place + 1)))
    sequence = pp.Forward()
    sequence.leave_whitespace()
    opening, closing = (pp.Literal(bracket).leave_whitespace() for bracket in "[]")
    maybe = (opening + sequence - closing).leave_whitespace(recursive=False)
    maybe.add_parse_action(lambda _, place, tokens: Maybe(tuple(tokens[1:-1]), column=place + 1))
    each = (parts | maybe).leave_whitespace(recursive=False)
    sequence <<= each[...].leave_whitespace(recursive=False)
    sequence.parse_with_tabs()
    return sequence


def _parts_in(text: str, column: int) -> Iterator[Node]:
    for found in re.finditer(_PART, text):
        literal, name, atom, words, skipped, bare, _ = found.groups()
        at = column + found.start()
        if literal is not None:
            yield Literal(re.sub(r"(?s)\\(.)", r"\1", literal), column=at)
        elif words is not None or bare is not None:
            yield Words(tuple((words or bare).split("|")), name, column=at)
        elif name is not None or skipped is not None:
            yield FieldRef(name or SKIPPED, atom or skipped or "", column=at)
        else:
            yield Pairs(column=at)


_GRAMMAR = _grammar()


def parse_template(template: str, own: Mapping[str, str] = NONE) -> tuple[Node, ...]:
    """The parts of a template, composites expanded and atoms filled in.

    own: the shape's own fields, name -> atom.
    """
    return tuple(_resolve(_parts(template), template, own))


@cache
def _parts(template: str) -> tuple[Node, ...]:
    try:
        return tuple(_GRAMMAR.parse_string(template, parse_all=True))
    except pp.ParseBaseException as error:
        raise TemplateError(_complaint(template[error.loc :]), template, error.loc + 1) from None
    except RecursionError:
        raise TemplateError("too many [ within each other", template, 1) from None


def _complaint(rest: str) -> str:
    """What is wrong with a template whose `rest` is not understood."""
    match rest[:1]:
        case "":
            return "a [ has no ]"
        case "{":
            return rf"no such {{...}}: it is one of {_BRACES}; \{{ is the character itself"
        case "\\":
            return r"a backslash that nothing follows: \\ is the character itself"
        case bracket:
            return rf"{bracket} closes nothing: \{bracket} is the character itself"


def _resolve(nodes: Iterable[Node], template: str, own: Mapping[str, str]) -> Iterator[Node]:
    for node in nodes:
        match node:
            case FieldRef(name, "") if name in COMPOSITES:
                for part in parse_template(COMPOSITES[name]):
                    yield _moved(part, node.column)
            case FieldRef(name, atom):
                sql_type = _type_of(name, template, node, own)
                atom = atom or own.get(name) or FIELDS[name].atom
                if atom not in ATOMS:
                    near = nearest(atom, ATOMS)
                    raise TemplateError(f"no atom is called {atom}{near}", template, node.column)
                if sql_type not in (None, *ATOMS[atom].sql_types):
                    raise TemplateError(
                        f"{name} is {sql_type}, which {atom} does not read", template, node.column
                    )
                yield replace(node, atom=atom)
            case Words(_, name):
                if _type_of(name or SKIPPED, template, node, own) not in (None, "VARCHAR"):
                    raise TemplateError(f"{name} is no text, as words are", template, node.column)
                yield node
            case Maybe(parts):
                yield replace(node, parts=tuple(_resolve(parts, template, own)))
            case _:
                yield node


def _moved(node: Node, column: int) -> Node:
    """A part of a composite, as standing where the composite does."""
    if isinstance(node, Maybe):
        node = replace(node, parts=tuple(_moved(part, column) for part in node.parts))
    return replace(node, column=column)


def _type_of(name: str, template: str, node: Node, own: Mapping[str, str]) -> str | None:
    """The SQL type of a field; None where its atom decides."""
    if name in own or name == SKIPPED:
        return None
    if name not in FIELDS:
        near = nearest(name, [*FIELDS, *COMPOSITES, *own])
        raise TemplateError(f"no field is called {name}{near}", template, node.column)
    return FIELDS[name].sql_type


def nearest(name: str, names: Iterable[str]) -> str:
    """`; did you mean ...?` where one of the names is like this one, else nothing."""
    near = get_close_matches(name, names, 1)
    return f"; did you mean {near[0]}?" if near else ""


# -- the compiler ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Capture:
    """One capturing group.

    field: what it fills; RUN is the run of pairs.
    nullable: it may not have taken part, which RE2 gives as `''`, like an empty value. So that
        the two can be told apart, the group of a value that may be empty begins with the last
        character before it (led).
    """

    field: str
    atom: Atom
    nullable: bool
    led: bool = False

    @property
    def never_empty(self) -> bool:
        """Whether the group holds something wherever the form fits."""
        kept = self.field != RUN and not self.nullable
        return kept and re.fullmatch(self.atom.pattern, "") is None

    def value(self, group: str | None) -> object:
        """What the group's text is as a typed value; None is NULL."""
        if self.nullable and not group:
            return None
        assert group is not None
        return self.atom.convert(group[1:] if self.led else group)


@dataclass(frozen=True, slots=True)
class PairReader:
    """How one key of a run is read: a pattern over the run, and its captures."""

    pattern: str
    captures: tuple[Capture, ...]


@dataclass(frozen=True, slots=True)
class Anchors:
    """Literal text that every match has: one of the prefixes, of the suffixes and of each infix."""

    prefixes: tuple[str, ...] = ()
    infixes: tuple[tuple[str, ...], ...] = ()
    suffixes: tuple[str, ...] = ()

    def all_in(self, body: str) -> bool:
        """Whether a body has them."""
        return (
            (not self.prefixes or body.startswith(self.prefixes))
            and (not self.suffixes or body.endswith(self.suffixes))
            and all(any(text in body for text in texts) for texts in self.infixes)
        )


@dataclass(frozen=True, slots=True)
class Form:
    """One compiled spelling of a shape.

    pattern: to be matched against the whole body; its groups are `captures`, in order.
    pair_readers: by which the run's known keys are read, where a capture is a run; keys outside
        `known_keys` go to `extra`.
    """

    pattern: str
    captures: tuple[Capture, ...]
    anchors: Anchors
    pair_readers: tuple[PairReader, ...] = ()
    known_keys: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields this form may fill."""
        captures = (*self.captures, *(c for r in self.pair_readers for c in r.captures))
        return tuple(c.field for c in captures if c.field != RUN)


def forms_of(template: str) -> int:
    """How many forms compile_template gives; nothing is compiled for that."""
    return 2 if re.search(r"(?<!\\)(?:\\\\)*\{\*\}", template) else 1


def compile_template(
    template: str, pairs: Mapping[str, str] = NONE, own: Mapping[str, str] = NONE
) -> tuple[Form, ...]:
    """The forms of a template, in the order in which they are tried.

    A template with `{*}` has two: the keys it knows in their declared order, all in one
    expression, which nearly every line fits; and any keys in any order, which takes longer.

    pairs: what `{*}` reads, key -> template. own: see parse_template.
    """
    nodes = parse_template(template, own)
    if forms_of(template) == 1:
        _check_reads([(template, nodes)])
        return (_form(nodes),)
    values = {key: parse_template(value, own) for key, value in pairs.items()}
    _check_reads([(template, nodes), *((pairs[key], value) for key, value in values.items())])
    known = tuple(Maybe((Literal(f", {key}="), *value)) for key, value in values.items())
    readers = tuple(_pair_reader(key, value) for key, value in values.items())
    general = replace(_form(nodes), pair_readers=readers, known_keys=tuple(values))
    return _form(tuple(_replace_pairs(nodes, known))), general


def fits_up_to(template: str, own: Mapping[str, str], body: str) -> tuple[int, int]:
    """How far a body that does not fit has what the template wants: columns of both, from 1."""
    nodes = parse_template(template, own)
    for count in range(len(nodes), -1, -1):
        begun = re.match(_pattern(nodes[:count], [], nullable=False), body, re.ASCII)
        if begun is None:
            continue
        if count == len(nodes):
            return begun.end() + 1, len(template) + 1
        wanted, place = nodes[count], begun.end()
        text = wanted.text if isinstance(wanted, Literal) else ""
        alike = takewhile(lambda pair: pair[0] == pair[1], zip(text, body[place:], strict=False))
        return place + len(list(alike)) + 1, wanted.column
    raise AssertionError("nothing is the beginning of any text")


def _check_reads(parts: Iterable[tuple[str, tuple[Node, ...]]]) -> None:
    """Raise where a field is read twice in (template, parts), or `{*}` is anywhere but first."""
    seen: set[str] = set()
    for number, (template, nodes) in enumerate(parts):
        for node in _walk(nodes):
            match node:
                case FieldRef(str(name)) | Words(_, str(name)):
                    pass
                case Pairs():
                    name = "{*}"
                    if number:
                        raise TemplateError("{*} stands for no value", template, node.column)
                case _:
                    continue
            if name in seen and name != SKIPPED:
                raise TemplateError(f"{name} is read twice", template, node.column)
            seen.add(name)


def _walk(nodes: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        yield node
        if isinstance(node, Maybe):
            yield from _walk(node.parts)


def _replace_pairs(nodes: tuple[Node, ...], known: tuple[Node, ...]) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, Pairs):
            yield from known
        elif isinstance(node, Maybe):
            yield Maybe(tuple(_replace_pairs(node.parts, known)))
        else:
            yield node


def _form(nodes: tuple[Node, ...]) -> Form:
    captures: list[Capture] = []
    pattern = _pattern(nodes, captures, nullable=False)
    return Form(pattern, tuple(captures), _anchors(nodes))


_FEW_TEXTS = 12  # alternatives that are worth a test each
_FEW_TESTS = 3
_TELLING = 3  # characters


def _anchors(nodes: tuple[Node, ...]) -> Anchors:
    """The texts at both ends, and of those between them the longest ones."""
    runs = list(_fixed_runs(nodes))
    prefixes = runs.pop(0) if runs[0] else ()
    suffixes = runs.pop() if runs and runs[-1] else ()
    telling = {run: min(map(len, run)) for run in runs if run}
    longest = sorted(telling, key=lambda run: -telling[run])[:_FEW_TESTS]
    infixes = [run for run in longest if run is longest[0] or telling[run] >= _TELLING]
    return Anchors(prefixes, tuple(infixes), suffixes)


def _fixed_runs(nodes: tuple[Node, ...]) -> Iterator[tuple[str, ...]]:
    """The texts that each run of literal text and words stands for; () for what is between two."""
    run: tuple[str, ...] = ()
    for node in nodes:
        texts = _alternatives(node)
        if not texts or "" in texts:
            yield from (run, ()) if run else ((),)
            run = ()
        elif len(run or ("",)) * len(texts) > _FEW_TEXTS:
            yield from (run, ())
            run = texts
        else:
            run = tuple(before + text for before in run or ("",) for text in texts)
    yield run


def _alternatives(node: Node) -> tuple[str, ...]:
    match node:
        case Literal(text):
            return (text,)
        case Words(words, _):
            return words
        case _:
            return ()


def _pair_reader(key: str, value: tuple[Node, ...]) -> PairReader:
    captures: list[Capture] = []
    pattern = _pattern(value, captures, nullable=True)
    return PairReader(f"(?:{PAIR})*?, {key}={pattern}(?:, .*)?", tuple(captures))


def _pattern(nodes: tuple[Node, ...], captures: list[Capture], nullable: bool) -> str:
    out: list[str] = []
    before = ""
    for node in nodes:
        text = ""
        match node:
            case Literal(text):
                out.append(escape(text))
            case FieldRef(name, atom_name) if name == SKIPPED:
                out.append(f"(?:{ATOMS[atom_name].pattern})")
            case FieldRef(name, atom_name):
                atom = ATOMS[atom_name]
                led = nullable and before != "" and re.fullmatch(atom.pattern, "") is not None
                if led:
                    out[-1] = escape(before[:-1])
                lead = escape(before[-1]) if led else ""
                captures.append(Capture(name, atom, nullable, led))
                out.append(f"({lead}{atom.pattern})")
            case Words(words, name):
                group = "|".join(escape(word) for word in words)
                if name is not None:
                    captures.append(Capture(name, replace(ATOMS["rest"], pattern=group), nullable))
                out.append(f"({group})" if name is not None else f"(?:{group})")
            case Maybe(parts):
                out.append(f"(?:{_pattern(parts, captures, nullable=True)})?")
            case Pairs():
                captures.append(Capture(RUN, ATOMS["rest"], False))
                out.append(f"((?:{PAIR})*?)")
        before = text
    return "".join(out)


def escape(text: str) -> str:
    """`text` as a regular expression that RE2 and Python read alike."""
    return re.sub(r"([\\.^$|()\[\]{}*+?])", r"\\\1", text)

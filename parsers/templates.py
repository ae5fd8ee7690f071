"""The line-template language: its grammar, and the regular expression that it stands for.

    {queue_id}: to=<{recipient:address}>{*}, status={status} ({reply:rest})

Text stands for itself; `\\` makes the next character literal. `{field}` reads a field with its
own atom, `{field:atom}` with another, `{field:=a|b}` one of these words; `{a|b}` and `{:atom}`
read without keeping. `[...]` may be missing; `{*}` is a run of `, key=value` pairs. A name of
parsers.atoms.COMPOSITES stands for several fields.

pyparsing reads templates only, once, at import; log lines meet nothing but the compiled
expression, which RE2 runs over batches and Python's `re` over a single line.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache

import pyparsing as pp

from parsers.atoms import ATOMS, BALANCED_ADDRESS, COMPOSITES, Atom
from parsers.fields import FIELDS

# One pair of a `{*}` run: a value in angle brackets may hold commas, any other may not.
PAIR_KEY = "[A-Za-z0-9_]+"
PAIR_VALUE = f"(?:<{BALANCED_ADDRESS}>|[^,<][^,]*|)"
PAIR = f", {PAIR_KEY}={PAIR_VALUE}"
RUN = "*"  # the pseudo-field of the group that holds the run
_PAIRS = "{*}"  # as spelt in a template
SKIPPED = ""  # the pseudo-field of a value that is not kept


class TemplateError(ValueError):
    """A template that cannot be read; the message says where."""


# -- what a template consists of ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: str


@dataclass(frozen=True, slots=True)
class FieldRef:
    """A value: the field it fills, and the atom that reads it."""

    name: str
    atom: str


@dataclass(frozen=True, slots=True)
class Words:
    """One of several words; kept in field `name` where that is not None."""

    words: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Maybe:
    """Parts that may be missing together."""

    parts: tuple["Node", ...]


@dataclass(frozen=True, slots=True)
class Pairs:
    """A run of `, key=value` pairs."""


Node = Literal | FieldRef | Words | Maybe | Pairs


# -- the grammar ----------------------------------------------------------------------------------


_NAME = "[a-z][a-z0-9_]*"
_WORDS = r"[^{}\[\]|]*"


def _grammar() -> pp.ParserElement:
    """Few tokens, each one expression: the templates there are must not keep a command waiting."""
    literal = pp.Regex(r"(?:\\.|[^\\{}\[\]])+").leave_whitespace()
    literal.set_parse_action(lambda t: Literal(re.sub(r"\\(.)", r"\1", t[0])))
    reference = pp.Regex(rf"\{{(?P<name>{_NAME})(?::(?P<atom>{_NAME}))?\}}")
    reference.set_parse_action(lambda t: FieldRef(t["name"], t["atom"] or ""))
    skipped = pp.Regex(rf"\{{:(?P<atom>{_NAME})\}}")
    skipped.set_parse_action(lambda t: FieldRef(SKIPPED, t["atom"]))
    named_words = pp.Regex(rf"\{{(?P<name>{_NAME}):=(?P<words>{_WORDS}(?:\|{_WORDS})*)\}}")
    named_words.set_parse_action(lambda t: Words(tuple(t["words"].split("|")), t["name"]))
    words = pp.Regex(rf"\{{(?P<words>{_WORDS}(?:\|{_WORDS})+)\}}")
    words.set_parse_action(lambda t: Words(tuple(t["words"].split("|")), None))
    pairs = pp.Literal(_PAIRS).set_parse_action(Pairs)
    sequence = pp.Forward()
    maybe = pp.Suppress("[") + sequence + pp.Suppress("]")
    maybe.set_parse_action(lambda t: Maybe(tuple(t)))
    sequence <<= pp.ZeroOrMore(literal | reference | maybe | named_words | words | skipped | pairs)
    return sequence


_GRAMMAR = _grammar()


@cache
def parse_template(template: str) -> tuple[Node, ...]:
    """The parts of a template, composites expanded and atoms filled in."""
    try:
        nodes = _GRAMMAR.parse_string(template, parse_all=True)
    except pp.ParseException as error:
        raise TemplateError(f"{error.msg} at column {error.col} of template {template!r}") from None
    return tuple(_resolve(nodes, template))


def _resolve(nodes: Iterator[Node] | pp.ParseResults, template: str) -> Iterator[Node]:
    for node in nodes:
        if isinstance(node, FieldRef) and node.name in COMPOSITES and not node.atom:
            yield from parse_template(COMPOSITES[node.name])
        elif isinstance(node, FieldRef):
            if node.name not in FIELDS and node.name != SKIPPED:
                raise TemplateError(f"no field is called {node.name!r}: {template!r}")
            atom = node.atom or FIELDS[node.name].atom
            if atom not in ATOMS:
                raise TemplateError(f"no atom is called {atom!r}: {template!r}")
            if node.name != SKIPPED and FIELDS[node.name].sql_type not in ATOMS[atom].sql_types:
                raise TemplateError(f"{node.name} cannot be read as {atom}: {template!r}")
            yield FieldRef(node.name, atom)
        elif isinstance(node, Words):
            if node.name is not None and node.name not in FIELDS:
                raise TemplateError(f"no field is called {node.name!r}: {template!r}")
            yield node
        elif isinstance(node, Maybe):
            yield Maybe(tuple(_resolve(iter(node.parts), template)))
        else:
            yield node


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

    pattern: to be matched against the whole body; its groups are `captures`, in order; where
        `pair_readers` is not None, one of them is the run.
    pair_readers: by which the run's known keys are read; keys outside `known_keys` go to `extra`.
    """

    pattern: str
    captures: tuple[Capture, ...]
    anchors: Anchors
    pair_readers: tuple[PairReader, ...] | None = None
    known_keys: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All fields this form may fill."""
        readers = self.pair_readers or ()
        captures = (*self.captures, *(c for r in readers for c in r.captures))
        return tuple(c.field for c in captures if c.field != RUN)


def forms_of(template: str) -> int:
    """How many forms compile_template gives."""
    return 2 if _PAIRS in template else 1


def compile_template(template: str, pairs: Mapping[str, str]) -> tuple[Form, ...]:
    """The forms of a template, in the order in which they are tried.

    A template with `{*}` has two: the keys it knows in their declared order, all in one
    expression, which nearly every line fits; and any keys in any order, which takes longer.
    """
    nodes = parse_template(template)
    if not any(isinstance(n, Pairs) for n in _walk(nodes)):
        if pairs:
            raise TemplateError(f"pairs without {{*}}: {template!r}")
        return (_form(nodes),)
    values = {key: parse_template(value) for key, value in pairs.items()}
    known = tuple(Maybe((Literal(f", {key}="), *value)) for key, value in values.items())
    strict = _form(tuple(_replace_pairs(nodes, known)))
    general = _form(nodes)
    readers = tuple(_pair_reader(key, value) for key, value in values.items())
    return (
        strict,
        Form(
            general.pattern,
            general.captures,
            general.anchors,
            readers,
            tuple(values),
        ),
    )


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
    names = [c.field for c in captures]
    if len(set(names)) != len(names):
        raise TemplateError(f"a field is read twice: {sorted(names)}")
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

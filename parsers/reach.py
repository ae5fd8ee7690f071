"""How far a template goes in a body that it does not fit.

Arrow's RE2 does the matching, so that no body costs more than linear time.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import nlargest
from itertools import chain, count

import pyarrow as pa
import pyarrow.compute as pc

from parsers.atoms import ATOMS
from parsers.fields import FIELDS
from parsers.templates import (
    PAIR,
    SKIPPED,
    FieldRef,
    Literal,
    Maybe,
    Node,
    Pairs,
    Words,
    escape,
    parse_template,
)

_TELLING = 4  # characters of a text that are no accident, where any text may be before it
_MOST_TRIED = 30  # templates with most words in common
_WORD = re.compile("[A-Za-z]{3,}")
_WHOLE = "whole"  # the group of all that nodes read


@dataclass(frozen=True, slots=True)
class Reach:
    """How far a template goes.

    literal_length: how much of the body, up to there, is the template's own text.
    index: of the body, from 0: where it stops being what the template expects.
    expected: what the template goes on with, in its own language; '' is the end of the line.
    is_ahead: it may stand anywhere from there on.
    """

    literal_length: int
    index: int
    expected: str
    is_ahead: bool


def nearest(templates: Mapping[str, Mapping[str, str]], body: str) -> dict[str, Reach]:
    """The templates that are nearest to a body that fits none, in their order; and how far each
    goes. None where the body has no word of any.

    Near is a template whose words the body has, and the more so the more of its text the body
    begins with.

    templates: each with its shape's own fields.
    """
    words = _words(body)
    parsed = {template: parse_template(template, own) for template, own in templates.items()}
    shared = {template: _letters_shared(nodes, words) for template, nodes in parsed.items()}
    least = min(nlargest(_MOST_TRIED, shared.values()), default=0)
    reaches = {t: _reach(parsed[t], body) for t, letters in shared.items() if letters >= least}
    scores = {t: (shared[t] + found.literal_length, found.index) for t, found in reaches.items()}
    best = max(scores.values(), default=(0, 0))
    return {t: found for t, found in reaches.items() if best[0] and scores[t] == best}


def _reach(nodes: tuple[Node, ...], body: str, before: tuple[Node, ...] = ()) -> Reach:
    """How far `nodes` go in a body that begins with `before`."""
    if not before and nodes and isinstance(nodes[0], Literal):
        text = nodes[0].text
        common = _common(text, body)
        if common < len(text):  # so it is with most templates
            return Reach(common, common, _spelt(Literal(text[common:])), False)
    most = _last(len(nodes), lambda n: _begins(body, (*before, *nodes[:n])))
    found, rest = (*before, *nodes[:most]), nodes[most:]
    is_ahead = bool(found) and _is_open(found[-1])
    certain = found[:-1] if is_ahead else found
    expected = _spelt(*rest[:1])
    if text := _most_alike(rest[:1], body[_read(body, found)[1] :]):
        length = _last(len(text), lambda n: _begins(body, (*found, Literal(text[:n]))))
        if length >= (_TELLING if is_ahead else 1):
            certain, is_ahead = (*found, Literal(text[:length])), False
            expected = _spelt(Literal(text[length:]))
    furthest = Reach(*_read(body, certain), expected, is_ahead)
    # An optional part that is there, but not as it should be, was passed over.
    while most and isinstance(node := nodes[most - 1], Maybe | Pairs):
        most -= 1
        if isinstance(node, Maybe):
            inside = _reach(node.parts, body, (*before, *nodes[:most]))
            if inside.expected:
                furthest = max(furthest, inside, key=_nearness)
    return furthest


def _most_alike(node: Sequence[Node], rest: str) -> str:
    """Of the texts that a node may be, the one with whose beginning `rest` begins longest."""
    match node:
        case [Literal(text)]:
            return text
        case [Words(words, _)]:
            return max(words, key=lambda word: _common(word, rest))
    return ""


def _nearness(found: Reach) -> tuple[int, int]:
    return found.literal_length, found.index


def _words(text: str) -> frozenset[str]:
    return frozenset(_WORD.findall(text))


def _letters_shared(nodes: Sequence[Node], words: frozenset[str]) -> int:
    """How many letters of nodes' own text are in words that are among these."""
    letters = 0
    for node in nodes:
        match node:
            case Literal(text):
                letters += sum(map(len, _words(text) & words))
            case Words(texts, _):
                letters += max(sum(map(len, _words(text) & words)) for text in texts)
            case Maybe(parts):
                letters += _letters_shared(parts, words)
    return letters


def _common(text: str, other: str) -> int:
    """How many characters both begin with."""
    return _last(len(text), lambda n: other.startswith(text[:n]))


def _last(most: int, holds: Callable[[int], bool]) -> int:
    """The largest number up to `most` for which it holds; it does for 0, and for none after one
    for which it does not.
    """
    low, high = 0, most
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if holds(middle) else (low, middle - 1)
    return low


def _begins(body: str, nodes: Sequence[Node]) -> bool:
    return matches(f"^{expression(nodes)}", body)


def _read(body: str, nodes: Sequence[Node]) -> tuple[int, int]:
    """Of nodes that the body begins with: how much of it is their own text, and where they end."""
    read = read_by(nodes, body)
    assert read is not None
    text, present = read
    return _literal_length(nodes, iter(present)), len(text)


def read_by(
    nodes: Sequence[Node], body: str, *, whole: bool = False
) -> tuple[str, list[bool]] | None:
    """What of a body nodes read, from its beginning, and which of their optional parts, from left
    to right, are there; None where they do not fit. whole: they must read all of it.
    """
    numbers = count()
    pattern = expression(nodes, lambda: f"?P<p{next(numbers)}>")
    end = "$" if whole else ""
    groups = pc.extract_regex(pa.scalar(body), pattern=f"^(?P<{_WHOLE}>{pattern}){end}").as_py()
    if groups is None:
        return None
    return groups[_WHOLE], [groups[f"p{number}"] != "" for number in range(len(groups) - 1)]


def matches(pattern: str, body: str) -> bool:
    """Whether a pattern of RE2 is found in a body."""
    return bool(pc.match_substring_regex(pa.scalar(body), pattern=pattern).as_py())


def _literal_length(nodes: Sequence[Node], present: Iterator[bool]) -> int:
    """present: of each optional part, from left to right, whether it is there."""
    length = 0
    for node in nodes:
        match node:
            case Literal(text):
                length += len(text)
            case Words(words, _):
                length += min(map(len, words))
            case Maybe(parts):
                is_present = next(present)
                inside = _literal_length(parts, present)
                length += inside if is_present else 0
    return length


def _is_open(node: Node) -> bool:
    """Whether it reads any text, so that its end is where what follows it begins."""
    return isinstance(node, FieldRef) and ATOMS[node.atom].pattern.startswith((".", "(?:."))


def expression(nodes: Sequence[Node], name: Callable[[], str] = lambda: "?:") -> str:
    """An expression for nodes. name: gives how the group of the next optional part begins."""
    return "".join(chain.from_iterable(_expressions(nodes, name)))


def _expressions(nodes: Sequence[Node], name: Callable[[], str]) -> Iterator[Sequence[str]]:
    for node in nodes:
        match node:
            case Literal(text):
                yield (escape(text),)
            case FieldRef(_, atom):
                yield "(?:", ATOMS[atom].pattern, ")"
            case Words(words, _):
                yield "(?:", "|".join(map(escape, words)), ")"
            case Maybe(parts):
                yield "(", name(), expression(parts, name), ")?"
            case Pairs():
                yield "(?:", PAIR, ")*"


def _spelt(*nodes: Node) -> str:
    """Nodes in the template language."""
    return "".join(map(_spelling, nodes))


def _spelling(node: Node) -> str:
    match node:
        case Literal(text):
            return re.sub(r"([\\{}\[\]])", r"\\\1", text)
        case FieldRef(name, atom):
            own = name != SKIPPED and FIELDS[name].atom == atom
            return f"{{{name}}}" if own else f"{{{name}:{atom}}}"
        case Words(words, name):
            return f"{{{name + ':=' if name else ''}{'|'.join(words)}}}"
        case Maybe(parts):
            return f"[{_spelt(*parts)}]"
        case Pairs():
            return "{*}"

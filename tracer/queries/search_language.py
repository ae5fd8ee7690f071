"""The search language: from what people type to a small tree, and back to text.

    from:alice to:*@gmail.com (status:deferred OR status:bounced) -"mailbox full" after:yesterday

NOT binds closest, then AND (which may be left out), then OR. The tree knows no clock, no zone and
no store: tracer.queries.search turns it into SQL. KEYS is what docs/search.md lists.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from fnmatch import fnmatchcase
from functools import partial
from ipaddress import IPv4Network, IPv6Network, ip_network

import pyparsing as pp

from parsers.templates import nearest, pointed
from tracer.errors import TracerError
from tracer.reasons import CLASSES

MOST_CHARACTERS = 2_000
MOST_TERMS = 50
DEEPEST = 20  # parentheses within each other

# What `status:` takes, and when a message fits it.
STATUSES = {
    "sent": "an attempt delivered it, or handed it on",
    "deferred": "an attempt failed for now",
    "bounced": "an attempt failed for good",
    "expired": "it was in the queue too long, and went back to its sender",
    "rejected": "it, or one of its recipients, was refused",
    "held": "it was put on hold",
    "discarded": "a check or Milter threw it away",
    "deleted": "an administrator deleted it",
    "deliverable": "a probe found that the address can be delivered to",
    "undeliverable": "a probe found that it cannot",
    "queued": "it is in the queue, as far as the logs tell",
}


QUEUED = "queued"  # the one status that no line has


class SearchError(TracerError):
    """A query that is not understood: the message says why, and points at the place.

    column: where in `query`, from 1.
    """

    def __init__(self, problem: str, query: str, column: int) -> None:
        super().__init__(problem, query, column)
        self.problem = problem
        self.query = query
        self.column = column

    def __str__(self) -> str:
        return f"{self.problem} (column {self.column})\n{pointed(self.query, self.column)}"


# -- values ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Contains:
    """Text that is somewhere in the field."""

    text: str

    def __str__(self) -> str:
        return self.text if _is_plain(self.text) else _quoted(self.text)


@dataclass(frozen=True, slots=True)
class Whole:
    """Text that is all there is in the field."""

    text: str

    def __str__(self) -> str:
        return f"<{self.text}>"


@dataclass(frozen=True, slots=True)
class Like:
    """Text in which `*` stands for any characters, and `?` for one."""

    pattern: str

    def __str__(self) -> str:
        return self.pattern


@dataclass(frozen=True, slots=True)
class Within:
    """An address of a network; a single address is a network of one."""

    network: IPv4Network | IPv6Network

    def __str__(self) -> str:
        return str(self.network)


@dataclass(frozen=True, slots=True)
class Between:
    """A number between two, which may be the same or open (None)."""

    low: float | None
    high: float | None
    has_low: bool = True
    has_high: bool = True

    def __str__(self) -> str:
        low, high = (None if n is None else f"{Decimal(repr(n)):f}" for n in (self.low, self.high))
        if high is None:
            return f"{'>=' if self.has_low else '>'}{low}"
        if low is None:
            return f"{'<=' if self.has_high else '<'}{high}"
        return f"={low}" if low == high else f"{low}..{high}"


@dataclass(frozen=True, slots=True)
class Flag:
    """Yes or no."""

    is_yes: bool

    def __str__(self) -> str:
        return "yes" if self.is_yes else "no"


@dataclass(frozen=True, slots=True)
class Named:
    """`now`, or the beginning of `today` or `yesterday`."""

    name: str

    def __str__(self) -> str:
        return self.name


@dataclass(frozen=True, slots=True)
class Ago:
    """So many seconds before now."""

    seconds: int

    def __str__(self) -> str:
        return f"{self.seconds}s"


@dataclass(frozen=True, slots=True)
class At:
    """A time as it was written: in the viewer's zone, unless it says another."""

    time: datetime

    def __str__(self) -> str:
        return self.time.isoformat()


Text = Contains | Whole | Like
Moment = Named | Ago | At
Value = Text | Within | Between | Flag | Moment


# -- the tree -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Term:
    """A key with its value; the key is None for a free word or phrase."""

    key: str | None
    value: Value

    def __str__(self) -> str:
        if self.key is None:
            return str(self.value)
        if isinstance(self.value, Whole) and not KEYS[self.key].is_text:
            return f"{self.key}:{self.value.text}"
        return f"{self.key}:{self.value}"


@dataclass(frozen=True, slots=True)
class Not:
    """What does not fit the node; which is no Not itself."""

    node: "Node"

    def __str__(self) -> str:
        inner = f"({self.node})" if isinstance(self.node, And | Or) else self.node
        return f"NOT {inner}"


@dataclass(frozen=True, slots=True)
class And:
    """What fits all of two or more nodes; one in parentheses is an And of its own."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return " ".join(f"({n})" if isinstance(n, And | Or) else str(n) for n in self.nodes)


@dataclass(frozen=True, slots=True)
class Or:
    """What fits one of two or more nodes."""

    nodes: tuple["Node", ...]

    def __str__(self) -> str:
        return " OR ".join(f"({n})" if isinstance(n, Or) else str(n) for n in self.nodes)


Node = Term | Not | And | Or


def terms(node: Node) -> Iterable[Term]:
    """All terms, from left to right."""
    match node:
        case Term():
            yield node
        case Not(inner):
            yield from terms(inner)
        case And(nodes) | Or(nodes):
            for inner in nodes:
                yield from terms(inner)


# -- keys -----------------------------------------------------------------------------------------

Read = Callable[[str], Value]  # raises ValueError, which says what would do


@dataclass(frozen=True, slots=True)
class Key:
    """A key of the language: what it looks for, and how its values are written.

    read: makes the value of what stands behind the key without quotes or angle brackets.
    is_text: it may stand in quotes, or in angle brackets.
    """

    meaning: str
    examples: tuple[str, ...]
    read: Read
    is_text: bool = True


def _text(written: str) -> Text:
    if "*" in written or "?" in written:
        return Like(re.sub(r"\*+", "*", written))
    return Contains(written)


def _queue_id(written: str) -> Text:
    """As mailq and log lines show it, which may end in `*`, `!` or `:`."""
    value = _text(written.rstrip("!:"))
    return Whole(value.text) if isinstance(value, Contains) else value


def _whole(written: str) -> Text:
    value = _text(written)
    return Whole(value.text) if isinstance(value, Contains) else value


_ADDRESS = re.compile(r"[\d.]+|[\dA-Fa-f:]*:[\dA-Fa-f:.]*|.*/\d*", re.ASCII)


def _address(written: str) -> Value:
    if _ADDRESS.fullmatch(written):
        try:
            return Within(ip_network(written, strict=False))
        except ValueError:
            if "/" in written:
                raise ValueError("no such network: write it as 192.0.2.0/24") from None
    return _text(written)


def _status(written: str) -> Text:
    value = _whole(written.lower())
    if isinstance(value, Like):
        if any(fnmatchcase(status, value.pattern) for status in STATUSES if status != QUEUED):
            return value
    elif isinstance(value, Whole) and value.text in STATUSES:
        return value
    near = nearest(written.lower(), STATUSES) or f": it is one of {', '.join(STATUSES)}"
    raise ValueError(f"no such status{near}")


def _class(written: str) -> Text:
    value = _whole(written.lower().replace("-", "_"))
    pattern = value.pattern if isinstance(value, Like) else value.text
    if any(fnmatchcase(name, pattern) for name in CLASSES):
        return value
    near = nearest(pattern, CLASSES) or ": docs/reasons.md lists them"
    raise ValueError(f"no such class of reasons{near}")


def _dsn(written: str) -> Text:
    if not re.fullmatch(r"[245*?](\.[\d*?]{1,3}){0,2}", written):
        raise ValueError("no such status code: write it as 5.1.1, 5.1.*, or 5")
    is_short = written.count(".") < 2 and not written.endswith("*")
    return _whole(f"{written}.*" if is_short else written)


_SIZES = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}
SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86_400, "w": 604_800}
_LONGEST_AGE = 100 * 365 * 86_400
_NUMBER = r"(-?\d{1,12}(?:\.\d{1,6})?)([A-Za-z]*)"


def _quantity(written: str, units: Mapping[str, int], example: str) -> float:
    found = re.fullmatch(_NUMBER, written, re.ASCII)
    if not found or found[2].lower() not in units:
        letters = ", ".join(filter(None, units))
        kinds = f" with {letters} behind it or nothing" if letters else ""
        raise ValueError(f"no such number: it is one{kinds}, as in {example}")
    return float(found[1]) * units[found[2].lower()]


def numbers(units: Mapping[str, int], example: str, written: str) -> Between:
    """Reads a number, or what is above, below or between some; raises ValueError."""
    if found := re.fullmatch(r"(>=|<=|>|<|=)(.*)", written, re.DOTALL):
        number = _quantity(found[2], units, example)
        match found[1]:
            case ">" | ">=" as sign:
                return Between(number, None, has_low=sign == ">=")
            case "<" | "<=" as sign:
                return Between(None, number, has_high=sign == "<=")
        return Between(number, number)
    low, dots, high = written.partition("..")
    first = _quantity(low, units, example)
    return Between(first, _quantity(high, units, example) if dots else first)


def _spam(written: str) -> Value:
    if written.lower() in ("yes", "no"):
        return Flag(written.lower() == "yes")
    return numbers({"": 1}, "spam:>5, spam:5..10 or spam:yes", written)


def _moment(written: str) -> Moment:
    if written in ("now", "today", "yesterday"):
        return Named(written)
    if found := re.fullmatch(r"(\d{1,10})([smhdw])", written, re.ASCII):
        seconds = int(found[1]) * SECONDS[found[2]]
        if seconds < _LONGEST_AGE:
            return Ago(seconds)
    try:
        time = datetime.fromisoformat(written)
    except ValueError:
        time = None
    if time is None or not 1900 <= time.year <= 9000:
        raise ValueError(
            "no such time: it is now, today, yesterday, an age such as 2h or 7d, a date such as "
            "2026-11-01, or 2026-11-01T10:00"
        )
    return At(time)


KEYS = {
    "from": Key(
        "the envelope's sender; `from:<>` is the null sender",
        ("from:alice@lab.example", "from:*@lab.example", "from:<>"),
        _text,
    ),
    "to": Key(
        "a recipient, after aliases or before them", ("to:bob", "to:<bob@lab.example>"), _text
    ),
    "domain": Key(
        "the whole domain of the sender or of a recipient",
        ("domain:lab.example", "domain:*.example"),
        _whole,
    ),
    "msgid": Key("the Message-ID", ("msgid:1234@lab.example",), _text),
    "qid": Key("the whole queue id", ("qid:34EF119428B", "qid:34EF*"), _queue_id),
    "client": Key(
        "the name or address of the client that it came from",
        ("client:mail.lab.example", "client:192.0.2.0/24", "client:2001:db8::/32"),
        _address,
    ),
    "host": Key("the host that logged it", ("host:mx",), _text),
    "relay": Key(
        "the name or address of the next hop of a delivery",
        ("relay:gmail", "relay:192.0.2.0/24"),
        _address,
    ),
    "user": Key("the login (SASL) of whoever sent it", ("user:alice", "user:*"), _text),
    "status": Key(
        "what was done, see [below](#what-status-finds)", ("status:bounced",), _status, False
    ),
    "reason": Key(
        "why, in the words of the log: the reply to a delivery, or why it was refused",
        ("reason:greylist", 'reason:"user unknown"'),
        _text,
    ),
    "class": Key(
        "why, as one of [these classes](reasons.md): of a refusal, or of a delivery that failed",
        ("class:greylisted", "class:*_unknown"),
        _class,
        False,
    ),
    "subject": Key(
        "the Subject, where a program logs it", ("subject:invoice", 'subject:"your order"'), _text
    ),
    "spam": Key(
        "the score of a spam scanner, or whether it took it for spam",
        ("spam:>5", "spam:5..10", "spam:yes"),
        _spam,
        False,
    ),
    "virus": Key("the name of a virus found in it", ("virus:eicar", "virus:*"), _text),
    "dsn": Key(
        "the enhanced status code of a delivery or a refusal; parts may be left out",
        ("dsn:5.1.1", "dsn:5.7.*", "dsn:4"),
        _dsn,
        False,
    ),
    "size": Key(
        "the size, in bytes or with `k`, `M` or `G` (of 1,024)",
        ("size:>1M", "size:10k..20k"),
        partial(numbers, _SIZES, "size:>1M or size:10k..20k"),
        False,
    ),
    "delay": Key(
        "how long a delivery took since the message came, in seconds or with `m`, `h` or `d`",
        ("delay:>60s", "delay:1h..2d"),
        partial(numbers, SECONDS, "delay:>60s or delay:1h..2d"),
        False,
    ),
    "after": Key(
        "it has lines at this time or later", ("after:yesterday", "after:2h"), _moment, False
    ),
    "before": Key(
        "it has lines before this time",
        ("before:today", "before:2026-11-01", "before:2026-11-01T10:00"),
        _moment,
        False,
    ),
}
# What people may call a key elsewhere.
_OTHER_NAMES = {
    "sender": "from", "recipient": "to", "rcpt": "to", "message-id": "msgid", "messageid": "msgid",
    "queue-id": "qid", "id": "qid", "queue": "qid", "ip": "client",
    "server": "host", "login": "user", "sasl": "user", "outcome": "status", "error": "reason",
    "reason_class": "class", "score": "spam", "code": "dsn", "since": "after", "until": "before",
}  # fmt: skip


# -- the grammar ----------------------------------------------------------------------------------

_END = r"""(?![^ \t\r\n()"])"""  # of a word
_OPERATORS = ("AND", "OR", "NOT")
_QUOTED = r'"(?P<quoted>(?:[^"\\]|\\(?s:.))*)"'
_WORD = rf"""(?x:
    (?! (?: {"|".join(_OPERATORS)} ) {_END} | [-()] | \Z )
    (?: (?P<key> [A-Za-z] [A-Za-z_-]* ) : )?
    (?: {_QUOTED}
        | <(?P<angled> [^<>\ \t\r\n()]* )> {_END}
        | (?P<bare> [^\ \t\r\n()"]+ )
    )? )"""


class Language:
    """The same words, operators and values with one set of keys or another."""

    def __init__(self, keys: Mapping[str, Key], other_names: Mapping[str, str]) -> None:
        """other_names: what people may call a key elsewhere -> the key."""
        self.keys = keys
        self._other_names = other_names
        self._grammar = _grammar(self._term)

    def parse(self, query: str) -> Node:
        """The tree of a query; raises SearchError."""
        _check_bounds(query)
        try:
            node: Node = self._grammar.parse_string(query, parse_all=True)[0]
        except pp.ParseBaseException as error:
            raise SearchError(*_complaint(query, error.loc)) from None
        if sum(1 for _ in terms(node)) > MOST_TERMS:
            raise SearchError(f"a query has at most {MOST_TERMS} words and keys", query, 1)
        return node

    def _term(self, query: str, place: int, found: re.Match[str]) -> Term:
        """The term that a word is."""
        written_key, quoted, angled, bare = found.group("key", "quoted", "angled", "bare")
        if quoted is angled is bare is None:
            if query[found.end() : found.end() + 1] == '"':
                raise SearchError('a " has no second one', query, found.end() + 1)
            hint = "it follows the colon, without a space"
            if query[found.end() : found.end() + 1] == "(":
                hint = f"in parentheses each word has its key, as in ({found[0]}a OR {found[0]}b)"
            raise SearchError(f"{found[0]} has no value: {hint}", query, place + 1)
        key = None if written_key is None else written_key.lower()
        if key is not None and key not in self.keys:
            other = self._other_names.get(key)
            near = f"; did you mean {other}?" if other else nearest(key, self.keys)
            near = near or f": there are {', '.join(self.keys)}"
            problem = f"no key is called {key}{near} (Text with a colon stands in quotes.)"
            raise SearchError(problem, query, place + 1)
        parts = ("quoted", "angled", "bare")
        column = 1 + next(found.start(n) for n in parts if found[n] is not None)
        try:
            return Term(key, self._value(key, quoted, angled, bare))
        except ValueError as error:
            raise SearchError(str(error), query, column) from None

    def _value(
        self, key: str | None, quoted: str | None, angled: str | None, bare: str | None
    ) -> Value:
        """Raises ValueError, which says what would do."""
        is_text = key is None or self.keys[key].is_text
        if quoted == "":
            raise ValueError(f"nothing is between the quotes{'; <> is no text' if is_text else ''}")
        if is_text and quoted is not None:
            return Contains(re.sub(r"(?s)\\(.)", r"\1", quoted))
        if is_text and angled is not None:
            return Whole(angled)
        written = next(w for w in (bare, quoted, f"<{angled}>") if w is not None)
        return _text(written) if key is None else self.keys[key].read(written)


def _grammar(term: Callable[[str, int, re.Match[str]], Term]) -> pp.ParserElement:
    opening, closing = pp.Literal("(").suppress(), pp.Literal(")").suppress()
    and_, or_ = pp.Regex(f"AND{_END}").suppress(), pp.Regex(f"OR{_END}").suppress()
    not_ = pp.Regex(rf"NOT{_END}|-(?=[^ \t\r\n)])")
    word = pp.Regex(_WORD, as_match=True).add_parse_action(
        lambda query, place, tokens: term(query, place, tokens[0])
    )
    either = pp.Forward()
    negated = not_[...] + (word | opening - either - closing)
    negated.add_parse_action(lambda tokens: Not(tokens[-1]) if _is_negative(tokens) else tokens[-1])
    both = negated + (and_ - negated | negated)[...]
    both.add_parse_action(lambda tokens: And(tuple(tokens)) if len(tokens) > 1 else tokens[0])
    either <<= both + (or_ - both)[...]
    either.add_parse_action(lambda tokens: Or(tuple(tokens)) if len(tokens) > 1 else tokens[0])
    return either.parse_with_tabs()


def _is_negative(tokens: pp.ParseResults) -> bool:
    """Whether a NOT is left, where two of them have cancelled each other out."""
    return len(tokens) % 2 == 0


def _check_bounds(query: str) -> None:
    if not query.strip():
        raise SearchError("nothing to search for", query, 1)
    if len(query) > MOST_CHARACTERS:
        problem = f"a query has at most {MOST_CHARACTERS:,} characters"
        raise SearchError(problem, query, MOST_CHARACTERS + 1)
    open_places: list[int] = []
    for found in re.finditer(rf"{_QUOTED}|[()]", query):
        match found[0]:
            case "(":
                open_places.append(found.start())
            case ")" if open_places:
                open_places.pop()
            case ")":
                raise SearchError("this ) closes nothing", query, found.start() + 1)
        if len(open_places) > DEEPEST:
            problem = f"at most {DEEPEST} parentheses may be within each other"
            raise SearchError(problem, query, found.start() + 1)
    if open_places:
        raise SearchError("this ( has no )", query, open_places[-1] + 1)


def _complaint(query: str, place: int) -> tuple[str, str, int]:
    """Why a query is not understood that goes wrong at a place; as SearchError takes it."""
    rest = query[place:].lstrip(" \t\r\n")
    place = len(query) - len(rest) if rest else len(query.rstrip())
    operator = re.match(f"(?:{'|'.join(_OPERATORS)}){_END}", rest)
    before = re.search(f"(?:^|[ \t\r\n(])({'|'.join(_OPERATORS)})$", query[:place].rstrip())
    if operator and operator[0] != "NOT":
        problem = f"nothing stands before {operator[0]}; as a word it stands in quotes"
    elif before or operator:
        word = before[1] if before else "NOT"
        problem = f"nothing stands after {word}; as a word it stands in quotes"
    elif rest.startswith("-"):
        problem = "a - is followed by what is not wanted; as text it stands in quotes"
    else:
        problem = "something to search for is missing here"
    return problem, query, place + 1


_SEARCH = Language(KEYS, _OTHER_NAMES)


def parse(query: str) -> Node:
    """The tree of a search; raises SearchError."""
    return _SEARCH.parse(query)


# -- back to text ---------------------------------------------------------------------------------

_PLAIN = re.compile(r"""[^-\s()"<>*?:=\\][^\s()"<>*?:\\]*""")


def _is_plain(text: str) -> bool:
    """Whether text means itself when it is written without quotes, behind any key or none."""
    return bool(_PLAIN.fullmatch(text) and text not in _OPERATORS and not _ADDRESS.fullmatch(text))


def _quoted(text: str) -> str:
    return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'

"""A query of the search language as conditions: SQL, and the values that it names.

Text that people typed becomes parameters, never SQL.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from ipaddress import IPv4Network
from itertools import islice

from parsers.columns import events_select
from tracer.projections.messages import LATE
from tracer.queries.search_language import (
    QUEUED,
    Ago,
    And,
    At,
    Between,
    Contains,
    Flag,
    Like,
    Moment,
    Named,
    Node,
    Not,
    Or,
    Term,
    Text,
    Whole,
    Within,
    terms,
)
from tracer.reasons import CLASSES, COLUMNS, classified

Span = tuple[datetime, datetime]  # from, and before
EVER = (datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31"))

_DISCARDS = "('discard', 'milter-discard', 'milter-header-discard')"
_HOLDS = "('hold', 'milter-hold', 'milter-header-hold')"
REFUSED = f"""
    SELECT *, position AS first_position, occurred_at AS first_at, occurred_at AS last_at,
        true AS is_removed
    FROM events
    WHERE queue_id IS NULL AND occurred_at IS NOT NULL
        AND (event = 'postfix.rejected' OR event = 'postfix.checked' AND action IN {_DISCARDS})
"""


# Whether a line with the queue id of message c is one of its own; as trace has it.
_LATE = f"to_microseconds({LATE // timedelta(microseconds=1)})"
_AROUND = f"e.occurred_at BETWEEN c.first_at - {_LATE} AND c.last_at + {_LATE}"
BELONGS = f"""
    e.queue_id = c.queue_id AND e.host IS NOT DISTINCT FROM c.host
    AND CASE WHEN e.instance IS NULL THEN {_AROUND}
        ELSE e.instance = c.instance AND e.position BETWEEN c.first_position AND c.last_position
            AND e.occurred_at BETWEEN c.first_at AND c.last_at END
"""
MESSAGE_ID = "replace(message_id, ',', '_')"  # as spamd writes it
_SAME_MESSAGE_ID = f"""
    replace(e.message_id, ',', '_') = replace(c.message_id, ',', '_')
    AND c.message_id NOT IN ('', '<>') AND {_AROUND}
"""
_PLACE = "host, instance, queue_id, message_id, position, occurred_at"

# Keys by what they are about; a free word (None) and `domain` are about message and lines.
_OF_MESSAGE = frozenset(
    {"from", "msgid", "qid", "client", "host", "user", "size", "after", "before"}
)
_OF_DELIVERY = frozenset({"to", "relay", "status", "reason", "class", "dsn", "delay"})
_OF_SCAN = frozenset({"spam", "virus", "subject"})
_QUEUED = Term("status", Whole(QUEUED))


def is_of_message(node: Node) -> bool:
    """Whether the row of `messages` tells of all of it."""
    return all(term.key in _OF_MESSAGE or term == _QUEUED for term in terms(node))


def is_of_delivery(node: Node) -> bool:
    """Whether the node speaks of one delivery, so that all of it has to hold for the same one."""
    match node:
        case Term(key):
            return key in _OF_DELIVERY and node != _QUEUED
        case And(nodes) | Or(nodes):
            return all(map(is_of_delivery, nodes))
    return False


def parts(query: Node) -> Iterator[Node]:
    """Terms, and ORs of these, each of which holds of all that fits, and of which columns tell."""
    match query:
        case And(nodes):
            for node in nodes:
                yield from parts(node)
        case Or(nodes):
            inner = [part for node in nodes for part in islice(parts(node), 1)]
            if len(inner) == len(nodes):
                yield Or(tuple(inner))
        case Term(key) if key not in ("after", "before") and query != _QUEUED:
            yield query


def is_of_scan(node: Node) -> bool:
    """Whether lines tell of it that may have a Message-ID in place of a queue id."""
    return any(term.key in _OF_SCAN for term in terms(node))


class Conditions:
    """A query's conditions as SQL, and the values that they name."""

    def __init__(self, now: datetime) -> None:
        self.parameters: dict[str, object] = {}
        self._now = now
        self._lines: list[str] = []  # conditions on lines: line_0, line_1, ... in `told`
        self._has_classes = False  # so that the values of _CLASSED are named
        self._scans: set[int] = set()  # which of them may be joined by Message-ID, too

    def began_in(self, span: Span) -> str:
        """The condition on a message or refusal that its first line is of this time."""
        start, end = map(self._bind, span)
        return f"(first_at >= {start} AND first_at < {end})"

    def of_message(self, node: Node) -> str:
        """The condition on a row of `messages` that is joined with what `told` gives of it."""
        match node:
            case And(nodes):
                # what is side by side is about the same delivery; parentheses begin another
                side_by_side = [n for n in nodes if is_of_delivery(n) and not isinstance(n, And)]
                conditions = [self.of_message(n) for n in nodes if n not in side_by_side]
                if side_by_side:
                    one = joined(" AND ", map(self.of_line, side_by_side))
                    conditions.append(self._has_line(one))
                return joined(" AND ", conditions)
            case _ if is_of_delivery(node):
                return self._has_line(self.of_line(node))
            case Not(inner):
                return f"(NOT {self.of_message(inner)})"
            case Or(nodes):
                return joined(" OR ", map(self.of_message, nodes))
            case Term(key) if key in _OF_SCAN:
                self._scans.add(len(self._lines))
                return self._has_line(self._field(node))
            case Term(None | "domain" as key):
                columns = _WORDS if key is None else _DOMAINS
                message, line = (self._field(node, of) for of in columns)
                return joined(" OR ", (message, self._has_line(line)))
        return self._field(node)

    def of_line(self, node: Node) -> str:
        """The condition on a row of `events`, of a node that is about one delivery."""
        match node:
            case And(nodes):
                return joined(" AND ", map(self.of_line, nodes))
            case Or(nodes):
                return joined(" OR ", map(self.of_line, nodes))
            case Term():
                return self._field(node)
        raise TypeError(node)

    def of_part(self, node: Node) -> str:
        """The condition on a row of `messages` that it fulfils a part without a look at lines."""
        match node:
            case _ if is_of_message(node):
                return self.of_message(node)
            case Or(nodes):
                return joined(" OR ", map(self.of_part, nodes))
            case Term(None | "domain" as key):
                return self._field(node, (_WORDS if key is None else _DOMAINS)[0])
        return "false"

    def of_columns(self, node: Node) -> list[str]:
        """Conditions on rows of `event_rows`, one of which holds wherever a part does.

        Most ask for one column alone: then DuckDB looks at each different text once.
        """
        match node:
            case Or(nodes):
                return [condition for inner in nodes for condition in self.of_columns(inner)]
            case Term(key, Contains() | Whole() | Like() as value) if key in _OF_COLUMNS:
                is_domain = key == "domain"
                pattern = rf"@{_expression(value)}\z" if is_domain else _pattern(key, value)
                name = self._bind(f"(?is){pattern}")
                return [_COLUMN_MATCHES.get(c, _MATCHES).format(c, name) for c in _OF_COLUMNS[key]]
            case Term(key, Contains() | Whole() | Like() | Flag()) if key in _IN_REST:
                mark, names = _IN_REST[key]
                marked = f"(FROM event_rows WHERE regexp_matches(rest, '{mark}'))"
                rows = events_select(marked, ("position", *names))
                return [f"position IN (SELECT position FROM ({rows}) WHERE {self._field(node)})"]
            case Term():
                return [self._field(node)]
        raise TypeError(node)

    def of_refusal(self, node: Node) -> str:
        """The condition on a row of REFUSED: a message of one line."""
        match node:
            case Not(inner):
                return f"(NOT {self.of_refusal(inner)})"
            case And(nodes):
                return joined(" AND ", map(self.of_refusal, nodes))
            case Or(nodes):
                return joined(" OR ", map(self.of_refusal, nodes))
            case Term(None | "domain" as key):
                columns = _WORDS if key is None else _DOMAINS
                return self._field(node, tuple(name for of in columns for name in of))
        return self._field(node)

    def time_of_refusals(self, query: Node, span: Span) -> Span:
        """The part of a span that `after:` and `before:` leave; it may be empty."""
        start, end = span
        for node in query.nodes if isinstance(query, And) else (query,):
            match node:
                case Term("after", Named() | Ago() | At() as value):
                    start = max(start, self._utc(value))
                case Term("before", Named() | Ago() | At() as value):
                    end = min(end, self._utc(value))
        return start, end

    def reach(self, earliest: datetime, latest: datetime) -> None:
        """Say of which time the lines are that the conditions are about."""
        if self._has_classes:
            self.parameters |= {"earliest": earliest, "latest": latest}

    # -- parts ------------------------------------------------------------------------------------

    def _has_line(self, condition: str) -> str:
        """That a line of the message fulfils it."""
        self._lines.append(condition)
        return f"coalesce(line_{len(self._lines) - 1}, false)"

    def told(
        self,
        candidates: str,
        earliest: datetime,
        near: datetime,
        latest: datetime,
        *,
        are_few: bool,
    ) -> str:
        """What the lines of this time tell of these messages: which conditions one fulfils.

        All lines are looked at once, however many conditions there are; but those after `near`,
        until which most of the messages are done, only if they are of one of the others. Where the
        messages are few, their lines are found first, and then looked at.
        """
        self.reach(earliest, latest)
        names = [f"line_{number}" for number in range(len(self._lines))]
        each = ", ".join(f"{sql} AS {name}" for name, sql in zip(names, self._lines, strict=True))
        start, end = map(self._bind, (earliest, latest))
        middle = "" if are_few else self._bind(near)

        def lines(key: str) -> str:
            if are_few:
                own = f"""
                    SELECT position FROM event_rows
                    WHERE occurred_at BETWEEN {start} AND {end}
                        AND {key} IN (SELECT {key} FROM {candidates})"""
                return f"(SELECT {_PLACE}, {each} FROM events WHERE position IN ({own}))"
            later = f"SELECT {key} FROM {candidates} WHERE last_at > {middle} - {_LATE}"
            return f"""(
                SELECT * FROM (
                    SELECT {_PLACE}, {each} FROM events
                    WHERE occurred_at >= {start} AND occurred_at <= {middle}
                    UNION ALL
                    SELECT {_PLACE}, {each} FROM events
                    WHERE occurred_at > {middle} AND occurred_at <= {end} AND {key} IN ({later})
                ) WHERE {" OR ".join(names)})"""

        found = f"""
            SELECT c.first_position, {", ".join(names)}
            FROM {candidates} c JOIN {lines("queue_id")} e ON {BELONGS}"""
        if self._scans:
            by_message_id = ", ".join(
                name if number in self._scans else f"false AS {name}"
                for number, name in enumerate(names)
            )
            found += f"""
                UNION ALL SELECT c.first_position, {by_message_id}
                FROM {candidates} c JOIN {lines(MESSAGE_ID)} e ON {_SAME_MESSAGE_ID}"""
        any_of = ", ".join(f"bool_or({name}) AS {name}" for name in names)
        return f"""
            SELECT first_position, {any_of}
            FROM ({found}) GROUP BY first_position"""

    def _field(self, term: Term, columns: Sequence[str] = ()) -> str:
        """The condition of one term, which is true or false, never NULL."""
        match term:
            case Term("status", Whole() | Like() as value):
                condition = _status(value)
            case Term("class", Whole() | Like() as value):
                self._has_classes = True
                condition = _class(value)
            case Term("after", Named() | Ago() | At() as value):
                condition = f"last_at >= {self._bind(self._utc(value))}"
            case Term("before", Named() | Ago() | At() as value):
                condition = f"first_at < {self._bind(self._utc(value))}"
            case Term("size" | "delay" | "spam" as key, Between() as value):
                condition = self._between(_NUMBERS[key], value)
            case Term("spam", Flag(is_yes)):
                condition = "is_spam" if is_yes else "NOT is_spam"
            case Term(key, Within() as value):
                condition = self._within(_NAMED[key][-1], value)
            case Term("subject", Contains() | Whole() | Like() as value):
                condition = self._subject(value)
            case Term("domain", Contains() | Whole() | Like() as value):
                condition = self._matches(columns, rf"@{_expression(value)}\z")
            case Term(key, Contains() | Whole() | Like() as value):
                condition = self._matches(columns or _NAMED[key], _pattern(key, value))
            case _:
                raise TypeError(term)
        return f"coalesce({condition}, false)"

    def _matches(self, columns: Iterable[str], pattern: str) -> str:
        """RE2 takes time in proportion to the text, whatever the pattern."""
        name = self._bind(f"(?is){pattern}")
        return joined(" OR ", (f"coalesce(regexp_matches({c}, {name}), false)" for c in columns))

    def _subject(self, value: Text) -> str:
        """Of a line that has the Subject, or of a header check, whose line has the header."""
        logged = self._matches(("subject",), _pattern("subject", value))
        start, end = ("", r"\z") if isinstance(value, Whole) else (".*", "")
        checked = rf"\ASubject: {start}{_expression(value)}{end}"
        return joined(" OR ", (logged, self._matches(("checked_text",), checked)))

    def _between(self, column: str, value: Between) -> str:
        conditions = []
        if value.low is not None:
            sign = ">=" if value.has_low else ">"
            conditions.append(f"{column} {sign} {self._bind(value.low)}")
        if value.high is not None:
            sign = "<=" if value.has_high else "<"
            conditions.append(f"{column} {sign} {self._bind(value.high)}")
        return joined(" AND ", conditions)

    def _within(self, column: str, value: Within) -> str:
        first, last = value.network[0], value.network[-1]
        if isinstance(value.network, IPv4Network):
            low, high = self._bind(int(first)), self._bind(int(last))
            return f"{_IPV4.format(column)} BETWEEN {low} AND {high}"
        low, high = (self._bind(a.exploded.replace(":", "")) for a in (first, last))
        return f"{_IPV6.format(column)} BETWEEN {low} AND {high}"

    def _utc(self, moment: Moment) -> datetime:
        """A moment as the store has times."""
        match moment:
            case Ago(seconds):
                at = self._now.astimezone(UTC) - timedelta(seconds=seconds)
            case At(written):
                at = written if written.tzinfo else written.replace(tzinfo=self._now.tzinfo)
            case Named("now"):
                at = self._now
            case Named(name):
                day = self._now.date() - timedelta(days=name == "yesterday")
                at = datetime.combine(day, time(), self._now.tzinfo)
        return at.astimezone(UTC).replace(tzinfo=None)

    def _bind(self, value: object) -> str:
        name = f"value_{len(self.parameters)}"
        self.parameters[name] = value
        return f"${name}"


def joined(operator: str, conditions: Iterable[str]) -> str:
    """One condition of several."""
    return f"({operator.join(conditions)})"


# -- fields ---------------------------------------------------------------------------------------

# the block list that a refusal names; asked of these few lines only, as `rest` is slow to read
_LIST = "CASE event WHEN 'postfix.rejected' THEN dnsbl END"
# key -> the columns that have it; the last is an address where the key takes networks
_NAMED: Mapping[str | None, Sequence[str]] = {
    "from": ("envelope_sender",),
    "to": ("recipient", "original_recipient"),
    "msgid": ("message_id",),
    "qid": ("queue_id",),
    "client": ("client_name", "client_address"),
    "host": ("host",),
    "relay": ("relay_host", "relay_address"),
    "user": ("sasl_username",),
    "reason": ("reason", "reply", _LIST),
    "virus": ("virus_name",),
    "dsn": ("dsn",),
}
_NUMBERS = {"size": "size_bytes", "delay": "delay_seconds", "spam": "spam_score"}
# of the message, and of its lines
_WORDS = (
    (
        "queue_id",
        "message_id",
        "envelope_sender",
        "client_name",
        "client_address",
        "sasl_username",
    ),
    ("recipient", "original_recipient", "relay_host", "relay_address", "reply", "reason", _LIST),
)
_DOMAINS = (("envelope_sender",), ("recipient", "original_recipient"))
# key -> what `rest` has where it has one of the columns that the key looks at
_IN_REST = {
    "subject": ("(?i)subject", ("subject", "checked_text")),
    "virus": ("virus_name", ("virus_name",)),
    "spam": ("is_spam", ("is_spam",)),
}
_OF_COLUMNS: Mapping[str | None, Sequence[str]] = {
    **{key: columns for key, columns in _NAMED.items() if key not in _IN_REST},
    None: (*_WORDS[0], *_WORDS[1]),
    "domain": (*_DOMAINS[0], *_DOMAINS[1]),
}
_MATCHES = "regexp_matches({0}, {1})"
_COLUMN_MATCHES = {
    _LIST: "position IN (SELECT position FROM refusals WHERE regexp_matches(blocklist, {1}))"
}
_LONG_TEXTS = (None, "reason", "subject")  # where a wildcard stands for some text within the field

# A line's condition for each status but `queued`, which is the message's.
_STATUS = {
    **{
        status: f"event = 'postfix.delivery_attempted' AND status = '{status}'"
        for status in ("sent", "deferred", "bounced", "deliverable", "undeliverable")
    },
    "expired": "event = 'postfix.message_expired'",
    "rejected": "event IN ('postfix.rejected', 'postfix.message_refused')",
    "held": f"event = 'postfix.message_held' OR event = 'postfix.checked' AND action IN {_HOLDS}",
    "discarded": f"event = 'postfix.checked' AND action IN {_DISCARDS}",
    "deleted": "event = 'postfix.message_deleted'",
}

# An address as a number, and as 32 hexadecimal digits; NULL for what is none.
_IPV4 = r"""
    CASE WHEN regexp_full_match({0}, '[0-9]{{1,3}}(\.[0-9]{{1,3}}){{3}}') THEN
        list_reduce(string_split({0}, '.')::BIGINT[], lambda sum, part: sum * 256 + part)
    END"""
_IPV6_GROUPS = (
    "list_filter(string_split(split_part({{0}}, '::', {0}), ':'), lambda part: part <> '')"
)
_LEFT, _RIGHT = (_IPV6_GROUPS.format(side) for side in (1, 2))
_IPV6 = f"""
    CASE WHEN contains({{0}}, ':') THEN lower(array_to_string(list_transform(
        {_LEFT}
        || list_resize([]::VARCHAR[], greatest(0, 8 - len({_LEFT}) - len({_RIGHT})), '0')
        || {_RIGHT},
        lambda part: lpad(part, 4, '0')), ''))
    END"""


def _status(value: Whole | Like) -> str:
    """The condition of a status, which the language has checked."""
    if value == _QUEUED.value:
        return "NOT is_removed AND size_bytes IS NOT NULL"
    pattern = value.text if isinstance(value, Whole) else value.pattern
    return joined(" OR ", (sql for name, sql in _STATUS.items() if fnmatchcase(name, pattern)))


# What projections keep no class of: few lines, so the rules are asked.
_CLASSED_HERE = classified(
    f"""(
    SELECT position, {", ".join(COLUMNS)} FROM events
    WHERE occurred_at >= $earliest AND occurred_at <= $latest
        AND (event IN ('postfix.checked', 'postfix.message_refused')
            OR event = 'postfix.delivery_attempted'
                AND status NOT IN ('sent', 'deliverable', 'deferred', 'bounced')))"""
)
_MINUTE = "minute >= $earliest - to_minutes(1) AND minute <= $latest"
_CLASSED = f"""
    SELECT position, reason_class FROM ({_CLASSED_HERE})
    UNION ALL
    SELECT position, reason_class FROM refusals WHERE {_MINUTE}
    UNION ALL
    SELECT position, reason_class FROM attempts WHERE {_MINUTE} AND outcome <> 'delivered'
"""


def _class(value: Whole | Like) -> str:
    """The condition of a class of reasons, which the language has checked."""
    pattern = value.text if isinstance(value, Whole) else value.pattern
    names = ", ".join(f"'{name}'" for name in CLASSES if fnmatchcase(name, pattern))
    return f"position IN (SELECT position FROM ({_CLASSED}) WHERE reason_class IN ({names}))"


def _pattern(key: str | None, value: Text) -> str:
    """The regular expression of a value; an id may be given without its brackets."""
    expression = _expression(value)
    if isinstance(value, Contains) or (isinstance(value, Like) and key in _LONG_TEXTS):
        return expression
    return rf"\A<?{expression}>?\z" if key in (None, "msgid") else rf"\A{expression}\z"


def _expression(value: Text) -> str:
    """The regular expression of the text or pattern itself, in RE2's spelling."""
    match value:
        case Contains(text) | Whole(text):
            return _escaped(text)
        case Like(pattern):
            parts = re.split(r"([*?])", pattern)
            return "".join({"*": ".*", "?": "."}.get(part) or _escaped(part) for part in parts)


def _escaped(text: str) -> str:
    return re.sub(r"[^\w\u0080-\U0010ffff]", lambda found: f"\\x{{{ord(found[0]):x}}}", text)

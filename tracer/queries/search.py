"""Which messages fit a query of the search language? The latest first.

A query stands for a set of messages and of mail that was refused before it was one: the latter
are lines without a queue id, and rows of their own. Conditions on the message itself are asked of
the table `messages`; those on its lines narrow the lines down first, by text and time, and join
what is left. Text that people typed becomes parameters, never SQL.
"""

import heapq
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from fnmatch import fnmatchcase
from ipaddress import IPv4Network
from typing import Any

from tracer.projections.messages import LATE
from tracer.queries import outcome
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
from tracer.store import Reader

MOST_FOUND = 50

Row = Mapping[str, Any]
Place = tuple[datetime, int]  # of a message or refusal: first_at, first_position
Span = tuple[datetime, datetime]  # from, and before
_EVER = (datetime.fromisoformat("0001-01-01"), datetime.fromisoformat("9999-12-31"))

_TRAFFIC_AT_ONCE = 200_000  # how much, as traffic_hourly counts it, is searched at a time
_AT_ONCE = 500  # hits of which the lines are in memory


@dataclass(frozen=True, slots=True)
class Hit:
    """A message, or mail that was refused before it was one.

    kind: message, or rejected (then instance, queue_id and life are None).
    position: of its first line.
    first_at, last_at: of its lines; naive UTC, as in the store.
    recipients: as far as lines name them; of recipient_count in all, as far as that is known.
    outcome: one of outcome.Outcome's states; of kind rejected: rejected or discarded.
    dsn, reason: of the last attempt or refusal that tells most of the outcome.
    """

    kind: str
    position: int
    first_at: datetime
    last_at: datetime
    host: str | None
    instance: str | None
    queue_id: str | None
    life: int | None
    message_id: str | None
    envelope_sender: str | None
    recipients: tuple[str, ...]
    recipient_count: int
    size_bytes: int | None
    client_name: str | None
    client_address: str | None
    outcome: str
    dsn: str | None
    reason: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """What a query found.

    count: how many fit, up to the limit; is_cut where there are more.
    hits: these, latest first; read from the store some at a time, once.
    """

    count: int
    is_cut: bool
    hits: Iterator[Hit]


def find(reader: Reader, query: Node, now: datetime, *, limit: int = MOST_FOUND) -> Found:
    """What fits a query.

    now: with the viewer's zone, in which times without one are meant.
    """
    messages: list[Place] = []
    refusals: list[Place] = []
    for span in _spans(reader):
        messages += _messages(reader, query, now, span, limit + 1)
        refusals += _refusals(reader, query, now, span, limit + 1)
        if len(messages) + len(refusals) > limit:
            break
    found = heapq.nlargest(limit + 1, [*messages, *refusals])
    shown = found[:limit]
    return Found(len(shown), len(found) > limit, _hits(reader, shown, frozenset(messages)))


def of_lives(reader: Reader, lives: Sequence[Row]) -> list[Hit]:
    """Messages as hits, from their rows of `messages`."""
    places = [(life["first_at"], life["first_position"]) for life in lives]
    return list(_hits(reader, places, frozenset(places)))


def _spans(reader: Reader) -> Iterator[Span]:
    """Spans of time that hold so much traffic each, the latest first; together all of time.

    One is searched after the other: so memory is bounded, and what is found often found soon.
    """
    since, until = _EVER
    count = 0
    for row in _rows(
        reader,
        "SELECT hour, sum(count)::BIGINT AS count FROM traffic_hourly GROUP BY hour "
        "ORDER BY hour DESC",
    ):
        count += row["count"]
        if count >= _TRAFFIC_AT_ONCE:
            yield row["hour"], until
            until, count = row["hour"], 0
    yield since, until


def _hits(reader: Reader, places: Sequence[Place], messages: Collection[Place]) -> Iterator[Hit]:
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        hits = {
            **_shown_messages(reader, [place for place in some if place in messages]),
            **_shown_refusals(reader, [place for place in some if place not in messages]),
        }
        # a late line may have given one another beginning by now
        yield from (hits[place] for place in some if place in hits)


# -- where a query looks --------------------------------------------------------------------------

_DISCARDS = "('discard', 'milter-discard', 'milter-header-discard')"
_HOLDS = "('hold', 'milter-hold', 'milter-header-hold')"
_REFUSED = f"""
    SELECT *, position AS first_position, occurred_at AS first_at, occurred_at AS last_at,
        true AS is_removed
    FROM events
    WHERE queue_id IS NULL AND occurred_at IS NOT NULL
        AND (event = 'postfix.rejected' OR event = 'postfix.checked' AND action IN {_DISCARDS})
"""


def _messages(reader: Reader, query: Node, now: datetime, span: Span, limit: int) -> list[Place]:
    """The messages that began in a span and fit, latest first."""
    sql = _Sql(now)
    nodes = query.nodes if isinstance(query, And) else (query,)
    own = [sql.of_message(node) for node in nodes if _is_of_message(node)]
    others = tuple(node for node in nodes if not _is_of_message(node))
    condition = _joined(" AND ", [sql.began_in(span), *own])
    if not others:
        return _latest(reader, "messages", condition, sql.parameters, limit)
    candidates = f"(SELECT * FROM messages WHERE {condition})"
    reach = "SELECT min(first_at) AS first_at, max(last_at) AS last_at FROM"
    (row,) = _rows(reader, f"{reach} {candidates}", **sql.parameters)
    if row["first_at"] is None:
        return []
    condition = sql.of_message(And(others) if len(others) > 1 else others[0])
    latest = row["last_at"] + LATE
    told = sql.told(candidates, row["first_at"] - LATE, min(latest, span[1] + LATE), latest)
    source = f"{candidates} LEFT JOIN ({told}) USING (first_position)"
    return _latest(reader, source, condition, sql.parameters, limit)


def _refusals(reader: Reader, query: Node, now: datetime, span: Span, limit: int) -> list[Place]:
    """The lines of a span that refuse mail before it was a message, and fit; latest first."""
    sql = _Sql(now)
    condition = f"{sql.began_in(span)} AND {sql.of_refusal(query)}"
    sql.reach(*span)
    return _latest(reader, f"({_REFUSED})", condition, sql.parameters, limit)


def _latest(
    reader: Reader, source: str, condition: str, parameters: Mapping[str, object], limit: int
) -> list[Place]:
    """No other column: so memory is bounded however many rows fit."""
    rows = _rows(
        reader,
        f"""
        SELECT first_at, first_position FROM {source} WHERE {condition}
        ORDER BY first_at DESC, first_position DESC LIMIT $limit
        """,
        **parameters,
        limit=limit,
    )
    return [(row["first_at"], row["first_position"]) for row in rows]


# Whether a line with the queue id of message c is one of its own; as trace has it.
_LATE = f"to_microseconds({LATE // timedelta(microseconds=1)})"
_AROUND = f"e.occurred_at BETWEEN c.first_at - {_LATE} AND c.last_at + {_LATE}"
_BELONGS = f"""
    e.queue_id = c.queue_id AND e.host IS NOT DISTINCT FROM c.host
    AND CASE WHEN e.instance IS NULL THEN {_AROUND}
        ELSE e.instance = c.instance AND e.position BETWEEN c.first_position AND c.last_position
            AND e.occurred_at BETWEEN c.first_at AND c.last_at END
"""
_MESSAGE_ID = "replace(message_id, ',', '_')"  # as spamd writes it
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


def _is_of_message(node: Node) -> bool:
    return all(term.key in _OF_MESSAGE or term == _QUEUED for term in terms(node))


def _is_of_delivery(node: Node) -> bool:
    """Whether the node speaks of one delivery, so that all of it has to hold for the same one."""
    match node:
        case Term(key):
            return key in _OF_DELIVERY and node != _QUEUED
        case And(nodes) | Or(nodes):
            return all(map(_is_of_delivery, nodes))
    return False


class _Sql:
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
                side_by_side = [n for n in nodes if _is_of_delivery(n) and not isinstance(n, And)]
                conditions = [self.of_message(n) for n in nodes if n not in side_by_side]
                if side_by_side:
                    one = _joined(" AND ", map(self.of_line, side_by_side))
                    conditions.append(self._has_line(one))
                return _joined(" AND ", conditions)
            case _ if _is_of_delivery(node):
                return self._has_line(self.of_line(node))
            case Not(inner):
                return f"(NOT {self.of_message(inner)})"
            case Or(nodes):
                return _joined(" OR ", map(self.of_message, nodes))
            case Term(key) if key in _OF_SCAN:
                self._scans.add(len(self._lines))
                return self._has_line(self._field(node))
            case Term(None | "domain" as key):
                columns = _WORDS if key is None else _DOMAINS
                message, line = (self._field(node, of) for of in columns)
                return _joined(" OR ", (message, self._has_line(line)))
        return self._field(node)

    def of_line(self, node: Node) -> str:
        """The condition on a row of `events`, of a node that is about one delivery."""
        match node:
            case And(nodes):
                return _joined(" AND ", map(self.of_line, nodes))
            case Or(nodes):
                return _joined(" OR ", map(self.of_line, nodes))
            case Term():
                return self._field(node)
        raise TypeError(node)

    def of_refusal(self, node: Node) -> str:
        """The condition on a row of _REFUSED: a message of one line."""
        match node:
            case Not(inner):
                return f"(NOT {self.of_refusal(inner)})"
            case And(nodes):
                return _joined(" AND ", map(self.of_refusal, nodes))
            case Or(nodes):
                return _joined(" OR ", map(self.of_refusal, nodes))
            case Term(None | "domain" as key):
                columns = _WORDS if key is None else _DOMAINS
                return self._field(node, tuple(name for of in columns for name in of))
        return self._field(node)

    def reach(self, earliest: datetime, latest: datetime) -> None:
        """Say of which time the lines are that the conditions are about."""
        if self._has_classes:
            self.parameters |= {"earliest": earliest, "latest": latest}

    # -- parts ------------------------------------------------------------------------------------

    def _has_line(self, condition: str) -> str:
        """That a line of the message fulfils it."""
        self._lines.append(condition)
        return f"coalesce(line_{len(self._lines) - 1}, false)"

    def told(self, candidates: str, earliest: datetime, near: datetime, latest: datetime) -> str:
        """What the lines of this time tell of these messages: which conditions one fulfils.

        All lines are looked at once, however many conditions there are; but those after `near`,
        until which most of the messages are done, only if they are of one of the others.
        """
        self.reach(earliest, latest)
        names = [f"line_{number}" for number in range(len(self._lines))]
        each = ", ".join(f"{sql} AS {name}" for name, sql in zip(names, self._lines, strict=True))
        start, middle, end = map(self._bind, (earliest, near, latest))

        def lines(key: str) -> str:
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
            FROM {candidates} c JOIN {lines("queue_id")} e ON {_BELONGS}"""
        if self._scans:
            by_message_id = ", ".join(
                name if number in self._scans else f"false AS {name}"
                for number, name in enumerate(names)
            )
            found += f"""
                UNION ALL SELECT c.first_position, {by_message_id}
                FROM {candidates} c JOIN {lines(_MESSAGE_ID)} e ON {_SAME_MESSAGE_ID}"""
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
        return _joined(" OR ", (f"coalesce(regexp_matches({c}, {name}), false)" for c in columns))

    def _subject(self, value: Text) -> str:
        """Of a line that has the Subject, or of a header check, whose line has the header."""
        logged = self._matches(("subject",), _pattern("subject", value))
        start, end = ("", r"\z") if isinstance(value, Whole) else (".*", "")
        checked = rf"\ASubject: {start}{_expression(value)}{end}"
        return _joined(" OR ", (logged, self._matches(("checked_text",), checked)))

    def _between(self, column: str, value: Between) -> str:
        conditions = []
        if value.low is not None:
            sign = ">=" if value.has_low else ">"
            conditions.append(f"{column} {sign} {self._bind(value.low)}")
        if value.high is not None:
            sign = "<=" if value.has_high else "<"
            conditions.append(f"{column} {sign} {self._bind(value.high)}")
        return _joined(" AND ", conditions)

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


def _joined(operator: str, conditions: Iterable[str]) -> str:
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
    return _joined(" OR ", (sql for name, sql in _STATUS.items() if fnmatchcase(name, pattern)))


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


# -- what is shown of a hit -----------------------------------------------------------------------

_EVENT_FIELDS = """
    e.position, e.occurred_at, e.event, e.queue_id, e.related_queue_id, e.remote_queue_id,
    e.recipient, e.original_recipient, e.relay_host, e.relay_address, e.relay_port,
    e.delay_seconds, e.delay_before_qmgr, e.delay_in_qmgr, e.delay_connection_setup,
    e.delay_transmission, e.dsn, e.status, e.reply, e.reply_code, e.action, e.stage, e.reason,
    e.username, e.dnsbl, 'queue_id' AS evidence
"""


def _shown_messages(reader: Reader, places: Collection[Place]) -> dict[Place, Hit]:
    numbers = [number for _, number in places]
    listed = "(SELECT * FROM messages WHERE first_position IN (SELECT unnest($numbers)))"
    lives = _rows(reader, f"FROM {listed}", numbers=numbers) if numbers else []
    if not lives:
        return {}
    # first where they are, of few columns: most columns of most rows are then never read
    positions = f"""
        SELECT e.position FROM {listed} c JOIN events e ON {_BELONGS}
        WHERE e.occurred_at BETWEEN $earliest AND $latest"""
    own: dict[int, list[Row]] = {number: [] for number in numbers}
    for row in _rows(
        reader,
        f"""
        SELECT c.first_position AS message_no, {_EVENT_FIELDS}
        FROM {listed} c JOIN (SELECT * FROM events WHERE position IN ({positions})) e
        ON {_BELONGS}
        ORDER BY e.occurred_at, e.position
        """,
        numbers=numbers,
        earliest=min(life["first_at"] for life in lives) - LATE,
        latest=max(life["last_at"] for life in lives) + LATE,
    ):
        own[row["message_no"]].append(row)
    return {
        (life["first_at"], life["first_position"]): _message(life, own[life["first_position"]])
        for life in lives
    }


def _shown_refusals(reader: Reader, places: Collection[Place]) -> dict[Place, Hit]:
    if not places:
        return {}
    rows = _rows(
        reader,
        f"""
        SELECT first_position, first_at, last_at, host, queue_id, message_id, envelope_sender,
            size_bytes, client_name, client_address, recipient, event, dsn, reason, dnsbl
        FROM ({_REFUSED}) WHERE first_at BETWEEN $earliest AND $latest
            AND first_position IN (SELECT unnest($numbers))
        """,
        numbers=[number for _, number in places],
        earliest=min(places)[0],
        latest=max(places)[0],
    )
    return {(row["first_at"], row["first_position"]): _refusal(row) for row in rows}


def _message(life: Row, own: Sequence[Row]) -> Hit:
    attempts = outcome.deliveries(own)
    state = outcome.of(life, own, attempts).state
    named = dict.fromkeys(attempt.recipient for attempt in attempts) or dict.fromkeys(
        row["recipient"] for row in own if row["recipient"] is not None
    )
    dsn, reason = _reason(state, own, attempts)
    return Hit(
        kind="message",
        position=life["first_position"],
        **{name: life[name] for name in _COPIED},
        instance=life["instance"],
        life=life["life"],
        recipients=tuple(named),
        recipient_count=max(len(named), life["recipient_count"] or 0),
        outcome=state,
        dsn=dsn,
        reason=reason,
    )


_COPIED = (
    "first_at", "last_at", "host", "queue_id", "message_id", "envelope_sender",
    "size_bytes", "client_name", "client_address",
)  # fmt: skip
_REFUSALS = ("postfix.rejected", "postfix.checked", "postfix.message_refused")


def _reason(
    state: str, own: Sequence[Row], attempts: Sequence[outcome.Delivery]
) -> tuple[str | None, str | None]:
    """DSN and words of the line that tells most of how the message stands."""
    failed = [a for a in attempts if a.status not in ("sent", "deliverable")]
    refused = [row for row in own if row["event"] in _REFUSALS and _words(row)]
    if refused and (state in ("rejected", "discarded", "held") or not attempts):
        return refused[-1]["dsn"], _words(refused[-1])
    told = failed if failed and state != "delivered" else attempts
    return (told[-1].dsn, told[-1].reply) if told else (None, None)


def _refusal(row: Row) -> Hit:
    recipients = () if row["recipient"] is None else (row["recipient"],)
    return Hit(
        kind="rejected",
        position=row["first_position"],
        **{name: row[name] for name in _COPIED},
        instance=None,
        life=None,
        recipients=recipients,
        recipient_count=len(recipients),
        outcome="rejected" if row["event"] == "postfix.rejected" else "discarded",
        dsn=row["dsn"],
        reason=_words(row),
    )


def _words(refused: Row) -> str | None:
    """Why mail was refused, as Postfix puts it."""
    reason: str | None = refused["reason"]
    if refused["dnsbl"] is None:
        return reason
    return f"blocked using {refused['dnsbl']}{f'; {reason}' if reason else ''}"


def _rows(reader: Reader, sql: str, **parameters: object) -> list[Row]:
    rows: list[Row] = reader.query(sql, parameters).to_pylist()
    return rows

"""Which messages of a queue are meant: the search language, with the keys that a queue has.

As in `from:*@shop.example status:deferred age:>1h -"greylisted"`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from fnmatch import translate
from functools import cache, partial

from parsers.templates import nearest
from tracer.queries import search_language as language
from tracer.queries.search_language import (
    And,
    Between,
    Contains,
    Key,
    Language,
    Like,
    Node,
    Not,
    Or,
    Term,
    Value,
    Whole,
)
from tracer.queue.groups import NOT_TRIED, NULL_SENDER, domain_of, reason_class
from tracer.queue.listing import STATUSES, Queued
from tracer.reasons import CLASSES

EXPIRING = "expiring"
_PLAIN = re.compile(r"[a-z0-9_.-]+|\[[a-z0-9:.]+\]", re.ASCII)
_WORDS = {**dict.fromkeys(STATUSES.values()), EXPIRING: None}
_HELD = "hold"  # what Postfix calls it


def _one_of(names: list[str], what: str, written: str) -> Whole:
    name = written.lower()
    if name in names:
        return Whole(name)
    near = nearest(name, names) or (f": it is one of {', '.join(names)}" if len(names) < 10 else "")
    raise ValueError(f"no such {what}{near}")


def _status(written: str) -> Whole:
    return _one_of(list(_WORDS), "status", "held" if written.lower() == _HELD else written)


KEYS = {
    "from": language.KEYS["from"],
    "to": Key("a recipient that it has not reached", ("to:bob", "to:*@gmail.com"),
              language.KEYS["to"].read),
    "domain": language.KEYS["domain"],
    "qid": language.KEYS["qid"],
    "status": Key(
        f"where it is in the queue: {', '.join(_WORDS)}", ("status:deferred",), _status, False
    ),
    "reason": Key(
        "why it waits, in the words of Postfix or of the other server",
        ("reason:greylist", 'reason:"timed out"'),
        language.KEYS["reason"].read,
    ),
    "class": Key(
        "the class of that reason, see [reasons](reasons.md); not_tried: there is none yet",
        ("class:greylisted",),
        partial(_one_of, [*CLASSES, NOT_TRIED], "class"),
        False,
    ),
    "age": Key(
        "how long ago it came, in seconds or with `m`, `h`, `d` or `w`",
        ("age:>1h", "age:1d..5d"),
        partial(language.numbers, language.SECONDS, "age:>1h or age:1d..5d"),
        False,
    ),
    "size": language.KEYS["size"],
}  # fmt: skip
_LANGUAGE = Language(
    KEYS,
    {"sender": "from", "recipient": "to", "rcpt": "to", "id": "qid", "queue-id": "qid",
     "queue": "status", "error": "reason", "older": "age"},
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filter:
    """A query of a queue; `now` (naive UTC) is what ages are counted to."""

    node: Node
    now: datetime

    def fits(self, message: Queued) -> bool:
        """Whether this message is meant."""
        return _fits(self.node, message, self.now)


def parse(query: str, now: datetime) -> Filter:
    """The filter that a query is; raises SearchError, which points at the mistake."""
    return Filter(_LANGUAGE.parse(query), now)


def of_reason(name: str) -> str:
    """The query for the messages of a group of Summary.reasons."""
    return f"class:{name}"


def of_destination(domain: str) -> str:
    """The query for the messages of a group of Summary.destinations."""
    return _of_domain("to", domain) if domain else "-to:@"


def of_sender(domain: str) -> str:
    """The query for the messages of a group of Summary.senders."""
    return "from:<>" if domain == NULL_SENDER else _of_domain("from", domain)


def _of_domain(key: str, domain: str) -> str:
    """As exact as the language allows: in quotes, text is anywhere in the address."""
    address = f"@{domain}"
    return str(Term(key, Like(f"*{address}") if _PLAIN.fullmatch(domain) else Contains(address)))


def _fits(node: Node, message: Queued, now: datetime) -> bool:
    match node:
        case And(nodes):
            return all(_fits(each, message, now) for each in nodes)
        case Or(nodes):
            return any(_fits(each, message, now) for each in nodes)
        case Not(inner):
            return not _fits(inner, message, now)
        case Term(key, value):
            return any(_is(value, told) for told in _told(key, message, now))


def _told(key: str | None, message: Queued, now: datetime) -> Iterator[str | float]:
    """What a message has to say to a key; to none: all its texts."""
    match key:
        case "from":
            yield message.sender
        case "to":
            yield from (r.address for r in message.recipients)
        case "domain":
            yield from {domain_of(a) for a in (message.sender, *_addresses(message))}
        case "qid":
            yield message.queue_id
        case "status":
            yield message.status
            if message.is_expiring:
                yield EXPIRING
        case "reason":
            yield from (r.reason for r in message.recipients if r.reason)
        case "class":
            reasons = {reason_class(r.reason) for r in message.recipients if r.reason}
            yield from reasons or {NOT_TRIED}
        case "age":
            yield (now - message.arrived_at).total_seconds()
        case "size":
            yield message.size_bytes
        case None:
            yield from (message.queue_id, message.sender, *_addresses(message))
            yield from (r.reason for r in message.recipients if r.reason)


def _addresses(message: Queued) -> Iterator[str]:
    return (recipient.address for recipient in message.recipients)


def _is(value: Value, told: str | float) -> bool:
    match value, told:
        case Between(low, high, has_low, has_high), int() | float():
            return (low is None or (told >= low if has_low else told > low)) and (
                high is None or (told <= high if has_high else told < high)
            )
        case Contains(text), str():
            return text.casefold() in told.casefold()
        case Whole(text), str():
            return text.casefold() == told.casefold()
        case Like(pattern), str():
            return _matcher(pattern)(told.casefold()) is not None
    raise AssertionError(f"{value!r} of {told!r}")


@cache
def _matcher(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Matches a whole text; in linear time, as fnmatch keeps no way back over a `*`."""
    return re.compile(translate(pattern.casefold().replace("[", "[[]"))).match

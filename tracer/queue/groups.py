"""What waits in a queue, summed up: by reason, by destination, by sender's domain, and by age.

A queue is read once, message by message; only what is counted stays in memory.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

from tracer.queue.listing import Queued
from tracer.reasons import CLASSES, classify

AGE_MINUTES = (5, 10, 20, 40, 80, 160, 320, 640, 1280)  # the columns of qshape(1); then older
NOT_TRIED = "not_tried"  # no reason, as nothing has failed yet
NULL_SENDER = "<>"
_MOST_REASONS = 4_096  # remembered


@dataclass(frozen=True, slots=True)
class Group:
    """Messages that have something in common. oldest_at: naive UTC. example: one's reason."""

    name: str
    count: int
    size_bytes: int
    oldest_at: datetime
    example: str | None


@dataclass(slots=True)
class _Sum:
    count: int = 0
    size_bytes: int = 0
    oldest_at: datetime | None = None
    example: str | None = None

    def add(self, message: Queued, reason: str | None) -> None:
        self.count += 1
        self.size_bytes += message.size_bytes
        self.oldest_at = min(self.oldest_at or message.arrived_at, message.arrived_at)
        self.example = self.example or reason


@dataclass(slots=True)
class Summary:
    """A queue summed up; each message counts once in each group that it belongs to.

    now: naive UTC, what ages are counted to.
    """

    now: datetime
    count: int = 0
    size_bytes: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    _reasons: dict[str, _Sum] = field(default_factory=dict)
    _destinations: dict[str, _Sum] = field(default_factory=dict)
    _senders: dict[str, _Sum] = field(default_factory=dict)
    _ages: dict[str, list[int]] = field(default_factory=dict)

    def add(self, message: Queued) -> None:
        """Count a message."""
        self.count += 1
        self.size_bytes += message.size_bytes
        self.statuses[message.status] += 1
        reasons = {reason_class(r.reason): r.reason for r in message.recipients if r.reason}
        for name, words in reasons.items() if reasons else ((NOT_TRIED, None),):
            self._reasons.setdefault(name, _Sum()).add(message, words)
        domain = domain_of(message.sender) or NULL_SENDER
        self._senders.setdefault(domain, _Sum()).add(message, message.reason)
        column = _column(message.arrived_at, self.now)
        for destination in {domain_of(r.address) for r in message.recipients}:
            self._destinations.setdefault(destination, _Sum()).add(message, message.reason)
            row = self._ages.setdefault(destination, [0] * (len(AGE_MINUTES) + 1))
            row[column] += 1

    @property
    def reasons(self) -> list[Group]:
        """By class of the reason (tracer.reasons), NOT_TRIED where there is none yet."""
        return _groups(self._reasons)

    @property
    def destinations(self) -> list[Group]:
        """By the domain of recipients that are not reached."""
        return _groups(self._destinations)

    @property
    def senders(self) -> list[Group]:
        """By the domain of the sender, NULL_SENDER where there is none."""
        return _groups(self._senders)

    @property
    def ages(self) -> list[tuple[str, tuple[int, ...]]]:
        """Destinations, the fullest first: messages up to each of AGE_MINUTES old, and older."""
        rows = sorted(self._ages.items(), key=lambda row: (-sum(row[1]), row[0]))
        return [(name, tuple(counts)) for name, counts in rows]


def summarised(messages: Iterable[Queued], now: datetime) -> Summary:
    """All messages, counted."""
    summary = Summary(now)
    for message in messages:
        summary.add(message)
    return summary


def reason_title(name: str) -> str:
    """A reason's class in words."""
    return "Not tried yet" if name == NOT_TRIED else CLASSES[name].title


def reason_advice(name: str) -> str:
    """What to do about it."""
    return "" if name == NOT_TRIED else CLASSES[name].advice


def domain_of(address: str) -> str:
    """The domain of an address, in small letters; '' where it has none."""
    return address.rpartition("@")[2].lower() if "@" in address else ""


@lru_cache(_MOST_REASONS)
def reason_class(words: str | None) -> str:
    """The class of the reason for which a recipient was deferred; NOT_TRIED for None."""
    if words is None:
        return NOT_TRIED
    told = {"event": "postfix.delivery_attempted", "status": "deferred", "reply": words}
    return classify(told).reason_class


def _column(arrived_at: datetime, now: datetime) -> int:
    minutes = (now - arrived_at).total_seconds() / 60
    return next((n for n, limit in enumerate(AGE_MINUTES) if minutes < limit), len(AGE_MINUTES))


def _groups(sums: dict[str, _Sum]) -> list[Group]:
    """The fullest first."""
    groups = (
        Group(name, s.count, s.size_bytes, s.oldest_at, s.example)
        for name, s in sums.items()
        if s.oldest_at is not None
    )
    return sorted(groups, key=lambda group: (-group.count, group.name))

"""Where the time of a message went: from each delivery's delays to stretches of time.

smtp(8) and its kin log four parts with each attempt, `delays=a/b/c/d` of postconf(5)'s
`delay_logging_resolution_limit`; what lies between two attempts is the wait for another try.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracer.queries.outcome import Delivery
from tracer.queries.path import Path

MEANINGS = {
    "before the queue": "Its client sent it, milters and policy servers looked at it, and it was "
    "written to disk. Long: a slow client or scanner, or it was held.",
    "in the queue": "It waited in the active queue. Long: more mail for this destination than may "
    "be sent at a time, or a full active queue.",
    "to connect": "DNS, the connection, the greeting and TLS. Long: slow DNS, servers that do not "
    "answer before one that does, or a greeting that is held back.",
    "to hand over": "The message was sent, and the next hop answered. Long: a large message, a "
    "slow line, or a next hop that checks it before it answers, such as a content filter.",
    "until another try": "The attempt before was deferred. Postfix waits longer after each: see "
    "minimal_backoff_time and maximal_backoff_time.",
    "not told apart": "The log has only the sum.",
}
PARTS = tuple(MEANINGS)
_BEFORE, _QUEUED, _CONNECT, _HAND_OVER, _WAIT, _SUM = PARTS


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the time, one of PARTS."""

    part: str
    start: datetime
    seconds: float


@dataclass(frozen=True, slots=True)
class Track:
    """The attempts of one queue file that took the same time for all these recipients.

    number: the message's, as in Path.numbers. stretches: in order of time. status: the last one's.
    """

    number: int
    queue_id: str
    host: str | None
    recipients: tuple[str, ...]
    status: str
    attempts: int
    stretches: tuple[Stretch, ...]

    @property
    def start(self) -> datetime:
        """When the message came."""
        return self.stretches[0].start

    @property
    def seconds(self) -> float:
        """How long it took from there to the last attempt's end."""
        return sum(stretch.seconds for stretch in self.stretches)

    def seconds_of(self, part: str) -> float:
        """How long one of PARTS took."""
        return sum(stretch.seconds for stretch in self.stretches if stretch.part == part)

    @property
    def longest_part(self) -> str:
        """The one of PARTS that took most of it."""
        return max(PARTS, key=self.seconds_of)


def tracks(path: Path) -> list[Track]:
    """Where the time went at each hop of a path, in order of time."""
    found = []
    for number, message in zip(path.numbers, path.messages, strict=True):
        by_recipient: dict[tuple[str, str | None], list[Delivery]] = {}
        for delivery in message.deliveries:
            if delivery.delay_seconds is not None:
                address = (delivery.recipient, delivery.original_recipient)
                by_recipient.setdefault(address, []).append(delivery)
        alike: dict[tuple[object, ...], list[tuple[str, list[Delivery]]]] = {}
        for (recipient, _), attempts in by_recipient.items():
            alike.setdefault(_times(attempts), []).append((recipient, attempts))
        found += [
            Track(
                number,
                message.queue_id,
                message.host,
                tuple(dict.fromkeys(recipient for recipient, _ in same)),
                same[0][1][-1].status,
                len(same[0][1]),
                tuple(_stretches(same[0][1])),
            )
            for same in alike.values()
        ]
    return sorted(found, key=lambda track: (track.start, track.number))


def _times(attempts: Sequence[Delivery]) -> tuple[object, ...]:
    """What attempts have in common that took the same time."""
    return tuple((a.occurred_at, a.status, a.delay_seconds, *_parts(a)) for a in attempts)


def _parts(attempt: Delivery) -> tuple[float | None, ...]:
    return (
        attempt.delay_before_qmgr,
        attempt.delay_in_qmgr,
        attempt.delay_connection_setup,
        attempt.delay_transmission,
    )


def _stretches(attempts: Sequence[Delivery]) -> Iterator[Stretch]:
    """The time from the message's arrival to the end of the last attempt, without gaps."""
    at = attempts[0].occurred_at - timedelta(seconds=attempts[0].delay_seconds or 0)
    for number, attempt in enumerate(attempts):
        parts = [seconds for seconds in _parts(attempt) if seconds is not None]
        gone = (attempt.occurred_at - at).total_seconds()
        if len(parts) < 4:
            lengths = {_SUM: attempt.delay_seconds or 0 if number == 0 else gone}
        else:
            first = {_BEFORE: parts[0]} if number == 0 else {_WAIT: gone - sum(parts[1:])}
            lengths = first | dict(zip((_QUEUED, _CONNECT, _HAND_OVER), parts[1:], strict=True))
        for part, seconds in lengths.items():
            if seconds > 0:
                yield Stretch(part, at, seconds)
                at += timedelta(seconds=seconds)
        if number == 0 and not any(seconds > 0 for seconds in lengths.values()):
            yield Stretch(next(iter(lengths)), at, 0)

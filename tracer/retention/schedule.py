"""Removing old lines once a day, beside a watcher, at night.

How old a line is is told by the newest one, or by the clock where that is earlier: so neither a
clock that is wrong nor logs that end take what should stay.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracer.errors import TracerError
from tracer.queries.retention import Kept, kept
from tracer.reports.days import Days, today
from tracer.retention.removal import Desk, remove
from tracer.store import open_reader
from tracer.store.reading import OwnerGoneError

AT = time(3)  # in the zone of days
_SECONDS = 60.0  # between looks
_STOP_SECONDS = 30.0  # how long the part being removed is waited for


@dataclass(frozen=True, slots=True)
class Retention:
    """What is configured: how many whole days are kept before today's, in which zone."""

    keep_days: int
    zone: str

    def boundary(self, held: Kept, now: datetime) -> datetime | None:
        """The time before which lines are to go, naive UTC; None where there are no times.

        now: with a zone.
        """
        if held.newest_at is None:
            return None
        day = today(min(now, held.newest_at.replace(tzinfo=UTC)), self.zone)
        first = day - timedelta(days=self.keep_days)
        return Days(first, first, self.zone).span.start

    def due(self, held: Kept, now: datetime) -> datetime | None:
        """The same, where it is time to do so; None where it was done, or the night is to come."""
        since_three = now - timedelta(hours=AT.hour)
        boundary = self.boundary(held, since_three)
        done = held.forgotten_before
        return boundary if boundary and (done is None or done < boundary) else None

    def next_at(self, now: datetime) -> datetime:
        """When lines are removed next, where that is done each day; with the zone."""
        local = now.astimezone(ZoneInfo(self.zone))
        day = local.date() + timedelta(days=int(local.time() >= AT))
        return datetime.combine(day, AT, ZoneInfo(self.zone))


@contextlib.contextmanager
def retained(
    retention: Retention | None, db: str, desk: Desk, say: Callable[[str], None]
) -> Iterator[None]:
    """Remove old lines when it is time; at the end, the part being removed is waited for."""
    if retention is None:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(_SECONDS):
            try:
                with open_reader(db) as reader:
                    before = retention.due(kept(reader), datetime.now(UTC))
                    if before is not None:
                        lines = remove(reader, desk, before, pause=stop.wait)
                        if lines:
                            day = today(before.replace(tzinfo=UTC), retention.zone)
                            say(f"removed {lines:,} lines from before {day}")
            except OwnerGoneError:
                return  # the watcher opens the store anew, and begins again
            except TracerError as error:
                say(f"removing old lines: {error}; trying again")

    thread = threading.Thread(target=work, name="retention", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_SECONDS)

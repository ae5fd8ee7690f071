"""Removing old lines once a day, beside a watcher, at night.

How old a line is is told by the newest one, or by the clock where that is earlier: so neither a
clock that is wrong nor logs that end take what should stay.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from time import monotonic
from zoneinfo import ZoneInfo

from tracer.queries.retention import Kept, kept
from tracer.reports.days import Days, today
from tracer.retention.removal import Desk, remove
from tracer.store import Reader

AT = time(3)  # in the zone of days
_MOST_SECONDS = 30.0  # that are spent at once


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


def remove_due(
    retention: Retention,
    reader: Reader,
    desk: Desk,
    now: datetime,
    say: Callable[[str], None],
    wait: Callable[[float], bool],
) -> None:
    """Remove old lines if it is time; what takes longer than half a minute goes on the next time.

    now: with a zone. say: is given what was removed. wait: waits so many seconds; True to stop.
    """
    before = retention.due(kept(reader), now)
    if before is None:
        return
    deadline = monotonic() + _MOST_SECONDS

    def pause(seconds: float) -> bool:
        return wait(seconds) or monotonic() > deadline

    lines = remove(reader, desk, before, pause=pause)
    if lines:
        day = today(before.replace(tzinfo=UTC), retention.zone)
        say(f"removed {lines:,} lines from before {day}")

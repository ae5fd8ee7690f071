"""What is done beside a watcher, in a thread of its own, once a minute: insights are looked for,
reports sent, and then old lines removed.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Protocol

from tracer.errors import TracerError
from tracer.insights.check import Desk as InsightDesk
from tracer.insights.check import check
from tracer.insights.schedule import InsightPlan, tell
from tracer.queries.insights import clocks
from tracer.queries.overview import Facts, facts
from tracer.reports.schedule import Desk as ReportDesk
from tracer.reports.schedule import Plan, send_due
from tracer.retention.removal import Desk as RetentionDesk
from tracer.retention.schedule import Retention, remove_due
from tracer.store import Reader, open_reader
from tracer.store.reading import OwnerGoneError

_SECONDS = 60.0  # between looks
_STOP_SECONDS = 30.0  # how long a report that is being sent is waited for
_LATE = timedelta(hours=1)  # behind the clock, up to which the latest line tells that all are read
_LIVE = timedelta(days=1)  # behind the clock, up to which logs are taken as written now
_IDLE = timedelta(minutes=15)  # how late lines may be read of a log that is written now


class Desk(ReportDesk, InsightDesk, RetentionDesk, Protocol):
    """Where changes are made: the store's writer, or what speaks to it."""


@contextlib.contextmanager
def scheduled(
    plan: Plan,
    db: str,
    desk: Desk,
    say: Callable[[str], None],
    insights: InsightPlan | None = None,
    retention: Retention | None = None,
) -> Iterator[None]:
    """Do all that when it is due; at the end, a report being sent is waited for.

    insights: None where they are not looked for. retention: None where lines are kept for ever.
    """
    if not plan.reports and insights is None and retention is None:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        before: int | None = None
        while not stop.wait(_SECONDS):
            try:
                with open_reader(db) as reader:
                    now, held = datetime.now(UTC), facts(reader)
                    is_caught_up = held.line_count == before
                    # after a downtime, the days that were missed are read before they are told
                    if is_caught_up or not _is_late(held, now):
                        if insights is not None:
                            look(insights, reader, desk, now, say, is_idle=is_caught_up)
                        send_due(plan, reader, desk, now, say)
                        if retention is not None:  # after the reports of what goes
                            remove_due(retention, reader, desk, now, say, stop.wait)
                    before = held.line_count
            except OwnerGoneError:
                return  # the watcher opens the store anew, and begins again
            except TracerError as error:
                say(f"insights, reports, old lines: {error}; trying again")

    thread = threading.Thread(target=work, name="reports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_SECONDS)


def look(
    plan: InsightPlan,
    reader: Reader,
    desk: Desk,
    now: datetime,
    say: Callable[[str], None],
    *,
    is_idle: bool,
) -> bool:
    """Check at the clock of the logs, and tell what is to be told; whether none of it failed.

    now: with a zone. is_idle: no lines came lately. Then, if the logs are of today, time goes on
    without them: that they are silent is what may be wrong.
    """
    newest = clocks(reader).newest_at
    if newest is not None:
        clock = now.astimezone(UTC).replace(tzinfo=None)
        newest = min(newest, clock)  # nothing is known of the future, whatever a line says
        if is_idle and clock - newest < _LIVE:
            newest = max(newest, clock - _IDLE)
        check(reader, desk, plan.settings, newest)
    return tell(plan, reader, desk, now, say)


def _is_late(held: Facts, now: datetime) -> bool:
    return held.last_at is None or now - held.last_at.replace(tzinfo=UTC) > _LATE

"""Sending reports beside a watcher: one look a minute, in a thread of its own."""

import contextlib
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from tracer.errors import TracerError
from tracer.queries.overview import facts
from tracer.reports.schedule import Desk, Plan, send_due
from tracer.store import open_reader
from tracer.store.reading import OwnerGoneError

_SECONDS = 60.0  # between looks
_STOP_SECONDS = 30.0  # how long a report that is being sent is waited for
_LATE = timedelta(hours=1)  # behind the clock, up to which the latest line tells that all are read


@contextlib.contextmanager
def scheduled(plan: Plan, db: str, desk: Desk, tell: Callable[[str], None]) -> Iterator[None]:
    """Send reports as they are due; at the end, one being sent is waited for."""
    if not plan.reports:
        yield
        return
    stop = threading.Event()

    def work() -> None:
        before: int | None = None
        while not stop.wait(_SECONDS):
            try:
                with open_reader(db) as reader:
                    now, held = datetime.now(UTC), facts(reader)
                    late = held.last_at is None or now - held.last_at.replace(tzinfo=UTC) > _LATE
                    # after a downtime, the days that were missed are read before they are told
                    if not late or held.line_count == before:
                        send_due(plan, reader, desk, now, tell)
                    before = held.line_count
            except OwnerGoneError:
                return  # the watcher opens the store anew, and begins again
            except TracerError as error:
                tell(f"reports: {error}; trying again")

    thread = threading.Thread(target=work, name="reports", daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(_STOP_SECONDS)

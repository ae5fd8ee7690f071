"""Values that take time to read: the last one serves until the next is there."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tracer.errors import TracerError

LEAST_SECONDS = 2.0  # between the end of a read and the next
_SHARE = 20  # a read is followed by a pause of at least so many times what it took

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Reading(Generic[T]):
    """What was read last: when it began (seconds since 1970), and how long it took.

    value: None until something was read. failed: whether the latest read did; the value is then
    that of an earlier one.
    """

    value: T | None = None
    at: float = 0.0
    seconds: float = 0.0
    failed: bool = False


def measured(read: Callable[[], T]) -> Reading[T]:
    """Read now; raises what read raises."""
    at, begin = time.time(), time.perf_counter()
    value = read()
    return Reading(value, at, time.perf_counter() - begin)


class Refreshed(Generic[T]):
    """Reads in a thread of its own, one at a time, with pauses that are long against the reads."""

    def __init__(
        self,
        read: Callable[[], T],
        complain: Callable[[str], None],
        least_seconds: float = LEAST_SECONDS,
    ) -> None:
        """complain: is told once why a read fails, and again when it fails in another way."""
        self._least_seconds = least_seconds
        self._read = read
        self._complain = complain
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None
        self._reading: Reading[T] = Reading()
        self._due = 0.0
        self._complaint = ""
        self._closed = False

    def within(self, seconds: float) -> Reading[T]:
        """What a read gives that begins now if it is due; the last one, if it takes longer."""
        with self._changed:
            if self._thread is None and not self._closed and time.monotonic() >= self._due:
                self._thread = threading.Thread(target=self._work, name="metrics", daemon=True)
                self._thread.start()
            self._changed.wait_for(lambda: self._thread is None, seconds)
            return self._reading

    def _work(self) -> None:
        begin, failure, found = time.perf_counter(), "the read was ended", None
        try:
            found = measured(self._read)
            failure = ""
        except TracerError as error:
            failure = str(error)
        finally:
            took = time.perf_counter() - begin
            with self._changed:
                last = self._reading
                self._reading = found or Reading(last.value, last.at, last.seconds, failed=True)
                self._due = time.monotonic() + max(self._least_seconds, _SHARE * took)
                self._thread = None
                news = failure and failure != self._complaint and not self._closed
                self._complaint = failure
                self._changed.notify_all()
        if news:
            self._complain(f"metrics: {failure}; trying again")

    def close(self, seconds: float) -> None:
        """Begin no other read; one under way is waited for."""
        with self._changed:
            self._closed = True
            thread = self._thread
        if thread is not None:
            thread.join(seconds)

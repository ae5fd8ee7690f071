"""Removing what is older than a time: part by part, so that the store's owner goes on writing.

Each part is a transaction that leaves a store of lines from some time on. What is killed goes on
with the next removal.
"""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from tracer.queries.retention import older
from tracer.store import Reader

MOST_LINES = 100_000  # in a part


class Desk(Protocol):
    """Where lines are removed: the store's writer, or what speaks to it."""

    def forget(self, before: datetime) -> int:
        """See tracer.store.writer.Writer.forget."""


def remove(
    reader: Reader,
    desk: Desk,
    before: datetime,
    on_part: Callable[[int], None] = lambda lines: None,
    pause: Callable[[float], object] = time.sleep,
) -> int:
    """Remove the lines before a time, naive UTC; gives how many there were.

    on_part: is given how many lines are removed, after each part. pause: is given for how many
    seconds others should have the store, after each part; it ends the removal where it is true.
    """
    removed = 0
    ends = [part.until for part in older(reader, before, MOST_LINES)]
    while True:
        end = ends.pop(0) if ends else before
        started = time.monotonic()
        lines = desk.forget(end)
        removed += lines
        on_part(removed)
        if not (ends or lines) or pause(time.monotonic() - started):
            return removed

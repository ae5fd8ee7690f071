"""What a detector looks at: a span of the store, and what it may compare it with."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracer.insights.model import DAY, SLOT
from tracer.store import Reader
from tracer.store.guard import literal
from tracer.store.insights import KEPT_DAYS

TIMEOUT_SECONDS = 60.0
FEWEST_DAYS = 3  # of history, below which nothing is unusual
MOST_SUBJECTS = 20  # of a detector that are looked at

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class View:
    """The slots that end after `since` and up to `until`, all of one day of UTC.

    history: when what it may be compared with begins; it ends with `day`.
    least: by detector, from how many on it looks.
    """

    reader: Reader
    since: datetime
    until: datetime
    history: datetime
    least: Mapping[str, int]

    @property
    def day(self) -> datetime:
        """When the span's day begins."""
        return beginning_of_day(self.since)

    @property
    def has_history(self) -> bool:
        """Whether there is enough of it."""
        return self.day - self.history >= FEWEST_DAYS * DAY

    def rows(self, sql: str, **values: object) -> list[Row]:
        """The rows of a statement, in which values stand written out, so that scans are pruned.

        Beside `values` there are $since, $until, $day, $history and $slot.
        """
        known = {
            "since": self.since,
            "until": self.until,
            "day": self.day,
            "history": self.history,
            **values,
        }

        def constant(found: re.Match[str]) -> str:
            name = found[1]
            return _INTERVAL if name == "slot" else literal(known[name])

        written = re.sub(r"\$([a-z_]+)", constant, sql)
        found: list[Row] = self.reader.query(written, timeout_seconds=TIMEOUT_SECONDS).to_pylist()
        return found

    def positions(self, sql: str, **values: object) -> list[int]:
        """The first column of the rows of a statement."""
        return [next(iter(row.values())) for row in self.rows(sql, **values)]

    def slots(self, start: datetime, end: datetime) -> Iterable[datetime]:
        """The ends of the span's slots that are after `start` and up to `end`."""
        at = self.since + SLOT
        while at <= min(end, self.until):
            if at > start:
                yield at
            at += SLOT


def opened(reader: Reader, since: datetime, until: datetime, least: Mapping[str, int]) -> View:
    """The view of a span, with the history that the store has."""
    (row,) = reader.query(
        _HISTORY.format(literal(beginning_of_day(since) - KEPT_DAYS * DAY))
    ).to_pylist()
    return View(reader, since, until, row["history"] or since, least)


def beginning_of_day(at: datetime) -> datetime:
    """Its midnight."""
    return at.replace(hour=0, minute=0)


_HISTORY = "SELECT min(minute) AS history FROM traffic_minutely WHERE minute >= {}"
_INTERVAL = f"INTERVAL {SLOT.seconds // 60} MINUTE"

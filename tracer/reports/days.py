"""Days of a time zone as ranges of UTC: of 23 or 25 hours where its clocks change.

Also reads what `-d` takes, and names ranges for people.
"""

import re
from argparse import ArgumentTypeError
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from tracer.queries.overview import Range

_DAY = timedelta(days=1)
_WORDS = {"today": 0, "yesterday": 1}
_ISO = re.compile(r"(\d{4})-(\d{2})(?:-(\d{2}))?", re.ASCII)
_YEARS = range(1970, 2200)  # with room for the days before and after
_WANTED = "name today, yesterday, a day (2026-03-02), a month (2026-03), or FROM..TO of these"


@dataclass(frozen=True, slots=True)
class Days:
    """Whole days of a zone, from the first to the last, both included."""

    first: date
    last: date
    zone: str

    @property
    def count(self) -> int:
        """How many they are."""
        return (self.last - self.first).days + 1

    @property
    def span(self) -> Range:
        """From the first one's midnight to the last one's."""
        return Range(_midnight(self.first, self.zone), _midnight(self.last + _DAY, self.zone))

    def earlier(self, days: int) -> "Days":
        """As many days, so many days before."""
        return Days(self.first - days * _DAY, self.last - days * _DAY, self.zone)

    @property
    def title(self) -> str:
        """For people: `Monday 2 March 2026`."""
        if self.first == self.last:
            return f"{self.first:%A} {_named(self.first)}"
        return f"{_named(self.first)} to {_named(self.last)}"

    def local(self, moment: datetime) -> datetime:
        """A time of the store in the zone."""
        return moment.replace(tzinfo=UTC).astimezone(ZoneInfo(self.zone))


def _named(day: date) -> str:
    return f"{day.day} {day:%B %Y}"


def _midnight(day: date, zone: str) -> datetime:
    """When the day begins, naive UTC; where clocks skip midnight, when they do so."""
    local = datetime.combine(day, time(), ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def today(now: datetime, zone: str) -> date:
    """The day that it is in the zone; now has a zone."""
    return now.astimezone(ZoneInfo(zone)).date()


def checked(text: str) -> str:
    """The text, if parsed() takes it; the type of `-d`."""
    parsed(text, date(2000, 1, 1), "UTC")
    return text


def parsed(text: str, day: date, zone: str) -> Days:
    """What `-d` names, on a day; raises ArgumentTypeError with what it can be."""
    first, dots, last = text.partition("..")
    start, end = _span(first, day), _span(last if dots else first, day)
    if end[1] < start[0]:
        raise ArgumentTypeError(f"{text} ends before it begins")
    return Days(start[0], end[1], zone)


def _span(text: str, day: date) -> tuple[date, date]:
    if text in _WORDS:
        named = day - _WORDS[text] * _DAY
        return named, named
    found = _ISO.fullmatch(text)
    if found and int(found[1]) not in _YEARS:
        raise ArgumentTypeError(f"{text}: the year is to be from {_YEARS[0]} to {_YEARS[-1]}")
    try:
        if found and found[3]:
            named = date(int(found[1]), int(found[2]), int(found[3]))
            return named, named
        if found:
            first = date(int(found[1]), int(found[2]), 1)
            following = (first.replace(day=28) + 4 * _DAY).replace(day=1)
            return first, following - _DAY
    except ValueError as error:
        raise ArgumentTypeError(f"{text} is no day: {_WANTED}") from error
    raise ArgumentTypeError(f"{text!r} is no day: {_WANTED}")

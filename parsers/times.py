"""The times of lines, in UTC: what their stamps say, and what these leave out.

A stamp may lack its year (see parsers.years) and its zone, which then is the source's. Of the
hour that clocks run through twice in autumn, the order of lines tells the first from the second.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from parsers.headers import MONTHS
from parsers.years import DAY, YEAR, Course, Seconds, follows

_Bytes = npt.NDArray[np.uint8]
_Flags = npt.NDArray[np.bool_]

_STAMP_LENGTH = 15  # of `Jan  1 02:03:04`
_YEAR_LENGTH = 5  # of `2026 ` before it
_LONGEST_PRIORITY = 5  # of `<191>`
STAMP_BYTES = _LONGEST_PRIORITY + _STAMP_LENGTH  # that tell when a line was written
_MICROS = 1_000_000
_LATE = 600 * _MICROS  # how much out of turn a line may be in the hour that clocks repeat
_FIRST_YEAR, _LAST_YEAR = 1970, 2100  # others are of clocks that are not set, or of no clock
_MONTH_DAYS = np.array([31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
_MONTH_STARTS = np.concatenate(([0], np.cumsum(_MONTH_DAYS)))  # days of a leap year
_FEBRUARY_ENDS = 60  # the first of March, in days of a leap year from 0
_MONTH_CODES = np.array([int.from_bytes(month.encode(), "big") for month in MONTHS])
_BY_CODE = np.argsort(_MONTH_CODES)
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - naive, as what is counted from it
_NEVER = int(np.datetime64("NaT", "us").astype(np.int64))


@dataclass(frozen=True, slots=True)
class Stamps:
    """What the stamps of consecutive lines say.

    known: of each line, its time in microseconds of UTC; _NEVER where there is none, or not yet.
    lines: the others that have a stamp. seasons: seconds into their year, on the axis of
        parsers.years. years: 0 where the stamp has none. micros: the fractions of their seconds.
    """

    known: Seconds
    lines: Seconds
    seasons: Seconds
    years: Seconds
    micros: Seconds

    def follow(self, front: datetime, zone: str) -> bool:
        """Whether the first line goes on, but for the year, where others ended (naive UTC)."""
        place = as_place(front.replace(tzinfo=UTC), zone)
        return bool(len(self.seasons)) and follows(int(self.seasons[0]), place)

    def settled(self, times: Seconds) -> "Stamps":
        """The same where times of lines, _NEVER for none, were worked out before.

        These stand for what a stamp leaves out; a stamp that says its zone needs none.
        """
        known = self.known.copy()
        known[self.lines] = times[self.lines]
        return self._with(known, np.arange(len(known)))

    def of(self, rows: Seconds) -> "Stamps":
        """Those of some lines, in order."""
        return self._with(self.known[rows], rows)

    def _with(self, known: Seconds, rows: Seconds) -> "Stamps":
        """Those of some lines, of which the known times are given."""
        places = np.full(len(self.known), -1)
        places[rows] = np.arange(len(rows))
        lines = places[self.lines]
        left = lines >= 0
        left[left] = known[lines[left]] == _NEVER
        columns = (self.seasons, self.years, self.micros)
        return Stamps(known, lines[left], *(column[left] for column in columns))

    def times(
        self, zone: str, reference: datetime | None, front: datetime | None
    ) -> tuple[Seconds, datetime | None]:
        """The time of each line in microseconds of UTC, and the latest so far.

        zone: IANA name of the zone of stamps that have none.
        reference: a time (aware) after which no line was written; None leaves years unknown that
            nothing else tells.
        front: (naive UTC) what the last call for the stream gave, None at first.
        """
        if not len(self.lines):
            likely = self.known
            if reference is not None:
                likely = likely[likely <= _as_micros(_naive(reference)) + DAY * _MICROS]
            return self.known, _later(front, _as_datetime(likely.max(initial=_NEVER)))
        course, numbers, lines = Course(), self.lines, self.lines
        others = np.flatnonzero(self.known != _NEVER)
        seasons, years = self.seasons, self.years
        if len(others):  # their zone is another, which is of no account here
            lines = np.concatenate((lines, others))
            order = np.argsort(lines, kind="stable")
            other_years, other_seasons = _on_axis(self.known[others] // _MICROS)
            seasons = np.concatenate((seasons, other_seasons))[order]
            years = np.concatenate((years, other_years))[order]
            numbers = np.empty_like(order)
            numbers[order] = np.arange(len(order))
            numbers = numbers[: len(self.lines)]
        else:
            numbers = np.arange(len(lines))
        runs, offsets = course.add(seasons, years)
        places = course.places(
            None if front is None else as_place(front.replace(tzinfo=UTC), zone),
            None if reference is None else as_place(reference, zone),
        )
        times = self.known.copy()
        if places is None:
            return times, front
        runs, offsets = runs[numbers], offsets[numbers]
        resolved = (places.firsts[runs] + offsets) // YEAR
        local = _seconds(np.where(self.years > 0, self.years, resolved), self.seasons)
        utc = _to_utc(local, self.micros, zone, front)
        times[self.lines] = utc
        in_course = utc[~places.strays[runs]]
        return times, _later(front, _as_datetime(in_course.max(initial=_NEVER)))


def micros_of(times: pa.ChunkedArray) -> Seconds:
    """TIMESTAMPs in microseconds of UTC, _NEVER for NULL."""
    micros: Seconds = pc.fill_null(times.cast(pa.int64()), _NEVER).to_numpy()
    return micros


def read_stamps(stamps: pa.ChunkedArray, occurred_at: pa.ChunkedArray) -> Stamps:
    """The stamps of lines, in their order.

    stamps: `Jan  1 02:03:04`, with a year before it or a fraction behind it, or NULL.
    occurred_at: TIMESTAMP, where known.
    """
    known = micros_of(occurred_at)
    valid = pc.is_valid(stamps).to_numpy()
    texts = stamps.drop_null().combine_chunks()
    lines = np.flatnonzero(valid)
    if not len(lines):
        return Stamps(known, *[lines.astype(np.int64)] * 4)
    starts, data = _buffers(texts)
    lengths = np.diff(starts)
    starts = starts[:-1]
    has_year = data[starts] <= ord("9")
    years = np.zeros(len(lines), np.int64)
    if has_year.any():
        years[has_year] = _number(_gathered(data, starts[has_year], 4))
        starts = starts + has_year * _YEAR_LENGTH
        lengths = lengths - has_year * _YEAR_LENGTH
    days, seconds, is_date = _day_and_second(_gathered(data, starts, _STAMP_LENGTH))
    micros = np.zeros(len(lines), np.int64)
    has_fraction = lengths > _STAMP_LENGTH + 1
    if has_fraction.any():
        micros[has_fraction] = _micros(data, starts[has_fraction], lengths[has_fraction])
    seasons = days * DAY + seconds
    return Stamps(known, lines[is_date], seasons[is_date], years[is_date], micros[is_date])


def stamps_of_lines(data: bytes) -> tuple[Seconds, Seconds, Seconds]:
    """Places, seasons, and years (0 where there is none) of the stamps that lines begin with.

    Read are `Jan  1 02:03:04` and RFC 3339's, of which the date is enough, behind `<38>` too. Of
    lines of one hour that follow each other, one is enough.
    """
    text = np.frombuffer(data, np.uint8)
    starts = np.concatenate(([0], np.flatnonzero(text == ord("\n")) + 1))
    starts = starts[starts + STAMP_BYTES < len(text)]
    if not len(starts):
        return starts, starts, starts
    has_priority = text[starts] == ord("<")
    if has_priority.any():
        marks = _gathered(text, starts, _LONGEST_PRIORITY) == ord(">")
        starts = starts + np.where(has_priority & marks.any(axis=1), marks.argmax(axis=1) + 1, 0)
    hours = [_words(text, at)[starts] for at in (0, 2)]  # ten bytes: `Jan  1 02:`, `2026-01-01`
    differ = [word[1:] != word[:-1] for word in hours]
    starts = starts[np.append(differ[0] | differ[1], True)]
    stamps = _gathered(text, starts, _STAMP_LENGTH)
    days, seconds, is_date = _day_and_second(stamps)
    seasons, years = days * DAY + seconds, np.zeros(len(stamps), np.int64)
    has_year = (stamps[:, 0] == ord("2")) & (stamps[:, 4] == ord("-")) & (stamps[:, 7] == ord("-"))
    if has_year.any():
        month, day = _number(stamps[:, 5:7]), _number(stamps[:, 8:10])
        has_year &= (month >= 1) & (month <= len(MONTHS)) & (day >= 1) & (day <= 31)
        years = _number(stamps[:, :4])
        has_year &= (years >= _FIRST_YEAR) & (years <= _LAST_YEAR)
        years = np.where(has_year, years, 0)
        dates = (_MONTH_STARTS[np.where(has_year, month, 1) - 1] + day - 1) * DAY
        seasons = np.where(has_year, dates, seasons)
    is_stamp = is_date | has_year
    return starts[is_stamp], seasons[is_stamp], years[is_stamp]


def _buffers(texts: pa.StringArray) -> tuple[Seconds, _Bytes]:
    """Where each text starts (and the last one ends) in bytes."""
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return starts.astype(np.int64), np.frombuffer(data, np.uint8)


def _gathered(data: _Bytes, starts: Seconds, width: int) -> _Bytes:
    """The bytes of each text from its start on, a row each."""
    gathered: _Bytes = data[starts[:, None] + np.arange(width)]
    return gathered


def _words(data: _Bytes, start: int) -> Seconds:
    """Each eight bytes that follow one another, from `start` on."""
    count = max(0, len(data) - start - 7)
    return np.ndarray((count,), np.int64, data, start, (1,))


def _day_and_second(stamps: _Bytes) -> tuple[Seconds, Seconds, _Flags]:
    """Of `Jan  1 02:03:04`: the day in a leap year, the second of the day, whether it is a date."""
    codes = stamps[:, 0].astype(np.int64) << 16 | stamps[:, 1].astype(np.int64) << 8 | stamps[:, 2]
    places = np.searchsorted(_MONTH_CODES[_BY_CODE], codes).clip(max=len(MONTHS) - 1)
    months = _BY_CODE[places]
    days = _number(np.where(stamps[:, 4:6] == ord(" "), ord("0"), stamps[:, 4:6]))
    hours, minutes, seconds = (_number(stamps[:, at : at + 2]) for at in (7, 10, 13))
    is_date = (
        (_MONTH_CODES[months] == codes)
        & (stamps[:, 9] == ord(":"))
        & (stamps[:, 12] == ord(":"))
        & (days >= 1)
        & (days <= _MONTH_DAYS[months])
        & (hours < 24)
        & (minutes < 60)
        & (seconds <= 60)
    )
    seconds = np.minimum(seconds, 59)  # a leap second counts as the one before it
    return _MONTH_STARTS[months] + days - 1, (hours * 60 + minutes) * 60 + seconds, is_date


def _number(digits: _Bytes) -> Seconds:
    """What digits amount to, a row each."""
    value = np.zeros(len(digits), np.int64)
    for column in digits.T:
        value = value * 10 + (column.astype(np.int64) - ord("0"))
    return value


def _micros(data: _Bytes, starts: Seconds, lengths: Seconds) -> Seconds:
    """The fractions behind stamps; digits beyond the sixth are cut off."""
    width = np.minimum(lengths - _STAMP_LENGTH - 1, 6)
    places = np.minimum(np.arange(6), width[:, None] - 1)
    digits = data[starts[:, None] + _STAMP_LENGTH + 1 + places]
    return _number(np.where(np.arange(6) < width[:, None], digits, ord("0")).astype(np.uint8))


# -- years ----------------------------------------------------------------------------------------


def as_place(time: datetime, zone: str) -> int:
    """A time (aware) on the axis of parsers.years, as clocks of the zone show it."""
    local = time.astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    (year,), (season,) = _on_axis(np.array([(local - _EPOCH) // timedelta(seconds=1)]))
    return int(year * YEAR + season)


def as_time(place: int, zone: str) -> datetime:
    """A time (aware) no earlier than that at which clocks of the zone show it, nor a day later."""
    year = min(max(place // YEAR, _FIRST_YEAR), _LAST_YEAR)
    return datetime(year, 1, 1, tzinfo=ZoneInfo(zone)) + timedelta(seconds=place % YEAR)


def _on_axis(seconds: Seconds) -> tuple[Seconds, Seconds]:
    """Years, and seasons on the axis of parsers.years, of seconds since 1970."""
    year_starts = seconds.astype("datetime64[s]").astype("datetime64[Y]")
    seasons = seconds - year_starts.astype("datetime64[s]").astype(np.int64)
    years = year_starts.astype(np.int64) + 1970
    after_february = (seasons >= (_FEBRUARY_ENDS - 1) * DAY) & ~_are_leap(years)
    return years, seasons + after_february * DAY


def _seconds(years: Seconds, seasons: Seconds) -> Seconds:
    """Seconds since 1970 of seasons; _NEVER for a 29 February that there was not, and too far off.

    A stamp that has its year can be of any.
    """
    starts = (years - 1970).astype("datetime64[Y]").astype("datetime64[s]").astype(np.int64)
    days, is_leap = seasons // DAY, _are_leap(years)
    seconds = starts + seasons - (~is_leap & (days >= _FEBRUARY_ENDS)) * DAY
    is_date = is_leap | (days != _FEBRUARY_ENDS - 1)
    return np.where(is_date & (years >= _FIRST_YEAR) & (years <= _LAST_YEAR), seconds, _NEVER)


def _are_leap(years: Seconds) -> _Flags:
    leap: _Flags = (years % 4 == 0) & ((years % 100 != 0) | (years % 400 == 0))
    return leap


# -- zones ----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Change:
    """When the clocks of a zone change, in seconds of UTC, and their offsets before and after."""

    at: int
    before: int
    after: int


def _to_utc(local: Seconds, micros: Seconds, zone: str, front: datetime | None) -> Seconds:
    """Microseconds of UTC of seconds that clocks in the zone show."""
    is_time = local != _NEVER
    if not is_time.any():
        return local
    first, last = int(local[is_time].min()), int(local[is_time].max())
    offset, changes = _changes(zone, first - DAY, last + DAY)
    offsets = np.array([offset, *[change.after for change in changes]])
    ends = np.array([c.at + max(c.before, c.after) for c in changes], np.int64)
    utc = local - offsets[np.searchsorted(ends, local, side="right")]
    utc = np.where(is_time, utc * _MICROS + micros, _NEVER)
    for change in changes:
        twice = (local >= change.at + change.after) & (local < change.at + change.before)
        if twice.any():
            _tell_apart(utc, twice, (change.before - change.after) * _MICROS, front)
    return utc


def _tell_apart(utc: Seconds, twice: _Flags, later: int, front: datetime | None) -> None:
    """Move the lines of an hour's second pass by `later`, in place; others are right already.

    Time goes on: a line is of the first pass unless that puts it more than _LATE out of turn.
    """
    numbers = np.flatnonzero(twice)
    first = int(numbers[0])
    before = np.append(utc[:first], _as_micros(front))
    latest = int(before[before < utc[first] + DAY * _MICROS].max(initial=_NEVER))
    for number in range(first, int(numbers[-1]) + 1):
        if twice[number] and utc[number] < latest - _LATE:
            utc[number] += later
        latest = max(latest, int(utc[number]))


def _changes(zone: str, start: int, end: int) -> tuple[int, list[_Change]]:
    """The zone's offset at a time, and its changes from there on to another, in order."""
    changes: list[_Change] = []
    offset = _offset(zone, start)
    first, last = (_EPOCH + timedelta(seconds=each) for each in (start, end))
    for year in range(first.year, last.year + 1):
        changes += [c for c in _changes_of_year(zone, year) if start < c.at <= end]
    return offset, changes


@lru_cache(maxsize=256)
def _changes_of_year(zone: str, year: int) -> tuple[_Change, ...]:
    start, end = _seconds(np.array([year, year + 1]), np.zeros(2, np.int64)).tolist()
    changes = []
    for day in range(start, end, DAY):
        before, after = _offset(zone, day), _offset(zone, day + DAY)
        if before != after:
            low, high = day, day + DAY
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if _offset(zone, middle) == before else (low, middle)
            changes.append(_Change(high, before, after))
    return tuple(changes)


def _offset(zone: str, seconds: int) -> int:
    """Seconds by which the zone's clocks are ahead of UTC."""
    utc = _EPOCH.replace(tzinfo=UTC) + timedelta(seconds=seconds)
    offset = utc.astimezone(ZoneInfo(zone)).utcoffset()
    return 0 if offset is None else int(offset.total_seconds())


# -- moments --------------------------------------------------------------------------------------


def _naive(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(tzinfo=None)


def _as_datetime(micros: int) -> datetime | None:
    return None if micros == _NEVER else _EPOCH + timedelta(microseconds=int(micros))


def _as_micros(time: datetime | None) -> int:
    return _NEVER if time is None else (time - _EPOCH) // timedelta(microseconds=1)


def _later(time: datetime | None, other: datetime | None) -> datetime | None:
    return max(filter(None, (time, other)), default=None)

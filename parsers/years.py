"""The years of stamps that have none: from one line to the next, time goes on.

Times are reckoned here on an axis of seconds on which every year has YEAR of them, with a 29
February: year * YEAR + season. Lines that follow each other closely are a run, be it across new
year, and late lines among them. Between runs there is a gap of months, in the course of which
there may be a new year, or a clock that was wrong for some lines: these stray, and the lines
after them go on where those before them left off.

What is known are two things: where the stream was before (its front), and a limit after which
none of the lines was written, though the last of them perhaps not long before. The front counts
for more, as the time of a copied file says nothing else than a limit. A gap of eleven months or
more cannot be told from a shorter one but by a stamp that has a year, or by a 29 February.
"""

from calendar import isleap
from collections import Counter
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

DAY = 86_400
YEAR = 366 * DAY
FAR = 30 * DAY  # a step that no late line makes
_LEAP_DAY = 59  # of the year, from 0
_RUNS_AHEAD = 3  # how many runs may pass before the lines after strays go on
_HOUR = 3600
_LEAP_YEARS_APART = 8  # at most, as around 1900 and 2100

Seconds = npt.NDArray[np.int64]
_Steps = TypeVar("_Steps", int, npt.NDArray[np.int64])


@dataclass(slots=True)
class _Run:
    """Lines that follow each other closely; offsets are from its first one's season.

    reach: the greatest offset. leaps: offsets of years in which it has a 29 February.
    votes: what stamps that have a year say of the place of the first line, and how often.
    """

    first: int
    reach: int = 0
    leaps: set[int] = field(default_factory=set)
    votes: Counter[int] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Places:
    """Where runs are on the axis.

    firsts: of each run's first line. strays: the runs that are out of the course of time.
    """

    firsts: Seconds
    strays: npt.NDArray[np.bool_]


class Course:
    """The seasons of a stream's lines, in the order of lines."""

    def __init__(self) -> None:
        self._runs: list[_Run] = []
        self._season = self._offset = 0  # of the last line

    def add(self, seasons: Seconds, years: Seconds) -> tuple[Seconds, Seconds]:
        """Take in more lines; the number of each one's run, and its offset from the run's first.

        seasons: seconds into the year. years: 0 where the stamp has none.
        """
        if not len(seasons):
            return seasons, seasons
        steps = _nearest(np.diff(seasons, prepend=self._season))
        begins = np.abs(steps) > FAR
        if not self._runs:
            begins[0] = True
        steps[begins] = 0
        steps[0] += 0 if begins[0] else self._offset
        sums, starts = np.cumsum(steps), np.flatnonzero(begins)
        before = np.concatenate(([0], sums[starts]))[np.cumsum(begins)]
        runs, offsets = len(self._runs) - 1 + np.cumsum(begins), sums - before
        self._runs += [_Run(first) for first in seasons[starts].tolist()]
        self._note(runs, offsets, seasons, years)
        self._season, self._offset = int(seasons[-1]), int(offsets[-1])
        return runs, offsets

    def _note(self, runs: Seconds, offsets: Seconds, seasons: Seconds, years: Seconds) -> None:
        numbers, starts = np.unique(runs, return_index=True)
        reaches = np.maximum.reduceat(offsets, starts)
        for number, reach in zip(numbers.tolist(), reaches.tolist(), strict=True):
            self._runs[number].reach = max(self._runs[number].reach, reach)
        leaps = seasons // DAY == _LEAP_DAY
        for number, offset in np.unique(np.stack([runs, offsets // DAY * DAY])[:, leaps], axis=1).T:
            self._runs[number].leaps.add(int(offset))
        known = years > 0
        if known.any():
            said = np.stack([runs, years * YEAR + seasons - offsets])[:, known]
            votes, counts = np.unique(said, axis=1, return_counts=True)
            for (number, place), count in zip(votes.T.tolist(), counts.tolist(), strict=True):
                self._runs[number].votes[place] += count

    def places(self, front: int | None, limit: int | None) -> Places | None:
        """Where the runs are; None if nothing tells.

        front: the latest time of what precedes them, where known. limit: see above.
        """
        firsts, strays, latest = self._relative(front, limit)
        course = [run for run, stray in zip(self._runs, strays, strict=True) if not stray]
        begins = [place for place, stray in zip(firsts, strays, strict=True) if not stray]
        latest_shift = None if limit is None else (limit + DAY - latest) // YEAR
        votes: Counter[int] = Counter()
        for run, begin in zip(course, begins, strict=True):
            for place, count in run.votes.items():
                votes[(place - begin) // YEAR] += count
        likely = [s for s, _ in votes.most_common() if latest_shift is None or s <= latest_shift]
        if likely:
            shift = likely[0]
        elif front is not None:
            shift = 0
        elif latest_shift is not None:
            shift = latest_shift
        else:
            return None
        leaps = [
            (place + offset) // YEAR
            for run, place in zip(course, begins, strict=True)
            for offset in run.leaps
        ]
        if not likely and latest_shift is not None and not _are_leap(leaps, shift):
            possible = range(latest_shift, latest_shift - _LEAP_YEARS_APART, -1)
            shift = next((s for s in possible if _are_leap(leaps, s)), shift)
        return Places(np.array(firsts, np.int64) + shift * YEAR, np.array(strays, np.bool_))

    def _relative(self, front: int | None, limit: int | None) -> tuple[list[int], list[bool], int]:
        """Places of the runs, whether they stray, and the latest time, all but for whole years."""
        firsts: list[int] = []
        strays: list[bool] = []
        at = self._runs[0].first if front is None and self._runs else front or 0
        for number, run in enumerate(self._runs):
            step = _nearest(run.first - at)
            stray = abs(step) > FAR and (
                (run.reach <= DAY and self._is_resumed(number + 1, at, limit))
                or (front is not None and limit is not None and at + step % YEAR > limit + DAY)
            )
            place = at + (step % YEAR if abs(step) > FAR and not stray else step)
            firsts.append(place)
            strays.append(stray)
            if not stray:
                at = max(at, place + run.reach)
        return firsts, strays, at

    def _is_resumed(self, number: int, at: int, limit: int | None) -> bool:
        """Whether one of the runs from `number` on, or the limit, is where a front was at `at`."""
        following = [run.first for run in self._runs[number : number + _RUNS_AHEAD]]
        if len(following) < _RUNS_AHEAD and limit is not None:
            last = self._runs[-1]
            if not follows(limit, last.first + last.reach):
                following.append(limit)
        return any(follows(season, at) for season in following)


def _nearest(step: _Steps) -> _Steps:
    """The step without whole years, forward or back, whichever is less."""
    return (step + YEAR // 2) % YEAR - YEAR // 2


def follows(season: int, other: int) -> bool:
    """Whether a line of a season goes on where one of another left off."""
    return -_HOUR <= _nearest(season - other) <= DAY


def _are_leap(years: list[int], shift: int) -> bool:
    return all(isleap(year + shift) for year in years)

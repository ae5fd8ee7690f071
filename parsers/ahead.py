"""When the lines of a log were written, worked out back from its end, before they are parsed.

Stamps without a year tell little from the front: the time of the last write is that of the last
line. So a first pass looks at nothing but the stamps with which lines begin (`Jan  1 02:03:04` or
RFC 3339, perhaps behind the `<38>` of RFC 3164).
"""

from bisect import bisect_left
from collections.abc import Iterable
from datetime import datetime
from itertools import accumulate

import numpy as np

from parsers.times import STAMP_BYTES, as_place, as_time, stamps_of_lines
from parsers.years import FAR, Course

PIECE_BYTES = 1 << 20
_MOST_PARTS = 10_000  # of a log that is longer than eight centuries, or nonsense


class LookAhead:
    """When the parts of a log were written; it knows no more than the reference where it cannot."""

    def __init__(self, pieces: Iterable[bytes], zone: str, reference: datetime) -> None:
        """Read all pieces, or the first one, where the stamps in it have years.

        pieces: of the log, of any size, one after the other. zone: of stamps that have none.
        reference: (aware) when the last line was written.
        """
        self._reference = reference
        self._ends: list[int] = []  # of parts in which time moves by no more than FAR
        self._times: list[datetime] = []
        course = Course()
        parts: list[tuple[int, int]] = []  # run, and greatest offset in it
        end, line = 0, b""
        for piece in pieces:
            text = line + piece
            starts, seasons, years = stamps_of_lines(text)
            if not parts and len(years) and years.all():
                return
            runs, offsets = course.add(seasons, years)
            far = (np.diff(runs) != 0) | (np.diff(offsets // FAR) != 0)
            firsts = np.concatenate(([0], np.flatnonzero(far) + 1)) if len(runs) else starts
            self._ends += (starts[firsts[1:]] + (end - len(line))).tolist()
            end += len(piece)
            if len(runs):
                self._ends.append(end)
                reaches = np.maximum.reduceat(offsets, firsts)
                parts += zip(runs[firsts].tolist(), reaches.tolist(), strict=True)
            if len(parts) > _MOST_PARTS:
                self._ends.clear()
                return
            line = text[text.rfind(b"\n") + 1 :][:STAMP_BYTES]
        places = course.places(None, as_place(reference, zone))
        if places is None:
            return
        latest = accumulate(
            (0 if places.strays[run] else int(places.firsts[run]) + reach for run, reach in parts),
            max,
        )
        self._times = [as_time(place, zone) for place in latest]

    def written_at(self, end: int) -> datetime:
        """A time (aware) after which nothing of what ends there was written.

        end: in bytes from where the pieces began. It is about the time of the last line before.
        """
        place = bisect_left(self._ends, end)
        return self._times[place] if place < len(self._times) else self._reference

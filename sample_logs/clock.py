"""Moves the clock of a recording: every clock reading of a line, and nothing else in it.

A recording is cut into stretches (a step, or a phase of one); within a stretch every reading
moves by the same whole number of seconds. README.md in this folder lists what counts as a
reading. Primary sources: Postfix global/mail_queue.h (long queue ids), postconf(5)
`delay_logging_resolution_limit`, RFC 3164, RFC 3339, RFC 5322.
"""

import bisect
import datetime
import re
from collections.abc import Sequence

BASE52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"  # MQID_... in mail_queue.h
SECONDS_DIGITS = 6
BOUNDARY_MARGIN = 0.6  # a stretch begins this long before its first action, in the quiet
WINDOW_MARGIN = 10.0  # seconds around the recording in which a number can be a clock reading

READING = re.compile(
    r"(?P<ctime>[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4})"
    r"|(?P<rfc5322>[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d(?= \+0000))"
    r"|(?P<syslog>\b[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d)"
    r"|(?P<slashed>\b\d{4}/\d\d/\d\d-\d\d:\d\d:\d\d)"
    r"|(?P<compact>(?<=<)\d{14}(?=\.))"
    r"|(?P<epoch>\b\d{10}\b)"
    rf"|(?P<queue_id>(?<![\w/+])[{BASE52}]{{10}}z[{BASE52}]+(?![\w/+]))"
)
FORMATS = {
    "ctime": "%a %b %e %H:%M:%S %Y",
    "rfc5322": "%a, %d %b %Y %H:%M:%S",
    "syslog": "%b %e %H:%M:%S",
    "slashed": "%Y/%m/%d-%H:%M:%S",
    "compact": "%Y%m%d%H%M%S",
}
DELAY = re.compile(r"(?<=, delay=)(?P<total>[\d.]+), delays=(?P<before_qmgr>[\d.]+)(?=/)")


def decode(digits: str) -> int:
    """The number that base-52 digits of a long queue id spell."""
    value = 0
    for digit in digits:
        value = value * len(BASE52) + BASE52.index(digit)
    return value


def encode(value: int) -> str:
    """The six digits that spell the arrival second in a long queue id."""
    digits = ""
    for _ in range(SECONDS_DIGITS):
        value, digit = divmod(value, len(BASE52))
        digits = BASE52[digit] + digits
    return digits


class Clock:
    """Tells what o'clock it shall have been; times are seconds since the epoch."""

    def __init__(self, stretches: Sequence[tuple[float, float]], first: float, last: float) -> None:
        """stretches: (really began, shall seem to begin) in order; first and last stamp."""
        self._starts = [really - BOUNDARY_MARGIN for really, _ in stretches]
        self._shifts = [round(seemingly - really) for really, seemingly in stretches]
        self._first, self._last = first - WINDOW_MARGIN, last + WINDOW_MARGIN
        self._year = datetime.datetime.fromtimestamp(first, datetime.UTC).year

    def shift(self, time: float) -> int:
        """Seconds by which a reading taken at `time` moves."""
        return self._shifts[max(bisect.bisect_right(self._starts, time) - 1, 0)]

    def moved(self, time: float) -> float:
        """The time that shall be read in place of `time`."""
        return time + self.shift(time)

    def text(self, text: str) -> str:
        """`text` with every clock reading of the recording's span moved."""
        return READING.sub(self._reading, text)

    def line(self, text: str, time: float) -> str:
        """A line's body logged at `time`, with its readings and its delays moved.

        A message that arrived in an earlier stretch has waited longer on the new clock:
        its delay, which is the difference of two readings, is that of the moved readings.
        """

        def delays(found: re.Match[str]) -> str:
            waited = float(found["total"])
            more = self.shift(time) - self.shift(time - waited)
            if not more:
                return found[0]
            before_qmgr = round(float(found["before_qmgr"]) + more)
            return f"{round(waited + more)}, delays={before_qmgr}"

        return DELAY.sub(delays, self.text(text), count=1)

    def _reading(self, found: re.Match[str]) -> str:
        kind, text = str(found.lastgroup), found[0]
        if kind == "queue_id":
            time: float = decode(text[:SECONDS_DIGITS])
            exact = time + decode(text[SECONDS_DIGITS : SECONDS_DIGITS + 4]) / 1e6
            if not self._first <= exact <= self._last:
                return text
            return encode(int(time) + self.shift(exact)) + text[SECONDS_DIGITS:]
        if kind == "epoch":
            time = int(text)
        else:
            # %e is known to strftime only; the year is read along where the text has none
            read = FORMATS[kind].replace("%e", "%d")
            missing = "" if "%Y" in read else f"{self._year} "
            parsed = datetime.datetime.strptime(
                f"{missing}{text} +0000", f"{'%Y ' if missing else ''}{read} %z"
            )
            time = parsed.timestamp()
        if not self._first <= time <= self._last:
            return text
        # A whole second was cut off, never rounded up: look up the shift at its end.
        moved = time + self.shift(time + 0.999)
        if kind == "epoch":
            return str(int(moved))
        return datetime.datetime.fromtimestamp(moved, datetime.UTC).strftime(FORMATS[kind])

"""The years of year-less stamps: from one line to the next, time goes on.

Only December to January is a new year, and January to December a late line.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from parsers.headers import MONTHS

_HALF_YEAR = 6  # months


def year_after(year: int, month: int, next_month: int) -> int:
    """The year of a line of `next_month` that follows a line of `month` in `year`."""
    if month - next_month > _HALF_YEAR:
        return year + 1
    return year - 1 if next_month - month > _HALF_YEAR else year


def first_year(stamp: str, reference: datetime) -> int:
    """The year of a stream's first stamp: the latest that is not after `reference` (aware).

    A day is allowed for clocks and zones that differ.
    """
    limit = reference.astimezone(UTC).replace(tzinfo=None) + timedelta(days=1)
    month, day = _number(stamp), int(stamp[4:6])
    return limit.year if (month, day) <= (limit.month, limit.day) else limit.year - 1


def years_of(
    stamps: Sequence[tuple[int, str]], reference: datetime | None, state: str | None
) -> tuple[str, str | None]:
    """The year of a batch's year-less stamps, as SQL over `line`, and the new state.

    stamps: (line, stamp) of the first one and of each whose month is not that of the one before.
    reference: when the stream was last written (aware); None leaves the years unknown (NULL).
    state: what the last call for the stream gave, None at first.
    """
    if not stamps:
        return "NULL", state
    month = _number(stamps[0][1])
    if state is not None:
        year, before = json.loads(state)
        year = year_after(year, before, month)
    elif reference is not None:
        year = first_year(stamps[0][1], reference)
    else:
        return "NULL", None
    cases = []
    for line, stamp in stamps[1:]:
        following = year_after(year, month, _number(stamp))
        if following != year:
            cases.append(f"WHEN line < {line} THEN {year}")
        year, month = following, _number(stamp)
    sql = f"CASE {' '.join(cases)} ELSE {year} END" if cases else str(year)
    return sql, json.dumps([year, month])


def _number(stamp: str) -> int:
    return MONTHS.index(stamp[:3]) + 1 if stamp[:3] in MONTHS else 1

"""Stamps as they are kept until the zone and the year are known, and what they are in UTC.

A stamp with a zone is written as RFC 3339 has it. One without is `Jan  1 02:03:04`, or
`2026 Jan  1 02:03:04` where it has a year, and may have a fraction. So the first
character tells whether it has a year, and `-` after that whether it has a zone.
"""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from parsers.sql import quote

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CENTURIES = ("19", "20")  # stamps of others are of no clock, and may be of no date in UTC


def is_zoned(stamp: str) -> bool:
    """Whether a stamp says its zone."""
    return stamp[4:5] == "-"


def is_zoned_sql(stamp: str) -> str:
    """The same as SQL."""
    return f"coalesce({stamp}[5] = '-', false)"


def read_stamp(stamp: str, year: int | None, zone: str) -> datetime | None:
    """A stamp as naive UTC; None where it is no date (31 February), or has no year.

    year: of stamps that have none. zone: IANA name, of those that have none.
    """
    try:
        if is_zoned(stamp):
            if not stamp.startswith(_CENTURIES):
                return None
            return datetime.fromisoformat(stamp).astimezone(UTC).replace(tzinfo=None)
        if stamp[0].isalpha() and year is None:
            return None
        dated = f"{year} {stamp}" if stamp[0].isalpha() else stamp
        fraction = ".%f" if "." in stamp else ""
        local = datetime.strptime(dated, f"%Y %b %d %H:%M:%S{fraction}").replace(
            tzinfo=ZoneInfo(zone)
        )
        return local.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None


def occurred_at_sql(stamp: str) -> str:
    """TIMESTAMP in UTC of a stamp that has a zone; NULL where it is no date."""
    is_likely = " OR ".join(f"starts_with({stamp}, {quote(start)})" for start in _CENTURIES)
    return f"CASE WHEN {is_likely} THEN CAST(TRY_CAST({stamp} AS TIMESTAMPTZ) AS TIMESTAMP) END"


def tidied(stamp: str) -> str:
    """A stamp as it is kept; what parsers.headers.spellings makes of one may need tidying.

    It may begin or end with what belongs to a missing year or fraction, have its month as a number,
    or lower-case letters of RFC 3339.
    """
    stamp = stamp.strip(" .")
    if stamp[10:11] == "T":
        return stamp.upper().replace(".+", "+").replace(".-", "-").replace(".Z", "Z")
    if stamp[4:5] == "-":
        month = int(stamp[5:7])
        name = MONTHS[month - 1] if 1 <= month <= len(MONTHS) else "???"
        day = f" {stamp[9]}" if stamp[8] == "0" else stamp[8:10]
        return f"{stamp[:4]} {name} {day}{stamp[10:]}"
    return stamp


def tidied_sql(stamp: str) -> str:
    """The same as SQL."""
    stamp = f"trim({stamp}, ' .')"
    zoned = f"upper({stamp})"
    for sign in "+-Z":
        zoned = f"replace({zoned}, '.{sign}', '{sign}')"
    names = ", ".join(quote(name) for name in MONTHS)
    number = f"CAST(nullif({stamp}[6:7], '00') AS INTEGER)"
    local = (
        f"concat({stamp}[1:4], ' ', coalesce(list_extract([{names}], {number}), '???'), ' ', "
        f"CASE WHEN {stamp}[9] = '0' THEN ' ' || {stamp}[10] ELSE {stamp}[9:10] END, {stamp}[11:])"
    )
    return (
        f"CASE WHEN {stamp}[11] = 'T' THEN {zoned} WHEN {stamp}[5] = '-' THEN {local} "
        f"ELSE {stamp} END"
    )

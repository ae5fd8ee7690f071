"""Years, zones and repeated hours of stamps that leave them out."""

# ruff: noqa: DTZ001 - naive times are local, or UTC as events have them

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pyarrow as pa
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from parsers.ahead import LookAhead
from parsers.batch import BatchParser

PARSER = BatchParser()
BODY = "mx postfix/qmgr[1]: 9BB5B162711: removed"
DAY = timedelta(days=1)


def lines_of(times: Sequence[datetime]) -> list[str]:
    return [f"{time:%b %e %H:%M:%S} {BODY}" for time in times]


def read(
    lines: Sequence[str],
    reference: datetime | None,
    cuts: Sequence[int] = (),
    *,
    zone: str = "UTC",
    piece: int = 1 << 20,
    front: datetime | None = None,
) -> list[datetime | None]:
    """The times of a log's lines, read in batches that begin at `cuts` too, as files are read."""
    data = [f"{line}\n".encode() for line in lines]
    log = b"".join(data)
    reference = None if reference is None else reference.replace(tzinfo=UTC)
    pieces = [log[at : at + piece] for at in range(0, len(log), piece)]
    ahead = None if reference is None else LookAhead(pieces, zone, reference)
    found: list[datetime | None] = []
    for first, beyond in pairwise(sorted({0, *cuts, len(lines)})):
        end = sum(map(len, data[:beyond]))
        written_at = None if ahead is None else ahead.written_at(end)
        parsed = PARSER.parse(pa.array(lines[first:beyond], pa.string()))
        events, front = parsed.dated(zone=zone, reference=written_at, front=front)
        found += events.sort_by("line")["occurred_at"].to_pylist()
    return found


def years(stamps: Sequence[str], reference: datetime) -> list[int | None]:
    return [time and time.year for time in read([f"{s} {BODY}" for s in stamps], reference)]


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[datetime], list[datetime]]:
    """Times in order, and as logged: some up to an hour late, the last one not."""
    gap = st.sampled_from([60, 86_400, 86_400 * 30, 86_400 * 330]).flatmap(
        lambda most: st.integers(0, most)
    )
    time = datetime(2019, 1, 1) + timedelta(seconds=draw(st.integers(0, 86_400 * 400)))
    times = [time := time + timedelta(seconds=s) for s in draw(st.lists(gap, min_size=1))]
    late = draw(st.lists(st.integers(0, 3600), min_size=len(times), max_size=len(times)))
    logged = [time - timedelta(seconds=s) for time, s in zip(times, late, strict=True)]
    return times, [*logged[:-1], times[-1]]


def comes_round(times: Sequence[datetime]) -> bool:
    """Whether time goes on where it was a year before, so that what is between seems to stray."""
    return any(
        later - earlier > 180 * DAY
        and abs(earlier.replace(year=2024) - later.replace(year=2024)) < 3 * DAY
        for place, earlier in enumerate(times)
        for later in times[place + 1 : place + 6]
    )


@settings(deadline=None)
@given(logs(), st.lists(st.integers(0, 20), max_size=3), st.integers(1, 500))
def test_years_are_true_however_a_log_is_cut(
    log: tuple[list[datetime], list[datetime]], cuts: list[int], piece: int
) -> None:
    times, logged = log
    assume(not comes_round(times))
    cuts = [cut for cut in cuts if cut < len(times)]
    assert read(lines_of(logged), times[-1], cuts, piece=piece) == logged


@pytest.mark.parametrize("cut", range(1, 15))
def test_a_log_of_fourteen_months_ends_at_its_last_write(cut: int) -> None:
    times = [datetime(2024, 9, 5) + 30 * DAY * month for month in range(15)]
    assert read(lines_of(times), times[-1], [cut]) == times


def test_a_file_that_grew_after_the_look_ahead_goes_on() -> None:
    times = [datetime(2025, 12, 31, 23, 59), datetime(2026, 1, 1), datetime(2026, 1, 2)]
    assert read(lines_of(times[2:]), times[2], front=times[1]) == times[2:]


def test_clocks_that_were_wrong_for_some_lines_make_no_new_year() -> None:
    stamps = ["Mar  2 03:00:00", "Jan  1 00:00:03", "Jan  1 00:00:09", "Mar  2 03:00:07"]
    assert years(stamps, datetime(2026, 3, 2, 3, 1)) == [2026] * 4
    assert years(stamps[:3], datetime(2026, 3, 2, 3, 1)) == [2026] * 3


def test_a_leap_day_tells_how_old_a_copied_file_is() -> None:
    stamps = ["Feb 28 23:00:00", "Feb 29 01:00:00", "Mar  1 00:00:00"]
    assert years(stamps, datetime(2026, 11, 24)) == [2024] * 3


def test_stamps_with_a_year_tell_it_for_those_without() -> None:
    stamps = ["Nov  5 10:00:00", "2023-11-06T10:00:00+01:00", "Jan  2 10:00:00"]
    assert years(stamps, datetime(2026, 11, 24)) == [2023, 2023, 2024]
    forged = ["Nov  5 10:00:00", "2043-11-06T10:00:00Z", "Nov  7 10:00:00"]
    assert years(forged, datetime(2026, 11, 24)) == [2026, 2043, 2026]


def test_without_any_reference_only_what_has_a_year_has_a_time() -> None:
    assert read([f"Nov  5 10:00:00 {BODY}"], None) == [None]
    assert read([f"Nov  5 10:00:00 {BODY}"], None, front=datetime(2025, 11, 4)) == [
        datetime(2025, 11, 5, 10)
    ]


def test_a_leap_second_counts_as_the_one_before_it() -> None:
    found = read([f"Dec 31 23:59:60 {BODY}"], datetime(2017, 1, 1))
    assert found == [datetime(2016, 12, 31, 23, 59, 59)]


def test_priorities_before_stamps_do_not_hide_them_from_the_look_ahead() -> None:
    december, march = (lines_of([datetime(2025, 12, 2)]), lines_of([datetime(2026, 3, 1)]))
    log = f"<38>{december[0]}\n<38>{march[0]}\n".encode()
    ahead = LookAhead([log], "UTC", datetime(2026, 3, 1, tzinfo=UTC))
    written_at = ahead.written_at(log.index(b"\n") + 1)
    assert written_at == datetime(2025, 12, 3, tzinfo=UTC)  # the day after, to be sure


# -- clocks that change -------------------------------------------------------------------------

AUTUMN = datetime(2026, 10, 25)  # Europe/Berlin: 03:00 summer time is 02:00, at 01:00 UTC
CLOCK = [(0, 59), (1, 30), (2, 10), (2, 59), (2, 0), (2, 30), (2, 29), (3, 1)]
IN_UTC = [(-2, 59), (-1, 30), (0, 10), (0, 59), (1, 0), (1, 30), (1, 29), (2, 1)]


@pytest.mark.parametrize("cut", range(len(CLOCK)))
def test_the_order_of_lines_tells_the_passes_of_an_hour_apart(cut: int) -> None:
    lines = lines_of([AUTUMN + timedelta(hours=h, minutes=m) for h, m in CLOCK])
    found = read(lines, AUTUMN + DAY, [cut], zone="Europe/Berlin")
    assert found == [AUTUMN + timedelta(hours=h, minutes=m) for h, m in IN_UTC]


def test_lines_a_little_late_are_of_the_pass_that_they_were_written_in() -> None:
    clock = ["02:59:59", "02:00:01", "02:59:58", "02:00:02"]
    lines = [f"Oct 25 {time} {BODY}" for time in clock]
    found = read(lines, AUTUMN + DAY, zone="Europe/Berlin")
    assert [time and f"{time:%H:%M:%S}" for time in found] == [
        "00:59:59",
        "01:00:01",
        "00:59:58",
        "01:00:02",
    ]


@pytest.mark.parametrize(
    ("zone", "stamp", "utc"),
    [
        ("Europe/Berlin", "Mar 29 01:59:59", datetime(2026, 3, 29, 0, 59, 59)),
        ("Europe/Berlin", "Mar 29 02:30:00", datetime(2026, 3, 29, 1, 30)),  # there was none
        ("Europe/Berlin", "Mar 29 03:00:00", datetime(2026, 3, 29, 1)),
        ("America/New_York", "Mar  8 03:00:00", datetime(2026, 3, 8, 7)),
        ("America/St_Johns", "Jan  1 00:00:00", datetime(2026, 1, 1, 3, 30)),
        ("Australia/Lord_Howe", "Apr  5 01:15:00", datetime(2026, 4, 4, 14, 15)),
        ("Asia/Kolkata", "Jan  1 00:00:00", datetime(2025, 12, 31, 18, 30)),
    ],
)
def test_times_in_zones(zone: str, stamp: str, utc: datetime) -> None:
    assert read([f"{stamp} {BODY}"], datetime(2026, 5, 1), zone=zone) == [utc]

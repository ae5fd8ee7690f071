"""Days as ranges: those of 23 and 25 hours, and what -d takes."""

from argparse import ArgumentTypeError
from datetime import UTC, date, datetime, timedelta

import pytest

from tracer.reports.days import Days, parsed, today

TODAY = date(2026, 3, 30)


@pytest.mark.parametrize(
    ("day", "zone", "hours"),
    [
        (date(2026, 3, 29), "Europe/Berlin", 23),
        (date(2026, 10, 25), "Europe/Berlin", 25),
        (date(2026, 3, 30), "Europe/Berlin", 24),
        (date(2018, 11, 4), "America/Sao_Paulo", 23),  # clocks skipped midnight
        (date(2026, 4, 5), "Australia/Lord_Howe", 24.5),
    ],
)
def test_a_day_is_as_long_as_its_clocks_make_it(day: date, zone: str, hours: float) -> None:
    assert Days(day, day, zone).span.width == timedelta(hours=hours)


def test_days_follow_each_other_without_a_gap() -> None:
    for zone in ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata"):
        for number in range(366):
            day = date(2018, 1, 1) + timedelta(days=number)
            following = day + timedelta(days=1)
            assert Days(day, day, zone).span.end == Days(following, following, zone).span.start


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("today", "2026-03-30", "2026-03-30"),
        ("yesterday", "2026-03-29", "2026-03-29"),
        ("2024-02-29", "2024-02-29", "2024-02-29"),
        ("2024-02", "2024-02-01", "2024-02-29"),
        ("2025-12", "2025-12-01", "2025-12-31"),
        ("2026-03-01..2026-03-07", "2026-03-01", "2026-03-07"),
        ("2026-01..yesterday", "2026-01-01", "2026-03-29"),
    ],
)
def test_days_are_named_as_people_do(text: str, first: str, last: str) -> None:
    days = parsed(text, TODAY, "UTC")
    assert (days.first.isoformat(), days.last.isoformat()) == (first, last)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "tomorrow",
        "2026-02-30",
        "2026-13",
        "0000-01",
        "2026-03-02..2026-03-01",
        "..",
        "٣",
        "0001-01-01",
        "9999-12-31",
        "2026-03-01..9999-12",
    ],
)
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(ArgumentTypeError):
        parsed(text, TODAY, "UTC")


def test_it_may_be_another_day_elsewhere() -> None:
    now = datetime(2026, 3, 1, 23, 30, tzinfo=UTC)
    assert (today(now, "UTC").day, today(now, "Europe/Berlin").day) == (1, 2)

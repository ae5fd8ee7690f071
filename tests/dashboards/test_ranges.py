"""Which span the pages show."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from dashboards.ranges import choose, default_choice, to_local, to_utc
from tracer.queries.overview import BUCKETS, MOST_BUCKETS, Facts, Range


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def holding(first: str, last: str) -> Facts:
    return Facts(1, 10, 0, at(first), at(last))


LIVE = holding("2026-01-01T00:00", "2026-11-24T11:59:30")
NOW = at("2026-11-24T12:00:10")


def test_a_preset_ends_now_on_a_whole_minute() -> None:
    shown = choose("1h", LIVE, NOW)
    assert shown.span == Range(at("2026-11-24T11:01"), at("2026-11-24T12:01"))
    assert not shown.is_past


def test_a_preset_that_would_be_empty_ends_with_the_newest_line() -> None:
    shown = choose("24h", holding("2026-03-02T00:00", "2026-03-02T23:57:51"), NOW)
    assert shown.span == Range(at("2026-03-01T23:58"), at("2026-03-02T23:58"))
    assert shown.is_past


def test_lines_of_the_future_are_shown() -> None:
    assert choose("1h", holding("2026-01-01T00:00", "2026-11-24T14:00"), NOW).is_past


def test_all_holds_the_first_and_the_last_line() -> None:
    span = choose("all", LIVE, NOW).span
    assert span.start <= at("2026-01-01T00:00")
    assert span.end > at("2026-11-24T11:59:30")


def test_custom_ends_are_put_in_order_and_are_never_empty() -> None:
    ends = (at("2026-03-02T10:00"), at("2026-03-01T10:00"))
    assert choose("custom", LIVE, NOW, ends).span == Range(ends[1], ends[0])
    assert choose("custom", LIVE, NOW, (ends[0], ends[0])).span.width == timedelta(minutes=1)


@pytest.mark.parametrize(
    ("facts", "choice"),
    [
        (holding("2026-03-02T00:00", "2026-03-02T00:20"), "1h"),
        (holding("2026-03-02T00:00", "2026-03-02T20:00"), "24h"),
        (LIVE, "24h"),
        (Facts(0, 0, 0, None, None), "24h"),
    ],
)
def test_the_default_is_the_shortest_that_holds_the_data(facts: Facts, choice: str) -> None:
    assert default_choice(facts) == choice


@pytest.mark.parametrize("hours", [1, 24, 24 * 7, 24 * 30, 24 * 365])
def test_buckets_are_fine_and_not_too_many(hours: int) -> None:
    span = Range(NOW, NOW + timedelta(hours=hours))
    buckets = span.width.total_seconds() / span.bucket_seconds
    assert buckets <= MOST_BUCKETS or span.bucket_seconds == BUCKETS[-1]
    assert buckets >= 20


def test_zones_are_those_of_the_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert to_local(at("2026-07-01T12:00"), berlin) == at("2026-07-01T14:00")
    assert to_utc(at("2026-01-01T12:00"), berlin) == at("2026-01-01T11:00")

"""Which span of time the pages show: what was chosen, against what the store holds."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from tracer.queries.overview import Facts, Range

ALL, CUSTOM = "all", "custom"
PRESETS = {
    "1h": timedelta(hours=1),
    "24h": timedelta(days=1),
    "7d": timedelta(days=7),
    "30d": timedelta(days=30),
}
LABELS = {
    "1h": "Last hour",
    "24h": "24 hours",
    "7d": "7 days",
    "30d": "30 days",
    ALL: "All",
    CUSTOM: "Custom",
}
_MINUTE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Shown:
    """The span to show; is_past: it ends with the newest line, not now."""

    span: Range
    is_past: bool


def default_choice(facts: Facts) -> str:
    """The shortest of the hour and the day that holds the data, or else the day."""
    if facts.first_at is None or facts.last_at is None:
        return "24h"
    return "1h" if facts.last_at - facts.first_at < PRESETS["1h"] else "24h"


def choose(
    choice: str,
    facts: Facts,
    now: datetime,
    custom: tuple[datetime, datetime] | None = None,
) -> Shown:
    """The span of a choice; times are naive UTC.

    A preset ends now; where it would hold nothing, as the newest line is older or is of the
    future, it ends with that. custom: the two ends, in any order.
    """
    newest = facts.last_at or now
    end = _next_minute(now)
    if choice == CUSTOM and custom is not None:
        start, end = sorted(custom)
        return Shown(Range(start, end if end > start else start + _MINUTE), False)
    if choice in PRESETS:
        is_past = newest < end - PRESETS[choice] or newest >= end
        if is_past:
            end = _next_minute(newest)
        return Shown(Range(end - PRESETS[choice], end), is_past)
    start = _minute(facts.first_at or now)
    return Shown(Range(start, max(_next_minute(newest), start + _MINUTE)), True)


def to_local(at: datetime, zone: ZoneInfo) -> datetime:
    """Naive UTC as naive local time."""
    return at.replace(tzinfo=UTC).astimezone(zone).replace(tzinfo=None)


def to_utc(at: datetime, zone: ZoneInfo) -> datetime:
    """Naive local time as naive UTC."""
    return at.replace(tzinfo=zone).astimezone(UTC).replace(tzinfo=None)


def _minute(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def _next_minute(at: datetime) -> datetime:
    return _minute(at) + _MINUTE

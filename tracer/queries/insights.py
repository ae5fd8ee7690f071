"""Which insights are there, and up to when was looked? Times are naive UTC, as in the store."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from tracer.insights.model import Insight
from tracer.queries.refusals import Line, lines_at
from tracer.store import Reader
from tracer.store.guard import literal
from tracer.store.insights import CHECKED, SAMPLED

MOST_SHOWN = 1000
LINES_REMOVED = "The lines that prove it are older than those that are kept."

_COLUMNS = ", ".join(Insight.__slots__)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Up to when was looked, None for never; and when the store's traffic begins and ends.

    newest_at: where the logs are in time, without lines of wrong clocks.
    """

    sampled_until: datetime | None
    checked_until: datetime | None
    first_at: datetime | None
    newest_at: datetime | None


def clocks(reader: Reader) -> Clocks:
    """The clocks of checks."""
    (row,) = reader.query(f"""
        SELECT (SELECT value FROM meta WHERE key = '{SAMPLED}') AS sampled_until,
            (SELECT value FROM meta WHERE key = '{CHECKED}') AS checked_until,
            (SELECT min(minute) FROM traffic_minutely) AS first_at,
            (SELECT max(coalesce(front_at, last_at)) FROM sources) AS newest_at
    """).to_pylist()
    return Clocks(
        _time(row["sampled_until"]), _time(row["checked_until"]), row["first_at"], row["newest_at"]
    )


def open_insights(reader: Reader) -> list[Insight]:
    """Those that go on, the gravest first, then the latest."""
    return _read(reader, "ended_at IS NULL")


def all_insights(reader: Reader) -> list[Insight]:
    """Those that go on, then the latest others."""
    return _read(reader, "true")


def overlapping(reader: Reader, start: datetime, end: datetime) -> list[Insight]:
    """Those that went on at some time from `start` to before `end`."""
    return _read(
        reader,
        f"opened_at < {literal(end)} AND coalesce(ended_at, {literal(end)}) >= {literal(start)}",
    )


def by_id(reader: Reader, ids: Iterable[int]) -> list[Insight]:
    """Those with these ids."""
    return _read(reader, f"insight_id IN ({', '.join(str(int(each)) for each in ids) or 'NULL'})")


def evidence(reader: Reader, insight: Insight) -> list[Line]:
    """The lines that prove it, the latest first."""
    return lines_at(reader, list(insight.positions))


def _read(reader: Reader, condition: str) -> list[Insight]:
    rows = reader.query(f"""
        SELECT {_COLUMNS} FROM insights WHERE {condition}
        ORDER BY ended_at IS NOT NULL, CASE WHEN ended_at IS NULL THEN severity END,
            opened_at DESC, insight_id DESC LIMIT {MOST_SHOWN}
    """).to_pylist()
    return [Insight(**row) for row in rows]


def _time(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None

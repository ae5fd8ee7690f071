"""What is kept, and what is older than a time? Times are naive UTC, as in the store."""

from dataclasses import dataclass
from datetime import datetime

from tracer.store import Reader
from tracer.store.guard import literal
from tracer.store.retention import FORGOTTEN_BEFORE

TIMEOUT_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class Kept:
    """What the store has: how many lines, since when, and before which time some were removed.

    newest_at: where the logs are in time, without lines of wrong clocks. Times are None where no
    line has one, or none was removed.
    """

    line_count: int
    first_at: datetime | None
    newest_at: datetime | None
    forgotten_before: datetime | None


@dataclass(frozen=True, slots=True)
class Part:
    """Lines that are removed together: all before a time that are not in a part before."""

    until: datetime
    line_count: int


def kept(reader: Reader) -> Kept:
    """What is kept now."""
    (row,) = reader.query(f"""
        SELECT coalesce(sum(line_count), 0)::BIGINT AS line_count, min(first_at) AS first_at,
            max(coalesce(front_at, last_at)) AS newest_at,
            (SELECT value::TIMESTAMP FROM meta WHERE key = '{FORGOTTEN_BEFORE}')
                AS forgotten_before
        FROM sources
    """).to_pylist()
    return Kept(**row)


def older(reader: Reader, before: datetime, most_lines: int) -> list[Part]:
    """The lines with a time before this one, in parts of about most_lines, the oldest first.

    A part has whole minutes, and so more lines where one minute has them.
    """
    rows = reader.query(
        f"""
        SELECT max(minute) + INTERVAL 1 MINUTE AS until, sum(lines)::BIGINT AS line_count
        FROM (
            SELECT minute, lines,
                (sum(lines) OVER (ORDER BY minute) - 1) // {int(most_lines)} AS part
            FROM (
                SELECT date_trunc('minute', occurred_at) AS minute, count(*) AS lines
                FROM event_rows WHERE occurred_at < {literal(before)} GROUP BY minute
            )
        )
        GROUP BY part ORDER BY part
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Part(min(row["until"], before), row["line_count"]) for row in rows]

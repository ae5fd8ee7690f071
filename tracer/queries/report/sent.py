"""Which reports were sent, and whether the mail of one arrived."""

from dataclasses import dataclass
from datetime import date, datetime

from tracer.queries.report.scope import Row, rows
from tracer.store import Reader
from tracer.store.guard import literal


@dataclass(frozen=True, slots=True)
class Kept:
    """A report as the store keeps it; None where it was not made yet."""

    state: str
    settled_at: datetime | None
    text: str | None
    html: str | None
    error: str | None


def kept(reader: Reader, name: str, day: date) -> Kept:
    """The report of a name and day that latest() lists."""
    (row,) = rows(
        reader,
        f"""
        SELECT state, settled_at, text, html, error FROM reports
        WHERE name = {literal(name)} AND day = {literal(day)}
        """,
    )
    return Kept(**row)


def latest(reader: Reader, limit: int) -> list[Row]:
    """name, day, state, attempt_count, claimed_at, settled_at, subject, error; latest first."""
    return rows(
        reader,
        f"""
        SELECT name, day, state, attempt_count, claimed_at, settled_at, subject, error
        FROM reports ORDER BY day DESC, name LIMIT {limit:d}
        """,
    )


def days_of(reader: Reader, name: str, since: date) -> dict[date, str]:
    """The state of a report's days from a day on; and of the latest before it, if there is one."""
    found = rows(
        reader,
        f"""
        SELECT day, state FROM reports WHERE name = {literal(name)}
            AND day >= coalesce((SELECT max(day) FROM reports WHERE name = {literal(name)}
                AND day < {literal(since)}), {literal(since)})
        """,
    )
    return {row["day"]: row["state"] for row in found}


def is_logged(reader: Reader, message_id: str, since: datetime) -> bool:
    """Whether a log shows that a mail of this Message-ID was taken since then."""
    found = rows(
        reader,
        f"""
        SELECT 1 FROM messages WHERE message_id = {literal(message_id)}
            AND last_at >= {literal(since)} LIMIT 1
        """,
    )
    return bool(found)

"""What detectors find, and what is kept of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Severity = Literal["critical", "warning"]

SLOT = timedelta(minutes=5)  # what detectors count by; a check looks at whole slots only
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Sighting:
    """What a detector sees at the end of a slot.

    subject: what it is about, such as a domain; "" where there is but one.
    is_opening: it is enough to begin with; otherwise only to go on.
    text: one sentence without a full stop. advice: what to do, with commands in backquotes.
    search: what finds the messages, in the search language.
    """

    at: datetime
    subject: str
    is_opening: bool
    text: str
    advice: str
    severity: Severity = "warning"
    search: str | None = None


@dataclass(frozen=True, slots=True)
class Insight:
    """What is kept; times are naive UTC.

    positions: lines that prove it, as it began. ended_at: None while it goes on.
    """

    insight_id: int
    detector: str
    subject: str
    severity: Severity
    opened_at: datetime
    last_seen_at: datetime
    ended_at: datetime | None
    text: str
    advice: str
    search: str | None
    positions: Sequence[int]
    acknowledged_at: datetime | None
    acknowledged_by: str | None

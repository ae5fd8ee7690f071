"""What people are told: several openings and ends in one message."""

import re
import socket
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any
from zoneinfo import ZoneInfo

from tracer.cli.terminal import safe
from tracer.insights.detectors import title
from tracer.insights.model import Insight

MOST_TOLD = 20  # in one message; of the others the number is told
# What chats take for markup, names of everybody, or links; text of a log is nobody's to write so.
_MARKUP = re.compile(r"[<>&`*_|\\\[\]]|(?<!\w)@|://|[^ -~]")


@dataclass(frozen=True, slots=True)
class Notice:
    """What is told together. name: the same where it is told again."""

    name: str
    opened: Sequence[Insight]
    ended: Sequence[Insight]

    @property
    def subject(self) -> str:
        """One line, with nothing of a log in it."""
        new, over = len(self.opened), len(self.ended)
        words = [f"{new} new" if new else "", f"{over} over" if over else ""]
        critical = sum(each.severity == "critical" for each in self.opened)
        note = f" ({critical} critical)" if critical else ""
        return f"Mail on {socket.gethostname()}: {', '.join(filter(None, words))}{note}"


def as_mail(notice: Notice, sender: str, to: Sequence[str], zone: str) -> EmailMessage:
    """The mail."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = sender
    mail["To"] = ", ".join(to)
    mail["Subject"] = notice.subject
    mail["Date"] = format_datetime(datetime.now(UTC))
    mail["Message-ID"] = message_id(notice.name, sender)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's vacation is to answer
    mail.set_content("\n".join(_lines(notice, ZoneInfo(zone))))
    return mail


def message_id(name: str, sender: str) -> str:
    """That of a notice's mail."""
    return f"<mailtracer.insight.{name}@{sender.rpartition('@')[2]}>"


def _lines(notice: Notice, zone: ZoneInfo) -> Iterator[str]:
    for heading, insights in (("New", notice.opened), ("Over", notice.ended)):
        if insights:
            yield f"{heading.upper()}\n"
        for insight in insights[:MOST_TOLD]:
            since = f"{insight.opened_at.replace(tzinfo=UTC).astimezone(zone):%a %d %b, %H:%M %Z}"
            yield f"* {safe(insight.text)}."
            yield f"  {title(insight.detector)}, {insight.severity}, since {since}."
            if insights is notice.opened:
                yield f"  What to do: {insight.advice}"
            yield ""
        if len(insights) > MOST_TOLD:
            yield f"and {len(insights) - MOST_TOLD} more\n"
    yield "`mailtracer insights --explain` shows the lines; `--ack ID` says that you have seen one."


def as_json(notice: Notice) -> dict[str, Any]:
    """For programs: a contract. `text` is for chats, without any markup."""
    summary = "\n".join(
        _MARKUP.sub("?", each.text) for each in (*notice.opened, *notice.ended)[:MOST_TOLD]
    )
    return {
        "notice": notice.name,
        "host": socket.gethostname(),
        "text": f"{notice.subject}\n{summary}",
        "opened": [insight_json(each) for each in notice.opened[:MOST_TOLD]],
        "ended": [insight_json(each) for each in notice.ended[:MOST_TOLD]],
        "opened_count": len(notice.opened),
        "ended_count": len(notice.ended),
    }


def insight_json(insight: Insight) -> dict[str, Any]:
    """An insight as JSON has it: times are ISO 8601 in UTC."""

    def time(at: datetime | None) -> str | None:
        return f"{at.isoformat()}Z" if at else None

    return {
        "id": insight.insight_id,
        "detector": insight.detector,
        "subject": insight.subject,
        "severity": insight.severity,
        "opened_at": time(insight.opened_at),
        "last_seen_at": time(insight.last_seen_at),
        "ended_at": time(insight.ended_at),
        "text": insight.text,
        "advice": insight.advice,
        "search": insight.search,
        "positions": list(insight.positions),
        "acknowledged_at": time(insight.acknowledged_at),
        "acknowledged_by": insight.acknowledged_by,
    }

"""Reports that are due: each day's once, also across restarts and with several schedulers.

A day's report is due at its time of the day after. Days that were missed are caught up, from the
last one that the store knows of; a report that is new begins with yesterday's. What could not be
sent is tried again, later each time. Where a sender was killed, nobody knows whether its mail
left: the log is asked first, and a second copy would bear the same Message-ID.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.queries.report import sent
from tracer.reports import as_html, as_text, build, message, sending
from tracer.reports.days import Days
from tracer.reports.model import Request
from tracer.reports.settings import MailSettings, ReportSettings
from tracer.store import Reader
from tracer.store.reports import ABANDONED, FAILED, QUIET, SENT, Claim, Settled

MOST_DAYS = 7  # back that are caught up
_DAY = timedelta(days=1)


class Desk(Protocol):
    """Where claims are made: the store's writer, or what speaks to it."""

    def claim_report(self, wanted: Claim) -> Claim | None:
        """See tracer.store.reports.claim."""

    def settle_report(self, done: Settled) -> None:
        """See tracer.store.reports.settle."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is configured: the reports, the zone of their days, and how mail leaves."""

    reports: Sequence[ReportSettings]
    zone: str
    mail: MailSettings


def send_due(
    plan: Plan, reader: Reader, desk: Desk, now: datetime, tell: Callable[[str], None]
) -> bool:
    """Send what is due; whether none of it failed.

    now: with a zone. tell: is given a line for each.
    """
    fine = True
    for report in plan.reports:
        for day in due_days(report, plan.zone, reader, now):
            identity = message.message_id(report.name, day, plan.mail.from_address)
            claim = desk.claim_report(Claim(report.name, day, identity, _naive(now)))
            if claim is not None:
                done = _sent(report, plan, claim, reader)
                desk.settle_report(done)
                fine &= done.state != FAILED
                note = f", {safe(done.error)}" if done.error else ""  # as a server said
                tell(f"report {safe(report.name)} of {day}: {done.state}{note}")
    return fine


def due_days(report: ReportSettings, zone: str, reader: Reader, now: datetime) -> Iterator[date]:
    """The days whose report is due and not sent yet, oldest first."""
    latest = now.astimezone(ZoneInfo(zone)).date() - _DAY
    if now < _due_at(report, latest, zone):
        latest -= _DAY
    oldest = latest - (MOST_DAYS - 1) * _DAY
    known = sent.days_of(reader, report.name, oldest)
    if not known:
        yield latest
        return
    day = max(oldest, min(known))
    while day <= latest:
        if known.get(day) not in (SENT, QUIET):
            yield day
        day += _DAY


def _due_at(report: ReportSettings, day: date, zone: str) -> datetime:
    return datetime.combine(day + _DAY, time.fromisoformat(report.at), ZoneInfo(zone))


def _sent(report: ReportSettings, plan: Plan, claim: Claim, reader: Reader) -> Settled:
    """Make and send what was claimed."""
    if claim.is_taken_over and sent.is_logged(
        reader, claim.message_id, claim.at - ABANDONED - MOST_DAYS * _DAY
    ):
        return Settled(claim, SENT, _now())
    days = Days(claim.day, claim.day, plan.zone)
    request = Request(days, report.hosts, report.domains, report.detail, report.problems_only)
    try:
        made = build.report(reader, request, _now())
        text, html = as_text.render(made), as_html.render(made)
        if report.problems_only and made.line_count and not made.findings:
            return Settled(claim, QUIET, _now(), made.subject, text, html)
        mail = message.compose(made, plan.mail.from_address, report.to, claim.message_id)
        refused = sending.send(mail, plan.mail)
    except TracerError as error:
        return Settled(claim, FAILED, _now(), error=str(error))
    return Settled(claim, SENT, _now(), made.subject, text, html, refused)


def _now() -> datetime:
    return _naive(datetime.now(UTC))


def _naive(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(tzinfo=None)

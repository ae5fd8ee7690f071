"""Telling people: each opening and each end once by each route, several in one message.

A notice is claimed in the store before it leaves, as a report is: of any number of watchers one
tells it. What could not be sent is tried again, later each time, together with what came meanwhile.
Where a sender was killed, nobody knows whether its notice left: it is sent again under the same
name, a mail only where the log does not show its Message-ID.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time
from uuid import uuid4
from zoneinfo import ZoneInfo

from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.insights import notice, routes
from tracer.insights.check import Desk
from tracer.insights.model import DAY
from tracer.insights.notice import Notice
from tracer.insights.settings import InsightSettings
from tracer.queries.insights import by_id
from tracer.queries.report.sent import is_logged
from tracer.reports import sending
from tracer.reports.settings import MailSettings
from tracer.store import Reader
from tracer.store.insights import ENDED, OPENED

_NEWS = DAY  # what changed longer ago, by the logs' clock, is no news


@dataclass(frozen=True, slots=True)
class InsightPlan:
    """What is configured: the insights' own settings, the zone of quiet hours, and [mail]."""

    settings: InsightSettings
    zone: str
    mail: MailSettings

    @property
    def mail_settings(self) -> MailSettings:
        """How mail about insights leaves."""
        return self.settings.mail or self.mail


def tell(
    plan: InsightPlan, reader: Reader, desk: Desk, now: datetime, say: Callable[[str], None]
) -> bool:
    """Tell by each route what is to be told; whether none of it failed.

    now: with a zone. say: is given a line for each notice.
    """
    fine = True
    for route, send in _routes(plan, reader):
        claim = desk.change_insights(
            {
                "do": "claim",
                "route": route,
                "at": _text(now),
                "since": _text(now - _NEWS),
                "urgent_only": _is_quiet(plan, now),
                "notice": uuid4().hex,
            }
        )
        if claim is None:
            continue
        error = None
        try:
            send(_notice(reader, claim), claim["is_taken_over"])
        except TracerError as failed:
            error = str(failed)
        desk.change_insights(
            {
                "do": "settle",
                "route": route,
                "notice": claim["notice"],
                "at": claim["at"],
                "settled_at": _text(datetime.now(UTC)),
                "is_sent": error is None,
                "error": error,
            }
        )
        fine &= error is None
        say(f"insights by {route}: {f'failed, {safe(error)}' if error else 'sent'}")
    return fine


_Send = Callable[[Notice, bool], None]


def _routes(plan: InsightPlan, reader: Reader) -> Iterator[tuple[str, _Send]]:
    settings, mail = plan.settings, plan.mail_settings
    if settings.to:

        def by_mail(told: Notice, is_taken_over: bool) -> None:
            identity = notice.message_id(told.name, mail.from_address)
            since = datetime.now(UTC).replace(tzinfo=None) - _NEWS
            if not is_taken_over or not is_logged(reader, identity, since):
                sending.send(notice.as_mail(told, mail.from_address, settings.to, plan.zone), mail)

        yield "mail", by_mail
    if address := settings.webhook:
        yield "webhook", lambda told, _: routes.post(notice.as_json(told), address)
    if command := settings.command:
        yield "command", lambda told, _: routes.run(notice.as_json(told), command)


def _notice(reader: Reader, claim: dict[str, object]) -> Notice:
    rows = claim["rows"]
    assert isinstance(rows, list)
    insights = {each.insight_id: each for each in by_id(reader, {r["insight_id"] for r in rows})}
    opened, ended = (
        [insights[row["insight_id"]] for row in rows if row["kind"] == kind]
        for kind in (OPENED, ENDED)
    )
    return Notice(str(claim["notice"]), opened, ended)


def _is_quiet(plan: InsightPlan, now: datetime) -> bool:
    if plan.settings.quiet_hours is None:
        return False
    start, end = plan.settings.quiet_hours
    at: time = now.astimezone(ZoneInfo(plan.zone)).time()
    return start <= at < end if start <= end else at >= start or at < end


def _text(at: datetime) -> str:
    return at.astimezone(UTC).replace(tzinfo=None).isoformat()

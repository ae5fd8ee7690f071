"""Each day's report is sent once: across schedulers, restarts, downtimes, failures and kills."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from tests.tracer.reports.mailserver import MailServer, listening
from tracer.cli import reporting
from tracer.cli.reporting import scheduled
from tracer.queries.report import sent
from tracer.reports.message import message_id
from tracer.reports.schedule import Plan, due_days, send_due
from tracer.reports.settings import MailSettings, ReportSettings
from tracer.sources.chunks import Chunk, Identity
from tracer.store import open_appender, open_reader, open_writer
from tracer.store.reports import Claim

REFUSED = (
    "2026-03-{day:02}T10:30:00+00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
    " x.example[192.0.2.1]: 554 5.7.1 <b@y.example>: Relay access denied; from=<a@x.example>"
    " to=<b@y.example> proto=ESMTP helo=<x.example>\n"
)
LOG = "".join(REFUSED.format(day=day) for day in range(1, 29))


@pytest.fixture
def server() -> Iterator[MailServer]:
    with listening(MailServer()) as running:
        yield running


@pytest.fixture
def store(store_of: Callable[[str], Path]) -> Path:
    return store_of(LOG)


def plan(server: MailServer, zone: str = "UTC", **more: object) -> Plan:
    report = ReportSettings("daily", ("p@lab.example",), detail=0, **more)  # type: ignore[arg-type]
    settings = MailSettings("m@lab.example", "localhost", server.port)
    return Plan([report], zone, settings)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def look(store: Path, planned: Plan, now: datetime) -> list[str]:
    """One look of a scheduler that begins and ends with it; what it says."""
    told: list[str] = []
    with open_appender(store) as desk, open_reader(store) as reader:
        send_due(planned, reader, desk, now, told.append)
    return told


def days(server: MailServer) -> list[str]:
    return [str(mail["Subject"]).partition(" on ")[2].partition(":")[0] for mail in server.mails]


def test_a_day_is_told_once_at_its_time(store: Path, server: MailServer) -> None:
    look(store, plan(server), at(3, 6, 1))
    look(store, plan(server), at(3, 6, 2))
    look(store, plan(server), at(4, 5, 59))
    assert days(server) == ["Monday 2 March 2026"]
    look(store, plan(server), at(4, 6))
    assert days(server)[1:] == ["Tuesday 3 March 2026"]


def test_its_time_is_that_of_the_zone(store: Path, server: MailServer) -> None:
    look(store, plan(server, "Asia/Tokyo"), at(3, 20, 59))
    look(store, plan(server, "Asia/Tokyo"), at(3, 21))
    assert days(server) == ["Monday 2 March 2026", "Tuesday 3 March 2026"]


def test_days_that_were_missed_are_caught_up(store: Path, server: MailServer) -> None:
    look(store, plan(server), at(3, 6))
    look(store, plan(server), at(6, 12))
    assert [day.split()[1] for day in days(server)] == ["2", "3", "4", "5"]
    with open_reader(store) as reader:
        (report,) = plan(server).reports
        due = due_days(report, "UTC", reader, at(27, 12))
        assert [day.day for day in due] == [*range(20, 27)]


def test_several_schedulers_send_one_mail(store: Path, server: MailServer) -> None:
    with open_writer(store), ThreadPoolExecutor(4) as pool:  # each speaks to the owner's socket
        told = [*pool.map(lambda _: look(store, plan(server), at(3, 6)), range(4))]
    assert len(server.mails) == 1
    assert sorted(map(len, told)) == [0, 0, 0, 1]


def test_what_failed_is_tried_again_later_each_time(store: Path, server: MailServer) -> None:
    server.answer = "451 4.3.0 later"
    assert "451 4.3.0 later" in look(store, plan(server), at(3, 6))[0]
    assert look(store, plan(server), at(3, 6, 4)) == []
    assert look(store, plan(server), at(3, 6, 5))
    assert look(store, plan(server), at(3, 6, 14)) == []
    server.answer = "250 ok"
    look(store, plan(server), at(3, 6, 15))
    assert len(server.mails) == 1
    with open_reader(store) as reader:
        (row,) = sent.latest(reader, 5)
    assert (row["state"], row["attempt_count"], row["error"]) == ("sent", 3, None)


def test_it_is_kept(store: Path, server: MailServer) -> None:
    look(store, plan(server), at(3, 6))
    with open_reader(store) as reader:
        (row,) = reader.query("SELECT * FROM reports").to_pylist()
    assert (row["name"], row["day"]) == ("daily", date(2026, 3, 2))
    assert row["subject"] == server.mails[0]["Subject"]
    assert row["message_id"] == server.mails[0]["Message-ID"]
    assert "Rejected" in row["text"]
    assert "Rejected</td>" in row["html"]


def abandon(store: Path, server: MailServer, now: datetime) -> Claim:
    """As a sender that is killed: it claims, and is not heard of again."""
    identity = message_id("daily", date(2026, 3, 2), plan(server).mail.from_address)
    claim = Claim("daily", date(2026, 3, 2), identity, now.replace(tzinfo=None))
    with open_appender(store) as desk:
        assert desk.claim_report(claim) == claim
        assert desk.claim_report(claim) is None
    return claim


def test_a_claim_of_a_killed_sender_is_taken_over(store: Path, server: MailServer) -> None:
    claim = abandon(store, server, at(3, 6))
    look(store, plan(server), at(3, 6, 14))
    assert not server.mails
    look(store, plan(server), at(3, 6, 15))
    assert [mail["Message-ID"] for mail in server.mails] == [claim.message_id]


def test_but_not_sent_again_where_the_log_shows_its_mail(store: Path, server: MailServer) -> None:
    claim = abandon(store, server, at(3, 6))
    line = (
        f"2026-03-03T06:00:01+00:00 mx postfix/cleanup[2]: 4XyZ5t0Q2hz9rxk:"
        f" message-id={claim.message_id}\n"
    ).encode()
    with open_writer(store) as writer:
        writer.append(Chunk(writer.resolve(Identity("/var/log/mail.2", line)), 0, line))
    look(store, plan(server), at(3, 6) + timedelta(minutes=15))
    assert not server.mails
    assert look(store, plan(server), at(3, 7)) == []


def test_a_watcher_sends_once_its_logs_are_read(
    store: Path, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_SECONDS", 0.05)
    told: list[str] = []
    with (
        open_writer(store) as desk,
        scheduled(plan(server, at="00:00"), str(store), desk, told.append),
    ):
        deadline = time.monotonic() + 20
        while not told and time.monotonic() < deadline:
            time.sleep(0.02)
    yesterday = datetime.now(UTC).date() - timedelta(days=1)
    assert told == [f"report daily of {yesterday}: sent"]
    assert len(server.mails) == 1


def test_without_findings_problems_only_is_quiet(store: Path, server: MailServer) -> None:
    late = REFUSED.format(day=2).replace("T10:30", "T23:30").encode()
    with open_writer(store) as writer:
        writer.append(Chunk(writer.resolve(Identity("/var/log/mail.2", late)), 0, late))
    look(store, plan(server, problems_only=True), at(3, 6))
    assert not server.mails
    with open_reader(store) as reader:
        assert [row["state"] for row in sent.latest(reader, 5)] == ["quiet"]
    look(store, plan(server, problems_only=True), at(4, 6))
    assert len(server.mails) == 1  # the log ends in the morning

"""Each opening and each end is told once: across failures, kills, restarts and several watchers."""

import json
import time as clock
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.tracer.insights import webserver, weeks
from tests.tracer.insights.conftest import load
from tests.tracer.insights.webserver import WebServer
from tests.tracer.insights.weeks import FIRST, HOUR, MINUTE
from tests.tracer.reports.mailserver import MailServer, listening
from tracer.cli import reporting
from tracer.cli.reporting import scheduled
from tracer.insights.check import check
from tracer.insights.detectors import DETECTORS
from tracer.insights.schedule import InsightPlan, tell
from tracer.insights.settings import InsightSettings
from tracer.queries.insights import open_insights
from tracer.reports.schedule import Plan
from tracer.reports.settings import MailSettings
from tracer.sources.chunks import Chunk, Identity
from tracer.store import open_appender, open_reader, open_writer

BLOCKED_AT = FIRST + HOUR
DISK_AT = FIRST + 2 * HOUR
OTHERS = frozenset(DETECTORS) - {"blocked", "disk_full"}  # these tests are not about them


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    text = weeks.text(
        weeks.regular(end=FIRST + 18 * HOUR),
        weeks.blocked(BLOCKED_AT),
        weeks.disk_full(DISK_AT),
    )
    return load(tmp_path_factory.mktemp("telling") / "store.duckdb", text)


@pytest.fixture
def store(loaded: Path, copied: Callable[[Path], Path]) -> Path:
    """Blocked from one o'clock on, a disk full at two, and mail until the evening."""
    return copied(loaded)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with listening(MailServer()) as running:
        yield running


@pytest.fixture
def web() -> Iterator[WebServer]:
    with webserver.listening() as running:
        yield running


def by_mail(server: MailServer, **more: object) -> InsightPlan:
    settings = InsightSettings(to=("p@lab.example",), off=OTHERS, **more)  # type: ignore[arg-type]
    return InsightPlan(settings, "UTC", MailSettings("m@lab.example", "localhost", server.port))


def by_web(web: WebServer) -> InsightPlan:
    return InsightPlan(InsightSettings(webhook=web.address, off=OTHERS), "UTC", MailSettings())


def look(store: Path, plan: InsightPlan, at: datetime) -> list[str]:
    """One look of a watcher that begins and ends with it; what it says."""
    said: list[str] = []
    with open_appender(store) as desk, open_reader(store) as reader:
        check(reader, desk, plan.settings, at)
        tell(plan, reader, desk, at.replace(tzinfo=UTC), said.append)
    return said


def subjects(server: MailServer) -> list[str]:
    return [str(mail["Subject"]).partition(": ")[2] for mail in server.mails]


def test_what_begins_and_what_ends_is_told_once(store: Path, server: MailServer) -> None:
    for hours in (0.5, 0.6, 1.3, 4, 14, 15):
        look(store, by_mail(server), BLOCKED_AT + hours * HOUR)
    assert subjects(server) == ["1 new", "1 new (1 critical)", "1 over", "1 over"]
    text = server.mails[0].get_content()
    assert "Our address 203.0.113.10 is refused as listed by Spamhaus" in text
    assert "What to do: Find out what was sent" in text
    assert server.mails[0]["To"] == "p@lab.example"


def test_what_came_together_is_told_together(store: Path, server: MailServer) -> None:
    look(store, by_mail(server), DISK_AT + 10 * MINUTE)
    assert subjects(server) == ["2 new (1 critical)"]


def test_what_was_over_before_it_was_told_is_told_as_such(store: Path, web: WebServer) -> None:
    look(store, by_web(web), DISK_AT + 4 * HOUR)
    (post,) = web.posts
    assert [each["detector"] for each in post["opened"]] == ["blocked", "disk_full"]
    assert [each["detector"] for each in post["ended"]] == ["disk_full"]
    look(store, by_web(web), DISK_AT + 5 * HOUR)
    assert len(web.posts) == 1


def test_old_logs_are_no_news(store: Path, server: MailServer) -> None:
    with open_appender(store) as desk, open_reader(store) as reader:
        check(reader, desk, by_mail(server).settings, DISK_AT + HOUR)
        later = (DISK_AT + timedelta(days=2)).replace(tzinfo=UTC)
        assert tell(by_mail(server), reader, desk, later, print)
        assert len(open_insights(reader)) == 2
    assert not server.mails


def test_several_watchers_tell_once(store: Path, server: MailServer) -> None:
    with open_writer(store), ThreadPoolExecutor(4) as pool:  # each speaks to the owner's socket
        said = [*pool.map(lambda _: look(store, by_mail(server), DISK_AT + HOUR), range(4))]
    assert subjects(server) == ["2 new (1 critical)"]
    assert sorted(map(len, said)) == [0, 0, 0, 1]
    with open_reader(store) as reader:
        assert len(open_insights(reader)) == 2


def test_what_failed_is_told_later_with_what_came_meanwhile(store: Path, web: WebServer) -> None:
    plan, at = by_web(web), BLOCKED_AT + 30 * MINUTE
    web.answer = 503
    assert look(store, plan, at) == ["insights by webhook: failed, the webhook answered 503"]
    assert look(store, plan, at + 4 * MINUTE) == []
    assert look(store, plan, at + 5 * MINUTE)
    assert look(store, plan, at + 14 * MINUTE) == []
    web.answer = 200
    look(store, plan, DISK_AT + 30 * MINUTE)
    (post,) = web.posts
    assert [each["detector"] for each in post["opened"]] == ["blocked", "disk_full"]
    assert post["text"].endswith("(lines within an hour: 1)")


def test_each_route_by_itself(store: Path, server: MailServer, web: WebServer) -> None:
    both = InsightPlan(
        InsightSettings(to=("p@lab.example",), webhook=web.address, off=OTHERS),
        "UTC",
        by_mail(server).mail,
    )
    server.answer = "451 4.3.0 later"
    said = look(store, both, BLOCKED_AT + 30 * MINUTE)
    assert [line.partition(",")[0] for line in said] == [
        "insights by mail: failed",
        "insights by webhook: sent",
    ]
    server.answer = "250 ok"
    look(store, both, BLOCKED_AT + 40 * MINUTE)
    assert (len(server.mails), len(web.posts)) == (1, 1)


def test_mail_about_insights_has_its_own_way(store: Path, server: MailServer) -> None:
    own = MailSettings("alarm@lab.example", "localhost", server.port)
    nowhere = MailSettings("m@lab.example", "localhost", 1)
    plan = InsightPlan(InsightSettings(to=("p@lab.example",), mail=own, off=OTHERS), "UTC", nowhere)
    look(store, plan, DISK_AT + HOUR)
    assert server.mails[0]["From"] == "alarm@lab.example"


def test_at_night_warnings_wait(store: Path, server: MailServer) -> None:
    plan = by_mail(server, quiet_hours=(time(22), time(5)))
    look(store, plan, BLOCKED_AT + 30 * MINUTE)
    assert not server.mails
    look(store, plan, DISK_AT + 30 * MINUTE)
    assert subjects(server) == ["1 new (1 critical)"]
    look(store, plan, FIRST + 5 * HOUR)
    assert subjects(server)[1:] == ["1 new, 1 over"]


def test_what_was_seen_before_is_not_told(store: Path, server: MailServer) -> None:
    at = BLOCKED_AT + 30 * MINUTE
    with open_appender(store) as desk, open_reader(store) as reader:
        check(reader, desk, by_mail(server).settings, at)
        (insight,) = open_insights(reader)
        request = {"do": "acknowledge", "insight_id": insight.insight_id, "by": "eve"}
        assert desk.change_insights({**request, "at": at.isoformat()}) is True
        assert desk.change_insights({**request, "at": at.isoformat()}) is False
        assert open_insights(reader)[0].acknowledged_by == "eve"
    look(store, by_mail(server), at + MINUTE)
    look(store, by_mail(server), FIRST + 15 * HOUR)
    assert subjects(server) == ["1 new, 1 over (1 critical)"]  # of the disk alone


def killed(store: Path, plan: InsightPlan, route: str, at: datetime) -> str:
    """As a watcher that is killed while it sends; gives the notice's name."""
    with open_appender(store) as desk, open_reader(store) as reader:
        check(reader, desk, plan.settings, at)
        claim = desk.change_insights(
            {
                "do": "claim",
                "route": route,
                "at": at.isoformat(),
                "since": FIRST.isoformat(),
                "urgent_only": False,
                "notice": "n1",
            }
        )
        assert claim["notice"] == "n1"
    return "n1"


def test_a_claim_of_a_killed_watcher_is_taken_over(store: Path, web: WebServer) -> None:
    at = BLOCKED_AT + 30 * MINUTE
    name = killed(store, by_web(web), "webhook", at)
    look(store, by_web(web), at + 14 * MINUTE)
    assert not web.posts
    look(store, by_web(web), at + 15 * MINUTE)
    assert [post["notice"] for post in web.posts] == [name]


def test_but_no_mail_is_sent_again_that_the_log_shows(store: Path, server: MailServer) -> None:
    at = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    killed(store, by_mail(server), "mail", DISK_AT)
    line = (
        f"{at.isoformat()}+00:00 mx postfix/cleanup[2]: 4XyZ5t0Q2hz9rxk:"
        " message-id=<mailtracer.insight.n1@lab.example>\n"
    ).encode()
    with open_writer(store) as writer:
        writer.append(Chunk(writer.resolve(Identity("/var/log/mail.2", line)), 0, line))
    assert look(store, by_mail(server), DISK_AT + 20 * MINUTE) == ["insights by mail: sent"]
    assert not server.mails


def test_a_command_gets_the_facts_and_no_shell(store: Path, tmp_path: Path) -> None:
    command = tmp_path / "page it"
    command.write_text('#!/bin/sh\nprintf "%s\\n" "$@" > "$0.args"\ncat > "$0.facts"\n')
    command.chmod(0o755)
    settings = InsightSettings(command=(str(command), "$(touch x); `id`"))
    said = look(store, InsightPlan(settings, "UTC", MailSettings()), DISK_AT + HOUR)
    assert said == ["insights by command: sent"]
    assert Path(f"{command}.args").read_text() == "$(touch x); `id`\n"
    facts = json.loads(Path(f"{command}.facts").read_text())
    assert [each["severity"] for each in facts["opened"]] == ["warning", "critical"]


def test_a_command_that_fails_is_tried_again(store: Path) -> None:
    settings = InsightSettings(command=("/bin/sh", "-c", "echo no page >&2; exit 3"))
    said = look(store, InsightPlan(settings, "UTC", MailSettings()), DISK_AT + HOUR)
    assert said == ["insights by command: failed, /bin/sh failed (3): no page"]


@pytest.mark.parametrize("answer", [302, 307, 404])
def test_a_webhook_is_not_redirected_and_its_address_not_told(
    store: Path, web: WebServer, answer: int
) -> None:
    web.answer = answer
    said = look(store, by_web(web), DISK_AT + HOUR)
    assert said == [f"insights by webhook: failed, the webhook answered {answer}"]
    assert web.asked == ["/hooks/s3cret"]
    assert "s3cret" not in repr(by_web(web))


def test_a_webhook_that_is_down_does_not_tell_its_address(store: Path) -> None:
    settings = InsightSettings(webhook="http://127.0.0.1:1/hooks/s3cret")
    (said,) = look(store, InsightPlan(settings, "UTC", MailSettings()), DISK_AT + HOUR)
    assert "cannot be reached" in said
    assert "s3cret" not in said


def test_many_make_one_message(tmp_path: Path, web: WebServer) -> None:
    said = (
        "host mx.x.example[192.0.2.8] said: 554 5.7.1 poor reputation (in reply to RCPT TO command)"
    )
    tries = [
        weeks.attempt(BLOCKED_AT, "C0FFEE1", "mx", "bounced", f"a@d{n}.example", said)
        for n in range(60)
        for _ in range(5)
    ]
    store = load(tmp_path / "many.duckdb", weeks.text(weeks.regular(end=FIRST + 3 * HOUR), *tries))
    look(store, by_web(web), FIRST + 2 * HOUR)
    look(store, by_web(web), FIRST + 2.5 * HOUR)
    (post,) = web.posts
    assert len(post["opened"]) == post["opened_count"] == 20  # as many as are looked at


def test_a_watcher_looks_and_tells(
    tmp_path: Path, web: WebServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_SECONDS", 0.05)
    now = datetime.now(UTC).replace(tzinfo=None)
    text = weeks.text(weeks.regular(now - 3 * HOUR, now), weeks.blocked(now - 30 * MINUTE))
    store = load(tmp_path / "live.duckdb", text)
    said: list[str] = []
    nothing = Plan((), "UTC", MailSettings())
    with (
        open_writer(store) as desk,
        scheduled(nothing, str(store), desk, said.append, by_web(web)),
    ):
        deadline = clock.monotonic() + 20
        while not said and clock.monotonic() < deadline:
            clock.sleep(0.02)
    assert said == ["insights by webhook: sent"]
    assert [each["detector"] for each in web.posts[0]["opened"]] == ["blocked"]


def test_time_goes_on_without_lines_where_logs_are_live(tmp_path: Path) -> None:
    """Silence itself is what is wrong then; logs of long ago are not silent, they are over."""
    end = FIRST + timedelta(days=5)
    store = load(tmp_path / "silent.duckdb", weeks.text(weeks.regular(end=end)))
    plan = InsightPlan(InsightSettings(), "UTC", MailSettings())

    def found(now: datetime, *, is_idle: bool) -> list[str]:
        with open_appender(store) as desk, open_reader(store) as reader:
            reporting.look(plan, reader, desk, now.replace(tzinfo=UTC), print, is_idle=is_idle)
            return sorted(each.detector for each in open_insights(reader))

    assert found(end + timedelta(days=2), is_idle=True) == []
    assert found(end + 1 * HOUR, is_idle=True) == []
    assert found(end + 3 * HOUR, is_idle=False) == []
    assert found(end + 3 * HOUR, is_idle=True) == ["log_silent", "no_mail"]

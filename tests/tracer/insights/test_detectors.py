"""Each trouble is found, begins and ends; what is as ever is not."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.tracer.insights import weeks
from tests.tracer.insights.conftest import load, look
from tests.tracer.insights.weeks import BAD, HOUR
from tracer.insights.detectors import DETECTORS
from tracer.insights.model import Insight
from tracer.insights.notice import Notice, as_mail
from tracer.insights.settings import InsightSettings
from tracer.queries import metrics
from tracer.queries.insights import all_insights, evidence, open_insights
from tracer.queries.search_language import parse
from tracer.reports import as_text, build
from tracer.reports.days import Days
from tracer.reports.model import Request
from tracer.store import open_reader, open_writer

# detector and subject -> how long after BAD it is open at the latest, and over at the latest
EXPECTED = {
    ("queue_growing", ""): (1.5, 4.5),
    ("queue_stuck", "mx"): (1.5, 2.5),  # of the same messages
    ("blocked", "Spamhaus"): (2.25, 14.5),
    ("account_sending", "carla"): (3.5, 6),
    ("password_guessed", "dora from 198.51.100.66"): (4.5, 28.6),
    ("password_guessed", "gina from 198.51.102.8"): (16.6, 40.6),
    ("no_mail", "mx2"): (7, 13.2),
    ("log_silent", "/var/log/mail.log of mx2"): (7, 13.2),
    ("spam_wave", ""): (7.5, 9),
    ("virus_wave", ""): (8.5, 10),
    ("tls_failing", "cannot use: mx"): (9.25, 11.25),
    ("greylisting", "from pool.example"): (9.25, 23),
    ("tls_failing", "postfix.tls_failed"): (9.5, 12),
    ("disk_full", "mx"): (10.25, 12.25),
    ("database_failing", "mx"): (11.25, 12.25),
    ("signatures_old", "mx"): (12.25, 36.25),
    ("destination_failing", "busy.example"): (14.5, 17),
    ("queue_stuck", "mx2"): (16.6, 17.5),
    ("lines_not_understood", "/var/log/mail.log of mx"): (18.5, 22),
    ("password_guessing", ""): (20.5, 23.5),
    ("password_guessing_slow", ""): (12, 40),
    ("password_guessing_slow", "account emil"): (13, 30),
    ("password_guessing_slow", "network 198.51.101.0/24"): (23, 40),
    ("signatures_failing", "mx"): (33.1, 36.2),
}


def test_on_bad_days_all_that_is_wrong_is_found_and_nothing_else(found: list[Insight]) -> None:
    assert {(each.detector, each.subject) for each in found} == set(EXPECTED)
    assert len(found) == len(EXPECTED)
    assert {each.detector for each in found} == set(DETECTORS)


@pytest.mark.parametrize(("detector", "subject"), EXPECTED)
def test_it_begins_and_ends_in_time(found: list[Insight], detector: str, subject: str) -> None:
    (insight,) = [each for each in found if (each.detector, each.subject) == (detector, subject)]
    opened, ended = EXPECTED[detector, subject]
    assert BAD < insight.opened_at <= BAD + opened * HOUR
    assert insight.opened_at >= BAD + (opened - 1) * HOUR
    assert insight.ended_at is not None
    assert insight.opened_at < insight.ended_at <= BAD + ended * HOUR
    assert insight.text
    assert insight.advice.endswith(".")
    assert insight.search is None or parse(insight.search)


def test_its_lines_prove_it(found: list[Insight], bad_store: Path) -> None:
    words = {
        "queue_growing": "600D",
        "queue_stuck": "client=",
        "blocked": "zen.spamhaus.org",
        "account_sending": "sasl_username=carla",
        "password_guessed": "rip=198.51.10",
        "no_mail": "client=unknown[198.51.100.9]",
        "spam_wave": "spamd: result: Y",
        "virus_wave": "infected by",
        "greylisting": "Greylisted",
        "disk_full": "No space left",
        "database_failing": "Connect failed to database",
        "signatures_failing": "Update failed",
        "signatures_old": "older than 7 days",
        "destination_failing": "Connection timed out",
        "lines_not_understood": "quux",
        "password_guessing": "auth failed",
        "password_guessing_slow": "auth failed",
    }
    with open_reader(bad_store) as reader:
        for insight in found:
            lines = [line.text for line in evidence(reader, insight)]
            assert len(lines) == len(insight.positions) <= 5
            assert bool(lines) == (insight.detector != "log_silent")
            if insight.detector in words:
                assert all(words[insight.detector] in line for line in lines), lines


def test_it_is_the_same_however_often_was_looked(
    found: list[Insight], bad_store: Path, copied: Callable[[Path], Path]
) -> None:
    store = copied(bad_store)
    for hours in (1.4, 7.1, 14.6, 15.9, 20.7):
        look(store, BAD + hours * HOUR)
    again = look(store, weeks.LAST)
    assert list(map(_without_id, again)) == list(map(_without_id, found))


def _without_id(insight: Insight) -> dict[str, object]:
    return {name: getattr(insight, name) for name in Insight.__slots__ if name != "insight_id"}


def test_quiet_days_have_none(tmp_path: Path) -> None:
    end = weeks.FIRST + timedelta(days=6)
    text = weeks.text(weeks.quiet(11, end=end), weeks.regular(end=end))
    assert look(load(tmp_path / "quiet.duckdb", text), end) == []


def test_with_little_history_nothing_is_unusual(tmp_path: Path) -> None:
    """But what wants no comparison is found."""
    at = weeks.FIRST + HOUR
    troubles = [trouble(at + 2 * n * HOUR) for n, trouble in enumerate(weeks.TROUBLES)]
    text = weeks.text(weeks.regular(end=at + 36 * HOUR), *troubles)
    found = look(load(tmp_path / "new.duckdb", text), at + 36 * HOUR)
    assert {each.detector for each in found} == {
        "blocked", "database_failing", "disk_full", "greylisting", "password_guessed",
        "signatures_failing", "signatures_old", "tls_failing",
    }  # fmt: skip


AT = BAD + 2.5 * HOUR


@pytest.fixture(scope="module")
def going_on(bad_store: Path, copied: Callable[[Path], Path]) -> Path:
    """Looked at up to AT, when some are open."""
    store = copied(bad_store)
    assert {each.detector for each in look(store, AT) if not each.ended_at} >= {"blocked"}
    return store


def test_those_that_go_on_are_told_to_a_monitoring_system(
    going_on: Path, copied: Callable[[Path], Path]
) -> None:
    store = copied(going_on)
    with open_writer(store) as desk:
        blocked, *others = sorted(open_insights(desk), key=lambda each: each.detector)
        request = {"do": "acknowledge", "insight_id": blocked.insight_id, "by": "p"}
        assert desk.change_insights({**request, "at": AT.isoformat()})
        told = {each.detector: each for each in metrics.insights(desk)}
    assert told["blocked"] == metrics.Insights("blocked", "warning", 1, 0)
    assert others
    assert all(told[each.detector].unacknowledged_count == 1 for each in others)
    assert any(each.open_count == 0 for each in told.values()), "what is over"


def test_what_is_not_looked_for_any_more_is_over(
    going_on: Path, copied: Callable[[Path], Path]
) -> None:
    store, at = copied(going_on), AT
    off = InsightSettings(off=frozenset({"blocked"}))
    ended = {each.detector: each.ended_at for each in look(store, at + HOUR / 2, off)}
    assert ended["blocked"] == at + HOUR / 2 - 5 * weeks.MINUTE


def test_what_a_former_version_found_is_shown_and_is_over(
    going_on: Path, copied: Callable[[Path], Path]
) -> None:
    store, at = copied(going_on), AT
    with duckdb.connect(str(store)) as connection:
        connection.execute("UPDATE insights SET detector = 'no_such' WHERE detector = 'blocked'")
    with open_reader(store) as reader:
        former = [each for each in all_insights(reader) if each.detector == "no_such"]
        assert "no_such" in as_text.render(
            build.report(reader, Request(Days(at.date(), at.date(), "UTC")), at)
        )
    assert (
        "no_such, warning"
        in as_mail(Notice("n", former, ()), "m@lab.example", [], "UTC").as_string()
    )
    ended = {each.detector: each.ended_at for each in look(store, at + HOUR / 2)}
    assert ended["no_such"] == at + HOUR / 2 - 5 * weeks.MINUTE


def test_settings_say_from_how_many_on_and_which_not_at_all(
    bad_store: Path, copied: Callable[[Path], Path]
) -> None:
    settings = InsightSettings(off=frozenset({"disk_full"}), least={"blocked": 9, "virus_wave": 31})
    found = {each.detector for each in look(copied(bad_store), BAD + 11 * HOUR, settings)}
    assert {"tls_failing", "spam_wave", "no_mail"} < found
    assert not found & {"disk_full", "blocked", "virus_wave"}

"""What strangers chose in a log stays text, wherever an insight shows it."""

import shlex
from pathlib import Path

import pytest

from tests.tracer.insights import weeks
from tests.tracer.insights.conftest import load, look
from tests.tracer.insights.weeks import FIRST, HOUR
from tracer.cli import main
from tracer.insights.notice import Notice, as_json, as_mail
from tracer.queries.insights import all_insights
from tracer.queries.search_language import parse
from tracer.store import open_reader

SAID = "host mx.x.example[192.0.2.8] said: 554 5.7.1 poor reputation (in reply to RCPT TO command)"
DOMAINS = (
    "a'$day;--",
    '<!channel"\\',
    "@here.example",
    "x\x1b[31mred.example",
    "{since}",
    "x://y",
)


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    at = FIRST + HOUR
    tries = [
        weeks.attempt(at, "C0FFEE1", "mx", "bounced", f"a@{domain}", SAID)
        for domain in DOMAINS
        for _ in range(5)
    ]
    path = tmp_path_factory.mktemp("hostile") / "store.duckdb"
    load(path, weeks.text(weeks.regular(end=at + HOUR), *tries))
    assert len(look(path, at + HOUR)) == len(DOMAINS)
    return path


def test_a_subject_is_as_the_log_has_it(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["insights", "--db", str(store), "--zone", "UTC", "--explain"]) == 1
    printed = capsys.readouterr().out
    assert "\x1b" not in printed
    assert r"x\x1b[31mred.example" in printed
    commands = [each for each in printed.splitlines() if "Messages: " in each]
    assert len(commands) == len(DOMAINS)
    assert all(len(shlex.split(each)) == 5 for each in commands), "one word to a shell"
    with open_reader(store) as reader:
        found = all_insights(reader)
    assert {each.subject for each in found} == {d.rpartition("@")[2] for d in DOMAINS}
    assert all(each.positions and parse(each.search or "") for each in found)


def test_a_notice_has_no_markup_of_theirs(store: Path) -> None:
    with open_reader(store) as reader:
        notice = Notice("n1", all_insights(reader), ())
    mail = as_mail(notice, "m@lab.example", ["p@lab.example"], "UTC")
    assert "\x1b" not in mail.as_string()
    assert mail["Subject"].endswith(": 6 new")
    chat = as_json(notice)["text"]
    assert not set(chat) & set("<>&`*_|[]\\\x1b")
    assert not {"@here", "://"} & {
        chat[n : n + width] for n in range(len(chat)) for width in (3, 5)
    }

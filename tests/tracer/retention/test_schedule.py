"""When old lines are removed by themselves, and by whose clock."""

import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from tests.tracer.cli.test_watch import eventually
from tests.tracer.store.samples import load
from tracer.cli import reporting
from tracer.cli.reporting import scheduled
from tracer.queries.retention import Kept, kept
from tracer.reports.schedule import Plan
from tracer.reports.settings import NO_MAIL
from tracer.retention import removal, schedule
from tracer.retention.schedule import Retention, remove_due
from tracer.store import open_writer

NOTHING = Plan((), "UTC", NO_MAIL)  # is sent
MONTH = Retention(30, "Europe/Berlin")


def naive(text: str) -> datetime:
    return datetime.fromisoformat(text)


def held(newest: str | None, forgotten: str | None = None) -> Kept:
    return Kept(1, None, newest and naive(newest), forgotten and naive(forgotten))  # type: ignore[arg-type]


def now(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("newest", "clock", "boundary"),
    [
        ("2026-07-31 12:00", "2026-07-31 12:00", "2026-06-30 22:00"),  # midnight of 1 July there
        ("2026-07-31 21:59", "2026-07-31 21:59", "2026-06-30 22:00"),
        ("2026-07-31 22:00", "2026-07-31 22:00", "2026-07-01 22:00"),  # the first of August there
        ("2026-04-20 12:00", "2026-04-20 12:00", "2026-03-20 23:00"),  # its clocks changed
        ("2026-07-31 12:00", "2099-01-01 00:00", "2026-06-30 22:00"),  # this clock is wrong
        ("2099-01-01 00:00", "2026-07-31 12:00", "2026-06-30 22:00"),  # that of a log is
        (None, "2026-07-31 12:00", None),
    ],
)
def test_whole_days_before_the_newest_lines_day_are_kept(
    newest: str | None, clock: str, boundary: str | None
) -> None:
    assert MONTH.boundary(held(newest), now(clock)) == (boundary and naive(boundary))


def test_it_is_due_once_a_day_at_three() -> None:
    yesterday, today = "2026-06-29 22:00", "2026-06-30 22:00"
    newest = "2026-07-31 09:00"
    assert MONTH.due(held(newest, yesterday), now("2026-07-31 00:59")) is None
    assert MONTH.due(held(newest, yesterday), now("2026-07-31 01:00")) == naive(today)
    assert MONTH.due(held(newest, today), now("2026-07-31 01:01")) is None
    # also later, where nothing ran at three, and never back
    assert MONTH.due(held(newest), now("2026-07-31 20:00")) == naive(today)
    assert MONTH.due(held(newest, "2026-07-30 22:00"), now("2026-07-31 20:00")) is None


def test_the_next_is_told() -> None:
    for clock, following in (
        ("2026-07-31 00:59", "2026-07-31 01:00"),
        ("2026-07-31 01:00", "2026-08-01 01:00"),
        ("2026-10-24 12:00", "2026-10-25 02:00"),
    ):
        assert MONTH.next_at(now(clock)) == now(following)


def test_it_is_done_beside_a_writer_and_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reporting, "_SECONDS", 0.05)
    monkeypatch.setattr(removal, "MOST_LINES", 100)
    line = "2026-03-{:02}T12:{:02}:00+00:00 mx postfix/smtpd[1]: connect from a[192.0.2.1]\n"
    text = "".join(line.format(day, minute) for day in range(1, 21) for minute in range(60))
    said: list[str] = []
    path = tmp_path / "store.duckdb"
    with open_writer(path) as writer:
        load(writer, text.encode())
        with scheduled(NOTHING, str(path), writer, said.append, None, Retention(3, "UTC")):
            eventually(lambda: bool(said))
        assert said == ["removed 960 lines from before 2026-03-17"]
        assert kept(writer).first_at == naive("2026-03-17 12:00")
        with scheduled(NOTHING, str(path), writer, said.append, None, Retention(3, "UTC")):
            time.sleep(0.3)  # it was done today
        assert len(said) == 1


def test_what_takes_long_goes_on_later(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(removal, "MOST_LINES", 10)
    monkeypatch.setattr(schedule, "_MOST_SECONDS", 0.0)
    line = "2026-03-{:02}T12:00:00+00:00 mx postfix/smtpd[1]: connect from a[192.0.2.1]\n"
    said: list[str] = []
    with open_writer(tmp_path / "store.duckdb") as writer:
        load(writer, "".join(line.format(day) * 10 for day in range(1, 6)).encode())
        for _ in range(6):  # once more than there is something to do
            remove_due(
                Retention(2, "UTC"), writer, writer, now("2026-11-01"), said.append,
                lambda seconds: False,
            )  # fmt: skip
        assert kept(writer).first_at == naive("2026-03-03 12:00")
        assert kept(writer).forgotten_before == naive("2026-03-03 00:00")
    assert said == ["removed 10 lines from before 2026-03-03"] * 2

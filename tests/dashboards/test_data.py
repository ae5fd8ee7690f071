"""What is remembered between pages, and until when."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import streamlit as st

from dashboards import DB_VARIABLE, data
from tests.dashboards.conftest import ingest
from tracer.cli import main
from tracer.queries import overview
from tracer.queries.overview import Range
from tracer.store import open_writer

LINE = "2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: connect from client.example[192.0.2.1]\n"


@pytest.fixture
def log(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A log of one line, which is in the store that the dashboard shows."""
    log = tmp_path / "mail.log"
    log.write_text(LINE)
    monkeypatch.setitem(os.environ, DB_VARIABLE, str(ingest(tmp_path / "store.duckdb", log)))
    st.cache_data.clear()
    yield log
    st.cache_data.clear()


def append(log: Path) -> None:
    with log.open("a") as file:
        file.write(LINE)
    assert main(["ingest", "--db", str(data.store_path()), "--zone", "UTC", str(log)]) == 0


def leave_alone() -> None:
    """As if nothing had been written for a minute."""
    path = data.store_path()
    for file in (path, path.with_name(f"{path.name}.wal")):
        if file.exists():
            os.utime(file, (time.time() - 60,) * 2)


def test_a_store_that_is_left_alone_is_asked_once(log: Path) -> None:
    leave_alone()
    first = data.facts()
    data.reader().close()
    written = data.store_path().stat().st_mtime_ns
    with data.store_path().open("rb+") as file:
        file.write(b"no store any more" * 1000)
    os.utime(data.store_path(), ns=(written, written))
    assert data.facts() == first


def test_what_is_committed_shows_within_a_second(log: Path) -> None:
    leave_alone()
    assert data.facts().line_count == 1
    with open_writer(data.store_path()):
        for line_count in (2, 3):
            append(log)
            time.sleep(1)
            assert data.facts().line_count == line_count
            leave_alone()
            assert data.facts().line_count == line_count
    append(log)
    time.sleep(1)
    assert data.facts().line_count == 4


def test_a_store_in_place_of_another_is_asked_anew(log: Path, tmp_path: Path) -> None:
    leave_alone()
    assert data.facts().line_count == 1
    log.write_text(LINE * 5)
    ingest(tmp_path / "other.duckdb", log).replace(data.store_path())
    leave_alone()
    assert data.facts().line_count == 5


def test_each_filter_and_zone_has_an_answer_of_its_own(
    day_store: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(os.environ, DB_VARIABLE, str(day_store))
    st.cache_data.clear()
    facts = data.facts()
    assert facts.first_at is not None
    assert facts.last_at is not None
    spans = [
        Range(start, facts.last_at) for start in (facts.first_at, facts.last_at.replace(hour=0))
    ]
    asked = [
        (span, host, zone)
        for span in spans
        for host in (None, *data.hosts())
        for zone in ("UTC", "Asia/Kolkata")
    ]
    for _ in range(2):  # asked, and remembered
        for span, host, zone in asked:
            counted = overview.totals(data.reader(), span, host)
            assert data.totals(facts, span.start, span.end, host) == counted
            buckets = overview.series(data.reader(), span, host, zone)
            assert data.series(facts, span.start, span.end, host, zone) == buckets
    assert len({str(overview.series(data.reader(), *each)) for each in asked}) == len(asked)

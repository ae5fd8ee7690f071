"""The page about Mailtracer itself, over real stores."""

import os
import shutil
from datetime import datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import KEEP_VARIABLE
from tests.dashboards.conftest import Opener, ingest, page_text
from tracer.store import open_writer


def opened(open_page: Opener, db: Path) -> AppTest:
    page = open_page(db, "system")
    assert not page.exception
    assert page.title[0].value == "Is every log read and understood?"
    return page


def test_each_log_is_listed_with_how_far_it_was_read(tmp_path: Path, open_page: Opener) -> None:
    log, other = tmp_path / "mail.log", tmp_path / "other.log"
    log.write_text("2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]\n" * 2)
    other.write_text("2026-11-24T13:00:00+00:00 mx mystery[1]: <b>17</b>\n")
    page = opened(open_page, ingest(tmp_path / "store.duckdb", log, other))
    logs, drafts = page.dataframe[0].value, page.dataframe[1].value
    assert dict(
        zip(logs["Log"], zip(logs["Lines"], logs["Not understood"], strict=True), strict=True)
    ) == {
        str(other): (1, 1),
        str(log): (2, 0),
    }
    assert list(logs["Read"]) == [other.stat().st_size, log.stat().st_size]
    assert list(drafts["Lines"]) == [1]
    assert "2 of 3 lines of 2 logs are understood" in page_text(page)
    assert "mailtracer watch" in page_text(page)


def test_tables_and_versions_are_told(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store)
    tables = next(t.value for t in page.dataframe if "Table" in t.value)
    parts = next(t.value for t in page.dataframe if "Part" in t.value)
    assert dict(zip(tables["Table"], tables["Rows"], strict=True))["lines"] == 9083
    assert {"mailtracer", "DuckDB", "schema", "read model messages"} <= set(parts["Part"])


def test_how_long_lines_are_kept_and_which_were_removed(
    day_store: Path, tmp_path: Path, open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = Path(shutil.copy(day_store, tmp_path / "store.duckdb"))
    before = page_text(opened(open_page, store))
    assert "Nothing is removed by itself" in before
    assert "was removed" not in before
    monkeypatch.setitem(os.environ, KEEP_VARIABLE, "30 Europe/Berlin")
    with open_writer(store) as writer:
        writer.forget(datetime(2026, 3, 2, 6))  # noqa: DTZ001 - naive UTC
        page = opened(open_page, store)
        said = page_text(page)
    assert "What is older than 2 Mar 2026, 06:00 was removed" in said
    assert "Lines are kept for 30 days" in said
    assert "The next removal is on " in said
    figures = {metric.label: metric.value for metric in page.metric}
    assert (figures["Lines kept"], figures["First line kept"]) == ("7,144", "2 Mar 2026")
    page = opened(open_page, store)  # nobody writes it now
    assert "removed while `mailtracer watch` or `up` runs" in page_text(page)


def test_a_range_that_begins_before_what_is_kept_says_so(
    day_store: Path, tmp_path: Path, open_page: Opener
) -> None:
    store = Path(shutil.copy(day_store, tmp_path / "store.duckdb"))
    with open_writer(store) as writer:
        writer.forget(datetime(2026, 3, 2, 6))  # noqa: DTZ001 - naive UTC
    times = {"range": "Custom", "to": "2026-03-02T12:00", "zone": "UTC"}
    for start, is_said in (("2026-03-02T05:00", True), ("2026-03-02T06:00", False)):
        page = open_page(store, "rejections", **times, **{"from": start})
        assert not page.exception
        text = "What was logged before Mon 2 Mar 2026, 06:00 is removed"
        assert (text in page_text(page)) == is_said

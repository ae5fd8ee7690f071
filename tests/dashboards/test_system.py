"""The page about Mailtracer itself, over real stores."""

from pathlib import Path

from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import Opener, ingest, page_text


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

"""The first page, over real stores."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import plotly.io
import pytest
from streamlit.testing.v1 import AppTest

from dashboards import charts, data
from dashboards.ranges import LABELS
from tests.dashboards.conftest import Opener, ingest, page_text
from tracer.projections.traffic import OUTCOMES
from tracer.reasons import CLASSES


def metrics(page: AppTest) -> dict[str, int]:
    assert not page.exception
    return {m.label.lower(): int(m.value.replace(",", "")) for m in page.metric}


def ask(sql: str, **parameters: object) -> list[dict[str, Any]]:
    """Rows from the store of the page that was opened last."""
    rows: list[dict[str, Any]] = data.reader().query(sql, parameters).to_pylist()
    return rows


def counted(where: str) -> dict[str, int]:
    rows = ask(
        f"SELECT outcome, sum(count)::BIGINT AS n FROM traffic_minutely WHERE {where} GROUP BY ALL"
    )
    return dict.fromkeys(OUTCOMES, 0) | {row["outcome"]: row["n"] for row in rows}


def test_the_newest_day_is_shown_with_what_sql_counts(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store)
    assert page.title[0].value == "Is mail flowing?"
    (row,) = ask("SELECT max(occurred_at) AS newest FROM events")
    end = row["newest"].replace(second=0, microsecond=0) + timedelta(minutes=1)
    expected = counted(f"minute >= TIMESTAMP '{end - timedelta(days=1)}' AND minute < '{end}'")
    assert metrics(page) == expected
    assert all(expected.values()), "the sample day has some of everything"
    assert "The logs end there" in page_text(page)
    assert "Not live" in page_text(page)


def test_the_address_says_what_is_shown(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, range="All", host="relay", zone="Asia/Kolkata")
    assert metrics(page) == counted("host = 'relay'")
    (row,) = ask("SELECT min(occurred_at) AS first FROM events")
    first = row["first"].replace(second=0) + timedelta(hours=5, minutes=30)
    assert f"from {first:%a %-d %b %Y, %H:%M}" in page_text(page)


def test_controls_change_what_is_shown(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store)
    before = metrics(page)
    page.selectbox(key="host").select("mx").run()
    assert metrics(page)["received"] < before["received"]
    page.selectbox(key="host").select("All hosts").run()
    assert metrics(page) == before


def test_rejections_and_failures_are_counted_by_reason_with_advice(
    day_store: Path, open_page: Opener
) -> None:
    page = open_page(day_store, range="All")
    tables = [t.value for t in page.dataframe if "Reason" in t.value]
    counted = ("rejections", "delivery_failures WHERE status IN ('deferred', 'bounced')")
    for table, view in zip(tables, counted, strict=True):
        rows = ask(f"SELECT reason_class, sum(repeated)::BIGINT AS n FROM {view} GROUP BY ALL")
        assert dict(zip(table["Reason"], table["Count"], strict=True)) == {
            CLASSES[row["reason_class"]].title: row["n"] for row in rows
        }
        assert list(table["Count"]) == sorted(table["Count"], reverse=True)
        assert all(table["What to do"])
    listed = tables[0].set_index("Reason")["Refused by"]
    assert listed[CLASSES["blocklisted"].title] == "dnsbl.lab.example"


def test_what_waits_is_drawn_by_age_and_deferrals_by_reason(
    day_store: Path, open_page: Opener
) -> None:
    page = open_page(day_store, range="All")
    (spent,) = (t.value for t in page.dataframe if "Deferred because" in t.value)
    rows = ask(
        "SELECT reason_class, sum(repeated)::BIGINT AS n FROM delivery_failures "
        "WHERE status = 'deferred' GROUP BY ALL"
    )
    assert dict(zip(spent["Deferred because"], spent["Attempts"], strict=True)) == {
        CLASSES[row["reason_class"]].title: row["n"] for row in rows
    }
    figures = [plotly.io.from_json(chart.proto.spec) for chart in page.get("plotly_chart")]
    (waiting,) = (figure for figure in figures if figure.data[0].name in charts.AGES)
    (row,) = ask("SELECT count(*) AS n FROM messages WHERE NOT is_removed")
    assert sum(trace.y[-1] for trace in waiting.data) == row["n"]


def test_changes_are_against_yesterday_and_a_week_before(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "".join(
            f"2026-11-{day:02}T{hour}:30:00+00:00 mx postfix/smtpd[1]: {day:02}A{n:07}: "
            "client=x[192.0.2.1]\n"
            for day, hour, count in (
                (1, "00", 1), (17, "11", 7), (23, "11", 2), (23, "13", 5), (24, "11", 3),
            )
            for n in range(count)
        )
    )  # fmt: skip
    page = open_page(ingest(tmp_path / "store.duckdb", log), range="Last hour")
    received = page.metric[0]
    assert (received.value, received.delta) == ("3", "+1")
    assert "yesterday: 2" in received.help
    assert "a week before: 7" in received.help
    assert "10 messages are in the queue" in page_text(page)  # those of six days


def test_latest_messages_are_the_latest_of_the_store(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store)
    (table,) = (t.value for t in page.dataframe if "Queue id" in t.value)
    rows = ask("SELECT queue_id FROM messages ORDER BY last_at DESC, first_position DESC LIMIT 100")
    assert list(table["Queue id"]) == [row["queue_id"] for row in rows]
    assert list(table["Time"]) == sorted(table["Time"], reverse=True)
    assert table["Recipients"].str.contains("@").all()


def test_hostile_text_never_is_markdown_or_html(tmp_path: Path, open_page: Opener) -> None:
    text = "**bold** <script>alert(1)</script> [link](javascript:alert(1))"
    log = tmp_path / "mail.log"
    log.write_text(f"2026-11-24T12:00:02+00:00 mx mystery: {text}\n")
    page = open_page(ingest(tmp_path / "hostile.duckdb", log))
    assert not page.exception
    assert text not in page_text(page) + " ".join(element.label for element in page.expander)
    assert any(text in str(v) for table in page.dataframe for v in table.value.values.ravel())


# -- nothing to show ------------------------------------------------------------------------------


def test_a_missing_store_is_explained(tmp_path: Path, open_page: Opener) -> None:
    page = open_page(tmp_path / "no such store.duckdb")
    assert not page.exception
    assert "There is nothing to show yet." in page_text(page)
    assert re.search(r"mailtracer watch --db '.*no such store\.duckdb'", page_text(page))


def test_a_file_that_is_no_store_is_explained(tmp_path: Path, open_page: Opener) -> None:
    other = tmp_path / "other.duckdb"
    other.write_text("not a database")
    page = open_page(other)
    assert not page.exception
    assert "other.duckdb" in page_text(page)


def test_an_empty_store_is_explained(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    log.touch()
    page = open_page(ingest(tmp_path / "empty.duckdb", log))
    assert not page.exception
    assert "no lines yet" in page_text(page)


def test_logs_that_are_no_mail_logs_are_explained(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "other.log"
    log.write_text("2026-11-24T12:00:00+00:00 mx cron[1]: something else 17\n" * 3)
    page = open_page(ingest(tmp_path / "other.duckdb", log))
    assert not page.exception
    assert "None of the 3 lines was understood" in page_text(page)
    masked = page.dataframe[0].value
    assert list(masked["Lines"]) == [3]
    assert masked["An example"][0].endswith("something else 17")


def test_an_empty_range_is_explained(day_store: Path, open_page: Opener) -> None:
    page = open_page(
        day_store, range="Custom", **{"from": "2020-01-01T00:00", "to": "2020-01-02T00:00"}
    )
    assert not page.exception
    assert "No mail from" in page_text(page)
    assert metrics(page) == dict.fromkeys(OUTCOMES, 0)


@pytest.mark.parametrize("range_", LABELS.values())
def test_each_range_draws(day_store: Path, open_page: Opener, range_: str) -> None:
    page = open_page(day_store, range=range_)
    assert not page.exception

"""The page for SQL, over real stores."""

from pathlib import Path

import plotly.io
import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import Opener, page_text
from tracer.queries.questions import QUESTIONS


def opened(open_page: Opener, db: Path, **parameters: str) -> AppTest:
    page = open_page(db, "sql", **parameters)
    assert not page.exception
    return page


def test_a_statement_of_the_address_is_run(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, sql="SELECT count(*) AS n, 'a' AS t FROM lines")
    assert page.dataframe[0].value.to_dict("list") == {"n": [9083], "t": ["a"]}
    assert "**1 row**" in page_text(page)


def test_a_question_can_be_taken(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store)
    question = "Which viruses were found?"
    page.selectbox(key="question").select(question).run()
    assert page.text_area(key="sql").value == QUESTIONS[question].strip()
    assert list(page.dataframe[0].value["virus_name"])


def test_what_is_chosen_above_can_be_named(day_store: Path, open_page: Opener) -> None:
    statement = (
        "SELECT $host AS h, $end - $start AS width, count(*) AS n FROM messages WHERE host = $host"
    )
    page = opened(open_page, day_store, sql=statement, host="relay", range="24 hours")
    (row,) = page.dataframe[0].value.to_dict("records")
    assert (row["h"], row["width"]) == ("relay", "0 months 1 days 0 seconds")
    assert row["n"] > 0


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE lines",
        "SELECT 1; SELECT 2",
        "SELECT * FROM read_text('/etc/passwd')",
        "nonsense",
    ],
)
def test_what_is_no_reading_is_refused(day_store: Path, open_page: Opener, statement: str) -> None:
    page = opened(open_page, day_store, sql=statement)
    assert page.error[0].value == "The statement cannot be run."
    assert [t for t in page.dataframe if "Column" not in t.value] == []


def test_rows_are_limited(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, sql="SELECT * FROM range(20000)")
    assert len(page.dataframe[0].value) == 10_000
    assert "the first of more" in page_text(page)


def test_a_chart_takes_text_as_it_is(day_store: Path, open_page: Opener) -> None:
    hostile = "<a href='http://stranger.example'>x</a>"
    statement = f"SELECT '{hostile.replace(chr(39), chr(39) * 2)}' AS \"<b>name\", 1 AS n"
    page = opened(open_page, day_store, sql=statement, shown="Chart")
    (chart,) = page.get("plotly_chart")
    figure = plotly.io.from_json(chart.proto.spec)
    assert list(figure.data[0].x) == [
        "&lt;a href=&#x27;http://stranger.example&#x27;&gt;x&lt;/a&gt;"
    ]
    assert figure.layout.xaxis.title.text == "&lt;b&gt;name"


def test_columns_of_tables_are_listed(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store)
    (columns,) = (t.value for t in page.dataframe if "Column" in t.value)
    assert "queue_id" in list(columns["Column"])

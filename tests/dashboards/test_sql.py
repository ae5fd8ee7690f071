"""The page for SQL, over real stores."""

import csv
import io
import json
import shutil
from pathlib import Path

import plotly.io
import pyarrow as pa
import pytest
from pyarrow import parquet
from streamlit.testing.v1 import AppTest

from dashboards import tables
from dashboards.app_pages import sql as sql_page
from tests.dashboards.conftest import Opener, page_text
from tracer import saved_queries
from tracer.errors import TracerError
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


def test_parameters_of_the_address_are_bound(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, sql="SELECT $n::INT + 1 AS n", **{"param-n": "41"})
    assert page.dataframe[0].value.to_dict("list") == {"n": [42]}


def test_other_parameters_get_fields(day_store: Path, open_page: Opener) -> None:
    statement = "SELECT count(*) AS n, '$no' FROM messages WHERE queue_id = $id AND host = $host"
    page = opened(open_page, day_store, sql=statement, host="mx")
    assert [field.label for field in page.text_input if field.label.startswith("\\")] == ["\\$id"]
    assert list(page.dataframe[0].value["n"]) == [0]
    page.text_input(key="param-id").input("42958194146").run()
    assert list(page.dataframe[0].value["n"]) == [1]


def test_a_query_is_saved_taken_and_deleted(
    day_store: Path, open_page: Opener, tmp_path: Path
) -> None:
    db = Path(shutil.copy(day_store, tmp_path))
    page = opened(open_page, db, sql="SELECT 6 * 7 AS answer")
    (field,) = (field for field in page.text_input if field.label == "Save this statement as")
    field.input("[The](http://stranger.example) answer")
    press(page, "Save")
    file = saved_queries.path(db)
    assert saved_queries.load(file) == {
        "[The](http://stranger.example) answer": "SELECT 6 * 7 AS answer"
    }
    assert file.stat().st_mode & 0o077 == 0
    other = opened(open_page, db)
    other.selectbox(key="question").select("[The](http://stranger.example) answer").run()
    assert other.text_area(key="sql").value == "SELECT 6 * 7 AS answer"
    assert list(other.dataframe[0].value["answer"]) == [42]
    (chosen,) = (box for box in other.selectbox if box.label == "Delete")
    chosen.select("[The](http://stranger.example) answer")
    press(other, "Delete")
    assert saved_queries.load(file) == {}


def press(page: AppTest, label: str) -> None:
    (button,) = (button for button in page.button if button.label == label)
    button.click().run()


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 81, "\u202e"])
def test_names_are_visible(tmp_path: Path, name: str) -> None:
    with pytest.raises(TracerError, match="a name has"):
        saved_queries.save(tmp_path / "queries.json", name, "SELECT 1")
    assert saved_queries.load(tmp_path / "queries.json") == {}


def test_saved_queries_that_cannot_be_read_are_told_of(
    day_store: Path, open_page: Opener, tmp_path: Path
) -> None:
    db = Path(shutil.copy(day_store, tmp_path))
    saved_queries.path(db).write_text("[]")
    page = opened(open_page, db)
    assert "is no list of queries" in page.warning[0].value
    assert page.dataframe
    with pytest.raises(TracerError, match="is no list of queries"):
        saved_queries.save(saved_queries.path(db), "a", "SELECT 1")
    assert saved_queries.path(db).read_text() == "[]"


def test_rows_can_be_downloaded_in_several_formats() -> None:
    table = pa.table({"text": ["=1+1", "é"], "n": [1, None]})
    written = {form: tables.written(table, form) for form, _ in sql_page._DOWNLOADS.values()}
    rows = table.to_pylist()
    assert list(csv.reader(io.StringIO(written["csv"].decode()))) == [
        ["text", "n"],
        ["'=1+1", "1"],
        ["é", ""],
    ]
    assert json.loads(written["json"]) == rows
    assert [json.loads(line) for line in written["jsonl"].splitlines()] == rows
    assert parquet.read_table(pa.BufferReader(written["parquet"])).to_pylist() == rows
    assert pa.ipc.open_stream(written["arrow"]).read_all().to_pylist() == rows
    assert len(written) == 5

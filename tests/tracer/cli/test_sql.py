import csv
import io
import json
import os
import pty
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from tests.tracer.store.samples import LINES, LOG, load
from tracer.cli import main
from tracer.cli.row_formats import CELL_WIDTH, TABLE_ROWS
from tracer.store import open_writer


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sql") / "store.duckdb"
    with open_writer(path) as writer:
        load(writer, LOG)
    return path


class Command:
    """Runs `mailtracer sql` in this process."""

    def __init__(self, store: Path, capture: pytest.CaptureFixture[bytes]) -> None:
        self._store = store
        self._capture = capture

    def __call__(self, *args: str, code: int = 0) -> str:
        assert main(["sql", "--db", str(self._store), *args]) == code
        self.captured = self._capture.readouterr()
        self.errors = self.captured.err.decode()
        return self.captured.out.decode()


@pytest.fixture
def sql(store: Path, capfdbinary: pytest.CaptureFixture[bytes]) -> Command:
    return Command(store, capfdbinary)


def test_table(sql: Command) -> None:
    out = sql(
        "SELECT event, count(*) AS n, min(queue_id) AS id, '' AS empty FROM events "
        "WHERE event LIKE '%e_' OR queue_id IS NULL GROUP BY event ORDER BY event"
    )
    assert (
        out.splitlines()
        == [
            "event                       n  id        empty",
            "------------------------  ---  --------  -----",
            "log.line_unparsed           1  NULL",
            "postfix.client_assigned     1  4C01AB23",
            "postfix.client_connected    1  NULL",
            "postfix.delivery_attempted  1  4C01AB23",
        ]
        or out
    )


def test_table_of_no_rows_has_its_head(sql: Command) -> None:
    assert sql("SELECT 1 AS a, 'x' AS b WHERE false").splitlines() == ["a  b", "-  -"]


def test_table_aligns_wide_and_combining_characters(sql: Command) -> None:
    out = sql("SELECT * FROM (VALUES ('日本', 1), ('e\u0301', 22), ('ab', 333)) AS t(a, b)")
    assert out.splitlines() == [
        "a       b",
        "----  ---",
        "日本    1",
        "e\u0301      22",
        "ab    333",
    ]


def test_table_obeys_no_control_characters(sql: Command) -> None:
    out = sql("SELECT chr(27) || '[31m' || chr(10) || 'x' || chr(8238) AS \"a\x1b[0m\"")
    assert "\x1b" not in out
    assert "\u202e" not in out
    assert out.splitlines()[2] == "\\x1b[31m\\nx\\u202e"


def test_table_is_cut(sql: Command) -> None:
    lines = sql(f"SELECT repeat('x', 500) AS a FROM range({TABLE_ROWS + 1})").splitlines()
    assert len(lines) == TABLE_ROWS + 2
    assert lines[2] == "x" * (CELL_WIDTH - 1) + "…"
    assert f"first {TABLE_ROWS} rows" in sql.errors
    sql(f"SELECT 1 FROM range({TABLE_ROWS})")
    assert sql.errors == ""


def test_explain_keeps_its_drawing(sql: Command) -> None:
    out = sql("EXPLAIN SELECT * FROM lines WHERE position = 3")
    assert "lines" in out
    assert len(out.splitlines()) > 5


def test_csv(sql: Command) -> None:
    out = sql("--format", "csv", "SELECT position, text, NULL AS nothing, '' AS empty FROM lines")
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[0] == ["position", "text", "nothing", "empty"]
    assert [row[1].encode() + b"\n" for row in rows[1:]] == LINES
    assert out.splitlines()[1].endswith(',,""')


def test_csv_on_a_terminal_moves_no_cursor(store: Path) -> None:
    query = "SELECT chr(27) || '[2J' || chr(155) || 'é' AS text"
    command = [
        sys.executable,
        "-m",
        "tracer.cli",
        "sql",
        "--db",
        str(store),
        "--format",
        "csv",
        query,
    ]
    ours, theirs = pty.openpty()
    try:
        subprocess.run(command, stdout=theirs, check=True, timeout=60)
        assert os.read(ours, 1000).decode().splitlines() == ["text", r"\x1b[2J\x9bé"]
    finally:
        os.close(theirs)
        os.close(ours)


def test_csv_cells_are_no_formulas(sql: Command) -> None:
    cells = ["=1+1", "+1", "-1", "@x", "\tx", "a=1", "'", 'q"uo,te', "two\nlines"]
    values = ", ".join("('" + cell.replace("'", "''") + "')" for cell in cells)
    out = sql("--format", "csv", f"SELECT a, -1 AS n FROM (VALUES {values}) AS t(a)")
    rows = list(csv.reader(io.StringIO(out)))[1:]
    guarded = ["'=1+1", "'+1", "'-1", "'@x", "'\tx"]
    assert [row[0] for row in rows] == guarded + cells[5:]
    assert {row[1] for row in rows} == {"-1"}


def test_json(sql: Command) -> None:
    out = sql(
        "--format",
        "json",
        "SELECT event, occurred_at, reply, size_bytes, delay_seconds FROM events "
        "WHERE event IN ('postfix.message_queued', 'postfix.delivery_attempted') ORDER BY position",
    )
    found = json.loads(out)
    assert [row["event"] for row in found] == [
        "postfix.message_queued",
        "postfix.delivery_attempted",
    ]
    assert found[0]["size_bytes"] == 412
    assert found[0]["reply"] is None
    assert found[1]["delay_seconds"] == 1.0
    assert found[1]["occurred_at"].endswith("-11-24 03:37:03")


def test_json_of_every_type(sql: Command) -> None:
    out = sql(
        "--format",
        "json",
        "SELECT true AS yes, sum(1) AS total, 1.5::DECIMAL(9,2) AS price, 'nan'::DOUBLE AS nan, "
        "[1, NULL] AS list, {'a': 'x'} AS struct, '\\xFFa'::BLOB AS bytes, "
        "DATE '2026-11-24' AS day, "
        "TIMESTAMP '2026-11-24 03:37:01.5' AS moment, 'infinity'::TIMESTAMP IS NULL AS no, "
        "INTERVAL '1 day' AS span, TIME '03:37:01' AS clock, 1 AS a, 2 AS a, 'é' AS text",
    )
    assert json.loads(out)[0] == {
        "yes": True,
        "total": 1,
        "price": 1.5,
        "nan": "nan",
        "list": [1, None],
        "struct": {"a": "x"},
        "bytes": "\\xFFa",
        "day": "2026-11-24",
        "moment": "2026-11-24 03:37:01.500000",
        "no": False,
        "span": "0 months 1 days 0 seconds",
        "clock": "03:37:01",
        "a": 1,
        "a_2": 2,
        "text": "é",
    }


@pytest.mark.parametrize("count", [0, 1, 3])
def test_json_and_its_lines(sql: Command, count: int) -> None:
    query = f"SELECT range AS a, 'é' AS text FROM range({count})"
    rows = [{"a": number, "text": "é"} for number in range(count)]
    assert json.loads(sql("--format", "json", query)) == rows
    assert [json.loads(line) for line in sql("--format", "jsonl", query).splitlines()] == rows


def test_nothing_of_a_log_is_markup_in_markdown(sql: Command) -> None:
    hostile = "'a|b\n<script>[x](http://stranger.example) *_`' || chr(27)"
    out = sql("--format", "markdown", f'SELECT {hostile} AS "t|", -1 AS n, NULL AS nothing')
    assert out.splitlines()[:2] == ["| t&#124; | n | nothing |", "| --- | ---: | ---: |"]
    (row,) = out.splitlines()[2:]
    assert row.count("|") == 4
    assert not set("<[*_`\x1b") & set(row)


def test_parquet_to_a_file_and_to_a_pipe(sql: Command, tmp_path: Path) -> None:
    target = tmp_path / "lines.parquet"
    query = "SELECT position, text, 1 AS a, 2 AS a FROM lines ORDER BY position"
    assert sql("--format", "parquet", "--output", str(target), query) == ""
    table = parquet.read_table(target)
    assert [text.encode() + b"\n" for text in table["text"].to_pylist()] == LINES
    assert table.schema.names == ["position", "text", "a", "a_2"]
    sql_out = main(["sql", "--db", str(sql._store), "--format", "parquet", query])
    assert sql_out == 0
    piped = sql._capture.readouterr().out
    assert parquet.read_table(pa.BufferReader(piped)).equals(table)


def test_arrow_to_a_file_and_to_a_pipe(sql: Command, tmp_path: Path) -> None:
    target = tmp_path / "lines.arrows"
    query = "SELECT position, text, 1 AS a, 2 AS a FROM lines ORDER BY position"
    assert sql("--format", "arrow", "--output", str(target), query) == ""
    table = pa.ipc.open_stream(target.read_bytes()).read_all()
    assert [text.encode() + b"\n" for text in table["text"].to_pylist()] == LINES
    assert table.schema.names == ["position", "text", "a", "a_2"]
    assert main(["sql", "--db", str(sql._store), "--format", "arrow", query]) == 0
    assert sql._capture.readouterr().out == target.read_bytes()


@pytest.mark.parametrize("form", ["parquet", "arrow"])
def test_bytes_are_not_written_to_a_terminal(
    sql: Command, form: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True, raising=False)
    sql("--format", form, "SELECT 1", code=2)
    assert "--output" in sql.errors


def test_output_replaces_the_file_only_when_it_is_complete(sql: Command, tmp_path: Path) -> None:
    target = tmp_path / "out.csv"
    target.write_text("before")
    failing = "SELECT CASE WHEN range = 99999 THEN error('late') ELSE 1 END FROM range(100000)"
    sql("--format", "csv", "--output", str(target), failing, code=2)
    assert "late" in sql.errors
    assert target.read_text() == "before"
    assert sql("--format", "csv", "--output", str(target), "SELECT 1 AS a") == ""
    assert target.read_text() == "a\n1\n"
    assert list(tmp_path.iterdir()) == [target]


def test_output_that_cannot_be_written(sql: Command, tmp_path: Path) -> None:
    sql("--output", str(tmp_path / "no" / "where"), "SELECT 1", code=2)
    assert "cannot write" in sql.errors


def test_statement_from_standard_input(sql: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"SELECT 7 AS a\n")))
    assert sql("--format", "csv", "-") == "a\n7\n"
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff")))
    sql("-", code=2)
    assert "UTF-8" in sql.errors


def test_statements_from_a_file(sql: Command, tmp_path: Path) -> None:
    file = tmp_path / "two.sql"
    file.write_text("SELECT 'a;b' AS a; -- not here;\nSELECT $n AS n;\n")
    assert sql("--file", str(file), "--param", "n=x").split() == ["a", "---", "a;b", "n", "-", "x"]
    sql("--file", str(file), "--param", "n=x", "--format", "csv", code=2)
    assert "2 results are no csv" in sql.errors
    sql("--file", str(file), "SELECT 1", code=2)
    assert "not both" in sql.errors
    sql("--file", str(tmp_path / "none.sql"), code=2)
    assert "No such file" in sql.errors


def test_parameters_are_bound(sql: Command) -> None:
    hostile = "x' OR 'a' = 'a'; DROP TABLE lines --"
    query = "SELECT count(*) AS n FROM events WHERE queue_id = $id"
    assert sql("--param", f"id={hostile}", "--format", "csv", query) == "n\n0\n"
    assert sql("--param", "id=4C01AB23", "--format", "csv", query) == "n\n5\n"


@pytest.mark.parametrize(
    ("condition", "value"),
    [
        ("size_bytes > $x", "411"),
        ("delay_seconds <= $x", "1.0"),
        ("strftime(occurred_at, '%m-%d') = $x", "11-24"),
        ("occurred_at > $x", "2001-01-01"),
        ("position IN ($x, 2)", "1"),
        ("recipient LIKE $x", "%@here.example"),
    ],
)
def test_parameters_are_what_the_place_needs(sql: Command, condition: str, value: str) -> None:
    out = sql(
        "--param", f"x={value}", "--format", "csv",
        f"SELECT count(*) > 0 AS found FROM events WHERE {condition}",
    )  # fmt: skip
    assert out == "found\ntrue\n"


def test_a_parameter_that_no_statement_names(sql: Command) -> None:
    sql("--param", "typo=1", "SELECT 1", code=2)
    assert "no statement names $typo" in sql.errors
    with pytest.raises(SystemExit, match="2"):
        sql("--param", "a", "SELECT 1")


def test_errors_obey_no_control_characters(sql: Command) -> None:
    sql("SELECT error(chr(27) || '[31mred')", code=2)
    assert "\\x1b[31mred" in sql.errors


def test_errors_are_duckdbs_and_exit_with_2(sql: Command) -> None:
    assert sql("SELECT nope FROM lines", code=2) == ""
    assert 'Referenced column "nope" not found' in sql.errors
    sql("DELETE FROM lines", code=2)
    assert "only a single SELECT" in sql.errors
    sql("--timeout", "0.2", "SELECT count(*) FROM range(10000000000) a, range(10000) b", code=2)
    assert "stopped after 0.2 seconds" in sql.errors


@pytest.mark.parametrize("value", ["0", "-1", "inf", "nan", "soon"])
def test_timeout_is_a_number(sql: Command, value: str) -> None:
    with pytest.raises(SystemExit, match="2"):
        sql("--timeout", value, "SELECT 1")


def test_store_that_is_not_there(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["sql", "--db", str(tmp_path / "none.duckdb"), "SELECT 1"]) == 2
    assert "mailtracer ingest" in capsys.readouterr().err


def run(store: Path, *args: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tracer.cli", "sql", "--db", str(store), *args]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def test_reads_while_the_owner_writes(store: Path) -> None:
    with open_writer(store):
        process = run(store, "--format", "csv", "SELECT count(*) AS n FROM lines")
        out, errors = process.communicate(timeout=60)
    assert (out, errors, process.returncode) == (b"n\n7\n", b"", 0)


def test_a_reader_that_goes_away_is_no_error(store: Path) -> None:
    process = run(store, "--format", "csv", "SELECT range FROM range(10000000)")
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(timeout=60) == 141
    assert process.stderr is not None
    assert process.stderr.read() == b""


@pytest.mark.parametrize("owned", [False, True])
def test_interrupt_ends_a_long_query(store: Path, owned: bool) -> None:
    def interrupted() -> None:
        before = signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # a job ignores it, and its children
        try:
            process = run(store, "SELECT count(*) FROM range(10000000000) a, range(10000) b")
        finally:
            signal.signal(signal.SIGINT, before)
        time.sleep(5)
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 130

    if not owned:
        interrupted()
    else:
        with open_writer(store):
            interrupted()


def test_loads_no_pandas(store: Path) -> None:
    code = (
        "import sys; from tracer.cli import main; "
        f"main(['sql', '--db', {str(store)!r}, 'SELECT 1']); print('pandas' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "False"

import gc
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.tracer.store.samples import LOG, count, load
from tracer.errors import TracerError
from tracer.store import QueryError, Reader, open_reader, open_writer
from tracer.store.guard import literal

ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(10000) b"


@pytest.fixture(scope="module", params=["writer", "socket", "file"])
def reader(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Reader]:
    """A reader of each kind: the owner itself, across its socket, of a file without owner."""
    path = tmp_path_factory.mktemp("guard") / "store.duckdb"
    with open_writer(path) as owner:
        load(owner, LOG)
        if request.param == "writer":
            yield owner
        if request.param == "socket":
            with open_reader(path) as remote:
                yield remote
    if request.param == "file":
        with open_reader(path) as direct:
            yield direct


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM lines",
        "INSERT INTO meta VALUES ('a', 'b')",
        "UPDATE sources SET committed_offset = 0",
        "DROP TABLE lines",
        "CREATE TABLE t (a INTEGER)",
        "COMMIT; DELETE FROM lines",
        "SELECT 1; SELECT 2",
        "SELECT 1; COMMIT; DROP TABLE lines",
        "ATTACH '/tmp/other.duckdb'",
        "COPY lines TO '/tmp/lines.csv'",
        "EXPLAIN ANALYZE COPY lines TO '/tmp/lines.csv'",
        "EXPLAIN ANALYZE DELETE FROM lines",
        "EXPLAIN ANALYZE COMMIT",
        "SET threads = 1",
        "SET memory_limit = '90GB'",
        "PRAGMA enable_profiling",
        "CALL enable_logging()",
        "INSTALL httpfs",
        "LOAD json",
        "CHECKPOINT",
        "EXECUTE reader(1)",
        "PREPARE other AS SELECT 1",
        "DEALLOCATE reader",
        "MERGE INTO meta USING lines ON false WHEN NOT MATCHED THEN INSERT VALUES ('a', 'b')",
        "ALTER TABLE lines ADD COLUMN a INTEGER",
        "COMMENT ON TABLE lines IS 'a'",
        "CREATE TEMP TABLE t AS SELECT 1",
        "CREATE MACRO m() AS 1",
        "CREATE SECRET (TYPE s3)",
        "EXPORT DATABASE '/tmp/elsewhere'",
        "DETACH store",
        "USE memory",
        "SET VARIABLE a = 1",
        "RESET threads",
        "ROLLBACK",
        "UPDATE EXTENSIONS",
        "FORCE CHECKPOINT",
        "PRAGMA disable_checkpoint_on_shutdown",
        "PIVOT traffic_hourly ON outcome USING sum(count)",  # makes a type
        "EXPLAIN (ANALYZE) DELETE FROM lines",
        "EXPLAIN /* */ ANALYZE DELETE FROM lines",
        "EXPLAIN (FORMAT json) COPY lines TO '/tmp/lines.csv'",
        "VACUUM",
        "",
        ";",
        "-- nothing",
    ],
)
def test_whatever_writes_is_refused(reader: Reader, sql: str) -> None:
    with pytest.raises(QueryError, match=r"only a single SELECT|cannot be checked"):
        reader.query(sql)
    assert count(reader, "lines") == 7


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM enable_logging()",
        "SELECT * FROM \"ENABLE_logging\"(storage := 'file', storage_path := '/tmp/logs')",
        "WITH a AS (FROM enable_logging()) SELECT * FROM a",
        "SELECT (SELECT count(*) FROM main.enable_logging())",
        "SELECT 1 WHERE EXISTS (FROM checkpoint())",
        "DESCRIBE FROM force_checkpoint()",
        "EXPLAIN ANALYZE SELECT * FROM enable_logging()",
        "EXPLAIN (FORMAT json) SELECT * FROM enable_logging()",
        "SELECT 1 UNION ALL SELECT 2 FROM truncate_duckdb_logs()",
        "SELECT * FROM query('SELECT * FROM enable_' || 'logging()')",
        "SELECT * FROM json_execute_serialized_sql(json_serialize_sql('SELECT 1'))",
        "SELECT * FROM read_text('/etc/passwd')",
        "SELECT * FROM read_csv('/etc/passwd')",
        "SELECT * FROM glob('/*')",
        "SELECT * FROM arrow_scan(0, 0, 0)",
        "SELECT * FROM pandas_scan(0, 0, 0)",
        "SELECT * FROM python_map_function(0)",
        "SELECT * FROM sniff_csv('/etc/passwd')",
        "SELECT * FROM read_blob('/etc/passwd')",
        "SELECT * FROM parquet_scan('/tmp/other.parquet')",
        "SELECT * FROM read_duckdb('/tmp/other.duckdb')",
        "SELECT * FROM sqlite_scan('/tmp/other.sqlite', 'a')",
        "SELECT * FROM query_table('lines')",
        "SELECT * FROM duckdb_secrets()",
        "SELECT * FROM duckdb_extensions()",
        "SELECT * FROM duckdb_temporary_files()",
        "SELECT * FROM range(3), LATERAL (SELECT * FROM read_text('/etc/passwd'))",
        "SELECT 1 ORDER BY (SELECT count(*) FROM enable_logging())",
        "SELECT 1 LIMIT (SELECT count(*) FROM enable_logging())",
        "SELECT sum(1) OVER (ORDER BY (SELECT count(*) FROM enable_logging()))",
        "SELECT 1 QUALIFY (SELECT count(*) FROM enable_logging()) = 1",
        "VALUES ((SELECT count(*) FROM enable_logging()))",
        "SELECT * FROM system.main.enable_logging()",
        "SELECT write_log('forged')",
        "SELECT a FROM (SELECT lower(write_log('forged')) AS a)",
        "SELECT json_serialize_plan('SELECT * FROM enable_logging()')",
    ],
)
def test_functions_that_do_things_are_refused(reader: Reader, sql: str) -> None:
    with pytest.raises(QueryError, match=r"the (table )?function .* cannot be used"):
        reader.query(sql)
    assert count(reader, "lines") == 7


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT * FROM '/etc/passwd'",
        "SELECT * FROM 'other.parquet'",
        "FROM '/etc/*.csv'",
        'FROM "~/other.csv"',
        "FROM 'https://stranger.example/other.parquet'",
        "FROM 's3://bucket/other.parquet'",
        "IMPORT DATABASE '/tmp/elsewhere'",
        "SELECT * FROM sys",  # Python's variables are no tables either
        "SELECT * FROM SCRATCH",
    ],
)
def test_files_and_variables_are_no_tables(reader: Reader, sql: str) -> None:
    with pytest.raises(QueryError, match=r"does not exist|disabled by config|only a single SELECT"):
        reader.query(sql)


@pytest.mark.parametrize(
    "sql", [".shell ls", ".read /etc/passwd", "\\copy lines", "SELECT getenv('HOME')"]
)
def test_what_only_clients_of_duckdb_know_is_refused(reader: Reader, sql: str) -> None:
    with pytest.raises(QueryError, match=r"syntax error|getenv does not exist"):
        reader.query(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM t) FROM t",
        "WITH RECURSIVE t AS (SELECT 1 AS n UNION ALL SELECT n FROM t, range(9)) FROM t",
        "WITH RECURSIVE t AS (SELECT 'xxxx' AS s UNION ALL SELECT s || s FROM t) FROM t",
        "SELECT sleep_ms(100000)",
        "SELECT * FROM range(1000000) a, range(1000000) b ORDER BY random()",
        f"SELECT {'+'.join(['1'] * 20_000)}",
    ],
    ids=["endless", "growing", "doubling", "asleep", "sorting", "deep"],
)
def test_bombs_go_off_in_nobodys_hands(reader: Reader, sql: str) -> None:
    started = time.monotonic()
    with pytest.raises(TracerError, match=r"stopped after|more memory|depth limit|Out of Range"):
        reader.query(sql, timeout_seconds=0.5)
    assert time.monotonic() - started < 10
    assert count(reader, "lines") == 7


@pytest.mark.parametrize(
    ("sql", "rows"),
    [
        ("SELECT 1 AS a", 1),
        ("SELECT 1 AS a;", 1),
        ("/* why */ SELECT 1 AS a -- here", 1),
        ("VALUES (1), (2)", 2),
        ("FROM range(3)", 3),
        ("WITH a AS (SELECT 1) SELECT * FROM a", 1),
        ("SELECT unnest([1, 2])", 2),
        ("EXPLAIN SELECT * FROM lines", 1),
        ("EXPLAIN ANALYZE SELECT * FROM lines", 1),
        ("DESCRIBE meta", 2),
        ("SUMMARIZE meta", 2),
        ("SHOW DATABASES", 1),
        ("PIVOT traffic_hourly ON outcome IN ('received') USING sum(count)", 1),
        ("SELECT '-- ; DROP TABLE lines' AS a; -- DROP TABLE lines;", 1),
        ("TABLE meta", 4),
        ("SELECT 1 AS a WHERE false", 0),
        ("SELECT * FROM duckdb_tables() WHERE table_name = 'lines'", 1),
    ],
)
def test_whatever_reads_is_run(reader: Reader, sql: str, rows: int) -> None:
    assert reader.query(sql).num_rows == rows


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT len(range(1000000000))",
        "SELECT len(generate_series(1, 1000000000))",
        "SELECT repeat('x', 1000000000)",
        "SELECT a FROM (SELECT lpad('x', 1000000000, 'y') AS a)",
        "SELECT list_resize([1], 1000000000)",
        "FROM range(len(range(1000000000)))",
    ],
)
def test_what_would_take_more_memory_than_can_be_told_is_refused(reader: Reader, sql: str) -> None:
    with pytest.raises(QueryError, match="at most 1,000,000 at once"):
        reader.query(sql)


@pytest.mark.parametrize(
    ("sql", "said"),
    [
        (
            "SELECT len(range(TIMESTAMP '0001-01-01', now()::TIMESTAMP, INTERVAL 1 microsecond))",
            "only be used in FROM",
        ),
        (
            "SELECT unnest(generate_series(DATE '0001-01-01', current_date, to_seconds(1)))",
            "only be used in FROM",
        ),
        ("SELECT format('{:>1000000000}', 'x')", "at most 9,999 wide"),
        ("SELECT printf('%1000000000d', 1)", "at most 9,999 wide"),
    ],
)
def test_what_could_not_be_stopped_is_refused(reader: Reader, sql: str, said: str) -> None:
    with pytest.raises(QueryError, match=said):
        reader.query(sql, timeout_seconds=1)


def test_steps_of_time_can_be_taken_in_from(reader: Reader) -> None:
    steps = "range(TIMESTAMP '2026-03-02', TIMESTAMP '2026-03-03', INTERVAL 1 hour)"
    assert reader.query(f"FROM {steps}").num_rows == 24
    endless = "range(TIMESTAMP '0001-01-01', TIMESTAMP '9999-01-01', INTERVAL 1 microsecond)"
    with pytest.raises(TracerError, match="stopped after"):
        reader.query(f"SELECT count(*) FROM {endless}", timeout_seconds=0.5)
    assert reader.query("SELECT range(0, 10, 2) AS a").to_pylist() == [{"a": [0, 2, 4, 6, 8]}]


def test_errors_are_in_duckdbs_words(reader: Reader) -> None:
    with pytest.raises(QueryError, match="Parser Error: syntax error at or near"):
        reader.query("SELEC * FROM lines")
    with pytest.raises(QueryError, match="nowhere does not exist"):
        reader.query("SELECT * FROM nowhere")
    with pytest.raises(QueryError, match="Could not convert string 'x' to INT32"):
        reader.query("SELECT CAST('x' AS INTEGER)")
    assert count(reader, "lines") == 7


def test_an_error_among_the_rows_is_told(reader: Reader) -> None:
    rows = reader.rows(
        "SELECT CASE WHEN range = 900000 THEN error('late') ELSE range END AS a FROM range(1000000)"
    )
    with pytest.raises(QueryError, match=r"late|run it again"):
        list(rows)


def test_time_is_limited(reader: Reader) -> None:
    started = time.monotonic()
    with pytest.raises(TracerError, match=r"stopped after 0\.5 seconds"):
        reader.query(ENDLESS, timeout_seconds=0.5)
    assert time.monotonic() - started < 10
    assert count(reader, "lines") == 7


def test_time_is_limited_while_rows_wait_to_be_read(path: Path) -> None:
    with open_writer(path) as writer:
        rows = writer.rows("SELECT range AS a FROM range(10000000)", timeout_seconds=0.3)
        next(rows)
        time.sleep(1)
        with pytest.raises(TracerError, match="stopped after"):
            list(rows)


def test_memory_is_limited(reader: Reader) -> None:
    with pytest.raises(QueryError, match="more memory than the store allows"):
        reader.query("SELECT list(range) FROM range(500000000)", timeout_seconds=60)
    assert count(reader, "lines") == 7


def test_rows_are_limited(reader: Reader) -> None:
    assert reader.query("FROM range(100000)", max_rows=20_000).num_rows == 20_000
    assert reader.query("FROM range(5)", max_rows=20).num_rows == 5
    assert reader.query("FROM range(5)", max_rows=0).num_rows == 0


@pytest.mark.parametrize("read_first", [True, False])
@pytest.mark.parametrize("close", [True, False])
def test_rows_that_are_not_wanted_leave_nothing_running(
    path: Path, read_first: bool, close: bool
) -> None:
    with open_writer(path) as writer:
        rows = writer.rows("FROM range(10000000)")
        if read_first:
            next(rows)
        if close:
            rows.close()
        del rows
        deadline = time.monotonic() + 5
        while writer.busy and time.monotonic() < deadline:
            time.sleep(0.01)
        assert not writer.busy


def test_rows_may_be_dropped_by_the_garbage_collector_anywhere(path: Path) -> None:
    with open_writer(path) as writer:
        for _ in range(200):
            cycle: list[object] = [writer.rows("FROM range(10000000)")]
            cycle.append(cycle)
        gc.collect()
        assert count(writer, "lines") == 0


SCRATCH = duckdb.connect()


def test_many_rows_come_in_order(reader: Reader) -> None:
    table = reader.query("SELECT hash(range) AS h FROM range(500000) ORDER BY h")
    found = table["h"].to_numpy()
    assert len(found) == 500_000
    assert (found[:-1] <= found[1:]).all()


PARAMETERS = {
    "text": 'it\'s \\ "quoted" -- ; $x é',
    "nul": "a\0b",
    "empty": "",
    "bytes": b"\x00\xff'\\",
    "integer": -(2**62),
    "real": 0.1,
    "infinite": float("-inf"),
    "yes": True,
    "nothing": None,
    "day": date(2026, 11, 24),
    "moment": datetime(2026, 11, 24, 3, 37, 1, 123456),  # noqa: DTZ001
    "aware": datetime(2026, 11, 24, 3, 37, 1, tzinfo=UTC),
    "texts": ["a", "b'"],
}


@pytest.mark.parametrize("name", PARAMETERS)
def test_parameters_of_every_kind(reader: Reader, name: str) -> None:
    table = reader.query("SELECT $x AS x", {"x": PARAMETERS[name]})
    (row,) = table.to_pylist()
    assert row["x"] == PARAMETERS[name]


def test_parameters_are_never_sql(reader: Reader) -> None:
    hostile = "x'); DROP TABLE lines; --"
    table = reader.query("SELECT $a || $b AS x", {"a": hostile, "b": ""})
    assert table.to_pylist() == [{"x": hostile}]
    with pytest.raises((ValueError, TracerError), match="not a parameter name"):
        reader.query("SELECT 1", {'a" := 1); DROP TABLE lines; --': 1})
    assert count(reader, "lines") == 7


def test_parameters_must_be_given(reader: Reader) -> None:
    with pytest.raises(QueryError):
        reader.query("SELECT $x")
    with pytest.raises(QueryError):
        reader.query("SELECT $x", {"y": 1})


@settings(deadline=None)
@given(st.text() | st.binary() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False))
def test_literals_are_what_they_stand_for(value: object) -> None:
    ((found,),) = SCRATCH.execute(f"SELECT {literal(value)}").fetchall()
    assert found == value

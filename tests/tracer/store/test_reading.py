"""Queries that end early, and several that see one state of the store."""

import signal
import time
from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
import pytest

from tests.tracer.store.samples import LOG, count, load
from tests.tracer.store.test_readers import end, python, wait_for
from tracer.errors import TracerError
from tracer.store import QueryError, open_reader, open_writer
from tracer.store.writer import Writer

ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(10000) b"

# -- what is not wanted any more ------------------------------------------------------------------


@pytest.mark.parametrize("owned", [True, False])
@pytest.mark.parametrize("sql", [ENDLESS, f"FROM range(100) WHERE range < 50 OR ({ENDLESS}) = 1"])
def test_a_query_ends_when_it_is_unwanted(path: Path, owned: bool, sql: str) -> None:
    """Also one that has no rows to give yet, of a reader that lives on."""
    writer = open_writer(path)
    if not owned:
        writer.close()
    with open_reader(path) as reader:
        started = time.monotonic()
        with pytest.raises(TracerError, match="its reader has gone"):
            reader.query(sql, unwanted=lambda: time.monotonic() > started + 0.3)
        assert time.monotonic() - started < 10
        if owned:
            wait_for(lambda: not writer.busy)
        assert count(reader, "lines") == 0
    writer.close()


def test_an_interrupted_query_ends_though_its_reader_lives_on(writer: Writer) -> None:
    code = (
        "import signal, sys; from tracer.store import open_reader\n"
        "signal.signal(signal.SIGINT, signal.default_int_handler)  # a job ignores it\n"
        "reader = open_reader(sys.argv[1]); print('open', flush=True)\n"
        f"try: reader.query({ENDLESS!r})\n"
        "except KeyboardInterrupt: print(reader.query('SELECT 7 AS a').to_pylist(), flush=True)\n"
        "sys.stdin.read()\n"
    )
    client = python(code, str(writer.path))
    wait_for(lambda: writer.busy)
    client.send_signal(signal.SIGINT)
    assert client.stdout is not None
    assert client.stdout.readline() == "[{'a': 7}]\n"
    wait_for(lambda: not writer.busy)
    end(client)


# -- several on one state -------------------------------------------------------------------------


@pytest.mark.parametrize("owned", [True, False])
def test_statements_together_see_one_state(path: Path, owned: bool) -> None:
    with open_writer(path) as writer:
        load(writer, LOG)
        if owned:
            with open_reader(path) as reader:
                found = reader.rows_together(TOGETHER)
                first = next(found)
                load(writer, LOG + LOG)
                assert count(reader, "lines") == 14
                check_together([first, *found])
    if not owned:
        with open_reader(path) as reader:
            check_together(reader.rows_together(TOGETHER))


TOGETHER = (
    "SELECT count(*) AS n FROM lines",
    "SELECT 1 AS one WHERE false",
    "SELECT position, text FROM lines ORDER BY position",
)


def check_together(found: Iterable[tuple[int, pa.RecordBatch]]) -> None:
    tables: dict[int, list[dict[str, object]]] = {}
    for number, batch in found:
        tables.setdefault(number, []).extend(batch.to_pylist())
    assert tables[0] == [{"n": 7}]
    assert tables[1] == []
    assert [str(row["text"]).encode() + b"\n" for row in tables[2]] == LOG.splitlines(keepends=True)


def test_none_of_the_statements_together_may_write(writer: Writer) -> None:
    with open_reader(writer.path) as reader:
        for bad in "DELETE FROM lines", "COMMIT", "SELECT 1; COMMIT":
            with pytest.raises(QueryError, match="only a single SELECT"):
                list(reader.rows_together(["SELECT 1", bad]))

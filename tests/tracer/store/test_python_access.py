"""The lines of docs/sql.md by which pandas, polars and DuckDB read a live store."""

import re
import threading
from pathlib import Path
from typing import Any

import duckdb
import polars
import pytest

from tests.tracer.store.samples import LOG, load
from tracer.store import open_writer

PAGE = Path(__file__).parents[3] / "docs" / "sql.md"


def test_the_documented_lines(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    assert len([line for line in code.splitlines() if line]) == 3
    log = LOG.replace(b"dsn=2.0.0, status=sent", b"dsn=4.0.0, status=deferred")
    with open_writer("mailtracer.duckdb") as writer:
        load(writer, log)
        done = threading.Event()
        failures: list[Exception] = []

        def write() -> None:
            copies = 1
            try:
                while not done.is_set():
                    copies += 1
                    load(writer, log * copies)
            except Exception as error:  # noqa: BLE001 - whatever it was
                failures.append(error)

        thread = threading.Thread(target=write)
        thread.start()
        try:
            names: dict[str, Any] = {}
            for _ in range(5):
                exec(code, names)
                found = names["found"]
                assert found.num_rows >= 1
                assert set(found.to_pandas()["recipient"]) == {"b@here.example"}
                assert set(polars.from_arrow(found)["dsn"]) == {"4.0.0"}
                asked = duckdb.sql("SELECT recipient, count(*) FROM found GROUP BY ALL")
                assert asked.fetchall() == [("b@here.example", found.num_rows)]
                names["reader"].close()
        finally:
            done.set()
            thread.join()
        assert not failures

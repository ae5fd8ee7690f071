"""The sample day in a store, once for all tests of reports."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.store import Reader, open_reader

SAMPLES = Path(__file__).parents[3] / "sample_logs" / "day"


@pytest.fixture(scope="session")
def day_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    db = tmp_path_factory.mktemp("reports") / "day.duckdb"
    logs = sorted(map(str, SAMPLES.glob("mail.log*")))
    assert main(["ingest", "--db", str(db), "--zone", "UTC", *logs]) == 0
    return db


@pytest.fixture(scope="session")
def reader(day_store: Path) -> Iterator[Reader]:
    with open_reader(day_store) as opened:
        yield opened

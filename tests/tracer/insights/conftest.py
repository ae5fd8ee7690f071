"""Stores of the weeks, loaded once; and what is found in them."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from shutil import copyfile

import pytest

from tests.tracer.insights import weeks
from tracer.insights.check import check
from tracer.insights.model import Insight
from tracer.insights.settings import NOBODY_TOLD, InsightSettings
from tracer.queries.insights import all_insights
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_reader, open_writer

LOG = "/var/log/mail.log"


def load(store: Path, text: str) -> Path:
    data = text.encode()
    with open_writer(store) as writer:
        stream = writer.resolve(Identity(LOG, data[:HEAD_BYTES]))
        writer.append(Chunk(stream, 0, data))
    return store


def look(store: Path, now: datetime, settings: InsightSettings = NOBODY_TOLD) -> list[Insight]:
    """Check up to now; all insights then, the earliest first."""
    with open_writer(store) as desk:
        check(desk, desk, settings, now)
        return sorted(all_insights(desk), key=lambda each: (each.opened_at, each.detector))


@pytest.fixture(scope="session")
def bad_store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Looked at up to the bad days, on which nothing was found."""
    store = load(tmp_path_factory.mktemp("bad") / "bad.duckdb", weeks.bad(seed=5))
    assert look(store, weeks.BAD) == []
    return store


@pytest.fixture(scope="session")
def looked_at(bad_store: Path, copied: Callable[[Path], Path]) -> Path:
    """The same, looked at once more, at the end of the ten days."""
    store = copied(bad_store)
    look(store, weeks.LAST)
    return store


@pytest.fixture(scope="session")
def found(looked_at: Path) -> list[Insight]:
    """All that is found then, the earliest first."""
    with open_reader(looked_at) as reader:
        return sorted(all_insights(reader), key=lambda each: (each.opened_at, each.detector))


@pytest.fixture(scope="session")
def copied(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Path], Path]:
    def copy(store: Path) -> Path:
        return Path(copyfile(store, tmp_path_factory.mktemp("copy") / "store.duckdb"))

    return copy

"""Stores made from a few lines of log."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_writer

LOG = "/var/log/mail.log"


@pytest.fixture
def store_of(tmp_path: Path) -> Callable[[str], Path]:
    """Makes a store of a log's text, and gives its path."""

    def make(text: str, path: str = LOG) -> Path:
        store = tmp_path / "store.duckdb"
        data = text.encode()
        with open_writer(store) as writer:
            if data:
                stream = writer.resolve(Identity(path, data[:HEAD_BYTES]))
                writer.append(Chunk(stream, 0, data))
        return store

    return make

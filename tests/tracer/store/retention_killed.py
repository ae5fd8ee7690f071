"""A process that removes old lines in small parts, and is killed while it does; see kill_loader."""

from datetime import datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd  # DuckDB imports it

from parsers.registry import registry
from tracer.retention import removal
from tracer.store import open_writer
from tracer.store.server import ServedWriter

PRELOADED = (registry(), pd.NaT, ServedWriter)
PART = 200  # lines


def forget(store: Path, before: datetime, report: Connection) -> None:
    """Remove the lines before a time. report: gets how many are removed after each part."""
    removal.MOST_LINES = PART  # type: ignore[misc]
    with open_writer(store) as writer:
        removal.remove(writer, writer, before, report.send, lambda seconds: None)

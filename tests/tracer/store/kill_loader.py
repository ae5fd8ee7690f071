"""A process that loads a log in small pieces, and is killed while it does.

Imported by a fork server, so that a process starts in moments: all that takes long is done here,
before any store is open.
"""

import random
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path

import pandas as pd  # DuckDB imports it with the first chunk

from parsers.registry import registry
from tests.tracer.store.samples import identity
from tracer.sources.chunks import Chunk, Ending
from tracer.store import open_writer
from tracer.store.remote import RemoteAppender
from tracer.store.server import ServedWriter

PRELOADED = (registry(), pd.NaT, RemoteAppender, ServedWriter)
WRITTEN_AT = datetime(2026, 11, 25, tzinfo=UTC)


def load(store: Path, log: Path, seed: int, report: Connection) -> None:
    """Load what is not stored yet, in pieces of random length that may end within a line.

    report: gets the committed offset at the start and after each piece.
    """
    rng = random.Random(seed)
    data = log.read_bytes()
    with open_writer(store) as writer:
        stream = writer.resolve(identity(data))
        report.send(stream.committed_offset)
        end = stream.committed_offset
        while stream.committed_offset < len(data):
            end = min(max(end, stream.committed_offset) + rng.randint(1, 12_000), len(data))
            piece = data[stream.committed_offset : end]
            chunk = Chunk(stream, stream.committed_offset, piece, Ending.PARTIAL, WRITTEN_AT)
            stream = writer.append(chunk).stream
            report.send(stream.committed_offset)

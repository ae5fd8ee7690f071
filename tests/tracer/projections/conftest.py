"""The sample day, loaded in two ways."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import Reader, open_reader, open_writer
from tracer.store.writer import Writer

DAY = Path(__file__).parents[3] / "sample_logs" / "day" / "mail.log"
LINES_A_BATCH = 2500
# What projections read, over a table `events` that has all columns.
STORED_EVENTS = (
    "CREATE OR REPLACE VIEW event_rows AS SELECT *, to_json(e)::VARCHAR AS rest FROM events e"
)


@pytest.fixture(scope="session", params=[LINES_A_BATCH, 1_000_000])
def day(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The path of a store of the day, loaded in many batches, and in one."""
    store = tmp_path_factory.mktemp("day") / "day.duckdb"
    lines = DAY.read_bytes().splitlines(keepends=True)
    with open_writer(store) as writer:
        load(writer, lines, request.param)
    return store


@pytest.fixture
def day_reader(day: Path) -> Iterator[Reader]:
    with open_reader(day) as reader:
        yield reader


def load(
    writer: Writer, lines: list[bytes], lines_a_batch: int, name: str = "/var/log/mail.log"
) -> None:
    """Append the lines as one log."""
    data = b"".join(lines)
    stream = writer.resolve(Identity(name, data[:HEAD_BYTES]))
    offset = 0
    for first in range(0, len(lines), lines_a_batch):
        part = b"".join(lines[first : first + lines_a_batch])
        writer.append(Chunk(stream, offset, part, zone="UTC"))
        offset += len(part)

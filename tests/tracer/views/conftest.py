"""A store of the sample day, with lines that leave out what lines mostly tell."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import Reader, open_reader, open_writer

DAY = Path(__file__).parents[3] / "sample_logs" / "day"
SPARSE = """\
no header at all
Mar  2 10:00:00 mx postfix/smtp[12]: 8422A162766: to=<bob@lab.example>, odd, status=deferred (why
Mar  2 10:00:01 mx postfix/smtpd[13]: connect from unknown[unknown]
Mar  2 10:00:02 mx postfix/smtpd[13]: disconnect from unknown[unknown]
"""


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    folder = tmp_path_factory.mktemp("views")
    (folder / "sparse.log").write_text(SPARSE, encoding="ascii")
    store = folder / "day.duckdb"
    logs = [*map(str, DAY.glob("mail.log*")), str(folder / "sparse.log")]
    assert main(["ingest", "--db", str(store), "--zone", "UTC", *logs]) == 0
    with open_reader(store) as reader:
        yield reader


@pytest.fixture
def reader_of(tmp_path: Path) -> Iterator[Callable[[str], Reader]]:
    """A reader of a store of these lines."""
    readers: list[Reader] = []

    def of(text: str) -> Reader:
        data = text.encode()
        with open_writer(tmp_path / "s.duckdb") as writer:
            stream = writer.resolve(Identity("/var/log/mail.log", data[:HEAD_BYTES]))
            writer.append(Chunk(stream, 0, data, zone="UTC"))
        readers.append(open_reader(tmp_path / "s.duckdb"))
        return readers[-1]

    yield of
    for reader in readers:
        reader.close()

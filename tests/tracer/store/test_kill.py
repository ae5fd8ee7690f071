"""A writer that is killed at any moment has lost nothing and doubled nothing."""

import multiprocessing
import random
import signal
import time
from collections.abc import Iterator
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from tests.parsers.headers.test_export import entry
from tests.tracer.store import kill_loader
from tests.tracer.store.samples import identity, stored
from tracer.sources.chunks import Chunk
from tracer.store import Reader, open_reader, open_writer

STORES = 4
KILLS = 13  # of each store's writer: 52 in all
BYTES = 280_000
FORKS = multiprocessing.get_context("forkserver")


@pytest.fixture(scope="module", autouse=True)
def _fork_server() -> None:
    FORKS.set_forkserver_preload([kill_loader.__name__])


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The beginning of a genuine log, with bytes that are no text and exported entries in it."""
    sample = Path(__file__).parents[3] / "sample_logs" / "day" / "mail.log"
    data = sample.read_bytes()[:BYTES]
    lines = data[: data.rindex(b"\n") + 1].splitlines(keepends=True)
    lines[10::97] = [line[:-1] + b"\xff\0\n" for line in lines[10::97]]
    lines[40::97] = [entry(MESSAGE=line[30:]) for line in lines[40::97]]
    path = tmp_path_factory.mktemp("kill") / "mail.log"
    path.write_bytes(b"".join(lines))
    return path


@pytest.fixture(scope="module")
def clean(
    log: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple[object, ...]]]:
    """What a load without trouble gives."""
    store = tmp_path_factory.mktemp("clean") / "store.duckdb"
    data = log.read_bytes()
    with open_writer(store) as writer:
        stream = writer.resolve(identity(data))
        writer.append(Chunk(stream, 0, data, modified_at=kill_loader.WRITTEN_AT))
        return tables(writer)


class Killer:
    """Starts writers of one store, and kills them at random moments."""

    def __init__(self, store: Path, log: Path, seed: int) -> None:
        self._store, self._log = store, log
        self._rng = random.Random(seed)
        self.acknowledged = 0

    def run(self, *, kill: bool) -> None:
        """Run one writer; check that it goes on where the one before it said it was."""
        receiver, sender = FORKS.Pipe(duplex=False)
        seed = self._rng.randrange(2**32)
        process = FORKS.Process(
            target=kill_loader.load, args=(self._store, self._log, seed, sender)
        )
        process.start()
        sender.close()
        reports = received(receiver)
        offsets: list[int] = []
        if kill:  # while it opens the store, or in its first or second append
            offsets += islice(reports, self._rng.randint(0, 2))
            time.sleep(self._rng.uniform(0, 0.1))
            process.kill()
        offsets += reports
        process.join()
        assert process.exitcode == (-signal.SIGKILL if kill else 0)
        if offsets:
            assert offsets[0] >= self.acknowledged
            assert offsets == sorted(offsets)
            self.acknowledged = offsets[-1]


def received(receiver: Connection) -> Iterator[int]:
    while True:
        try:
            yield receiver.recv()
        except EOFError:
            return


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(STORES))
def test_nothing_is_lost_or_doubled(
    seed: int, path: Path, log: Path, clean: dict[str, list[tuple[object, ...]]]
) -> None:
    killer = Killer(path, log, seed)
    for _ in range(KILLS):
        killer.run(kill=True)
    killer.run(kill=False)
    data = log.read_bytes()
    assert killer.acknowledged == len(data)
    with open_reader(path) as reader:
        assert stored(reader) == data
        assert tables(reader) == clean
    with open_writer(path) as writer:
        assert writer.append(Chunk(writer.resolve(identity(data)), 0, data)).lines == 0


def tables(reader: Reader) -> dict[str, list[tuple[object, ...]]]:
    """The rows of all tables that follow from the log, with byte offsets for positions."""
    places = {
        row["position"]: row["byte_offset"]
        for row in reader.query("SELECT position, byte_offset FROM lines").to_pylist()
    }
    assert len(set(places.values())) == len(places)
    names = reader.query(
        "SELECT table_name FROM duckdb_tables() WHERE table_name NOT IN ('meta', 'sources')"
    )["table_name"].to_pylist()
    assert {"lines", "event_rows", "messages"} < set(names)
    found = {}
    for name in names:
        rows = reader.query(f"SELECT * FROM {name}").to_pylist()
        found[name] = sorted((tuple(placed(row, places)) for row in rows), key=repr)
    return found


def placed(row: dict[str, object], places: dict[object, int]) -> Iterator[object]:
    for column, value in row.items():
        position = column.endswith("position") or column == "message_no"
        yield places[value] if position and value is not None else value

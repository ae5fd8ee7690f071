"""However files are cut into batches, and in whatever order they come, the tables are the same."""

import random
from collections import Counter
from collections.abc import Iterable
from itertools import islice
from pathlib import Path

import pytest

from tests.tracer.projections.conftest import DAY
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_reader, open_writer

# Numbers that lines, batches and sources get as they come; `position` is compared as its place.
OF_THE_ORDER = {
    "first_position", "last_position", "message_no",  # which line of a message came first and last
    "source_id", "generation",
}  # fmt: skip

Table = Counter[str]
Files = dict[str, list[bytes]]


@pytest.fixture(scope="module")
def files() -> Files:
    """Lines by file: each host's log, rotated anywhere, also in the middle of a second's mail."""
    hosts: Files = {}
    for line in DAY.read_bytes().splitlines(keepends=True)[:4000]:
        hosts.setdefault(line.split()[3].decode(), []).append(line)
    made = {}
    chance = random.Random(4)
    for host, lines in hosts.items():
        ends = sorted(chance.sample(range(1, len(lines)), 4))
        for start, end in zip([0, *ends], [*ends, len(lines)], strict=True):
            made[f"/var/log/{host}.{start}.log"] = lines[start:end]
    return made


def load(store: Path, files: Files, batches: Iterable[tuple[str, int]]) -> dict[str, Table]:
    """The tables of a store after so many lines of this file, of that; positions as places."""
    rest = {name: iter(lines) for name, lines in files.items()}
    streams = {}
    with open_writer(store) as writer:
        for name, count in batches:
            part = b"".join(islice(rest[name], count))
            if name not in streams:
                head = b"".join(files[name])[:HEAD_BYTES]
                streams[name] = writer.resolve(Identity(name, head))
            stream = streams[name]
            chunk = Chunk(stream, stream.committed_offset, part, zone="UTC")
            streams[name] = writer.append(chunk).stream
    with open_reader(store) as reader:
        lines = reader.query(
            "SELECT l.position, s.path, l.byte_offset "
            "FROM lines l JOIN sources s USING (source_id, generation)"
        ).to_pylist()
        assert len(lines) == sum(map(len, files.values()))
        places = {row["position"]: (row["path"], row["byte_offset"]) for row in lines}
        names = reader.query("SELECT table_name FROM duckdb_tables() WHERE table_name <> 'meta'")
        return {
            name: Counter(
                repr(
                    {
                        key: places[value] if key == "position" else value
                        for key, value in row.items()
                        if key not in OF_THE_ORDER
                    }
                )
                for row in reader.query(f"SELECT * FROM {name}").to_pylist()
            )
            for name in names["table_name"].to_pylist()
        }


@pytest.fixture(scope="module")
def expected(files: Files, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Table]:
    """The tables of the files, one after the other, each at once."""
    store = tmp_path_factory.mktemp("expected") / "s.duckdb"
    tables = load(store, files, ((name, len(lines)) for name, lines in files.items()))
    assert tables["traffic_hops"].total() > 50
    assert tables["messages"].total() > 150
    return tables


def newest_first(files: Files) -> list[tuple[str, int]]:
    return [(name, len(lines)) for name, lines in reversed(files.items())]


def at_random(files: Files) -> list[tuple[str, int]]:
    """Files side by side, cut anywhere."""
    chance = random.Random(5)
    left = {name: len(lines) for name, lines in files.items()}
    batches = []
    while left:
        name = chance.choice(list(left))
        count = min(left[name], chance.randint(1, 800))
        batches.append((name, count))
        left[name] -= count
        if not left[name]:
            del left[name]
    assert len(batches) > len(files)
    return batches


@pytest.mark.parametrize("order", [newest_first, at_random])
def test_neither_order_nor_cuts_matter(order, files, expected, tmp_path: Path) -> None:
    found = load(tmp_path / "s.duckdb", files, order(files))
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert sorted((found[name] - table).elements()) == [], name
        assert sorted((table - found[name]).elements()) == [], name

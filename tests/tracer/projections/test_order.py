"""Files that are loaded in another order make the same tables, but for what tells of the order."""

import gzip
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.store import open_reader

DAY = Path(__file__).parents[3] / "sample_logs" / "day-iso"
# Which of its lines was read first or last, by which batch, and the number that a source got.
OF_THE_ORDER = {
    "first_position", "last_position", "message_no", "found_by", "source_id", "generation",
}  # fmt: skip

Table = Counter[str]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Two files of each host, rotated in a long pause; some mail is in the queue then."""
    folder = tmp_path_factory.mktemp("files")
    text = gzip.decompress((DAY / "mail.log.1.gz").read_bytes()) + (DAY / "mail.log").read_bytes()
    hosts: dict[bytes, list[bytes]] = {}
    for line in text.splitlines(keepends=True):
        hosts.setdefault(line.split()[1], []).append(line)
    made = []
    for host, lines in hosts.items():
        times = [datetime.fromisoformat(line.split()[0].decode()) for line in lines]
        quarter = len(lines) // 4
        middle = max(range(quarter, 3 * quarter), key=lambda n: times[n] - times[n - 1])
        for name, part in (("old", lines[:middle]), ("new", lines[middle:])):
            made.append(folder / f"{host.decode()}.{name}.log")
            made[-1].write_bytes(b"".join(part))
    assert len(made) == 4
    return made


def load(store: Path, files: list[Path]) -> dict[str, Table]:
    """The tables of a store after these files, one after the other; positions as places."""
    for file in files:
        assert main(["ingest", "--db", str(store), "--zone", "UTC", str(file)]) == 0
    with open_reader(store) as reader:
        lines = reader.query(
            "SELECT l.position, s.path, l.byte_offset "
            "FROM lines l JOIN sources s USING (source_id, generation)"
        ).to_pylist()
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


def test_the_order_of_files_does_not_matter(files: list[Path], tmp_path: Path) -> None:
    expected = load(tmp_path / "in-order.duckdb", files)
    assert expected["traffic_hops"].total() > 50
    assert expected["messages"].total() > 300
    found = load(tmp_path / "newest-first.duckdb", files[::-1])
    assert found.keys() == expected.keys()
    for name, table in expected.items():
        assert sorted((found[name] - table).elements()) == [], name
        assert sorted((table - found[name]).elements()) == [], name

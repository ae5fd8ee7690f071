"""Copies of a store: whole, of one state, private, and never half made."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pytest
from pyarrow import parquet

from tests.tracer.store.samples import LOG, load
from tests.tracer.store.test_readers import python
from tracer.cli import main
from tracer.errors import TracerError
from tracer.store import open_reader, open_writer
from tracer.store.meanings import INNER, TABLES
from tracer.store.snapshot import Span, to_duckdb, to_parquet

DAY = Path(__file__).parents[3] / "sample_logs" / "day"
COMMAND = [sys.executable, "-m", "tracer.cli", "snapshot"]
NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("snapshot") / "store.duckdb"
    logs = map(str, sorted(DAY.glob("mail.log*")))
    assert main(["ingest", "--db", str(path), "--zone", "UTC", *logs]) == 0
    return path


@pytest.fixture(params=["owned", "alone"])
def source(store: Path, request: pytest.FixtureRequest) -> Iterator[Path]:
    """The store, beside its owner and without one."""
    if request.param == "alone":
        yield store
    else:
        with open_writer(store):
            yield store


def contents(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """The rows of each table and view, by a plain client of DuckDB."""
    with duckdb.connect(str(path), read_only=True) as client:
        names = client.execute(
            "SELECT table_name FROM duckdb_tables() UNION ALL "
            "SELECT view_name FROM duckdb_views() WHERE NOT internal"
        ).fetchall()
        return {
            name: client.execute(f'SELECT * FROM "{name}" ORDER BY ALL').fetchall()
            for (name,) in names
        }


@pytest.fixture(scope="module")
def original(store: Path) -> dict[str, list[tuple[object, ...]]]:
    return contents(store)


def copy(source: Path, target: Path, span: Span | None = None, *, replace: bool = False) -> None:
    with open_reader(source) as reader:
        to_duckdb(reader, target, span or Span(), lambda name, share: None, replace=replace)


def test_a_plain_client_finds_all_of_it(
    source: Path, original: dict[str, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    copy(source, tmp_path / "copy.duckdb")
    found = contents(tmp_path / "copy.duckdb")
    assert found.keys() == original.keys() == TABLES.keys() | INNER.keys()
    for name in found:
        assert found[name] == original[name], name
    assert len(found["rejections"]) == 140


def test_it_is_a_store_itself(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    copy(store, tmp_path / "copy.duckdb")
    told = []
    for db in store, tmp_path / "copy.duckdb":
        assert main(["trace", "--db", str(db), "--json", "42958194146"]) == 0
        told.append(capsys.readouterr().out)
    assert told[0] == told[1]
    with open_writer(tmp_path / "copy.duckdb") as writer:
        assert load(writer, LOG).lines == 7


def test_parquet_has_the_public_tables(
    source: Path, original: dict[str, list[tuple[object, ...]]], tmp_path: Path
) -> None:
    with open_reader(source) as reader:
        to_parquet(reader, tmp_path / "copy", Span(), lambda name, share: None, replace=False)
    files = {file.stem: file for file in (tmp_path / "copy").iterdir()}
    assert files.keys() == TABLES.keys()
    for name, file in files.items():
        rows = duckdb.execute(f"SELECT * FROM '{file}' ORDER BY ALL").fetchall()
        assert rows == original[name], name
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o700
    assert parquet.read_schema(files["events"]).field("occurred_at").type == "timestamp[us]"


@pytest.mark.parametrize("span", [Span(start=NOON), Span(end=NOON), Span(NOON, NOON)])
def test_what_is_outside_of_the_days_is_left_out(
    store: Path, original: dict[str, list[tuple[object, ...]]], tmp_path: Path, span: Span
) -> None:
    copy(store, tmp_path / "copy.duckdb", span)
    with duckdb.connect(str(store), read_only=True) as client:
        client.execute(f"ATTACH '{tmp_path / 'copy.duckdb'}' AS copy (READ_ONLY)")
        inside = (
            f"occurred_at >= '{span.start or '-infinity'}' "
            f"AND occurred_at < '{span.end or 'infinity'}'"
        )
        for table in "events", "rejections", "links", "logins":
            wanted = f"SELECT * FROM {table} WHERE {inside} ORDER BY position"
            assert (
                client.execute(f"SELECT * FROM copy.{table} ORDER BY position").fetchall()
                == client.execute(wanted).fetchall()
            )
        for table in "lines", "addresses":
            ((here, there),) = client.execute(
                f"SELECT (SELECT count(*) FROM copy.{table}), (SELECT count(*) FROM {table} "
                f"WHERE position IN (SELECT position FROM events WHERE {inside}))"
            ).fetchall()
            assert here == there
            assert (here > 0) == (span.start != span.end)
        ((messages,),) = client.execute(
            f"SELECT count(*) FROM messages WHERE last_at >= '{span.start or '-infinity'}' "
            f"AND first_at < '{span.end or 'infinity'}'"
        ).fetchall()
        assert client.execute("SELECT count(*) FROM copy.messages").fetchall() == [(messages,)]
        assert client.execute("FROM copy.sources").fetchall() == original["sources"]
        ((here, there),) = client.execute(
            "SELECT (SELECT count(*) FROM copy.login_networks), (SELECT count(*) "
            "FROM login_networks WHERE day BETWEEN "
            f"'{span.start or '-infinity'}'::DATE AND '{span.end or 'infinity'}'::DATE)"
        ).fetchall()
        assert here == there > 0


def test_it_is_one_state_while_lines_are_added(tmp_path: Path) -> None:
    path, target = tmp_path / "store.duckdb", tmp_path / "copy.duckdb"
    with open_writer(path) as writer:
        load(writer, LOG * 50)
        offset = len(LOG) * 50
        added = 0

        def add(name: str, share: float) -> None:
            nonlocal added
            load(writer, LOG * (50 + added + 1))
            added += 1

        with open_reader(path) as reader:
            to_duckdb(reader, target, Span(), add, replace=False)
    assert added > 3
    found = contents(target)
    assert len(found["lines"]) == len(found["events"]) == 350
    (stream,) = found["sources"]
    assert offset in stream


# -- the file -------------------------------------------------------------------------------------


def test_only_its_owner_can_read_it(store: Path, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        copy(store, tmp_path / "copy.duckdb")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "copy.duckdb").stat().st_mode) == 0o600
    assert [file.name for file in tmp_path.iterdir()] == ["copy.duckdb"]


def test_nothing_is_replaced_unasked(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.duckdb"
    target.write_text("precious")
    with pytest.raises(TracerError, match="exists: choose another name, or --force"):
        copy(store, target)
    assert target.read_text() == "precious"
    copy(store, target, replace=True)
    assert len(contents(target)["events"]) == 9083


def test_what_is_no_copy_is_not_replaced_at_all(store: Path, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "letter.txt").write_text("precious")
    with pytest.raises(TracerError, match="holds other things than Parquet"):
        copy(store, folder, replace=True)
    assert (folder / "letter.txt").read_text() == "precious"
    with open_writer(tmp_path / "live.duckdb"), pytest.raises(TracerError, match=r"\.wal|written"):
        copy(store, tmp_path / "live.duckdb", replace=True)
    (tmp_path / "used.duckdb.wal").touch()
    with pytest.raises(TracerError, match=r"as its \.wal says"):
        copy(store, tmp_path / "used.duckdb")


def test_a_folder_of_parquet_is_replaced(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy"
    target.mkdir()
    (target / "old.parquet").touch()
    with open_reader(store) as reader:
        to_parquet(reader, target, Span(), lambda name, share: None, replace=True)
    assert {file.stem for file in target.iterdir()} == TABLES.keys()
    assert [file.name for file in tmp_path.iterdir()] == ["copy"]


def test_a_killed_one_leaves_no_file_and_the_next_tidies_up(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.duckdb"
    process = python(
        "import sys, time; from pathlib import Path\n"
        "from tracer.store import open_reader; from tracer.store.snapshot import Span, to_duckdb\n"
        "def wait(*_): print('copying', flush=True); time.sleep(60)\n"
        "with open_reader(sys.argv[1]) as reader:\n"
        "    to_duckdb(reader, Path(sys.argv[2]), Span(), wait, replace=False)\n",
        str(store),
        str(target),
    )
    with pytest.raises(TracerError, match="is being made by another process"):
        copy(store, target)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    assert not target.exists()
    assert list(tmp_path.iterdir()) == [tmp_path / ".copy.duckdb.part"]
    copy(store, target)
    assert list(tmp_path.iterdir()) == [target]


def test_an_owner_that_ends_meanwhile_is_told_of(tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    target = tmp_path / "copy.duckdb"
    with open_writer(path) as writer:
        load(writer, LOG * 5000)
    owner = python(
        "import sys, time; from tracer.store import open_writer\n"
        "with open_writer(sys.argv[1]): print('open', flush=True); time.sleep(60)\n",
        str(path),
    )
    with (
        open_reader(path) as reader,
        pytest.raises(TracerError, match=r"ended|failed"),
    ):
        to_duckdb(reader, target, Span(), lambda name, share: owner.kill(), replace=False)
    owner.communicate()
    assert not target.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(store: Path, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("nothing can be mounted here")
    try:
        with pytest.raises(TracerError, match="is full"):
            copy(store, disk / "copy.duckdb")
        assert list(disk.iterdir()) == []
    finally:
        subprocess.run(["umount", str(disk)], check=True)


# -- the command ----------------------------------------------------------------------------------


def test_the_command(store: Path, tmp_path: Path) -> None:
    target = tmp_path / "copy.duckdb"
    command = [*COMMAND, "--db", str(store), str(target)]
    days = ["--since", "2026-03-02", "--until", "2026-03-02", "--zone", "UTC"]
    done = subprocess.run([*command, *days], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{target}: ")
    assert len(contents(target)["events"]) == 7548
    again = subprocess.run(command, capture_output=True, text=True)
    assert again.returncode == 2
    assert "--force" in again.stderr


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["no/where/copy.duckdb"], "create the folder"),
        (["/"], "name a file"),
        (["copy", "--since", "2026-03-02", "--until", "2026-03-01"], "before --since"),
    ],
)
def test_misuse(
    store: Path,
    args: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(os, "nice", lambda by: 0)  # of the tests themselves
    assert main(["snapshot", "--db", str(store), *args]) == 2
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []

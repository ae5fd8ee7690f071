"""Files that are no store, and disks that do not take it: a clear error, and nothing lost."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.tracer.store.samples import LOG, count, identity, load, stored
from tracer.errors import TracerError
from tracer.sources.chunks import Chunk
from tracer.store import open_appender, open_reader, open_writer

OPENERS = [open_writer, open_appender, open_reader]


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize("content", [b"", b"Nov 24 a log\n" * 1000, bytes(range(256)) * 100])
def test_a_file_that_is_no_database(
    opener: Callable[..., object], content: bytes, path: Path
) -> None:
    path.write_bytes(content)
    with pytest.raises(TracerError, match="no mailtracer store"):
        opener(path)
    assert path.read_bytes() == content


@pytest.mark.parametrize("opener", OPENERS)
@pytest.mark.parametrize(
    "statement", ["CREATE TABLE meta (a INTEGER)", "CREATE TABLE t (a INTEGER)", "SELECT 1"]
)
def test_a_database_of_somebody_else(
    opener: Callable[..., object], statement: str, path: Path
) -> None:
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
    with pytest.raises(TracerError, match="but no mailtracer store"):
        opener(path)
    with duckdb.connect(str(path)) as connection:
        assert len(connection.execute("SHOW TABLES").fetchall()) == statement.startswith("CREATE")


@pytest.mark.parametrize("opener", OPENERS)
def test_a_store_of_a_newer_version(opener: Callable[..., object], path: Path) -> None:
    with open_writer(path):
        pass
    with duckdb.connect(str(path)) as connection:
        connection.execute("UPDATE meta SET value = '999' WHERE key = 'schema_version'")
    with pytest.raises(TracerError, match=r"newer mailtracer \(schema 999"):
        opener(path)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_store_that_is_cut_short(opener: Callable[..., object], path: Path) -> None:
    with open_writer(path) as writer:
        load(writer, LOG)
    os.truncate(path, 9000)
    with pytest.raises(TracerError, match="cut short"):
        opener(path)


@pytest.mark.parametrize("opener", OPENERS)
def test_a_folder(opener: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(TracerError, match="is a folder"):
        opener(tmp_path)


@pytest.mark.parametrize("opener", [open_writer, open_appender])
def test_a_folder_that_is_missing(opener: Callable[..., object], tmp_path: Path) -> None:
    with pytest.raises(TracerError, match="does not exist: create the folder"):
        opener(tmp_path / "no" / "store.duckdb")


def test_a_store_that_is_missing(path: Path) -> None:
    with pytest.raises(TracerError, match="run `mailtracer ingest`"):
        open_reader(path)
    assert not path.exists()


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody else")
@pytest.mark.parametrize("opener", ["open_writer", "open_reader"])
def test_a_store_without_permission(opener: str, tmp_path: Path) -> None:
    path = tmp_path / "store.duckdb"
    with open_writer(path):
        pass
    for folder in (tmp_path, *tmp_path.parents[:-2]):
        folder.chmod(0o755)
    code = (
        "import os, sys, tracer.store, tracer.store.server\n"
        "os.setuid(65534)\n"
        f"try: tracer.store.{opener}(sys.argv[1])\n"
        "except tracer.store.readers.TracerError as error: print(error)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(path)], capture_output=True, text=True, check=True
    )
    assert "no permission" in done.stdout


FILLER = """
import resource, signal, sys
from tests.tracer.store.samples import identity
from tracer.errors import TracerError
from tracer.sources.chunks import Chunk
from tracer.store import open_writer

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
data = open(sys.argv[2], "rb").read()
writer = open_writer(sys.argv[1])
stream = writer.resolve(identity(data))
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    while stream.committed_offset < len(data):
        end = data.index(b"\\n", min(stream.committed_offset + 400_000, len(data) - 1)) + 1
        chunk = Chunk(stream, stream.committed_offset, data[stream.committed_offset : end])
        stream = writer.append(chunk).stream
except TracerError as error:
    print(error)
    print(stream.committed_offset)
try:
    writer.close()
except TracerError as error:
    print(error)
"""


def incompressible(megabytes: int) -> bytes:
    return b"".join(os.urandom(50).hex().encode() + b"\n" for _ in range(megabytes * 10_000))


def fill(store: Path, log: Path, *limit: str) -> list[str]:
    done = subprocess.run(
        [sys.executable, "-c", FILLER, str(store), str(log), *limit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def check_nothing_is_lost(path: Path, data: bytes, committed: int) -> None:
    """The store opens, has what it said it had, and takes the rest."""
    with open_reader(path) as reader:
        found = stored(reader)
        assert found == data[: len(found)]
        assert len(found) >= committed
    with open_writer(path) as writer:
        writer.append(Chunk(writer.resolve(identity(data)), 0, data))
        assert stored(writer) == data
        assert count(writer, "events") == count(writer, "lines")


def test_a_limit_on_file_sizes(tmp_path: Path) -> None:
    data = incompressible(4)
    log, store = tmp_path / "mail.log", tmp_path / "store.duckdb"
    log.write_bytes(data)
    said = fill(store, log, "1500000")
    assert "may not grow further" in said[0]
    assert 0 <= int(said[1]) < len(data)
    check_nothing_is_lost(store, data, int(said[1]))


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_a_full_disk(tmp_path: Path) -> None:
    data = incompressible(4)
    log, disk = tmp_path / "mail.log", tmp_path / "disk"
    log.write_bytes(data)
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(disk)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip("mounting is not allowed here")
    try:
        store = disk / "store.duckdb"
        said = fill(store, log)
        assert "is full" in said[0]
        assert 0 <= int(said[1]) < len(data)
        subprocess.run(["mount", "-o", "remount,size=100m", str(disk)], check=True)
        check_nothing_is_lost(store, data, int(said[1]))
    finally:
        subprocess.run(["umount", str(disk)], check=True)

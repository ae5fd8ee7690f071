import stat
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tracer.store.samples import LINES, LOG, count, identity, load, stored
from tracer.errors import TracerError
from tracer.sources.chunks import Chunk, Ending
from tracer.store import open_appender, open_reader, open_writer, readers, wire
from tracer.store.remote import RemoteAppender
from tracer.store.writer import Writer

OWNER = """
import sys, time
from tracer.store import open_writer
with open_writer(sys.argv[1]):
    print("open", flush=True)
    time.sleep(float(sys.argv[2]))
"""


def python(code: str, *args: str) -> subprocess.Popen[str]:
    """A process that runs code, once it has said something."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *args], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


def end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.communicate()


def test_reader_beside_the_owner_sees_each_commit(writer: Writer) -> None:
    with open_reader(writer.path) as reader:
        assert count(reader, "lines") == 0
        stream = load(writer, b"".join(LINES[:3])).stream
        assert count(reader, "lines") == 3
        writer.append(Chunk(stream, 0, LOG))
        assert stored(reader) == LOG


def test_reader_follows_the_owner_as_it_comes_and_goes(path: Path) -> None:
    with open_writer(path) as first:
        load(first, b"".join(LINES[:2]))
        reader = open_reader(path)
        assert count(reader, "lines") == 2
    assert count(reader, "lines") == 2  # from the file
    with open_writer(path) as second:
        load(second, LOG)
        assert count(reader, "lines") == len(LINES)  # from the new owner
    assert count(reader, "lines") == len(LINES)
    reader.close()


def test_reader_follows_owners_in_other_processes(path: Path) -> None:
    with open_writer(path) as writer:
        load(writer, LOG)
    owner = python(OWNER, str(path), "60")
    try:
        with open_reader(path) as reader:
            assert count(reader, "lines") == len(LINES)
            owner.kill()
            owner.wait()
            assert wire.socket_path(path).exists()  # nobody tidied up
            assert count(reader, "lines") == len(LINES)
            with open_writer(path):
                assert count(reader, "lines") == len(LINES)
    finally:
        end(owner)


def test_an_owner_waits_for_readers_of_the_file(path: Path) -> None:
    with open_writer(path) as writer:
        load(writer, LOG)
    with open_reader(path) as reader:
        rows = reader.rows("FROM range(1000000)")
        next(rows)
        waiting = python(f"print('starting', flush=True)\n{OWNER}", str(path), "0")
        rows.close()
        assert waiting.wait(timeout=20) == 0


def test_only_one_owner(path: Path) -> None:
    with open_writer(path), pytest.raises(TracerError, match="already being written by another"):
        open_writer(path)
    owner = python(OWNER, str(path), "60")
    try:
        with pytest.raises(TracerError, match="already being written by another"):
            open_writer(path)
    finally:
        end(owner)


def test_appender_owns_what_nobody_owns(path: Path) -> None:
    with open_appender(path) as appender:
        assert isinstance(appender, Writer)
        load(appender, LOG)
    with open_reader(path) as reader:
        assert stored(reader) == LOG


def test_appender_hands_over_to_the_owner(writer: Writer) -> None:
    with open_appender(writer.path) as appender:
        assert isinstance(appender, RemoteAppender)
        stream = appender.resolve(identity(LOG, "/logs/odd \udcff\n"))
        added = appender.append(Chunk(stream, 0, LINES[0] + b"half", Ending.PARTIAL))
        assert (added.lines, added.unparsed) == (1, 0)
        assert added.stream.committed_offset == len(LINES[0])
        again = appender.append(Chunk(added.stream, 0, LOG, zone="Europe/Berlin"))
        assert (again.lines, again.unparsed) == (len(LINES) - 1, 1)
        assert again.first_at is not None
        other = appender.resolve(identity(LOG), exclude=((stream.source_id, stream.generation),))
        assert (other.source_id, other.generation) != (stream.source_id, stream.generation)
        with pytest.raises(TracerError, match="skipped"):
            appender.append(Chunk(other, 5, LOG))
    assert stored(writer) == LOG


def test_a_chunk_of_32_megabytes_crosses_the_socket(writer: Writer) -> None:
    data = b"".join(b"%d %s\n" % (number, b"x" * 1000) for number in range(32_000))
    with open_appender(writer.path) as appender:
        stream = appender.resolve(identity(data))
        added = appender.append(Chunk(stream, 0, data))
    assert added.lines == 32_000
    assert stored(writer) == data


def test_an_appender_whose_owner_ends_says_so(path: Path) -> None:
    with open_writer(path) as writer:
        appender = open_appender(path)
        writer.close()
        with pytest.raises(TracerError, match="run the command again"):
            appender.resolve(identity(LOG))
        appender.close()


def test_many_readers_and_the_writer_do_not_wait_for_each_other(writer: Writer) -> None:
    failures: list[BaseException] = []
    queries = [0] * 6
    done = threading.Event()

    def read(number: int) -> None:
        try:
            with open_reader(writer.path) as reader:
                seen = 0
                while not done.is_set():
                    lines, events = (
                        reader.query(
                            "SELECT (SELECT count(*) FROM lines), (SELECT count(*) FROM events)"
                        )
                        .to_pylist()[0]
                        .values()
                    )
                    assert lines == events >= seen
                    seen = lines
                    queries[number] += 1
        except (AssertionError, TracerError) as error:
            failures.append(error)

    threads = [threading.Thread(target=read, args=(number,)) for number in range(len(queries))]
    for thread in threads:
        thread.start()
    stream, offset, data = writer.resolve(identity(LOG)), 0, b""
    for _ in range(10):
        added = writer.append(Chunk(stream, offset, LOG))
        offset, data = added.stream.committed_offset, data + LOG
    deadline = time.monotonic() + 20
    while not all(queries) and time.monotonic() < deadline:
        time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join()
    assert not failures
    assert all(queries)
    assert stored(writer) == data


def test_a_reader_that_stops_reading_does_not_hold_the_owner_up(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_writer(path) as writer, open_reader(path) as reader:
        load(writer, LOG)
        rows = reader.rows("SELECT range, repeat('x', 1000) FROM range(10000000)")
        next(rows)
        started = time.monotonic()
        writer.close()
        assert time.monotonic() - started < 8
        with pytest.raises(TracerError, match="closed"):
            list(rows)


def test_a_query_ends_when_its_reader_has_gone(writer: Writer) -> None:
    code = (
        "import sys; from tracer.store import open_reader\n"
        "reader = open_reader(sys.argv[1]); print('open', flush=True)\n"
        "reader.query('SELECT count(*) FROM range(10000000000) a, range(10000) b')\n"
    )
    client = python(code, str(writer.path))
    wait_for(lambda: writer.busy)
    end(client)
    wait_for(lambda: not writer.busy)


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


# -- the socket -----------------------------------------------------------------------------------


def test_files_are_private(writer: Writer) -> None:
    load(writer, LOG)
    for suffix in ("", ".sock", ".wal"):
        mode = writer.path.with_name(writer.path.name + suffix).stat().st_mode
        assert stat.S_IMODE(mode) == 0o600, suffix


@pytest.mark.parametrize("name", ["long" * 30, "odd name#%20", "ünï"])
def test_paths_that_no_socket_may_have(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = Path(tempfile.mkdtemp(dir="/tmp"))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(runtime))
    path = tmp_path / name / "store.duckdb"
    path.parent.mkdir()
    with open_writer(path) as writer, open_reader(path) as reader:
        load(writer, LOG)
        assert stored(reader) == LOG
        assert wire.socket_path(path).is_relative_to(runtime)
        assert stat.S_IMODE(wire.socket_path(path).parent.stat().st_mode) == 0o700


def test_a_path_that_duckdb_cannot_own_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TracerError, match="question mark"):
        open_writer(tmp_path / "what?.duckdb")


def test_a_runtime_folder_of_somebody_else_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", tempfile.mkdtemp(dir="/tmp"))
    with monkeypatch.context() as patch:
        patch.setattr(wire, "_SAFE_PATH", wire.re.compile("never"))
        folder = wire.socket_path(Path("/store")).parent
        folder.chmod(0o777)
        with pytest.raises(TracerError, match="only you can use"):
            wire.socket_path(Path("/store"))


def test_a_stale_socket_is_replaced(path: Path) -> None:
    owner = python(OWNER, str(path), "60")
    end(owner)
    assert wire.socket_path(path).exists()
    assert not wire.answers(wire.socket_path(path))
    with open_writer(path), open_reader(path) as reader:
        assert wire.answers(wire.socket_path(path))
        assert count(reader, "lines") == 0
    assert not wire.socket_path(path).exists()


def test_importing_the_store_loads_no_flight() -> None:
    code = "import sys, tracer.store; print(*{'pyarrow.flight', 'pandas'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_a_file_locked_by_a_stranger(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with open_writer(path):
        pass
    stranger = python(
        "import duckdb, sys, time; c = duckdb.connect(sys.argv[1]); print(1, flush=True); "
        "time.sleep(60)",
        str(path),
    )
    monkeypatch.setattr(readers, "WAIT_SECONDS", 0.2)
    try:
        for opener in (open_writer, open_appender, open_reader):
            with pytest.raises(TracerError, match=rf"in use by .*PID {stranger.pid}"):
                opener(path)
    finally:
        end(stranger)

"""`mailtracer watch` as a process: what it says, serves, and how it ends."""

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracer.store import open_reader, open_writer


def line(number: int) -> bytes:
    return b"2026-03-02T03:37:01+00:00 mx postfix/qmgr[7]: 4Zx%08dz1: removed\n" % number


class Watcher:
    """The process."""

    def __init__(self, folder: Path, *args: str | Path) -> None:
        self.db = folder / "store.duckdb"
        self._stderr = folder / "stderr"
        with self._stderr.open("wb") as stderr:
            self.process = subprocess.Popen(
                [
                    sys.executable,
                    "-m",
                    "tracer.cli",
                    "watch",
                    "--db",
                    str(self.db),
                    *map(str, args),
                ],
                stderr=stderr,
            )

    def said(self) -> str:
        return self._stderr.read_text()

    def end(self, number: int = signal.SIGTERM) -> int:
        self.process.send_signal(number)
        return self.process.wait(20)


@contextmanager
def watching(folder: Path, *args: str | Path) -> Iterator[Watcher]:
    watcher = Watcher(folder, *args)
    try:
        yield watcher
    finally:
        watcher.process.kill()
        watcher.process.wait()


def stored(db: Path) -> list[bytes]:
    if not db.exists():
        return []
    with open_reader(db) as reader:
        table = reader.query("SELECT text FROM lines ORDER BY position")
        return [text.encode() + b"\n" for text in table.column("text").to_pylist()]


def eventually(condition: Callable[[], bool], seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_bytes(line(0))
    return path


def append(log: Path, data: bytes) -> None:
    with log.open("ab") as file:
        file.write(data)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_follows_serves_and_ends(tmp_path: Path, log: Path, number: int) -> None:
    with watching(tmp_path, log, "--verbose") as watcher:
        eventually(lambda: watcher.said().count("\n") == 2)
        assert stored(watcher.db) == [line(0)]
        append(log, line(1) + line(2) + b"half")
        began = time.monotonic()
        eventually(lambda: stored(watcher.db) == [line(0), line(1), line(2)])
        assert time.monotonic() - began < 2.0
        assert watcher.end(number) == 0
        assert watcher.said().splitlines() == [
            f"mailtracer: following {log} from its beginning",
            f"mailtracer: {log}: 1 new lines, 0 of them unparsed",
            f"mailtracer: {log}: 2 new lines, 0 of them unparsed",
        ]
        assert stored(watcher.db) == [line(0), line(1), line(2)]


def test_says_once_what_it_waits_for(tmp_path: Path) -> None:
    log = tmp_path / "Журнал почты.log"
    with watching(tmp_path, log) as watcher:
        eventually(lambda: "does not exist yet: waiting for it" in watcher.said())
        log.write_bytes(line(0))
        eventually(lambda: stored(watcher.db) == [line(0)])
        assert watcher.end() == 0
        assert watcher.said().count("\n") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_unreadable_file_is_told_once(tmp_path: Path, log: Path) -> None:
    log.chmod(0)
    with watching(tmp_path, log) as watcher:
        eventually(lambda: "Permission denied; trying again" in watcher.said())
        time.sleep(2.5)
        assert watcher.said().count("\n") == 1
        log.chmod(0o600)
        eventually(lambda: stored(watcher.db) == [line(0)])


def test_ingest_hands_its_lines_to_the_watcher(tmp_path: Path, log: Path) -> None:
    older = tmp_path / "older.log"
    older.write_bytes(line(5) + line(6))
    with watching(tmp_path, log) as watcher:
        eventually(lambda: stored(watcher.db) == [line(0)])
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "tracer.cli",
                "ingest",
                "--json",
                "--db",
                watcher.db,
                log,
                older,
            ],
            capture_output=True,
            timeout=60,
        )
        assert json.loads(done.stdout)["new_lines"] == 2
        append(log, line(1))
        eventually(lambda: stored(watcher.db) == [line(0), line(5), line(6), line(1)])


def test_becomes_the_owner_when_the_owner_ends(tmp_path: Path, log: Path) -> None:
    with open_writer(tmp_path / "store.duckdb") as owner, watching(tmp_path, log) as watcher:
        eventually(lambda: stored(watcher.db) == [line(0)])
        owner.close()
        append(log, line(1))
        eventually(lambda: stored(watcher.db) == [line(0), line(1)])
        assert watcher.end() == 0


def test_two_start_at_once(tmp_path: Path, log: Path) -> None:
    other = tmp_path / "other.log"
    other.write_bytes(line(7))
    with watching(tmp_path, log) as first, watching(tmp_path, other) as second:
        eventually(lambda: sorted(stored(first.db)) == [line(0), line(7)])
        assert (first.end(), second.end()) == (0, 0)


def test_killed_at_any_moment(tmp_path: Path, log: Path) -> None:
    choose = random.Random(7)
    number = 1
    with watching(tmp_path, log) as watcher:
        eventually(lambda: stored(watcher.db) == [line(0)])
    for _ in range(8):
        with watching(tmp_path, log):
            deadline = time.monotonic() + 0.5 + 1.5 * choose.random()
            while time.monotonic() < deadline:
                append(log, b"".join(line(number + n) for n in range(50)))
                number += 50
                time.sleep(0.02)
                if choose.random() < 0.02:
                    log.rename(tmp_path / f"mail.log-{20260301000000 + number}")
    with watching(tmp_path, log) as watcher:
        eventually(lambda: len(stored(watcher.db)) == number)
    assert stored(watcher.db) == [line(n) for n in range(number)]

"""Files that are written, rotated, removed and damaged while they are followed, or while not."""

import gzip
import os
import random
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tracer.sources.follow import follow
from tracer.sources.zones import Zones
from tracer.store import Reader, open_reader, open_writer
from tracer.store.writer import Writer


def line(number: int) -> bytes:
    return b"Mar  2 03:%02d:%02d mx postfix/qmgr[7]: 4Zx%08dz1: removed\n" % (
        number // 60 % 60,
        number % 60,
        number,
    )


class Log:
    """A log file and what writes to it; keeps the program's own handle through rotations."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.numbers = 0
        self.written = b""
        self.handle = path.open("ab", buffering=0)

    def write(self, count: int = 1) -> None:
        data = b"".join(line(self.numbers + n) for n in range(count))
        self.numbers += count
        self.raw(data)

    def raw(self, data: bytes) -> None:
        self.handle.write(data)
        self.written += data

    def shift(self) -> Path:
        """Make room for a new `.1`; gives its path."""
        copies = sorted(self.path.parent.glob(f"{self.path.name}.*"), key=self._number)
        for copy in reversed(copies):
            parts = copy.name.removeprefix(f"{self.path.name}.").split(".")
            parts[0] = str(int(parts[0]) + 1)
            copy.rename(copy.with_name(".".join([self.path.name, *parts])))
        return self.path.with_name(f"{self.path.name}.1")

    def _number(self, copy: Path) -> int:
        return int(copy.name.removeprefix(f"{self.path.name}.").split(".")[0])

    def rename_away(self) -> None:
        self.path.rename(self.shift())

    def reopen(self) -> None:
        self.handle.close()
        self.handle = self.path.open("ab", buffering=0)

    def rotate(self) -> None:
        self.rename_away()
        self.reopen()

    def copy_and_truncate(self) -> None:
        shutil.copy(self.path, self.shift())
        self.handle.truncate(0)


class Follower:
    """`follow` in a thread."""

    def __init__(self, store: Writer, paths: list[Path | str], drain_seconds: float) -> None:
        self.messages: list[str] = []
        self.stop = threading.Event()
        self._thread = ThreadPoolExecutor(1)
        self._end = self._thread.submit(
            follow,
            [str(path) for path in paths],
            store,
            self.stop,
            zones=Zones("UTC"),
            report=self.messages.append,
            drain_seconds=drain_seconds,
        )

    def end(self) -> None:
        self.stop.set()
        self._end.result()

    def said(self, words: str) -> int:
        return sum(words in message for message in self.messages)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Writer]:
    with open_writer(tmp_path / "store.duckdb") as writer:
        yield writer


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "var log Пошта"
    path.mkdir()
    return path


@pytest.fixture
def log(folder: Path) -> Log:
    return Log(folder / "mail.log")


@contextmanager
def following(store: Writer, *paths: Path | str, drain_seconds: float = 10.0) -> Iterator[Follower]:
    follower = Follower(store, list(paths), drain_seconds)
    try:
        yield follower
    finally:
        follower.end()


def stored(store: Reader) -> list[str]:
    """All lines, in the order in which they were stored."""
    return [
        text + ("\n" if terminated else "")
        for text, terminated in zip(
            *store.query("SELECT text, terminated FROM lines ORDER BY position")
            .to_pydict()
            .values(),
            strict=True,
        )
    ]


def eventually(condition: Callable[[], bool], seconds: float = 15.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def lines_of(data: bytes) -> list[str]:
    return data.decode().splitlines(keepends=True)


def all_stored(store: Reader, log: Log) -> Callable[[], bool]:
    return lambda: len(stored(store)) >= len(lines_of(log.written))


def check(store: Reader, log: Log) -> None:
    """Every line is stored, once, in the order of writing, with its bytes' place."""
    assert stored(store) == lines_of(log.written)
    twice = store.query(
        "SELECT source_id, generation, byte_offset FROM lines GROUP BY ALL HAVING count(*) > 1"
    )
    assert twice.num_rows == 0
    assert store.query("SELECT * FROM lines ANTI JOIN events USING (position)").num_rows == 0


# -- writing -------------------------------------------------------------------------------------


def test_what_is_there_and_what_comes(store: Writer, log: Log) -> None:
    log.write(5)
    with following(store, log.path) as follower:
        eventually(lambda: len(stored(store)) == 5)
        log.write(5)
        eventually(lambda: len(stored(store)) == 10)
    assert follower.messages == [f"following {log.path} from its beginning"]
    log.write(5)
    with following(store, log.path) as follower:
        eventually(all_stored(store, log))
    assert follower.messages == [f"following {log.path} from byte {10 * len(line(0))} on"]
    check(store, log)


def test_visible_to_readers_within_two_seconds(store: Writer, log: Log) -> None:
    log.write(1)
    with following(store, log.path), open_reader(store.path) as reader:
        eventually(lambda: len(stored(reader)) == 1)
        for count in range(2, 8):
            time.sleep(random.Random(count).random())
            log.write(1)
            began = time.monotonic()
            eventually(lambda n=count: len(stored(reader)) == n, 5.0)
            assert time.monotonic() - began < 2.0


def test_half_line_waits_until_it_is_whole(store: Writer, log: Log) -> None:
    log.write(1)
    with following(store, log.path, drain_seconds=0.2):
        eventually(all_stored(store, log))
        for piece in (b"Mar  2 03:37:01 mx ", b"postfix/qmgr[7]: 4Zx", b"00000001z1: removed"):
            log.raw(piece)
            time.sleep(0.6)
            assert len(stored(store)) == 1
        log.raw(b"\n" + line(7))
        eventually(all_stored(store, log))
    check(store, log)


def test_long_line_in_pieces_is_not_read_again_and_again(
    store: Writer, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.sources.tail.CHUNK_BYTES", 100_000)
    seen = 0
    pread = os.pread

    def counting(descriptor: int, size: int, offset: int) -> bytes:
        nonlocal seen
        data = pread(descriptor, size, offset)
        seen += len(data)
        return data

    monkeypatch.setattr(os, "pread", counting)
    log.write(1)
    with following(store, log.path):
        for _ in range(10):
            log.raw(b"x" * 1_000_000)
            time.sleep(0.25)
        log.raw(b"\n" + line(1))
        eventually(all_stored(store, log))
    check(store, log)
    assert seen < 25_000_000


def test_backlog_is_read_in_chunks(
    store: Writer, log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.sources.tail.CHUNK_BYTES", 10_000)
    sizes = []
    append = store.append
    monkeypatch.setattr(
        store, "append", lambda chunk: sizes.append(len(chunk.data)) or append(chunk)
    )
    log.write(2000)
    with following(store, log.path):
        eventually(all_stored(store, log))
    check(store, log)
    assert max(sizes) <= 10_000
    assert len(sizes) < 15


# -- rotation ------------------------------------------------------------------------------------


@pytest.mark.parametrize("method", [Log.rotate, Log.copy_and_truncate])
def test_rotation_while_watching(store: Writer, log: Log, method: Callable[[Log], None]) -> None:
    with following(store, log.path) as follower:
        for _ in range(3):
            log.write(20)
            eventually(all_stored(store, log))
            log.write(3)
            method(log)
            log.write(2)
            eventually(all_stored(store, log))
    check(store, log)
    assert follower.said("was rotated") + follower.said("was truncated") == 3


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("method", [Log.rotate, Log.copy_and_truncate])
def test_rotation_while_nobody_watches(
    store: Writer, log: Log, method: Callable[[Log], None], packed: bool
) -> None:
    log.write(30)
    with following(store, log.path):
        eventually(all_stored(store, log))
    log.write(7)
    for _ in range(3):
        method(log)
        log.write(11)
    if packed:
        for copy in log.path.parent.glob("mail.log.[23]"):
            copy.with_name(f"{copy.name}.gz").write_bytes(gzip.compress(copy.read_bytes()))
            copy.unlink()
    with following(store, log.path) as follower:
        eventually(all_stored(store, log))
        log.write(1)
        eventually(all_stored(store, log))
    check(store, log)
    assert follower.said("mail.log.3") == 1
    with following(store, log.path) as follower:
        time.sleep(0.5)
    assert follower.said("first") == 0
    check(store, log)


def test_dated_copies_are_looked_at(store: Writer, log: Log) -> None:
    log.write(30)
    with following(store, log.path):
        eventually(all_stored(store, log))
    for day in ("20260301", "20260302"):
        log.write(5)
        log.path.rename(log.path.with_name(f"mail.log-{day}"))
        log.reopen()
    log.write(1)
    with following(store, log.path):
        eventually(all_stored(store, log))
    check(store, log)


def test_history_before_the_first_start_is_left_alone(store: Writer, log: Log) -> None:
    log.write(30)
    log.rotate()
    log.write(5)
    with following(store, log.path):
        eventually(lambda: len(stored(store)) == 5)
        log.rotate()
        log.write(5)
        eventually(lambda: len(stored(store)) == 10)
    assert stored(store) == lines_of(log.written)[30:]


def test_old_handle_is_read_to_its_end_first(store: Writer, log: Log) -> None:
    log.write(5)
    with following(store, log.path):
        eventually(all_stored(store, log))
        log.rename_away()
        log.path.touch()  # as `create` does it, before the program reopens its log
        log.write(5)
        time.sleep(1.5)
        log.write(5)
        eventually(all_stored(store, log))
        log.reopen()
        log.write(5)
        eventually(all_stored(store, log))
    check(store, log)


def test_slow_program_still_writes_to_the_old_handle(store: Writer, log: Log) -> None:
    log.write(5)
    with following(store, log.path):
        eventually(all_stored(store, log))
        slow = log.handle
        log.rename_away()
        log.handle = log.path.open("ab", buffering=0)
        log.write(5)
        eventually(all_stored(store, log))
        slow.write(line(500) + line(501))
        eventually(lambda: len(stored(store)) == 12)
    assert stored(store)[-2:] == lines_of(line(500) + line(501))


@pytest.mark.parametrize("watched", [True, False])
def test_half_line_is_final_once_rotated_away(store: Writer, log: Log, watched: bool) -> None:
    log.write(1)
    with following(store, log.path, drain_seconds=1.0):
        eventually(all_stored(store, log))
        if watched:
            log.raw(b"Mar  2 03:37:01 mx half")
            log.rotate()
            log.write(1)
            eventually(lambda: len(stored(store)) == 3)
    if not watched:
        log.raw(b"Mar  2 03:37:01 mx half")
        log.rotate()
        log.write(1)
        with following(store, log.path, drain_seconds=1.0):
            eventually(lambda: len(stored(store)) == 3)
    assert sorted(stored(store)) == sorted(
        [*lines_of(line(0) + line(1)), "Mar  2 03:37:01 mx half"]
    )


def test_packed_away_at_once(store: Writer, log: Log) -> None:
    log.write(1)
    with following(store, log.path):
        eventually(all_stored(store, log))
        for _ in range(3):
            log.write(10)
            copy = log.shift()
            log.path.rename(copy)
            log.write(3)
            copy.with_name("mail.log.1.gz").write_bytes(gzip.compress(copy.read_bytes()))
            copy.unlink()
            log.reopen()
            log.write(2)
            eventually(all_stored(store, log))
    check(store, log)


def test_damaged_copy_is_told_and_passed_over(store: Writer, log: Log) -> None:
    log.write(5)
    with following(store, log.path):
        eventually(all_stored(store, log))
    log.rotate()
    log.write(2000)
    packed = gzip.compress(log.path.read_bytes())
    log.path.rename(log.path.with_name("mail.log.0.gz"))
    log.path.with_name("mail.log.0.gz").write_bytes(packed[: len(packed) // 2])
    log.reopen()
    log.write(5)
    with following(store, log.path) as follower:
        eventually(lambda: lines_of(log.written)[-1] in stored(store))
        assert follower.said("is damaged") == 1
    assert 500 < len(stored(store)) < 2000


def rotate_wildly(log: Log, seed: int, seconds: float) -> None:
    choose = random.Random(seed)
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        log.write(choose.choice([1, 1, 3, 200]))
        if choose.random() < 0.15:
            half = line(log.numbers)
            log.numbers += 1
            log.raw(half[:20])
            time.sleep(choose.random() * 0.05)
            log.raw(half[20:])
        if choose.random() < 0.1:
            choose.choice([log.rotate, log.copy_and_truncate])()
        time.sleep(choose.choice([0, 0, 0.001, 0.02, 0.2]))


@pytest.mark.parametrize("seed", range(4))
def test_every_line_once_whatever_rotates(store: Writer, log: Log, seed: int) -> None:
    writer = threading.Thread(target=rotate_wildly, args=(log, seed, 4.0))
    log.write(1)
    with following(store, log.path):
        eventually(lambda: len(stored(store)) == 1)
        writer.start()
        writer.join()
        eventually(all_stored(store, log))
    check(store, log)


@pytest.mark.parametrize("seed", range(4))
def test_every_line_once_through_restarts(store: Writer, log: Log, seed: int) -> None:
    log.write(1)
    with following(store, log.path):
        eventually(lambda: len(stored(store)) == 1)
    writer = threading.Thread(target=rotate_wildly, args=(log, seed, 4.0))
    writer.start()
    choose = random.Random(seed)
    while writer.is_alive():
        with following(store, log.path):
            time.sleep(choose.random())
        time.sleep(choose.random() / 2)
    with following(store, log.path):
        eventually(all_stored(store, log))
    check(store, log)


# -- absence and trouble ---------------------------------------------------------------------------


def test_file_and_folder_that_do_not_exist_yet(store: Writer, folder: Path) -> None:
    path = folder / "later" / "mail.log"
    with following(store, path) as follower:
        eventually(lambda: follower.said("waiting for it") == 1)
        time.sleep(1.5)
        path.parent.mkdir()
        time.sleep(1.2)
        log = Log(path)
        log.write(3)
        eventually(all_stored(store, log))
    check(store, log)
    assert len(follower.messages) == 2


def test_file_that_vanishes_comes_back(store: Writer, log: Log) -> None:
    log.write(3)
    with following(store, log.path) as follower:
        eventually(all_stored(store, log))
        log.write(1)
        log.path.unlink()
        eventually(lambda: follower.said("has vanished") == 1)
        log.reopen()
        log.write(3)
        eventually(all_stored(store, log))
    check(store, log)
    assert follower.said("has vanished") == 1


def test_what_is_no_log_is_told_once_and_tried_again(store: Writer, log: Log) -> None:
    log.raw(bytes(range(256)) * 8)
    with following(store, log.path) as follower:
        eventually(lambda: follower.said("binary") == 1)
        time.sleep(2.5)
        assert follower.said("binary") == 1
        log.handle.truncate(0)
        log.written = b""
        log.write(3)
        eventually(all_stored(store, log))
    check(store, log)


def test_folder_in_place_of_the_file(store: Writer, folder: Path) -> None:
    (folder / "mail.log").mkdir()
    (folder / "mail.log" / "inner.log").write_bytes(line(0))
    with following(store, folder / "mail.log"):
        eventually(lambda: len(stored(store)) == 1)


def test_folder_stands_for_the_logs_in_it(store: Writer, folder: Path) -> None:
    (folder / "day").mkdir()
    (folder / "day" / "mail.log").write_bytes(line(2))
    (folder / "day" / "mail.log.1").write_bytes(line(1))
    (folder / "day" / "mail.log.2.gz").write_bytes(gzip.compress(line(0)))
    (folder / "day" / "truth.json").write_text('{"not": "a log"}\n')
    (folder / "wtmp").write_bytes(bytes(5000))
    (folder / "new.log").touch()
    with following(store, folder) as follower:
        eventually(lambda: len(stored(store)) == 3)
        (folder / "new.log").write_bytes(line(3))
        eventually(lambda: len(stored(store)) == 4)
    assert stored(store) == lines_of(b"".join(line(n) for n in range(4)))
    assert len(follower.messages) == 2


def test_pattern_stands_for_the_files_it_matches(store: Writer, folder: Path) -> None:
    (folder / "mail.log").write_bytes(line(1))
    (folder / "mail.err").write_bytes(b"anything\n")
    (folder / "mail.bin").write_bytes(bytes(5000))
    (folder / "dovecot").write_bytes(line(3))
    with following(store, folder / "mail.*"):
        eventually(lambda: len(stored(store)) == 2)
        (folder / "mail.info").write_bytes(line(5))
        eventually(lambda: len(stored(store)) == 3)
    assert sorted(stored(store)) == sorted([*lines_of(line(1) + line(5)), "anything\n"])


def test_copies_that_are_named_are_read_first(store: Writer, log: Log) -> None:
    log.write(10)
    log.rotate()
    log.write(10)
    log.rotate()
    old = log.path.with_name("mail.log.2")
    old.with_name("mail.log.2.gz").write_bytes(gzip.compress(old.read_bytes()))
    old.unlink()
    log.write(10)
    with following(store, *sorted(log.path.parent.iterdir())):
        eventually(all_stored(store, log))
        log.rotate()
        log.write(10)
        eventually(all_stored(store, log))
    check(store, log)


def test_without_notification(store: Writer, log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "inotify watch limit reached")

    monkeypatch.setattr("tracer.sources.follow.Observer.schedule", refuse)
    with following(store, log.path) as follower:
        for _ in range(3):
            log.write(5)
            eventually(all_stored(store, log), 3.0)
            log.rotate()
    check(store, log)
    assert follower.said("looking once a second instead") == 1


def test_same_first_line_after_truncation(store: Writer, log: Log) -> None:
    with following(store, log.path):
        for count in (5, 2, 3):
            log.raw(line(1) * count)
            eventually(all_stored(store, log))
            log.handle.truncate(0)
            time.sleep(1.3)
    assert stored(store) == lines_of(log.written)

"""What `mailtracer ingest` stores, prints and returns."""

import bz2
import gzip
import json
import lzma
import os
import pty
import subprocess
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import zstandard

from tracer.cli import main
from tracer.store import open_reader, open_writer

PACKERS = {
    "plain": lambda data: data,
    "gzip": gzip.compress,
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.ZstdCompressor().compress,
}


OWNER = """
import sys
from tracer.store import open_writer
with open_writer(sys.argv[1]):
    print("open", flush=True)
    sys.stdin.read()
"""


def log_lines(first: int, count: int) -> bytes:
    return b"".join(
        b"2026-03-02T03:%02d:%02d+00:00 mx postfix/qmgr[7]: 4Zx%08dz1: removed\n"
        % (n // 60 % 60, n % 60, n)
        for n in range(first, first + count)
    )


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


def ingest(db: Path, *paths: Path | str) -> int:
    return main(["ingest", "--db", str(db), "--json", *map(str, paths)])


def summary(capsys: pytest.CaptureFixture[str]) -> dict[str, object]:
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


def texts(db: Path) -> list[str]:
    with open_reader(db) as reader:
        table = reader.query("SELECT text FROM lines ORDER BY position")
        return [str(text) for text in table.column("text").to_pylist()]


def expected(data: bytes) -> list[str]:
    return data.decode().splitlines()


def command(*args: str | Path, **options: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "tracer.cli", *map(str, args)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        **options,  # type: ignore[call-overload]
    )


def test_summary(tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(log_lines(0, 90) + b"what is this?\n")
    assert ingest(db, log) == 0
    found = summary(capsys)
    assert found.pop("seconds") > 0  # type: ignore[operator]
    assert found.pop("lines_per_second") > 0  # type: ignore[operator]
    assert found == {
        "files": 1,
        "failed": 0,
        "lines": 91,
        "new_lines": 91,
        "events": 90,
        "unparsed": 1,
        "half_lines": 0,
        "first_at": "2026-03-02T03:00:00Z",
        "last_at": "2026-03-02T03:01:29Z",
    }
    assert main(["ingest", "--db", str(db), str(log)]) == 0
    assert capsys.readouterr() == ("1 file, 91 lines: 0 new lines\n", "")


@pytest.mark.parametrize("packing", PACKERS)
def test_any_packing_of_what_is_stored_adds_nothing(
    tmp_path: Path, db: Path, packing: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = log_lines(0, 500)
    (tmp_path / "mail.log").write_bytes(data[: len(data) // 2 + 20])
    assert ingest(db, tmp_path / "mail.log") == 0
    assert summary(capsys)["half_lines"] == 1
    (tmp_path / "mail.log.1.x").write_bytes(PACKERS[packing](data))
    assert ingest(db, tmp_path / "mail.log.1.x") == 0
    assert summary(capsys)["lines"] == 500
    assert texts(db) == expected(data)
    assert ingest(db, tmp_path / "mail.log.1.x") == 0
    assert summary(capsys)["new_lines"] == 0


@pytest.mark.parametrize("packing", PACKERS)
def test_standard_input(db: Path, packing: str) -> None:
    for count, new in ((1000, 1000), (3000, 2000)):
        done = command(
            "ingest", "--db", db, "--json", "-", stdin=_pipe(PACKERS[packing](log_lines(0, count)))
        )
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["new_lines"] == new
    assert texts(db) == expected(log_lines(0, 3000))


def _pipe(data: bytes) -> int:
    read, write = os.pipe()
    ThreadPoolExecutor(1).submit(lambda: os.fdopen(write, "wb").write(data))
    return read


def test_standard_input_that_only_begins_the_same(db: Path) -> None:
    for tail in (b"one\n" * 50_000, b"two\n" * 50_000):
        done = command("ingest", "--db", db, "--json", "-", stdin=_pipe(log_lines(0, 20) + tail))
        assert json.loads(done.stdout)["new_lines"] == 50_020


def test_older_files_first(tmp_path: Path, db: Path) -> None:
    for first, name in enumerate(["mail.log.10.gz", "mail.log.2.gz", "mail.log.1", "mail.log"]):
        data = log_lines(first * 10, 10)
        (tmp_path / name).write_bytes(gzip.compress(data) if name.endswith("gz") else data)
    assert ingest(db, *sorted(tmp_path.glob("mail.log*"))) == 0
    assert texts(db) == expected(log_lines(0, 40))


def test_chunks_end_at_line_ends(tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracer.sources.reader.CHUNK_LINES", 10)
    data = log_lines(0, 100) + b"x" * 10_000 + b"\n" + log_lines(100, 10) + b"last"
    (tmp_path / "a.gz").write_bytes(gzip.compress(data))
    assert ingest(db, tmp_path / "a.gz") == 0
    assert texts(db) == expected(data)


@pytest.mark.parametrize("lines", [5, 15, 25, 35])
def test_damage_in_any_chunk_of_a_transaction(
    tmp_path: Path,
    db: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    lines: int,
) -> None:
    monkeypatch.setattr("tracer.sources.reader.CHUNK_LINES", 10)
    monkeypatch.setattr("tracer.sources.reader.READ_BYTES", 100)
    intact = log_lines(0, lines)
    damaged = bz2.compress(intact) + bz2.compress(log_lines(lines, 40))[:-20]
    (tmp_path / "mail.log.bz2").write_bytes(damaged)
    assert ingest(db, tmp_path / "mail.log.bz2") == 2
    output = capsys.readouterr()
    assert "damaged" in output.err
    assert json.loads(output.out)["new_lines"] == lines
    assert texts(db) == expected(intact)


def test_line_of_ten_megabytes(tmp_path: Path, db: Path) -> None:
    line = b"Mar  2 03:37:01 mx postfix/smtpd[1]: " + b"a" * 10_000_000
    (tmp_path / "mail.log").write_bytes(log_lines(0, 3) + line + b"\n" + log_lines(3, 3))
    assert ingest(db, tmp_path / "mail.log") == 0
    assert texts(db)[3] == line.decode()
    assert len(texts(db)) == 7


def test_bytes_without_a_line_end_are_no_log(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.sources.reader.LONGEST_LINE", 1 << 20)
    monkeypatch.setattr("tracer.sources.reader.READ_BYTES", 1 << 18)
    (tmp_path / "image").write_bytes(log_lines(0, 3) + b"z" * 2_000_000)
    assert ingest(db, tmp_path / "image") == 2
    assert "no line end within 1 MB" in capsys.readouterr().err
    assert texts(db) == expected(log_lines(0, 3))


def test_last_line_without_its_end(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(log_lines(0, 4)[:-10])
    assert main(["ingest", "--db", str(db), str(log)]) == 0
    assert "counts once it is complete" in capsys.readouterr().out
    os.utime(log, (1_700_000_000, 1_700_000_000))  # nobody will complete it
    assert ingest(db, log) == 0
    assert summary(capsys)["new_lines"] == 1
    assert texts(db) == expected(log_lines(0, 4)[:-10])


def test_damaged_archive(tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = log_lines(0, 5000)
    packed = gzip.compress(data)
    (tmp_path / "bad.gz").write_bytes(packed[: len(packed) // 2])
    (tmp_path / "good.log").write_bytes(log_lines(9000, 5))
    assert ingest(db, tmp_path / "bad.gz", tmp_path / "good.log") == 2
    printed = capsys.readouterr()
    assert "bad.gz: the gzip archive is damaged: it ends too early" in printed.err
    assert json.loads(printed.out)["failed"] == 1
    stored = texts(db)
    assert len(stored) > 1000
    assert set(expected(log_lines(9000, 5))) <= set(stored)
    (tmp_path / "bad.gz").write_bytes(packed)  # fetched again
    assert ingest(db, tmp_path / "bad.gz") == 0
    assert sorted(texts(db)) == sorted(expected(data + log_lines(9000, 5)))


def test_what_cannot_be_loaded(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "wtmp").write_bytes(bytes(2000))
    (tmp_path / "logs.tar").write_bytes(b"mail.log".ljust(257, b"\0") + b"ustar".ljust(700, b"\0"))
    (tmp_path / "empty").touch()
    (tmp_path / "empty.gz").write_bytes(gzip.compress(b""))
    (tmp_path / "torn.log").write_bytes(b"\0" * 300 + b"\n" + log_lines(0, 5))
    paths = [
        tmp_path / name for name in ("wtmp", "logs.tar", "missing", "empty", "empty.gz", "torn.log")
    ]
    assert ingest(db, tmp_path, *paths) == 2
    printed = capsys.readouterr()
    for words in ("wtmp is a binary", "logs.tar is a tar archive", "missing does not", "directory"):
        assert words in printed.err
    assert len(printed.err.splitlines()) == 4
    assert texts(db)[1:] == expected(log_lines(0, 5))


def test_nothing_to_load_makes_no_store(tmp_path: Path, db: Path) -> None:
    assert ingest(db, tmp_path / "missing") == 2
    assert not db.exists()


def test_unknown_zone(tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(["ingest", "--db", str(db), "--zone", "Mars/Olympus", str(tmp_path)])
    assert "no time zone 'Mars/Olympus'" in capsys.readouterr().err


def test_zone_of_stamps_without_one(tmp_path: Path, db: Path) -> None:
    (tmp_path / "mail.log").write_bytes(
        b"Mar  2 03:37:01 mx postfix/qmgr[1]: 4ZxAAAAAAAz1: removed\n"
    )
    assert (
        main(["ingest", "--db", str(db), "--zone", "Asia/Tokyo", str(tmp_path / "mail.log")]) == 0
    )
    with open_reader(db) as reader:
        (at,) = reader.query("SELECT hour(occurred_at) AS h FROM events").column("h").to_pylist()
    assert at == 18


def test_through_the_owner_of_the_store(
    tmp_path: Path, db: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mail.log").write_bytes(log_lines(0, 50))
    with open_writer(db):
        done = command("ingest", "--db", db, "--json", tmp_path / "mail.log")
        assert (done.returncode, done.stderr) == (0, "")
        assert json.loads(done.stdout)["new_lines"] == 50
        assert texts(db) == expected(log_lines(0, 50))


def test_owner_that_ends_meanwhile(
    tmp_path: Path, db: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("tracer.sources.reader.CHUNK_LINES", 40)
    (tmp_path / "mail.log").write_bytes(log_lines(0, 2000))
    owner = subprocess.Popen(
        [
            sys.executable,
            "-c",
            OWNER,
            str(db),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with owner:
        assert owner.stdout is not None
        owner.stdout.readline()
        monkeypatch.setattr("tracer.cli.ingest._Bar.moved", lambda *_: owner.kill())
        assert ingest(db, tmp_path / "mail.log") == 0
    assert summary(capsys)["lines"] == 2000
    assert texts(db) == expected(log_lines(0, 2000))


def _terminal_output(descriptor: int) -> Iterator[bytes]:
    while True:
        try:
            data = os.read(descriptor, 4096)
        except OSError:
            return
        yield data


def test_bar_on_a_terminal(tmp_path: Path, db: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(log_lines(0, 3000))
    screen, terminal = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "tracer.cli", "ingest", "--db", str(db), str(log)],
        stdout=subprocess.PIPE,
        stderr=terminal,
        env={**os.environ, "TERM": "xterm", "COLUMNS": "100"},
    ) as process:
        os.close(terminal)
        shown = b"".join(_terminal_output(screen)).decode()
        assert process.stdout is not None
        assert b"3,000 new lines" in process.stdout.read()
    assert "100%" in shown
    assert "lines/s" in shown


def rfc3164_lines(times: Iterable[datetime]) -> bytes:
    return b"".join(b"%s mx postfix/qmgr[7]: removed\n" % f"{t:%b %e %T}".encode() for t in times)


def stored_times(db: Path) -> list[datetime]:
    with open_reader(db) as reader:
        table = reader.query("SELECT occurred_at FROM events ORDER BY position")
    times: list[datetime] = table["occurred_at"].to_pylist()
    return times


@pytest.mark.parametrize("packing", PACKERS)
def test_years_of_a_log_that_spans_several(
    tmp_path: Path, db: Path, packing: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.sources.reader.CHUNK_LINES", 100)
    monkeypatch.setattr("tracer.sources.reader.READ_BYTES", 1000)
    times = [datetime(2022, 11, 1, 12) + timedelta(days=3 * n) for n in range(300)]  # noqa: DTZ001
    log = tmp_path / "mail.log"
    log.write_bytes(PACKERS[packing](rfc3164_lines(times)))
    written_at = times[-1].replace(tzinfo=UTC).timestamp()
    os.utime(log, (written_at, written_at))
    main(["ingest", "--db", str(db), "--zone", "UTC", str(log)])
    assert stored_times(db) == times


def test_a_copied_log_goes_on_from_the_archive_before_it(tmp_path: Path, db: Path) -> None:
    times = [datetime(2023, 12, 30, 12) + timedelta(hours=6 * n) for n in range(12)]  # noqa: DTZ001
    archive, log = tmp_path / "mail.log.1.gz", tmp_path / "mail.log"
    written_at = times[5].replace(tzinfo=UTC).timestamp()
    archive.write_bytes(gzip.compress(rfc3164_lines(times[:6]), mtime=int(written_at)))
    log.write_bytes(rfc3164_lines(times[6:]))  # and its time of last change is now
    main(["ingest", "--db", str(db), "--zone", "UTC", str(archive), str(log)])
    assert stored_times(db) == times

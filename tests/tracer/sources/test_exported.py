"""Logs of `journalctl -o export`, loaded, followed and parsed: an entry is one line."""

import gzip
import json
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.parsers.headers.test_export import CUT, FORGED, PLAIN, entry
from tests.tracer.store.samples import stored
from tracer.cli import main
from tracer.sources.follow import follow
from tracer.sources.zones import Zones
from tracer.store import Reader, open_reader, open_writer

REMOVED = "E7F3A16272B: removed"
RECORDS = [
    PLAIN,
    entry(__CURSOR="s=1;i=1"),
    entry(__CURSOR="s=1;i=2", MESSAGE=b"E7F3A16272B: \xff\n\n" + FORGED),
    entry(__CURSOR="s=1;i=3", EXTRA=b"\n" * 5000, MESSAGE=None),
    PLAIN,
    entry(__CURSOR="s=1;i=4", MESSAGE=REMOVED.encode(), _COMM=b"\n\n"),
]
LOG = b"".join(RECORDS)


def events(reader: Reader) -> list[tuple[int, str, str | None]]:
    """Where each event is, what it is, and whose; one a line."""
    rows = reader.query(
        "SELECT l.byte_offset, e.event, e.program FROM lines l LEFT JOIN events e USING (position) "
        "ORDER BY 1"
    ).to_pylist()
    return [tuple(row.values()) for row in rows]


EVENTS = [
    (sum(map(len, RECORDS[:number])), event, program)
    for number, (event, program) in enumerate(
        [
            ("postfix.message_removed", "postfix/qmgr"),
            ("postfix.message_removed", "postfix/qmgr"),
            ("log.line_unparsed", "postfix/qmgr"),
            ("log.line_unparsed", None),
            ("postfix.message_removed", "postfix/qmgr"),
            ("postfix.message_removed", "postfix/qmgr"),
        ]
    )
]


@pytest.fixture
def db(tmp_path: Path) -> Path:
    return tmp_path / "store.duckdb"


@pytest.mark.parametrize("read_bytes", [1, 61])
@pytest.mark.parametrize("chunk_lines", [1, 1000])
def test_entries_are_loaded_whole_however_they_are_read(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read_bytes: int, chunk_lines: int
) -> None:
    monkeypatch.setattr("tracer.sources.reader.READ_BYTES", read_bytes)
    monkeypatch.setattr("tracer.sources.reader.CHUNK_LINES", chunk_lines)
    log = tmp_path / "journal.gz"
    log.write_bytes(gzip.compress(LOG))
    assert main(["ingest", "--db", str(db), "--zone", "UTC", str(log)]) == 0
    with open_reader(db) as reader:
        assert stored(reader) == LOG
        assert events(reader) == EVENTS


def test_half_an_entry_counts_once_it_is_whole(
    db: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "journal"
    for size, lines in ((len(LOG) - 1, 5), (len(LOG) - 10, 5), (len(LOG), 6), (len(LOG), 6)):
        log.write_bytes(LOG[:size])
        assert main(["ingest", "--db", str(db), "--json", str(log)]) == 0
        found = json.loads(capsys.readouterr().out)
        assert (found["lines"], found["half_lines"]) == (lines, int(size < len(LOG)))
    with open_reader(db) as reader:
        assert stored(reader) == LOG
        assert events(reader) == EVENTS


def test_entries_are_followed_as_they_are_written(
    db: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In pieces that end anywhere; with more at once than a chunk may have."""
    monkeypatch.setattr("tracer.sources.tail.CHUNK_BYTES", 900)
    monkeypatch.setattr("tracer.sources.follow.COMMIT_SECONDS", 0.01)
    log, stop = tmp_path / "journal", threading.Event()
    with open_writer(db) as writer, ThreadPoolExecutor(1) as pool, log.open("wb", 0) as file:
        following = pool.submit(
            follow, [str(log)], writer, stop, zones=Zones("UTC"), report=lambda message: None
        )
        for at in range(0, len(LOG), 251):
            file.write(LOG[at : at + 251])
            time.sleep(0.03)
        deadline = time.monotonic() + 20
        while len(events(writer)) < len(EVENTS):
            assert time.monotonic() < deadline, "it did not happen in time"
            time.sleep(0.05)
        stop.set()
        following.result()
        assert stored(writer) == LOG
        assert events(writer) == EVENTS


def test_the_last_entry_of_an_archive_may_be_cut_off(db: Path, tmp_path: Path) -> None:
    log = tmp_path / "journal.gz"
    log.write_bytes(gzip.compress(PLAIN + CUT + b"\n"))
    assert main(["ingest", "--db", str(db), str(log)]) == 0
    with open_reader(db) as reader:
        assert stored(reader) == PLAIN + CUT + b"\n"
        assert len(events(reader)) == 2


def test_parse_gives_an_object_for_each_entry(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.cli.line_input.READ_BYTES", 100)
    log = tmp_path / "journal"
    log.write_bytes(LOG)
    assert main(["parse", "--zone", "UTC", str(log)]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    assert [(row["event"], row["program"]) for row in rows] == [event[1:] for event in EVENTS]
    assert rows[1]["line"] == RECORDS[1][:-1].decode()
    assert rows[5]["escaped"] is True

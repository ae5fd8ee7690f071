"""Logs of every spelling of headers, loaded and read back."""

import json
import os
from pathlib import Path

import pytest

from parsers.headers import Header, read_stamp, split_header
from parsers.headers.spellings import ORIGINS, STAMPS
from parsers.registry import UNPARSED
from tests.parsers.headers.test_journal import HEADER, entry
from tracer.cli import main
from tracer.store import open_reader

WRITTEN_AT = 1795608000  # 25 November 2026, 12:00 UTC
ZONE = "Europe/Berlin"
LOGS = [
    *((spelling.example, Header(*spelling.expected)) for spelling in (*STAMPS, *ORIGINS)),
    (entry(), HEADER),
    (json.dumps({"log": f"{ORIGINS[-1].example}\n"}), Header(*ORIGINS[-1].expected)),
]


def test_a_log_of_each_spelling(tmp_path: Path) -> None:
    db, logs = tmp_path / "store.duckdb", tmp_path / "logs"
    logs.mkdir()
    for number, (line, _) in enumerate(LOGS):
        log = logs / f"{number:03}.log"
        log.write_text(f"{line}\n", encoding="utf-8")
        os.utime(log, (WRITTEN_AT, WRITTEN_AT))
    assert main(["ingest", "--db", str(db), "--zone", ZONE, *map(str, sorted(logs.iterdir()))]) == 0
    with open_reader(db) as reader:
        rows = reader.query(
            "SELECT text, event, occurred_at, host, program, pid FROM lines JOIN events "
            "USING (position)"
        ).to_pylist()
    found = {row.pop("text"): row for row in rows}
    assert len(found) == len(LOGS)
    for line, (stamp, host, program, pid, _) in LOGS:
        row = found[line]
        assert row.pop("event") != UNPARSED, line
        time = None if stamp is None else read_stamp(stamp, 2026, ZONE)
        assert row == {"occurred_at": time, "host": host, "program": program, "pid": pid}, line


def test_all_of_them_in_one_log(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "mail.log"
    log.write_text("".join(f"{line}\n" for line, _ in LOGS), encoding="utf-8")
    assert main(["parse", "--zone", ZONE, str(log)]) == 0
    rows = [json.loads(row) for row in capsys.readouterr().out.splitlines()]
    for row, (line, header) in zip(rows, LOGS, strict=True):
        assert row["line"] == line
        assert row["event"] != UNPARSED
        assert (row["host"], row["program"], row["pid"]) == header[1:4]
        assert split_header(line) == header

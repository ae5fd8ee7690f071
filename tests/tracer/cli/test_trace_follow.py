"""`trace --follow` beside a watcher that writes the store, and after it."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.tracer.cli.test_trace import BODIES, ID
from tests.tracer.cli.test_watch import append, eventually, watching
from tracer.cli import main
from tracer.queries import path
from tracer.store.reading import OwnerGoneError

SENT, REMOVED = BODIES[5:]
DEFERRED = SENT.replace("status=sent (250 2.0.0 Ok: queued as CD5DD16271C)", "status=deferred (no)")


def lines(minute: int, *bodies: str) -> bytes:
    return "".join(f"2026-11-24T12:{minute:02}:00+00:00 mx {body}\n" for body in bodies).encode()


class Follower:
    """The process, and what it printed."""

    def __init__(self, folder: Path) -> None:
        self._out, self._err = folder / "out", folder / "err"
        with self._out.open("wb") as out, self._err.open("wb") as err:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "tracer.cli", "trace", "--follow", "--json"),
                    *("--db", str(folder / "store.duckdb"), ID),
                ],
                stdout=out,
                stderr=err,
            )

    def shown(self) -> list[str]:
        """Outcomes of the last object printed."""
        told = self._out.read_text().splitlines()
        found = json.loads(told[-1])["paths"] if told else []
        return [fate["outcome"] for path in found for fate in path["recipients"]]

    def said(self) -> str:
        return self._err.read_text()


@contextmanager
def following(folder: Path) -> Iterator[Follower]:
    follower = Follower(folder)
    try:
        yield follower
    finally:
        follower.process.kill()
        follower.process.wait()


def test_follows_to_the_end_while_watchers_come_and_go(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, "postfix/qmgr[417]: 4C01AB23: removed"))
    with watching(tmp_path, log) as watcher:
        eventually(watcher.db.exists)
        with following(tmp_path) as follower:
            eventually(lambda: "no such message" in follower.said())
            append(log, lines(1, *BODIES[1:5], DEFERRED))
            eventually(lambda: follower.shown() == ["deferred"])
            assert watcher.end() == 0
            with watching(tmp_path, log) as other:
                append(log, lines(2, SENT, REMOVED))
                eventually(lambda: follower.shown() == ["forwarded"])
                assert follower.process.wait(10) == 0
                assert other.end() == 0
            assert follower.said().count("\n") == 1


def test_an_owner_that_ends_in_the_midst_of_an_answer_is_no_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    log, db = tmp_path / "mail.log", str(tmp_path / "store.duckdb")
    log.write_bytes(lines(0, *BODIES[1:5], DEFERRED))
    assert main(["ingest", "--db", db, str(log)]) == 0
    append(log, lines(1, SENT, REMOVED))
    find, asked = path.find, []

    def find_at_once_or_later(*args: Any, **options: Any) -> list[path.Found]:
        asked.append(1)
        if len(asked) == 2:  # no owner can be made to end at such a moment
            assert main(["ingest", "--db", db, str(log)]) == 0
            raise OwnerGoneError("gone")
        return find(*args, **options)

    monkeypatch.setattr(path, "find", find_at_once_or_later)
    assert main(["trace", "--follow", "--db", db, ID]) == 0
    out, _ = capsys.readouterr()
    assert len(asked) == 3
    assert [line for line in out.splitlines() if line.startswith("state")] == [
        "state\tdeferred\tdeferred 1 time, last reason: no",
        "state\tdelivered\tdelivered to 1 of 1 recipient",
    ]


def test_is_told_to_stop_where_nothing_comes(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(lines(0, *BODIES[1:5], DEFERRED))
    assert main(["ingest", "--db", str(tmp_path / "store.duckdb"), str(log)]) == 0
    with following(tmp_path) as follower:
        eventually(lambda: follower.shown() == ["deferred"])
        with pytest.raises(subprocess.TimeoutExpired):
            follower.process.wait(1.5)
        follower.process.send_signal(signal.SIGINT)
        assert follower.process.wait(10) == 130
        assert follower.said() == ""

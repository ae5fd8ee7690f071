"""`mailtracer forget`: what it says, asks and does; what it refuses."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracer.store.samples import load
from tracer.cli import main
from tracer.store import open_reader, open_writer

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A line at noon of each of five days."""
    path = tmp_path / "store.duckdb"
    line = "2026-03-0{}T12:00:00+00:00 mx postfix/smtpd[1]: connect from a[192.0.2.1]\n"
    with open_writer(path) as writer:
        load(writer, "".join(line.format(day) for day in range(1, 6)).encode())
    return path


def days(store: Path) -> list[int]:
    with open_reader(store) as reader:
        rows = reader.query("SELECT day(occurred_at) AS d FROM events ORDER BY 1").to_pylist()
        return [row["d"] for row in rows]


def forget(store: Path, *arguments: str, zone: str = "UTC") -> int:
    try:
        return main(["forget", "--db", str(store), "--zone", zone, *arguments])
    except SystemExit as end:  # argparse
        return int(str(end.code))


def test_a_dry_run_says_what_would_go(store: Path, capsys: Capture) -> None:
    assert forget(store, "--before", "2026-03-03", "--dry-run") == 0
    said = capsys.readouterr().err
    assert "2 lines of 2026-03-01 to before 2026-03-03 would go, 3 stay" in said
    assert days(store) == [1, 2, 3, 4, 5]


def test_it_removes_and_tells(store: Path, capsys: Capture) -> None:
    assert forget(store, "--before", "2026-03-03", "--yes", "--json") == 0
    summary = {"before": "2026-03-03T00:00:00+00:00", "older": 2, "removed": 2}
    assert json.loads(capsys.readouterr().out) == summary
    assert days(store) == [3, 4, 5]
    assert forget(store, "--before", "2026-03-03", "--yes") == 1
    assert "no line is older than 2026-03-03: the first is of 2026-03-03" in capsys.readouterr().err


def test_a_day_begins_in_the_zone(store: Path) -> None:
    assert forget(store, "--before", "2026-03-04", "--yes", zone="Pacific/Kiritimati") == 0
    assert days(store) == [3, 4, 5]  # the fourth of March begins at ten on the third there


def test_beside_an_owner(store: Path) -> None:
    with open_writer(store):
        assert forget(store, "--before", "2026-03-05", "--yes") == 0
        assert days(store) == [5]


@pytest.mark.parametrize(("answer", "left"), [("2", [3, 4, 5]), ("y", [1, 2, 3, 4, 5])])
def test_it_asks_for_the_number(store: Path, answer: str, left: list[int]) -> None:
    ours, theirs = pty.openpty()
    os.write(ours, f"{answer}\n".encode())
    command = ["forget", "--db", str(store), "--zone", "UTC", "--before", "2026-03-03"]
    done = subprocess.run(
        [sys.executable, "-m", "tracer.cli", *command],
        stdin=theirs,
        capture_output=True,
        text=True,
        timeout=60,
    )
    os.close(ours)
    os.close(theirs)
    assert "type their number: " in done.stderr
    assert done.returncode == (0 if len(left) == 3 else 1)
    assert days(store) == left


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--yes",), "say which day is the first to be kept"),
        (("--before", "2199-12-31", "--yes"), "that day is to come"),
        (("--before", "soon", "--yes"), "'soon' is no day: name one such as 2026-03-02"),
        (("--before", "2026-02-30", "--yes"), "is no day"),
        (("--before", "2026-03-01..2026-03-03", "--yes"), "name one day"),
        (("--before", "0001-01-01", "--yes"), "is no day"),
        (("--before", "2026-03-03"), "--yes says that it may"),
    ],
)
def test_misuse_removes_nothing(
    store: Path, capsys: Capture, arguments: tuple[str, ...], said: str
) -> None:
    assert forget(store, *arguments) == 2
    assert said in capsys.readouterr().err
    assert days(store) == [1, 2, 3, 4, 5]


def test_what_is_before_everything_is_nothing(store: Path, capsys: Capture) -> None:
    assert forget(store, "--before", "1970-01-01", "--yes") == 1
    assert "no line is older than 1970-01-01: the first is of 2026-03-01" in capsys.readouterr().err


def test_the_configuration_says_how_many_days(store: Path, tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text("[store]\nkeep_days = 2\n")
    assert forget(store, "--config", str(config), "--yes") == 0
    assert days(store) == [3, 4, 5]  # by the clock of the logs


@pytest.mark.parametrize("value", ["0", "-3", "1.5", '"30"', "true", "40000", "[30]"])
def test_other_numbers_of_days_are_refused(
    store: Path, tmp_path: Path, capsys: Capture, value: str
) -> None:
    config = tmp_path / "site.toml"
    config.write_text(f"[store]\nkeep_days = {value}\n")
    assert forget(store, "--config", str(config), "--yes") == 2
    assert "keep_days is to be a whole number of days, from 1 to 36500" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "said"),
    [("store = 30", "store is to be a table"), ("[store]\nkeep_day = 3", "no key is called")],
)
def test_a_wrong_table_is_refused(
    store: Path, tmp_path: Path, capsys: Capture, text: str, said: str
) -> None:
    config = tmp_path / "site.toml"
    config.write_text(text)
    assert forget(store, "--config", str(config), "--yes") == 2
    assert said in capsys.readouterr().err

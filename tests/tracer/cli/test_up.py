"""`mailtracer up` and `mailtracer dashboard`: start together, end together, complain clearly."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest

from tracer import users
from tracer.cli import main
from tracer.errors import TracerError
from tracer.store import open_reader
from tracer.users import User

PATIENCE_SECONDS = 60
LINE = "2026-11-24T12:00:00+00:00 mx postfix/qmgr[9]: 5E5A3162999: removed\n"


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def started(*arguments: str) -> Iterator["subprocess.Popen[str]"]:
    command = [sys.executable, "-m", "tracer.cli", *arguments]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            yield process
        finally:
            process.kill()


def answers(port: int) -> bool:
    try:
        with urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=5) as response:
            return bool(response.status == 200)
    except (URLError, OSError):
        return False


def wait_until(port: int, *, up: bool) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while answers(port) != up:
        assert time.monotonic() < deadline, f"the dashboard is{' not' * up} there"
        time.sleep(0.1)


def texts_when_there(db: Path) -> list[str]:
    """The stored lines, as soon as there are some."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        with suppress(TracerError), open_reader(db) as reader:
            if texts := reader.query("SELECT text FROM lines")["text"].to_pylist():
                return texts
        time.sleep(0.1)
    return []


def children(pid: int) -> list[int]:
    text = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii")
    return [int(number) for number in text.split()]


@pytest.fixture
def log(tmp_path: Path) -> Path:
    path = tmp_path / "mail.log"
    path.write_text(LINE)
    return path


@pytest.fixture
def up(log: Path, port: int) -> tuple[str, ...]:
    return ("up", "--db", str(log.with_name("s.duckdb")), "--port", str(port), str(log))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_both_end_when_asked_to(
    up: tuple[str, ...], port: int, log: Path, number: signal.Signals
) -> None:
    db = log.with_name("s.duckdb")
    with started(*up) as process:
        wait_until(port, up=True)
        assert texts_when_there(db) == [LINE[:-1]]
        process.send_signal(number)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0
    assert f"http://127.0.0.1:{port}" in said
    assert "Traceback" not in said
    wait_until(port, up=False)
    assert texts_when_there(db) == [LINE[:-1]], "the file is whole, and free for others"


@pytest.mark.skipif(not Path("/proc/self/task").exists(), reason="needs /proc")
def test_the_watcher_ends_with_the_dashboard(up: tuple[str, ...], port: int) -> None:
    with started(*up) as process:
        wait_until(port, up=True)
        (dashboard,) = children(process.pid)
        os.kill(dashboard, signal.SIGKILL)
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 2
    assert "the dashboard ended by itself" in said


def test_the_dashboard_ends_with_a_watcher_that_was_killed(up: tuple[str, ...], port: int) -> None:
    with started(*up) as process:
        wait_until(port, up=True)
        process.kill()
        process.communicate(timeout=PATIENCE_SECONDS)
    wait_until(port, up=False)


def test_the_dashboard_alone_serves_a_store_that_is_not_there_yet(
    tmp_path: Path, port: int
) -> None:
    with started("dashboard", "--db", str(tmp_path / "s.duckdb"), "--port", str(port)) as process:
        wait_until(port, up=True)
        process.terminate()
        _, said = process.communicate(timeout=PATIENCE_SECONDS)
    assert f"http://127.0.0.1:{port}" in said
    assert not list(tmp_path.iterdir()), "a dashboard only reads"


@pytest.mark.parametrize("command", ["up", "dashboard"])
def test_a_port_that_is_taken_is_an_error(
    command: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = [command, "--db", str(tmp_path / "s.duckdb")]
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        arguments += ["--port", str(taken.getsockname()[1])]
        assert main([*arguments, *([str(tmp_path / "mail.log")] * (command == "up"))]) == 2
    assert "choose another --port" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("wrong", ["0", "70000", "-1"])
def test_what_is_no_port_is_an_error(wrong: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["dashboard", f"--port={wrong}"]) == 2
    assert "from 1 to 65535" in capsys.readouterr().err


def test_an_address_of_another_machine_is_an_error(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    store = tmp_path / "store.duckdb"
    users.save(users.users_path(store), {"anna": User("anna", "viewer", "")})
    assert main(["dashboard", "--db", str(store), "--address", "192.0.2.1"]) == 2
    assert "cannot listen on 192.0.2.1" in capsys.readouterr().err

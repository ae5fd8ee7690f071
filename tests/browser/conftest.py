"""`mailtracer up` over a log that grows, and a real Chromium that looks at it."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

import pytest

from tracer.store import Reader, open_reader

playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium")
SAMPLE = Path(__file__).parents[2] / "sample_logs" / "day" / "mail.log"
_START_SECONDS = 60


@dataclass(frozen=True)
class Running:
    """A running `mailtracer up`."""

    address: str
    log: Path
    db: Path
    process: "subprocess.Popen[bytes]"

    def append(self, text: str) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(text)


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    folder = tmp_path_factory.mktemp("up")
    log, db = folder / "mail.log", folder / "store.duckdb"
    shutil.copy(SAMPLE, log)
    port = free_port()
    command = [sys.executable, "-m", "tracer.cli", "up", "--db", str(db), "--zone", "UTC"]
    with subprocess.Popen([*command, "--port", str(port), str(log)]) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            wait_for(f"{address}/_stcore/health")
            _wait_for_lines(db, log.read_bytes().count(b"\n"))
            yield Running(address, log, db, process)
        finally:
            process.terminate()


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urlopen(address, timeout=5):
                return
        except OSError:
            assert time.monotonic() < deadline, f"nothing answers at {address}"
        time.sleep(0.1)


def _wait_for_lines(db: Path, count: int) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while not db.exists():
        assert time.monotonic() < deadline, "no store was made"
        time.sleep(0.1)
    with open_reader(db) as reader:
        while reader.query("SELECT count(*) AS n FROM events").to_pylist()[0]["n"] < count:
            assert time.monotonic() < deadline, "the log was not loaded"
            time.sleep(0.1)


@pytest.fixture(scope="session")
def reader(running: Running) -> Iterator[Reader]:
    with open_reader(running.db) as opened:
        yield opened


@pytest.fixture(scope="session")
def browser() -> Iterator["playwright.Browser"]:
    if CHROMIUM is None:
        pytest.skip("there is no chromium")
    arguments = ["--no-sandbox"] if os.getuid() == 0 else []
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: "playwright.Browser", running: Running) -> Iterator["playwright.Page"]:
    """A page that must ask nobody but us for anything, and raise no error."""
    opened = browser.new_page(timezone_id="Europe/Berlin")
    strangers: list[str] = []
    errors: list[str] = []
    opened.on("request", lambda r: None if r.url.startswith(own) else strangers.append(r.url))
    opened.on("pageerror", lambda error: errors.append(str(error)))
    own = (running.address, running.address.replace("http", "ws"), "data:", "blob:")
    yield opened
    opened.close()
    assert not strangers
    assert not errors

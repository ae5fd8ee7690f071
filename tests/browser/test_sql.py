"""The SQL page in a browser, over a store that this process owns."""

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

from tests.browser.conftest import free_port, wait_for
from tests.tracer.store.samples import LOG, load
from tracer.store import open_writer
from tracer.store.writer import Writer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

ENDLESS = "SELECT count(*) FROM range(10000000000) a, range(10000) b"


@pytest.fixture(scope="module")
def owner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Writer]:
    with open_writer(tmp_path_factory.mktemp("sql") / "store.duckdb") as writer:
        load(writer, LOG)
        yield writer


@pytest.fixture(scope="module")
def address(owner: Writer) -> Iterator[str]:
    port = free_port()
    command = [sys.executable, "-m", "dashboards", "--db", str(owner.path), "--port", str(port)]
    with subprocess.Popen([*command, "--address", "127.0.0.1"]) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 15  # half of what the page allows a statement
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_query_ends_when_its_page_is_closed(
    browser: "Browser", owner: Writer, address: str
) -> None:
    page = browser.new_page()
    page.goto(f"{address}/sql?sql={quote(ENDLESS)}")
    until(lambda: owner.busy)
    time.sleep(1)
    assert owner.busy
    page.close()
    until(lambda: not owner.busy)


def test_a_query_ends_when_another_is_run(browser: "Browser", owner: Writer, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/sql?sql={quote(ENDLESS)}")
    until(lambda: owner.busy)
    field = page.get_by_role("textbox", name="Statement")
    field.fill("SELECT 6 * 7 AS answer")
    field.press("Control+Enter")
    page.get_by_text("1 row", exact=True).wait_for(timeout=15_000)
    until(lambda: not owner.busy)
    page.close()


def test_rows_are_downloaded(browser: "Browser", address: str, tmp_path: Path) -> None:
    page = browser.new_page()
    page.goto(f"{address}/sql?sql={quote('SELECT 6 * 7 AS answer')}")
    page.get_by_text("1 row", exact=True).wait_for()
    page.get_by_role("button", name="Download").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="JSON", exact=True).click()
    download.value.save_as(tmp_path / "rows.json")
    assert json.loads((tmp_path / "rows.json").read_text()) == [{"answer": 42}]
    assert download.value.suggested_filename == "mailtracer.json"
    page.close()

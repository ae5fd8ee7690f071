"""Logging in to the dashboard as people do, and being refused."""

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.browser.conftest import free_port, wait_for
from tracer import users
from tracer.cli import main
from tracer.users import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PASSWORDS = {"vera": "a long password", "anna": "another password"}


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of a dashboard with users, and their file."""
    folder = tmp_path_factory.mktemp("guarded")
    db, log = folder / "store.duckdb", folder / "mail.log"
    log.write_text("2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]\n")
    assert main(["ingest", "--db", str(db), str(log)]) == 0
    path = users.users_path(db)
    roles = {"vera": "viewer", "anna": "analyst"}
    users.save(path, {n: User(n, roles[n], users.hashed(p)) for n, p in PASSWORDS.items()})
    port = free_port()
    command = [sys.executable, "-m", "dashboards", "--db", str(db), "--address", "127.0.0.1"]
    with subprocess.Popen([*command, "--port", str(port)]) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}", path
        finally:
            process.terminate()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    opened = browser.new_page(timezone_id="Europe/Berlin")
    yield opened
    opened.close()


def log_in(page: "Page", name: str, password: str | None = None) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password or PASSWORDS[name])
    page.get_by_role("button", name="Log in").click()


def test_nothing_is_served_without_a_session(guarded: tuple[str, Path]) -> None:
    address, _ = guarded
    for path in ("/", "/_stcore/host-config", "/static/js/x.js", "/media/x", "/sql"):
        with pytest.raises(HTTPError) as refused:
            urlopen(
                Request(address + path, headers={"Cookie": "mailtracer_session=guessed"}), timeout=9
            )
        assert refused.value.code == 401


def test_after_the_login_one_is_where_one_wanted_to_be(
    page: "Page", guarded: tuple[str, Path]
) -> None:
    address, _ = guarded
    page.goto(f"{address}/sql?sql=SELECT+4711+AS+n&range=All")
    log_in(page, "anna", "wrong password")
    page.get_by_role("alert").wait_for()
    log_in(page, "anna")
    page.get_by_role("heading", name="What else do you want to know?").wait_for()
    page.get_by_text("1 row", exact=True).wait_for()
    assert page.evaluate("document.cookie").find("mailtracer_session") == -1
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("button", name="Log in").wait_for()
    page.goto(f"{address}/system")
    page.get_by_role("button", name="Log in").wait_for()


def test_another_page_logs_nobody_out(page: "Page", guarded: tuple[str, Path]) -> None:
    address, _ = guarded
    page.goto(f"{address}/system")
    log_in(page, "vera")
    page.get_by_role("heading", name="Is every log read and understood?").wait_for()
    page.goto(f"{address}/logout")
    page.get_by_role("heading", name="Is mail flowing?").wait_for()
    forged = {"Origin": "https://evil.example"}
    assert page.request.post(f"{address}/logout", headers=forged).status == 403
    page.goto(f"{address}/system")
    page.get_by_role("heading", name="Is every log read and understood?").wait_for()


def test_a_viewer_runs_no_sql(page: "Page", guarded: tuple[str, Path]) -> None:
    address, _ = guarded
    page.goto(f"{address}/sql")
    log_in(page, "vera")
    page.get_by_text("SQL is for analysts").wait_for()
    assert page.get_by_label("Statement").count() == 0


def test_who_is_removed_sees_no_more(page: "Page", guarded: tuple[str, Path]) -> None:
    address, path = guarded
    page.goto(f"{address}/system")
    log_in(page, "vera")
    page.get_by_role("heading", name="Is every log read and understood?").wait_for()
    kept = path.with_suffix(".kept")
    shutil.copy(path, kept)
    try:
        users.save(path, {name: u for name, u in users.load(path).items() if name != "vera"})
        page.get_by_text("Connecting").or_(page.get_by_text("Connection")).first.wait_for()
        page.reload()
        page.get_by_role("button", name="Log in").wait_for()
    finally:
        kept.replace(path)

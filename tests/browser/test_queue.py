"""The control pane in a browser, over the queue of a real Postfix."""

import subprocess
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import free_port, wait_for
from tests.tracer.queue.conftest import Postfix, postfix

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["postfix"]

pytestmark = pytest.mark.browser

FIRST_ROW = {"x": 16, "y": 52}  # its box, in the list of messages


@pytest.fixture(scope="module")
def address(postfix: Postfix) -> Iterator[str]:
    """A dashboard on the Postfix's machine."""
    port = free_port()
    command = [sys.executable, "-m", "dashboards", "--db", str(postfix.db), "--port", str(port)]
    postfix.send("nobody@zero.example")
    postfix.load()
    with subprocess.Popen([*command, "--address", "127.0.0.1"]) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def page(browser: "Browser", address: str) -> Iterator["Page"]:
    opened = browser.new_page(timezone_id="UTC", viewport={"width": 1280, "height": 1000})
    yield opened
    opened.close()


def select(page: "Page", address: str, recipient: str) -> None:
    page.goto(f"{address}/queue?queue=to:{recipient}")
    page.get_by_text("1 message waits").wait_for()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)  # the grid draws itself after it is there
    table.click(position=FIRST_ROW)
    page.get_by_text("What to do to 1 selected").wait_for()


def act(page: "Page", verb: str) -> None:
    page.get_by_test_id("stRadio").get_by_text(verb, exact=True).click()
    page.get_by_role("button", name="Do it").click()
    page.get_by_text(f"{verb}: 1 of 1 done").wait_for()


def status(postfix: Postfix, queue_id: str) -> str | None:
    message = postfix.queued(queue_id)
    return message and message.status


def test_a_message_is_held_and_released(page: "Page", postfix: Postfix, address: str) -> None:
    queue_id = postfix.send("bob@browser.example").queue_id
    select(page, address, "bob@browser.example")
    act(page, "hold")
    assert status(postfix, queue_id) == "held"
    select(page, address, "bob@browser.example")
    act(page, "release")
    assert status(postfix, queue_id) != "held"


def test_deleting_needs_the_number(page: "Page", postfix: Postfix, address: str) -> None:
    queue_id = postfix.send("eve@browser.example").queue_id
    select(page, address, "eve@browser.example")
    page.get_by_test_id("stRadio").get_by_text("delete", exact=True).click()
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("Nothing was deleted").wait_for()
    assert postfix.queued(queue_id)
    page.get_by_label("To delete, type the number").fill("1")
    page.get_by_role("button", name="Do it").click()
    page.get_by_text("delete: 1 of 1 done").wait_for()
    assert postfix.queued(queue_id) is None


def test_what_moved_on_meanwhile_is_not_mixed_up(
    page: "Page", postfix: Postfix, address: str
) -> None:
    """Rows move up when a message leaves; what was clicked is what is acted on."""
    first = postfix.send("one@moving.example").queue_id
    time.sleep(1.1)  # the list is in order of arrival
    second = postfix.send("two@moving.example").queue_id
    page.goto(f"{address}/queue?queue=to:*@moving.example")
    page.get_by_text("2 messages wait").wait_for()
    table = page.get_by_test_id("stDataFrame").first
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(1000)
    subprocess.run(["postsuper", "-d", first], check=True, capture_output=True)
    table.click(position=FIRST_ROW)
    page.get_by_text("What to do to 1 selected").wait_for()
    act_on = page.get_by_test_id("stForm").inner_text()
    assert (first in act_on) != (second in act_on)
    page.get_by_test_id("stRadio").get_by_text("hold", exact=True).click()
    page.get_by_role("button", name="Do it").click()
    if first in act_on:
        page.get_by_text("is no longer in the queue").wait_for(state="attached")
        assert status(postfix, second) != "held"
    else:
        page.get_by_text("hold: 1 of 1 done").wait_for()
        assert status(postfix, second) == "held"

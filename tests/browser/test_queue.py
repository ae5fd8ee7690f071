"""The control pane in a browser, over the queue of a real Postfix."""

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import free_port, wait_for
from tests.tracer.queue.conftest import Postfix, postfix
from tests.tracer.queue.unprivileged import machine_of

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

__all__ = ["postfix"]

pytestmark = pytest.mark.browser

FIRST_ROW = {"x": 16, "y": 52}  # its box, in a table
GROUPS, MESSAGES, RESULTS = 0, 1, 1  # the tables that are seen; results stand above the others


@pytest.fixture(scope="module")
def address(postfix: Postfix) -> Iterator[str]:
    """A dashboard on the Postfix's machine."""
    postfix.send("nobody@zero.example")
    postfix.load()
    with serving([sys.executable], postfix.db) as served:
        yield served


@contextmanager
def serving(python: list[str], db: Path) -> Iterator[str]:
    """A dashboard, run by this Python."""
    port = free_port()
    command = [*python, "-m", "dashboards", "--db", str(db), "--port", str(port)]
    with subprocess.Popen([*command, "--address", "127.0.0.1"]) as process:
        try:
            wait_for(f"http://127.0.0.1:{port}/_stcore/health")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    opened = browser.new_page(timezone_id="UTC", viewport={"width": 1280, "height": 1600})
    yield opened
    opened.close()


def tick(page: "Page", number: int) -> None:
    """Tick the first row of one of the tables that are seen."""
    table = page.locator('[data-testid="stDataFrame"]:visible').nth(number)
    table.wait_for()
    page.wait_for_timeout(1000)  # the page may still be drawn anew, and the grid draws itself later
    table.scroll_into_view_if_needed()
    table.click(position=FIRST_ROW)


def select(page: "Page", address: str, recipient: str) -> None:
    page.goto(f"{address}/queue?queue=to:{recipient}")
    page.get_by_text("1 message waits").wait_for()
    tick(page, MESSAGES)
    page.get_by_text("1 selected").wait_for()


def choose(page: "Page", verb: str) -> None:
    page.get_by_test_id("stRadio").get_by_text(verb, exact=True).click()


def act(page: "Page", verb: str) -> None:
    choose(page, verb)
    page.get_by_role("button", name=f"{verb.capitalize()} 1 message").click()
    page.get_by_text(f"{verb}: 1 of 1 done").wait_for()


def status(postfix: Postfix, queue_id: str) -> str | None:
    message = postfix.queued(queue_id)
    return message and message.status


def test_a_message_is_held_and_released(page: "Page", postfix: Postfix, address: str) -> None:
    queue_id = postfix.send("bob@browser.example").queue_id
    select(page, address, "bob@browser.example")
    act(page, "hold")
    assert status(postfix, queue_id) == "held"
    page.get_by_text("0 selected").wait_for()  # the list is another one now
    tick(page, RESULTS + MESSAGES)
    act(page, "release")
    assert status(postfix, queue_id) != "held"


def test_what_a_group_has_in_common_is_deleted_by_its_number(
    page: "Page", postfix: Postfix, address: str
) -> None:
    hostile = b"Subject: <img src=x onerror=alert(1)>**bold**$x^2$ \x1b[31m\n\nbody\n"
    sent = [postfix.send(f"{name}@group.example", text=hostile) for name in ("eve", "bob")]
    other = postfix.send("eve@browser.example")
    errors: list[str] = []
    page.on("dialog", lambda dialog: errors.append(dialog.message))
    page.goto(f"{address}/queue?queue=to:*@group.example+OR+to:eve@browser.example")
    page.get_by_text("3 messages wait").wait_for()
    page.get_by_role("tab", name="Destination").click()
    tick(page, GROUPS)
    page.get_by_text("2 messages wait").wait_for()
    assert "to:*@group.example" in page.get_by_label("Filter").input_value()

    tick(page, MESSAGES)
    page.get_by_role("button", name="Show its header").click()
    header = page.get_by_role("dialog").get_by_test_id("stCode")
    header.get_by_text("Subject: <img src=x onerror=alert(1)>**bold**$x^2$ \\x1b[31m").wait_for()
    page.keyboard.press("Escape")

    page.get_by_text("All 2 that fit").click()
    choose(page, "delete")
    page.get_by_role("button", name="Delete 2 messages").click()
    page.get_by_text("Nothing was done").wait_for()
    page.get_by_label("To delete 2 messages, type the number").fill("2")
    page.get_by_role("button", name="Delete 2 messages").click()
    page.get_by_text("delete: 2 of 2 done").wait_for()
    assert [postfix.queued(message.queue_id) for message in sent] == [None, None]
    assert postfix.queued(other.queue_id)
    assert not errors


def test_what_is_listed_stays_while_somebody_chooses(
    page: "Page", postfix: Postfix, address: str
) -> None:
    """What was clicked is what is acted on, also where the queue has moved on."""
    sent = [postfix.send(f"{name}@moving.example").queue_id for name in ("one", "two")]
    page.goto(f"{address}/queue?queue=to:*@moving.example")
    page.get_by_text("2 messages wait").wait_for()
    tick(page, MESSAGES)
    page.get_by_text("1 selected").wait_for()
    (chosen,) = (each for each in sent if page.get_by_text(f"{each}  from").count())
    subprocess.run(["postsuper", "-d", chosen], check=True, capture_output=True)
    choose(page, "hold")
    page.get_by_role("button", name="Hold 1 message").click()
    page.get_by_text("hold: 0 of 1 done").wait_for()
    assert [status(postfix, each) for each in sent if each != chosen] == ["deferred"]


def test_a_dashboard_without_rights_acts_once_the_rule_is_there(
    page: "Page", postfix: Postfix
) -> None:
    queue_id = postfix.send("sue@rule.example").queue_id
    with machine_of(postfix) as machine, serving(machine.command(sys.executable), machine.db) as at:
        machine.forbid()
        page.goto(f"{at}/queue?queue=to:sue@rule.example")
        page.get_by_text("Messages can be looked at and delivered, no more.").wait_for()
        page.get_by_text("install the helper and its sudoers rule").wait_for()
        machine.allow()
        page.get_by_role("button", name="Read again").click()
        page.get_by_text("no more.").wait_for(state="detached")
        tick(page, MESSAGES)
        act(page, "hold")
    assert status(postfix, queue_id) == "held"

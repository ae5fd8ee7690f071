"""The page of the queue, over the queue of a real Postfix with two instances."""

import json

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from dashboards import access, queue_reading
from tests.dashboards.conftest import Opener, page_text
from tests.dashboards.test_rejections_and_delivery import table
from tests.tracer.queue.conftest import Postfix, outgoing, postfix
from tracer import users
from tracer.users import User

__all__ = ["outgoing", "postfix"]

FILTER = "to:*@pane.example"


@pytest.fixture(scope="module")
def queue_ids(postfix: Postfix, outgoing: Postfix) -> list[str]:
    """Of two messages of the primary instance, and one of the other."""
    sent = [postfix.send(f"{name}@pane.example", "<b>@x.example") for name in ("anna", "bob")]
    sent.append(outgoing.send("eve@out.example"))
    postfix.load()
    outgoing.load()
    return [message.queue_id for message in sent]


@pytest.fixture(autouse=True)
def no_browser(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a browser without a session tells of itself, which AppTest does not."""
    monkeypatch.setattr(type(st.context), "cookies", {})
    monkeypatch.setattr(type(st.context), "ip_address", "192.0.2.7")


def act_on_all(page: AppTest, verb: str) -> AppTest:
    next(group for group in page.button_group if group.label == "Act on").set_value("all").run()
    return next(radio for radio in page.radio if radio.label == "Action").set_value(verb).run()


def press(page: AppTest, label: str) -> AppTest:
    return next(button for button in page.button if button.label == label).click().run()


def test_what_waits_is_told_and_grouped(
    postfix: Postfix, queue_ids: list[str], open_page: Opener
) -> None:
    page = open_page(postfix.db, "queue", queue=FILTER)
    assert "**2 messages wait**, 0 of them on hold" in page_text(page)
    assert set(table(page, "Queue id")["Queue id"]) == set(queue_ids[:2])
    assert set(table(page, "Tries")["Tries"]) == {1}
    assert list(table(page, "Destination")["Messages"]) == [2]
    ages = table(page, "< 5")
    assert list(ages.iloc[0])[:3] == ["pane.example", 2, 2]
    assert not page.exception


def test_the_instance_is_of_the_address(
    postfix: Postfix, queue_ids: list[str], open_page: Opener
) -> None:
    page = open_page(postfix.db, "queue", postfix="postfix-out")
    assert list(table(page, "Queue id")["Queue id"]) == queue_ids[2:]


def test_all_that_fits_is_held_and_deleted_only_with_the_number(
    postfix: Postfix, queue_ids: list[str], open_page: Opener
) -> None:
    page = act_on_all(open_page(postfix.db, "queue", queue=FILTER), "hold")
    press(page, "Hold 2 messages")
    assert "hold: 2 of 2 done" in page.success[0].value
    assert list(table(page, "Result")["Result"]) == ["done", "done"]
    assert {postfix.queued(each).status for each in queue_ids[:2]} == {"held"}  # type: ignore[union-attr]
    page = act_on_all(page, "delete")
    late = postfix.send("late@pane.example")
    press(page, "Delete 2 messages")
    assert "Nothing was done" in page.error[0].value
    next(box for box in page.text_input if "To delete 2 messages" in box.label).set_value("2")
    press(page, "Delete 2 messages")
    assert "delete: 2 of 2 done" in page.success[0].value
    assert [postfix.queued(each) for each in queue_ids[:2]] == [None, None]
    assert postfix.queued(late.queue_id) == late  # came after the list was shown
    told = table(page, "Outcome")
    assert list(told["Action"][:3]) == ["delete", "delete", "delete"]
    assert list(told["By"][:3]) == ["dashboard 192.0.2.7"] * 3
    assert list(told["Detail"])[2] == FILTER


def test_the_whole_queue_is_flushed_only_with_its_number(
    postfix: Postfix, queue_ids: list[str], open_page: Opener
) -> None:
    page = open_page(postfix.db, "queue", postfix="postfix-out")
    press(page, "Flush the whole queue")
    assert "Nothing was done" in page.error[0].value
    next(box for box in page.text_input if "To try all 1" in box.label).set_value("1")
    press(page, "Flush the whole queue")
    assert "flush: 1 of 1 done" in page.success[0].value
    press(page, "Flush this destination")
    assert "That is no destination" in page.error[0].value


def test_a_viewer_may_look_and_not_act(
    postfix: Postfix, queue_ids: list[str], open_page: Opener, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = users.users_path(postfix.db)
    users.save(path, {"vera": User("vera", "viewer", users.hashed("a long password"))})
    monkeypatch.setattr(access, "_access", [])
    access.start(postfix.db)
    try:
        page = open_page(postfix.db, "queue", postfix="postfix-out")
    finally:
        path.unlink()
    assert "You may look, not act" in page_text(page)
    assert list(table(page, "Queue id")["Queue id"]) == queue_ids[2:]
    assert {button.label for button in page.button} <= {"Read again"}


def test_a_postfix_that_does_not_answer_is_told(
    postfix: Postfix,
    outgoing: Postfix,
    queue_ids: list[str],
    open_page: Opener,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(queue_reading, "_SECONDS", 0.5)
    with outgoing.halted():
        page = open_page(postfix.db, "queue", postfix="postfix-out")
    assert "did not list its queue within 0.5 seconds" in page_text(page)
    assert "Latest actions" in [head.value for head in page.subheader]


def test_a_captured_queue_is_looked_at(
    postfix: Postfix, queue_ids: list[str], open_page: Opener
) -> None:
    page = open_page(postfix.db, "queue")
    captured = {
        "queue_name": "deferred",
        "queue_id": "ABCDEF0",
        "arrival_time": 1_795_000_000,
        "message_size": 1,
        "sender": "<script>alert(1)</script>@x.example",
        "recipients": [{"address": "**b**@y.example", "delay_reason": "mailbox full"}],
    }
    upload = page.file_uploader[0]
    upload.set_value([("queue.json", json.dumps(captured).encode(), "application/json")]).run()
    assert "This is a copy of another queue" in page_text(page)
    assert list(table(page, "Queue id")["To"]) == ["**b**@y.example"]
    assert {button.label for button in page.button} <= {"Read again"}
    upload = page.file_uploader[0]
    upload.set_value([("**queue**.json", b"no json\n", "application/json")]).run()
    assert "line 1 is no message" in page.code[-1].value
    assert "**queue**" not in "\n".join(each.value for each in page.markdown)

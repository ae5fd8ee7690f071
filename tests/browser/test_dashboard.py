"""The dashboard as people use it: loads, counts right, finds, is live, and lets nothing run."""

import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from tests.browser.conftest import Running
from tracer.projections.traffic import OUTCOMES
from tracer.store import Reader

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page, WebSocketRoute

pytestmark = pytest.mark.browser

LIVE_SECONDS = 2 + 2  # to the store, and until the page asks again
SLACK_SECONDS = 2  # on a busy machine
PLACE = re.compile(r"from \w{3} \d+ \w{3} \d{4}, \d\d:\d\d to \w{3} \d+ \w{3} \d{4}, \d\d:\d\d")
HOSTILE = (
    "<script>window.ran=1</script><img/src=x/onerror=window.ran=1>"
    "[link](javascript:window.ran=1)**bold**$latex$:red[red]:material/mail:"
    "![i](http://stranger.example/i.png)"
)


def ask(reader: Reader, sql: str, **parameters: object) -> dict[str, Any]:
    row: dict[str, Any] = reader.query(sql, parameters).to_pylist()[0]
    return row


def goto(page: "Page", running: Running, **parameters: str) -> None:
    query = "&".join(f"{name}={value}" for name, value in parameters.items())
    page.goto(f"{running.address}/?{query}")
    page.get_by_role("heading", name="Is mail flowing?").wait_for()
    page.get_by_test_id("stMetricValue").nth(len(OUTCOMES) - 1).wait_for()


def metrics(page: "Page") -> dict[str, int]:
    values = page.get_by_test_id("stMetricValue").all_inner_texts()
    return dict(zip(OUTCOMES, (int(v.replace(",", "")) for v in values), strict=True))


def line(body: str) -> str:
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}+00:00 mx {body}\n"


def wait_until(page: "Page", condition: str, argument: object) -> float:
    """Seconds until a JavaScript condition holds."""
    started = time.monotonic()
    page.wait_for_function(condition, arg=argument, timeout=30_000)
    return time.monotonic() - started


def test_tables_are_downloaded_by_our_own_button(page: "Page", running: Running) -> None:
    goto(page, running, range="All")
    page.get_by_test_id("stDataFrame").first.hover()
    page.get_by_role("button", name="Fullscreen").first.wait_for()
    assert page.get_by_role("button", name="Download as CSV").count() == 0
    page.get_by_role("button", name="Download tables").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="The latest messages", exact=True).click()
    head = download.value.path().read_text("utf-8").splitlines()[0]
    assert head == "Time,Status,Sender,Recipients,Size,Queue id,Host"


def test_numbers_are_those_of_the_store(page: "Page", running: Running, reader: Reader) -> None:
    goto(page, running, range="All")
    counts = reader.query(
        "SELECT outcome, sum(count)::BIGINT AS n FROM traffic_minutely GROUP BY outcome"
    ).to_pylist()
    assert metrics(page) == dict.fromkeys(OUTCOMES, 0) | {
        row["outcome"]: row["n"] for row in counts
    }
    page.locator(".js-plotly-plot .bars path").first.wait_for(state="attached")
    page.locator(".stMarkdownBadge", has_text=re.compile("Live$")).wait_for()


def test_the_search_box_finds_a_queue_id(page: "Page", running: Running, reader: Reader) -> None:
    wanted = ask(
        reader, "SELECT queue_id FROM messages WHERE sent_count > 1 ORDER BY first_at LIMIT 1"
    )["queue_id"]
    lines = reader.query(
        "SELECT text FROM lines JOIN events USING (position) WHERE queue_id = $id", {"id": wanted}
    ).to_pylist()
    goto(page, running)
    page.get_by_label("Find a message").fill(wanted)
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Where is my message?").wait_for()
    page.get_by_text(f"{wanted} on").first.wait_for()
    page.get_by_test_id("stCode").nth(1).wait_for()  # the facts, then the lines
    shown = page.inner_text("body")
    assert lines
    assert all(row["text"] in shown for row in lines)
    assert f"q={wanted}" in page.url


LATEST_MESSAGES = "[class*=st-key-messages-] [data-testid=stDataFrame]"


def pick_row(page: "Page", table: "Locator", row: int) -> None:
    """Select a row of a table by its box."""
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(500)  # the grid draws itself after it is there
    table.click(position={"x": 16, "y": 52 + 35 * row})


def test_a_message_is_found_opened_and_followed(page: "Page", running: Running) -> None:
    page.goto(f"{running.address}/find?q=B707219416C&range=All")
    page.get_by_text("B707219416C on relay").wait_for()
    page.get_by_label("Find a message").fill("to:tobob status:bounced")
    page.keyboard.press("Enter")
    page.get_by_text("that fit").wait_for()
    pick_row(page, page.get_by_test_id("stDataFrame").first, 0)
    page.get_by_text("B707219416C on relay").wait_for()
    page.locator(".st-key-path-graph .js-plotly-plot .annotation").first.wait_for(state="attached")
    pick_row(page, page.get_by_test_id("stDataFrame").nth(1), 0)
    page.get_by_text("9CDBF19417F on mx").wait_for()
    assert "message=mx/postfix/9CDBF19417F/1" in unquote(page.url)
    shared = page.url
    page.get_by_role("button", name="Back to the list").click()
    page.get_by_text("that fit").wait_for()
    page.goto(shared)
    page.get_by_text("9CDBF19417F on mx").wait_for()


def test_a_selected_row_opens_its_message(page: "Page", running: Running, reader: Reader) -> None:
    newest = ask(
        reader,
        "SELECT queue_id FROM messages ORDER BY last_at DESC, first_position DESC LIMIT 1",
    )["queue_id"]
    goto(page, running)
    pick_row(page, page.locator(LATEST_MESSAGES), 0)
    page.get_by_text(f"{newest} on").first.wait_for()


def test_a_refresh_that_was_asked_for_before_the_page_changed_does_no_harm(
    page: "Page", running: Running
) -> None:
    refreshes: list[bytes] = []
    late: list[bytes] = []  # to be sent when the server has begun with what was picked

    def relay(browser: "WebSocketRoute") -> None:
        server = browser.connect_to_server()

        def forward(message: str | bytes) -> None:
            assert isinstance(message, bytes)
            server.send(message)
            run = BackMsg.FromString(message).rerun_script
            if run.is_auto_rerun:
                refreshes.append(message)
            elif run.fragment_id:
                late.append(refreshes[-1])

        def answer(message: str | bytes) -> None:
            browser.send(message)
            while late:
                server.send(late.pop())

        browser.on_message(forward)
        server.on_message(answer)

    page.route_web_socket("**/_stcore/stream", relay)
    goto(page, running)
    page.wait_for_timeout(2500)
    pick_row(page, page.locator(LATEST_MESSAGES), 0)
    assert refreshes
    page.get_by_role("button", name="Close").wait_for()
    page.wait_for_timeout(1500)  # the message is drawn again, too
    assert page.get_by_role("button", name="Close").is_visible()


def test_a_new_line_is_seen_while_one_looks(page: "Page", running: Running) -> None:
    goto(page, running, range="All")
    received = metrics(page)["received"]
    running.append(line("postfix/smtpd[9]: 5E5A3162999: client=live.example[203.0.113.9]"))
    seconds = wait_until(
        page,
        "wanted => document.querySelector('[data-testid=stMetricValue]').innerText == wanted",
        str(received + 1),
    )
    assert seconds < LIVE_SECONDS + SLACK_SECONDS


def test_hostile_text_is_shown_as_it_is_and_runs_nothing(page: "Page", running: Running) -> None:
    reply = f"host y.example[192.0.2.2] said: 550 {HOSTILE}"
    rest = "relay=y.example[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=5.0.0"
    running.append(
        line(f"postfix/smtpd[9]: BADBADBAD01: client={HOSTILE}[203.0.113.9]")
        + line(f"postfix/smtpd[9]: BADBADBAD02: client=x.example[203.0.113.9], sasl_method=PLAIN, "
               f"sasl_username={HOSTILE}")
        + line(f"postfix/cleanup[9]: BADBADBAD02: message-id=<{HOSTILE}>")
        + line(f"postfix/smtp[9]: BADBADBAD02: to=<b@y.example>, {rest}, status=bounced ({reply})")
        + line(f"mystery[9]: {HOSTILE}")
    )  # fmt: skip
    page.goto(f"{running.address}/find?q=BADBADBAD02&range=All")
    page.get_by_text("BADBADBAD02 on mx").wait_for(timeout=15_000)
    page.get_by_test_id("stCode").nth(2).wait_for()  # the facts, the reply, the lines
    page.locator(".js-plotly-plot .annotation").first.wait_for(state="attached")
    assert page.inner_text("body").count(HOSTILE) >= 5
    nothing_ran(page)
    goto(page, running, range="All")
    page.get_by_text("lines were not understood").click()
    page.wait_for_timeout(1000)
    nothing_ran(page)


def nothing_ran(page: "Page") -> None:
    assert page.evaluate("window.ran") is None
    for selector in ("a[href^='javascript']", "img[src*=stranger]", "img[src=x]", ".katex"):
        assert page.locator(selector).count() == 0


def test_a_custom_range_is_the_same_for_a_colleague_in_another_zone(
    page: "Page", running: Running
) -> None:
    page.goto(f"{running.address}/rejections")
    page.get_by_text("Custom", exact=True).click()
    page.wait_for_url("**zone=Europe%2FBerlin**")
    page.get_by_label("From").first.wait_for()
    colleague = page.context.browser.new_page(timezone_id="America/New_York")
    colleague.goto(page.url)
    for at in (page, colleague):
        at.get_by_text(PLACE).first.wait_for()
    mine, theirs = (PLACE.search(at.inner_text("body")) for at in (page, colleague))
    colleague.close()
    assert mine
    assert theirs
    assert mine[0] == theirs[0]


def test_a_report_is_read_in_its_frame_and_taken_home(page: "Page", running: Running) -> None:
    page.goto(f"{running.address}/report?range=All&zone=UTC")
    frame = page.frame_locator("iframe[title='The report']")
    frame.get_by_role("heading", name="Mail on").wait_for()
    last = frame.get_by_role("heading").last
    last.scroll_into_view_if_needed()
    assert frame.locator("body").evaluate("body => body.ownerDocument.defaultView.scrollY") > 0
    with page.expect_download() as taken:
        page.get_by_role("button", name="Text").click()
    assert re.fullmatch(r"mailtracer-2026-03-02.*\.txt", taken.value.suggested_filename)
    assert (last.text_content() or "").upper() in taken.value.path().read_text("utf-8").upper()

"""A report's HTML, as a mail client on a phone shows it: no table is wider than the screen."""

from datetime import date, datetime
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import SAMPLE
from tracer.reports import as_html, build
from tracer.reports.days import Days
from tracer.reports.model import Request
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_writer

if TYPE_CHECKING:
    from playwright.sync_api import Browser

TOO_WIDE = """
    [...document.querySelectorAll('div'), document.documentElement]
        .filter(each => each.scrollWidth > each.clientWidth).map(each => each.innerText)
"""


@pytest.fixture(scope="module")
def html(tmp_path_factory: pytest.TempPathFactory) -> str:
    data = SAMPLE.read_bytes()
    with open_writer(tmp_path_factory.mktemp("day") / "day.duckdb") as writer:
        stream = writer.resolve(Identity("/var/log/mail.log", data[:HEAD_BYTES]))
        writer.append(Chunk(stream, 0, data, zone="UTC"))
        day = date(2026, 3, 2)
        report = build.report(writer, Request(Days(day, day, "UTC")), datetime(2026, 3, 3))  # noqa: DTZ001
    # numbers of a server that is busier than that of the sample
    return as_html.render(report).replace("nowrap>0</td>", "nowrap>12,345</td>")


@pytest.mark.parametrize("width", [360, 390, 700])
def test_all_tables_fit(browser: "Browser", html: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    page.set_content(html)
    assert page.evaluate(TOO_WIDE) == []
    page.close()

"""Addresses that somebody typed or sent: what is not there is said, whatever it is."""

from pathlib import Path

import pytest

from tests.dashboards.conftest import Opener, page_text


@pytest.mark.parametrize(
    ("page", "key", "value", "said"),
    [
        ("", "range", "zz", "There is no such range"),
        ("", "host", "**nope** <b>", "all hosts are shown"),
        ("", "zone", "Mars/Olympus", "There is no such time zone"),
        ("", "from", "2026-99-01", "This is no time"),
        ("", "to", "9999-12-31T23:59", "This is no time"),
        ("find", "message", "x", "There is no such message in this store"),
        ("rejections", "reason", "nope", "There is no such reason"),
        ("delivery", "percentile", "42%", "There are only"),
        ("spam-and-viruses", "mechanism", "arc", "Here lines tell of"),
        ("report", "report", "none, 2026-03-02", "No such report was made"),
    ],
)
def test_what_is_not_there_is_said(
    day_store: Path, open_page: Opener, page: str, key: str, value: str, said: str
) -> None:
    asked = {"range": "Custom" if key in ("from", "to") else "All", key: value}
    opened = open_page(day_store, page, **asked)
    assert not opened.exception
    (warning,) = opened.warning
    assert said in warning.value
    assert value not in warning.value
    assert value in page_text(opened)
    opened.run()
    assert len(opened.warning) == 1  # until something is chosen


def test_a_choice_is_the_answer(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, host="nope", zone="Mars/Olympus")
    assert len(page.warning) == 2
    page.selectbox(key="host").select("mx").run()
    assert [w for w in page.warning if "host" in w.value] == []
    assert len(page.warning) == 1


def test_a_range_of_ones_own_is_in_the_address_at_once(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store)
    page.session_state["range"] = "custom"
    page.run()
    assert not page.exception
    assert page.query_params["from"] == "2026-03-01T23:58"
    assert page.query_params["to"] == "2026-03-02T23:58"
    assert page.query_params["zone"] == "UTC"
    page.run()
    assert not page.exception

"""The page that finds messages and shows their path, over real stores."""

import json
from html import escape
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from dashboards import data
from tests.dashboards.conftest import Opener, ingest, page_text

ERIN = "34EF119428B"  # to two recipients, relayed from mx to relay
BOUNCED = "B707219416C"  # on relay; came from mx, and its bounce came back through a filter


def opened(open_page: Opener, db: Path, **parameters: str) -> AppTest:
    page = open_page(db, "find", **parameters)
    assert not page.exception
    assert page.title[0].value == "Where is my message?"
    return page


def ask(sql: str, **parameters: object) -> list[dict[str, Any]]:
    """Rows from the store of the page that was opened last."""
    rows: list[dict[str, Any]] = data.reader().query(sql, parameters).to_pylist()
    return rows


def table(page: AppTest, column: str) -> Any:
    return next(t.value for t in page.dataframe if column in t.value)


def charts(page: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in page.get("plotly_chart")]


def labels(chart: dict[str, Any]) -> str:
    return " ".join(note["text"] for note in chart["layout"]["annotations"])


# -- what fits ------------------------------------------------------------------------------------


def test_nothing_typed_says_what_can_be(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store)
    keys = table(page, "Key")
    assert {"from:", "status:", "after:"} <= set(keys["Key"])
    assert page.button_group, "examples and keys can be picked"


def test_what_fits_is_what_search_finds(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, q="status:bounced", range="All")
    hits = table(page, "Outcome")
    rows = ask(
        "SELECT DISTINCT queue_id FROM events "
        "WHERE event = 'postfix.delivery_attempted' AND status = 'bounced'"
    )
    assert set(hits["Queue id"]) == {row["queue_id"] for row in rows}
    assert f"{len(rows)} that fit" in page_text(page)
    assert {outcome for (outcome,) in hits["Outcome"]} >= {"bounced"}


def test_range_and_host_narrow_a_search_but_not_an_id(day_store: Path, open_page: Opener) -> None:
    narrow = {
        "range": "Custom",
        "from": "2026-03-02T15:00",
        "to": "2026-03-02T16:00",
        "zone": "UTC",
    }
    page = opened(open_page, day_store, q="status:bounced", host="relay", **narrow)
    hits = table(page, "Outcome")
    assert BOUNCED in set(hits["Queue id"])
    assert set(hits["Host"]) == {"relay"}
    assert {time.hour for time in hits["Time"]} == {15}
    page = opened(open_page, day_store, q="from:erin", host="relay", **narrow)
    assert "Nothing fits from" in page_text(page)
    assert [b.label for b in page.button if "all of the store" in b.label]
    page = opened(open_page, day_store, q=ERIN, host="relay", **narrow)
    assert f"{ERIN} on mx" in page_text(page)


def test_a_mistake_is_pointed_at(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, q="to:bob statsu:sent")
    assert "did you mean status?" in page_text(page)
    (code,) = (str(c.value) for c in page.code)
    lines = code.splitlines()
    assert lines[1].index("^") == lines[0].index("statsu")


def test_an_unknown_id_is_explained(day_store: Path, open_page: Opener) -> None:
    early = {"range": "Custom", "from": "2026-03-02T10:00", "to": "2026-03-02T11:00"}
    page = opened(open_page, day_store, q=BOUNCED[:-1], **early)
    assert "Nothing fits" in page_text(page)
    assert f"Did you mean {BOUNCED}?" in page_text(page)
    assert "Is the log of the message's time loaded?" in page_text(page)


def test_a_search_on_another_page_comes_here(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store)
    page.text_input(key="q").set_value(ERIN).run()
    assert not page.exception
    assert page.title[0].value == "Where is my message?"
    assert f"{ERIN} on mx" in page_text(page)


# -- one message ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "term", [ERIN, "58A40194290", "<93128-00003.6f15e07bf4@lab.example>", f"{ERIN}*"]
)
def test_an_id_of_any_hop_opens_the_path(day_store: Path, open_page: Opener, term: str) -> None:
    page = opened(open_page, day_store, q=term)
    assert "2 recipients: delivered for outside@remote.example" in page_text(page)
    assert list(table(page, "State")["Queue id"]) == [ERIN, "58A40194290"]
    rows = ask("SELECT text FROM lines JOIN events USING (position) WHERE queue_id = $id", id=ERIN)
    assert rows
    assert all(row["text"] in page_text(page) for row in rows)


def test_the_address_opens_a_message(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, message=f"relay/postfix/{BOUNCED}/1")
    fates = table(page, "Attempts")
    assert list(fates["Outcome"]) == [["bounced"]]
    assert "SPF failed" in page_text(page), "the reason, with advice"
    assert "rewrite the envelope sender" in page_text(page)
    graph, waterfall = charts(page)
    assert all(q in labels(graph) for q in table(page, "State")["Queue id"])
    assert "filter<br>spamassassin" in labels(graph)
    assert "1.08 s" in labels(waterfall)


def test_a_refusal_opens_too(day_store: Path, open_page: Opener) -> None:
    opened(open_page, day_store)
    (row,) = ask(
        "SELECT position, reason FROM events WHERE event = 'postfix.rejected' "
        "AND queue_id IS NULL AND dnsbl IS NOT NULL ORDER BY position LIMIT 1"
    )
    page = opened(open_page, day_store, message=f"NOQUEUE/{row['position']}")
    assert "Refused before it had a queue id" in page_text(page)
    assert list(table(page, "Attempts")["Outcome"]) == [["rejected"]]


@pytest.mark.parametrize(
    "key", ["mx/postfix/AAAAAAAAAAA/1", "NOQUEUE/1", "NOQUEUE/x", "/", "a/b/c/\u00b2", "x" * 9000]
)
def test_an_address_of_no_message_is_explained(
    day_store: Path, open_page: Opener, key: str
) -> None:
    page = opened(open_page, day_store, message=key)
    assert "no such message" in page_text(page)


def test_a_new_search_closes_the_message(day_store: Path, open_page: Opener) -> None:
    page = opened(open_page, day_store, message=f"mx/postfix/{ERIN}/1", range="All")
    page.text_input(key="q").set_value("status:bounced").run()
    assert "that fit" in page_text(page)
    assert "message" not in page.query_params


# -- hostile text ---------------------------------------------------------------------------------

HOSTILE = (
    "<script>alert(1)</script>",
    "**bold**[link](javascript:alert(1))",
    "$\\latex{x}$:red[x]:material/mail:![x](http://x.example/x.png)",
)


def hostile_lines(text: str, queue_id: str) -> str:
    stamp = "2026-11-24T12:00:00+00:00"
    return (
        f"{stamp} mx postfix/smtpd[1]: {queue_id}: client=x.example[192.0.2.1], "
        f"sasl_method=PLAIN, sasl_username={text}\n"
        f"{stamp} mx postfix/cleanup[2]: {queue_id}: message-id=<{text}@x>\n"
        f'{stamp} mx postfix/qmgr[3]: {queue_id}: from=<"{text}"@x.example>, '
        "size=1, nrcpt=1 (queue active)\n"
        f'{stamp} mx postfix/smtp[4]: {queue_id}: to=<"{text}"@y.example>, '
        "relay=y.example[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced "
        f"(host y.example[192.0.2.2] said: 550 {text} <a href=javascript:alert(1)>x</a>)\n"
    )


def test_hostile_text_never_is_markdown_or_html(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "".join(hostile_lines(text, f"A{n:010}") for n, text in enumerate(HOSTILE)), "utf-8"
    )
    db = ingest(tmp_path / "hostile.duckdb", log)
    for n, text in enumerate(HOSTILE):
        for parameters in ({"q": f"A{n:010}"}, {"q": "status:bounced"}, {"q": f"{text}:x"}):
            page = opened(open_page, db, range="All", **parameters)
            blocks = (page.markdown, page.caption, page.warning, page.info, page.subheader)
            interpreted = [str(e.value) for block in blocks for e in block]
            interpreted += [e.label for e in (*page.expander, *page.button)]
            interpreted += [e.proto.body for e in page.get("html")]
            interpreted += [labels(chart) + json.dumps(chart["data"]) for chart in charts(page)]
            assert "<script" not in "".join(interpreted)
            assert "<a" not in "".join(interpreted)
            if not charts(page):
                assert text not in "".join(interpreted)
        page = opened(open_page, db, range="All", q=f"A{n:010}")
        graph, waterfall = charts(page)
        assert escape(text, quote=False)[:10] in labels(graph)
        assert escape(text, quote=False)[:10] in labels(waterfall)
        assert text in "".join(str(element.value) for element in page.code)

"""The pages of what is refused and what gets out, over real stores."""

from pathlib import Path

import pandas as pd
from streamlit.testing.v1 import AppTest

from dashboards import data, tables
from tests.dashboards.conftest import Opener, ingest, page_text
from tracer.reasons import CLASSES

COUNTED = ("delivered", "deferred", "bounced")


def table(page: AppTest, column: str) -> pd.DataFrame:
    assert not page.exception
    found: pd.DataFrame = next(t.value for t in page.dataframe if column in t.value)
    return found


def counts() -> dict[str, int]:
    """Of all time, as the page that was opened last reads it from the store."""
    rows = data.reader().query(
        "SELECT outcome, sum(count)::BIGINT AS n FROM traffic_minutely GROUP BY ALL"
    )
    return {row["outcome"]: row["n"] for row in rows.to_pylist()}


def test_what_is_refused_is_what_the_first_page_counts(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, "rejections", range="All")
    assert page.title[0].value == "Who is refused, and why?"
    rejected = counts()["rejected"]
    assert f"**{rejected:,} refused**" in page_text(page)
    for column in ("What to do", "Client network", "Sender domain", "Recipient", "Stage"):
        assert table(page, column)["Count"].sum() == rejected
    assert "rbl.example" in set(table(page, "Our address")["List"])
    assert table(page, "Line")["Line"].str.contains("reject").all()


def test_one_reason_can_be_looked_at(day_store: Path, open_page: Opener) -> None:
    reason = CLASSES["blocklisted"]
    page = open_page(day_store, "rejections", range="All", reason=reason.title)
    assert reason.advice in page_text(page)
    assert "dnsbl.lab.example" in set(table(page, "What to do")["Lists"])
    assert set(table(page, "Recipient")["Commonest reason"]) == {reason.title}
    lines = table(page, "Line")["Line"]
    assert len(lines) == table(page, "Recipient")["Count"].sum()
    assert lines.str.contains("dnsbl.lab.example").all()


def test_attempts_are_those_that_the_first_page_counts(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, "delivery", range="All")
    assert page.title[0].value == "Does our mail get out?"
    expected = {outcome: counts()[outcome] for outcome in COUNTED}
    shown = {m.label.lower(): m.value for m in page.metric}
    assert {name: int(shown[name].replace(",", "")) for name in COUNTED} == expected
    for column in ("Domain", "Next hop"):
        assert table(page, column)["Attempts"].sum() == sum(expected.values())
    assert "TLSv1.3" in set(table(page, "Version")["Version"])
    assert len(table(page, "Part")) == 5
    assert table(page, "DSN")["Count"].sum() == sum(expected.values())
    failed = expected["deferred"] + expected["bounced"]
    assert table(page, "Refused by")["Count"].sum() == failed


def test_one_domain_can_be_looked_at(day_store: Path, open_page: Opener) -> None:
    page = open_page(day_store, "delivery", range="All", domain=" Remote.example")
    assert list(table(page, "Domain")["Domain"]) == ["remote.example"]
    assert "mx.remote.example" in set(table(page, "Next hop")["Next hop"])
    assert table(page, "Line")["Line"].str.contains("@remote.example>").all()


def test_nothing_to_show_is_explained(day_store: Path, open_page: Opener) -> None:
    span = {"range": "Custom", "from": "2020-01-01T00:00", "to": "2020-01-02T00:00"}
    page = open_page(day_store, "rejections", **span)
    assert not page.exception
    assert "Nothing was refused from" in page_text(page)
    page = open_page(day_store, "delivery", **span)
    assert not page.exception
    assert "Nothing was sent from" in page_text(page)


def test_text_of_logs_is_no_markup(tmp_path: Path, open_page: Opener) -> None:
    text = "**bold**[x](javascript:alert(1))<script>alert(1)</script>"
    address = "**bold**@**bold**"
    log = tmp_path / "mail.log"
    log.write_text(
        "2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
        f" x.example[192.0.2.1]: 550 5.7.1 <{address}>: {text}; from=<{address}> to=<{address}>"
        f" proto=ESMTP helo=<{text}>\n"
        f"2026-11-24T12:00:01+00:00 mx postfix/smtp[4]: A0000000001: to=<{address}>,"
        " relay=y.example[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced"
        f" (host y.example[192.0.2.2] said: 550 {text})\n"
    )
    db = ingest(tmp_path / "hostile.duckdb", log)
    for name in ("rejections", "delivery"):
        page = open_page(db, name)
        assert text in " ".join(table(page, "Line")["Line"])
        assert "bold" not in page_text(page)
        assert [html.proto.body for html in page.get("html")] == [tables.STYLE]


def test_missing_tls_lines_are_explained(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "2026-11-24T12:00:01+00:00 mx postfix/smtp[4]: A0000000001: to=<b@y.example>,"
        " relay=y.example[192.0.2.2]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)\n"
    )
    page = open_page(ingest(tmp_path / "clear.duckdb", log), "delivery")
    assert not page.exception
    assert "smtp_tls_loglevel = 1" in page_text(page)

"""The page of reports: what it shows is what `mailtracer report` prints, and what was sent."""

import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from tests.dashboards.conftest import Opener, ingest, page_text
from tracer.cli import main
from tracer.store import open_appender
from tracer.store.reports import FAILED, SENT, Claim, Settled

POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def shown(page: AppTest) -> str:
    """The HTML in the frame, but for what keeps it from doing anything."""
    assert not page.exception
    (frame,) = page.get("iframe")
    head, policy, rest = frame.proto.srcdoc.partition(
        f'<meta http-equiv="Content-Security-Policy" content="{POLICY}">'
    )
    assert policy
    assert head.endswith("<head>")
    return head + rest


@pytest.mark.parametrize(
    ("chosen", "arguments"),
    [
        ({"range": "24 hours"}, ["-d", "2026-03-02"]),
        ({"range": "Last hour", "host": "mx"}, ["-d", "2026-03-02", "--host", "mx"]),
        ({"range": "All"}, ["-d", "2026-03-01..2026-03-02"]),
        (
            {"range": "Custom", "from": "2026-03-01T20:00", "to": "2026-03-02T00:00"},
            ["-d", "2026-03-01"],
        ),
        ({"range": "24 hours", "zone": "Asia/Tokyo"}, ["-d", "2026-03-03"]),
    ],
    ids=str,
)
def test_it_is_what_the_command_prints(
    day_store: Path,
    open_page: Opener,
    capsys: pytest.CaptureFixture[str],
    chosen: dict[str, str],
    arguments: list[str],
) -> None:
    page = open_page(day_store, "report", **{"zone": "UTC"} | chosen)
    zone = chosen.get("zone", "UTC")
    command = ["report", "--db", str(day_store), "--zone", zone, *arguments]
    assert " ".join(["mailtracer", *command]) in page_text(page)
    capsys.readouterr()
    assert main([*command, "--format", "html"]) == 0
    assert shown(page) == capsys.readouterr().out


def test_days_without_lines_say_so(day_store: Path, open_page: Opener) -> None:
    page = open_page(
        day_store,
        "report",
        **{"range": "Custom", "from": "2020-01-01T00:00", "to": "2020-01-02T00:00"},
    )
    assert "it has lines from 2026-03-01 to 2026-03-02" in shown(page)


def test_reports_that_were_sent_are_shown_as_they_were(
    day_store: Path, tmp_path: Path, open_page: Opener
) -> None:
    db = shutil.copy(day_store, tmp_path / "store.duckdb")
    at = datetime(2026, 3, 3, 5, tzinfo=UTC).replace(tzinfo=None)
    with open_appender(db) as desk:
        for name, state, html, error in (
            ("daily", SENT, "<html><head></head><b>as it was</b></html>", None),
            ("customer", FAILED, None, "refused: <i>no</i>"),
        ):
            claim = desk.claim_report(Claim(name, date(2026, 3, 2), f"<{name}@x>", at))
            assert claim
            text = html and "as it was"
            desk.settle_report(Settled(claim, state, at, name, text, html, error))
    page = open_page(db, "report", zone="Europe/Berlin", report="daily, 2026-03-02")
    assert shown(page) == "<html><head></head><b>as it was</b></html>"
    assert "Sent Tue 3 Mar 2026, 06:00." in page_text(page)
    page = open_page(db, "report", report="customer, 2026-03-02")
    assert not page.exception
    assert "could not be sent" in page.error[0].value
    assert "refused: <i>no</i>" in [code.value for code in page.code]
    assert not page.get("iframe")


def test_a_logs_text_stays_text(tmp_path: Path, open_page: Opener) -> None:
    log = tmp_path / "mail.log"
    log.write_text(
        "2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from x.example"
        "[192.0.2.1]: 554 5.7.1 <b@y.example>: Relay access denied; from=<a@x.example>"
        " to=<</td><script>alert(1)</script>> proto=ESMTP helo=<x>\n"
    )
    page = open_page(
        ingest(tmp_path / "hostile.duckdb", log),
        "report",
        **{"range": "Custom", "from": "2026-11-24T00:00", "to": "2026-11-25T00:00"},
    )
    assert "1 refused" in shown(page)
    assert "to=&lt;&lt;/td&gt;&lt;script&gt;alert(1)" in shown(page)
    assert "<script" not in shown(page)

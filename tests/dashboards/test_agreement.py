"""What the pages say of a day is what the report of that day says."""

import json
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from typing import Any

import pytest

from tests.dashboards.conftest import Opener, page_text
from tests.dashboards.test_rejections_and_delivery import table
from tracer.cli import main

DAY = "2026-03-02"
SHOWN = {"range": "Custom", "from": f"{DAY}T00:00", "to": "2026-03-03T00:00", "zone": "UTC"}

Sections = dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def report(day_store: Path) -> Sections:
    """The day's report, by section."""
    command = ["report", "--db", str(day_store), "--zone", "UTC", "-d", DAY]
    with redirect_stdout(StringIO()) as out:
        assert main([*command, "--format", "json", "--detail", "1000"]) == 0
    sections: Sections = json.loads(out.getvalue())["sections"]
    return sections


def totals(report: Sections) -> dict[str, int]:
    names = {"deferrals": "deferred", "viruses": "virus"}
    rows = {row["outcome"].lower(): row["count"] for row in report["traffic"]["totals"]}
    return {names.get(name, name): count for name, count in rows.items()}


def counts(rows: list[dict[str, Any]], name: str) -> dict[Any, int]:
    found = {row[name]: row["count"] for row in rows}
    assert len(found) > 1
    return found


def test_the_first_page(day_store: Path, open_page: Opener, report: Sections) -> None:
    page = open_page(day_store, **SHOWN)
    shown = {metric.label.lower(): int(metric.value.replace(",", "")) for metric in page.metric}
    assert shown == totals(report)


def test_rejections(day_store: Path, open_page: Opener, report: Sections) -> None:
    page = open_page(day_store, "rejections", **SHOWN)
    assert f"**{totals(report)['rejected']} refused**" in page_text(page)
    reasons = table(page, "What to do")
    shown = dict(zip(reasons["Reason"], reasons["Count"], strict=True))
    assert shown == counts(report["refusals"]["reasons"], "reason")


def test_delivery(day_store: Path, open_page: Opener, report: Sections) -> None:
    page = open_page(day_store, "delivery", **SHOWN)
    metrics = {metric.label.lower(): metric.value for metric in page.metric}
    for outcome in ("delivered", "deferred", "bounced"):
        assert int(metrics[outcome]) == totals(report)[outcome]
    domains = table(page, "Domain")
    delivered = {
        domain: round(attempts * share)
        for domain, attempts, share in zip(
            domains["Domain"], domains["Attempts"], domains["Delivered"], strict=True
        )
        if share
    }
    assert delivered == {
        row["domain"]: row["delivered"]
        for row in report["parties"]["recipient_domains"]
        if row["delivered"]
    }
    failures = table(page, "Refused by")
    reported = report["failures"]["bounced"] + report["failures"]["deferred"]
    for reason, count in zip(failures["Reason"], failures["Count"], strict=True):
        assert count == sum(row["count"] for row in reported if row["reason"] == reason)
    assert failures["Count"].sum() == sum(row["count"] for row in reported)


def test_spam_and_viruses(day_store: Path, open_page: Opener, report: Sections) -> None:
    page = open_page(day_store, "spam-and-viruses", **SHOWN)
    viruses = table(page, "Virus")
    assert dict(zip(viruses["Virus"], viruses["Count"], strict=True)) == counts(
        report["verdicts"]["viruses"], "virus_name"
    )
    scanners = table(page, "Scanner")
    scored = scanners[scanners["Scanner"] == "spamd"]
    assert dict(zip(scored["Verdict"], scored["Count"], strict=True)) == counts(
        report["verdicts"]["spam"], "result"
    )
    signed = table(page, "Signed by us")
    dkim = counts(report["verdicts"]["dkim"], "result")
    assert signed["Signed by us"].sum() == dkim["signed"]
    assert signed["Passed"].sum() == dkim["pass"]
    assert signed[["Passed", "Failed", "Other", "Signed by us"]].sum().sum() == sum(dkim.values())


def test_logins(day_store: Path, open_page: Opener, report: Sections) -> None:
    """The report counts messages sent after a login to SMTP by themselves, as `parties`."""
    page = open_page(day_store, "logins", **SHOWN)
    services = next(t.value for t in page.dataframe if t.value.columns[0] == "Service")
    by_smtp = services["Service"] == "smtp"
    told = report["logins"]["sentence"]
    good, failed = services[~by_smtp]["Good"].sum(), services["Failed"].sum()
    assert f"Succeeded: {good} logins. Failed: {failed} attempts" in told
    users = sum(row["count"] for row in report["parties"]["logins"])
    assert services[by_smtp]["Good"].sum() == users

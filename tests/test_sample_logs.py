"""The sample logs: what parsing them gives, and that they are what their README says."""

import ipaddress
import json
import os
import re
import subprocess
import sys
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from sample_logs import expect

DAYS = [expect.HERE / day for day in expect.DAYS]
ALL_LOGS = [*expect.small_logs(), *(log for day in DAYS for log in sorted(day.glob("mail.log*")))]
# Documentation (RFC 5737, RFC 3849), loopback, and the private ones that a lab client greets with.
NETWORKS = [
    ipaddress.ip_network(text)
    for text in (
        "203.0.113.0/24",
        "198.51.100.0/24",
        "2001:db8::/32",
        "127.0.0.0/8",
        "::1/128",
        "192.168.1.23/32",
        "10.0.0.1/32",
    )
]


def name_of(path: Path) -> str:
    return str(path.relative_to(expect.HERE))


@pytest.mark.parametrize("log", expect.small_logs(), ids=name_of)
def test_small_log_gives_its_expected_events(log: Path, update_golden: bool) -> None:
    found = expect.rendered(expect.events(log))
    if update_golden:
        expect.expected_path(log).write_text(found, encoding="utf-8")
    assert found.splitlines() == expect.expected_path(log).read_text("utf-8").splitlines()


@pytest.mark.parametrize("folder", DAYS, ids=name_of)
def test_day_gives_its_counts(folder: Path, update_golden: bool) -> None:
    if update_golden:
        (folder / "summary.json").write_text(expect.rendered_summary(folder), encoding="utf-8")
    assert expect.summary(folder) == json.loads((folder / "summary.json").read_text())


@pytest.mark.parametrize("log", ALL_LOGS, ids=name_of)
def test_every_line_is_parsed_and_dated(log: Path) -> None:
    unparsed = [
        event
        for event in expect.parse_lines(expect.lines(log), reference=expect.REFERENCE)
        if event["event"] == "log.line_unparsed" or event["occurred_at"] is None
    ]
    assert [event["line"] for event in unparsed] == []


@pytest.mark.parametrize("folder", DAYS, ids=name_of)
def test_day_is_in_order_and_reaches_from_midnight_to_midnight(folder: Path) -> None:
    today = [e["occurred_at"] for e in expect.events(folder / "mail.log")]
    evening = [e["occurred_at"] for e in expect.events(folder / "mail.log.1.gz")]
    minutes = {str(moment)[:16] for moment in today}
    moments = [datetime.fromisoformat(moment) for moment in (*evening, *today)]
    late = [b for a, b in pairwise(moments) if a - b > timedelta(seconds=1)]
    assert late == []  # the hosts' and daemons' lines race by milliseconds only
    assert {moment[:10] for moment in evening} == {"2026-03-01"}
    assert {moment[:10] for moment in today} == {"2026-03-02"}
    assert {moment[11:13] for moment in minutes} == {f"{hour:02d}" for hour in range(24)}
    assert len(minutes) > 60


@pytest.mark.parametrize("folder", DAYS, ids=name_of)
def test_truth_names_only_what_the_log_has(folder: Path) -> None:
    text = "\n".join(line for log in folder.glob("mail.log*") for line in expect.lines(log))
    messages = [
        record
        for record in json.loads((folder / "truth.json").read_text("utf-8"))
        if record["kind"] == "message"
    ]
    ids = {
        queue_id
        for message in messages
        for copy in message.get("copies", []) + message.get("reports", [])
        for _, queue_id in copy["queue_ids"]
    }
    assert len(ids) > 200
    assert [queue_id for queue_id in sorted(ids) if f" {queue_id}: " not in text] == []


@pytest.mark.parametrize("log", ALL_LOGS, ids=name_of)
def test_nobody_is_named(log: Path) -> None:
    text = "\n".join(expect.lines(log))
    addresses = set(re.findall(r"(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?![\w.])", text))
    addresses |= set(re.findall(r"\[([0-9a-f]*:[0-9a-f:]+)\]", text))
    foreign = [
        address
        for address in sorted(addresses)
        if not any(ipaddress.ip_address(address) in network for network in NETWORKS)
    ]
    domains = set(re.findall(r"@([\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,})", text))
    assert foreign == []
    assert [d for d in sorted(domains) if not d.lower().endswith((".example", ".org"))] == []


def test_the_update_flag_is_refused_in_ci() -> None:
    command = [sys.executable, "-m", "pytest", "--update-golden", "--collect-only", __file__]
    environment = {**os.environ, "CI": "true"}
    done = subprocess.run(
        command, cwd=expect.HERE.parent, env=environment, capture_output=True, text=True
    )
    assert done.returncode == pytest.ExitCode.USAGE_ERROR
    assert "--update-golden is refused" in done.stderr

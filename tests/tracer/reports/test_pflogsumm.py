"""pflogsumm on the same log: each figure is equal, or differs as docs/pflogsumm.md says."""

import os
import re
import shutil
import subprocess
from datetime import datetime

import pytest

from tests.tracer.reports.conftest import SAMPLES
from tracer.queries.overview import Range
from tracer.queries.report import failures, refusals, volume
from tracer.queries.report.scope import Scope
from tracer.store import Reader

PFLOGSUMM = shutil.which("pflogsumm", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
pytestmark = pytest.mark.skipif(PFLOGSUMM is None, reason="pflogsumm is not installed")

SCOPE = Scope(Range(datetime(2026, 3, 2), datetime(2026, 3, 3)))  # noqa: DTZ001 - naive UTC
COLUMNS = ("received", "delivered", "deferred", "bounced", "rejected")


@pytest.fixture(scope="module")
def theirs() -> str:
    log = SAMPLES / "mail.log"
    return subprocess.run([str(PFLOGSUMM), log], check=True, capture_output=True, text=True).stdout


def grand_totals(text: str) -> dict[str, int]:
    found = re.findall(r"^ +(\d+)  +([a-z][a-z ]*[a-z])", text.split("Per-Hour")[0], re.MULTILINE)
    return {name: int(count) for count, name in found}


def counted(reader: Reader, sql: str) -> int:
    day = "occurred_at >= '2026-03-02' AND occurred_at < '2026-03-03'"
    (row,) = reader.query(f"SELECT count(*) AS n FROM events WHERE {day} AND {sql}").to_pylist()
    return int(row["n"])


def hops(reader: Reader, outcome: str, forwards: bool) -> int:
    (row,) = reader.query(f"""
        SELECT coalesce(sum(count), 0)::BIGINT AS n FROM traffic_hops
        WHERE outcome = '{outcome}' AND minute >= '2026-03-02' AND (message_no IS NULL) = {forwards}
    """).to_pylist()
    return int(row["n"])


def test_totals(reader: Reader, theirs: str) -> None:
    ours = dict.fromkeys(COLUMNS, 0)
    for row in volume.counts(reader, SCOPE):
        ours[row["outcome"]] = ours.get(row["outcome"], 0) + row["count"]
    checks = {row["action"]: row["count"] for row in refusals.by_action(reader, SCOPE)}
    notifications = counted(reader, "event = 'postfix.notification_sent'")
    early_milters = counted(
        reader, "event = 'postfix.rejected' AND action = 'milter-reject' AND program LIKE '%/smtpd'"
    )
    assert notifications
    assert early_milters
    totals = grand_totals(theirs)
    assert {name: totals[name] for name in totals if not name.startswith("bytes")} | {
        "senders": 0, "recipients": 0, "sending hosts": 0, "recipient hosts": 0
    } == {
        "received": ours["received"] + hops(reader, "received", False) - notifications,
        "delivered": ours["delivered"] + hops(reader, "delivered", False),
        "forwarded": hops(reader, "delivered", True),
        "deferred": failures.deferred_messages(reader, SCOPE),
        "bounced": ours["bounced"],
        "rejected": ours["rejected"] - early_milters,
        "reject warnings": checks["warning"],
        "held": checks["hold"] + checks["milter-hold"],
        "discarded": checks["discard"] + checks["milter-discard"],
        "senders": 0, "recipients": 0, "sending hosts": 0, "recipient hosts": 0,
    }  # fmt: skip
    assert ours["deferred"] == int(re.findall(r"\((\d+)  deferrals\)", theirs)[0])


def test_hours(reader: Reader, theirs: str) -> None:
    """By the hour, what has no hops is the same; and what has never is more."""
    rows = re.findall(r"^ +(\d\d)00-\d\d00" + r" +(\d+)" * 5, theirs, re.MULTILINE)
    assert len(rows) == 24
    ours: dict[tuple[int, str], int] = {}
    for row in volume.counts(reader, SCOPE):
        key = (row["begins_at"].hour, row["outcome"])
        ours[key] = ours.get(key, 0) + row["count"]
    for hour, *counts in (map(int, row) for row in rows):
        their = dict(zip(COLUMNS, counts, strict=True))
        for name in ("deferred", "bounced"):
            assert ours.get((hour, name), 0) == their[name], (hour, name)
        assert ours.get((hour, "delivered"), 0) <= their["delivered"], hour


def test_a_line_that_is_repeated_counts_as_often_here_and_once_there() -> None:
    """See tests of traffic; here only that theirs has not changed."""
    line = (
        "Mar  2 10:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from x.example[192.0.2.1]:"
        " 554 5.7.1 <b@y.example>: Relay access denied; from=<a@x.example> to=<b@y.example>"
        " proto=ESMTP helo=<x.example>\n"
    )
    header, _, body = line.rstrip("\n").partition("smtpd[1]: ")
    repeats = f"{header}smtpd[1]: message repeated 4 times: [ {body}]\n"
    done = subprocess.run(
        [str(PFLOGSUMM)], input=line + repeats, check=True, capture_output=True, text=True
    )
    assert grand_totals(done.stdout)["rejected"] < 5

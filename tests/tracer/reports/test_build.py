"""What a report says: figures that add up, of the asked hosts and domains, hostile text as text."""

import json
import shutil
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path

import pytest

from tracer.queries.report import failures, parties, volume
from tracer.queries.report.scope import rows
from tracer.reports import as_html, as_json, as_markdown, as_text, build, message
from tracer.reports.days import Days
from tracer.reports.model import Report, Request
from tracer.store import Reader, open_reader, open_writer

DAY = Days(date(2026, 3, 2), date(2026, 3, 2), "UTC")
LATER = datetime(2026, 4, 1)  # noqa: DTZ001 - naive UTC, as in the store


@pytest.fixture(scope="module")
def report(reader: Reader) -> Report:
    return build.report(reader, Request(DAY, detail=1000), LATER)


def as_object(made: Report) -> dict[str, dict[str, list[dict[str, int]]]]:
    sections: dict[str, dict[str, list[dict[str, int]]]] = json.loads(as_json.render(made))[
        "sections"
    ]
    return sections


def test_figures_agree_with_each_other(report: Report) -> None:
    found = as_object(report)
    totals = {row["outcome"]: row["count"] for row in found["traffic"]["totals"]}
    names = {"received": "Received", "delivered": "Delivered", "deferred": "Deferrals",
             "bounced": "Bounced", "rejected": "Rejected"}  # fmt: skip
    for name, title in names.items():
        assert totals[title] > 0
        assert sum(row[name] for row in found["traffic"]["periods"]) == totals[title]
        assert sum(row[name] for row in found["traffic"]["hosts"]) == totals[title]
    assert sum(row["count"] for row in found["traffic"]["ways"]) == totals["Delivered"]
    for name in ("delivered", "deferred", "bounced"):
        for table in ("recipients", "recipient_domains"):
            assert sum(r[name] for r in found["parties"][table]) == totals[names[name]]
    assert sum(row["count"] for row in found["failures"]["bounced"]) == totals["Bounced"]
    assert sum(row["count"] for row in found["failures"]["deferred"]) == totals["Deferrals"]
    assert sum(row["count"] for row in found["refusals"]["reasons"]) == totals["Rejected"]
    assert sum(row["count"] for row in found["parties"]["senders"]) <= totals["Received"]


def test_which_way_it_went_is_told_by_the_first_client(reader: Reader) -> None:
    """Against plain SQL: what a logged in user sent is ours, through the filter too."""
    (row,) = reader.query("""
        WITH kin AS (
            SELECT host, message_id, max(sasl_username) AS login FROM messages
            WHERE message_id <> '' GROUP BY ALL
        )
        SELECT count(*) AS n FROM events e JOIN messages m
            ON e.queue_id = m.queue_id AND e.host = m.host
        JOIN kin k ON k.host = m.host AND k.message_id = m.message_id
        WHERE e.event = 'postfix.delivery_attempted' AND e.status = 'sent'
            AND e.program NOT LIKE '%/smtp' AND k.login IS NOT NULL
            AND e.occurred_at >= '2026-03-02'
            AND e.position NOT IN (SELECT position FROM traffic_hops)
    """).to_pylist()
    ways = {w["direction"]: w["count"] for w in volume.directions(reader, Request(DAY).scope)}
    assert 0 < row["n"] <= ways["internal"]


def test_hosts_are_told_apart(reader: Reader, report: Report) -> None:
    total = 0
    for host in ("mx", "relay"):
        made = build.report(reader, Request(DAY, hosts=(host,)), LATER)
        total += as_object(made)["traffic"]["totals"][0]["count"]
    assert total == as_object(report)["traffic"]["totals"][0]["count"]


def test_domains_have_nothing_of_others(reader: Reader) -> None:
    request = Request(DAY, domains=("virtual.example",), detail=1000)
    made = build.report(reader, request, LATER)
    assert [s.name for s in made.sections] == [
        "traffic",
        "failures",
        "refusals",
        "parties",
        "logins",
    ]
    for row in parties.receiving(reader, request.scope, 1000)["recipients"]:
        others = parties.sending(reader, request.scope, 1000)["senders"]
        assert row["name"].endswith("@virtual.example") or any(
            other["name"].endswith("@virtual.example") for other in others
        )
    delivered = as_object(made)["traffic"]["totals"][1]["count"]
    assert delivered == sum(row["count"] for row in as_object(made)["traffic"]["ways"]) > 0


def test_what_is_queued_is_listed_oldest_first(reader: Reader, report: Report) -> None:
    shown = as_object(report)["failures"]["queued"]
    assert len(shown) == failures.queued(reader, report.request.scope)["count"] > 10
    seconds = [row["queued_seconds"] for row in shown]
    assert seconds == sorted(seconds, reverse=True)
    assert seconds[-1] >= 0


def test_what_is_queued_for_a_domain_is_told_too(reader: Reader) -> None:
    request = Request(DAY, domains=("down.example",))  # no sender is of it
    waiting = rows(
        reader,
        "SELECT DISTINCT queue_id FROM event_rows JOIN messages USING (queue_id, host, instance) "
        "WHERE recipient LIKE '%@down.example' AND NOT is_removed AND messages.size_bytes > 0",
    )
    told = failures.queued_longest(reader, request.scope, 1000)
    assert {row["queue_id"] for row in told} == {row["queue_id"] for row in waiting} != set()


def test_problems_only_leaves_out_what_is_fine(reader: Reader) -> None:
    made = build.report(reader, Request(DAY, problems_only=True), LATER)
    assert made.has_problems
    assert {section.name for section in made.sections} == {"failures", "complaints"}


def test_an_empty_day_says_why(reader: Reader, store_of: Callable[[str], Path]) -> None:
    days = Days(date(2025, 1, 1), date(2025, 1, 1), "UTC")
    made = build.report(reader, Request(days), LATER)
    assert made.line_count == 0
    assert "has lines from 2026-03-01 to 2026-03-02" in made.headline
    strange = build.report(reader, Request(DAY, hosts=("MX",)), LATER)
    assert "no lines of MX on Monday 2 March 2026, but of mx, relay:" in strange.headline
    with open_reader(store_of("")) as empty:
        assert "mailtracer ingest" in build.report(empty, Request(days), LATER).headline


def test_a_domain_without_mail_is_told_and_what_may_be_meant(reader: Reader) -> None:
    def headline(domain: str) -> str:
        return build.report(reader, Request(DAY, domains=(domain,)), LATER).headline

    assert headline("remote.exmple") == (
        "There was no mail from or to remote.exmple on Monday 2 March 2026. "
        "Is one of these meant: remote.example?"
    )
    assert headline("xyz.test").endswith("from or to xyz.test on Monday 2 March 2026.")
    assert "\x1b" not in headline("a\x1b[31m")


def refused(day: str, hour: str, reason: str = "Relay access denied") -> str:
    return (
        f"{day}T{hour}:30:00+00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
        f" x.example[192.0.2.1]: 554 5.7.1 <b@y.example>: {reason}; from=<a@x.example>"
        " to=<b@y.example> proto=ESMTP helo=<x.example>\n"
    )


def test_the_hour_that_comes_twice_is_two_hours(store_of: Callable[[str], Path]) -> None:
    log = refused("2026-10-25", "00") + refused("2026-10-25", "01")
    days = Days(date(2026, 10, 25), date(2026, 10, 25), "Europe/Berlin")
    with open_reader(store_of(log)) as opened:
        made = build.report(opened, Request(days), LATER)
    periods = made.sections[0].tables[1].rows
    assert len(periods) == 25
    assert [row["period"] for row in periods if row["rejected"]] == ["02:00 +0200", "02:00 +0100"]


def test_what_changed_is_told_against_the_same_weekday(store_of: Callable[[str], Path]) -> None:
    weeks = "".join(
        refused(f"2026-03-{day:02}", f"{n:02}") for day in (2, 9, 16) for n in range(10)
    )
    many = "".join(refused("2026-03-23", f"{n % 24:02}") for n in range(60))
    days = Days(date(2026, 3, 23), date(2026, 3, 23), "UTC")
    with open_reader(store_of(weeks + many)) as opened:
        made = build.report(opened, Request(days), LATER)
    (totals,) = (t for t in made.sections[0].tables if t.name == "totals")
    (row,) = (r for r in totals.rows if r["outcome"] == "Rejected")
    assert (row["count"], row["usual"], row["change"]) == (60, 10, 5.0)
    advice = {finding.text: finding.advice for finding in made.findings}
    assert "from which clients" in advice["Rejected: 60, 10 usual"]


def test_a_day_that_is_not_over_is_compared_with_as_much_of_the_day_before(
    store_of: Callable[[str], Path],
) -> None:
    log = "".join(refused("2026-03-01", f"{hour:02}") for hour in range(24))
    log += "".join(refused("2026-03-02", f"{hour:02}") for hour in range(12))
    with open_reader(store_of(refused("2026-02-28", "23") + log)) as opened:
        at_noon = build.report(opened, Request(DAY), datetime(2026, 3, 2, 12))  # noqa: DTZ001
        later = build.report(opened, Request(DAY), LATER)
    told = [
        next(row for row in made.sections[0].tables[0].rows if row["outcome"] == "Rejected")
        for made in (at_noon, later)
    ]
    assert [(row["count"], row["before"]) for row in told] == [(12, 12), (12, 24)]
    assert ["So far" in made.sections[0].sentence for made in (at_noon, later)] == [True, False]


HOSTILE = "</td><script>alert(1)</script> ![x](http://e.example/x.png) | **b** \x1b[31m&amp;"


def test_text_of_a_log_stays_text(store_of: Callable[[str], Path]) -> None:
    store = store_of(refused("2026-03-02", "10", HOSTILE))
    with open_reader(store) as opened:
        made = build.report(opened, Request(DAY), LATER)
    html, markdown, text = (m.render(made) for m in (as_html, as_markdown, as_text))
    assert "alert(1)" in text
    assert "\x1b" not in html + markdown + text
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)" in html
    assert "&amp;amp;" in html
    for markup in ("<script", "![", "](", "**b"):
        assert markup not in markdown
    json.loads(as_json.render(made))


def test_the_mail_has_all_it_needs_inside(report: Report) -> None:
    mail = message.compose(report, "m@lab.example", ["p@lab.example"], "<1@lab.example>")
    text, related = mail.iter_parts()
    assert (mail.get_content_type(), text.get_content_type(), related.get_content_type()) == (
        "multipart/alternative", "text/plain", "multipart/related",
    )  # fmt: skip
    html, *pictures = related.iter_parts()
    assert "Relaying denied" in text.get_content()
    assert pictures
    for picture in pictures:
        assert f'src="cid:{str(picture["Content-ID"]).strip("<>")}"' in html.get_content()
        assert picture.get_content().startswith(b"\x89PNG")
    sources = [part for part in html.get_content().split('"') if part.startswith(("http", "data:"))]
    assert not sources
    assert max(map(len, bytes(mail).split(b"\r\n"))) <= 998


def test_gmail_shows_the_whole_mail(reader: Reader) -> None:
    made = build.report(reader, Request(DAY), LATER)
    mail = message.compose(made, "m@lab.example", ["p@lab.example"], "<1@lab.example>")
    (html,) = (part for part in mail.walk() if part.get_content_type() == "text/html")
    assert 20_000 < len(html.as_bytes()) < 102_000


def test_days_whose_lines_are_removed_say_so(day_store: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copy(day_store, tmp_path / "store.duckdb"))
    with open_writer(copy) as writer:
        writer.forget(datetime(2026, 3, 2, 6))  # noqa: DTZ001 - naive UTC
        made = build.report(writer, Request(DAY), LATER)
        (said,) = [finding.text for finding in made.findings if "removed" in finding.text]
        assert said.startswith("What was logged before 2 March 2026, 06:00 is removed")
        later = Request(Days(date(2026, 3, 3), date(2026, 3, 3), "UTC"))
        assert "is removed" not in as_text.render(build.report(writer, later, LATER))

"""Questions to what was refused and attempted, against a count of the events themselves."""

import math
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracer.queries import attempts, reasons, refusals
from tracer.queries.attempts import Choice
from tracer.queries.overview import Range, totals
from tracer.store import Reader, open_reader

DAY = Range(datetime(2026, 3, 1), datetime(2026, 3, 2))  # noqa: DTZ001 - naive UTC, as in the store


def refused(minute: int, address: str, sender: str, text: str, host: str = "mx") -> str:
    return (
        f"2026-03-01T10:{minute:02}:00+00:00 {host} postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
        f" x.example[{address}]: {text}; from=<{sender}> to=<b@y.example> proto=ESMTP helo=<x>\n"
    )


def attempted(minute: int, relay: str, outcome: str, delay: float = 1, domain: str = "y") -> str:
    dsn, reply = {
        "sent": ("2.0.0", "250 ok"),
        "deferred": ("4.7.0", f"host {relay} said: 421 4.7.0 try again later"),
        "bounced": ("5.7.1", f"host {relay} said: 550 5.7.1 [192.0.2.1] listed in rbl.example"),
    }[outcome]
    return (
        f"2026-03-01T11:{minute:02}:00+00:00 mx postfix/smtp[2]: 0A19F16272B:"
        f" to=<b@{domain}.example>, relay={relay}, delay={delay:g},"
        f" delays={delay / 2:g}/0/0/{delay / 2:g}, dsn={dsn}, status={outcome} ({reply})\n"
    )


TLS = (
    "2026-03-01T11:00:00+00:00 mx postfix/smtp[2]: Trusted TLS connection established to"
    " a.example[192.0.2.8]:25: TLSv1.3 with cipher X (1/1 bits)\n"
)
DENIED, UNKNOWN = (
    "554 5.7.1 <b@y.example>: Relay access denied",
    "550 5.1.1 <b@y.example>: Recipient address rejected: User unknown",
)
A, B = "a.example[192.0.2.8]:25", "b.example[192.0.2.9]:25"
LOG = "".join(
    (
        refused(1, "192.0.2.1", "a@x.example", DENIED),
        refused(2, "192.0.2.2", "b@x.example", UNKNOWN),
        refused(2, "192.0.2.2", "b@x.example", UNKNOWN),
        refused(3, "198.51.100.1", "", DENIED, "other"),
        TLS,
        *(attempted(1, A, "sent", delay) for delay in range(1, 101)),
        attempted(2, A, "deferred", domain="z"),
        attempted(3, B, "sent", domain="z"),
        attempted(4, B, "bounced", domain="z"),
        attempted(5, B, "bounced", domain="z"),
    )
)


@pytest.fixture
def reader(store_of: Callable[[str], Path]) -> Any:
    with open_reader(store_of(LOG)) as opened:
        yield opened


def test_the_most_refused_come_first(reader: Reader) -> None:
    top = [(t.value, t.count, t.reason_class) for t in refusals.top(reader, "client_network", DAY)]
    assert top == [("192.0.2.0/24", 3, "user_unknown"), ("198.51.100.0/24", 1, "relay_denied")]
    of_one = refusals.top(reader, "sender_domain", DAY, reason="relay_denied")
    assert [(t.value, t.count) for t in of_one] == [("", 1), ("x.example", 1)]
    assert [t.count for t in refusals.top(reader, "stage", DAY, host="other")] == [1]


def test_refusals_are_told_over_time_and_by_line(reader: Reader) -> None:
    found = refusals.refused(reader, DAY, zone="Asia/Kolkata")
    counts = [(f"{b.begins_at:%H:%M}", dict(b.counts)) for b in found.series]
    assert counts == [("15:30", {"relay_denied": 2, "user_unknown": 2})]
    assert [line.text for line in found.lines] == LOG.splitlines()[3::-1]
    of_one = refusals.latest_lines(reader, DAY, "mx", "relay_denied")
    assert [line.text for line in of_one] == LOG.splitlines()[:1]
    assert refusals.latest_lines(reader, DAY.before) == []


def test_who_blocks_us_is_told_with_list_and_address(reader: Reader) -> None:
    (blocked,) = refusals.blocked(reader, DAY)
    assert (blocked.provider, blocked.blocklist, blocked.address, blocked.count) == (
        None, "rbl.example", "192.0.2.1", 2,
    )  # fmt: skip
    assert blocked.last_at == DAY.start + timedelta(hours=11, minutes=5)


def test_attempts_are_told_by_domain_and_next_hop(reader: Reader) -> None:
    by_hop = {s.value: s for s in attempts.by(reader, "relay_host", Choice(DAY))}
    assert list(by_hop) == ["a.example", "b.example"]
    a, b = by_hop.values()
    assert (a.attempts, a.delivered, a.deferred, a.bounced) == (101, 100, 1, 0)
    assert (b.attempts, b.delivered, b.deferred, b.bounced) == (3, 1, 0, 2)
    assert (a.encrypted_share, b.encrypted_share) == (1, 0)
    by_domain = attempts.by(reader, "domain", Choice(DAY, relay="a.example"))
    assert [(s.value, s.attempts) for s in by_domain] == [("y.example", 100), ("z.example", 1)]
    assert attempts.by(reader, "domain", Choice(DAY, host="other")) == []


def test_percentiles_are_those_of_the_delays_to_a_tenth_of_a_decade(reader: Reader) -> None:
    found = {d.part: d.seconds for d in attempts.delays(reader, Choice(DAY, domain="y.example"))}
    assert list(found) == ["total", "before_qmgr", "in_qmgr", "connection_setup", "transmission"]
    for part, factor in (("total", 1), ("before_qmgr", 0.5), ("transmission", 0.5)):
        for seconds, exact in zip(found[part], (50, 90, 99), strict=True):
            assert abs(math.log10(seconds / (exact * factor))) <= 0.05 + 1e-9
    assert found["in_qmgr"] == (0.01, 0.01, 0.01)
    all_of_it = attempts.sums(reader, Choice(DAY, domain="y.example"))
    assert all_of_it.median_seconds == found["total"][0]
    assert all_of_it.slowest_seconds == pytest.approx(100, rel=0.13)


def test_where_the_time_goes_is_told_by_domain_the_slowest_first(reader: Reader) -> None:
    slow, fast = attempts.parts(reader, Choice(DAY))
    assert [(p.domain, p.delivered) for p in (slow, fast)] == [("y.example", 100), ("z.example", 1)]
    for each in (slow, fast):
        assert list(each.delays) == attempts.delays(reader, Choice(DAY, domain=each.domain))
    assert slow.seconds(0.9)["total"] == slow.delays[0].seconds[1]
    # of 95..100 seconds half each went to the first and the last part
    assert slow.slowest == pytest.approx((49, 0.01, 0.01, 49), rel=0.13)
    assert fast.slowest == pytest.approx((0.5, 0.01, 0.01, 0.5), rel=0.13)
    assert attempts.parts(reader, Choice(DAY, host="other")) == []


def test_codes_versions_and_failures_are_told(reader: Reader) -> None:
    found = attempts.attempted(reader, Choice(DAY))
    assert [(c.what, c.value, c.count) for c in found.codes] == [
        ("delivered", "2.0.0", 101), ("bounced", "5.7.1", 2), ("deferred", "4.7.0", 1),
    ]  # fmt: skip
    assert [(c.value, c.count) for c in found.protocols] == [("TLSv1.3", 100), ("", 1)]
    assert [line.text for line in found.lines] == [LOG.splitlines()[n] for n in (-1, -2, -4)]
    failures = reasons.of_failures(reader, DAY, relay="b.example")
    assert [(c.reason.name, c.count) for c in failures] == [("blocklisted", 2)]


def test_pages_count_the_same(reader: Reader) -> None:
    counted = totals(reader, DAY)
    sums = attempts.sums(reader, Choice(DAY))
    assert [sums.delivered, sums.deferred, sums.bounced] == [
        counted[outcome] for outcome in ("delivered", "deferred", "bounced")
    ]
    series = attempts.series(reader, Choice(DAY))
    total: Counter[str] = sum((Counter(b.counts) for b in series), Counter())
    assert total["delivered"] == counted["delivered"]
    assert sum(c.count for c in reasons.of_rejections(reader, DAY)) == counted["rejected"]


def test_nothing_is_told_of_nothing(reader: Reader) -> None:
    found = attempts.attempted(reader, Choice(DAY.before))
    assert found.sums.attempts == 0
    assert not found.series
    assert not found.by["domain"]
    assert not found.delays
    assert not found.lines

"""Counting by reason class: repeats, ranges, hosts, and who refuses."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from tracer.queries import reasons
from tracer.queries.overview import Range
from tracer.store import open_reader

DAY = Range(datetime(2026, 3, 1), datetime(2026, 3, 2))  # noqa: DTZ001 - naive UTC, as in the store


def refused(minute: int, text: str, host: str = "mx") -> str:
    return (
        f"2026-03-01T10:{minute:02}:00+00:00 {host} postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
        f" x.example[192.0.2.1]: {text}; from=<a@x.example> to=<b@y.example> proto=ESMTP"
        " helo=<x.example>\n"
    )


def failed(minute: int, relay: str, reply: str) -> str:
    return (
        f"2026-03-01T10:{minute:02}:00+00:00 mx postfix/smtp[2]: 0A19F16272B: to=<b@y.example>,"
        f" relay={relay}[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host"
        f" {relay}[192.0.2.9] said: {reply} (in reply to RCPT TO command))\n"
    )


LISTED = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using"
LOG = "".join(
    (
        refused(1, "554 5.7.1 <b@y.example>: Relay access denied"),
        refused(2, f"{LISTED} zen.spamhaus.org"),
        refused(3, f"{LISTED} bl.spamcop.net"),
        refused(4, f"{LISTED} bl.spamcop.net"),
        refused(5, "554 5.7.1 <b@y.example>: Relay access denied", "other"),
        failed(6, "a.mail.protection.outlook.com", "550 5.7.1 block list (S3150)."),
        failed(7, "mx01.mail.icloud.com", "550 5.7.1 [CS01] Message rejected due to local policy."),
        (
            "2026-03-02T00:00:00+00:00 mx postfix/smtp[2]: 0A19F16272B: to=<b@y.example>,"
            " relay=none, delay=1, delays=0/0/0/1, dsn=4.4.1, status=deferred (connect to"
            " mx[192.0.2.3]:25: no)\n"
        ),
    )
)


def named(counted: list[reasons.Counted]) -> list[tuple[str, int, tuple[str, ...]]]:
    return [(c.reason.name, c.count, c.refused_by) for c in counted]


def test_reasons_are_counted_commonest_first(store_of: Callable[[str], Path]) -> None:
    with open_reader(store_of(LOG)) as reader:
        assert named(reasons.of_rejections(reader, DAY)) == [
            ("blocklisted", 3, ("bl.spamcop.net", "zen.spamhaus.org")),
            ("relay_denied", 2, ()),
        ]
        assert named(reasons.of_rejections(reader, DAY, "other")) == [("relay_denied", 1, ())]
        assert named(reasons.of_failures(reader, DAY)) == [
            ("blocklisted", 1, ("Microsoft",)),
            ("policy_rejected", 1, ("Apple",)),
        ]


def test_a_line_that_was_repeated_counts_as_often(store_of: Callable[[str], Path]) -> None:
    first = refused(1, "554 5.7.1 <b@y.example>: Relay access denied")
    header, _, body = first.rstrip("\n").partition("smtpd[1]: ")
    repeats = f"{header}smtpd[1]: message repeated 4 times: [ {body}]\n"
    with open_reader(store_of(first + repeats)) as reader:
        assert named(reasons.of_rejections(reader, DAY)) == [("relay_denied", 5, ())]
        (row,) = reader.query("SELECT sum(repeated)::BIGINT AS n FROM rejections").to_pylist()
    assert row["n"] == 5

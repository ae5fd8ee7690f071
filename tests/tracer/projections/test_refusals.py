"""What was refused: every line that counts as rejected, with its reason and by whom."""

from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tracer.projections.groupings import domain_of, network_of
from tracer.store import Reader, open_reader


def test_as_many_are_refused_as_count_as_rejected(day_reader: Reader) -> None:
    assert (
        day_reader.query("""
        SELECT minute, host, sum(count)::BIGINT AS count FROM refusals GROUP BY ALL ORDER BY ALL
    """).to_pylist()
        == day_reader.query("""
        SELECT minute, host, count FROM traffic_minutely
        WHERE outcome = 'rejected' AND count <> 0 ORDER BY ALL
    """).to_pylist()
    )


def test_each_has_the_reason_that_is_told_of_its_line(day_reader: Reader) -> None:
    kept, told = (
        day_reader.query(f"SELECT position, reason_class, blocklist FROM {name} ORDER BY position")
        for name in ("refusals", "rejections")
    )
    assert kept.to_pylist() == told.to_pylist()
    assert kept.num_rows > 100


def test_a_refusal_is_kept_by_who_and_where(store_of: Callable[[str], Path]) -> None:
    line = (
        "2026-03-01T10:00:{:02}+00:00 mx postfix/smtpd[1]: {}NOQUEUE: reject: RCPT from"
        " x.example[2001:db8:0:7::1]: 554 5.7.1 <B@Y.example>: Relay access denied;"
        " from=<{}> to=<B@Y.example> proto=ESMTP helo=<x>{}\n"
    )
    log = (
        line.format(1, "", "a@X.example", "")
        + line.format(2, "message repeated 3 times: [ ", "", "]")
        + "2026-03-01T10:00:03+00:00 mx postfix/postscreen[2]: NOQUEUE: reject: CONNECT from"
        " [192.0.2.77]:1: too many connections\n"
    )
    with open_reader(store_of(log)) as reader:
        rows = reader.query("SELECT * EXCLUDE (position, minute) FROM refusals ORDER BY position")
    names = ("reason_class", "stage", "client_network", "sender_domain", "recipient", "count")
    assert [tuple(row[name] for name in names) for row in rows.to_pylist()] == [
        ("relay_denied", "RCPT", "2001:db8::/48", "x.example", "b@y.example", 1),
        ("relay_denied", "RCPT", "2001:db8::/48", "", "b@y.example", 3),
        ("rate_limited", "CONNECT", "192.0.2.0/24", None, None, 1),
    ]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("2001:DB8:a:b::1", "2001:db8:a::/48"),
        ("2001:db8::1", "2001:db8::/48"),
        ("2001:db8:0:1::1", "2001:db8::/48"),
        ("2001:db8:0:0:0:0:0:1", "2001:db8::/48"),
        ("::1", "::/48"),
        ("unknown", None),
        ("", None),
        (None, None),
    ],
)
def test_addresses_are_told_by_network(address: str | None, network: str | None) -> None:
    assert _told(network_of("a"), address) == network


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("a@X.example", "x.example"),
        ('"a@b"@x.example', "x.example"),
        ("a", ""),
        ("", ""),
        ("a@", ""),
        (None, None),
    ],
)
def test_mailboxes_are_told_by_domain(address: str | None, domain: str | None) -> None:
    assert _told(domain_of("a"), address) == domain


def _told(expression: str, address: str | None) -> object:
    ((told,),) = duckdb.execute(
        f"SELECT {expression} FROM (SELECT $address::VARCHAR AS a)", {"address": address}
    ).fetchall()
    return told

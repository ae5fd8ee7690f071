"""Attempts at delivery: each once, without hops, with why it failed, how long it took, and TLS."""

import shutil
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest

from tests.tracer.projections.conftest import DAY, load
from tracer.store import Reader, open_reader, open_writer

TABLES = ("refusals", "attempts")


def test_attempts_are_those_that_count_as_traffic(day_reader: Reader) -> None:
    attempts = day_reader.query("""
        SELECT minute, host, outcome, sum(count)::BIGINT AS count FROM attempts
        GROUP BY ALL ORDER BY ALL
    """).to_pylist()
    assert (
        attempts
        == day_reader.query("""
        SELECT minute, host, outcome, count FROM traffic_minutely
        WHERE outcome IN ('delivered', 'deferred', 'bounced') AND count <> 0 ORDER BY ALL
    """).to_pylist()
    )
    (hops,) = day_reader.query(
        "SELECT count(*) AS count FROM traffic_hops WHERE outcome = 'delivered'"
    ).to_pylist()
    assert hops["count"] > 50, "the day has content filters"


def test_each_failure_has_the_reason_that_is_told_of_its_line(day_reader: Reader) -> None:
    kept = day_reader.query("""
        SELECT position, reason_class, provider, blocklist FROM attempts
        WHERE outcome <> 'delivered' ORDER BY position
    """).to_pylist()
    assert (
        kept
        == day_reader.query("""
        SELECT position, reason_class, provider, blocklist FROM delivery_failures
        WHERE status IN ('deferred', 'bounced') ORDER BY position
    """).to_pylist()
    )
    assert len(kept) > 200


def test_how_lines_were_cut_and_when_they_were_read_is_not_to_be_seen(tmp_path: Path) -> None:
    lines = DAY.read_bytes().splitlines(keepends=True)[:2000]
    whole, cut, anew = (tmp_path / f"{name}.duckdb" for name in ("whole", "cut", "anew"))
    for store, lines_a_batch in ((whole, len(lines)), (cut, 700)):
        with open_writer(store) as writer:
            load(writer, lines, lines_a_batch)
    shutil.copy(cut, anew)
    with duckdb.connect(str(anew)) as con:
        con.execute(f"UPDATE projections SET version = -1 WHERE name IN {TABLES}")
    with open_writer(anew):
        pass
    assert rows(whole) == rows(cut) == rows(anew)


def rows(store: Path) -> list[list[dict[str, object]]]:
    with open_reader(store) as reader:
        return [reader.query(f"FROM {table} ORDER BY position").to_pylist() for table in TABLES]


HEAD = "2026-03-01T10:00:{:02}+00:00 mx postfix/"
TLS = "Untrusted TLS connection established to m.example[192.0.2.9]:25: {} with cipher X (1/1 bits)"
SENT = (
    "0A19F16272B: to=<b@Y.example>, relay=m.example[192.0.2.9]:25, delay={}, delays={}, "
    "dsn=2.0.0, status=sent (250 ok)"
)


def log_of(*bodies: str) -> str:
    return "".join(f"{HEAD.format(second)}{body}\n" for second, body in enumerate(bodies))


def test_a_delivery_has_the_tls_of_its_process(store_of: Callable[[str], Path]) -> None:
    sent = SENT.format("1", "0/0/0/1")
    log = log_of(
        f"smtp[1]: {sent}",
        f"smtp[1]: {TLS.format('TLSv1.2')}",
        f"smtp[2]: {sent}",
        f"smtp[1]: {sent}",
        f"smtp[1]: {TLS.format('TLSv1.3')}",
        f"smtp[1]: {sent}",
        f"smtp[1]: {sent.replace('m.example[192.0.2.9]', 'n.example[192.0.2.8]')}",
        f"lmtp[1]: {sent.replace('m.example[192.0.2.9]:25', 'm.example[private/lmtp]')}",
        f"smtp[1]: {sent.replace('status=sent', 'status=deferred')}",
    )
    with open_reader(store_of(log)) as reader:
        found = reader.query("SELECT tls_protocol FROM attempts ORDER BY position").to_pylist()
    assert [row["tls_protocol"] for row in found] == [
        "", "", "TLSv1.2", "TLSv1.3", "", None, None,
    ]  # fmt: skip


def test_tls_is_found_in_the_batch_before(tmp_path: Path) -> None:
    log = log_of(f"smtp[1]: {TLS.format('TLSv1.3')}", f"smtp[1]: {SENT.format('1', '0/0/0/1')}")
    with open_writer(tmp_path / "s.duckdb") as writer:
        load(writer, log.encode().splitlines(keepends=True), 1)
    with open_reader(tmp_path / "s.duckdb") as reader:
        (row,) = reader.query("SELECT tls_protocol FROM attempts").to_pylist()
    assert row["tls_protocol"] == "TLSv1.3"


def test_tls_is_found_in_a_file_that_is_read_later(tmp_path: Path) -> None:
    sent = f"smtp[1]: {SENT.format('1', '0/0/0/1')}"
    lines = log_of(sent, f"smtp[1]: {TLS.format('TLSv1.3')}", sent, sent).encode()
    before, tls, *after = lines.splitlines(keepends=True)
    late = after[-1].replace(b"T10:00:03", b"T10:10:02")
    with open_writer(tmp_path / "s.duckdb") as writer:
        for name, part in (("new", [*after, late]), ("old", [before, tls])):
            load(writer, part, 1, f"/var/log/{name}.log")
    with open_reader(tmp_path / "s.duckdb") as reader:
        found = reader.query("SELECT tls_protocol FROM attempts ORDER BY position").to_pylist()
    assert [row["tls_protocol"] for row in found] == ["TLSv1.3", "TLSv1.3", "", ""]


def test_delays_are_kept_in_decibels(store_of: Callable[[str], Path]) -> None:
    log = log_of(
        f"smtp[1]: {SENT.format('1112', '1000/100/10/2')}",
        f"smtp[1]: {SENT.format('0', '0/0/0/0.5')}",
    )
    with open_reader(store_of(log)) as reader:
        found = reader.query("SELECT COLUMNS('delay.*') FROM attempts ORDER BY position")
    assert [tuple(row.values()) for row in found.to_pylist()] == [
        (30, 30, 20, 10, 3),
        (-20, -20, -20, -20, -3),
    ]


@pytest.mark.parametrize(
    ("reply", "address"),
    [
        ("host m[192.0.2.9] said: 550 5.7.1 [198.51.100.7] listed in x.example", "198.51.100.7"),
        (
            (
                "delivery temporarily suspended: host m[192.0.2.9] refused to talk to me: 554 5.7.1"
                " Your IP 2001:db8::7 is listed by zen.spamhaus.org"
            ),
            "2001:db8::7",
        ),
        ("host m[192.0.2.9] said: 550 5.7.1 listed by zen.spamhaus.org", None),
        ("host m[192.0.2.9] said: 550 5.1.1 198.51.100.7: no such user", None),
    ],
)  # fmt: skip
def test_which_of_our_addresses_is_blocked(
    store_of: Callable[[str], Path], reply: str, address: str | None
) -> None:
    log = log_of(
        "smtp[1]: 0A19F16272B: to=<b@y.example>, relay=m[192.0.2.9]:25, delay=1, delays=1/0/0/0, "
        f"dsn=5.0.0, status=bounced ({reply})"
    )
    with open_reader(store_of(log)) as reader:
        (row,) = reader.query("SELECT blocked_address FROM attempts").to_pylist()
    assert row["blocked_address"] == address

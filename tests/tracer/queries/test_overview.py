"""Is mail flowing? The answers agree with plain SQL and with what really happened."""

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tracer.cli import main
from tracer.projections.traffic import OUTCOMES
from tracer.queries import overview
from tracer.queries.overview import Range
from tracer.store import Reader, open_reader

SAMPLES = Path(__file__).parents[3] / "sample_logs"
ALL = Range(datetime(2026, 3, 1), datetime(2026, 3, 4))  # noqa: DTZ001 - naive UTC, as in the store


@pytest.fixture(scope="module", params=["day", "day-iso"])
def day(request: pytest.FixtureRequest) -> Path:
    return SAMPLES / str(request.param)


@pytest.fixture(scope="module")
def reader(day: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    db = tmp_path_factory.mktemp(day.name) / "s.duckdb"
    logs = sorted(map(str, day.glob("mail.log*")))
    assert main(["ingest", "--db", str(db), "--zone", "UTC", *logs]) == 0
    with open_reader(db) as opened:
        yield opened


def rows(reader: Reader, sql: str, **parameters: object) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = reader.query(sql, parameters).to_pylist()
    return found


# What each outcome is, in SQL over events and messages alone: another way than the projection's.
PLAIN = """
    WITH births AS (
        SELECT e.*, m.message_id AS id, m.first_at, m.first_position, m.born_at,
            e.event = 'postfix.message_picked_up' OR e.client_address = '::1'
                OR e.client_address LIKE '127.%' AS is_local
        FROM events e JOIN messages m ON m.queue_id = e.queue_id AND m.host = e.host
            AND e.position BETWEEN m.first_position AND m.last_position
        WHERE e.event IN ('postfix.client_assigned', 'postfix.message_picked_up')
    ),
    returned AS (
        SELECT DISTINCT b.position, b.host, b.id, b.born_at, p.first_position AS parent
        FROM births b JOIN messages p ON p.host = b.host AND p.message_id = b.id
            AND (p.first_at, p.first_position) < (b.first_at, b.first_position)
            AND b.born_at <= p.last_at + INTERVAL 1 HOUR
        WHERE b.is_local AND b.id <> '<>' AND b.id <> ''
    ),
    handed_over AS (
        SELECT e.position FROM events e JOIN messages m ON m.queue_id = e.queue_id
            AND m.host = e.host AND e.position BETWEEN m.first_position AND m.last_position
        WHERE e.event = 'postfix.delivery_attempted' AND e.status = 'sent'
            AND (e.program LIKE '%/pipe' OR e.remote_queue_id IS NOT NULL
                AND (e.relay_address LIKE '127.%' OR e.relay_address = '::1'))
            AND m.first_position IN (SELECT parent FROM returned)
    )
    SELECT host,
        count(*) FILTER (event IN ('postfix.client_assigned', 'postfix.message_picked_up',
            'postfix.notification_sent') AND position NOT IN (SELECT position FROM returned))
            AS received,
        count(*) FILTER (event = 'postfix.delivery_attempted' AND status = 'sent'
            AND related_queue_id IS NULL AND position NOT IN (FROM handed_over)) AS delivered,
        count(*) FILTER (event = 'postfix.delivery_attempted' AND status = 'deferred') AS deferred,
        count(*) FILTER (event = 'postfix.delivery_attempted' AND status = 'bounced') AS bounced,
        count(*) FILTER (event = 'postfix.rejected') AS rejected,
        count(*) FILTER (event = 'spamd.message_scored' AND is_spam) AS spam,
        count(*) FILTER (event = 'clamav_milter.message_infected') AS virus
    FROM events GROUP BY host ORDER BY host
"""


def test_totals_are_those_of_the_events(reader: Reader) -> None:
    plain = {row.pop("host"): row for row in rows(reader, PLAIN)}
    assert set(plain) == set(overview.hosts(reader)) == {"mx", "relay"}
    for host, expected in plain.items():
        assert overview.totals(reader, ALL, host) == expected
    together = overview.totals(reader, ALL)
    assert together == {o: sum(row[o] for row in plain.values()) for o in OUTCOMES}
    assert all(together.values()), "the sample day has some of everything"


def test_totals_are_what_really_happened(reader: Reader, day: Path) -> None:
    """Of each copy in a mailbox, the first queue file on a host counts, and no later one."""
    first: set[tuple[str, str]] = set()
    later: set[tuple[str, str]] = set()
    for record in json.loads((day / "truth.json").read_text("utf-8")):
        for copy in record.get("copies", ()):
            seen = set()
            for host, queue_id in copy["queue_ids"]:
                (later if host in seen else first).add((host, queue_id))
                seen.add(host)
    births = rows(
        reader,
        "SELECT e.host, e.queue_id, h.position IS NULL AS counts, "
        "m.message_id = '<>' OR contains(m.message_id, m.queue_id) AS had_no_id "
        "FROM events e LEFT JOIN traffic_hops h USING (position) "
        "JOIN messages m ON m.queue_id = e.queue_id AND m.host = e.host "
        "WHERE e.event IN ('postfix.client_assigned', 'postfix.message_picked_up')",
    )
    counted = {(b["host"], b["queue_id"]) for b in births if b["counts"]}
    nameless = {(b["host"], b["queue_id"]) for b in births if b["had_no_id"]}
    born = {(b["host"], b["queue_id"]) for b in births}
    assert first & born <= counted
    assert later & counted <= nameless, "only without a Message-ID is the way back not seen"
    assert len(later & born) > 50


def test_series_add_up_to_totals(reader: Reader) -> None:
    for span in (ALL, Range(ALL.start + timedelta(hours=30), ALL.start + timedelta(hours=33))):
        for zone in ("UTC", "Asia/Kolkata"):
            buckets = overview.series(reader, span, zone=zone)
            sums = {o: sum(b.counts[o] for b in buckets) for o in OUTCOMES}
            assert sums == overview.totals(reader, span)
            assert [b.begins_at for b in buckets] == sorted({b.begins_at for b in buckets})


def test_days_begin_at_midnight_where_the_viewer_is(reader: Reader) -> None:
    year = Range(ALL.start - timedelta(days=300), ALL.end)
    assert year.bucket_seconds == 86_400
    for bucket in overview.series(reader, year, zone="America/New_York"):
        assert bucket.begins_at.time() == datetime.min.time()


def test_facts_are_those_of_the_lines(reader: Reader) -> None:
    facts = overview.facts(reader)
    (row,) = rows(
        reader,
        "SELECT count(*) AS n, min(occurred_at) AS first, max(occurred_at) AS last FROM events",
    )
    assert (facts.line_count, facts.first_at, facts.last_at) == (
        row["n"],
        row["first"],
        row["last"],
    )
    assert facts.parsed_share == 1


def test_what_waits_is_what_did_not_end(reader: Reader) -> None:
    (expected,) = rows(
        reader,
        "SELECT count(*) AS count, min(born_at) AS oldest_at FROM messages "
        "WHERE removed_at IS NULL AND NOT is_removed AND born_at IS NOT NULL",
    )
    waiting = overview.waiting(reader)
    assert expected["count"] > 0
    assert (waiting.count, waiting.oldest_at) == (expected["count"], expected["oldest_at"])
    assert overview.waiting(reader, "no such host") == overview.Waiting(0, None)


def test_latest_messages_say_how_they_stand(reader: Reader) -> None:
    messages = overview.latest_messages(reader, ALL, limit=2000)
    (row,) = rows(reader, "SELECT count(*) AS n FROM messages")
    assert len(messages) == row["n"]
    assert [m.last_at for m in messages] == sorted((m.last_at for m in messages), reverse=True)
    statuses = {m.status for m in messages}
    assert statuses >= {"delivered", "deferred", "bounced", "to content filter"}
    parents = rows(
        reader, "SELECT DISTINCT message_no FROM traffic_hops WHERE outcome = 'delivered' "
        "AND message_no IS NOT NULL"
    )  # fmt: skip
    filtered = sum(m.status == "to content filter" for m in messages)
    assert 0 < filtered <= len(parents)
    assert (
        overview.latest_messages(reader, ALL, "relay", limit=3)
        == [m for m in messages if m.host == "relay"][:3]
    )

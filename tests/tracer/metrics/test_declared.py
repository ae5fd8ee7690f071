"""The sums: those of the store, none of which ever falls, with labels that nobody can multiply."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.openmetrics import exposition as openmetrics

from tests.tracer.metrics.conftest import SAMPLES, Scraped, families, labels
from tracer.metrics import held
from tracer.metrics.collector import StoreCollector
from tracer.metrics.declared import METRICS
from tracer.metrics.refreshed import measured
from tracer.queries.metrics import MOST_HOSTS, MOST_PROGRAMS, OTHER, Sums, delays, sums
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import Reader, open_reader, open_writer

NOW = datetime(2026, 3, 3)  # noqa: DTZ001 - naive UTC
STEPS = 12

Told = dict[tuple[str, tuple[str, ...]], float]


def told(found: Sums) -> Told:
    return {(m.name, key): number for m in METRICS for key, number in m.samples(found)}


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Told]:
    """What was told while the sample day was read in steps; the file is opened anew once."""
    db = tmp_path_factory.mktemp("steps") / "day.duckdb"
    data = (SAMPLES / "day" / "mail.log").read_bytes().splitlines(keepends=True)
    text, offset, seen = b"".join(data), 0, []
    for part in range(2):
        with open_writer(db) as writer:
            stream = writer.resolve(Identity("/var/log/mail.log", text[:HEAD_BYTES]))
            for step in range(part * STEPS // 2, (part + 1) * STEPS // 2):
                chunk = b"".join(data[step * len(data) // STEPS : (step + 1) * len(data) // STEPS])
                writer.append(Chunk(stream, offset, chunk, zone="UTC"))
                offset += len(chunk)
                seen.append(told(sums(writer, NOW)))
    return seen


def test_no_counter_ever_falls(history: list[Told]) -> None:
    for before, after in pairwise(history):
        for (name, key), number in before.items():
            if name.endswith("_total"):
                assert after[name, key] >= number, (name, key)
    assert history[-1] != history[0]
    assert any(number for (name, _), number in history[-1].items() if "hops" in name)


def test_without_hops_traffic_is_what_is_counted_elsewhere(day_reader: Reader) -> None:
    found = told(sums(day_reader, NOW))
    net: Counter[tuple[str, ...]] = Counter()
    for (name, key), number in found.items():
        sign = {"mailtracer_traffic_total": 1, "mailtracer_traffic_hops_total": -1}.get(name, 0)
        net[key] += int(sign * number)
    counted = day_reader.query("""
        SELECT host, outcome, sum(count)::BIGINT AS count FROM traffic_minutely GROUP BY ALL
    """).to_pylist()
    assert +net == {(row["host"], row["outcome"]): row["count"] for row in counted}


@pytest.mark.parametrize(
    ("name", "key", "sql"),
    [
        (
            "postfix_smtpd_connects_total",
            ("mx",),
            "event = 'postfix.client_connected' AND ends_with(program, '/smtpd')",
        ),
        ("postfix_qmgr_messages_removed_total", ("mx",), "event = 'postfix.message_removed'"),
        (
            "postfix_smtp_messages_processed_total",
            ("mx", "deferred"),
            "program = 'postfix/smtp' AND status = 'deferred'",
        ),
        ("mailtracer_checks_total", ("mx", "spf", "pass"), "lower(spf_result) = 'pass'"),
        ("mailtracer_logins_total", ("mx", "good"), "event = 'dovecot.logged_in'"),
        (
            "mailtracer_complaints_total",
            ("mx", "postfix/smtpd", "warning"),
            "severity = 'warning' AND program = 'postfix/smtpd'",
        ),
        ("mailtracer_lines_total", ("mx", "spamd"), "program = 'spamd'"),
    ],
)
def test_lines_are_counted(day_reader: Reader, name: str, key: tuple[str, ...], sql: str) -> None:
    (row,) = day_reader.query(
        f"SELECT sum(coalesce(repeated, 1))::BIGINT AS n FROM events WHERE host = 'mx' AND {sql}"
    ).to_pylist()
    assert told(sums(day_reader, NOW))[name, key] == row["n"] > 0


def test_each_failure_has_its_reason(day_reader: Reader) -> None:
    found = told(sums(day_reader, NOW))
    by_outcome: Counter[str] = Counter()
    for (name, key), number in found.items():
        if name == "mailtracer_failures_total":
            by_outcome[key[1]] += int(number)
    for outcome in ("rejected", "deferred", "bounced"):
        assert by_outcome[outcome] == sum(
            number
            for (name, key), number in found.items()
            if name == "mailtracer_traffic_total" and key[1] == outcome
        )


def test_delays_are_those_of_the_last_hour(day_reader: Reader) -> None:
    (row,) = day_reader.query("SELECT max(minute) AS last FROM attempts").to_pylist()
    found = delays(day_reader, row["last"])
    assert 0 < found[0.5] <= found[0.95]
    assert delays(day_reader, row["last"] + timedelta(hours=2)) == {}


@pytest.mark.parametrize("count", [60, 400])
def test_hosts_and_programs_that_come_late_share_a_label(
    store_of: Callable[[str], Path], count: int
) -> None:
    log = "".join(
        f"2026-03-02T03:37:01+00:00 host{number} program{number}[7]: hello\n"
        for number in range(count)
    )
    with open_reader(store_of(log)) as reader:
        found = told(sums(reader, NOW))
    lines = {key: n for (name, key), n in found.items() if name == "mailtracer_lines_total"}
    assert sum(lines.values()) == count
    assert {host for host, _ in lines} == {f"host{n}" for n in range(MOST_HOSTS)} | {OTHER}
    programs = {f"program{n}" for n in range(min(count, MOST_PROGRAMS))}
    assert {program for _, program in lines} == programs | ({OTHER} if count > 100 else set())


def test_what_logs_name_is_escaped(store_of: Callable[[str], Path]) -> None:
    host, program = 'h"} 1', "p\\n\\\\{x"
    db = str(store_of(f"2026-03-02T03:37:01+00:00 {host.replace(' ', '')} {program}[7]: hello\n"))
    registry = CollectorRegistry()
    store = measured(partial(held.read, db))
    registry.register(StoreCollector(db, lambda: store, {}))
    found = families(openmetrics.generate_latest(registry).decode())
    (sample,) = found["mailtracer_lines"].samples
    with open_reader(db) as reader:
        (row,) = reader.query("SELECT host, program FROM events").to_pylist()
    assert sample.labels == {"host": row["host"], "program": row["program"]}
    assert row == {"host": 'h"}1', "program": program}


def test_nothing_that_a_sender_chooses_is_a_label(scrape: Callable[[], Scraped]) -> None:
    names = set().union(*labels(scrape()).values())
    assert names - {"postfix_instance", "queue"} == {  # which needs a Postfix here
        "check", "duckdb", "file", "host", "le", "outcome", "program", "quantile", "reason",
        "result", "severity", "source", "status", "version",
    } - ({"quantile"} - names)  # of what was delivered within the last hour  # fmt: skip

"""The queue over time: as each moment asked alone, and as an operator would count it."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.queries import depth, overview, reasons
from tracer.queries.overview import Range
from tracer.store import Reader, open_reader

DAY = Path(__file__).parents[3] / "sample_logs" / "day"
NOON = datetime(2026, 3, 2, 12)  # noqa: DTZ001 - naive UTC, as in the store
# Each came at its time and left the queue at the other; the third never left, as far as is logged.
STAYS = (("11:58:00", "11:59:30"), ("11:50:30", "12:05:00"), ("10:00:00", None))
LINE = "2026-03-02T{}+00:00 mx postfix/{}: A{:07}: {}\n"

# The same at one moment, without steps.
PLAIN = """
    SELECT list(n ORDER BY age) AS counts FROM (
        SELECT a.age, count(m.born_at) AS n
        FROM (SELECT unnest([0, 1, 2, 3]) AS age, unnest([0, 300, 3600, 86400]) AS begins,
            unnest([300, 3600, 86400, 9999999999]) AS ends) a
        LEFT JOIN messages m ON m.born_at <= $at AND (m.removed_at > $at
                OR m.removed_at IS NULL AND m.born_at > $at - INTERVAL 6 DAY)
            AND epoch($at::TIMESTAMP) - epoch(m.born_at) >= begins
            AND epoch($at::TIMESTAMP) - epoch(m.born_at) < ends
        GROUP BY a.age
    )
"""


def opened(db: Path, *logs: Path) -> Iterator[Reader]:
    assert main(["ingest", "--db", str(db), "--zone", "UTC", *map(str, logs)]) == 0
    with open_reader(db) as reader:
        yield reader


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    yield from opened(tmp_path_factory.mktemp("day") / "s.duckdb", *DAY.glob("mail.log*"))


@pytest.mark.parametrize("hours", [1, 24, 24 * 7])
def test_each_moment_is_as_if_it_were_asked_alone(day: Reader, hours: int) -> None:
    facts = overview.facts(day)
    assert facts.last_at is not None
    end = facts.last_at + timedelta(seconds=40)
    depths = depth.over_time(day, facts, Range(end - timedelta(hours=hours), end))
    assert depths[-1].at == facts.last_at
    assert depths[-1].count == overview.waiting(day).count
    assert depths[-1].count > 0
    for each in depths:
        (row,) = day.query(PLAIN, {"at": each.at}).to_pylist()
        assert each.counts == tuple(row["counts"]), each.at


def test_messages_age_while_they_wait(tmp_path: Path) -> None:
    log = tmp_path / "mail.log"
    lines = [LINE.format("09:59:00", "postfix-script[1]", 9, "client=x[192.0.2.9]")]
    for number, (came, left) in enumerate(STAYS):
        lines.append(LINE.format(came, "smtpd[1]", number, "client=x[192.0.2.1]"))
        if left:
            lines.append(LINE.format(left, "qmgr[2]", number, "removed"))
    lines.append(LINE.format("12:06:00", "smtpd[1]", 8, "client=x[192.0.2.1]"))
    log.write_text("".join(sorted(lines)))
    for reader in opened(tmp_path / "s.duckdb", log):
        minute = timedelta(minutes=1)
        span = Range(NOON - 70 * minute, NOON + 10 * minute)
        found = {d.at: d.counts for d in depth.over_time(reader, overview.facts(reader), span)}
        assert found[NOON - 2 * minute] == (1, 1, 1, 0)  # the moment the first came
        assert found[NOON - minute] == (1, 1, 1, 0)
        assert found[NOON] == (0, 1, 1, 0)
        assert found[NOON - 5 * minute] == (1, 0, 1, 0)
        assert found[NOON - 61 * minute] == (0, 1, 0, 0)
        assert found[NOON + 5 * minute] == (0, 0, 1, 0)  # the moment the second left
        assert found[NOON + 6 * minute] == (1, 0, 1, 0)
        assert max(found) == NOON + 6 * minute
        beyond = Range(NOON + 7 * minute, NOON + 9 * minute)
        assert not depth.over_time(reader, overview.facts(reader), beyond)


def test_a_host_has_its_own_queue(day: Reader) -> None:
    facts = overview.facts(day)
    span = Range(NOON, NOON + timedelta(hours=12))
    by_host = [
        [d.count for d in depth.over_time(day, facts, span, host)] for host in overview.hosts(day)
    ]
    everywhere = [d.count for d in depth.over_time(day, facts, span)]
    assert [sum(counts) for counts in zip(*by_host, strict=True)] == everywhere


def test_deferrals_are_those_that_failures_count(day: Reader) -> None:
    span = Range(NOON - timedelta(hours=12), NOON + timedelta(hours=12))
    deferred = depth.deferred(day, span)
    rows = day.query(
        "SELECT reason_class, sum(repeated)::BIGINT AS n FROM delivery_failures "
        "WHERE status = 'deferred' AND occurred_at BETWEEN $start AND $end GROUP BY ALL",
        {"start": span.start, "end": span.end},
    ).to_pylist()
    assert {d.reason.name: d.count for d in deferred} == {r["reason_class"]: r["n"] for r in rows}
    assert [d.count for d in deferred] == sorted((d.count for d in deferred), reverse=True)
    for each in deferred:
        assert sum(each.over_time) == each.count
        assert len(each.over_time) == 96  # a day in pieces of a quarter of an hour
    commonest = {c.reason.name: c.count for c in reasons.of_failures(day, span)}
    assert all(each.count <= commonest[each.reason.name] for each in deferred)

"""Lines before a time are removed: what goes, what stays, and that it can be told from nothing else
than a store that was loaded and replayed without them."""

import gzip
import multiprocessing
import random
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from tests.tracer.store import retention_killed
from tests.tracer.store.samples import identity, load, stored
from tests.tracer.store.test_kill import received
from tests.tracer.store.test_replay import YEARLESS, contents, quietly
from tracer.projections import COUNTS, PROJECTIONS, event_counts, traffic
from tracer.queries import metrics
from tracer.queries.retention import kept, older
from tracer.sources.chunks import HEAD_BYTES, Chunk, Ending, Identity
from tracer.store import Reader, open_appender, open_reader, open_writer, replay_store, schema
from tracer.store.removal import _tables_by_line
from tracer.store.writer import Writer

DAY = Path(__file__).parents[3] / "sample_logs" / "day"
LOGS = {
    "mail.log.1": gzip.decompress((DAY / "mail.log.1.gz").read_bytes()),
    "mail.log": b"".join((DAY / "mail.log").read_bytes().splitlines(keepends=True)[:2500]),
}
LINES = sum(log.count(b"\n") for log in (*LOGS.values(), YEARLESS))
MIDNIGHT = datetime(2026, 3, 2)  # noqa: DTZ001 - naive UTC, as all times here
FORKS = multiprocessing.get_context("forkserver")


def at(hour: float) -> datetime:
    return MIDNIGHT + timedelta(hours=hour)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A morning and the evening before; an old log that ends in half a line."""
    path = tmp_path_factory.mktemp("loaded") / "store.duckdb"
    with open_writer(path) as writer:
        for name, data in LOGS.items():
            stream = writer.resolve(Identity(f"/var/log/{name}", data[:HEAD_BYTES]))
            written_at = datetime(2026, 3, 3, tzinfo=UTC)
            writer.append(Chunk(stream, 0, data, modified_at=written_at, zone="UTC"))
        stream = writer.resolve(identity(YEARLESS, "/var/log/old.log"))
        written_at = datetime(2024, 1, 2, tzinfo=UTC)
        writer.append(Chunk(stream, 0, YEARLESS, Ending.PARTIAL, written_at))
    return path


@pytest.fixture
def path(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(loaded, tmp_path / "store.duckdb"))


def rows(reader: Reader, sql: str) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for row in reader.query(sql).to_pylist()]


OLD = "occurred_at < TIMESTAMP '{}'"
COUNTED = (
    "SELECT * FROM traffic_minutely ORDER BY ALL",
    "SELECT * FROM event_counts ORDER BY ALL",
    "SELECT * FROM traffic_milter_hosts ORDER BY ALL",
)


@pytest.mark.parametrize("hour", [-0.5, 6.25])
def test_it_leaves_what_a_replay_makes_of_the_lines_that_stay(path: Path, hour: float) -> None:
    with open_writer(path) as writer:
        expected = rows(writer, f"FROM events WHERE NOT {OLD.format(at(hour))} ORDER BY position")
        text = stored(writer, 1, 2)
        counts = [rows(writer, sql) for sql in COUNTED]
        sums = metrics.failures(writer), metrics.traffic(writer), metrics.events(writer)
        count = writer.forget(at(hour))
        assert rows(writer, "FROM events ORDER BY position") == expected
        # half a line has no time yet, and stays
        assert count == LINES - len(expected)
        assert len(rows(writer, "FROM lines")) == len(expected) + 1
        if hour <= 0:
            assert stored(writer, 1, 2) == text == LOGS["mail.log"]
        assert [rows(writer, sql) for sql in COUNTED] == counts
        assert (metrics.failures(writer), metrics.traffic(writer), metrics.events(writer)) == sums
        assert kept(writer).line_count == len(expected)
        assert kept(writer).forgotten_before == at(hour)
    found = contents(path)
    replay_store(path, None, quietly)
    assert contents(path) == found


def test_parts_come_to_the_same_as_one(path: Path, tmp_path: Path) -> None:
    other = Path(shutil.copy(path, tmp_path / "other.duckdb"))
    chosen = random.Random(17)
    with open_writer(other) as writer:
        for hour in sorted(chosen.uniform(-3, 10.5) for _ in range(12)):
            writer.forget(at(hour))
        writer.forget(at(10.5))
        writer.forget(at(2))  # what is gone stays gone
    with open_writer(path) as writer:
        writer.forget(at(10.5))
    assert contents(other) == contents(path)
    assert same_notes(other, path)


def same_notes(a: Path, b: Path) -> bool:
    notes = []
    for store in (a, b):
        with open_reader(store) as reader:
            notes.append(rows(reader, "FROM meta ORDER BY key"))
    return notes[0] == notes[1]


def test_parts_are_minutes_of_about_as_many_lines(path: Path) -> None:
    with open_writer(path) as writer:
        parts = older(writer, at(10), 500)
        assert [part.until for part in parts] == sorted({part.until for part in parts})
        assert len(parts) > 4
        for part in parts:
            assert writer.forget(part.until) == part.line_count <= 1000
        assert older(writer, at(10), 500) == []


def test_a_message_that_goes_on_says_that_its_beginning_is_gone(path: Path) -> None:
    with open_writer(path) as writer:
        (row,) = writer.query(
            f"SELECT * FROM messages WHERE first_at < TIMESTAMP '{at(9.5)}' "
            f"AND last_at > TIMESTAMP '{at(10)}' AND born_at IS NOT NULL AND sent_count > 0 "
            "AND NOT contains(queue_id, 'z') ORDER BY first_at DESC LIMIT 1"
        ).to_pylist()
        writer.forget(at(10))
        (left,) = writer.query(
            "SELECT * FROM messages WHERE queue_id = $id", {"id": row["queue_id"]}
        ).to_pylist()
        assert (left["born_at"], left["message_id"]) == (None, None)
        assert (left["first_at"] >= at(10), left["last_at"]) == (True, row["last_at"])
        assert left["first_position"] == left["message_no"] > row["first_position"]


def test_the_same_files_add_nothing_and_go_on_where_they_were(path: Path) -> None:
    data = LOGS["mail.log"]
    with open_writer(path) as writer:
        writer.forget(at(6))
        for name, log in LOGS.items():
            assert load(writer, log, f"/var/log/{name}").lines == 0
        assert load(writer, YEARLESS, "/var/log/old.log", Ending.PARTIAL).lines == 0
        # years are told as before, though no line of that log is left
        more = YEARLESS + b"gr[300]: 4C01AB27: removed\n"
        assert load(writer, more, "/var/log/old.log").lines == 1
        assert rows(writer, "SELECT occurred_at FROM events WHERE queue_id = '4C01AB27'") == [
            (datetime(2024, 1, 1, 0, 0, 2),)  # noqa: DTZ001
        ]
        line = b"Mar  3 00:00:01 mx postfix/qmgr[300]: 4C01AB28: removed\n"
        assert load(writer, data + line, "/var/log/mail.log").lines == 1
        assert kept(writer).line_count == len(rows(writer, "FROM events"))
    replay_store(path, None, quietly)
    with open_reader(path) as reader:
        assert rows(reader, "SELECT max(occurred_at) FROM events") == [
            (datetime(2026, 3, 3, 0, 0, 1),)  # noqa: DTZ001
        ]


def test_positions_are_never_given_to_other_lines(path: Path) -> None:
    with open_writer(path) as writer:
        ((last,),) = rows(writer, "SELECT max(position) FROM lines")
        writer.forget(at(1000))
        assert rows(writer, "SELECT count(*) FROM events") == [(0,)]
    with open_writer(path) as writer:
        load(writer, b"Nov 24 03:37:01 mx postfix/qmgr[490]: 4C01AB23: removed\n", "/log/new")
        assert isinstance(last, int)
        assert rows(writer, "SELECT position FROM events") == [(last + 1,)]


def test_late_lines_are_loaded_and_go_with_the_next_removal(path: Path) -> None:
    late = b"2026-03-01T12:00:00+00:00 mx postfix/smtpd[1]: connect from a[192.0.2.1]\n" * 3
    with open_writer(path) as writer:
        writer.forget(at(0))
        assert load(writer, late, "/log/late").lines == 3
        assert kept(writer).first_at == at(-12)
    counted = contents(path)
    replay_store(path, None, quietly)  # they are not counted twice
    assert contents(path) == counted
    with open_writer(path) as writer:
        assert writer.forget(at(0)) == 3
        assert kept(writer).first_at >= at(0)  # type: ignore[operator]
        assert load(writer, late, "/log/late").lines == 0


def test_lines_without_a_time_go_with_the_line_before(path: Path) -> None:
    stamp = "2026-03-0{}T12:00:00+00:00 mx postfix/smtpd[1]: connect from a[192.0.2.1]\n"
    old, new = (stamp.format(day).encode() for day in (1, 2))
    with open_writer(path) as writer:
        load(writer, old + b"after old\n" * 2 + new + b"after new\n", "/log/both")
        load(writer, b"before new\n" + new, "/log/new")
        load(writer, old + b"after all\n", "/log/old")
        load(writer, b"of no time\n", "/log/none")
        writer.forget(at(0))
        assert sorted(
            str(text)
            for (text,) in rows(
                writer, "SELECT text FROM lines JOIN event_rows USING (position) "
                "WHERE occurred_at IS NULL"
            )
        ) == ["after new", "before new", "of no time"]  # fmt: skip


def failing(update: Callable[..., None], calls: int) -> Callable[..., None]:
    """The same, for so many calls."""
    updates = iter([update] * calls)

    def update_or_fail(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
        for each in updates:
            return each(connection, first, last)
        raise RuntimeError("killed")

    return update_or_fail


def test_a_build_that_was_interrupted_keeps_the_counts(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_writer(path) as writer:
        writer.forget(at(0))
    expected = contents(path)
    monkeypatch.setattr(schema, "REPLAY_POSITIONS", 800)
    for projection in (traffic, event_counts):
        for calls in (1, 2):
            with monkeypatch.context() as patch:
                patch.setattr(projection, "update", failing(projection.update, calls))
                with pytest.raises(RuntimeError, match="killed"):
                    replay_store(path, None, quietly, projections_only=True)
    replay_store(path, None, quietly, projections_only=True)
    assert contents(path) == expected


def test_a_read_model_of_counts_may_be_new(path: Path) -> None:
    with open_writer(path) as writer:
        writer.forget(at(0))
    with duckdb.connect(str(path)) as connection:  # as of before there was one
        connection.execute("DROP TABLE event_counts")
        connection.execute("DELETE FROM projections WHERE name = 'event_counts'")
    with open_writer(path) as writer:
        assert rows(writer, "SELECT sum(line_count) FROM event_counts") == rows(
            writer, "SELECT count(*) FROM events"
        )


def test_a_replay_that_was_begun_does_not_bring_lines_back(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class StoppedError(Exception):
        pass

    def stop(what: str, share: float) -> None:
        raise StoppedError

    monkeypatch.setattr("tracer.store.replay.CHUNK_LINES", 2000)
    with pytest.raises(StoppedError):
        replay_store(path, None, stop)
    with open_writer(path) as writer:
        writer.forget(at(0))
    replay_store(path, None, quietly)
    with open_reader(path) as reader:
        assert rows(reader, f"FROM events WHERE {OLD.format(at(0))}") == []


def test_each_table_of_a_read_model_goes_line_by_line_or_is_known_to_stay(writer: Writer) -> None:
    made = {
        statement.split()[2]
        for projection in PROJECTIONS
        for statement in projection.DDL
        if statement.split()[:2] == ["CREATE", "TABLE"]
    }
    stay = {table for tables in COUNTS.values() for table in tables}
    assert made == (made & {*_tables_by_line(writer._connection)}) | stay | {
        "messages", "login_networks",
    }  # fmt: skip


# -- kills ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module", autouse=True)
def _fork_server() -> None:
    FORKS.set_forkserver_preload([retention_killed.__name__])


def killed(path: Path, seed: int) -> Iterator[int]:
    """Remove in small parts, and be killed after some of them; gives what was said of each."""
    chosen = random.Random(seed)
    receiver, sender = FORKS.Pipe(duplex=False)
    process = FORKS.Process(target=retention_killed.forget, args=(path, at(10), sender))
    process.start()
    sender.close()
    reports = received(receiver)
    yield next(reports)
    time.sleep(chosen.uniform(0, 0.15))
    process.kill()
    yield from reports
    process.join()
    assert process.exitcode == -signal.SIGKILL


def test_what_was_killed_leaves_a_whole_store_and_goes_on(
    loaded: Path, path: Path, tmp_path: Path
) -> None:
    expected = Path(shutil.copy(loaded, tmp_path / "expected.duckdb"))
    with open_writer(expected) as writer:
        total = writer.forget(at(10))
    left = total
    for seed in range(4):
        left -= list(killed(path, seed))[-1]
        with open_writer(path) as writer:  # each line is there with its event, or gone
            assert rows(writer, "SELECT position FROM lines EXCEPT SELECT position FROM event_rows "
                "EXCEPT SELECT partial_position FROM sources") == []  # fmt: skip
            assert rows(writer, "SELECT position FROM event_rows EXCEPT SELECT position FROM lines"
                ) == []  # fmt: skip
            remaining = sum(part.line_count for part in older(writer, at(10), 500))
            assert remaining <= left  # the last part may have been stored and not told
            left = remaining
    assert left > 0
    with open_writer(path) as writer:
        assert writer.forget(at(10)) == left
    assert contents(path) == contents(expected)
    assert same_notes(path, expected)


# -- others ---------------------------------------------------------------------------------------


def test_through_the_socket_the_owner_goes_on(path: Path) -> None:
    with open_writer(path) as owner:
        with open_appender(path) as desk:
            assert desk.forget(at(0)) == 1541
        data = LOGS["mail.log"]
        line = b"Mar  3 00:00:01 mx postfix/qmgr[300]: 4C01AB28: removed\n"
        assert load(owner, data + line, "/var/log/mail.log").lines == 1
        assert kept(owner).line_count == len(rows(owner, "FROM events"))

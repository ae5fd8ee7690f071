"""Events and projections made anew from the kept lines, also by a replay that was killed."""

import multiprocessing
import shutil
import signal
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parsers.registry import UNPARSED, registry_with
from parsers.shapes import Shape
from tests.parsers.headers.test_export import entry
from tests.tracer.store.samples import LOG, identity
from tracer.cli import main
from tracer.errors import TracerError
from tracer.sources.chunks import Chunk, Ending
from tracer.store import open_reader, open_writer, replay_store
from tracer.store import replay as replaying

SAMPLE = Path(__file__).parents[3] / "sample_logs" / "day" / "mail.log"
# Without years, over new year, and with the hour that comes twice; a repeated line, half a line.
YEARLESS = b"""\
Oct 25 00:30:00 mx postfix/qmgr[300]: 4C01AB23: removed
Oct 25 02:50:00 mx postfix/qmgr[300]: 4C01AB24: removed
Oct 25 02:10:00 mx postfix/qmgr[300]: 4C01AB25: removed
Oct 25 02:10:00 mx last message repeated 3 times
Dec 31 23:59:59 mx postfix/qmgr[300]: 4C01AB26: removed
Jan  1 00:00:01 mx unheard-of[77]: something new
Jan  1 00:00:02 mx postfix/qm"""
SITE = registry_with(
    (
        Shape(
            event="site.novelty_heard",
            daemons=("unheard-of",),
            template="something new",
            samples=("something new",),
            source="site",
        ),
    )
)


def quietly(what: str, share: float) -> None:
    assert what in ("events", "projections")
    assert 0 < share <= 1


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of several logs, each cut in its own way."""
    path = tmp_path_factory.mktemp("loaded") / "store.duckdb"
    logs = {
        "/var/log/mail.log": (SAMPLE.read_bytes()[:300_000].rpartition(b"\n")[0], 40_000),
        "/var/log/other.log": (LOG + entry(MESSAGE=b"\n\xff") + entry(), 300),
        "/var/log/old.log": (YEARLESS, 150),
    }
    with open_writer(path) as writer:
        for name, (data, size) in logs.items():
            stream = writer.resolve(identity(data, name))
            for end in (*range(size, len(data), size), len(data)):
                piece = data[stream.committed_offset : end]
                chunk = Chunk(
                    stream,
                    stream.committed_offset,
                    piece,
                    Ending.PARTIAL,
                    datetime(2024, 1, 2, tzinfo=UTC) if "old" in name else None,
                    "Europe/Berlin",
                )
                stream = writer.append(chunk).stream
    return path


@pytest.fixture
def path(loaded: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(loaded, tmp_path / "store.duckdb"))


def contents(path: Path) -> dict[str, list[str]]:
    """The rows of all tables: every position is to stay, too."""
    with open_reader(path) as reader:
        names = reader.query("SELECT table_name FROM duckdb_tables() WHERE table_name <> 'meta'")
        found = {}
        for name in names["table_name"].to_pylist():
            rows = reader.query(f"SELECT * FROM {name}").to_pylist()
            found[name] = sorted(map(repr, rows))
        return found


def events(path: Path, condition: str = "true") -> list[dict[str, object]]:
    with open_reader(path) as reader:
        return reader.query(f"SELECT * FROM events WHERE {condition} ORDER BY position").to_pylist()


@pytest.mark.parametrize("lines", [100_000, 37])
def test_the_same_shapes_give_the_same_tables(
    loaded: Path, path: Path, lines: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tracer.store.replay.CHUNK_LINES", lines)
    before = contents(loaded)
    times = [row["occurred_at"] for row in events(loaded, "byte_offset < 400 AND source_id = 3")]
    assert [time.year for time in times if isinstance(time, datetime)] == [2023] * 6
    done = replay_store(path, None, quietly)
    assert contents(path) == before
    assert (done.unparsed, done.unparsed_before) == (done.unparsed_before, done.unparsed)
    assert done.lines == len(events(path))


def test_unparsed_lines_become_events_by_a_new_shape(loaded: Path, path: Path) -> None:
    done = replay_store(path, SITE, quietly)
    assert done.unparsed == done.unparsed_before - 2
    found = events(path, "event = 'site.novelty_heard'")
    was = events(loaded, f"event = '{UNPARSED}' AND program = 'unheard-of'")
    assert [{**row, "event": UNPARSED} for row in found] == was
    assert len(found) == 2
    replay_store(path, None, quietly)
    assert contents(path) == contents(loaded)


def test_a_stamp_that_is_understood_now_is_placed_among_the_others(path: Path) -> None:
    with open_writer(path) as writer:
        writer._connection.execute("UPDATE event_rows SET occurred_at = NULL WHERE source_id = 3")
        writer._connection.execute("UPDATE sources SET last_at = NULL WHERE source_id = 3")
        before = writer._connection.execute(
            "SELECT front_at FROM sources WHERE source_id = 3"
        ).fetchall()
    assert before == [(datetime(2023, 12, 31, 23, 0, 1),)]  # noqa: DTZ001 - naive UTC
    replay_store(path, None, quietly)
    years = [row["occurred_at"].year for row in events(path, "source_id = 3")]  # type: ignore[union-attr]
    assert years == [2023] * 6


def test_lines_go_on_where_they_were(path: Path) -> None:
    replay_store(path, SITE, quietly)
    with open_writer(path, SITE) as writer:
        stream = writer.resolve(identity(YEARLESS, "/var/log/old.log"))
        assert stream.committed_offset == YEARLESS.rindex(b"\n") + 1
        more = YEARLESS[stream.committed_offset :] + b"gr[300]: 4C01AB27: removed\n"
        assert writer.append(Chunk(stream, stream.committed_offset, more)).lines == 1
    replay_store(path, None, quietly)
    assert events(path)[-1]["queue_id"] == "4C01AB27"


def test_projections_alone(loaded: Path, path: Path) -> None:
    with open_writer(path) as writer:
        writer._connection.execute("DELETE FROM messages")
    replay_store(path, SITE, quietly, projections_only=True)
    assert contents(path) == contents(loaded)


# -- kills ---------------------------------------------------------------------------------------


def fall(path: Path, what: str, step: int) -> None:
    """Replay, and fall dead at a step."""
    steps = 0

    def count(making: str, share: float) -> None:
        nonlocal steps
        steps += making == what
        if steps == step:
            signal.raise_signal(signal.SIGKILL)

    replaying.CHUNK_LINES = 400  # type: ignore[misc]
    replay_store(path, SITE, count)


def killed(path: Path, what: str, step: int) -> None:
    """Leave a store as a replay leaves it that is killed at a step."""
    forks = multiprocessing.get_context("forkserver")
    forks.set_forkserver_preload([__name__])
    process = forks.Process(target=fall, args=(path, what, step))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL


@pytest.mark.parametrize(("what", "step"), [("events", 1), ("events", 2), ("projections", 1)])
def test_a_replay_that_was_killed_goes_on(
    loaded: Path, path: Path, tmp_path: Path, what: str, step: int
) -> None:
    expected = Path(shutil.copy(loaded, tmp_path / "expected.duckdb"))
    done = replay_store(expected, SITE, quietly)
    killed(path, what, step)
    if what == "events":  # the store is as it was
        found = contents(path)
        found.pop("replayed_rows")
        assert found == contents(loaded)
    shares: list[float] = []
    replay_store(path, SITE, lambda making, share: shares.append(share))
    assert contents(path) == contents(expected)
    if what == "events":
        assert shares[0] > step * 800 / done.lines  # it went on where it was


def test_other_shapes_do_not_go_on_with_what_was_begun(loaded: Path, path: Path) -> None:
    killed(path, "events", 2)
    replay_store(path, None, quietly)
    assert contents(path) == contents(loaded)


# -- the command ---------------------------------------------------------------------------------


@pytest.fixture
def owner(path: Path) -> Iterator[Path]:
    with open_writer(path):
        yield path


def test_a_store_that_is_being_written_is_left_alone(owner: Path) -> None:
    with pytest.raises(TracerError, match="stop that one"):
        replay_store(owner, None, quietly)


def test_the_command(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "mailtracer.toml"
    config.write_text(
        '[[shape]]\nevent = "site.novelty_heard"\ndaemons = ["unheard-of"]\n'
        'template = "something new"\nsamples = ["something new"]\n'
    )
    assert main(["replay", "--db", str(path), "--config", str(config)]) == 0
    assert ": 1 unparsed, 3 before\n" in capsys.readouterr().out
    assert len(events(path, "event = 'site.novelty_heard'")) == 2
    assert main(["replay", "--db", str(tmp_path / "none.duckdb")]) == 2
    assert "does not exist" in capsys.readouterr().err

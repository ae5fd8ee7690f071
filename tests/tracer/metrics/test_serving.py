"""What the watcher serves: with which numbers, for how long the last ones, and where."""

import subprocess
import sys
import threading
import time
from argparse import ArgumentTypeError
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.tracer.cli.test_watch import eventually
from tests.tracer.metrics.conftest import (
    SAMPLES,
    Scraped,
    families,
    free_port,
    get,
    value,
    values,
    watching,
)
from tracer.errors import TracerError
from tracer.metrics.place import Place, checked_place
from tracer.metrics.refreshed import Refreshed


def test_commits_and_lag_are_told(scrape: Callable[[], Scraped]) -> None:
    scraped = scrape()
    commits = value(scraped, "mailtracer_commit_duration_seconds_count")
    assert commits >= 1
    assert value(scraped, "mailtracer_commit_lines_count") == commits
    lines = (SAMPLES / "day" / "mail.log").read_bytes().count(b"\n")
    assert value(scraped, "mailtracer_commit_lines_sum") == lines
    stored = scraped["mailtracer_lines"].samples
    assert sum(sample.value for sample in stored) == lines
    assert value(scraped, "mailtracer_store_up") == 1
    assert value(scraped, "mailtracer_store_size_bytes", file="store") > 100_000
    assert abs(time.time() - value(scraped, "mailtracer_store_read_timestamp_seconds")) < 60
    assert value(scraped, "process_resident_memory_bytes") > 1e7


def test_new_lines_are_counted_and_a_restart_goes_on_from_there(tmp_path: Path) -> None:
    day = (SAMPLES / "day" / "mail.log").read_bytes().splitlines(keepends=True)
    log, db, port = tmp_path / "mail.log", tmp_path / "store.duckdb", free_port()
    log.write_bytes(b"".join(day[:2000]))

    def lines() -> float:
        found = families(get(port)[1]).get("mailtracer_lines")
        return sum(sample.value for sample in found.samples) if found else 0

    with watching(db, port, log):
        eventually(lambda: lines() == 2000)
        before = values(families(get(port)[1]))
        with log.open("ab") as file:
            file.write(b"".join(day[2000:2100]))
        eventually(lambda: lines() == 2100)
        assert values(families(get(port)[1])).keys() >= {
            key for key in before if key[0].startswith("mailtracer_source")
        }
    with watching(db, port, log):
        eventually(lambda: lines() == 2100)
        after = values(families(get(port)[1]))
    counters = [key for key in before if _is_of_the_store(key[0])]
    assert len(counters) > 50
    assert all(after[key] >= before[key] for key in counters)


def _is_of_the_store(name: str) -> bool:
    return name.endswith("_total") and not name.startswith("process_")


def test_prometheus_own_text_is_served_to_whom_it_is_enough(tmp_path: Path) -> None:
    port = free_port()
    with watching(tmp_path / "s.duckdb", port, tmp_path / "none.log"):
        kind, text = get(port, accept="text/plain")
        assert kind.startswith("text/plain")
        assert "# TYPE mailtracer_commit_duration_seconds histogram" in text
        kind, text = get(port)
        assert kind.startswith("application/openmetrics-text")
        assert text.endswith("# EOF\n")


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    port = free_port()
    log = tmp_path / "mail.log"
    with watching(tmp_path / "one.duckdb", port, log):
        command = [sys.executable, "-m", "tracer.cli", "watch", "--metrics", str(port)]
        done = subprocess.run(
            [*command, "--db", tmp_path / "two.duckdb", log], capture_output=True, text=True
        )
    assert done.returncode == 2
    assert f"metrics cannot be served at 127.0.0.1:{port}: Address already in use" in done.stderr
    assert "--metrics ADDRESS:PORT" in done.stderr


def test_the_configuration_may_say_where(tmp_path: Path) -> None:
    port = free_port()
    configuration = tmp_path / "mailtracer.toml"
    configuration.write_text(f'metrics = "127.0.0.1:{port}"\n')
    command = [sys.executable, "-m", "tracer.cli", "watch", "--config", configuration]
    with subprocess.Popen(
        [*command, "--db", tmp_path / "s.duckdb", tmp_path / "mail.log"], stderr=subprocess.PIPE
    ) as process:
        try:
            assert process.stderr
            assert process.stderr.readline().decode() == (
                f"mailtracer: metrics are at http://127.0.0.1:{port}/metrics\n"
            )
            assert "mailtracer_build_info" in get(port)[1]
        finally:
            process.terminate()


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("9154", Place("127.0.0.1", 9154)),
        ("0.0.0.0:80", Place("0.0.0.0", 80)),
        ("[::1]:9154", Place("::1", 9154)),
        ("localhost:65535", Place("localhost", 65535)),
    ],
)
def test_places(text: str, place: Place) -> None:
    assert checked_place(text) == place
    assert checked_place(str(place)) == place


@pytest.mark.parametrize("text", ["", "0", "65536", "x", "127.0.0.1", "::1:9154", "a b:1", "a:b:1"])
def test_no_places(text: str) -> None:
    with pytest.raises(ArgumentTypeError, match="name a port"):
        checked_place(text)


def test_while_a_read_takes_long_the_last_values_are_given() -> None:
    may_end = threading.Event()
    may_end.set()
    numbers = iter(range(1, 100))

    def read() -> int:
        number = next(numbers)
        may_end.wait(30)
        return number

    refreshed = Refreshed(read, complain=pytest.fail)
    assert refreshed.within(5).value == 1
    may_end.clear()
    eventually(lambda: refreshed.within(0.01).value == 1 and _runs("metrics"))
    begin = time.monotonic()
    assert refreshed.within(0.2).value == 1
    assert time.monotonic() - begin < 5
    may_end.set()
    eventually(lambda: refreshed.within(1).value == 2)
    refreshed.close(5)
    assert not _runs("metrics")


def _runs(name: str) -> bool:
    return any(thread.name == name for thread in threading.enumerate())


def test_a_read_that_fails_is_told_once_and_the_last_values_are_kept() -> None:
    told: list[str] = []
    answers: list[int | str] = [7, "no", "no", "never", 8]

    def read() -> int:
        answer = answers.pop(0)
        if isinstance(answer, str):
            raise TracerError(answer)
        return answer

    refreshed = Refreshed(read, told.append, least_seconds=0)
    seen = []
    for _ in range(5):
        seen.append(refreshed.within(5))
        time.sleep(0.05)  # the pause after a read
    assert [(r.value, r.failed) for r in seen] == [
        (7, False), (7, True), (7, True), (7, True), (8, False),
    ]  # fmt: skip
    assert told == ["metrics: no; trying again", "metrics: never; trying again"]

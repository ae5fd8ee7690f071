"""The measuring itself: what it reports is what the kernel counted, and wrong answers are told."""

import json
import sys
from pathlib import Path

import pytest

from benchmarks import run
from benchmarks.generate import generate, truth_path


def test_measures_the_whole_process() -> None:
    small = run.measure([sys.executable, "-S", "-c", "pass"])
    large = run.measure(
        [sys.executable, "-S", "-c", "b'x' * 1_500_000_000; [i * i for i in range(3_000_000)]"]
    )
    assert small.peak_bytes < 1_500_000_000 < large.peak_bytes
    assert large.cpu_seconds > small.cpu_seconds
    assert large.seconds >= large.cpu_seconds * 0.9


def test_a_failure_ends_the_benchmark() -> None:
    with pytest.raises(SystemExit, match=r"failed \(3\): no such thing"):
        run.measure(["sh", "-c", "echo no such thing >&2; exit 3"])


@pytest.fixture
def loaded(tmp_path: Path) -> tuple[Path, Path]:
    log, store = tmp_path / "mail.log", tmp_path / "store" / "mail.duckdb"
    generate(log, 20_000)
    run.ingest(log, store)
    return log, store


def test_store_holds_the_truth(loaded: tuple[Path, Path]) -> None:
    log, store = loaded
    assert run.differences(store, json.loads(truth_path(log).read_text())) == []


def test_a_wrong_answer_is_told(loaded: tuple[Path, Path]) -> None:
    log, store = loaded
    truth = json.loads(truth_path(log).read_text())
    rejected = truth["events"]["postfix.rejected"]
    truth["events"]["postfix.rejected"] += 1
    truth["lines"] += 1
    assert run.differences(store, truth) == [
        f"postfix.rejected: {rejected + 1} lines, stored {rejected}",
        "20001 lines, stored 20000",
    ]


def test_prints_a_table_and_keeps_the_numbers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(["--lines", "5000", "--rounds", "2", "--folder", str(tmp_path)]) == 0
    printed = capsys.readouterr().out
    assert "stored events: as the truth says" in printed
    result = json.loads((tmp_path / "result.json").read_text())
    ours = result["programs"][0]
    assert ours["program"] == "mailtracer"
    assert str(ours["lines_per_second"]) in printed
    assert len(result["runs"]["mailtracer"]) == 2
    assert result["store_bytes"] > 0

"""The benchmark of questions asks them all, of a store of whatever size."""

import sys
from pathlib import Path

import pytest

from benchmarks import questions
from tests.tracer.metrics.conftest import SAMPLES
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_writer


def test_all_questions_are_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = tmp_path / "day.duckdb"
    data = (SAMPLES / "day" / "mail.log").read_bytes()
    with open_writer(store) as writer:
        stream = writer.resolve(Identity("/var/log/mail.log", data[:HEAD_BYTES]))
        writer.append(Chunk(stream, 0, data, zone="UTC"))
    monkeypatch.setattr(questions, "_OF_EACH_KIND", 2)
    monkeypatch.setattr(sys, "argv", ["questions", str(store), "--rounds", "1"])
    assert questions.main() == 0
    *kinds, everything = capsys.readouterr().out.splitlines()[1:]
    _, number, middle, slowest, cpu, most_cpu = everything.split()
    assert int(number) == sum(int(row[36:].split()[0]) for row in kinds) >= 90
    assert 0 < float(middle) < float(slowest)
    assert 0 < float(cpu) < float(most_cpu)

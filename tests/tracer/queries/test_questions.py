"""The questions that people ask in SQL: each has an answer in a day's logs."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.queries.questions import QUESTIONS
from tracer.store import Reader, open_reader

DAY = Path(__file__).parents[3] / "sample_logs" / "day"

NOTHING_TO_FIND = {"Which lines are not understood?"}


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    store = tmp_path_factory.mktemp("questions") / "day.duckdb"
    assert (
        main(["ingest", "--db", str(store), "--zone", "UTC", *map(str, DAY.glob("mail.log*"))]) == 0
    )
    with open_reader(store) as reader:
        yield reader


@pytest.mark.parametrize("question", QUESTIONS)
def test_a_question_is_answered(day: Reader, question: str) -> None:
    rows = day.query(QUESTIONS[question])
    assert bool(rows.num_rows) == (question not in NOTHING_TO_FIND)

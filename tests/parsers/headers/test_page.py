"""docs/logs.md shows lines that are read, and one at least of each spelling."""

import re
from pathlib import Path

import pytest

from parsers.batch import parse_lines
from parsers.headers import split
from parsers.headers.spellings import LEAD, ORIGINS, STAMPS, Spelling
from parsers.registry import UNPARSED

PAGE = (Path(__file__).parents[3] / "docs" / "logs.md").read_text(encoding="utf-8")
LINES = [
    line
    for block in re.findall(r"^```log\n(.*?)^```", PAGE, re.M | re.S)
    for line in block.splitlines()
]


def test_each_line_shown_is_read() -> None:
    assert len(LINES) > 30
    for row in parse_lines(LINES):
        assert row["program"] is not None, row
        assert row["event"] != UNPARSED, row


@pytest.mark.parametrize("spelling", [*STAMPS, *ORIGINS], ids=lambda s: s.example)
def test_each_spelling_is_shown(spelling: Spelling) -> None:
    texts = [re.sub(LEAD, "", line) for line in LINES]
    if spelling in ORIGINS:
        texts = [(split._rewritten(text, STAMPS) or "\n").split("\n")[1] for text in texts]
    assert any(re.match(spelling.pattern, text) for text in texts)

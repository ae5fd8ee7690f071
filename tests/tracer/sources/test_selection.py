"""Which files of a folder are logs."""

import gzip
from pathlib import Path

import pytest

from tests.parsers.headers.test_spellings import EXAMPLES
from tracer.sources.selection import Selection

LONG_ENTRY = EXAMPLES[-2].replace('{"', '{"_CMDLINE":"' + "x" * 3_000 + '","', 1)


@pytest.mark.parametrize("line", [*EXAMPLES, LONG_ENTRY])
def test_a_log_of_any_spelling_in_a_folder_is_found(line: str, tmp_path: Path) -> None:
    log = tmp_path / "logs" / "some.log"
    log.parent.mkdir()
    log.write_text(f"half a line\n{line}\n", encoding="utf-8")
    (log.parent / "other.log").write_bytes(gzip.compress(log.read_bytes()))
    (log.parent / "notes").write_text("Nov 24: nothing\n2026-11-24\n[2026] x: y\n{}\n")
    (log.parent / "empty").touch()
    assert Selection([str(log.parent)]).look() == ([str(log)], [str(log.parent / "other.log")])

"""What an import may load: the command line starts fast because it loads little."""

import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = {"streamlit", "pandas", "plotly"}


def loaded(statement: str) -> set[str]:
    """The top-level modules that a new interpreter has after a statement."""
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    return set(done.stdout.split())


@pytest.mark.parametrize("statement", ["import parsers.batch", "import tracer.cli"])
def test_loads_nothing_heavy(statement: str) -> None:
    assert not loaded(statement) & HEAVY


def test_command_table_loads_no_database() -> None:
    assert not loaded("from tracer.cli import build_parser; build_parser()") & {"duckdb", "pyarrow"}


@pytest.mark.parametrize(
    "command", ["trace", "search", "ingest", "watch", "sql", "parse", "explain", "coverage"]
)
def test_commands_configure_without_heavy_imports(command: str) -> None:
    statement = f"from tracer.cli import build_parser; build_parser({command!r})"
    assert not loaded(statement) & HEAVY


def test_readers_load_no_parser() -> None:
    commands = "import tracer.cli.trace, tracer.cli.sql, tracer.cli.dashboard"
    assert "pyparsing" not in loaded(commands)
    assert "pyparsing" in loaded("import tracer.cli.parse, parsers.batch")


def test_loading_a_log_loads_nothing_heavy(tmp_path: Path) -> None:
    log = "sample_logs/opendkim/bad-signature.log"
    arguments = ["ingest", "--db", str(tmp_path / "store"), log]
    statement = f"from tracer.cli import main; assert main({arguments!r}) == 0"
    assert not loaded(statement) & HEAVY


def test_the_measure_works() -> None:
    assert loaded("import pandas") >= {"pandas"}

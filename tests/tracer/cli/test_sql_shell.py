"""The SQL shell on a terminal, as somebody types into it."""

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.tracer.store.samples import LOG, load
from tracer.cli.sql_completion import Vocabulary
from tracer.cli.sql_statements import is_whole, split
from tracer.store import Reader, open_reader, open_writer

_ESCAPES = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[=>]|\r")
_RUN = (
    "import fcntl, sys, termios; from tracer.cli import main; "
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0); sys.exit(main(sys.argv[1:]))"
)
_WHERE = b"\x1b[6n"  # the terminal is asked where its cursor is


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("shell") / "store.duckdb"
    with open_writer(path) as writer:
        load(writer, LOG)
    return path


class Terminal:
    """A terminal in which `mailtracer sql` runs."""

    def __init__(self, *args: str, state: Path) -> None:
        self._ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 120, 0, 0))
        environment = os.environ | {"TERM": "xterm-256color", "XDG_STATE_HOME": str(state)}
        self.process = subprocess.Popen(
            [sys.executable, "-c", _RUN, "sql", *args],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env=environment,
            start_new_session=True,
        )
        os.close(theirs)

    def type(self, keys: str, until: str) -> str:
        """Type keys, and read until some text is there."""
        os.write(self._ours, keys.encode())
        shown = ""
        deadline = time.monotonic() + 30
        while until not in shown:
            assert time.monotonic() < deadline, shown
            if select.select([self._ours], [], [], 0.1)[0]:
                data = os.read(self._ours, 65536)
                if _WHERE in data:
                    os.write(self._ours, b"\x1b[1;1R")
                shown += _ESCAPES.sub("", data.decode(errors="replace"))
        return shown

    def close(self) -> None:
        self.process.kill()
        self.process.wait()
        os.close(self._ours)


@pytest.fixture
def opened(store: Path, tmp_path: Path) -> Iterator[Callable[..., Terminal]]:
    terminals = []

    def opener(*args: str) -> Terminal:
        terminals.append(Terminal("--db", str(store), *args, state=tmp_path))
        terminals[-1].type("", "sql>")
        return terminals[-1]

    yield opener
    for terminal in terminals:
        terminal.close()


def test_a_conversation(opened: Callable[..., Terminal], tmp_path: Path) -> None:
    terminal = opened("--param", "host=mx")
    terminal.type("SELECT count(*) AS n,\r", "...>")
    assert "7  mx" in terminal.type("$host AS h FROM lines;\r", "1 row,")
    assert "syntax error" in terminal.type("SELEC 1;\r", "LINE 1")
    assert "messages" in terminal.type(".tables\r", "meta")
    assert "relay_host VARCHAR" in terminal.type(".schema links\r", "its address")
    assert "there is no table nope" in terminal.type(".schema nope\r", ".tables lists")
    terminal.type(".param who=eve\r", "sql>")
    terminal.type(".format jsonl\r", "sql>")
    assert '{"w":"eve"}' in terminal.type("SELECT $who AS w;\r", "1 row,")
    terminal.type("SELECT env", "envelope_sender")  # offered
    terminal.type("\x03", "sql>")  # the line is given up
    terminal.type("\x04", "")
    assert terminal.process.wait(timeout=30) == 0
    history = tmp_path / "mailtracer" / "sql_history"
    assert "$host AS h FROM lines;" in history.read_text()
    assert history.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("owned", [True, False])
def test_ctrl_c_stops_the_query_and_not_the_shell(
    opened: Callable[..., Terminal], store: Path, owned: bool
) -> None:
    writer = open_writer(store)
    if not owned:
        writer.close()
    try:
        terminal = opened()
        terminal.type("SELECT count(*) FROM range(10000000000) a, range(10000) b;\r", "b;")
        time.sleep(1)
        assert not owned or writer.busy
        terminal.type("\x03", "stopped")
        assert "42" in terminal.type("SELECT 6 * 7 AS answer;\r", "1 row,")
        deadline = time.monotonic() + 10
        while writer.busy and time.monotonic() < deadline:
            time.sleep(0.05)  # its owner lets go of it in a thread of its own
        assert not writer.busy
    finally:
        writer.close()


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("SELECT 1;", True),
        ("SELECT 1; -- done", True),
        ("SELECT 1", False),
        ("SELECT 'a;", False),
        ("SELECT $$a;", False),
        ("SELECT 1 /* ; */", False),
        ('SELECT ";', False),
    ],
)
def test_where_a_statement_ends(text: str, whole: bool) -> None:
    assert is_whole(text) == whole


def test_statements_are_told_apart() -> None:
    found = split("SELECT ';', $a; /* ; */ FROM x WHERE y = $b AND z = $a")
    assert [statement.parameters for statement in found] == [{"a"}, {"a", "b"}]
    assert [statement.sql for statement in split("nonsense; SELECT")] == ["nonsense; SELECT"]


def test_telling_statements_apart_reads_no_file(tmp_path: Path) -> None:
    (tmp_path / "schema.sql").write_text("SELECT $secret;")
    (tmp_path / "load.sql").touch()
    (found,) = split(f"IMPORT DATABASE '{tmp_path}'")
    assert found.parameters == frozenset()


@pytest.fixture(scope="module")
def reader(store: Path) -> Iterator[Reader]:
    with open_reader(store) as opened:
        yield opened


def test_completion(reader: Reader) -> None:
    vocabulary = Vocabulary(reader)

    def words(text: str) -> list[str]:
        return [candidate.word for candidate, _ in vocabulary.completions(text)]

    assert (
        words("FROM mess")[:2] == ["messages", "message_no"] or words("FROM mess")[0] == "messages"
    )
    assert words("SELECT links.from_q") == ["from_queue_id"]
    assert "date_trunc" in words("SELECT date_t")
    assert "SELECT" in words("sel")
    assert words("") == words("SELECT ") == words("SELECT 'x'") == []

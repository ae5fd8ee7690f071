"""Commands on a terminal."""

import fcntl
import os
import pty
import struct
import subprocess
import sys
import termios
from collections.abc import Callable
from pathlib import Path

import pytest

_RUN = "import sys; from tracer.cli import main; sys.exit(main(sys.argv[1:]))"


@pytest.fixture
def on_terminal() -> Callable[..., str]:
    """Gives what a command sends to a terminal of some width, with line feeds alone."""

    def run(columns: int, *args: str, code: int = 0, **environment: str) -> str:
        ours, theirs = pty.openpty()
        fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
        keep = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
        with subprocess.Popen(
            [sys.executable, "-c", _RUN, *args],
            stdout=theirs,
            stderr=theirs,
            cwd=Path(__file__).parents[3],
            env=keep | {"TERM": "xterm-256color", "TZ": "UTC", "LC_ALL": "C.UTF-8"} | environment,
        ) as process:
            os.close(theirs)
            sent = b""
            while True:
                try:
                    data = os.read(ours, 65536)
                except OSError:  # the other side is closed
                    break
                if not data:
                    break
                sent += data
        os.close(ours)
        assert process.returncode == code, sent.decode()
        return sent.decode().replace("\r\n", "\n")

    return run

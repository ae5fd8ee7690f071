"""The machine as a user without rights sees it: the queue's Postfix is its only one, sudo works.

All of it is mounted over what is there, in a namespace of its own: the machine stays as it is.
"""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.tracer.queue.conftest import Postfix

ROOT = Path(__file__).parents[3]
PACKAGED = ROOT / "packaging" / "queue"
USER = "mailtracer"
_ID = "64123"
_MOUNTS = """
set -eu
cd "$1"
mount --bind etc /etc/postfix
mount --bind user/sbin /usr/local/sbin
mount --bind user/sudoers.d /etc/sudoers.d
for name in passwd shadow group; do mount --bind "user/$name" "/etc/$name"; done
echo mounted
exec sleep 600
"""
_SEVERAL = """
import json, sys
from tracer.cli import main
codes = [main(arguments) for arguments in json.loads(sys.argv[1])]
print("exit codes:", codes)
"""
_ACCOUNTS = {
    "passwd": f"{USER}:*:{_ID}:{_ID}::/nonexistent:/bin/sh",
    "shadow": f"{USER}:*:20000:0:99999:7:::",
    "group": f"{USER}:x:{_ID}:",
}


@dataclass(frozen=True)
class Machine:
    """Runs commands as that user. db: of a store that is the user's."""

    folder: Path
    process_id: int

    @property
    def db(self) -> Path:
        return self.folder / "home" / "store.duckdb"

    def allow(self) -> None:
        """Install what is shipped, as docs/queue.md has it."""
        (self.folder / "sudoers.d" / "mailtracer").unlink(missing_ok=True)
        for source, target, mode in (
            ("mailtracer-queue", "sbin/mailtracer-queue", 0o755),
            ("sudoers", "sudoers.d/mailtracer", 0o440),
        ):
            shutil.copy(PACKAGED / source, self.folder / target)
            (self.folder / target).chmod(mode)

    def forbid(self) -> None:
        (self.folder / "sudoers.d" / "mailtracer").unlink(missing_ok=True)

    def command(self, *command: str) -> list[str]:
        """The command, to be run as the user, who may read all files: Python may be root's."""
        into = ["nsenter", f"--target={self.process_id}", "--mount", f"--wd={ROOT}"]
        become = ["setpriv", f"--reuid={_ID}", f"--regid={_ID}", "--clear-groups"]
        reading = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
        no_other = ["env", "--unset=MAIL_CONFIG", "PYTHONDONTWRITEBYTECODE=1"]
        return [*into, *become, *reading, *no_other, *command]

    def run(self, *command: str, text: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            self.command(*command), input=text, capture_output=True, text=True, timeout=60
        )

    def mailtracer(self, *commands: Sequence[str]) -> tuple[list[int], str]:
        """Commands, one after the other in one process: their exit codes, and what they print."""
        arguments = [[*command, "--db", str(self.db)] for command in commands]
        done = self.run(sys.executable, "-c", _SEVERAL, json.dumps(arguments))
        assert done.returncode == 0, done.stderr
        printed, _, codes = done.stdout.rpartition("exit codes: ")
        return json.loads(codes), printed + done.stderr


@contextmanager
def machine_of(postfix: Postfix) -> Iterator[Machine]:
    """The machine whose primary Postfix this is."""
    for name in ("sudo", "unshare", "nsenter", "setpriv"):
        if shutil.which(name) is None:
            pytest.skip(f"needs {name}")
    folder = postfix.root / "user"
    for name in ("home", "sbin", "sudoers.d"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    os.chown(folder / "home", int(_ID), int(_ID))
    for name, line in _ACCOUNTS.items():
        others = Path("/etc", name).read_text(encoding="utf-8").splitlines()
        kept = [other for other in others if not other.startswith(f"{USER}:")]
        (folder / name).write_text("\n".join([*kept, line, ""]), encoding="utf-8")
    (folder / "shadow").chmod(0o640)
    holder = ["unshare", "--mount", "--propagation=private", "sh", "-c", _MOUNTS, "-"]
    with subprocess.Popen(
        [*holder, str(postfix.root)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stderr is not None
            if process.stdout.readline() != "mounted\n":
                pytest.skip(f"nothing can be mounted here: {process.stderr.read()}")
            machine = Machine(folder, process.pid)
            log = f"{postfix.root}/mail.log"
            assert machine.mailtracer(["ingest", "--zone", "UTC", log])[0] == [0]
            yield machine
        finally:
            process.kill()

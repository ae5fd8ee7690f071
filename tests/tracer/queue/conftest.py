"""A real Postfix of its own folder, whose mail cannot leave, and a store of its log.

It has a second instance, `postfix-out`, with a queue of its own.
"""

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

from tracer.cli import main
from tracer.queue.listing import Queued, live

_SBIN = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
_MAIN = """
compatibility_level = 3.6
queue_directory = {root}/queue
data_directory = {root}/data
maillog_file = {root}/mail.log
maillog_file_prefixes = {root}
myhostname = mx.lab.example
mydestination =
inet_interfaces = loopback-only
default_transport = smtp:[127.0.0.1]:9
alias_maps =
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
fast_flush_domains = flush.example
{more}
"""
_MANY = "multi_instance_directories = {root}/out/etc\nmulti_instance_enable = yes"
_OUT = "multi_instance_name = postfix-out\nmulti_instance_enable = yes"
_MASTER = """
postlog unix-dgram n - n - 1 postlogd
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
error unix - - n - - error
retry unix - - n - - error
showq unix n - n - - showq
"""


@dataclass(frozen=True)
class Postfix:
    """A running Postfix with a store of its log. directory: of its configuration."""

    root: Path
    db: Path

    @property
    def directory(self) -> str:
        return str(self.root / "etc")

    def send(
        self,
        recipient: str,
        sender: str = "a@shop.example",
        text: bytes = b"Subject: a test\n\nbody\n",
    ) -> Queued:
        """Hand in a message; as it is once it was deferred."""
        before = {message.queue_id for message in live(self.directory)}
        sendmail = str(shutil.which("sendmail", path=_SBIN))
        subprocess.run(
            [sendmail, "-C", self.directory, "-f", sender, recipient], input=text, check=True
        )
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            for message in live(self.directory):
                if message.queue_id not in before and message.status == "deferred":
                    return message
            time.sleep(0.05)
        raise AssertionError("the message was not deferred")

    def queued(self, queue_id: str) -> Queued | None:
        """The message as it is now."""
        return next((m for m in live(self.directory) if m.queue_id == queue_id), None)

    def command(self, *arguments: str) -> None:
        """Run `postfix`, as in `postfix stop`."""
        command = str(shutil.which("postfix", path=_SBIN))
        subprocess.run([command, "-c", self.directory, *arguments], check=True, capture_output=True)

    @contextmanager
    def halted(self) -> Iterator[None]:
        """Nothing in it moves, as on a machine that is far too busy."""
        master = int((self.root / "queue/pid/master.pid").read_text(encoding="ascii"))
        os.killpg(master, signal.SIGSTOP)
        try:
            yield
        finally:
            os.killpg(master, signal.SIGCONT)

    def load(self) -> None:
        """Take its log into the store."""
        assert main(["ingest", "--db", str(self.db), "--zone", "UTC", f"{self.root}/mail.log"]) == 0


@pytest.fixture(scope="module")  # the lab, in another module, is not to see $MAIL_CONFIG
def postfix() -> Iterator[Postfix]:
    if os.getuid() != 0 or shutil.which("postfix", path=_SBIN) is None:
        pytest.skip("needs root, and Postfix")
    root = Path(mkdtemp(prefix="mailtracer-queue-"))  # its daemons run as other users
    root.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("MAIL_CONFIG", str(root / "etc"))
        patch.setenv("TZ", "UTC")
        try:
            with _running(root, _MANY.format(root=root)):
                yield Postfix(root, root / "store.duckdb")
        finally:
            shutil.rmtree(root)


@pytest.fixture(scope="module")
def outgoing(postfix: Postfix) -> Iterator[Postfix]:
    """The second instance."""
    with _running(postfix.root / "out", _OUT):
        yield Postfix(postfix.root / "out", postfix.db)


@contextmanager
def _running(root: Path, more: str) -> Iterator[None]:
    for name in ("etc", "queue", "data"):
        (root / name).mkdir(mode=0o755, parents=True)
    shutil.chown(root / "data", "postfix")
    (root / "etc" / "main.cf").write_text(_MAIN.format(root=root, more=more), encoding="utf-8")
    (root / "etc" / "master.cf").write_text(_MASTER, encoding="utf-8")
    command = [str(shutil.which("postfix", path=_SBIN)), "-c", str(root / "etc")]
    subprocess.run([*command, "start"], check=True, capture_output=True)
    try:
        yield
    finally:
        subprocess.run([*command, "stop"], check=False, capture_output=True)

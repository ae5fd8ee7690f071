"""The commands of Postfix that are run, by whom, and what they answer. Nothing else is run.

Arguments are lists, never a shell's; queue ids go to standard input, but for the one that
`postqueue -i` and `postcat -q` take. Primary sources: postqueue(1), postsuper(1), postcat(1).
"""

import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from parsers.atoms import ATOMS
from tracer.errors import TracerError

HELPER = "/usr/local/sbin/mailtracer-queue"  # packaging/queue installs it
TIMEOUT_SECONDS = 120.0
SHOW_SECONDS = 30.0
MOST_SHOWN = 100_000  # bytes of envelope and header
_BATCH = 5_000  # ids given to one command
_MOST_WORDS = 2_000  # bytes of what a command says on standard error
_SBIN = ("/usr/sbin", "/sbin", "/usr/local/sbin", "/opt/local/sbin")
_QUEUE_ID = re.compile(ATOMS["queue_id"].pattern, re.ASCII)
_SITE = re.compile(
    r"\[?[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252}[A-Za-z0-9])?\]?|\[[0-9A-Fa-f:.]+\]", re.ASCII
)
_SAID = re.compile(r"postsuper: (?P<queue_id>[0-9A-Za-z]+): (?P<words>.*)")
# verb -> what postsuper does for it; expire-release is `expire` of messages that are on hold
_OPTIONS = {
    "hold": "-h",
    "release": "-H",
    "requeue": "-r",
    "delete": "-d",
    "expire": "-e",
    "expire-release": "-f",
}
_EXPIRES_SINCE = (3, 5)
_NOT_FLUSHED = "Flush service is not configured for destination"


class QueueError(TracerError):
    """Postfix is not there, does not answer, or may not be asked."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of one queue id: whether Postfix did it, in its own words."""

    is_done: bool
    words: str


def is_queue_id(text: str) -> bool:
    """Whether it is of one of Postfix's alphabets: never an option, `ALL` or `-`."""
    return _QUEUE_ID.fullmatch(text) is not None


def is_site(text: str) -> bool:
    """Whether it can be a destination of `postqueue -s`: a domain, or an address in brackets."""
    return _SITE.fullmatch(text) is not None


def located(name: str) -> str:
    """The path of a command; raises QueueError where it is not installed."""
    path = os.pathsep.join((os.environ.get("PATH", ""), *_SBIN))
    found = shutil.which(name, path=path)
    if found is None:
        raise QueueError(
            f"there is no {name} here: run this on the mail server, or read a list that was "
            "captured there with `postqueue -j > FILE`: --file FILE"
        )
    return found


def why_read_only() -> str | None:
    """Why postsuper cannot be run by this user, and what enables it; None where it can."""
    if os.geteuid() == 0:
        located("postsuper")
        return None
    sudo = shutil.which("sudo")
    if sudo and os.access(HELPER, os.X_OK):
        if run([sudo, "-n", "-l", HELPER, "hold"], "", 10).code == 0:
            return None
        missing = f"sudo does not let this user run {HELPER}"
    else:
        missing = f"there is no {HELPER}" if sudo else "there is no sudo"
    return (
        f"only root may change the queue, and {missing}: run this as root, or install the helper "
        "and its sudoers rule (docs/queue.md)"
    )


def can_expire() -> bool:
    """Whether this Postfix can make messages expire."""
    found = re.match(r"(\d+)\.(\d+)", run([located("postconf"), "-hd", "mail_version"]).out)
    return found is not None and (int(found[1]), int(found[2])) >= _EXPIRES_SINCE


def change(verb: str, queue_ids: Sequence[str], directory: str | None = None) -> dict[str, Answer]:
    """Have postsuper do this to messages; what it says of each of them.

    directory, here and below: of an instance's configuration, see tracer.queue.instances.
    """
    answers: dict[str, Answer] = {}
    for start in range(0, len(queue_ids), _BATCH):
        batch = _checked(queue_ids[start : start + _BATCH])
        command, head = _privileged(verb, directory)
        ended = run(command, head + "".join(f"{queue_id}\n" for queue_id in batch))
        said: dict[str, list[str]] = {}
        for line in ended.err.splitlines():
            if found := _SAID.fullmatch(line):
                said.setdefault(found["queue_id"], []).append(found["words"])
        otherwise = ended.complaint or "Postfix did nothing: it is in another state by now, or gone"
        for queue_id in batch:
            words = ", ".join(said.get(queue_id, ()))
            answers[queue_id] = Answer(bool(words), words or otherwise)
    return answers


def deliver(queue_ids: Sequence[str], directory: str | None = None) -> dict[str, Answer]:
    """Ask the queue manager to try deferred messages now."""
    command = [located("postqueue"), *configured(directory)]
    answers = {}
    for queue_id in _checked(queue_ids):
        complaint = run([*command, "-i", queue_id]).complaint
        answers[queue_id] = Answer(not complaint, complaint or "its delivery was asked for")
    return answers


def flush(site: str | None, directory: str | None = None) -> Answer:
    """Ask the queue manager to try all mail for a destination now, or all mail where it is None."""
    if site is not None and not is_site(site):
        raise ValueError(f"no destination: {site!r}")
    arguments = ["-f"] if site is None else ["-s", site]
    complaint = run([located("postqueue"), *configured(directory), *arguments]).complaint
    if _NOT_FLUSHED in complaint:
        complaint = (
            f"Postfix keeps no list for this destination (fast_flush_domains): deliver what "
            f"`to:*@{site}` finds instead"
        )
    return Answer(not complaint, complaint or "its delivery was asked for")


def headers(queue_id: str, directory: str | None = None) -> str:
    """Envelope and header of a message, as postcat shows them; raises QueueError.

    Of the size of MOST_SHOWN at most; then its last line says that it is cut.
    """
    _checked([queue_id])
    if os.geteuid() == 0:
        command, head = [located("postcat"), *configured(directory), "-qeh", queue_id], ""
    else:
        command, head = _privileged("show", directory)
        head += f"{queue_id}\n"
    ended, is_cut = _beginning(command, head)
    if not is_cut and (ended.code or not ended.out):
        raise QueueError(ended.complaint or "Postfix showed nothing")
    return ended.out + f"\n[only the first {MOST_SHOWN:,} bytes are shown]\n" * is_cut


def configured(directory: str | None) -> list[str]:
    """The arguments that have a command of Postfix read that configuration."""
    return [] if directory is None else ["-c", directory]


def _checked(queue_ids: Sequence[str]) -> Sequence[str]:
    for queue_id in queue_ids:
        if not is_queue_id(queue_id):
            raise ValueError(f"no queue id: {queue_id!r}")
    return queue_ids


def _privileged(verb: str, directory: str | None) -> tuple[list[str], str]:
    """The command that takes ids on standard input, and what is to stand before them there.

    Raises QueueError where it may not be run.
    """
    if reason := why_read_only():
        raise QueueError(reason)
    if os.geteuid() == 0:
        return [located("postsuper"), *configured(directory), _OPTIONS[verb], "-"], ""
    # sudo passes no environment on, and the queue that was listed is the one that is meant
    directory = directory or os.environ.get("MAIL_CONFIG")
    return [shutil.which("sudo") or "sudo", "-n", HELPER, verb], f"@{directory}\n" * bool(directory)


@dataclass(frozen=True, slots=True)
class Ended:
    """A command that has ended: its exit code, and what it printed."""

    code: int
    out: str
    err: str

    @property
    def complaint(self) -> str:
        """Why it failed; '' where it did not."""
        if not self.code:
            return ""
        words = " ".join(self.err.split())
        return re.sub(r"^post\w+: (?:fatal|error|warning): ", "", words) or f"exit {self.code}"


def run(command: Sequence[str], text: str = "", timeout: float = TIMEOUT_SECONDS) -> Ended:
    """Run a command of Postfix's; exit code 124 is for no answer in time (seconds)."""
    with subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        errors="backslashreplace",
    ) as process:
        try:
            out, err = process.communicate(text, timeout)
            return Ended(process.returncode, out, err)
        except subprocess.TimeoutExpired:
            _kill(process)
            out, err = process.communicate()
            return Ended(124, out, f"{err}\nno answer within {timeout:g} seconds")


def _beginning(command: Sequence[str], text: str) -> tuple[Ended, bool]:
    """What a command prints first, and whether it would print more."""
    with (
        tempfile.TemporaryFile() as said,
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=said)
        as process,
    ):  # fmt: skip
        timer = threading.Timer(SHOW_SECONDS, _kill, [process])
        timer.start()
        try:
            assert process.stdin is not None
            assert process.stdout is not None
            with suppress(BrokenPipeError), process.stdin:
                process.stdin.write(text.encode())
            out = process.stdout.read(MOST_SHOWN + 1)
            process.stdout.close()  # ends what would go on
            code = process.wait()
        finally:
            timer.cancel()
        said.seek(0)
        words = said.read(_MOST_WORDS).decode(errors="backslashreplace")
    shown = out[:MOST_SHOWN].decode(errors="backslashreplace")
    return Ended(code, shown, words), len(out) > MOST_SHOWN


def _kill(process: "subprocess.Popen[Any]") -> None:
    with suppress(PermissionError):  # sudo is root's; the helper ends by itself
        process.kill()

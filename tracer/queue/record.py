"""The record of what operators did to a queue: a log beside the store, and lines of the store.

It is written, and on the disk, before Postfix is asked for anything and after it answered; then
read into the store as any log is, each line once, whether a watcher runs or not. Where the store
cannot take it now, the next action brings it along. Whoever writes holds a lock: so operators act
one after the other, and each sees what the one before has done.
"""

import fcntl
import os
import re
import secrets
import socket
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from parsers.registry import Registry
from tracer.errors import TracerError
from tracer.projections.queue_actions import RECORD_SUFFIX
from tracer.sources.archives import Content
from tracer.sources.identity import locate
from tracer.sources.reader import pour
from tracer.store import open_appender

LOCK_SECONDS = 60.0
_RETRY_SECONDS = 0.1
_LONGEST_WORDS = 1_000
_PLAIN = re.compile(r"[A-Za-z0-9_.@+-]")
_ADDRESS = re.compile(r"[0-9A-Fa-f:.]{2,45}")


@dataclass(frozen=True, slots=True)
class Actor:
    """Who asks, by what (`cli`, `dashboard`), and from which address; None on this machine."""

    username: str
    via: str
    remote_address: str | None = None

    @property
    def words(self) -> str:
        """As the record has it."""
        address = self.remote_address
        place = f" from {address}" if address and _ADDRESS.fullmatch(address) else ""
        return f"by {_quoted(self.username) or '-'} via {self.via}{place}"


class Record:
    """The open record of one request. host: of lines about no message that the store knows."""

    def __init__(self, file: int, actor: Actor, instance: str | None) -> None:
        self.request_id = secrets.token_hex(4)
        self._who = f"at {instance} {actor.words}" if instance else actor.words
        self.host = _host()
        self._file = file

    def request(self, what: str, detail: str = "") -> None:
        """Say what is asked for, before it is done."""
        words = f"request {self.request_id}: {what} {self._who}"
        self._write([(self.host, f"{words}: {one_line(detail)}" if detail else words)])

    def results(self, results: Iterable[tuple[str | None, str, str, str, str]]) -> None:
        """Say what came of it: (host, subject, verb, status, words) of each message or site."""
        who, request = self._who, self.request_id
        self._write(
            (
                host or self.host,
                f"{subject}: {verb} {status} {who} in request {request}: {one_line(said)}",
            )
            for host, subject, verb, status, said in results
        )

    def _write(self, lines: Iterable[tuple[str, str]]) -> None:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        pid = os.getpid()
        text = "".join(f"{now} {host} mailtracer[{pid}]: {body}\n" for host, body in lines)
        data = text.encode(errors="backslashreplace")
        while data:
            data = data[os.write(self._file, data) :]
        os.fsync(self._file)


def path_of(db: str | Path) -> Path:
    """Where the record of a store is."""
    store = Path(db).resolve()
    return store.with_name(f"{store.name}{RECORD_SUFFIX}")


@contextmanager
def opened(
    db: str | Path,
    actor: Actor,
    shapes: Registry | None,
    remark: Callable[[str], None],
    instance: str | None = None,
) -> Iterator[Record]:
    """The record of a store, for one request at a time; at the end the store is given it.

    instance: of Postfix, as its lines begin. remark: told where the store cannot take it now;
    nothing is lost by that.
    Raises TracerError where there is no store, or the record cannot be written.
    """
    if not Path(db).is_file():
        raise TracerError(
            f"{db} does not exist, and what is done to the queue is recorded there: run "
            "`mailtracer ingest` first, or choose another --db"
        )
    path = path_of(db)
    try:
        file = os.open(
            path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600
        )
    except OSError as error:
        raise TracerError(
            f"{path}: cannot be written: {error.strerror}; nothing is done to the queue "
            "without a record: run this as the store's owner"
        ) from error
    try:
        _lock(file, path)
        _end_torn_line(file)
        yield Record(file, actor, instance)
    finally:
        try:
            _store(db, path, shapes)
        except TracerError as error:
            remark(f"recorded in {path}, and not in the store yet: {error}")
        os.close(file)


def one_line(text: str) -> str:
    """Text as it stands at a line's end: no character in it ends the line, or is not printable."""
    shown = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text[:_LONGEST_WORDS])
    return shown or "-"


def _quoted(name: str) -> str:
    """A name as one word."""
    return "".join(
        c if _PLAIN.fullmatch(c) else "".join(f"%{byte:02X}" for byte in c.encode(errors="replace"))
        for c in name[:_LONGEST_WORDS]
    )


def _host() -> str:
    """This machine, as syslog names it."""
    return re.sub(r"[^A-Za-z0-9._-]", "-", socket.gethostname().partition(".")[0]) or "localhost"


def _lock(file: int, path: Path) -> None:
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise TracerError(
                    f"another operator has been at the queue for {LOCK_SECONDS:g} seconds "
                    f"({path} is locked): try again later"
                ) from None
        time.sleep(_RETRY_SECONDS)


def _end_torn_line(file: int) -> None:
    """End the line that a crash has cut short."""
    size = os.fstat(file).st_size
    if size and os.pread(file, 1, size - 1) != b"\n":
        os.write(file, b"\n")


def _store(db: str | Path, path: Path, shapes: Registry | None) -> None:
    with open_appender(db, shapes) as appender, Content(str(path)) as content:
        if located := locate(content, appender):
            stream, _ = located
            with closing(pour(content, stream, appender, "UTC")) as steps:
                for _ in steps:
                    pass

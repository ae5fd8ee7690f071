"""What is in a Postfix queue now: the output of `postqueue -j`, live or captured in a file.

Primary source: postqueue(1), "JSON OBJECT FORMAT".
"""

import json
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tracer.errors import TracerError
from tracer.queue.commands import QueueError, configured, located

TIMEOUT_SECONDS = 60.0
_NULL_SENDER = "MAILER-DAEMON"  # as postqueue shows it
_MOST_WORDS = 2_000  # characters of what Postfix says on standard error
STATUSES = {  # the names of queues -> what a message in them is
    "incoming": "incoming",
    "maildrop": "incoming",
    "active": "active",
    "deferred": "deferred",
    "hold": "held",
}


@dataclass(frozen=True, slots=True)
class Recipient:
    """Somebody whom the message has not reached; reason: why, None where nothing failed yet."""

    address: str
    reason: str | None


@dataclass(frozen=True, slots=True)
class Queued:
    """A message in the queue.

    status: incoming, active, deferred or held. arrived_at: naive UTC, whole seconds.
    sender: '' is the null sender. is_expiring: an operator has made it expire.
    """

    queue_id: str
    status: str
    arrived_at: datetime
    size_bytes: int
    sender: str
    recipients: tuple[Recipient, ...]
    is_expiring: bool = False

    @property
    def reason(self) -> str | None:
        """Why it waits, in the words of its first recipient that has any."""
        return next((r.reason for r in self.recipients if r.reason), None)

    @property
    def identity(self) -> tuple[datetime, str]:
        """What tells it from another message that gets its queue id later."""
        return self.arrived_at, self.sender


@dataclass(slots=True)
class Listing:
    """A queue, read message by message as it is iterated; once.

    warnings: what Postfix said beside it, complete after the last message.
    """

    messages: Iterator[Queued]
    warnings: list[str] = field(default_factory=list)

    def __iter__(self) -> Iterator[Queued]:
        return self.messages


def captured(path: str) -> Listing:
    """The queue that `postqueue -j > path` wrote, on whatever host."""
    return Listing(_of_file(path))


def of_lines(lines: Iterable[bytes], name: str) -> Listing:
    """The queue whose lines `postqueue -j` printed; name: of where they come from, for errors."""
    return Listing(_read(lines, name))


def live(directory: str | None = None, timeout_seconds: float = TIMEOUT_SECONDS) -> Listing:
    """The queue of this machine's Postfix; iterating raises QueueError where it does not answer.

    directory: of an instance's configuration, see tracer.queue.instances.
    """
    command = [located("postqueue"), *configured(directory), "-j"]
    warnings: list[str] = []
    return Listing(_of_postfix(command, timeout_seconds, warnings), warnings)


def _of_file(path: str) -> Iterator[Queued]:
    try:
        with Path(path).open("rb") as file:
            yield from _read(file, path)
    except OSError as error:
        raise TracerError(f"{path}: cannot be read: {error.strerror}") from error


def _of_postfix(
    command: list[str], timeout_seconds: float, warnings: list[str]
) -> Iterator[Queued]:
    is_late = threading.Event()
    with (
        tempfile.TemporaryFile() as words,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=words, stdin=subprocess.DEVNULL)
        as process,
    ):  # fmt: skip

        def stop() -> None:
            is_late.set()
            process.kill()

        timer = threading.Timer(timeout_seconds, stop)
        timer.start()
        try:
            assert process.stdout is not None
            yield from _read(_until_late(process.stdout, is_late), "postqueue -j")
            code = process.wait()
        finally:
            timer.cancel()
            with suppress(ProcessLookupError):
                process.kill()
        if is_late.is_set():
            raise _too_slow(timeout_seconds)
        words.seek(0)
        said = words.read(_MOST_WORDS).decode(errors="backslashreplace").strip()
    if code:
        raise QueueError(f"the queue cannot be read: {said or f'postqueue ended with {code}'}")
    warnings += said.splitlines()


def _until_late(lines: Iterable[bytes], is_late: threading.Event) -> Iterator[bytes]:
    """The lines; none that was cut short."""
    for line in lines:
        if is_late.is_set():
            return
        yield line


def _too_slow(seconds: float) -> QueueError:
    return QueueError(
        f"Postfix did not list its queue within {seconds:g} seconds: is it overloaded, or its disk?"
    )


def _read(lines: Iterable[bytes], name: str) -> Iterator[Queued]:
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                queued = _queued(json.loads(line.decode(errors="backslashreplace")))
            except (ValueError, KeyError, TypeError, AttributeError, OverflowError, OSError) as e:
                raise QueueError(
                    f"{name}: line {number} is no message of `postqueue -j` (Postfix 3.1 or newer)"
                ) from e
            yield queued


def _queued(told: dict[str, Any]) -> Queued:
    sender = str(told["sender"])
    return Queued(
        queue_id=str(told["queue_id"]),
        status=STATUSES.get(told["queue_name"], str(told["queue_name"])),
        arrived_at=datetime.fromtimestamp(int(told["arrival_time"]), UTC).replace(tzinfo=None),
        size_bytes=int(told["message_size"]),
        sender="" if sender == _NULL_SENDER else sender,
        recipients=tuple(
            Recipient(str(r["address"]), r.get("delay_reason") and str(r["delay_reason"]))
            for r in told["recipients"]
        ),
        is_expiring=bool(told.get("forced_expire")),
    )

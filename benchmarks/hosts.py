"""Simulated hosts: lines in the order of time, processes that do one job at a time, queue ids."""

import heapq
import random
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass

SECOND = 1_000_000  # times are whole microseconds since 1970, UTC
BASE52 = "0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz"  # of long queue ids
SINGLE = (  # daemons of one process
    "postfix/qmgr postfix/pickup postfix/postscreen opendkim clamd clamav-milter postgrey"
).split()

Line = tuple[int, str, str, str, tuple[str, ...]]  # time, host, program tag, body, tallies


class Log:
    """Lines waiting for their time. Each carries tallies: what it adds to the truth if written."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, str, str, str, tuple[str, ...]]] = []
        self._serial = 0

    def add(self, at: int, host: str, tag: str, body: str, *tallies: str) -> None:
        """Put a line where its time is."""
        self._serial += 1
        heapq.heappush(self._waiting, (at, self._serial, host, tag, body, tallies))

    def until(self, at: int) -> Iterator[Line]:
        """Take out all lines up to a time."""
        while self._waiting and self._waiting[0][0] <= at:
            when, _, host, tag, body, tallies = heapq.heappop(self._waiting)
            yield when, host, tag, body, tallies


class Pool:
    """The processes of one daemon: one job at a time, replaced after a hundred jobs (max_use)."""

    def __init__(self, new_pid: Callable[[], int]) -> None:
        self._new_pid = new_pid
        self._idle: list[tuple[int, int]] = []  # idle since, pid
        self._jobs: Counter[int] = Counter()

    def take(self, at: int) -> int:
        """The pid of a process that is idle at this time."""
        if self._idle and self._idle[0][0] <= at:
            return heapq.heappop(self._idle)[1]
        return self._new_pid()

    def free(self, pid: int, at: int) -> None:
        """The process is idle again from this time on."""
        self._jobs[pid] += 1
        if self._jobs[pid] < 100:
            heapq.heappush(self._idle, (at, pid))
        else:
            del self._jobs[pid]


@dataclass(frozen=True, slots=True)
class Process:
    """A process at its job."""

    host: "Host"
    daemon: str
    pid: int

    def say(self, at: int, body: str, *tallies: str) -> None:
        """Log one line."""
        self.host.log.add(at, self.host.name, f"{self.daemon}[{self.pid}]", body, *tallies)

    def done(self, at: int) -> None:
        """The job is done: the process takes others from this time on."""
        self.host.pool(self.daemon).free(self.pid, at)


class Host:
    """One machine: its name, its processes, its queue ids.

    reuse: the share of queue files that get a short queue id which was in use before.
    """

    def __init__(
        self, name: str, log: Log, rng: random.Random, *, long_ids: bool, reuse: float
    ) -> None:
        self.name, self.log, self.rng = name, log, rng
        self._long_ids, self._reuse = long_ids, 0 if long_ids else reuse
        self._pids = rng.randrange(400, 900)
        self._pools: dict[str, Pool] = {}
        self._single = {daemon: Process(self, daemon, self.new_pid()) for daemon in SINGLE}
        self._inode = 0x160000 + rng.randrange(0x8000)
        self._gone: list[tuple[int, str]] = []  # when a queue id was removed that may come again

    def new_pid(self) -> int:
        """The pid of a process that starts."""
        self._pids += self.rng.randrange(1, 9)
        if self._pids > 4_194_304:
            self._pids = 400
        return self._pids

    def pool(self, daemon: str) -> Pool:
        """The processes of a daemon that has several."""
        if daemon not in self._pools:
            self._pools[daemon] = Pool(self.new_pid)
        return self._pools[daemon]

    def start(self, daemon: str, at: int) -> Process:
        """A process that begins a job now and says when it is `done`."""
        return Process(self, daemon, self.pool(daemon).take(at))

    def say(self, at: int, daemon: str, body: str, *tallies: str) -> None:
        """Log a line that is a whole job."""
        if daemon in self._single:
            self._single[daemon].say(at, body, *tallies)
            return
        process = self.start(daemon, at)
        process.say(at, body, *tallies)
        process.done(at + SECOND // 10)

    def dovecot(self, at: int, body: str, *tallies: str) -> None:
        """Log a line of Dovecot's, which has no pid in its tag."""
        self.log.add(at, self.name, "dovecot", body, *tallies)

    def new_queue_id(self, at: int) -> tuple[str, tuple[str, ...]]:
        """A queue id and its tallies: a new one, or now and then one that was in use before."""
        again = self.rng.random() < self._reuse
        if again and self._gone and self._gone[0][0] + 600 * SECOND < at:
            return heapq.heappop(self._gone)[1], ("queue_files", "queue_ids_reused")
        self._inode += 1
        if not self._long_ids:
            return f"{self.rng.randrange(SECOND):05X}{self._inode:X}", ("queue_files",)
        seconds, microseconds = divmod(at, SECOND)
        time = _digits(seconds, 52, 6) + _digits(microseconds, 52, 4)
        return f"{time}z{_digits(self._inode, 51, 1)}", ("queue_files",)

    def removed(self, at: int, queue_id: str) -> None:
        """The queue file is gone."""
        self.say(at, "postfix/qmgr", f"{queue_id}: removed", "postfix.message_removed")
        if self._reuse and len(self._gone) < 5000 and self.rng.random() < 0.05:
            heapq.heappush(self._gone, (at, queue_id))


def _digits(number: int, base: int, width: int) -> str:
    digits = ""
    while number:
        number, digit = divmod(number, base)
        digits = BASE52[digit] + digits
    return digits.rjust(width, "0")

"""One path that is followed: the live file there, and the copies rotated away from it.

logrotate(8) rotates in two ways, both also while nobody watches. Rename and create: the file goes
on under another name, may still be written to, and is read to its end before the new one is
begun. Copy and truncate: the same file starts again; what was not read yet is in the copy.
"""

import contextlib
import os
import time
from collections import deque
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from tracer.sources.archives import Content, SourceError
from tracer.sources.chunks import Appended, Appender, Stream
from tracer.sources.identity import locate
from tracer.sources.names import rotated_copies, shown
from tracer.sources.reader import pour
from tracer.sources.tail import Place, Replaced, Tail

DRAIN_SECONDS = 10.0  # how long a rotated file must be silent until it is done
_MISSING_SECONDS = 2.0  # absence that is more than a rotation going on

Report = Callable[[str], None]
OnAppend = Callable[[str, Appended], None]


class _Listed(NamedTuple):
    """A rotated copy as it lies there; version tells it from one that takes its inode later."""

    path: str
    place: Place
    version: tuple[int, int]


@dataclass(frozen=True, slots=True)
class _Copy:
    """A rotated copy beside the live file.

    known: some of it is stored; done: all of it is.
    steps: reads it, a chunk for each step taken.
    """

    source: Tail | Content
    known: bool
    done: bool
    steps: Generator[Appended, None, None]

    def close(self) -> None:
        self.steps.close()
        self.source.close()


class Watched:
    """A followed path; takes one step after the other, and reports what happens to it."""

    def __init__(
        self,
        path: str,
        appender: Appender,
        zone: str,
        report: Report,
        on_append: OnAppend,
        drain_seconds: float,
    ) -> None:
        self._path = path
        self._name = shown(path)
        self._appender = appender
        self._zone = zone
        self._report = report
        self._on_append = on_append
        self._drain_seconds = drain_seconds
        self._live: Tail | None = None  # the file at the path, or that was there until now
        self._backlog: deque[_Copy] = deque()  # to be read before the live file, oldest first
        self._draining: list[Tail] = []  # rotated away, but perhaps still written to
        self._left: list[Stream] = []  # what was the live file, and cannot be any more
        self._seen: list[_Listed] = []  # the copies of the last look back; all are dealt with
        self._missing_since: float | None = None
        self._complaint = ""

    def close(self) -> None:
        """Close all files."""
        for copy in self._backlog:
            copy.close()
        for tail in self._draining:
            tail.close()
        self._close_live()
        self._backlog.clear()
        self._draining.clear()

    def step(self) -> bool:
        """Take one step, a chunk at most; whether the next one is due at once."""
        try:
            return self._read_backlog() or self._drain() or self._follow()
        except SourceError as error:
            self._complain(str(error))
        except OSError as error:  # of the file system; what is open may be stale
            self._complain(f"{self._name} cannot be read: {error.strerror}; trying again")
            self._close_live()
        return False

    def _close_live(self) -> None:
        if self._live is not None:
            self._live.close()
            self._live = None

    def _read_backlog(self) -> bool:
        if not self._backlog:
            return False
        copy = self._backlog[0]
        try:
            appended = next(copy.steps, None)
        except SourceError as error:
            self._report(str(error))
            appended = None
        except Replaced:
            appended = None
        if appended is not None:
            self._on_append(copy.source.path, appended)
            return True
        self._backlog.popleft()
        if isinstance(copy.source, Tail):
            self._draining.append(copy.source)
        else:
            copy.source.close()
        return True

    def _drain(self) -> bool:
        """Take what still comes to rotated files; let go of those that have fallen silent."""
        for tail in list(self._draining):
            try:
                silent = not self._advance(tail) and tail.quiet_for(self._drain_seconds)
                if tail.behind:
                    return True
                if silent and (last := tail.finish(self._appender, self._zone)):
                    self._on_append(tail.path, last)
            except Replaced:
                silent = True
            except SourceError as error:
                self._report(str(error))
                silent = True
            if silent:
                tail.close()
                self._draining.remove(tail)
        return False

    def _follow(self) -> bool:
        """Read on in the live file, or begin the one that has taken its place."""
        now_there = self._status()  # before reading: what is written later, is read later
        live = self._live
        if live is None:
            return self._begin() if now_there else self._await()
        if live.stream is None and live.identify(self._appender) and self._is_new_copy_there():
            self._close_live()  # what was here before us was copied and truncated
            return True
        try:
            self._advance(live)
        except Replaced:
            self._report(f"{self._name} was truncated: reading it from its beginning")
            self._leave(live)
            self._close_live()
            return True
        if live.behind:
            return True
        if now_there is None:
            self._note_absence()
        elif _place(now_there) == live.place:
            self._missing_since = None
        elif now_there.st_size:  # an empty one is not yet written to, but the old one may be
            self._leave(live)
            live.live = False
            self._draining.append(live)
            self._live = None
            self._report(f"{self._name} was rotated: reading the new file")
            return True
        return False

    def _leave(self, live: Tail) -> None:
        """What is at the path from now on is another stream, even if it begins the same."""
        self._left += filter(None, [live.stream])

    def _status(self) -> os.stat_result | None:
        try:
            return Path(self._path).stat()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def _advance(self, tail: Tail) -> bool:
        """Append a chunk of whole lines; whether there were any."""
        appended = tail.advance(self._appender, self._zone)
        if appended is None:
            return False
        self._complaint = ""
        self._on_append(tail.path, appended)
        return True

    def _begin(self) -> bool:
        """Open the live file, after everything that was rotated away from it unread."""
        try:
            live = Tail(self._path, live=True, exclude=self._left)
        except FileNotFoundError:
            return True
        settled = False
        try:
            live.identify(self._appender)
            settled = self._look_back(live)
        finally:
            if not settled:
                live.close()
        if settled:
            self._live = live
            self._missing_since = None
            where = f"byte {live.offset} on" if live.known else "its beginning"
            self._report(f"following {self._name} from {where}")
        return True

    def _await(self) -> bool:
        """There is no file, and was none since we began: its copies may still hold lines."""
        if self._missing_since is not None:
            return False
        if self._look_back(None):
            self._missing_since = time.monotonic()
            self._complain(f"{self._name} does not exist yet: waiting for it")
        return True

    def _note_absence(self) -> None:
        """The live file was removed or is being rotated; what is open is still read."""
        now = time.monotonic()
        self._missing_since = self._missing_since or now
        if now - self._missing_since >= _MISSING_SECONDS:
            self._complain(f"{self._name} has vanished: waiting for it to come back")

    def _look_back(self, live: Tail | None) -> bool:
        """Put the rotated copies that hold unread lines in the backlog.

        These are the newest of those that are stored in part, and all that are newer than it or
        than the last look. Where there is no such mark, history begins with the live file.
        False if files were moved meanwhile: nothing was done then.
        """
        before = self._listing()
        unread, complaints = self._unread_copies(before, live)
        now_there = self._status()
        at_place = live is None or (now_there is not None and live.place == _place(now_there))
        if not (at_place and _same_files(before, self._listing())):
            for copy in unread:
                copy.close()
            return False
        for complaint in complaints:
            self._report(complaint)
        for copy in unread:
            if not copy.done:
                self._report(f"reading {shown(copy.source.path)} first")
        self._backlog.extend(unread)
        self._seen = before
        return True

    def _unread_copies(
        self, listing: list[_Listed], live: Tail | None
    ) -> tuple[list[_Copy], list[str]]:
        """The copies to be read, oldest first, and what is to be said of unreadable ones."""
        unread: list[_Copy] = []
        complaints: list[str] = []
        dealt_with = {(listed.place, listed.version) for listed in self._seen}
        open_places = {tail.place for tail in self._draining}
        found = live is not None and live.known  # a mark: what is older was dealt with
        for path, place, version in reversed(listing):
            if place in open_places or (place, version) in dealt_with:
                found = True
                break
            try:
                copy = self._open_copy(path, plain_only=found)
            except SourceError as error:
                complaints.append(str(error))
                continue
            except OSError as error:
                complaints.append(f"{shown(path)} cannot be read: {error.strerror}")
                continue
            if copy is None:
                continue
            if found and not copy.known:
                copy.close()
                break
            unread.append(copy)
            found |= copy.known
            if copy.done:
                break
        while unread and not found:
            unread.pop().close()
        return unread[::-1], complaints

    def _is_new_copy_there(self) -> bool:
        return not _same_files(self._seen, self._listing())

    def _open_copy(self, path: str, *, plain_only: bool) -> _Copy | None:
        """A rotated copy and its stream; None if it is empty, or packed and not wanted."""
        with contextlib.ExitStack() as on_failure:
            content = on_failure.enter_context(Content(path))
            if not content.packed:
                tail = Tail(path, live=False)
                on_failure.callback(tail.close)
                tail.identify(self._appender, half_line=True)
                if tail.stream is None:
                    return None
                content.close()
                on_failure.pop_all()
                done = tail.known and tail.unstored <= 0
                return _Copy(tail, tail.known, done, tail.pour(self._appender, self._zone))
            if plain_only or (located := locate(content, self._appender)) is None:
                return None
            on_failure.pop_all()
            stream, _ = located
            return _Copy(content, stream.committed_offset > 0, False, self._pour(content, stream))

    def _pour(self, content: Content, stream: Stream) -> Generator[Appended, None, None]:
        with contextlib.closing(pour(content, stream, self._appender, self._zone)) as steps:
            for step in steps:
                yield step.appended

    def _listing(self) -> list[_Listed]:
        """The rotated copies that are there now, oldest first."""
        listing = []
        for path in rotated_copies(self._path):
            with contextlib.suppress(FileNotFoundError):
                status = Path(path).stat()
                version = status.st_mtime_ns, status.st_size
                listing.append(_Listed(path, _place(status), version))
        return listing

    def _complain(self, message: str) -> None:
        """Report what lasts; once."""
        if message != self._complaint:
            self._complaint = message
            self._report(message)


def _place(status: os.stat_result) -> Place:
    return status.st_dev, status.st_ino


def _same_files(before: list[_Listed], after: list[_Listed]) -> bool:
    """Whether the same files have the same names; they may have grown."""
    return [(c.path, c.place) for c in before] == [(c.path, c.place) for c in after]

"""Following files as they are written, through rotation, absence and downtime."""

import glob
import os
import sys
import threading
import time
from collections.abc import Iterable
from pathlib import Path

from watchdog.events import (
    DirCreatedEvent,
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    FileSystemEvent,
    FileSystemEventHandler,
)
from watchdog.observers import Observer

from tracer.sources.archives import Content, SourceError
from tracer.sources.chunks import HEAD_BYTES, Appender
from tracer.sources.identity import complain_if_binary
from tracer.sources.names import live_path, shown
from tracer.sources.watched import DRAIN_SECONDS, OnAppend, Report, Watched

COMMIT_SECONDS = 0.2  # between commits, when there is no backlog
POLL_SECONDS = 1.0  # between looks at the files, when nothing wakes us
_EVENTS: list[type[FileSystemEvent]] = [
    FileCreatedEvent,
    FileModifiedEvent,
    FileMovedEvent,
    DirCreatedEvent,
]


def follow(
    paths: Iterable[str],
    appender: Appender,
    stop: threading.Event,
    *,
    zone: str,
    report: Report = lambda message: print(message, file=sys.stderr, flush=True),
    on_append: OnAppend = lambda path, appended: None,
    drain_seconds: float = DRAIN_SECONDS,
) -> None:
    """Append what is written to these files until `stop` is set; returns after a whole commit.

    paths: files, which need not exist yet, folders and glob patterns.
    report: is given one sentence for each beginning, rotation and trouble.
    on_append: is given the path and what was added, for each commit.
    drain_seconds: how long a file that was rotated away must be silent until it is done.
    """
    patterns = list(paths)
    files: dict[str, Watched] = {}
    with _Waker(report) as waker:
        try:
            while not stop.is_set():
                waker.clear()
                for path in expand(patterns, files):
                    files[path] = Watched(path, appender, zone, report, on_append, drain_seconds)
                waker.watch(files)
                if not _step_all(files.values(), stop):
                    waker.wait(stop)
        finally:
            for file in files.values():
                file.close()


def _step_all(files: Iterable[Watched], stop: threading.Event) -> bool:
    """Take one step in each file, unless stopped between; whether more are due at once."""
    more = False
    for file in files:
        if stop.is_set():
            break
        more |= file.step()
    return more


def expand(patterns: Iterable[str], followed: Iterable[str] = ()) -> list[str]:
    """The absolute paths that patterns name and that are not followed yet.

    A folder or a glob pattern stands for the text files it holds now, without the rotated copies
    of others; a plain name stands for itself, whether it exists or not.
    """
    known = set(followed)
    found: list[str] = []
    for pattern in map(os.path.abspath, patterns):
        if Path(pattern).is_dir():
            names = [str(path) for path in sorted(Path(pattern).iterdir())]
        elif glob.has_magic(pattern) and not Path(pattern).exists():
            names = sorted(glob.glob(pattern))
        else:
            names = [pattern]
            found += names
        present = known.union(names)
        found += [n for n in names if n not in known and _is_live(n, present)]
    return [path for path in dict.fromkeys(found) if path not in known]


def _is_live(path: str, present: set[str]) -> bool:
    """Whether a file found in a folder is a log that may be written to."""
    live = live_path(path)
    if live != path and (live in present or Path(live).exists()):
        return False
    try:
        if not Path(path).is_file():
            return False
        with Content(path) as content:
            complain_if_binary(path, content.read(HEAD_BYTES))
            return not content.packed
    except SourceError:
        return False


class _Waker(FileSystemEventHandler):
    """Tells when one of the watched files may have changed; a context manager.

    Looks are due every POLL_SECONDS anyway, so that nothing depends on notification: it does
    not work on network file systems, and its handles are limited.
    """

    def __init__(self, report: Report) -> None:
        self._report = report
        self._woken = threading.Event()
        self._names: frozenset[str] = frozenset()
        self._folders: set[str] = set()
        self._observer = Observer()

    def __enter__(self) -> "_Waker":
        self._observer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._observer.stop()
        self._observer.join()

    def watch(self, paths: Iterable[str]) -> None:
        """Be woken by changes of these files; folders that do not exist yet are tried again."""
        real = {os.path.realpath(path) for path in paths}.union(paths)
        self._names = frozenset(real)
        for folder in {os.path.dirname(path) for path in real} - self._folders:
            if not Path(folder).is_dir():
                continue
            self._folders.add(folder)
            try:
                self._observer.schedule(self, folder, event_filter=_EVENTS)
            except OSError as error:
                self._report(
                    f"{shown(folder)}: no notification of changes ({error.strerror}); "
                    "looking once a second instead"
                )

    def on_any_event(self, event: FileSystemEvent) -> None:
        """Wake up if the event is about a watched file, or may make one appear."""
        if event.src_path in self._names or not isinstance(event, FileModifiedEvent):
            self._woken.set()

    def clear(self) -> None:
        """Forget what happened up to now."""
        self._woken.clear()

    def wait(self, stop: threading.Event) -> None:
        """Sleep until something happened, at least COMMIT_SECONDS and at most POLL_SECONDS."""
        deadline = time.monotonic() + POLL_SECONDS
        while not stop.wait(COMMIT_SECONDS) and time.monotonic() < deadline:
            if self._woken.is_set():
                return

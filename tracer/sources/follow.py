"""Following files as they are written, through rotation, absence and downtime."""

import contextlib
import os
import sys
import threading
import time
from collections.abc import Generator, Iterable
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
from tracer.sources.chunks import Appender
from tracer.sources.identity import locate
from tracer.sources.names import shown
from tracer.sources.reader import pour
from tracer.sources.selection import Selection
from tracer.sources.watched import DRAIN_SECONDS, OnAppend, Report, Watched
from tracer.sources.zones import Zones

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
    zones: Zones,
    report: Report = lambda message: print(message, file=sys.stderr, flush=True),
    on_append: OnAppend = lambda path, appended: None,
    drain_seconds: float = DRAIN_SECONDS,
) -> None:
    """Append what is written to these files until `stop` is set; returns after a whole commit.

    paths: files, which need not exist yet, folders and glob patterns. Archives and rotated
        copies among them are loaded first.
    report: is given one sentence for each beginning, rotation and trouble.
    on_append: is given the path and what was added, for each commit.
    drain_seconds: how long a file that was rotated away must be silent until it is done.
    """
    selection = Selection(paths)
    live, copies = selection.look()
    with contextlib.closing(_load_once(copies, appender, zones, report, on_append)) as steps:
        for _ in steps:
            if stop.is_set():
                return
    files: dict[str, Watched] = {}
    with _Waker(report) as waker:
        try:
            while not stop.is_set():
                waker.clear()
                for path in live:
                    files[path] = Watched(
                        path, appender, zones.of(path), report, on_append, drain_seconds
                    )
                waker.watch(files)
                live = []
                if not _step_all(files.values(), stop):
                    waker.wait(stop)
                    live, _ = selection.look()
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


def _load_once(
    paths: Iterable[str], appender: Appender, zones: Zones, report: Report, on_append: OnAppend
) -> Generator[None, None, None]:
    """Load archives and rotated copies, one chunk for each step taken."""
    for path in paths:
        try:
            with Content(path) as content:
                located = locate(content, appender)
                if located is None:
                    continue
                zone = zones.of(path)
                with contextlib.closing(pour(content, located[0], appender, zone)) as steps:
                    for step in steps:
                        on_append(path, step.appended)
                        yield
        except SourceError as error:
            report(str(error))


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

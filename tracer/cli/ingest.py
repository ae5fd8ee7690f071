"""`mailtracer ingest`: load log files, archives or standard input into the store."""

import argparse
import json
import sys
import time
from collections import deque
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from rich.progress import TextColumn

from tracer.cli.progress import bars
from tracer.cli.settings import add_parsing
from tracer.sources.archives import STDIN, Content, SourceError
from tracer.sources.chunks import Appended, Appender
from tracer.sources.identity import locate
from tracer.sources.names import oldest_first
from tracer.sources.reader import pour
from tracer.sources.zones import Zones
from tracer.store import open_appender
from tracer.store.reading import OwnerGoneError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="log files, plain or packed by gzip, bzip2, xz or zstd; - is standard input",
    )
    add_parsing(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as a JSON object")


def run(args: argparse.Namespace) -> int:
    """Load every file that can be read; 2 if there was one that could not."""
    summary = _Summary()
    paths = [path for path in _in_order(args.paths) if _can_be_opened(path, summary)]
    if not paths:
        return 2
    with _Bar(paths) as bar:
        _load_all(args, paths, summary, bar)
    print(json.dumps(summary.as_json()) if args.json else summary.as_text())
    return 2 if summary.failed else 0


@dataclass
class _Summary:
    """What was loaded; times are naive UTC.

    lines: of all files, stored before or not. half_lines: files whose last line is not complete.
    """

    files: int = 0
    failed: int = 0
    lines: int = 0
    new_lines: int = 0
    unparsed: int = 0
    half_lines: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started

    @property
    def events(self) -> int:
        return self.new_lines - self.unparsed

    def add(self, appended: Appended) -> None:
        self.new_lines += appended.lines
        self.unparsed += appended.unparsed
        if appended.first_at and appended.last_at:
            self.first_at = min(self.first_at or appended.first_at, appended.first_at)
            self.last_at = max(self.last_at or appended.last_at, appended.last_at)

    def fail(self, error: SourceError) -> None:
        self.failed += 1
        print(f"mailtracer: {error}", file=sys.stderr)

    def as_json(self) -> dict[str, object]:
        seconds = self.seconds
        return {
            "files": self.files,
            "failed": self.failed,
            "lines": self.lines,
            "new_lines": self.new_lines,
            "events": self.events,
            "unparsed": self.unparsed,
            "half_lines": self.half_lines,
            "first_at": self.first_at and f"{self.first_at.isoformat()}Z",
            "last_at": self.last_at and f"{self.last_at.isoformat()}Z",
            "seconds": round(seconds, 3),
            "lines_per_second": round(self.new_lines / seconds),
        }

    def as_text(self) -> str:
        files = f"{self.files} file{'' if self.files == 1 else 's'}"
        text = f"{files}, {self.lines:,} lines: {self.new_lines:,} new lines"
        if self.new_lines:
            seconds = self.seconds
            text += (
                f" ({self.events:,} events, {self.unparsed:,} unparsed, "
                f"{self.unparsed / self.new_lines:.2%})"
                f"{_span(self.first_at, self.last_at)}"
                f"\n{seconds:.1f} s, {self.new_lines / seconds:,.0f} lines/s"
            )
        if self.half_lines:
            text += "\na last line without its end is kept, and counts once it is complete"
        return text


def _span(first: datetime | None, last: datetime | None) -> str:
    if first is None or last is None:
        return ""
    ends = [t.replace(tzinfo=UTC).astimezone().strftime("%Y-%m-%d %H:%M:%S") for t in (first, last)]
    return f"\nfrom {ends[0]} to {ends[1]}"


class _Bar:
    """Percent of the bytes on disk, lines a second and time left; only on a terminal."""

    def __init__(self, paths: list[str]) -> None:
        self._progress = bars(TextColumn("{task.fields[rate]}", markup=False))
        sizes = [_size(path) for path in paths]
        total = None if None in sizes else sum(size or 0 for size in sizes)
        self._task = self._progress.add_task("loading", total=total, rate="")
        self._started = time.monotonic()
        self._done = 0
        self._lines = 0

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def moved(self, consumed: int, lines: int) -> None:
        """So much of the current file was read; so many lines more."""
        self._lines += lines
        rate = self._lines / (time.monotonic() - self._started)
        self._progress.update(
            self._task, completed=self._done + consumed, rate=f"{rate:,.0f} lines/s"
        )

    def finished(self, path: str) -> None:
        """The whole file was read."""
        self._done += _size(path) or 0
        self._progress.update(self._task, completed=self._done)


def _load_all(args: argparse.Namespace, paths: list[str], summary: _Summary, bar: _Bar) -> None:
    """Load the files one after the other, through the store's owner if it has one.

    Where the owner ends meanwhile, this becomes it and takes the file up again; a pipe cannot be.
    """
    waiting = deque(paths)
    while waiting:
        with open_appender(args.db, args.shapes, bulk=True) as appender:
            try:
                while waiting:
                    _load(waiting[0], appender, args.zones, summary, bar)
                    bar.finished(waiting.popleft())
            except OwnerGoneError:
                if waiting[0] == STDIN:
                    raise


def _load(path: str, appender: Appender, zones: Zones, summary: _Summary, bar: _Bar) -> None:
    """Load one file; what is wrong with it is said, and what precedes that is stored."""
    lines = 0
    try:
        with Content(path) as content:
            if located := locate(content, appender):
                stream, lines = located
                with closing(pour(content, stream, appender, zones.of(path))) as steps:
                    for step in steps:
                        lines += step.lines
                        summary.half_lines += step.half_line
                        summary.add(step.appended)
                        bar.moved(step.consumed, step.lines)
        summary.files += 1
    except SourceError as error:
        summary.fail(error)
    summary.lines += lines


def _in_order(paths: list[str]) -> list[str]:
    """Older files first, standard input last."""
    files = oldest_first(path for path in paths if path != STDIN)
    return files + [STDIN] * (STDIN in paths)


def _can_be_opened(path: str, summary: _Summary) -> bool:
    """Whether it makes sense to open the store for this file."""
    if path == STDIN:
        return True
    try:
        Content(path).close()
    except SourceError as error:
        summary.fail(error)
        return False
    return True


def _size(path: str) -> int | None:
    """Bytes on the disk; None for pipes."""
    file = Path(path)
    return file.stat().st_size if path != STDIN and file.is_file() else None

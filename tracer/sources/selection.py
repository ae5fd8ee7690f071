"""Which files the paths given to `watch` stand for: logs to follow, and copies to read once."""

import glob
import os
from collections.abc import Iterable, Iterator
from enum import Enum
from pathlib import Path

from parsers.headers import split_header
from tracer.sources.archives import Content, SourceError
from tracer.sources.identity import complain_if_binary
from tracer.sources.names import live_path, oldest_first

_LOOKED_AT = 16_384  # bytes; an entry of the journal as JSON is one line of a kilobyte or two


class _Found(Enum):
    """How a path was arrived at, and so what it must prove."""

    NAMED = "by its name"  # nothing: it need not even exist
    MATCHED = "by a pattern"  # that it is a text file or an archive of one
    LISTED = "in a folder"  # that its beginning has a log line


class Selection:
    """The files that names, patterns and folders stand for, also those that appear later."""

    def __init__(self, paths: Iterable[str]) -> None:
        self._paths = [os.path.abspath(path) for path in paths]
        self._taken: set[str] = set()
        self._refused: dict[str, tuple[int, int]] = {}  # and their state then

    def look(self) -> tuple[list[str], list[str]]:
        """What was not there at the last look: logs to follow; archives and rotated copies.

        The latter come oldest first.
        """
        candidates = dict(self._candidates())
        present = self._taken | candidates.keys()
        live: list[str] = []
        copies: list[str] = []
        for path, found in candidates.items():
            if path not in self._taken and (found is _Found.NAMED or self._is_log(path, found)):
                self._taken.add(path)
                (copies if _is_copy(path, present) else live).append(path)
        return live, oldest_first(copies)

    def _candidates(self) -> Iterator[tuple[str, _Found]]:
        for path in self._paths:
            if Path(path).is_dir():
                yield from ((str(p), _Found.LISTED) for p in sorted(Path(path).rglob("*")))
            elif glob.has_magic(path) and not Path(path).exists():
                yield from ((p, _Found.MATCHED) for p in sorted(glob.glob(path)))
            else:
                yield path, _Found.NAMED

    def _is_log(self, path: str, found: _Found) -> bool:
        """Whether a file is one; looked into again only when it has changed."""
        try:
            status = Path(path).stat()
            state = status.st_size, status.st_mtime_ns
            if not Path(path).is_file() or self._refused.get(path) == state:
                return False
            with Content(path) as content:
                head = content.read(_LOOKED_AT)
            complain_if_binary(path, head)
        except (OSError, SourceError):
            return False  # nobody asked for this very file
        fits = found is _Found.MATCHED or _has_log_line(head)
        if not fits:
            self._refused[path] = state
        return fits


def _has_log_line(head: bytes) -> bool:
    """Whether one of the first lines is one of a log."""
    return any(map(split_header, head.decode("utf-8", "replace").split("\n")))


def _is_copy(path: str, present: set[str]) -> bool:
    """Whether nobody writes to the file: it was rotated away from another, or is an archive."""
    live = live_path(path)
    if live != path and (live in present or Path(live).exists()):
        return True
    try:
        with Content(path) as content:
            return content.packed
    except SourceError:
        return False

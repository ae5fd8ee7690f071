"""What the store holds, and how far it is behind the files that it is read from."""

import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from tracer.queries.metrics import Source, Sums, sums
from tracer.store import open_reader

_PACKED = (".gz", ".bz2", ".xz", ".zst", ".Z", ".lz4")


@dataclass(frozen=True, slots=True)
class Lag:
    """Of a file that still is where it was read, and is no archive.

    unread_bytes: what it has that is not stored; a line that is being written counts.
    last_at: of its latest line, naive UTC; None where it has none with a time.
    """

    path: str
    unread_bytes: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Held:
    """All that is told of a store."""

    sums: Sums
    lags: list[Lag]


def read(db: str) -> Held:
    """Read it; raises TracerError where that is not possible."""
    with open_reader(db) as reader:
        found = sums(reader, datetime.now(UTC).replace(tzinfo=None))
    return Held(found, [lag for source in found.sources if (lag := _lag(source)) is not None])


def _lag(source: Source) -> Lag | None:
    if source.path.endswith(_PACKED):
        return None
    try:
        status = Path(source.path).stat()
    except OSError:  # rotated away, or not ours to see: then nothing is known of it
        return None
    if (status.st_dev, status.st_ino) != (source.device, source.inode):
        return None
    return Lag(source.path, max(0, status.st_size - source.committed_offset), source.last_at)


def sizes(db: str) -> dict[str, int]:
    """Bytes on disk: of the store, and of what was committed but is not yet in it (`wal`)."""
    found = {}
    for name, path in ("store", Path(db)), ("wal", Path(f"{db}.wal")):
        try:
            found[name] = os.stat(path).st_size
        except FileNotFoundError:
            found[name] = 0
    return found

"""One plain file that grows: its whole lines, from where its stream is stored up to its end."""

import os
import stat
import time
from collections.abc import Generator, Iterable
from datetime import UTC, datetime

from parsers.headers.export import Records
from tracer.sources.archives import SourceError
from tracer.sources.chunks import HEAD_BYTES, Appended, Appender, Chunk, Ending, Stream
from tracer.sources.identity import has_tail, identity_of, resolve
from tracer.sources.names import shown
from tracer.sources.reader import CHUNK_BYTES, LONGEST_LINE, endless_line

Place = tuple[int, int]  # device and inode


class Replaced(Exception):  # noqa: N818 - an event, not an error
    """The file was truncated or written anew: its content is another stream now."""


class Tail:
    """An open plain file and the stream it belongs to; its owner closes it.

    behind: the last `advance` left more than it read.
    live: it is at its place, so that it cannot be an older copy of what is stored.
    stream: None until there is a whole line.
    """

    def __init__(self, path: str, *, live: bool, exclude: Iterable[Stream] = ()) -> None:
        """exclude: streams that were here before, and that the file cannot be."""
        self.path = path
        self.live = live
        self._exclude = tuple(exclude)
        self.stream: Stream | None = None
        self.behind = False
        self._head = b""  # by which the stream was found
        self._scanned = 0  # no line's end between the committed offset and here
        self._records = Records()  # of what was scanned
        self._grew_at = time.monotonic()
        self._descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
        status = os.fstat(self._descriptor)
        if not stat.S_ISREG(status.st_mode):
            os.close(self._descriptor)
            raise SourceError(f"{shown(path)} is not a regular file: it cannot be followed")
        self.place: Place = status.st_dev, status.st_ino

    def close(self) -> None:
        """Close the file."""
        os.close(self._descriptor)

    @property
    def offset(self) -> int:
        """Up to where it is stored."""
        return self.stream.committed_offset if self.stream else 0

    @property
    def known(self) -> bool:
        """Whether some of it is stored already."""
        return self.offset > 0

    @property
    def unstored(self) -> int:
        """Bytes beyond what is stored, a half-written line among them."""
        return os.fstat(self._descriptor).st_size - self.offset

    def quiet_for(self, seconds: float) -> bool:
        """Whether nothing was written for so long, by our clock or by the file's own time."""
        aged = time.time() - os.fstat(self._descriptor).st_mtime
        return max(aged, time.monotonic() - self._grew_at) >= seconds

    def identify(self, appender: Appender, *, half_line: bool = False) -> bool:
        """Find the stream; false while there is no whole line (or nothing, by `half_line`)."""
        head = self._read(0, HEAD_BYTES)
        if not head or not (half_line or b"\n" in head or len(head) == HEAD_BYTES):
            return False
        identity = identity_of(self.path, head, *self.place)
        self.stream = resolve(appender, identity, self._continues, self._exclude)
        self._head = head
        self._scanned = 0
        return True

    def advance(self, appender: Appender, zone: str) -> Appended | None:
        """Append the whole lines that are there, a chunk at most; None if there are none.

        Raises Replaced if the file does not go on from what is stored.
        """
        size = os.fstat(self._descriptor).st_size
        if self.stream is None and not self.identify(appender):
            return None
        assert self.stream is not None
        if not (self._continues(self.stream) and self._read(0, len(self._head)) == self._head):
            raise Replaced
        data = self._whole_lines(self.stream, size)
        return self._append(appender, data, Ending.LINE, zone) if data else None

    def pour(self, appender: Appender, zone: str) -> Generator[Appended, None, None]:
        """Append all whole lines, one chunk for each step taken."""
        while appended := self.advance(appender, zone):
            yield appended

    def finish(self, appender: Appender, zone: str) -> Appended | None:
        """Store a half-written last line as it is, since nobody will complete it."""
        if self.stream is None:
            self.identify(appender, half_line=True)
        data = self._read(self.offset, self.unstored) if self.unstored > 0 else b""
        return self._append(appender, data, Ending.FINAL, zone) if data else None

    def _append(self, appender: Appender, data: bytes, ending: Ending, zone: str) -> Appended:
        assert self.stream is not None
        modified_at = datetime.fromtimestamp(os.fstat(self._descriptor).st_mtime, UTC)
        chunk = Chunk(self.stream, self.offset, data, ending, modified_at, zone)
        appended = appender.append(chunk)
        self.stream = appended.stream
        self._scanned = self.offset
        self._grew_at = time.monotonic()
        return appended

    def _whole_lines(self, stream: Stream, size: int) -> bytes:
        """From the offset to the last line's end, about a chunk.

        The stored tail is read by the same call as what follows it, so that nothing slips in
        between when the file is truncated and written again.
        """
        start, tail_length = stream.committed_offset, stream.tail_length
        while True:
            half_line = self._scanned > start
            end = self._next_line_end(size) if half_line else min(size, start + CHUNK_BYTES)
            if end <= start:
                self.behind = False
                return b""
            data = self._read(start - tail_length, tail_length + end - start)
            if not has_tail(stream, data[:tail_length]):
                raise Replaced
            data = data[tail_length:]
            self._records = Records()
            ends = self._records.ends(data)
            self.behind = end < size
            if len(ends):
                return data[: int(ends[-1])]
            self._scan_to(end)

    def _next_line_end(self, size: int) -> int:
        """Where the half-written line ends; 0 if it does not yet. No byte is looked at twice."""
        while self._scanned < size:
            data = self._read(self._scanned, min(CHUNK_BYTES, size - self._scanned))
            if not data:
                break
            ends = self._records.ends(data)
            if len(ends):
                return self._scanned + int(ends[0])
            self._scan_to(self._scanned + len(data))
        return 0

    def _scan_to(self, offset: int) -> None:
        self._scanned, self._grew_at = offset, time.monotonic()
        if offset - self.offset > LONGEST_LINE:
            raise endless_line(self.path)

    def _continues(self, stream: Stream) -> bool:
        """Whether the file has the stream's last stored bytes in their place.

        A copy that is shorter than what is stored is taken for its beginning.
        """
        size = os.fstat(self._descriptor).st_size
        if size < max(stream.committed_offset, self._scanned):
            return not self.live
        tail = self._read(stream.committed_offset - stream.tail_length, stream.tail_length)
        return has_tail(stream, tail)

    def _read(self, offset: int, size: int) -> bytes:
        return os.pread(self._descriptor, size, offset)

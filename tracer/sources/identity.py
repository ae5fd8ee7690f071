"""Which stream of the store a log is: by its first bytes, proved by the last stored ones."""

import hashlib
import os
from collections.abc import Callable, Iterable

from parsers.headers.export import Records
from tracer.sources.archives import STDIN, Content, SourceError
from tracer.sources.chunks import HEAD_BYTES, Appender, Identity, Stream
from tracer.sources.names import shown

_TAR_MAGIC = slice(257, 262)
_SKIP_BYTES = 1 << 20


def resolve(
    appender: Appender,
    identity: Identity,
    continues: Callable[[Stream], bool],
    exclude: Iterable[Stream] = (),
) -> Stream:
    """The stream with this identity whose stored tail the content has, else a new one.

    continues: whether the content goes on from what is stored of a stream; always true for a
    stream of which nothing is stored.
    exclude: what it cannot be, whatever it looks like.
    """
    excluded = tuple((s.source_id, s.generation) for s in exclude)
    while True:
        stream = appender.resolve(identity, exclude=excluded)
        if stream.committed_offset == 0 or continues(stream):
            return stream
        excluded += ((stream.source_id, stream.generation),)


def has_tail(stream: Stream, tail: bytes) -> bool:
    """Whether these are the last stored bytes of a stream."""
    return hashlib.blake2b(tail, digest_size=16).digest() == stream.tail_digest


def identity_of(path: str, head: bytes, device: int | None, inode: int | None) -> Identity:
    """The identity of a log; SourceError where it is none."""
    complain_if_binary(path, head)
    name = path if path == STDIN else os.path.abspath(path)
    storable = os.fsencode(name).decode("utf-8", "backslashreplace")
    return Identity(storable, head, device, inode)


def complain_if_binary(path: str, head: bytes) -> None:
    """Raise SourceError if a log cannot begin so. Stray NULs, as a crash leaves them, may."""
    name = "standard input" if path == STDIN else shown(path)
    if head[_TAR_MAGIC] == b"ustar":
        raise SourceError(f"{name} is a tar archive: unpack it and name the logs in it")
    if b"\0" in head and not any(_is_text(line) for line in head.split(b"\n")[:-1]):
        raise SourceError(f"{name} is a binary file, not a log: name text files or packed ones")


def _is_text(line: bytes) -> bool:
    return len(line) >= 10 and line.decode("utf-8", "replace").replace("\t", " ").isprintable()


def locate(content: Content, appender: Appender) -> tuple[Stream, int] | None:
    """The stream of an opened log and the number of its lines that are stored already.

    Leaves the content where reading goes on, or at its end if it is shorter than what is stored.
    None for an empty log.
    """
    head = content.read(HEAD_BYTES)
    if not head:
        return None
    known_lines = 0

    def continues(stream: Stream) -> bool:
        nonlocal known_lines
        content.rewind()
        known_lines, tail = _skip(content, stream.committed_offset, stream.tail_length)
        return tail is None or has_tail(stream, tail)

    identity = identity_of(content.path, head, content.device, content.inode)
    stream = resolve(appender, identity, continues)
    if stream.committed_offset == 0:
        known_lines = 0
        content.rewind()
    content.settle()
    return stream, known_lines


def _skip(content: Content, size: int, tail_length: int) -> tuple[int, bytes | None]:
    """Read `size` bytes: the lines in them, the last bytes (None if there were fewer)."""
    records, lines, tail = Records(), 0, b""
    while size:
        data = content.read(min(size, _SKIP_BYTES))
        if not data:
            return lines, None
        lines += len(records.ends(data))
        size -= len(data)
        tail = (tail + data)[-tail_length:] if tail_length else b""
    return lines, tail

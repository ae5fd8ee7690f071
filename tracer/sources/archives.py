"""The bytes of a log, whatever it is packed in: told by magic bytes, never by the name.

Formats: gzip (RFC 1952), bzip2, xz and Zstandard (RFC 8878), each with any number of members in
a row, as `cat a.gz b.gz`, pbzip2 and pzstd make them. What precedes a damage is delivered first.
"""

import bz2
import contextlib
import lzma
import os
import re
import stat
import tempfile
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from types import TracebackType
from typing import Protocol, Self

import zstandard

from tracer.errors import TracerError
from tracer.sources.names import shown

STDIN = "-"
_PIECE_BYTES = 4096  # packed bytes a decoder gets at once: bounds what a bomb can blow up to
_OUTPUT_BYTES = 1 << 20  # unpacked bytes at once, from decoders that can be told
_SPOOL_BYTES = 1 << 20  # of a pipe, kept in memory before they go to a temporary file
_MAGIC_BYTES = 16
_SETTLED_SECONDS = 3600.0  # after which half a line will not be completed
_DECODER_ERRORS = (zlib.error, lzma.LZMAError, zstandard.ZstdError, OSError, EOFError)


class SourceError(TracerError):
    """A log that cannot be read; other logs can."""


class DamagedArchiveError(SourceError):
    """An archive that ends early, or that cannot be decoded from some point on."""


class _Decoder(Protocol):
    """What the decoders of zlib, bz2, lzma and zstandard have in common."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


@dataclass(frozen=True, slots=True)
class _Format:
    name: str
    magic: re.Pattern[bytes]
    decoder: Callable[[], _Decoder]


_FORMATS = (
    _Format("gzip", re.compile(rb"\x1f\x8b\x08"), lambda: zlib.decompressobj(wbits=31)),
    _Format("bzip2", re.compile(rb"BZh[1-9](1AY&SY|\x17rE8P\x90)"), bz2.BZ2Decompressor),
    _Format("xz", re.compile(rb"\xfd7zXZ\0"), lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ)),
    _Format(
        "Zstandard",
        re.compile(rb"\x28\xb5\x2f\xfd|[\x50-\x5f]\x2a\x4d\x18"),  # or a skippable frame
        lambda: zstandard.ZstdDecompressor().decompressobj(),
    ),
)


class _Pipe:
    """A stream without seek that can still be read again from its start, until `forget`."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._kept = tempfile.SpooledTemporaryFile[bytes](_SPOOL_BYTES)
        self._keep = True

    def read(self, size: int) -> bytes:
        data = self._kept.read(size)
        if not data:
            data = os.read(self._descriptor, size)
            if self._keep:
                self._kept.write(data)
        return data

    def seek(self, offset: int) -> None:
        self._kept.seek(offset)

    def forget(self) -> None:
        self._keep = False


class Content:
    """The unpacked bytes of one opened log, read from their beginning on. Closed by `with`.

    packed: it is an archive.
    complete: its last line is whole though it may lack a line feed: archives, pipes, standard
        input, and files that nobody has written to for long.
    size: bytes on the disk, None for pipes; consumed: how many of them were read so far.
    offset: where reading goes on, in unpacked bytes.
    modified_at: when the log was last written; None for pipes.
    """

    def __init__(self, path: str) -> None:
        self.path = path
        self._descriptor = _open(path)
        status = os.fstat(self._descriptor)
        regular = stat.S_ISREG(status.st_mode) and path != STDIN
        self._pipe = None if regular else _Pipe(self._descriptor)
        self.size = status.st_size if regular else None
        self.device = status.st_dev if regular else None
        self.inode = status.st_ino if regular else None
        self.consumed = 0
        magic = self._read_raw(_MAGIC_BYTES)
        self._format = next((f for f in _FORMATS if f.magic.match(magic)), None)
        self.packed = self._format is not None
        settled = time.time() - status.st_mtime > _SETTLED_SECONDS
        self.complete = self.packed or not regular or settled
        modified = min(status.st_mtime, _packed_mtime(magic) or status.st_mtime)
        self.modified_at = datetime.fromtimestamp(modified, UTC) if regular else None
        self.rewind()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file; standard input stays open."""
        if self.path != STDIN:
            os.close(self._descriptor)

    def rewind(self) -> None:
        """Go back to the beginning; not possible after `settle`."""
        self._seek_raw(0)
        self._pieces = self._unpacked(self._format) if self._format else None
        self.offset = 0
        self._left = b""
        self._damage: SourceError | None = None

    def go_to(self, offset: int) -> None:
        """Read on from `offset` of the unpacked bytes; not possible after `settle` of a pipe."""
        self.rewind()
        if not self.packed:
            self._seek_raw(offset)
            self.offset = offset
            return
        while self.offset < offset and self.read(min(offset - self.offset, _OUTPUT_BYTES)):
            pass

    def settle(self) -> None:
        """Promise not to rewind again, so that a pipe's bytes need not be kept."""
        if self._pipe is not None:
            self._pipe.forget()

    def read(self, size: int) -> bytes:
        """The next `size` bytes, fewer only at the end, and b"" after it.

        Raises DamagedArchiveError once everything before the damage has been given.
        """
        parts, have = [self._left] if self._left else [], len(self._left)
        while have < size and self._damage is None:
            try:
                piece = next(self._pieces, None) if self._pieces else self._read_raw(size - have)
            except SourceError as damage:
                self._damage = damage
                break
            if piece is None or (not piece and not self._pieces):
                break
            parts.append(piece)
            have += len(piece)
        if have > size:
            parts[-1], self._left = parts[-1][: size - have], parts[-1][size - have :]
        else:
            self._left = b""
        if not have and self._damage is not None:
            raise self._damage
        self.offset += min(have, size)
        return b"".join(parts)

    def _unpacked(self, form: _Format) -> Iterator[bytes]:
        """What the members decode to, one after the other, in pieces."""
        decoder: _Decoder | None = None
        start = given = 0  # of the member: its first packed byte, its bytes given so far
        while data := self._read_raw(_PIECE_BYTES):
            while data:
                if decoder is None:
                    data = data.lstrip(b"\0")  # padding between members
                    if not data:
                        break
                    decoder, start, given = form.decoder(), self.consumed - len(data), 0
                try:
                    for piece in _decoded(decoder, data):
                        given += len(piece)
                        yield piece
                except _DECODER_ERRORS as error:
                    yield from self._salvaged(form, start, given)
                    raise self._damaged(form, f"cannot be unpacked after byte {start}") from error
                data = b""
                if decoder.eof:
                    data, decoder = decoder.unused_data, None
        if decoder is not None:
            raise self._damaged(form, "ends too early")

    def _salvaged(self, form: _Format, start: int, given: int) -> Iterator[bytes]:
        """What the member at `start` still yields after its first `given` bytes.

        A decoder that fails forgets what it decoded in that call: it is fed byte by byte here.
        """
        if self._pipe is not None:
            return
        decoder, end = form.decoder(), self.consumed
        self._seek_raw(start)
        with contextlib.suppress(*_DECODER_ERRORS):
            while size := min(_PIECE_BYTES, end - self.consumed):
                data = self._read_raw(size)
                step = size if self.consumed <= end - _PIECE_BYTES else 1
                for part in (data[i : i + step] for i in range(0, size, step)):
                    for piece in _decoded(decoder, part):
                        yield piece[given:]
                        given = max(0, given - len(piece))

    def _damaged(self, form: _Format, what: str) -> DamagedArchiveError:
        return DamagedArchiveError(
            f"{shown(self.path)}: the {form.name} archive is damaged: it {what}; "
            "every line before that is stored"
        )

    def _read_raw(self, size: int) -> bytes:
        try:
            data = self._pipe.read(size) if self._pipe else os.read(self._descriptor, size)
        except OSError as error:
            raise SourceError(f"cannot read {shown(self.path)}: {error.strerror}") from error
        self.consumed += len(data)
        return data

    def _seek_raw(self, offset: int) -> None:
        if self._pipe:
            self._pipe.seek(offset)
        else:
            os.lseek(self._descriptor, offset, os.SEEK_SET)
        self.consumed = offset


def _open(path: str) -> int:
    """A descriptor of what is to be read; SourceError where it cannot be."""
    if path == STDIN:
        return 0
    name = shown(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise SourceError(f"{name} does not exist: check the name") from error
    except PermissionError as error:
        raise SourceError(
            f"{name} may not be read by this user: run as one who may (group adm on Debian)"
        ) from error
    except OSError as error:
        raise SourceError(f"cannot open {name}: {error.strerror}") from error
    if stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SourceError(f"{name} is a directory: name the files in it, as in {name}/mail.log*")
    return descriptor


def _packed_mtime(magic: bytes) -> int:
    """When the log in a gzip archive was last written, by its header; 0 where it does not say."""
    if len(magic) < 8 or not magic.startswith(b"\x1f\x8b"):
        return 0
    return int.from_bytes(magic[4:8], "little")


def _decoded(decoder: _Decoder, data: bytes) -> Iterator[bytes]:
    """What `data` adds, in pieces: the decoder has then taken all of it, or is at its end."""
    if isinstance(decoder, bz2.BZ2Decompressor | lzma.LZMADecompressor):
        yield decoder.decompress(data, _OUTPUT_BYTES)
        while not (decoder.eof or decoder.needs_input):
            yield decoder.decompress(b"", _OUTPUT_BYTES)
    else:
        yield decoder.decompress(data)

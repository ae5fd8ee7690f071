r"""Bytes to lines and back, exactly.

A line that is valid UTF-8 without NUL is kept as it is. Any other is kept with `\` doubled and
each offending byte as `\xNN`, and is marked as escaped. The common case is a few passes of
native code over the whole chunk; only offending lines are touched one by one.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

LINE_FEED = 10
_WINDOW = 1 << 20  # bytes decoded at once in search of what is not UTF-8
_LONGEST = (1 << 31) - 1  # Arrow's strings have 32-bit offsets
_ESCAPE = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))")


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a chunk.

    starts: where each begins, in bytes from the chunk's start.
    texts: without their line feeds.
    escaped: which texts are escaped.
    """

    starts: npt.NDArray[np.int64]
    texts: pa.StringArray
    escaped: npt.NDArray[np.bool_]


def split(data: bytes) -> Lines:
    """The lines of `data`; the last may lack its line feed."""
    ends = _line_ends(data)
    starts = np.concatenate(([0], ends[:-1] + 1)).astype(np.int64) if len(ends) else ends
    escaped = np.zeros(len(ends), dtype=np.bool_)
    offending = sorted(_offending(data, ends))
    if offending:
        escaped[offending] = True
        data = _escape_lines(data, starts, ends, offending)
        ends = _line_ends(data)
    if len(data) > _LONGEST:
        raise ValueError(f"a chunk of {len(data)} bytes is too large")
    offsets = np.zeros(len(ends) + 1, dtype=np.int32)
    offsets[1:] = ends - np.arange(len(ends))  # where texts end once line feeds are taken out
    texts = pa.StringArray.from_buffers(
        len(ends), pa.py_buffer(offsets), pa.py_buffer(data.replace(b"\n", b""))
    )
    return Lines(starts, texts, escaped)


def join(text: str, escaped: bool, terminated: bool) -> bytes:
    """The bytes that a stored line was."""
    data = text.encode()
    if escaped:
        data = _ESCAPE.sub(lambda m: bytes.fromhex(m[1].decode()) if m[1] else b"\\", data)
    return data + b"\n" if terminated else data


def _line_ends(data: bytes) -> npt.NDArray[np.int64]:
    """Where the line feeds are, and the end of data if it is not one."""
    ends = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == LINE_FEED)
    return ends if not data or data.endswith(b"\n") else np.append(ends, len(data))


def _offending(data: bytes, ends: npt.NDArray[np.int64]) -> set[int]:
    """Numbers of the lines that hold a NUL or are not UTF-8."""
    lines: set[int] = set()
    if b"\0" in data:
        nuls = np.flatnonzero(np.frombuffer(data, dtype=np.uint8) == 0)
        lines.update(np.unique(np.searchsorted(ends, nuls)).tolist())
    if not data.isascii():
        lines.update(_undecodable(data, ends))
    return lines


def _undecodable(data: bytes, ends: npt.NDArray[np.int64]) -> Iterator[int]:
    view = memoryview(data)
    at = 0
    while at < len(data):
        window = view[at : at + _WINDOW]
        try:
            _, length = codecs.utf_8_decode(window, "strict", at + _WINDOW >= len(data))
            at += length
        except UnicodeDecodeError as error:
            line = int(np.searchsorted(ends, at + error.start))
            yield line
            at = int(ends[line]) + 1


def _escape_lines(
    data: bytes,
    starts: npt.NDArray[np.int64],
    ends: npt.NDArray[np.int64],
    offending: list[int],
) -> bytes:
    pieces: list[bytes] = []
    at = 0
    for line in offending:
        start, end = int(starts[line]), int(ends[line])
        pieces += (data[at:start], _escape(data[start:end]))
        at = end
    return b"".join((*pieces, data[at:]))


def _escape(line: bytes) -> bytes:
    doubled = line.replace(b"\\", b"\\\\").replace(b"\0", b"\\x00")
    return doubled.decode("utf-8", "backslashreplace").encode()

"""Bytes to lines and back, exactly.

An entry of the journal's export format counts as one line, line feeds within it and all. A line
that is valid UTF-8 without NUL is kept as it is; any other is kept as parsers.texts has it, and is
marked as escaped. The common case is a few passes of native code over the whole chunk; only
offending lines are touched one by one.
"""

import codecs
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from parsers.headers.export import Records
from parsers.texts import escaped as escaped_bytes
from parsers.texts import unescaped as unescaped_bytes

_WINDOW = 1 << 20  # bytes decoded at once in search of what is not UTF-8
_LONGEST = (1 << 31) - 1  # Arrow's strings have 32-bit offsets


@dataclass(frozen=True, slots=True)
class Lines:
    """The lines of a chunk.

    starts: where each begins, in bytes from the chunk's start.
    texts: without the line feeds that end them.
    escaped: which texts are escaped.
    is_whole: the last line is complete.
    """

    starts: npt.NDArray[np.int64]
    texts: pa.StringArray
    escaped: npt.NDArray[np.bool_]
    is_whole: bool


def split(data: bytes) -> Lines:
    """The lines of `data`; the last may be incomplete."""
    ends = Records().ends(data)
    size = int(ends[-1]) if len(ends) else 0
    is_whole = size == len(data)
    if not is_whole:
        ends = np.append(ends, len(data))
    starts = np.concatenate(([0], ends[:-1])) if len(ends) else ends
    ends = ends - 1  # without the line feeds
    if data and not data.endswith(b"\n"):
        ends[-1] = len(data)
    escaped = np.zeros(len(ends), dtype=np.bool_)
    offending = sorted(_offending(data, ends))
    if offending:
        escaped[offending] = True
        data, ends = _escape_lines(data, starts, ends, offending)
    if len(data) > _LONGEST:
        raise ValueError(f"a chunk of {len(data)} bytes is too large")
    offsets = np.zeros(len(ends) + 1, dtype=np.int32)
    offsets[1:] = ends - np.arange(len(ends))  # where texts end once line feeds are taken out
    texts = pa.StringArray.from_buffers(
        len(ends), pa.py_buffer(offsets), pa.py_buffer(_without_feeds(data, ends))
    )
    return Lines(starts, texts, escaped, is_whole)


def _without_feeds(data: bytes, ends: npt.NDArray[np.int64]) -> bytes:
    """The data without the line feeds that lines end with."""
    feeds = ends[ends < len(data)]
    texts = data.replace(b"\n", b"")
    if len(texts) + len(feeds) < len(data):  # there are others, within lines
        texts = np.delete(np.frombuffer(data, np.uint8), feeds).tobytes()
    return texts


def join(text: str, escaped: bool, terminated: bool) -> bytes:
    """The bytes that a stored line was."""
    data = unescaped_bytes(text) if escaped else text.encode()
    return data + b"\n" if terminated else data


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
) -> tuple[bytes, npt.NDArray[np.int64]]:
    """The data with these lines escaped, and where lines end in them."""
    pieces: list[bytes] = []
    growth = np.zeros(len(ends), np.int64)
    at = 0
    for line in offending:
        start, end = int(starts[line]), int(ends[line])
        escaped = escaped_bytes(data[start:end])
        growth[line] = len(escaped) - (end - start)
        pieces += (data[at:start], escaped)
        at = end
    return b"".join((*pieces, data[at:])), ends + np.cumsum(growth)

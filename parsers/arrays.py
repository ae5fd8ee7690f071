"""Arrow's arrays from and to bytes and numpy, without a copy."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pyarrow as pa

Bytes = npt.NDArray[np.uint8]
Flags = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]


def as_arrow(values: npt.NDArray[np.generic], valid: Flags | None = None) -> pa.Array:
    """The same numbers, times or flags; NULL where not valid."""
    count, kind = len(values), pa.from_numpy_dtype(values.dtype)
    is_flags = values.dtype == np.bool_
    data = (
        _bits(values.astype(np.bool_)) if is_flags else pa.py_buffer(np.ascontiguousarray(values))
    )
    return pa.Array.from_buffers(kind, count, [_validity(valid), data])


def as_strings(texts: Sequence[str | None]) -> pa.StringArray:
    """The same texts; NULL for None."""
    kept = [None if text is None else text.encode() for text in texts]
    present = [text or b"" for text in kept]
    offsets = np.zeros(len(kept) + 1, np.int32)
    np.cumsum(np.fromiter(map(len, present), np.int32, len(present)), out=offsets[1:])
    valid = np.fromiter((text is not None for text in kept), np.bool_, len(kept))
    data = pa.py_buffer(b"".join(present))
    return pa.StringArray.from_buffers(len(kept), pa.py_buffer(offsets), data, _validity(valid))


def slices(texts: pa.StringArray, starts: Ints, ends: Ints) -> pa.StringArray:
    """Parts of texts: from where each starts to where it ends, as as_bytes tells places, in order.

    What is left out between them are texts too, of an array from which these are taken.
    """
    offsets = np.column_stack((starts, ends)).astype(np.int32)
    count = max(0, offsets.size - 1)
    if not count:
        return pa.nulls(0, pa.string())
    parts = pa.StringArray.from_buffers(count, pa.py_buffer(offsets), texts.buffers()[2])
    return parts.take(as_arrow(np.arange(0, count, 2)))


def of_width(texts: Bytes, valid: Flags) -> pa.StringArray:
    """Texts of one length, a row each; NULL where not valid."""
    count, width = texts.shape
    offsets = np.arange(count + 1, dtype=np.int32) * np.int32(width)
    data = np.ascontiguousarray(texts)
    return pa.StringArray.from_buffers(
        count, pa.py_buffer(offsets), pa.py_buffer(data), _validity(valid)
    )


def as_bytes(texts: pa.StringArray) -> tuple[Ints, Bytes]:
    """Where each text starts, and the last one ends, in bytes."""
    _, offsets, data = texts.buffers()
    starts = np.frombuffer(offsets, np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return starts.astype(np.int64), np.frombuffer(data or b"", np.uint8)


def rows(data: Bytes, starts: Ints, width: int) -> Bytes:
    """The bytes from each start on, a row each; data goes on for `width` after the last start."""
    windows = np.ndarray((len(data) - width + 1,), f"V{width}", data, 0, (1,))
    return windows[starts].view(np.uint8).reshape(len(starts), width)


def _bits(flags: Flags) -> pa.Buffer:
    return pa.py_buffer(np.packbits(flags, bitorder="little"))


def _validity(valid: Flags | None) -> pa.Buffer | None:
    return None if valid is None or valid.all() else _bits(valid)

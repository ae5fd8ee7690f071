"""Bars as PNG pictures, made of nothing but zlib: mail clients show PNG, and no SVG.

Transparent around the bars, so that they stand on a light page and on a dark one.
"""

import struct
import zlib
from collections.abc import Sequence

HEIGHT = 96
_BAR = 16  # pixels wide, at twice the size that it is shown at
_GAP = 4
_CLEAR = bytes(4)

Colour = tuple[int, int, int]


def bars(stacks: Sequence[Sequence[int]], colours: Sequence[Colour]) -> bytes:
    """A PNG with a bar for each stack of counts, the first at the bottom, in these colours."""
    highest = max((sum(stack) for stack in stacks), default=0) or 1
    columns = [_column(stack, colours, highest) for stack in stacks]
    lines = (
        b"".join(column[y] * _BAR + _CLEAR * _GAP for column in columns) for y in range(HEIGHT)
    )
    return _png(
        max(len(stacks), 1) * (_BAR + _GAP), HEIGHT, b"".join(b"\0" + line for line in lines)
    )


def _column(stack: Sequence[int], colours: Sequence[Colour], highest: int) -> list[bytes]:
    """The pixels of a bar from top to bottom; what is not nothing is seen."""
    pixels: list[bytes] = []
    for count, colour in zip(stack, colours, strict=True):
        height = max(round(count / highest * HEIGHT), 1) if count else 0
        pixels += [bytes((*colour, 255))] * height
    pixels = pixels[:HEIGHT]
    return [_CLEAR] * (HEIGHT - len(pixels)) + pixels[::-1]


def _png(width: int, height: int, lines: bytes) -> bytes:
    """RFC 2083: eight bits a channel, red, green, blue and alpha; lines begin with their filter."""
    header = struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        for kind, data in ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 9)), (b"IEND", b""))
    )

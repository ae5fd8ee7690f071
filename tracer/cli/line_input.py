"""Lines that are read without a store: what the commands that do so have in common."""

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from io import BufferedReader
from typing import cast

from tracer.cli.settings import add_parsing

READ_BYTES = 1 << 20  # standard input gives less: what is there is parsed and printed at once


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what is to be known of lines before they are read."""
    parser.add_argument(
        "--program",
        metavar="NAME",
        help="the lines are bodies of this program (postfix/smtpd), without a syslog header",
    )
    add_parsing(parser)


def from_stdin() -> Iterator[bytes]:
    """Whole lines of standard input, as soon as they are there."""
    stdin = cast(BufferedReader, sys.stdin.buffer)
    return whole_lines(partial(stdin.read1, READ_BYTES))


def whole_lines(read: Callable[[], bytes]) -> Iterator[bytes]:
    """What `read` gives until it gives nothing, cut at line ends; the last may lack its own."""
    from parsers.headers.export import Records  # of what is slow to load, as numpy

    records = Records()
    carried: list[bytes] = []
    size = 0
    while data := read():
        carried.append(data)
        ends = records.ends(data)
        if len(ends):
            joined, end = b"".join(carried), size + int(ends[-1])
            yield joined[:end]
            carried, size = [joined[end:]], len(joined) - end
        else:
            size += len(data)
    if rest := b"".join(carried):
        yield rest

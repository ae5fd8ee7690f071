"""The usual header of many lines at once: what PLAIN of parsers.headers.spellings matches.

Its parts stand at fixed places, or end where a character first comes: so whole columns of bytes are
compared, which takes a quarter of the time that expressions do. What stands between the stamp and
the process id is the same in very many lines: each such origin is read once, by expression.
"""

import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from parsers.arrays import Bytes, Flags, Ints, as_arrow, as_bytes, as_strings, of_width, rows
from parsers.headers.programs import daemon_of, instance_of
from parsers.headers.spellings import ORIGIN, PID_DIGITS, SOLARIS_ID

_REACH = 96  # bytes after a stamp within which a header ends
_BLOCK = 4096  # lines that are looked at together, so that all of it stays in a cache
_STAMP_LENGTH = 15  # of RFC 3164
_DAY = 4  # where its day begins, with a blank or zero where it has one digit
_LONGEST_STAMP = 35  # of RFC 3339
_ORIGIN = re.compile(ORIGIN, re.ASCII)

# What `Jan  1 02:03:04 ` is made of.
_UPPER, _LOWER, _DIGIT, _SPACE, _COLON = 1, 2, 4, 8, 16
_KINDS = np.zeros(256, np.uint8)
_KINDS[ord("A") : ord("Z") + 1] = _UPPER
_KINDS[ord("a") : ord("z") + 1] = _LOWER
_KINDS[ord("0") : ord("9") + 1] = _DIGIT
_KINDS[ord(" ")] = _SPACE
_KINDS[ord(":")] = _COLON
_TIME = [_DIGIT, _DIGIT, _COLON] * 2 + [_DIGIT, _DIGIT, _SPACE]
_RFC3164 = np.array(
    [_UPPER, _LOWER, _LOWER, _SPACE, _DIGIT | _SPACE, _DIGIT, _SPACE, *_TIME], np.uint8
)


@dataclass(frozen=True, slots=True)
class PlainHeads:
    """What the headers of lines say, where they are plain.

    is_plain: of each line; of one whose stamp is like RFC 3339's, if that is right.
    is_zoned: the stamp is like RFC 3339's. stamp_ends, body_starts: in bytes of the line.
    stamps: those of RFC 3164, NULL elsewhere.
    is_far: the header may end beyond what was looked at.
    origins: host, program, instance and daemon of each origin. codes: the origin of each line.
    pids: NULL where there is none.
    """

    is_plain: Flags
    is_zoned: Flags
    is_far: Flags
    stamps: pa.StringArray
    stamp_ends: Ints
    body_starts: Ints
    codes: pa.Array
    origins: pa.Table
    pids: pa.Array


def read_plain(texts: pa.StringArray) -> PlainHeads:
    """The plain headers of lines."""
    offsets, data = as_bytes(texts)
    starts, lengths = offsets[:-1], np.diff(offsets)
    beyond = np.zeros(_LONGEST_STAMP + 1 + _REACH, np.uint8)
    data = np.concatenate((data[: offsets[-1]], beyond))
    blocks = [
        _read_block(data, starts[at : at + _BLOCK], lengths[at : at + _BLOCK])
        for at in range(0, max(1, len(starts)), _BLOCK)
    ]
    fits, is_zoned, is_far, stamps, stamp_ends, origin_sizes, body_starts, pids, has_pid = (
        np.concatenate(parts) for parts in zip(*blocks, strict=True)
    )
    keys = _keys(data, starts + stamp_ends + 1, np.where(fits, origin_sizes, 0))
    is_origin, origins = _origins(keys.dictionary)
    codes = keys.indices
    fits &= is_origin[codes.to_numpy()]
    bodies = np.where(fits & (body_starts + len(SOLARIS_ID) <= lengths), starts + body_starts, 0)
    beginnings = rows(data, bodies, len(SOLARIS_ID))
    fits &= (bodies == 0) | (beginnings != np.frombuffer(SOLARIS_ID.encode(), np.uint8)).any(axis=1)
    return PlainHeads(
        fits,
        is_zoned,
        is_far & ~fits,
        of_width(stamps, fits & ~is_zoned),
        stamp_ends,
        np.where(fits, body_starts, 0),
        codes,
        origins,
        as_arrow(pids, has_pid),
    )


def _read_block(data: Bytes, starts: Ints, lengths: Ints) -> tuple[Ints | Flags | Bytes, ...]:
    """What is told by places; an origin's own text is yet to be looked at."""
    text = rows(data, starts, _LONGEST_STAMP + 1)
    is_local = ((_KINDS[text[:, : _STAMP_LENGTH + 1]] & _RFC3164) != 0).all(axis=1)
    is_zoned = ~is_local & (_KINDS[text[:, 0]] == _DIGIT)
    stamp_ends = np.where(is_local, _STAMP_LENGTH, (text == ord(" ")).argmax(axis=1))
    has_stamp = (is_local | is_zoned) & (stamp_ends > 0)
    stamps = np.where(is_local[:, None], text[:, :_STAMP_LENGTH], np.uint8(ord("0")))
    stamps[stamps[:, _DAY] == ord("0"), _DAY] = ord(" ")

    text = rows(data, starts + stamp_ends + 1, _REACH)
    lengths = lengths - stamp_ends - 1
    host_ends = _first(text == ord(" "))
    colons = _first(text == ord(":"))
    ipv6 = np.flatnonzero(colons < host_ends)
    if len(ipv6):
        is_after = np.arange(_REACH) > host_ends[ipv6, None]
        colons[ipv6] = _first((text[ipv6] == ord(":")) & is_after)
    brackets = _first(text == ord("["))
    has_pid = brackets < colons
    pids, has_digits = _numbers(text, brackets + 1, np.where(has_pid, colons - brackets - 2, 0))
    numbers, inner = np.arange(len(starts)), colons.clip(1, _REACH - 2)
    has_digits &= text[numbers, inner - 1] == ord("]")
    ends_here = colons + 1 == lengths
    fits = (
        has_stamp
        & (colons < np.minimum(lengths, _REACH - 1))
        & (~has_pid | ((brackets > host_ends) & has_digits))
        & (ends_here | (text[numbers, inner + 1] == ord(" ")))
    )
    return (
        fits,
        is_zoned,
        has_stamp & (colons >= _REACH - 1) & (lengths >= _REACH),
        stamps,
        stamp_ends,
        np.where(has_pid, brackets, colons),
        stamp_ends + 1 + np.where(ends_here, colons + 1, colons + 2),
        pids,
        has_pid,
    )


def _first(marks: Flags) -> Ints:
    """The first marked column, a row each; _REACH where there is none."""
    first: Ints = marks.argmax(axis=1)
    first[(first == 0) & ~marks[:, 0]] = _REACH
    return first


def _numbers(text: Bytes, places: Ints, lengths: Ints) -> tuple[Ints, Flags]:
    """What digits from a place on amount to, a row each, and whether they are digits, 1 to 18."""
    is_number = (lengths >= 1) & (lengths <= PID_DIGITS)
    values = np.zeros(len(text), np.int64)
    for place in range(int(lengths[is_number].max(initial=0))):
        some = np.flatnonzero(is_number & (lengths > place))
        digits = text[some, places[some] + place].astype(np.int64) - ord("0")
        values[some] = values[some] * 10 + digits
        is_number[some[(digits < 0) | (digits > 9)]] = False
    return values, is_number


def _keys(data: Bytes, starts: Ints, lengths: Ints) -> pa.DictionaryArray:
    """The texts at some places, each different one once."""
    offsets = np.zeros(len(starts) + 1, np.int32)
    np.cumsum(lengths, out=offsets[1:])
    places = np.repeat(starts - offsets[:-1], lengths) + np.arange(offsets[-1])
    texts = pa.py_buffer(data[places])
    array = pa.StringArray.from_buffers(len(starts), pa.py_buffer(offsets), texts)
    return array.dictionary_encode()


def _origins(texts: pa.StringArray) -> tuple[Flags, pa.Table]:
    """Whether texts are a host and a tag, and what these say."""
    found = [_ORIGIN.fullmatch(text) for text in texts.to_pylist()]
    parts = [each.groups() if each else ("", "") for each in found]
    columns: dict[str, list[str | None]] = {
        "host": [host for host, _ in parts],
        "program": [program for _, program in parts],
        "instance": [instance_of(program) for _, program in parts],
        "daemon": [daemon_of(program) for _, program in parts],
    }
    arrays = [as_strings(column) for column in columns.values()]
    return np.array([each is not None for each in found], np.bool_), pa.table(arrays, list(columns))

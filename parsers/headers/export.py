"""Entries of `journalctl -o export`: which bytes of a log are one, and what its fields hold.

An entry is several lines, up to and with an empty one. A field is `NAME=value`, or where the value
is no text `NAME`, its length in eight bytes (little endian), and the value, which then may hold
anything, also what looks like fields or the end of the entry. So ends are found field by field,
from the entry's beginning on. What is no field ends an entry too: it was cut off.

Source: systemd's Journal Export Formats.
"""

import re

import numpy as np
import numpy.typing as npt

from parsers.texts import unescaped

Positions = npt.NDArray[np.int64]
Fields = dict[str, object]

# An entry's first line: that of journald's own fields, which journalctl writes first, or of a
# message; other capitals with an equals sign may stand in any log.
_FIRST = rb"(?:_[A-Z0-9_]{1,63}|MESSAGE|PRIORITY|SYSLOG_[A-Z]{1,57})"
BEGINNING = f"{_FIRST.decode()}[=\n]"
_LENGTH = rb"[\s\S]{4}\0{4}"  # no value has 4 GiB
_BEGINS = re.compile(rb"%b(?:=|\n%b)" % (_FIRST, _LENGTH))
_NAME = rb"[A-Z0-9_]{1,64}"
_TEXT_FIELDS = re.compile(rb"(?:%b+=[^\n]*+\n){1,100}" % _NAME)
_TEXT_FIELD = re.compile(rb"%b=" % _NAME)
_BINARY_FIELD = re.compile(rb"%b\n(%b)" % (_NAME, _LENGTH))
# What may become such with more bytes.
_MAY_BEGIN = re.compile(rb"%b|%b\n[\s\S]{0,7}" % (_NAME, _FIRST))
_MAY_BE_FIELD = re.compile(rb"%b(?:\n[\s\S]{0,7})?" % _NAME)
_TEXT_BEGINS = re.compile(BEGINNING)
_NO_TEXT = re.compile("^[A-Z0-9_]+$", re.MULTILINE)  # the name of a field that is not text
_ESCAPED_LENGTH = r"\x00\x00\x00\x00"
_READ = frozenset(
    b"__REALTIME_TIMESTAMP _HOSTNAME SYSLOG_IDENTIFIER _COMM SYSLOG_PID _PID MESSAGE".split()
)
_LINE_FEED = 10


def _flags(characters: bytes) -> npt.NDArray[np.bool_]:
    flags = np.zeros(256, np.bool_)
    flags[list(characters)] = True
    return flags


_MAY_BE_FIRST = _flags(b"_MPS")
_MAY_BE_SECOND = _flags(b"_ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789")


class Records:
    """Where records end: lines, and entries of several lines; of a log given piece by piece."""

    def __init__(self) -> None:
        self._held = b""  # the last bytes, where they are too few to tell what they are
        self._in_line = False  # in a line that is none of an entry, not at its beginning
        self._in_entry = False
        self._in_value = False  # of a field that is text
        self._to_skip = 0  # bytes of a value that is no text, with the line feed after it

    def ends(self, piece: bytes) -> Positions:
        """Where records end, each behind its last line feed, ascending.

        In bytes from the beginning of the piece; negative where the piece shows that a record had
        ended before it.
        """
        held = len(self._held)
        data = self._held + piece if held else piece
        text = np.frombuffer(data, np.uint8)
        lines = np.flatnonzero(text == _LINE_FEED) + 1
        begins = self._possible_beginnings(text, lines)
        found: list[Positions] = []
        at = 0
        while at < len(data):
            if self._in_entry:
                at, entries = self._read_entries(data, at)
                found.append(np.array(entries, np.int64))
                if self._in_entry:
                    break
            else:
                start, at = at, self._next_entry(data, begins[np.searchsorted(begins, at) :])
                first, last = np.searchsorted(lines, (start, at), side="right")
                found.append(lines[first:last])
                if not self._in_entry:
                    break
        self._held = data[at:]
        return np.concatenate([np.empty(0, np.int64), *found]) - held

    def _possible_beginnings(self, text: npt.NDArray[np.uint8], lines: Positions) -> Positions:
        """Where lines begin that look like an entry's first one."""
        starts = lines if self._in_line else np.concatenate(([0], lines))
        starts = starts[starts < len(text)]
        starts = starts[_MAY_BE_FIRST[text[starts]]]
        return starts[_MAY_BE_SECOND[text[np.minimum(starts + 1, len(text) - 1)]]]

    def _next_entry(self, data: bytes, begins: Positions) -> int:
        """Where the next entry begins, or what may be one when more is there; else the end."""
        for at in map(int, begins):
            self._in_entry = _BEGINS.match(data, at) is not None
            if self._in_entry or _MAY_BEGIN.fullmatch(data, at):
                self._in_line = False
                return at
        self._in_line = not data.endswith(b"\n")
        return len(data)

    def _read_entries(self, data: bytes, at: int) -> tuple[int, list[int]]:
        """How far entries that follow one another can be read, and where they end."""
        ends = []
        while self._in_entry and at < len(data):
            at, is_over = self._read_entry(data, at)
            if not is_over:
                break
            ends.append(at)
            self._in_entry = _BEGINS.match(data, at) is not None
        return at, ends

    def _read_entry(self, data: bytes, at: int) -> tuple[int, bool]:
        """How far the entry can be read; whether it is over there.

        Where it is damaged within a line, it is no entry any more, and over with that line.
        """
        while at < len(data):
            if self._to_skip:
                step = min(self._to_skip, len(data) - at)
                at, self._to_skip = at + step, self._to_skip - step
                if not self._to_skip and data[at - 1] != _LINE_FEED:
                    self._in_entry, self._in_line = False, True
                    return at, False
            elif self._in_value:
                end = data.find(b"\n", at) + 1
                at, self._in_value = end or len(data), not end
            elif fields := _TEXT_FIELDS.match(data, at):
                at = fields.end()
            elif data[at] == _LINE_FEED:
                return at + 1, True
            elif field := _BINARY_FIELD.match(data, at):
                at, self._to_skip = field.end(), int.from_bytes(field[1], "little") + 1
            elif field := _TEXT_FIELD.match(data, at):
                at, self._in_value = field.end(), True
            elif _MAY_BE_FIELD.fullmatch(data, at):
                return at, False
            else:
                return at, True
        return at, False


def read_fields(text: str) -> Fields | None:
    """The fields of an entry that a header is made of, of one name the first; None if it is none.

    There are none where there are two times: an entry was cut off, and another follows in it.
    """
    if not _TEXT_BEGINS.match(text):
        return None
    # A value that is no text makes all of the entry be kept escaped, as its length has NULs.
    is_escaped = _ESCAPED_LENGTH in text and _NO_TEXT.search(text)
    data = unescaped(text) if is_escaped else text.encode()
    fields: Fields = {}
    at = times = 0
    while at < len(data):
        end = data.find(b"\n", at)
        end = len(data) if end < 0 else end
        name, equals, value = data[at:end].partition(b"=")
        at = end + 1
        if not equals:
            start = at + 8
            value = data[start : start + int.from_bytes(data[at:start], "little")]
            at = start + len(value) + 1
        if name in _READ:
            times += name == b"__REALTIME_TIMESTAMP"
            fields.setdefault(name.decode(), value.decode("utf-8", "backslashreplace"))
    return fields if times < 2 else {}

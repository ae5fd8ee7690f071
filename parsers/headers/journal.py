"""Lines that have named fields: entries of systemd's journal, and what Docker keeps of containers.

Sources: journalctl(1) `-o json` and `-o json-seq`, systemd.journal-fields(7), Journal Export
Formats (a text that is not UTF-8 or holds control characters is an array of its bytes); Docker's
json-file logging driver.
"""

import json
import re
from datetime import UTC, datetime, timedelta

from parsers.headers import export
from parsers.headers.export import Fields
from parsers.headers.header import Header

_OBJECTS = ("{", "\x1e{")  # the latter of a sequence: RFC 7464
BEGINNING = rf"\x1e?\{{|{export.BEGINNING}"  # a regular expression, which some others fit too
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_NUMBER = re.compile("[0-9]{1,18}")
_LAST_MICROSECOND = 253_402_300_799_999_999  # of the year 9999


def read_fields(text: str) -> Fields | None:
    """The members of an object, the fields of an exported entry; None for any other line."""
    if not text.startswith(_OBJECTS):
        return export.read_fields(text)
    try:
        fields = json.loads(text.lstrip("\x1e"))
    except (ValueError, RecursionError):  # no JSON; nested to exhaust the stack
        return None
    return fields if isinstance(fields, dict) else None


def container_line(fields: Fields) -> str | None:
    """The line that a container wrote, where Docker's object holds one."""
    line = _text(fields.get("log"))
    return None if line is None else line.rstrip("\n")


def entry_header(fields: Fields) -> Header | None:
    """The header of an entry of the journal; None where it is none, or nobody's."""
    program = _text(fields.get("SYSLOG_IDENTIFIER")) or _text(fields.get("_COMM"))
    micros = _number(fields.get("__REALTIME_TIMESTAMP"))
    if not program or micros is None or "MESSAGE" not in fields:
        return None
    pid = _number(fields.get("SYSLOG_PID"))
    stamp = None
    if micros <= _LAST_MICROSECOND:
        stamp = (_EPOCH + timedelta(microseconds=micros)).isoformat()
    return Header(
        stamp,
        _text(fields.get("_HOSTNAME")) or None,
        program,
        _number(fields.get("_PID")) if pid is None else pid,
        _text(fields["MESSAGE"]) or "",
    )


def _text(value: object) -> str | None:
    """A field's text; of a field that occurs several times the first.

    What is no character (bytes that are not UTF-8, half a surrogate pair), and NUL, is escaped.
    """
    if isinstance(value, str):
        text = value if value.isascii() else value.encode("utf-8", "backslashreplace").decode()
    elif not isinstance(value, list):
        return None
    elif all(isinstance(byte, int) and 0 <= byte <= 255 for byte in value):
        text = bytes(value).decode("utf-8", "backslashreplace")
    else:
        return _text(value[0]) if isinstance(value[0], str) else None
    return text.replace("\0", r"\x00")


def _number(value: object) -> int | None:
    text = _text(value)
    return int(text) if text is not None and _NUMBER.fullmatch(text) else None

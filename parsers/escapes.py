"""Characters as rsyslog writes them where a log may not hold them: `#` and three octal digits.

A field means what was sent, so there they are undone; the kept line stays as it is. Control
characters are always written so, others only with $Escape8BitCharactersOnReceive: these are undone
where they are UTF-8. Source: rsyslog runtime/parser.c (SanitizeMsg).
"""

import json
import re

import pyarrow as pa
import pyarrow.compute as pc

_CONTROL = "#(?:0(?:0[1-7]|[1-3][0-7])|177)"
_OTHER = "(?:#[23][0-7][0-7])+"
_ESCAPES = re.compile(f"{_CONTROL}|{_OTHER}")
_LIKELY = re.compile(rb"#[0-3][0-7][0-7]")  # begins with a literal, which is found at once
_JSON = "rest"  # the column that is a JSON object


def unescaped(text: str) -> str:
    """A field's text with the escapes undone."""
    return _ESCAPES.sub(_undone, text)


def unescaped_columns(events: pa.Table, texts: pa.Array) -> pa.Table:
    """Events with the escapes in their fields undone; texts: the lines they come from."""
    data = texts.buffers()[2]
    if data is None or _LIKELY.search(memoryview(data)) is None:
        return events
    for place, name in enumerate(events.column_names):
        column = events.column(place).combine_chunks()
        if pa.types.is_string(column.type):
            escaped = pc.fill_null(pc.match_substring_regex(column, _ESCAPES.pattern), False)
            if pc.any(escaped).as_py():
                undo = _unescaped_json if name == _JSON else unescaped
                values = [undo(value) for value in column.filter(escaped).to_pylist()]
                column = pc.replace_with_mask(column, escaped, pa.array(values, pa.string()))
                events = events.set_column(place, name, column)
    return events


def _unescaped_json(text: str) -> str:
    return _ESCAPES.sub(lambda match: json.dumps(_undone(match))[1:-1], text)


def _undone(match: re.Match[str]) -> str:
    data = bytes(int(octal, 8) for octal in match[0][1:].split("#"))
    try:
        return data.decode()
    except UnicodeDecodeError:
        return match[0]

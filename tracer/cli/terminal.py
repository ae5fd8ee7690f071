"""Text of strangers on a terminal: nothing in a log may move the cursor, or look like another."""

import re
from unicodedata import combining, east_asian_width

# Control characters; marks that turn the direction of writing; characters that are not seen.
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f"
    "\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e0fff]"
)


def safe(text: str) -> str:
    r"""The text with each character that a terminal would obey or hide written as `\xNN` or so."""
    return _UNSAFE.sub(lambda match: ascii(match[0])[1:-1], text)


def display_width(text: str) -> int:
    """How many columns a terminal needs for safe text."""
    if text.isascii():
        return len(text)
    return sum((east_asian_width(c) in "WF") + (not combining(c)) for c in text)

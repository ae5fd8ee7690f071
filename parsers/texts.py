r"""Bytes as text that can be turned back: how a line is kept that is no UTF-8, or holds a NUL.

Every `\` is doubled, and each offending byte is `\xNN`.
"""

import re

_ESCAPE = re.compile(rb"\\(?:\\|x([0-9a-f]{2}))")


def escaped(data: bytes) -> bytes:
    """Any bytes, as UTF-8 without NUL."""
    doubled = data.replace(b"\\", b"\\\\").replace(b"\0", b"\\x00")
    return doubled.decode("utf-8", "backslashreplace").encode()


def unescaped(text: str) -> bytes:
    """The bytes that were escaped."""
    return _ESCAPE.sub(
        lambda match: bytes.fromhex(match[1].decode()) if match[1] else b"\\", text.encode()
    )

"""What a header consists of."""

from typing import NamedTuple


class Header(NamedTuple):
    """What a line says before its body; parsers.headers.stamps tells how the stamp is written.

    None is what the line does not say.
    """

    stamp: str | None
    host: str | None
    program: str
    pid: int | None
    body: str

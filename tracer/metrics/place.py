"""Where metrics are served, as the command line and the configuration name it."""

import re
from argparse import ArgumentTypeError
from typing import NamedTuple

_PLACE = re.compile(r"(?:(\[[0-9a-fA-F:.]+\]|[^\s:]+):)?(\d{1,5})", re.ASCII)
_LAST_PORT = 65_535
_WANTED = "name a port (9154), or an address and a port (127.0.0.1:9154, [::1]:9154)"


class Place(NamedTuple):
    """An address, or a host's name, and a port."""

    address: str
    port: int

    def __str__(self) -> str:
        host = f"[{self.address}]" if ":" in self.address else self.address
        return f"{host}:{self.port}"


def checked_place(text: str) -> Place:
    """Of `[ADDRESS:]PORT`; of this machine only where it names no address.

    Raises ArgumentTypeError where it is none.
    """
    found = _PLACE.fullmatch(text)
    if found is None or not 0 < int(found[2]) <= _LAST_PORT:
        raise ArgumentTypeError(f"{text!r} is no place to listen at: {_WANTED}")
    return Place((found[1] or "127.0.0.1").strip("[]"), int(found[2]))

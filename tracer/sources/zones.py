"""Time zones by name: of stamps that name none themselves."""

import os
from argparse import ArgumentTypeError
from pathlib import Path
from zoneinfo import ZoneInfo

_ZONEINFO = "zoneinfo/"


def machine_zone() -> str:
    """This machine's zone: $TZ, /etc/timezone or the target of /etc/localtime; else UTC."""
    return next((name for name in _candidates() if _exists(name)), "UTC")


def checked_zone(name: str) -> str:
    """The name, if it is a zone's; the type of a command's argument."""
    if not _exists(name):
        raise ArgumentTypeError(
            f"there is no time zone {name!r}: name one such as Europe/Berlin or UTC"
        )
    return name


def _candidates() -> list[str]:
    timezone, localtime = Path("/etc/timezone"), os.path.realpath("/etc/localtime")
    return [
        os.environ.get("TZ", "").removeprefix(":").rpartition(_ZONEINFO)[2],
        timezone.read_text("utf-8", "replace").strip() if timezone.is_file() else "",
        localtime.rpartition(_ZONEINFO)[2] if _ZONEINFO in localtime else "",
    ]


def _exists(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):  # not found, a folder, no name at all
        return False
    return True

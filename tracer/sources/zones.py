"""Time zones by name: of stamps that name none themselves."""

import os
from argparse import ArgumentTypeError
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from zoneinfo import ZoneInfo

_ZONEINFO = "zoneinfo/"


@dataclass(frozen=True, slots=True)
class Zones:
    """The zone of each log's stamps.

    default: IANA name, of logs that no pattern fits. patterns: (pattern of absolute paths, zone);
    the first that fits counts.
    """

    default: str
    patterns: tuple[tuple[str, str], ...] = ()

    def of(self, path: str) -> str:
        """The zone of a file's stamps."""
        absolute = os.path.abspath(path)
        fitting = (zone for pattern, zone in self.patterns if fnmatchcase(absolute, pattern))
        return next(fitting, self.default)


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

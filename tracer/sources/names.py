"""Names of log files: how they are shown, which are rotated copies of which, and in what order."""

import os
import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

# logrotate(8): `rotate`, `dateext` with `dateformat` (-%Y%m%d, -%s, ...), `extension .log`
_ROTATED = re.compile(
    r"""(?P<stem>.+?)[.-]
        (?P<mark>\d{1,4}|\d{8,14}(?:[-_T]\d{2,6})?|\d{4}-\d\d-\d\d(?:[-_T][\d:-]{2,8})?)
        (?P<extension>\.log)?
        (?P<packed>\.(?:gz|bz2|xz|zst))?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class _Name:
    """A path read as logrotate writes it.

    live: the path that it was rotated away from; itself where it was not.
    mark: the number or date in its name, digits only; "" for the live file.
    """

    path: str
    live: str
    mark: str = ""
    packed: bool = False

    @property
    def numbered(self) -> bool:
        return len(self.mark) <= 4

    @property
    def age(self) -> tuple[int, str]:
        """Sorts the numbered or the dated copies of one live file, oldest first."""
        return (-int(self.mark), "") if self.mark and self.numbered else (0, self.mark)


def shown(path: str) -> str:
    """The path with everything escaped that could disturb a terminal or is not UTF-8."""
    text = os.fsencode(path).decode("utf-8", "backslashreplace")
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def live_path(path: str) -> str:
    """The path that a rotated copy was written at; other paths as they are."""
    return _read(path).live


def rotated_copies(path: str) -> list[str]:
    """The rotated copies that lie beside a live file, oldest first.

    Of a copy that is there both plain and packed (it is being packed now) only the plain one.
    """
    folder = Path(path).parent
    try:
        names = [_read(str(entry)) for entry in folder.iterdir() if entry.is_file()]
    except FileNotFoundError:
        return []
    copies = [name for name in names if name.mark and name.live == path]
    plain = {name.mark for name in copies if not name.packed}
    return _oldest_first([n for n in copies if not (n.packed and n.mark in plain)])


def oldest_first(paths: Iterable[str]) -> list[str]:
    """The paths in the order in which their lines were written.

    Copies of one live file by the number or date in their names, unrelated files by the time of
    their last write.
    """
    groups = defaultdict(list)
    for path in dict.fromkeys(paths):
        name = _read(path)
        groups[name.live].append(name)
    ordered = sorted(groups.values(), key=lambda names: min(_modified(n.path) for n in names))
    return [path for names in ordered for path in _oldest_first(names)]


def _oldest_first(names: list[_Name]) -> list[str]:
    """Copies of one live file; where numbers and dates mix, the kind that is in use is newer."""
    kinds = defaultdict(list)
    for name in names:
        kinds[bool(name.mark), name.numbered].append(name)
    ordered = sorted(
        kinds.items(), key=lambda kind: (not kind[0][0], max(_modified(n.path) for n in kind[1]))
    )
    return [n.path for _, kind in ordered for n in sorted(kind, key=lambda n: n.age)]


def _read(path: str) -> _Name:
    folder, name = os.path.split(path)
    match = _ROTATED.fullmatch(name)
    if match is None:
        return _Name(path, path)
    live = os.path.join(folder, match["stem"] + (match["extension"] or ""))
    mark = re.sub(r"\D", "", match["mark"])
    return _Name(path, live, mark, match["packed"] is not None)


def _modified(path: str) -> float:
    """The time of the last write; a file that is not there is the newest."""
    try:
        return Path(path).stat().st_mtime
    except OSError:
        return float("inf")

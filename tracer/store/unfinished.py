"""Files and folders that take their name only once they are whole, and are their maker's alone."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tracer.errors import TracerError
from tracer.store import wire

_OLD = "before"  # in the hidden folder: what is replaced


@contextmanager
def unfinished(target: Path, *, replace: bool) -> Iterator[Path]:
    """A place where to make what is to be called `target`: its own name in a hidden folder there.

    What was made takes the name at the end; nothing is left where that is not reached. What a
    killed process left is removed by the next that makes the same.
    replace: whether a file of that name, or a folder of Parquet files, may be there.
    Raises TracerError where it cannot be made, or must not.
    """
    _check(target, replace=replace)
    folder = target.with_name(f".{target.name}.part")
    lock = _locked(folder, target)
    try:
        _empty(folder)
        yield folder / target.name
        try:
            _place(folder / target.name, target, folder / _OLD, replace=replace)
        except OSError as error:
            raise TracerError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _check(target: Path, *, replace: bool) -> None:
    if not target.name:
        raise TracerError(f"{target}: name a file that does not exist yet")
    if target.with_name(f"{target.name}.wal").exists():
        raise TracerError(f"{target} is used as a database, as its .wal says: choose another name")
    if not os.path.lexists(target):
        return
    if not replace:
        raise TracerError(f"{target} exists: choose another name, or --force to replace it")
    if target.is_dir():
        if not all(file.suffix == ".parquet" and file.is_file() for file in target.iterdir()):
            raise TracerError(f"{target} holds other things than Parquet: choose another name")
    elif not target.is_file():
        raise TracerError(f"{target} is no regular file: choose another name")
    elif wire.answers(wire.socket_path(target.resolve())):
        raise TracerError(f"{target} is a store that is being written: choose another name")


def _locked(folder: Path, target: Path) -> int:
    """Make the hidden folder ours, as long as what is given is open."""
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    except FileNotFoundError as error:
        raise TracerError(f"{target.parent} does not exist: create the folder") from error
    except OSError as error:
        raise TracerError(f"{target} cannot be written: {error.strerror}") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        os.close(lock)
        raise TracerError(f"{target} is being made by another process: wait for it") from error
    return lock


def _empty(folder: Path) -> None:
    for left in folder.iterdir():
        if left.is_dir() and not left.is_symlink():
            shutil.rmtree(left)
        else:
            left.unlink()


def _place(made: Path, target: Path, old: Path, *, replace: bool) -> None:
    if not replace:
        _check(target, replace=False)
        made.rename(target)
        return
    if target.is_dir() or (made.is_dir() and target.exists()):
        target.rename(old)
    made.replace(target)

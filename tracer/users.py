"""The people who may use a store's dashboard: a file beside the store, with argon2 hashes.

Where it names nobody, the dashboard asks for no password and serves this machine only.
"""

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from tracer.errors import TracerError

# What each role may do, beside what those before it may.
ROLES = {
    "viewer": "look at every page",
    "analyst": "run SQL, acknowledge insights",
    "operator": "act on the Postfix queue",
}
SHORTEST_PASSWORD = 10
LONGEST_PASSWORD = 1000  # hashing it takes time and memory: nobody may send more
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,99}", re.ASCII)


@dataclass(frozen=True, slots=True)
class User:
    """password_hash: as argon2 writes it, its parameters included."""

    name: str
    role: str
    password_hash: str


def users_path(store: str | Path) -> Path:
    """The file with the users of a store."""
    path = Path(store).resolve()
    return path.with_name(f"{path.name}.users.json")


def load(path: Path) -> dict[str, User]:
    """The users by name; none where there is no file. Raises TracerError where it is no such."""
    try:
        content = json.loads(path.read_text("utf-8"))
        return {
            name: User(name, _checked_role(entry["role"]), str(entry["password"]))
            for name, entry in content["users"].items()
        }
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise TracerError(f"{path}: cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise TracerError(
            f"{path} is no list of users ({error}): mend it, or move it away and add the users "
            "again with `mailtracer user add`"
        ) from error


def save(path: Path, users: Mapping[str, User]) -> None:
    """Write the users, whole or not at all, for this account's eyes only."""
    content = {
        "users": {
            user.name: {"role": user.role, "password": user.password_hash}
            for user in sorted(users.values(), key=lambda user: user.name)
        }
    }
    part = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        with _private(part) as file:
            file.write(json.dumps(content, indent=2).encode() + b"\n")
        part.replace(path)
    except OSError as error:
        raise TracerError(f"{path}: cannot be written: {error.strerror}") from error
    finally:
        part.unlink(missing_ok=True)


@contextmanager
def _private(path: Path) -> Iterator[BinaryIO]:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        yield file
        file.flush()
        os.fsync(file.fileno())


def checked_name(name: str) -> str:
    """Raises TracerError where it is no name for a user."""
    if not _NAME.fullmatch(name):
        raise TracerError(
            f"{name!r} is no name for a user: letters, digits and . _ @ + - only, 100 at most"
        )
    return name


def _checked_role(role: str) -> str:
    if role not in ROLES:
        raise ValueError(f"no role is called {role}")
    return role


def hashed(password: str) -> str:
    """The hash to keep. Raises TracerError for a password that is too short or too long."""
    from argon2 import PasswordHasher

    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise TracerError(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    return PasswordHasher().hash(password)


def verify(user: User | None, password: str) -> bool:
    """Whether it is the user's password; takes as long where there is no such user."""
    from argon2 import PasswordHasher
    from argon2.exceptions import InvalidHashError, VerificationError

    if len(password) > LONGEST_PASSWORD:
        return False
    try:
        return PasswordHasher().verify(user.password_hash if user else _nobodys(), password)
    except (VerificationError, InvalidHashError):
        return False


_nobody: list[str] = []


def _nobodys() -> str:
    """A hash that no password has."""
    if not _nobody:
        _nobody.append(hashed(os.urandom(32).hex()))
    return _nobody[0]


def may(role: str, needed: str) -> bool:
    """Whether a role includes another."""
    order = list(ROLES)
    return role in order and order.index(role) >= order.index(needed)

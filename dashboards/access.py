"""Who may see the pages, and do what: logins, sessions, and the gate before every request.

Where users are known (tracer.users) or a provider vouches for them (tracer.oidc), nothing of the
dashboard is served without a session, neither pages nor the connection that draws them. A session
is a random number in a cookie; whose it is and what that user may do is kept here and in the users'
file, where no browser reaches.
"""

import getpass
import hashlib
import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from tracer import users
from tracer.users import User

COOKIE = "mailtracer_session"
SESSION_SECONDS = 12 * 3600.0
MOST_SESSIONS = 10_000
LOCK_SECONDS = 15 * 60.0
# How many failures lock: of a user from an address, of an address, of a user.
_LIMITS = (5, 20, 50)
_MOST_COUNTED = 10_000
_HASHING = threading.BoundedSemaphore(2)  # each takes 64 MB for a moment


@dataclass(frozen=True, slots=True)
class _Session:
    user: User  # as of the login; a new password ends the sessions of the old one
    is_local: bool  # of the users' file, not of a provider
    ends_at: float
    id_token: str | None = None  # the provider's, to log out there


class Access:
    """The sessions of one dashboard."""

    def __init__(
        self, path: Path, clock: Callable[[], float] = time.monotonic, *, has_provider: bool = False
    ) -> None:
        """path: the users' file, which may come and change at any time."""
        self._path = path
        self._has_provider = has_provider
        self._clock = clock
        self._lock = threading.Lock()
        self._sessions: OrderedDict[bytes, _Session] = OrderedDict()
        self._failures: OrderedDict[tuple[str, ...], tuple[int, float]] = OrderedDict()
        self._read: tuple[object, dict[str, User]] = (None, {})

    def users(self) -> dict[str, User]:
        """The users, as the file is now. Raises TracerError where it cannot be read."""
        try:
            status = self._path.stat()
            version = (status.st_mtime_ns, status.st_ino, status.st_size)
        except FileNotFoundError:
            return {}
        known_version, known = self._read
        if version != known_version:
            known = users.load(self._path)
            self._read = (version, known)
        return known

    @property
    def is_open(self) -> bool:
        """Whether nobody has to log in."""
        return not self._has_provider and not self.users()

    def log_in(self, name: str, password: str, address: str) -> str | None:
        """A new session's token; None where name and password are not a user's, or are locked."""
        keys = (("pair", name, address), ("address", address), ("user", name))
        if any(self._is_locked(key, limit) for key, limit in zip(keys, _LIMITS, strict=True)):
            return None
        user = self.users().get(name)
        with _HASHING:
            is_right = users.verify(user, password)
        if user is None or not is_right:
            for key in keys:
                self._count_failure(key)
            return None
        with self._lock:
            self._failures.pop(keys[0], None)
        return self._begin(user, is_local=True)

    def admit(self, name: str, role: str, id_token: str) -> str:
        """A new session's token, for whom a provider vouches with its ID token."""
        return self._begin(User(name, role, ""), is_local=False, id_token=id_token)

    def _begin(self, user: User, *, is_local: bool, id_token: str | None = None) -> str:
        token = secrets.token_urlsafe(32)
        session = _Session(user, is_local, self._clock() + SESSION_SECONDS, id_token)
        with self._lock:
            self._sessions[_digest(token)] = session
            while len(self._sessions) > MOST_SESSIONS:
                self._sessions.popitem(last=False)
        return token

    def user(self, token: str | None) -> User | None:
        """Whose session it is, as the users' file is now; None where it is nobody's any more."""
        session = self._sessions.get(_digest(token)) if token else None
        if session is None or session.ends_at <= self._clock():
            return None
        if not session.is_local:
            return session.user
        user = self.users().get(session.user.name)
        return user if user and user.password_hash == session.user.password_hash else None

    def log_out(self, token: str | None) -> str | None:
        """End a session; gives the ID token that it began with, None where it began with none."""
        with self._lock:
            session = self._sessions.pop(_digest(token or ""), None)
        return session.id_token if session else None

    def _is_locked(self, key: tuple[str, ...], limit: int) -> bool:
        count, until = self._failures.get(key, (0, 0.0))
        return count >= limit and self._clock() < until

    def _count_failure(self, key: tuple[str, ...]) -> None:
        with self._lock:
            count, until = self._failures.pop(key, (0, 0.0))
            count = count + 1 if self._clock() < until else 1
            self._failures[key] = (count, self._clock() + LOCK_SECONDS)
            while len(self._failures) > _MOST_COUNTED:
                self._failures.popitem(last=False)


_access: list[Access] = []


def start(store: str | Path, *, has_provider: bool = False) -> Access:
    """The sessions of this process, made when it begins to serve a store."""
    _access[:] = [Access(users.users_path(store), has_provider=has_provider)]
    return _access[0]


def may(needed: str) -> bool:
    """Whether the viewer of the page that is drawn has a role, or one that includes it.

    Where nobody has to log in, whoever reaches this machine may do everything.
    """
    if not _access or _access[0].is_open:
        return True
    user = _access[0].user(st.context.cookies.get(COOKIE))
    return user is not None and users.may(user.role, needed)


def actor_name() -> str:
    """Who acts, as records have it: who logged in, or else whoever runs the dashboard."""
    return viewer_name() or getpass.getuser()


def viewer_name() -> str | None:
    """Who looks at the page that is drawn; None where nobody has to log in."""
    user = _access[0].user(st.context.cookies.get(COOKIE)) if _access else None
    return user.name if user else None


def _digest(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()

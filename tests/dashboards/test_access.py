"""Logins, sessions and their ends."""

from dataclasses import replace
from pathlib import Path

import pytest

from dashboards.access import LOCK_SECONDS, SESSION_SECONDS, Access
from dashboards.gate import _own_path
from tracer import users
from tracer.users import User

NAME, PASSWORD = "vera", "a long password"
VERA = User(NAME, "viewer", users.hashed(PASSWORD))


class Clock:
    """A clock that is set."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def access(tmp_path: Path, clock: Clock) -> Access:
    path = tmp_path / "users.json"
    users.save(path, {NAME: VERA})
    return Access(path, clock)


def rewrite(access: Access, *known: User) -> None:
    users.save(access._path, {user.name: user for user in known})


def test_a_session_is_its_users_until_it_ends(access: Access, clock: Clock) -> None:
    token = access.log_in(NAME, PASSWORD, "192.0.2.1")
    assert token
    assert access.user(token) == VERA
    assert access.user(token[:-1]) is access.user(None) is access.user("") is None
    clock.now = SESSION_SECONDS
    assert access.user(token) is None


def test_the_file_says_who_may_do_what_now(access: Access) -> None:
    token = access.log_in(NAME, PASSWORD, "192.0.2.1")
    rewrite(access, replace(VERA, role="operator"))
    user = access.user(token)
    assert user
    assert user.role == "operator"
    rewrite(access, replace(VERA, password_hash=users.hashed("yet another password")))
    assert access.user(token) is None
    rewrite(access)
    assert access.is_open


def test_whom_a_provider_vouches_for_needs_no_user(tmp_path: Path, clock: Clock) -> None:
    access = Access(tmp_path / "users.json", clock, has_provider=True)
    assert not access.is_open
    token = access.admit("anna@example.com", "analyst", "the-token")
    assert (user := access.user(token))
    assert (user.name, user.role) == ("anna@example.com", "analyst")
    assert access.log_in("anna@example.com", "", "192.0.2.1") is None
    clock.now = SESSION_SECONDS
    assert access.user(token) is None
    assert access.log_out(token) == "the-token"
    assert access.log_out(token) is None


def test_logging_out_ends_the_session(access: Access) -> None:
    token = access.log_in(NAME, PASSWORD, "192.0.2.1")
    assert access.log_out(token) is None
    assert access.user(token) is None


@pytest.mark.parametrize("name", [NAME, "nobody"])
def test_failures_lock_a_user_from_an_address(access: Access, clock: Clock, name: str) -> None:
    for _ in range(5):
        assert access.log_in(name, "wrong", "192.0.2.1") is None
    assert access.log_in(name, PASSWORD, "192.0.2.1") is None
    assert bool(access.log_in(name, PASSWORD, "192.0.2.2")) == (name == NAME)
    clock.now = LOCK_SECONDS
    assert bool(access.log_in(name, PASSWORD, "192.0.2.1")) == (name == NAME)


def test_failures_lock_an_address_whoever_it_tries(access: Access) -> None:
    for number in range(20):
        access.log_in(f"user{number}", "wrong", "192.0.2.1")
    assert access.log_in(NAME, PASSWORD, "192.0.2.1") is None
    assert access.log_in(NAME, PASSWORD, "192.0.2.2")


@pytest.mark.parametrize(
    ("target", "kept"),
    [
        ("/sql?sql=SELECT+1", True),
        ("//evil.example/", False),
        ("/\\evil.example", False),
        ("https://evil.example/", False),
        ("/a\r\nSet-Cookie: x=y", False),
    ],
)
def test_a_login_leads_nowhere_else(target: str, kept: bool) -> None:
    assert _own_path(target) == (target if kept else "/")

"""`mailtracer user`, as it is typed."""

import io
import json
import stat
from pathlib import Path

import pytest

from tracer import users
from tracer.cli import main


@pytest.fixture
def store(tmp_path: Path) -> str:
    return str(tmp_path / "store.duckdb")


def typed(monkeypatch: pytest.MonkeyPatch, store: str, *args: str, password: str = "") -> int:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{password}\n"))
    return main(["user", "--db", store, *args])


def test_users_are_added_changed_listed_and_removed(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: str
) -> None:
    add = ("add", "anna", "--role", "analyst", "--password-stdin")
    assert typed(monkeypatch, store, *add, password="first password") == 0
    path = users.users_path(store)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "first password" not in path.read_text("utf-8")
    assert typed(monkeypatch, store, "role", "anna", "--role", "operator") == 0
    change = ("password", "anna", "--password-stdin")
    assert typed(monkeypatch, store, *change, password="second password") == 0
    anna = users.load(path)["anna"]
    assert users.verify(anna, "second password")
    assert not users.verify(anna, "first password")
    capsys.readouterr()
    assert typed(monkeypatch, store, "list", "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"name": "anna", "role": "operator"}
    assert typed(monkeypatch, store, "remove", "anna") == 0
    assert typed(monkeypatch, store, "list") == 1


def test_without_users_it_says_how_people_log_in(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], store: str
) -> None:
    config = tmp_path / "mailtracer.toml"
    config.write_text("")
    assert main(["user", "--config", str(config), "--db", store, "list"]) == 1
    assert "asks for no password" in capsys.readouterr().err
    config.write_text(
        """
        [dashboard.oidc]
        issuer = "https://id.example.com/staff"
        client_id = "mailtracer"
        redirect_uri = "https://mail.example.com/login/callback"
        [dashboard.oidc.viewer]
        groups = ["staff"]
        """
    )
    assert main(["user", "--config", str(config), "--db", store, "list"]) == 1
    assert "no users: people log in with id.example.com" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (("add", "a b", "--role", "viewer", "--password-stdin"), "is no name for a user"),
        (("add", "anna", "--role", "viewer", "--password-stdin"), "10 to 1000 characters"),
        (("add", "anna", "--role", "viewer"), "--password-stdin"),
        (("add", "anna", "--password-stdin"), "--role viewer|analyst|operator"),
        (("password",), "name the user"),
        (("remove", "anna"), "mailtracer user list"),
    ],
)
def test_mistakes_are_explained(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    store: str,
    args: tuple[str, ...],
    words: str,
) -> None:
    assert typed(monkeypatch, store, *args, password="short") == 2
    assert words in capsys.readouterr().err
    assert not users.users_path(store).exists()


def test_a_broken_file_lets_nobody_in(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], store: str
) -> None:
    users.users_path(store).write_text("{}")
    assert typed(monkeypatch, store, "list") == 2
    assert "mend it" in capsys.readouterr().err


def test_other_machines_are_served_only_with_logins(
    capsys: pytest.CaptureFixture[str], store: str
) -> None:
    assert main(["dashboard", "--db", store, "--address", "0.0.0.0"]) == 2
    assert "mailtracer user add" in capsys.readouterr().err

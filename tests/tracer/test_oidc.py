"""Whom the configuration lets in, as what, and what it says of mistakes."""

from argparse import Namespace
from pathlib import Path
from typing import Any

import pytest

from tracer.cli import dashboard
from tracer.errors import TracerError
from tracer.oidc import OidcSettings, display_name, read_oidc

TABLE: dict[str, Any] = {
    "issuer": "https://id.example.com/",
    "client_id": "mailtracer",
    "client_secret_file": "secret",
    "redirect_uri": "https://mail.example.com/login/callback",
    "viewer": {"groups": ["staff"], "emails": ["Anna@example.com"]},
    "operator": {"emails": ["anna@example.com"], "groups": ["postmasters"]},
}


def settings(**changes: object) -> OidcSettings:
    problems: list[str] = []
    found = read_oidc({"oidc": TABLE | changes}, Path("/etc"), problems)
    assert found is not None, problems
    return found


def test_a_relative_file_begins_at_the_configuration() -> None:
    assert settings().client_secret_file == "/etc/secret"


@pytest.mark.parametrize(
    ("claims", "role"),
    [
        ({"groups": ["staff"]}, "viewer"),
        ({"groups": "staff"}, "viewer"),
        ({"groups": ["staff", "postmasters", "x"]}, "operator"),
        ({"groups": ["Staff", None, ["staff"], {}]}, None),
        ({"groups": {"staff": True}}, None),
        ({"roles": ["staff"]}, None),
        ({"email": "ANNA@example.com", "email_verified": True}, "operator"),
        ({"email": "anna@example.com"}, None),
        ({"email": "anna@example.com", "email_verified": "true"}, None),
        ({"email": "anna@example.com", "email_verified": False, "groups": ["staff"]}, "viewer"),
        ({"email": "anna@example.com.evil.example", "email_verified": True}, None),
        ({"role": "operator", "roles": ["operator"]}, None),
        ({}, None),
    ],
)
def test_a_role_comes_from_what_the_provider_vouches_for(
    claims: dict[str, object], role: str | None
) -> None:
    assert settings().role(claims) == role


def test_another_claim_can_hold_the_groups() -> None:
    assert settings(groups_claim="roles").role({"roles": ["staff"]}) == "viewer"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"sub": "1", "email": "a@b.example", "email_verified": True}, "a@b.example"),
        ({"sub": "1", "email": "a@b.example", "preferred_username": "anna"}, "anna (1)"),
        ({"sub": "1"}, "1"),
        ({"sub": "\x1b[2J" + "x" * 500}, "?[2J" + "x" * 196),
    ],
)
def test_a_name_is_nothing_that_its_user_made_up(claims: dict[str, object], name: str) -> None:
    assert display_name(claims) == name


@pytest.mark.parametrize(
    ("dashboard", "said"),
    [
        ({"oidc": TABLE | {"issuer": "http://id.example.com"}}, "issuer is to begin with https://"),
        ({"oidc": TABLE | {"issuer": "https://["}}, "issuer is to begin with https://"),
        ({"oidc": {k: v for k, v in TABLE.items() if k != "client_id"}}, "client_id is to be text"),
        ({"oidc": TABLE | {"redirect_uri": "https://mail.example.com/"}}, "/login/callback"),
        ({"oidc": TABLE | {"viewer": ["anna"]}}, "viewer is to have lists only"),
        ({"oidc": TABLE | {"viewer": {"group": ["x"]}}}, "viewer is to have lists only"),
        ({"oidc": TABLE | {"viewer": {"groups": "x"}}}, "viewer is to have lists only"),
        ({"oidc": TABLE | {"admin": {"groups": ["x"]}}}, "no key is called admin"),
        ({"oidc": dict(list(TABLE.items())[:4])}, "nobody has a role"),
        ({"oidc": 1}, "is to be a table"),
        ({"oicd": TABLE}, "begin it with [dashboard.oidc]"),
        (1, "begin it with [dashboard.oidc]"),
    ],
)
def test_mistakes_are_named(dashboard: object, said: str) -> None:
    problems: list[str] = []
    assert read_oidc(dashboard, Path("/etc"), problems) is None
    assert [said in each for each in problems] == [True]


def test_others_are_served_only_where_the_provider_can_be_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("MAILTRACER_OIDC_SECRET", raising=False)
    (tmp_path / "secret").write_text("s3cret\n")
    known = settings(client_secret_file=str(tmp_path / "secret"))
    args = Namespace(db=str(tmp_path / "store.duckdb"), address="0.0.0.0", port=18_501, oidc=None)
    with pytest.raises(TracerError, match="only where people log in"):
        dashboard.check(args)
    args.oidc = known
    dashboard.check(args)
    assert known.client_secret() == "s3cret"
    (tmp_path / "secret").unlink()
    with pytest.raises(TracerError, match="client_secret_file"):
        dashboard.check(args)

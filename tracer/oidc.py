"""Who may use the dashboard by an OpenID Connect provider: what [dashboard.oidc] says.

A role comes from claims that the provider vouches for: an address that it has verified, or groups.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tracer.loopback import is_loopback
from tracer.secret import Secret
from tracer.users import ROLES

CALLBACK = "/login/callback"  # the path of redirect_uri
SECRET = Secret(
    "client secret",
    "dashboard.oidc",
    "client_secret_file",
    "MAILTRACER_OIDC_SECRET",
    "mailtracer.oidc-secret",
)
_WANTED = ("issuer", "client_id", "redirect_uri")
_OPTIONAL = ("client_secret_file", "groups_claim", "post_logout_redirect_uri")
_WHO = {"emails", "groups"}
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """A provider, and whom it lets in.

    redirect_uri: the dashboard's own address for people, with CALLBACK as its path.
    post_logout_redirect_uri: where the provider sends people who have logged out; None: nowhere.
    emails, groups: the role of each; emails in small letters.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret_file: str | None = None
    groups_claim: str = "groups"
    post_logout_redirect_uri: str | None = None
    emails: Mapping[str, str] = field(default_factory=dict)
    groups: Mapping[str, str] = field(default_factory=dict)

    @property
    def provider(self) -> str:
        """The provider for people: its host."""
        return urlsplit(self.issuer).netloc

    def client_secret(self) -> str:
        """Read it anew; raises TracerError where there is none."""
        return SECRET.read(self.client_secret_file)

    def role(self, claims: Mapping[str, Any]) -> str | None:
        """The highest role that verified claims give; None where they give none."""
        groups = claims.get(self.groups_claim, [])
        if not isinstance(groups, list):
            groups = [groups]
        found = {self.groups.get(group) for group in groups if isinstance(group, str)}
        if email := verified_email(claims):
            found.add(self.emails.get(email.lower()))
        return next((role for role in reversed(ROLES) if role in found), None)


def verified_email(claims: Mapping[str, Any]) -> str | None:
    """The address, where the provider says that it has verified it."""
    email = claims.get("email")
    return email if isinstance(email, str) and claims.get("email_verified") is True else None


def display_name(claims: Mapping[str, Any]) -> str:
    """Whom records name: the verified address, else the provider's own id behind the user name.

    A user name may be anything that its user likes: alone it would prove nothing.
    """
    username, subject = claims.get("preferred_username"), str(claims.get("sub", ""))
    name = verified_email(claims) or (f"{username} ({subject})" if username else subject)
    return "".join(c if c.isprintable() else "?" for c in name[:_LONGEST_NAME])


def read_oidc(dashboard: object, folder: Path, problems: list[str]) -> OidcSettings | None:
    """What [dashboard.oidc] says, None where it is not there; problems are added to the list."""
    if not isinstance(dashboard, dict) or dashboard.keys() - {"oidc"}:
        problems.append("dashboard has one key: begin it with [dashboard.oidc]")
        return None
    table = dashboard.get("oidc")
    if table is None:
        return None
    wrong = [*_wrong(table)]
    problems += [f"dashboard.oidc: {each}" for each in wrong]
    if wrong:
        return None
    values = {key: table[key] for key in (*_WANTED, *_OPTIONAL) if key in table}
    if path := values.get("client_secret_file"):
        values["client_secret_file"] = str(folder / Path(os.path.expanduser(path)))
    emails: dict[str, str] = {}
    groups: dict[str, str] = {}
    for role in ROLES:  # of several, the highest is the last
        who = table.get(role, {})
        emails |= {email.lower(): role for email in who.get("emails", ())}
        groups |= dict.fromkeys(who.get("groups", ()), role)
    return OidcSettings(**values, emails=emails, groups=groups)


def _wrong(table: object) -> Iterator[str]:
    if not isinstance(table, dict):
        yield "is to be a table: [dashboard.oidc], then lines of KEY = VALUE"
        return
    known = {*_WANTED, *_OPTIONAL, *ROLES}
    for key in sorted(table.keys() - known):
        yield f"no key is called {key}; there are {', '.join(sorted(known))}"
    for key in (*_WANTED, *_OPTIONAL):
        if not isinstance(value := table.get(key, "" if key in _WANTED else "-"), str) or not value:
            yield f"{key} is to be text in quotes"
    for key in ("issuer", "redirect_uri", "post_logout_redirect_uri"):
        if isinstance(url := table.get(key), str) and url and not is_safe(url):
            yield f"{key} is to begin with https:// (http:// only for this machine)"
    if isinstance(url := table.get("redirect_uri"), str) and urlsplit(url).path != CALLBACK:
        yield f"redirect_uri is to be the dashboard's address, with {CALLBACK} behind the host"
    for role in table.keys() & ROLES.keys():
        who = table[role]
        if not isinstance(who, dict) or who.keys() - _WHO or not all(map(_is_list, who.values())):
            yield f'{role} is to have lists only: emails = ["..."] and groups = ["..."]'
    if not table.keys() & ROLES.keys():
        yield "nobody has a role: add [dashboard.oidc.viewer] with emails or groups"


def is_safe(url: str) -> bool:
    """Whether nobody can read on the way what is sent there."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback(host))
    )


def _is_list(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)

"""Logging in with an OpenID Connect provider: the authorization code flow with PKCE, by Authlib.

https://openid.net/specs/openid-connect-core-1_0.html, section 3.1; logging out as
https://openid.net/specs/openid-connect-rpinitiated-1_0.html says. Asks the provider only; what is
kept of a login while the browser is away is signed, for that browser's cookie.
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import requests
from authlib.common.errors import AuthlibBaseError
from authlib.common.urls import add_params_to_uri
from authlib.integrations.base_client import (
    BaseApp,
    FrameworkIntegration,
    OAuth2Mixin,
    OpenIDMixin,
)
from authlib.integrations.requests_client import OAuth2Session
from itsdangerous import BadData, URLSafeTimedSerializer
from joserfc.errors import JoseError

from tracer.errors import TracerError
from tracer.oidc import OidcSettings, is_safe

LOGIN_SECONDS = 600  # that somebody has to log in with the provider
_ANSWER_SECONDS = 10  # that the provider has for an answer
_ALGORITHMS = (  # which nobody can sign by who knows what the provider publishes
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
    "Ed25519",
)  # fmt: skip
_BASIC = "client_secret_basic"
_ENDPOINTS = (
    "authorization_endpoint", "token_endpoint", "jwks_uri", "userinfo_endpoint",
    "end_session_endpoint",
)  # fmt: skip
_REMEMBERED = ("state", "nonce", "code_verifier")


class UnreachableError(TracerError):
    """The provider gave no answer."""


@dataclass(frozen=True, slots=True)
class Login:
    """What the provider says of who logged in, checked, and its ID token as it was given."""

    claims: dict[str, Any]
    id_token: str


class _Client(OAuth2Mixin, OpenIDMixin, BaseApp):  # type: ignore[misc]
    """Authlib's client, which holds the provider to what its issuer promised."""

    client_cls = OAuth2Session
    issuer = ""

    def load_server_metadata(self) -> dict[str, Any]:
        if "issuer" not in self.server_metadata:
            with self._get_session() as session:
                answer = session.request("GET", self._server_metadata_url, withhold_token=True)
            answer.raise_for_status()
            self.server_metadata.update(_checked(answer.json(), self.issuer))
        found: dict[str, Any] = self.server_metadata
        return found


def _checked(metadata: Any, issuer: str) -> dict[str, Any]:
    """The part of the provider's metadata that is used."""
    if not isinstance(metadata, dict) or metadata.get("issuer") != issuer:
        named = metadata.get("issuer") if isinstance(metadata, dict) else None
        raise ValueError(f"its metadata is of the issuer {named!r}: set issuer to that, exactly")
    found = {name: metadata[name] for name in _ENDPOINTS if name in metadata}
    for name, url in found.items():
        if not isinstance(url, str) or not is_safe(url):
            raise ValueError(f"its {name} does not begin with https://")
    signed_by = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
    algorithms = [a for a in _ALGORITHMS if a in signed_by]
    if not algorithms:
        raise ValueError(f"it signs by {signed_by}: let it sign ID tokens by RS256 or ES256")
    taken = metadata.get("token_endpoint_auth_methods_supported", [_BASIC])
    return found | {
        "issuer": issuer,
        "id_token_signing_alg_values_supported": algorithms,
        "token_endpoint_auth_method": _BASIC if _BASIC in taken else "client_secret_post",
    }


class Provider:
    """The provider of the configuration."""

    def __init__(self, settings: OidcSettings) -> None:
        """Asks nobody anything yet; raises TracerError where there is no client secret."""
        self.settings = settings
        self._signer = URLSafeTimedSerializer(secrets.token_bytes(32))
        self._client = _Client(
            FrameworkIntegration("oidc"),
            client_id=settings.client_id,
            client_secret=settings.client_secret(),
            server_metadata_url=f"{settings.issuer.rstrip('/')}/.well-known/openid-configuration",
            client_kwargs={
                "scope": "openid email profile",
                "code_challenge_method": "S256",
                "default_timeout": _ANSWER_SECONDS,
            },
        )
        self._client.issuer = settings.issuer

    def begin(self, target: str) -> tuple[str, str]:
        """Where to send the browser, and what its cookie is to hold meanwhile.

        target: where it goes on to afterwards. Raises TracerError.
        """
        with self._told():
            begun = self._client.create_authorization_url(self.settings.redirect_uri)
        kept = {name: begun[name] for name in _REMEMBERED} | {"target": target}
        return begun["url"], str(self._signer.dumps(kept))

    def remembered(self, cookie: str | None, state: str | None) -> Mapping[str, str] | None:
        """What begin() had kept; None where this browser began no such login, or too long ago."""
        try:
            kept = self._signer.loads(cookie or "", max_age=LOGIN_SECONDS)
        except BadData:
            return None
        is_this = secrets.compare_digest(kept["state"].encode(), (state or "").encode())
        return kept if is_this else None

    def login(self, code: str, kept: Mapping[str, str]) -> Login:
        """Whom the provider vouches for. Raises TracerError."""
        with self._told():
            token = self._client.fetch_access_token(
                self.settings.redirect_uri, code=code, code_verifier=kept["code_verifier"]
            )
            claims = self._client.parse_id_token(token, kept["nonce"], self._expected())
            if claims is None:
                raise ValueError("it gave no ID token")
            if "userinfo_endpoint" in self._client.server_metadata and not (
                {"email", self.settings.groups_claim} <= claims.keys()
            ):
                more = self._client.userinfo(token=token)
                if more.get("sub") != claims["sub"]:
                    raise ValueError("its userinfo is of somebody else")
                claims = more | claims
        return Login(dict(claims), token["id_token"])

    def logout_url(self, id_token: str) -> str | None:
        """Where the browser ends this login with the provider; None: it names no such address.

        Raises TracerError.
        """
        with self._told():
            url = self._client.load_server_metadata().get("end_session_endpoint")
        if url is None:
            return None
        asked = [("id_token_hint", id_token), ("client_id", self.settings.client_id)]
        if back := self.settings.post_logout_redirect_uri:
            asked.append(("post_logout_redirect_uri", back))
        return str(add_params_to_uri(url, asked))

    def _expected(self) -> dict[str, dict[str, Any]]:
        return {
            "iss": {"essential": True, "value": self.settings.issuer},
            "aud": {"essential": True, "value": self.settings.client_id},
        }

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Say in whose name it failed."""
        try:
            yield
        except (requests.ConnectionError, requests.Timeout) as error:
            raise UnreachableError(
                f"{self.settings.provider} cannot be reached: {error}"
            ) from error
        except (
            AuthlibBaseError, JoseError, requests.RequestException,
            AttributeError, KeyError, RuntimeError, TypeError, ValueError,
        ) as error:  # fmt: skip
            self._client.server_metadata = {}  # it may have changed
            raise TracerError(f"{self.settings.provider} was not understood: {error}") from error

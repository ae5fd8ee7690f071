"""What is believed of a provider's answers, over real connections to one that also lies."""

import base64
import hmac
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey

from dashboards import sign_on
from dashboards.sign_on import Provider, UnreachableError
from tests.dashboards.issuer import CLIENT_ID, CLIENT_SECRET, Issuer, listening
from tracer.errors import TracerError
from tracer.oidc import OidcSettings

REDIRECT = "https://mail.example.com/login/callback"


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    with listening() as opened:
        yield opened


@pytest.fixture
def provider(issuer: Issuer, monkeypatch: pytest.MonkeyPatch) -> Provider:
    monkeypatch.setenv("MAILTRACER_OIDC_SECRET", CLIENT_SECRET)
    return Provider(OidcSettings(issuer.url, CLIENT_ID, REDIRECT))


def come_back(provider: Provider, issuer: Issuer) -> dict[str, object]:
    """Log in, with the nonce that was asked for unless the issuer has one already."""
    url, cookie = provider.begin("/sql")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    kept = provider.remembered(cookie, asked["state"])
    assert kept
    issuer.claims.setdefault("nonce", asked["nonce"])
    return provider.login("the-code", kept).claims


def test_the_browser_is_sent_with_what_the_answer_is_checked_against(
    provider: Provider, issuer: Issuer
) -> None:
    url, cookie = provider.begin("/sql")
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    assert url.startswith(issuer.metadata["authorization_endpoint"])
    assert asked["redirect_uri"] == REDIRECT
    assert asked["client_id"] == CLIENT_ID
    assert asked["response_type"] == "code"
    kept = provider.remembered(cookie, asked["state"])
    assert kept
    assert kept["target"] == "/sql"
    digest = sha256(kept["code_verifier"].encode()).digest()
    assert asked["code_challenge"] == _encoded(digest).decode()
    issuer.claims["nonce"] = asked["nonce"]
    assert provider.login("the-code", kept).claims["sub"] == "4711"
    (redeemed,) = issuer.redeemed
    assert redeemed["code"] == "the-code"
    assert redeemed["code_verifier"] == kept["code_verifier"]


def test_a_login_belongs_to_one_browser_for_ten_minutes(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    url, cookie = provider.begin("/")
    (state,) = parse_qs(urlsplit(url).query)["state"]
    _, other = provider.begin("/")
    assert provider.remembered(cookie, state)
    assert provider.remembered(other, state) is None
    assert provider.remembered(None, state) is None
    assert provider.remembered(cookie, None) is None
    assert provider.remembered(cookie, "ä") is None
    assert provider.remembered(cookie[:-1] + ("A" if cookie[-1] != "A" else "B"), state) is None
    content = json.dumps({"state": "x", "nonce": "x", "code_verifier": "x", "target": "/"})
    assert provider.remembered(base64.urlsafe_b64encode(content.encode()).decode(), "x") is None
    monkeypatch.setattr(sign_on, "LOGIN_SECONDS", -1)
    assert provider.remembered(cookie, state) is None


@pytest.mark.parametrize(
    "changes",
    [
        {"nonce": "of another login"},
        {"iss": "https://id.example.com"},
        {"aud": "another client"},
        {"aud": "another client", "azp": CLIENT_ID},
        {"exp": 1},
        {"sub": None},
    ],
    ids=str,
)
def test_claims_that_are_not_for_this_login_are_refused(
    provider: Provider, issuer: Issuer, changes: dict[str, object]
) -> None:
    issuer.claims |= changes
    issuer.claims = {name: value for name, value in issuer.claims.items() if value is not None}
    with pytest.raises(TracerError, match="was not understood"):
        come_back(provider, issuer)


def test_a_missing_nonce_is_refused(provider: Provider, issuer: Issuer) -> None:
    issuer.id_token = jwt.encode({"alg": "RS256", "kid": "1"}, issuer.claims, issuer.key)
    with pytest.raises(TracerError, match="nonce"):
        come_back(provider, issuer)


def _unsigned(issuer: Issuer) -> str:
    parts = ({"alg": "none"}, issuer.claims)
    return b".".join([*(_encoded(json.dumps(part).encode()) for part in parts), b""]).decode()


def _by_stranger(issuer: Issuer) -> str:
    return jwt.encode(
        {"alg": "RS256", "kid": "1"}, issuer.claims, RSAKey.generate_key(2048, {"kid": "1"})
    )


def _by_client_secret(issuer: Issuer) -> str:
    return jwt.encode({"alg": "HS256"}, issuer.claims, OctKey.import_key(CLIENT_SECRET))


def _by_public_key(issuer: Issuer) -> str:
    parts = ({"alg": "HS256", "kid": "1"}, issuer.claims)
    signed = b".".join(_encoded(json.dumps(part).encode()) for part in parts)
    digest = hmac.digest(issuer.key.as_pem(private=False), signed, "sha256")
    return b".".join([signed, _encoded(digest)]).decode()


def _encoded(content: bytes) -> bytes:
    return base64.urlsafe_b64encode(content).rstrip(b"=")


@pytest.mark.parametrize("forge", [_unsigned, _by_stranger, _by_client_secret, _by_public_key])
def test_what_the_provider_did_not_sign_is_refused(
    provider: Provider, issuer: Issuer, forge: Callable[[Issuer], str]
) -> None:
    url, cookie = provider.begin("/")
    asked = parse_qs(urlsplit(url).query)
    issuer.claims["nonce"] = asked["nonce"][0]
    kept = provider.remembered(cookie, asked["state"][0])
    assert kept
    issuer.id_token = forge(issuer)
    with pytest.raises(TracerError, match="was not understood"):
        provider.login("the-code", kept)
    issuer.id_token = None
    assert provider.login("the-code", kept).claims["sub"] == "4711"  # it was the token alone


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"issuer": "https://id.example.com"}, "of the issuer 'https://id.example.com'"),
        ({"token_endpoint": "http://id.example.com/"}, "token_endpoint does not begin with https"),
        ({"authorization_endpoint": None}, "authorization_endpoint"),
        ({"id_token_signing_alg_values_supported": ["HS256", "none"]}, "let it sign ID tokens by"),
    ],
)
def test_metadata_that_is_not_this_issuers_is_refused(
    provider: Provider, issuer: Issuer, changes: dict[str, object], said: str
) -> None:
    right = dict(issuer.metadata)
    issuer.metadata |= changes
    with pytest.raises(TracerError, match=said):
        provider.begin("/")
    issuer.metadata = right
    assert provider.begin("/")


def test_groups_may_be_told_apart_from_the_token(provider: Provider, issuer: Issuer) -> None:
    issuer.metadata["userinfo_endpoint"] = f"{issuer.url}/userinfo"
    issuer.userinfo = {"sub": "4711", "groups": ["staff"], "iss": "ignored"}
    claims = come_back(provider, issuer)
    assert (claims["groups"], claims["iss"]) == (["staff"], issuer.url)


@pytest.mark.parametrize("userinfo", [{"sub": "1", "groups": ["staff"]}, {}, [], None], ids=str)
def test_groups_of_somebody_else_are_refused(
    provider: Provider, issuer: Issuer, userinfo: object
) -> None:
    issuer.metadata["userinfo_endpoint"] = f"{issuer.url}/userinfo"
    issuer.userinfo = userinfo
    with pytest.raises(TracerError, match="was not understood"):
        come_back(provider, issuer)


def test_new_keys_of_the_provider_are_fetched(provider: Provider, issuer: Issuer) -> None:
    come_back(provider, issuer)
    del issuer.claims["nonce"]
    issuer.key = RSAKey.generate_key(2048, {"kid": "1"})  # of the same name: known to nobody
    with pytest.raises(TracerError):
        come_back(provider, issuer)
    del issuer.claims["nonce"]
    assert come_back(provider, issuer)["sub"] == "4711"


def test_logging_out_leads_to_the_provider_where_it_names_an_address(
    provider: Provider, issuer: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert provider.logout_url("the-token") is None
    issuer.metadata["end_session_endpoint"] = f"{issuer.url}/end?realm=staff"
    back = "https://mail.example.com/login"
    settings = replace(provider.settings, post_logout_redirect_uri=back)
    url = Provider(settings).logout_url("the-token")
    assert url
    assert url.startswith(f"{issuer.url}/end?")
    assert dict(parse_qsl(urlsplit(url).query)) == {
        "realm": "staff",
        "id_token_hint": "the-token",
        "client_id": CLIENT_ID,
        "post_logout_redirect_uri": back,
    }
    issuer.metadata["end_session_endpoint"] = "javascript:alert(1)"
    with pytest.raises(TracerError, match="end_session_endpoint does not begin with https"):
        Provider(settings).logout_url("the-token")


def test_a_provider_that_is_down_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAILTRACER_OIDC_SECRET", CLIENT_SECRET)
    with listening() as gone:
        url = gone.url
    with pytest.raises(UnreachableError, match="cannot be reached"):
        Provider(OidcSettings(url, CLIENT_ID, REDIRECT)).begin("/")


def test_without_its_secret_nothing_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MAILTRACER_OIDC_SECRET", raising=False)
    with pytest.raises(TracerError, match="client_secret_file"):
        Provider(OidcSettings("https://id.example.com", CLIENT_ID, REDIRECT))

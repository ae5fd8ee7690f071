"""Logging in to the dashboard with an OpenID Connect provider, and being refused."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.browser.conftest import free_port, wait_for
from tracer.cli import main

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

PEOPLE: dict[str, dict[str, object]] = {
    "1": {"email": "anna@example.com", "email_verified": True},
    "2": {"preferred_username": "vera", "groups": ["staff"]},
    "3": {"preferred_username": "<b>mallory</b>", "groups": ["others"], "role": "operator"},
}


@dataclass(frozen=True)
class Site:
    """A dashboard, and the provider that it sends people to."""

    address: str
    provider: "subprocess.Popen[bytes]"


@contextmanager
def running(
    command: list[str], health: str, **environment: str
) -> Iterator["subprocess.Popen[bytes]"]:
    with subprocess.Popen(
        [sys.executable, "-m", *command], env=os.environ | environment
    ) as process:
        try:
            wait_for(health)
            yield process
        finally:
            process.terminate()


def sent(url: str, method: str, content: object) -> dict[str, str]:
    request = Request(
        url, json.dumps(content).encode(), {"Content-Type": "application/json"}, method=method
    )
    with urlopen(request, timeout=9) as answer:
        body = answer.read()
    return dict(json.loads(body)) if body else {}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    folder = tmp_path_factory.mktemp("sign-on")
    db, log, config = folder / "store.duckdb", folder / "mail.log", folder / "mailtracer.toml"
    log.write_text("2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]\n")
    assert main(["ingest", "--db", str(db), str(log)]) == 0
    address = f"http://127.0.0.1:{free_port()}"
    issuer = f"http://127.0.0.1:{free_port()}"
    redirect = f"{address}/login/callback"
    mock = ["oidc_provider_mock", "--host", "127.0.0.1", "--port", issuer.rpartition(":")[2]]
    with running([*mock, "--require-registration", "--require-nonce"], issuer) as provider:
        client = sent(f"{issuer}/oauth2/clients", "POST", {"redirect_uris": [redirect]})
        for subject, claims in PEOPLE.items():
            sent(f"{issuer}/users/{subject}", "PUT", claims)
        config.write_text(
            f"""
            [dashboard.oidc]
            issuer = "{issuer}"
            client_id = "{client["client_id"]}"
            redirect_uri = "{redirect}"
            post_logout_redirect_uri = "{address}/login"
            [dashboard.oidc.analyst]
            emails = ["Anna@example.com"]
            [dashboard.oidc.viewer]
            groups = ["staff"]
            """
        )
        command = ["tracer.cli", "dashboard", "--config", str(config), "--db", str(db)]
        with running(
            [*command, "--port", address.rpartition(":")[2]],
            f"{address}/_stcore/health",
            MAILTRACER_OIDC_SECRET=client["client_secret"],
        ):
            yield Site(address, provider)


@pytest.fixture
def page(browser: "Browser") -> Iterator["Page"]:
    opened = browser.new_page(timezone_id="Europe/Berlin")
    yield opened
    opened.close()


def log_in(page: "Page", subject: str) -> None:
    page.get_by_role("link", name="Log in with 127.0.0.1").click()
    page.locator("input[name=sub]").fill(subject)
    page.get_by_role("button", name="Authorize", exact=True).click()


def cookies(page: "Page") -> list[Any]:
    """Those of ours that the browser keeps."""
    return [c for c in page.context.cookies() if c.get("name", "").startswith("mailtracer")]


def test_after_the_login_one_is_where_one_wanted_to_be(page: "Page", site: Site) -> None:
    page.goto(f"{site.address}/sql?sql=SELECT+4711+AS+n&range=All")
    assert page.get_by_label("Password").count() == 0
    log_in(page, "1")
    page.get_by_role("heading", name="What else do you want to know?").wait_for()
    page.get_by_text("1 row", exact=True).wait_for()
    page.get_by_text("anna@example.com", exact=True).wait_for()
    assert "mailtracer" not in page.evaluate("document.cookie")
    (kept,) = cookies(page)
    assert (kept["name"], kept["httpOnly"], kept["sameSite"]) == ("mailtracer_session", True, "Lax")
    page.context.add_cookies([{**kept, "value": kept["value"][:-1] + "_"}])
    page.reload()
    page.get_by_role("link", name="Log in with").wait_for()
    page.context.add_cookies([kept])
    page.goto(site.address)
    page.goto(f"{site.address}/logout")  # as a link of another page would have it
    page.goto(site.address)
    page.get_by_role("button", name="Log out").click()
    page.get_by_role("heading", name="End Session").wait_for()  # the provider's own page
    assert "id_token_hint=" in page.url
    assert cookies(page) == []
    page.get_by_role("button", name="End session").click()
    page.get_by_role("link", name="Log in with").wait_for()
    page.context.add_cookies([kept])
    page.goto(site.address)
    page.get_by_role("link", name="Log in with").wait_for()


def test_a_group_makes_a_viewer_who_runs_no_sql(page: "Page", site: Site) -> None:
    page.goto(f"{site.address}/sql")
    log_in(page, "2")
    page.get_by_text("SQL is for analysts").wait_for()
    page.get_by_text("vera (2)", exact=True).wait_for()


def test_who_has_no_role_is_told_so(page: "Page", site: Site) -> None:
    page.goto(site.address)
    log_in(page, "3")
    page.get_by_role("alert").filter(has_text="knows you as <b>mallory</b> (3)").wait_for()
    assert cookies(page) == []
    page.get_by_role("link", name="Try again").click()
    page.get_by_role("link", name="Log in with").wait_for()


@pytest.mark.parametrize(
    ("path", "cookie", "status"),
    [
        ("/", "", 401),
        ("/", "mailtracer_login=x; mailtracer_session=x; _streamlit_user=x", 401),
        ("/_stcore/host-config", "", 401),
        ("/login/callback?code=x&state=x", "", 400),
        ("/login/callback?code=x&state=x", "mailtracer_login=eyJzdGF0ZSI6IngifQ.x.x", 400),
        ("/login/callback", "", 400),
    ],
)
def test_nothing_is_served_without_a_session(
    site: Site, path: str, cookie: str, status: int
) -> None:
    with pytest.raises(HTTPError) as refused:
        urlopen(Request(site.address + path, headers={"Cookie": cookie}), timeout=9)
    assert refused.value.code == status
    assert "mailtracer_session" not in str(refused.value.headers)


def begun(page: "Page", site: Site) -> str:
    """Begin a login: the path to come back to, but for the answer."""
    page.goto(f"{site.address}/login")
    page.get_by_role("link", name="Log in with 127.0.0.1").click()
    page.locator("input[name=sub]").wait_for()
    state = page.url.partition("state=")[2].partition("&")[0]
    return f"{site.address}/login/callback?state={state}"


def test_a_code_that_the_provider_never_gave_lets_nobody_in(page: "Page", site: Site) -> None:
    page.goto(f"{begun(page, site)}&code=guessed")
    page.get_by_text("is not as it should be").wait_for()
    assert cookies(page) == []


def test_why_the_provider_refuses_is_shown_as_text(page: "Page", site: Site) -> None:
    page.goto(f"{begun(page, site)}&error=access_denied&error_description=<b>no</b>")
    page.get_by_text("127.0.0.1").filter(has_text="says: <b>no</b>").wait_for()
    assert cookies(page) == []


def test_a_provider_that_is_down_is_told(page: "Page", site: Site) -> None:
    back = begun(page, site)
    site.provider.terminate()  # the last test: nobody needs it any more
    site.provider.wait()
    page.goto(f"{back}&code=x")
    page.get_by_text("gives no answer").wait_for()

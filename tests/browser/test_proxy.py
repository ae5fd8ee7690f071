"""The dashboard behind nginx with TLS, set up as docs/operations.md says."""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.browser.conftest import free_port, wait_for
from tracer import users
from tracer.cli import main
from tracer.users import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser

pytestmark = pytest.mark.browser

NGINX = os.environ.get("NGINX") or shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
PAGE = Path(__file__).parents[2] / "docs" / "operations.md"
PASSWORD = "a long password"


def site_file(folder: Path, port: int, behind: int) -> str:
    """nginx's configuration, with the block of the docs."""
    (block,) = re.findall(r"```nginx\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL)
    assert "127.0.0.1:8501" in block
    paths = "client_body proxy fastcgi uwsgi scgi".split()
    return f"""
        daemon off; pid {folder}/pid; error_log stderr; events {{}}
        http {{
            access_log off;
            {" ".join(f"{name}_temp_path {folder}/{name};" for name in paths)}
            server {{
                listen 127.0.0.1:{port} ssl;
                ssl_certificate {folder}/crt; ssl_certificate_key {folder}/key;
                {block.replace("8501", str(behind))}
            }}
            server {{ listen 127.0.0.1:{port + 1}; return 204; }}
        }}
    """


@pytest.fixture
def address(tmp_path: Path) -> Iterator[str]:
    if NGINX is None:
        pytest.skip("there is no nginx")
    db, log = tmp_path / "store.duckdb", tmp_path / "mail.log"
    log.write_text("2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]\n")
    assert main(["ingest", "--db", str(db), str(log)]) == 0
    anna = User("anna", "viewer", users.hashed(PASSWORD))
    users.save(users.users_path(db), {"anna": anna})
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj",
         "/CN=localhost", "-keyout", tmp_path / "key", "-out", tmp_path / "crt"],
        check=True, capture_output=True,
    )  # fmt: skip
    port, behind = free_port(), free_port()
    config = tmp_path / "nginx.conf"
    config.write_text(site_file(tmp_path, port, behind))
    command = [sys.executable, "-m", "tracer.cli", "dashboard", "--db", str(db)]
    with (
        subprocess.Popen([*command, "--port", str(behind)]) as dashboard,
        subprocess.Popen([NGINX, "-p", str(tmp_path), "-c", str(config)]) as nginx,
    ):
        try:
            wait_for(f"http://127.0.0.1:{behind}/_stcore/health")
            wait_for(f"http://127.0.0.1:{port + 1}/")
            yield f"https://127.0.0.1:{port}"
        finally:
            nginx.terminate()
            dashboard.terminate()


def test_a_login_behind_nginx_is_for_https_alone(browser: "Browser", address: str) -> None:
    page = browser.new_page(ignore_https_errors=True)
    page.goto(f"{address}/system")
    page.get_by_label("Name").fill("anna")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.get_by_text("1 of 1 lines of one log are understood").wait_for()  # over a WebSocket
    (kept,) = [c for c in page.context.cookies() if c.get("name") == "mailtracer_session"]
    assert (kept["secure"], kept["httpOnly"]) == (True, True)
    page.close()

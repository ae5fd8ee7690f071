"""Take pictures of the dashboard's pages: light and dark, at a laptop's and a phone's width.

`python docs/screenshots.py STORE [FOLDER]` serves the store, drives Chromium through Playwright,
and writes PNG files to FOLDER (docs/images). CHROMIUM names the browser where it is not
/usr/bin/chromium.
"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal
from urllib.parse import urlencode
from urllib.request import urlopen

from playwright.sync_api import Page, sync_playwright

WIDTHS = {"laptop": (1280, 800), "phone": (390, 844)}
SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
_START_SECONDS = 60
_ROOT = Path(__file__).resolve().parent.parent


@contextmanager
def served(store: Path) -> Iterator[str]:
    """The address of a dashboard that shows the store."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [
        sys.executable, "-m", "dashboards",
        "--db", str(store.resolve()), "--address", "127.0.0.1", "--port", str(port),
    ]  # fmt: skip
    with subprocess.Popen(command, cwd=_ROOT) as process:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(f"{address}/_stcore/health")
            yield address
        finally:
            process.terminate()


def _wait_for(address: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            with urlopen(address, timeout=5):  # noqa: S310 - our own address
                return
        except OSError:
            if time.monotonic() > deadline:
                raise
        time.sleep(0.2)


def settle(page: Page) -> None:
    """Wait until the page is drawn."""
    page.wait_for_selector("h1")
    page.wait_for_function(
        "!document.querySelector('[data-testid=stSkeleton], [data-testid=stStatusWidget]')"
    )
    page.wait_for_timeout(2500)  # charts and tables draw after their data


def take(address: str, folder: Path, name: str, parameters: dict[str, str]) -> list[Path]:
    """Take the pictures of the page at an address."""
    folder.mkdir(parents=True, exist_ok=True)
    taken = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=os.environ.get("CHROMIUM", "/usr/bin/chromium"),
            args=["--no-sandbox"] if os.getuid() == 0 else [],
        )
        for device, (width, height) in WIDTHS.items():
            for scheme in SCHEMES:
                page = browser.new_page(
                    viewport={"width": width, "height": height},
                    color_scheme=scheme,
                    timezone_id="Europe/Berlin",
                )
                page.goto(f"{address}?{urlencode(parameters)}")
                settle(page)
                content = page.evaluate(
                    "document.querySelector('[data-testid=stMainBlockContainer]').scrollHeight"
                )
                page.set_viewport_size({"width": width, "height": max(height, content + 80)})
                page.wait_for_timeout(1500)
                path = folder / f"{name}-{device}-{scheme}.png"
                page.screenshot(path=path)
                taken.append(path)
                page.close()
        browser.close()
    return taken


def main() -> None:
    """Take all pictures of a store."""
    store = Path(sys.argv[1])
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else _ROOT / "docs" / "images"
    with served(store) as address:
        shots = take(f"{address}/", folder, "now", {})
        if len(sys.argv) > 3:
            shots += take(f"{address}/find", folder, "message", {"q": sys.argv[3]})
        for path in shots:
            print(path)


if __name__ == "__main__":
    main()

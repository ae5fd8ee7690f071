"""How long until a page of the dashboard is there, and does looking at it slow the watcher?

    python -m benchmarks.pages STORE

The real dashboard, looked at in a real Chromium that has seen it before. For each page: from the
address to its first content and until all is drawn, in a process that has just begun, and again;
then how long a change of the range and of the host takes. After that a watcher follows a log that
grows steadily into a copy of the store: how long lines take to their commit, while nobody looks and
while many do, and how much of a core the watcher takes, which answers the dashboard's queries too
(Linux). The browsers give way then, as people's browsers run on other machines.

CHROMIUM names the browser where it is not /usr/bin/chromium.
"""

import argparse
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from statistics import median, quantiles
from urllib.request import urlopen

from playwright.sync_api import Browser, Locator, Page, ViewportSize, sync_playwright

PAGES = (
    "", "find?q=status:bounced", "rejections", "delivery", "spam-and-viruses", "logins", "sql",
    "system",
)  # fmt: skip
CHANGES = ("7 days", "24 hours", "All")
_START_SECONDS = 60
_DRAW_MILLISECONDS = 60_000
_VIEWPORT: ViewportSize = {"width": 1440, "height": 900}
_FED_A_SECOND = 50  # lines
_VIEWERS_SECONDS = 30  # until all viewers' pages are there
# A page is complete when nothing is computed, no part waits or is of before, and all that one sees
# is drawn; and after a change, when the sentence that names the range is another.
_TIMER = """
const marks = window.marks = {};
const all = selector => [...document.querySelectorAll(selector)].filter(e => e.checkVisibility());
const answer = window.answer = () => all('[data-testid=stMarkdown]').map(e => e.innerText)
    .find(text => /from .* to /.test(text));
window.begin = start => {
    Object.assign(marks, {start, before: answer(), first: null, complete: null});
};
window.begin(0);
const isDrawn = () => !all('[data-testid=stSkeleton], [data-stale=true]').length
    && all('[data-testid=stPlotlyChart]').every(chart => chart.querySelector('.main-svg'))
    && all('[data-testid=stDataFrame]').every(table => table.querySelector('canvas'));
const isContent = () => all('[data-testid=stElementContainer]').some(element =>
    element.innerText.trim() && !element.closest('[data-stale=true]')
    && !element.matches(':has(h1, [data-testid=stWidgetLabel])'));
setInterval(() => {
    const seconds = (performance.now() - marks.start) / 1000;
    const state = document.querySelector('[data-testid=stApp]')?.dataset.testScriptState;
    const isNew = marks.start === 0 || answer() !== marks.before;
    if (marks.first === null && isNew && isContent()) marks.first = seconds;
    if (marks.complete === null && marks.first !== null && state === 'notRunning' && isDrawn())
        marks.complete = seconds;
}, 10);
"""


# -- the dashboard and its browser ----------------------------------------------------------------


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def serving(store: Path, port: int) -> Iterator[str]:
    """The address of a dashboard that has just begun and was asked for nothing yet."""
    command = [sys.executable, "-m", "dashboards", "--db", str(store)]
    with subprocess.Popen([*command, "--address", "127.0.0.1", "--port", str(port)]) as process:
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
        time.sleep(0.05)


@contextmanager
def browsing(*, gives_way: bool = False) -> Iterator[Browser]:
    """A browser. gives_way: it takes only the time that others leave."""
    chromium = os.environ.get("CHROMIUM", "/usr/bin/chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as driver:
        polite = Path(folder, "chromium")
        polite.write_text(f'#!/bin/sh\nexec nice -n 19 {shlex.quote(chromium)} "$@"\n')
        polite.chmod(0o700)
        browser = driver.chromium.launch(
            executable_path=polite if gives_way else chromium,
            args=["--no-sandbox"] if os.getuid() == 0 else [],
        )
        yield browser
        browser.close()


def _seconds(page: Page) -> tuple[float, float]:
    """To the first content, and until all is drawn."""
    page.wait_for_function("marks.complete !== null", timeout=_DRAW_MILLISECONDS)
    first, complete = page.evaluate("[marks.first, marks.complete]")
    return first, complete


def opened(page: Page, address: str) -> tuple[float, float]:
    """How long a page takes that is asked for anew."""
    page.goto(address)
    return _seconds(page)


def changed(page: Page, choice: Locator) -> float:
    """How long it takes to draw the page anew after a click."""
    page.wait_for_timeout(500)
    page.evaluate("begin(performance.now())")
    choice.click()
    return _seconds(page)[1]


# -- pages ----------------------------------------------------------------------------------------


def measure_pages(store: Path, pages: Sequence[str], rounds: int) -> None:
    """Print a row for each page: medians of the rounds, seconds."""
    columns = ("first, cold", "all, cold", "first", "all", *CHANGES, "host")
    print(f"{'page':<24}" + "".join(f"{column:>12}" for column in columns))
    with browsing() as browser:
        for path in pages:
            measured = [_measured(browser, store, path) for _ in range(rounds)]
            middle = [median(column) for column in zip(*measured, strict=True)]
            print(f"{path or 'now':<24}" + "".join(f"{s:12.2f}" for s in middle), flush=True)


def _measured(browser: Browser, store: Path, path: str) -> list[float]:
    port = free_port()
    with browser.new_context(viewport=_VIEWPORT) as context:
        page = context.new_page()
        page.add_init_script(_TIMER)
        with serving(store, port) as address:
            opened(page, f"{address}/{path}")  # from now on the browser has the program
            page.goto("about:blank")
        with serving(store, port) as address:
            result = [*opened(page, f"{address}/{path}"), *opened(page, f"{address}/{path}")]
            if page.evaluate("marks.before === undefined && answer() !== undefined"):
                result += [changed(page, page.get_by_role("radio", name=c)) for c in CHANGES]
                page.get_by_label("Host").first.click()
                result.append(changed(page, page.get_by_role("option").last))
            page.goto("about:blank")
            return result


# -- the watcher ----------------------------------------------------------------------------------


class _Feeder(threading.Thread):
    """Writes lines to a log at a steady rate, and tells how long each took to its commit."""

    def __init__(self, log: Path, watcher: int) -> None:
        """watcher: the process that follows the log."""
        super().__init__(daemon=True)
        self.watcher = watcher
        self._log = log
        self._written: list[float] = []  # when each line was
        self._committed = 0
        self.delays: list[float] = []  # of the lines since the last forget()
        self.ended = threading.Event()

    def run(self) -> None:
        """Write until it is ended."""
        begun = time.monotonic()
        with self._log.open("a", encoding="utf-8", buffering=1) as file:
            while not self.ended.is_set():
                number = len(self._written)
                time.sleep(max(0.0, begun + number / _FED_A_SECOND - time.monotonic()))
                self._written.append(time.monotonic())
                file.write(
                    f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S.%f}+00:00 mx postfix/smtpd[{number}]: "
                    f"connect from client.example[192.0.2.{number % 250}]\n"
                )

    def commits(self, count: int) -> None:
        """So many more lines are stored."""
        now = time.monotonic()
        first, self._committed = self._committed, self._committed + count
        self.delays += [now - at for at in self._written[first : self._committed]]


@contextmanager
def watching(store: Path, log: Path) -> Iterator[_Feeder]:
    """A watcher that follows a log which grows."""
    log.touch()
    command: list[str | Path] = [sys.executable, "-m", "tracer.cli", "watch", "--db", store]
    command += ["--zone", "UTC"]
    with subprocess.Popen([*command, "--verbose", log], stderr=subprocess.PIPE, text=True) as run:
        assert run.stderr is not None
        said_lines = run.stderr
        feeder = _Feeder(log, run.pid)

        def listen() -> None:
            for said in said_lines:
                if " new lines, " in said:
                    feeder.commits(int(said.rsplit(": ", 1)[1].split(" ", 1)[0]))

        listener = threading.Thread(target=listen)
        listener.start()
        feeder.start()
        try:
            yield feeder
        finally:
            feeder.ended.set()
            feeder.join()
            run.terminate()
            listener.join()


@contextmanager
def viewing(store: Path, viewers: int) -> Iterator[None]:
    """So many people have a page of the dashboard open, each another one as far as there are."""
    with serving(store, free_port()) as address, browsing(gives_way=True) as browser:
        for number in range(viewers):
            context = browser.new_context()
            context.new_page().goto(f"{address}/{PAGES[number % len(PAGES)]}")
        time.sleep(_VIEWERS_SECONDS)
        yield


def _cpu_seconds(process: int) -> float:
    """User and system time that a process has taken so far."""
    fields = Path(f"/proc/{process}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure_watcher(store: Path, viewers: int, seconds: float) -> None:
    """Print how long lines take to their commit, without viewers and with them."""
    print(f"\n{'viewers':<18}{'lines':>13}{'half':>13}{'95%':>13}{'slowest':>13}{'cores':>13}")
    with tempfile.TemporaryDirectory(dir=store.parent) as folder:
        copy = Path(folder, store.name)
        shutil.copy(store, copy)
        with watching(copy, Path(folder, "mail.log")) as feeder:
            for number in (0, viewers):
                with viewing(copy, number) if number else nullcontext():
                    time.sleep(_VIEWERS_SECONDS)
                    feeder.delays.clear()
                    before = _cpu_seconds(feeder.watcher)
                    time.sleep(seconds)
                    delays = list(feeder.delays)
                    cores = (_cpu_seconds(feeder.watcher) - before) / seconds
                shown = (median(delays), quantiles(delays, n=20)[-1], max(delays), cores)
                figures = "".join(f"{s:13.2f}" for s in shown)
                print(f"{number:<18}{len(delays):>13}{figures}", flush=True)


def main() -> int:
    """The command line."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("store", type=Path)
    parser.add_argument("--pages", nargs="*", default=PAGES, help="their paths; '' is the first")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--viewers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=60, help="of each part with the watcher")
    args = parser.parse_args()
    if args.pages:
        measure_pages(args.store, args.pages, args.rounds)
    if args.viewers:
        measure_watcher(args.store, args.viewers, args.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

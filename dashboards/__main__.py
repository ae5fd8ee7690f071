"""Serve the dashboard: `python -m dashboards`, which `mailtracer dashboard` runs.

All settings are given here, so that no file but the package is needed.
"""

import argparse
import gc
import importlib
import os
import pkgutil
import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware

from dashboards import (
    DB_VARIABLE,
    KEEP_VARIABLE,
    access,
    app_pages,
    charts,
    gate,
    sign_on,
    stale_runs,
)
from tracer import configuration
from tracer.errors import TracerError
from tracer.loopback import is_loopback

_LIGHT = {
    "primaryColor": "#0072B2",
    "backgroundColor": "#FFFFFF",
    "secondaryBackgroundColor": "#F3F6F9",
    "textColor": "#17212B",
    "borderColor": "#D5DCE3",
}
_DARK = {
    "primaryColor": "#56B4E9",
    "backgroundColor": "#11161C",
    "secondaryBackgroundColor": "#1B232C",
    "textColor": "#E6EBF0",
    "borderColor": "#33404D",
}
_OPTIONS: dict[str, object] = {
    "browser.gatherUsageStats": False,
    "client.showErrorDetails": "type",
    "client.showErrorLinks": False,
    "client.toolbarMode": "viewer",
    "logger.hideWelcomeMessage": True,
    "logger.level": "warning",
    "runner.magicEnabled": False,
    "server.fileWatcherType": "none",
    "server.headless": True,
    "server.showEmailPrompt": False,
    "theme.baseRadius": "6px",
    "theme.showWidgetBorder": True,
    "theme.headingFontSizes": ["2rem", "1.5rem", "1.25rem"],
    "theme.metricValueFontSize": "1.6rem",
    "theme.paddingTop": "1rem",
    **{f"theme.light.{name}": value for name, value in _LIGHT.items()},
    **{f"theme.dark.{name}": value for name, value in _DARK.items()},
}


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", allow_abbrev=False)
    parser.add_argument("--db", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--config", type=Path, help="the configuration, where it has a provider")
    parser.add_argument("--keep-days", help="for how many days the watcher keeps lines")
    parser.add_argument("--zone", help="of these days")
    parser.add_argument("--tied", action="store_true", help="end when standard input ends")
    args = parser.parse_args()
    if args.tied:
        threading.Thread(target=_end_with_input, daemon=True).start()
    os.environ[DB_VARIABLE] = args.db
    if args.keep_days:
        os.environ[KEEP_VARIABLE] = f"{args.keep_days} {args.zone}"
    options = {**_OPTIONS, "server.address": args.address, "server.port": args.port}
    try:
        oidc = configuration.load(args.config, shapes=False).oidc if args.config else None
        provider = sign_on.Provider(oidc) if oidc else None
    except TracerError as error:
        sys.exit(f"mailtracer: {error}")
    gate_keeper = access.start(args.db, has_provider=provider is not None)
    if is_loopback(args.address):
        if gate_keeper.is_open and "STREAMLIT_SERVER_ALLOWED_HOSTS" not in os.environ:
            # a page of another name that resolves to this machine gets nothing
            options["server.allowedHosts"] = ["localhost", "127.0.0.1", "[::1]", "::1"]
    elif gate_keeper.is_open:
        sys.exit("only this machine is served where nobody has to log in")
    stale_runs.drop()
    st.App(
        Path(__file__).with_name("app.py"),
        lifespan=_loaded,
        routes=gate.routes(gate_keeper, provider),
        middleware=[Middleware(gate.Gate, access=gate_keeper)],
    ).run(config=options)


@asynccontextmanager
async def _loaded(_: st.App) -> AsyncIterator[None]:
    """Load what pages are made of before the first is asked for: that takes longer than to draw it.

    Not sooner: what is remembered between pages belongs to the server, which runs only now.
    """
    for page in pkgutil.iter_modules(app_pages.__path__, f"{app_pages.__name__}."):
        importlib.import_module(page.name)
    charts.scores({(0, "clean"): 1}, [])  # plotly loads the rest at its first chart
    # Streamlit collects garbage after each run of a page: it need not look at all that again.
    gc.collect()
    gc.freeze()
    yield


def _end_with_input() -> None:
    """Standard input is a pipe from the process that started this one: it ends with that one."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()

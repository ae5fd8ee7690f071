"""Serve the dashboard: `python -m dashboards`, which `mailtracer dashboard` runs.

All settings are given here, so that no file but the package is needed.
"""

import argparse
import os
import signal
import sys
import threading
from ipaddress import ip_address
from pathlib import Path

from streamlit.web import bootstrap

from dashboards import DB_VARIABLE

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
    "browser_gatherUsageStats": False,
    "client_showErrorDetails": "type",
    "client_showErrorLinks": False,
    "client_toolbarMode": "viewer",
    "logger_hideWelcomeMessage": True,
    "logger_level": "warning",
    "runner_magicEnabled": False,
    "server_fileWatcherType": "none",
    "server_headless": True,
    "server_showEmailPrompt": False,
    "theme_baseRadius": "6px",
    "theme_showWidgetBorder": True,
    "theme_headingFontSizes": ["2rem", "1.5rem", "1.25rem"],
    "theme_metricValueFontSize": "1.6rem",
    "theme_paddingTop": "1rem",
    **{f"theme_light_{name}": value for name, value in _LIGHT.items()},
    **{f"theme_dark_{name}": value for name, value in _DARK.items()},
}


def main() -> None:
    """Serve until SIGINT or SIGTERM."""
    parser = argparse.ArgumentParser(prog="python -m dashboards", allow_abbrev=False)
    parser.add_argument("--db", required=True)
    parser.add_argument("--address", required=True)
    parser.add_argument("--port", required=True, type=int)
    parser.add_argument("--tied", action="store_true", help="end when standard input ends")
    args = parser.parse_args()
    if args.tied:
        threading.Thread(target=_end_with_input, daemon=True).start()
    os.environ[DB_VARIABLE] = args.db
    options = {**_OPTIONS, "server_address": args.address, "server_port": args.port}
    if _is_local(args.address) and "STREAMLIT_SERVER_ALLOWED_HOSTS" not in os.environ:
        # a page of another name that resolves to this machine gets nothing
        options["server_allowedHosts"] = ["localhost", "127.0.0.1", "[::1]", "::1"]
    bootstrap.load_config_options(options)
    bootstrap.run(str(Path(__file__).with_name("app.py")), False, [], options)


def _end_with_input() -> None:
    """Standard input is a pipe from the process that started this one: it ends with that one."""
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _is_local(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"


if __name__ == "__main__":
    main()

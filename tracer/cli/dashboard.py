"""`mailtracer dashboard`: serve the pages of a store in the browser."""

import argparse
import os
import socket
import sys
from pathlib import Path

from tracer import users
from tracer.cli.settings import add_dashboard, add_retention
from tracer.errors import TracerError
from tracer.loopback import is_loopback

ADDRESS, PORT = "127.0.0.1", 8501
_LAST_PORT = 65_535


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    add_place(parser)


def add_place(parser: argparse.ArgumentParser) -> None:
    """Declare where the dashboard is served, and that it is given what else it has to know."""
    add_dashboard(parser)
    add_retention(parser)
    parser.add_argument(
        "--address",
        default=ADDRESS,
        help=f"address to listen on (default: {ADDRESS}, this machine only; others need users, see "
        "`mailtracer user`)",
    )
    parser.add_argument(
        "--port", type=int, default=PORT, help=f"port to listen on (default: {PORT})"
    )


def run(args: argparse.Namespace) -> int:
    """Serve until stopped. This process becomes the dashboard."""
    check(args)
    print(f"mailtracer: {described(args.address, args.port)}", file=sys.stderr, flush=True)
    line = command(args)
    os.execv(line[0], line)  # noqa: S606 - no shell is wanted


def command(args: argparse.Namespace) -> list[str]:
    """What runs the dashboard, as a process of its own: it loads much that nothing else needs."""
    return [
        sys.executable, "-m", "dashboards",
        "--db", str(Path(args.db).resolve()), "--address", args.address, "--port", str(args.port),
        *(("--config", str(args.config_path.resolve())) if args.oidc else ()),
        *(("--keep-days", str(args.keep_days), "--zone", args.zone) if args.keep_days else ()),
    ]  # fmt: skip


def check(args: argparse.Namespace) -> None:
    """Raise TracerError where nothing can listen there, or where nobody would have to log in."""
    address, port = args.address, args.port
    if args.oidc:
        args.oidc.client_secret()
    elif not is_loopback(address) and not users.load(users.users_path(args.db)):
        raise TracerError(
            f"--address {address}: other machines are served only where people log in; add one "
            "first (mailtracer user add NAME --role operator), or see docs/sign-on.md"
        )
    if not 0 < port <= _LAST_PORT:
        raise TracerError(f"--port {port}: a port is a number from 1 to {_LAST_PORT}")
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(place)
    except OSError as error:
        raise TracerError(
            f"cannot listen on {address}, port {port}: {error.strerror or error}; choose another "
            "--port or --address"
        ) from error


def described(address: str, port: int) -> str:
    """Where to point the browser."""
    host = f"[{address}]" if ":" in address else address
    return f"the dashboard is at http://{host}:{port}"

"""The commands `mailtracer` and `trace`: one file a command, loaded only when it is run."""

import argparse
import importlib
import os
import sys
from collections.abc import Sequence

from tracer import __version__
from tracer.cli import settings
from tracer.errors import TracerError

# name -> what it does; the module is tracer.cli.<name>, with configure(parser) and run(args) -> int
COMMANDS = {
    "trace": "show what became of a message, with every line that proves it",
    "search": "list the messages that fit a query",
    "ingest": "load log files, archives or standard input",
    "watch": "follow log files as they are written",
    "up": "run the watcher and the dashboard together",
    "dashboard": "serve the dashboard",
    "user": "say who may use the dashboard, and as what",
    "queue": "show what waits in Postfix's queue and why, and act on it",
    "report": "tell what a day's mail added up to, or mail it",
    "insights": "tell what is wrong with the mail, since when, and what to do",
    "metrics": "print what a monitoring system wants to know",
    "sql": "ask the store in SQL, by statements or in a shell",
    "snapshot": "copy the store for other tools, also while it is written",
    "parse": "turn log lines into JSON, without a store",
    "coverage": "show how much of a store is understood, with drafts of shapes for the rest",
    "replay": "make events and all that follows anew from the kept lines, by the shapes of now",
    "forget": "remove lines that are older than a day, and what is derived from them",
    "explain": "say how log lines are read, or where they stop being understood",
}
_WITHOUT_STORE = ("parse", "explain")


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The argument parser; only `command`'s own module is imported."""
    parser = argparse.ArgumentParser(
        prog="mailtracer", description="Where is my mail, and why?", allow_abbrev=False
    )
    parser.add_argument("--version", action="version", version=f"mailtracer {__version__}")
    subparsers = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, summary in COMMANDS.items():
        sub = subparsers.add_parser(
            name, help=summary, description=summary.capitalize() + ".", allow_abbrev=False
        )
        if name == command:
            if name not in _WITHOUT_STORE:
                settings.add_db(sub)
            settings.add_config(sub)
            importlib.import_module(f"tracer.cli.{name}").configure(sub)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command line; 0 fine, 1 nothing found or findings, 2 misuse or failure."""
    args = list(sys.argv[1:] if argv is None else argv)
    command = next((a for a in args if not a.startswith("-")), None)
    namespace = build_parser(command).parse_args(args)
    try:
        settings.complete(namespace)
        return int(importlib.import_module(f"tracer.cli.{namespace.command}").run(namespace))
    except TracerError as error:
        from tracer.cli.terminal import safe  # what failed may quote a log

        lines = map(safe, str(error).split("\n"))
        print("mailtracer:", "\n".join(lines), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 141


def trace_main() -> int:
    """The `trace` script: `mailtracer trace ...`."""
    return main(["trace", *sys.argv[1:]])

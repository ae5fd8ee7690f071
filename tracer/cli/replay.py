"""`mailtracer replay`: events and projections made anew from the lines that the store keeps."""

import argparse
import json
import time

from tracer.cli.progress import bars
from tracer.cli.settings import add_shapes
from tracer.store import replay_store


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--projections-only",
        action="store_true",
        help="leave the events as they are, and make anew what is counted and derived from them",
    )
    add_shapes(parser)
    parser.add_argument("--json", action="store_true", help="print the summary as a JSON object")


def run(args: argparse.Namespace) -> int:
    """Replay all lines, and say what became of the unparsed ones."""
    started = time.monotonic()
    with bars() as progress:
        tasks = {}

        def show(what: str, share: float) -> None:
            if what not in tasks:
                tasks[what] = progress.add_task(what, total=1.0)
            progress.update(tasks[what], completed=share)

        done = replay_store(args.db, args.shapes, show, projections_only=args.projections_only)
    seconds = time.monotonic() - started
    if args.json:
        print(
            json.dumps(
                {
                    "lines": done.lines,
                    "unparsed_before": done.unparsed_before,
                    "unparsed": done.unparsed,
                    "seconds": round(seconds, 3),
                }
            )
        )
    else:
        print(
            f"{done.lines:,} lines: {done.unparsed:,} unparsed, {done.unparsed_before:,} before"
            f"\n{seconds:.1f} s"
        )
    return 0

"""`mailtracer up`: follow logs and serve the dashboard; both end together."""

import argparse
import subprocess
import sys
import threading

from tracer.cli import dashboard, watch
from tracer.errors import TracerError

_STOP_SECONDS = 10.0  # how long the dashboard has to end by itself


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    watch.configure(parser)
    dashboard.add_place(parser)


def run(args: argparse.Namespace) -> int:
    """Watch in this process, which owns the store; the dashboard is a child."""
    dashboard.check(args)
    stop = threading.Event()
    command = [*dashboard.command(args), "--tied"]
    # The child is to end when we say so, not at the ^C that it would see too; and when we are
    # killed, as its standard input ends then.
    with (
        watch.stopped_by_signals(stop),
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        ) as child,
    ):
        place = dashboard.described(args.address, args.port)
        print(f"mailtracer: {place}; ^C ends it", file=sys.stderr, flush=True)
        threading.Thread(target=_stop_with, args=(child, stop), daemon=True).start()
        try:
            watch.watch(
                args.db,
                args.paths,
                stop,
                args.shapes,
                zones=args.zones,
                plan=watch.plan_of(args),
                insights=watch.insights_of(args),
                retention=watch.retention_of(args),
                metrics=args.metrics,
                verbose=args.verbose,
            )
        finally:
            ended_alone = child.poll() is not None
            _end(child)
    if ended_alone:
        raise TracerError(f"the dashboard ended by itself with exit code {child.returncode}")
    return 0


def _stop_with(child: "subprocess.Popen[bytes]", stop: threading.Event) -> None:
    child.wait()
    stop.set()


def _end(child: "subprocess.Popen[bytes]") -> None:
    child.terminate()
    try:
        child.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.kill()

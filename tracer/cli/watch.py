"""`mailtracer watch`: follow log files, and serve the store to everybody else meanwhile."""

import argparse
import contextlib
import signal
import sys
import threading
import types
from collections.abc import Callable, Iterator

from parsers.registry import Registry
from tracer.cli.reporting import scheduled
from tracer.cli.settings import add_metrics, add_parsing, add_reports, add_retention
from tracer.insights.schedule import InsightPlan
from tracer.metrics.place import Place
from tracer.reports.schedule import Plan
from tracer.retention.schedule import Retention
from tracer.sources.chunks import Appended, Appender
from tracer.sources.follow import follow
from tracer.sources.names import shown
from tracer.sources.zones import Zones
from tracer.store import open_appender
from tracer.store.reading import OwnerGoneError


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "paths",
        nargs="+",
        metavar="PATH",
        help="log files, which need not exist yet, folders, quoted patterns ('/var/log/mail.*')",
    )
    add_parsing(parser)
    add_reports(parser)
    add_retention(parser)
    add_metrics(parser)
    parser.add_argument("--verbose", action="store_true", help="say what each commit has added")


def run(args: argparse.Namespace) -> int:
    """Follow until SIGINT or SIGTERM; the commit under way is finished first."""
    stop = threading.Event()
    with stopped_by_signals(stop):
        watch(
            args.db,
            args.paths,
            stop,
            args.shapes,
            zones=args.zones,
            plan=plan_of(args),
            insights=insights_of(args),
            retention=retention_of(args),
            metrics=args.metrics,
            verbose=args.verbose,
        )
    return 0


def plan_of(args: argparse.Namespace) -> Plan:
    """The reports that are sent while logs are followed."""
    return Plan(args.reports, args.zone, args.mail)


def insights_of(args: argparse.Namespace) -> InsightPlan:
    """How insights are looked for and told while logs are followed."""
    return InsightPlan(args.insights, args.zone, args.mail)


def retention_of(args: argparse.Namespace) -> Retention | None:
    """What is removed while logs are followed; None where lines are kept for ever."""
    return Retention(args.keep_days, args.zone) if args.keep_days else None


def watch(
    db: str,
    paths: list[str],
    stop: threading.Event,
    shapes: Registry | None = None,
    *,
    zones: Zones,
    plan: Plan,
    insights: InsightPlan,
    retention: Retention | None = None,
    metrics: Place | None = None,
    verbose: bool = False,
) -> None:
    """Follow the files into the store at `db` until `stop` is set.

    plan, insights: what is sent meanwhile. retention: what is removed; None for nothing. metrics:
    where these are served; None for nowhere.
    Lines are handed to the store's owner if it has one; when that one ends, this becomes it.
    """
    with _measured(metrics, db) as measured:
        while not stop.is_set():
            with (
                open_appender(db, shapes) as appender,
                scheduled(plan, db, appender, _say, insights, retention),
                contextlib.suppress(OwnerGoneError),
            ):
                follow(
                    paths,
                    measured(appender),
                    stop,
                    zones=zones,
                    report=_say,
                    on_append=_say_added if verbose else lambda path, appended: None,
                )


@contextlib.contextmanager
def _measured(at: Place | None, db: str) -> Iterator[Callable[[Appender], Appender]]:
    """Serve metrics, if they are wanted; gives what makes an appender one that is measured."""
    if at is None:
        yield lambda appender: appender
        return
    from tracer.metrics.serving import served

    with served(at, db, _say) as commits:
        _say(f"metrics are at http://{at}/metrics")
        yield commits.of


def _say(message: str) -> None:
    print(f"mailtracer: {message}", file=sys.stderr, flush=True)


def _say_added(path: str, appended: Appended) -> None:
    _say(f"{shown(path)}: {appended.lines} new lines, {appended.unparsed} of them unparsed")


@contextlib.contextmanager
def stopped_by_signals(stop: threading.Event) -> Iterator[None]:
    """Set `stop` at the first SIGINT or SIGTERM; a second one ends the program at once."""

    def handle(number: int, frame: types.FrameType | None) -> None:
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, handle) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

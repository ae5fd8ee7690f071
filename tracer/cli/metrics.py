"""`mailtracer metrics`: what `--metrics` of the watcher serves, printed once."""

import argparse
import sys
from collections.abc import Callable
from functools import partial

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.openmetrics import exposition as openmetrics
from prometheus_client.registry import Collector

from tracer.cli.terminal import safe
from tracer.metrics import held, waiting
from tracer.metrics.collector import StoreCollector
from tracer.metrics.refreshed import Reading, measured
from tracer.metrics.waiting import Depth
from tracer.queue.commands import QueueError
from tracer.queue.instances import Instance

_FORMATS: dict[str, Callable[[Collector], bytes]] = {
    "text": generate_latest,
    "openmetrics": openmetrics.generate_latest,
}


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments."""
    parser.add_argument(
        "--format",
        choices=_FORMATS,
        default="text",
        help="text (default), which node_exporter's textfile collector reads, or openmetrics",
    )


def run(args: argparse.Namespace) -> int:
    """Print them; a queue that cannot be read is one of the things to be told."""
    store = measured(partial(held.read, args.db))
    queues = {each.name: _queue(each) for each in waiting.at_hand()}
    registry = CollectorRegistry()
    registry.register(
        StoreCollector(
            args.db, lambda: store, {name: partial(queues.__getitem__, name) for name in queues}
        )
    )
    sys.stdout.write(_FORMATS[args.format](registry).decode())
    return 0


def _queue(instance: Instance) -> Reading[Depth]:
    try:
        return measured(partial(waiting.read, instance.directory))
    except QueueError as error:
        print(f"mailtracer: {safe(str(error))}", file=sys.stderr)
        return Reading(failed=True)

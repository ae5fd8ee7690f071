"""Makes the families that Prometheus reads of what was read of the store and the queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import duckdb
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    InfoMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

from tracer import __version__
from tracer.metrics import held
from tracer.metrics.declared import METRICS, seconds
from tracer.metrics.held import Held
from tracer.metrics.refreshed import Reading
from tracer.metrics.waiting import Depth


@dataclass(frozen=True, slots=True)
class StoreCollector(Collector):
    """Collects what is known of a store when it is asked.

    queue: None where this machine has no Postfix.
    """

    db: str
    store: Callable[[], Reading[Held]]
    queue: Callable[[], Reading[Depth]] | None

    def collect(self) -> Iterator[Metric]:
        """All families; those of the store only once it was read."""
        yield InfoMetricFamily(
            "mailtracer_build",
            "The versions that run.",
            {"version": __version__, "duckdb": duckdb.__version__},
        )
        yield from _files(self.db)
        store = self.store()
        yield from _about("store", store)
        if store.value is not None:
            yield from _of_store(store.value)
        if self.queue is not None:
            queue = self.queue()
            yield from _about("queue", queue)
            if queue.value is not None:
                yield from _of_queue(queue.value)


def _about(name: str, reading: Reading[Any]) -> Iterator[Metric]:
    is_up = reading.value is not None and not reading.failed
    yield GaugeMetricFamily(
        f"mailtracer_{name}_up", f"1 if the {name} could be read when it was last tried.", is_up
    )
    if reading.value is not None:
        yield GaugeMetricFamily(
            f"mailtracer_{name}_read_timestamp_seconds",
            f"When the numbers of the {name} were read.",
            reading.at,
        )
        yield GaugeMetricFamily(
            f"mailtracer_{name}_read_seconds", "How long that took.", reading.seconds
        )


def _files(db: str) -> Iterator[Metric]:
    size = GaugeMetricFamily(
        "mailtracer_store_size_bytes",
        "The store on disk; `wal`: what was committed and waits to be moved into it.",
        labels=["file"],
    )
    for file, size_bytes in held.sizes(db).items():
        size.add_metric([file], size_bytes)
    yield size


def _of_store(held: Held) -> Iterator[Metric]:
    for metric in METRICS:
        family_of = CounterMetricFamily if metric.kind == "counter" else GaugeMetricFamily
        family = family_of(metric.name, metric.help, labels=metric.labels)
        for values, number in metric.samples(held.sums):
            family.add_metric([_shown(value) for value in values], number)
        yield family
    unread = GaugeMetricFamily(
        "mailtracer_source_unread_bytes",
        "What a log has that is not stored yet.",
        labels=["source"],
    )
    latest = GaugeMetricFamily(
        "mailtracer_source_last_line_timestamp_seconds",
        "The time of the latest line of a log.",
        labels=["source"],
    )
    for lag in held.lags:
        unread.add_metric([_shown(lag.path)], lag.unread_bytes)
        if lag.last_at is not None:
            latest.add_metric([_shown(lag.path)], seconds(lag.last_at))
    yield unread
    yield latest


def _of_queue(depth: Depth) -> Iterator[Metric]:
    messages = GaugeMetricFamily(
        "postfix_showq_queue_depth", "Messages in the queue.", labels=["queue"]
    )
    sizes = GaugeMetricFamily(
        "mailtracer_queue_size_bytes", "Size of the messages in the queue.", labels=["queue"]
    )
    oldest = GaugeMetricFamily(
        "mailtracer_queue_oldest_timestamp_seconds",
        "When the oldest message in the queue arrived; absent where it is empty.",
        labels=["queue"],
    )
    for queue, count in depth.messages.items():
        messages.add_metric([queue], count)
        sizes.add_metric([queue], depth.size_bytes[queue])
    for queue, at in depth.oldest_at.items():
        oldest.add_metric([queue], seconds(at))
    yield from (messages, sizes, oldest)


def _shown(value: str) -> str:
    """A label's value: paths may hold bytes that are no UTF-8, which no format can carry."""
    return value.encode("utf-8", "replace").decode("utf-8")

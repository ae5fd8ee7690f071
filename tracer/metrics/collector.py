"""Makes the families that Prometheus reads of what was read of the store and the queue."""

from collections.abc import Callable, Iterator, Mapping
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

_INSTANCE = "postfix_instance"  # Prometheus has a label `instance` of its own


@dataclass(frozen=True, slots=True, eq=False)  # a registry holds collectors by identity
class StoreCollector(Collector):
    """Collects what is known of a store when it is asked.

    queues: by the name of the Postfix instance; none where this machine has no Postfix.
    """

    db: str
    store: Callable[[], Reading[Held]]
    queues: Mapping[str, Callable[[], Reading[Depth]]]

    def collect(self) -> Iterator[Metric]:
        """All families; those of the store only once it was read."""
        yield InfoMetricFamily(
            "mailtracer_build",
            "The versions that run.",
            {"version": __version__, "duckdb": duckdb.__version__},
        )
        yield from _files(self.db)
        store = self.store()
        yield from _about("store", {(): store}, ())
        if store.value is not None:
            yield from _of_store(store.value)
        if self.queues:
            queues = {name: read() for name, read in self.queues.items()}
            yield from _about("queue", {(name,): q for name, q in queues.items()}, (_INSTANCE,))
            yield from _of_queues({n: q.value for n, q in queues.items() if q.value is not None})


def _about(
    name: str, readings: Mapping[tuple[str, ...], Reading[Any]], labels: tuple[str, ...]
) -> Iterator[Metric]:
    """readings: by the values of the labels."""
    up = GaugeMetricFamily(
        f"mailtracer_{name}_up",
        f"1 if the {name} could be read when it was last tried.",
        labels=labels,
    )
    at = GaugeMetricFamily(
        f"mailtracer_{name}_read_timestamp_seconds",
        f"When the numbers of the {name} were read.",
        labels=labels,
    )
    took = GaugeMetricFamily(
        f"mailtracer_{name}_read_seconds", "How long that took.", labels=labels
    )
    for values, reading in readings.items():
        up.add_metric(values, reading.value is not None and not reading.failed)
        if reading.value is not None:
            at.add_metric(values, reading.at)
            took.add_metric(values, reading.seconds)
    yield from (up, at, took)


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


def _of_queues(depths: Mapping[str, Depth]) -> Iterator[Metric]:
    labels = [_INSTANCE, "queue"]
    messages = GaugeMetricFamily(
        "postfix_showq_queue_depth", "Messages in the queue.", labels=labels
    )
    sizes = GaugeMetricFamily(
        "mailtracer_queue_size_bytes", "Size of the messages in the queue.", labels=labels
    )
    oldest = GaugeMetricFamily(
        "mailtracer_queue_oldest_timestamp_seconds",
        "When the oldest message in the queue arrived; absent where it is empty.",
        labels=labels,
    )
    for name, depth in depths.items():
        for queue, count in depth.messages.items():
            messages.add_metric([name, queue], count)
            sizes.add_metric([name, queue], depth.size_bytes[queue])
        for queue, at in depth.oldest_at.items():
            oldest.add_metric([name, queue], seconds(at))
    yield from (messages, sizes, oldest)


def _shown(value: str) -> str:
    """A label's value: paths may hold bytes that are no UTF-8, which no format can carry."""
    return value.encode("utf-8", "replace").decode("utf-8")

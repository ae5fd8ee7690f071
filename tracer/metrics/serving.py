"""Serves a watcher's metrics over HTTP: `/metrics`, as OpenMetrics or Prometheus' own text."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from prometheus_client import CollectorRegistry, ProcessCollector, start_http_server

from tracer.errors import TracerError
from tracer.metrics import held, waiting
from tracer.metrics.collector import StoreCollector
from tracer.metrics.commits import Commits
from tracer.metrics.place import Place
from tracer.metrics.refreshed import Refreshed

WAIT_SECONDS = 2.0  # how long a scrape waits for values before it gives the last ones
_CLOSE_SECONDS = 30.0


@contextmanager
def served(at: Place, db: str, complain: Callable[[str], None]) -> Iterator[Commits]:
    """Serve until the end; gives what is to be told of commits.

    complain: is told what goes wrong later on. Raises TracerError where nothing can listen there.
    """
    registry = CollectorRegistry()
    ProcessCollector(registry=registry)
    commits = Commits(registry)
    store = Refreshed(partial(held.read, db), complain)
    queues = {
        instance.name: Refreshed(partial(waiting.read, instance.directory), complain)
        for instance in waiting.at_hand()
    }
    registry.register(
        StoreCollector(
            db,
            partial(store.within, WAIT_SECONDS),
            {name: partial(queue.within, WAIT_SECONDS) for name, queue in queues.items()},
        )
    )
    try:
        server, thread = start_http_server(at.port, at.address, registry)
    except OSError as error:
        raise TracerError(
            f"metrics cannot be served at {at}: {error.strerror or error}; choose another place "
            "with --metrics ADDRESS:PORT"
        ) from error
    try:
        yield commits
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
        store.close(_CLOSE_SECONDS)
        for queue in queues.values():
            queue.close(_CLOSE_SECONDS)

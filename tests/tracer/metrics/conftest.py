"""A watcher that serves metrics of the sample day."""

import http.client
import socket
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import Metric
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from tests.tracer.cli.test_watch import eventually
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import Reader, open_reader, open_writer

SAMPLES = Path(__file__).parents[3] / "sample_logs"
OPENMETRICS = "application/openmetrics-text; version=1.0.0"

Scraped = dict[str, Metric]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def get(port: int, path: str = "/metrics", accept: str = OPENMETRICS) -> tuple[str, str]:
    """The content type and the text of what is served."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        answer = connection.getresponse()
        assert answer.status == 200
        return str(answer.getheader("Content-Type")), answer.read().decode()
    finally:
        connection.close()


def families(text: str) -> Scraped:
    return {family.name: family for family in text_string_to_metric_families(text)}


def values(scraped: Scraped) -> dict[tuple[str, frozenset[tuple[str, str]]], float]:
    """Each sample's value."""
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in scraped.values()
        for sample in family.samples
    }


def value(scraped: Scraped, name: str, **labels: str) -> float:
    return values(scraped)[name, frozenset(labels.items())]


def labels(scraped: Scraped) -> Mapping[str, set[str]]:
    """The names of the labels that each sample's name has."""
    found: dict[str, set[str]] = defaultdict(set)
    for family in scraped.values():
        for sample in family.samples:
            found[sample.name] |= sample.labels.keys()
    return found


@contextmanager
def watching(db: Path, port: int, *args: str | Path) -> Iterator["subprocess.Popen[bytes]"]:
    """`mailtracer watch --metrics`, once it answers."""
    command = [sys.executable, "-m", "tracer.cli", "watch", "--db", db, "--zone", "UTC"]
    with subprocess.Popen(
        [*command, "--metrics", str(port), *args], stderr=subprocess.PIPE
    ) as process:
        try:
            eventually(lambda: process.poll() is not None or answers(port))
            yield process
        finally:
            process.terminate()


def answers(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="session")
def scrape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[], Scraped]]:
    """Scrapes a watcher that has read the sample day."""
    port = free_port()
    day = SAMPLES / "day" / "mail.log"
    with watching(tmp_path_factory.mktemp("watched") / "day.duckdb", port, day):

        def scrape() -> Scraped:
            return families(get(port)[1])

        def is_read() -> bool:
            name = "mailtracer_source_unread_bytes"
            found = scrape().get(name)
            return bool(found and found.samples and found.samples[0].value == 0)

        eventually(is_read)
        yield scrape


@pytest.fixture(scope="session")
def day(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A store of the sample day."""
    store = tmp_path_factory.mktemp("day") / "day.duckdb"
    data = (SAMPLES / "day" / "mail.log").read_bytes()
    with open_writer(store) as writer:
        stream = writer.resolve(Identity("/var/log/mail.log", data[:HEAD_BYTES]))
        writer.append(Chunk(stream, 0, data, zone="UTC"))
    return store


@pytest.fixture
def day_reader(day: Path) -> Iterator[Reader]:
    with open_reader(day) as reader:
        yield reader

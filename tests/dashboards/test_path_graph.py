"""The graph of a path: what is drawn as one, and that nothing lies upon another."""

from collections.abc import Iterator
from zoneinfo import ZoneInfo

import pytest

from dashboards import path_graph
from dashboards.path_graph import Graph
from tests.dashboards.conftest import ingest
from tracer.queries import lookup
from tracer.store import Reader, open_reader

UTC = ZoneInfo("UTC")
LIST_MEMBERS = 300


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A list's message: some delivered, some bounced, a few each forwarded as another message."""
    folder = tmp_path_factory.mktemp("list")
    lines = ["smtpd[1]: AAAAAAAAAA1: client=c.example[192.0.2.1]",
             "cleanup[1]: AAAAAAAAAA1: message-id=<1@x>"]  # fmt: skip
    for n in range(LIST_MEMBERS):
        status = "bounced (no)" if n % 3 == 0 else "sent (ok)"
        lines.append(delivery("AAAAAAAAAA1", f"m{n}@y{n}.example", f"y{n}.example", status))
    for n in range(9):
        other = f"BBBBBBBBBB{n}"
        forwarded = f"sent (forwarded as {other})"
        lines += [
            f"cleanup[1]: {other}: message-id=<1@x>",
            f"qmgr[1]: {other}: from=<a@x.example>, size=1, nrcpt=1 (queue active)",
            delivery("AAAAAAAAAA1", f"f{n}@x.example", "local", forwarded, by="local"),
            delivery(other, f"f{n}@z.example", "z.example", "sent (ok)"),
        ]
    log = folder / "mail.log"
    log.write_text("".join(f"2026-11-24T12:00:00+00:00 mx postfix/{line}\n" for line in lines))
    with open_reader(ingest(folder / "list.duckdb", log)) as opened:
        yield opened


def delivery(queue_id: str, to: str, relay: str, status: str, by: str = "smtp") -> str:
    where = "local" if relay == "local" else f"{relay}[192.0.2.9]:25"
    return (
        f"{by}[1]: {queue_id}: to=<{to}>, relay={where}, delay=1, delays=0/0/0/1, dsn=2.0.0, "
        f"status={status}"
    )


def graph_of(reader: Reader, key: str) -> Graph:
    path = lookup.open_key(reader, key)
    assert path is not None
    return path_graph.layout(path, UTC)


def test_many_alike_are_drawn_as_one(reader: Reader) -> None:
    graph = graph_of(reader, "mx/postfix/AAAAAAAAAA1/1")
    labels = [" ".join(box.lines) for box in graph.boxes]
    assert any("9 messages" in label for label in labels)
    assert any(label.startswith("100 recipients bounced") for label in labels)
    assert any(label.startswith("200 recipients relayed") for label in labels)
    assert len(graph.boxes) < 12


@pytest.mark.parametrize("key", ["mx/postfix/AAAAAAAAAA1/1", "mx/postfix/BBBBBBBBBB4/1"])
def test_boxes_have_places_of_their_own(reader: Reader, key: str) -> None:
    graph = graph_of(reader, key)
    places = [(box.column, box.lane) for box in graph.boxes]
    assert len(set(places)) == len(places)
    for arrow in graph.arrows:
        origin, target = graph.boxes[arrow.origin], graph.boxes[arrow.target]
        assert target.column == origin.column + 1
    assert {arrow.target for arrow in graph.arrows} == set(range(1, len(graph.boxes)))

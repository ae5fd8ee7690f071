"""Lines that stand for several."""

import pyarrow as pa
import pytest

from parsers.batch import BatchParser
from parsers.explain import Explainer

PARSER = BatchParser()
HEADER = "Nov 24 03:37:01 mx postfix/smtpd[490]: "
CONNECT = "connect from client.example[192.0.2.1]"


def read(*bodies: str) -> list[tuple[str, int | None, str | None]]:
    """Event, repeated and client address of each line."""
    lines = pa.array([HEADER + body for body in bodies], pa.string())
    rows = PARSER.parse(lines).events.sort_by("line").to_pylist()
    return [(row["event"], row["repeated"], row["client_address"]) for row in rows]


@pytest.mark.parametrize("others", [0, 500])  # few lines go another way than many
def test_what_was_repeated_is_the_event_and_how_often_a_number(others: int) -> None:
    found = read(CONNECT, f"message repeated 3 times: [ {CONNECT}]", *[CONNECT] * others)
    event = "postfix.client_connected"
    assert found[:2] == [(event, None, "192.0.2.1"), (event, 3, "192.0.2.1")]
    assert found[2:] == [(event, None, "192.0.2.1")] * others


@pytest.mark.parametrize(
    "body",
    [
        f"message repeated 3 times: [ {CONNECT}] ",
        f"message repeated -3 times: [ {CONNECT}]",
        f"message repeated 9999999999 times: [ {CONNECT}]",
        f"warning: message repeated 3 times: [ {CONNECT}]",
    ],
)
def test_what_only_looks_like_it_counts_once(body: str) -> None:
    ((event, repeated, _),) = read(body)
    assert (event != "postfix.client_connected", repeated) == (True, None)


def test_nothing_is_unfolded_twice() -> None:
    inner = f"message repeated 4 times: [ {CONNECT}]"
    assert read(f"message repeated 3 times: [ {inner}]") == [("log.line_unparsed", 3, None)]


def test_what_was_repeated_is_explained_as_it_is_read() -> None:
    line = f"{HEADER}message repeated 3 times: [ {CONNECT}]"
    (explained,) = Explainer().explain(pa.array([line]), None)
    assert (explained.event, explained.body) == ("postfix.client_connected", CONNECT)

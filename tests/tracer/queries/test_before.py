"""Attempts that were put off before one got through, and postscreen's tests of the client."""

from collections.abc import Iterator

import pytest

from tracer.queries import path, sentences
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import Reader, open_reader, open_writer

GREY = "450 4.2.0 <{}>: Recipient address rejected: Greylisted, see https://postgrey.example/"


def at(time: str, body: str) -> str:
    return f"2026-11-24T12:{time}+00:00 mx postfix/{body}\n"


def refused(
    time: str, recipient: str, client: str = "192.0.2.1", sender: str = "a@x.example", why: str = ""
) -> str:
    text = (why or GREY).format(recipient)
    return at(
        time,
        f"smtpd[7]: NOQUEUE: reject: RCPT from c.example[{client}]: {text}; from=<{sender}> "
        f"to=<{recipient}> proto=ESMTP helo=<c>",
    )


def taken(time: str, queue_id: str, recipient: str, client: str = "192.0.2.1") -> str:
    return "".join(
        at(time, body)
        for body in (
            f"smtpd[7]: connect from c.example[{client}]",
            f"smtpd[7]: {queue_id}: client=c.example[{client}]",
            f"cleanup[7]: {queue_id}: message-id=<{queue_id}@x>",
            f"qmgr[7]: {queue_id}: from=<a@x.example>, size=10, nrcpt=1 (queue active)",
            (
                f"smtp[7]: {queue_id}: to=<{recipient}>, relay=m[192.0.2.9]:25, delay=1, "
                "delays=1/0/0/0, dsn=2.0.0, status=sent (250 ok)"
            ),
            f"qmgr[7]: {queue_id}: removed",
            f"smtpd[7]: disconnect from c.example[{client}]",
        )
    )


SCREENED = [
    "CONNECT from [192.0.2.6]:41 to [203.0.113.10]:25",
    "PASS NEW [192.0.2.6]:41",
    "DISCONNECT [192.0.2.6]:41",
    "CONNECT from [192.0.2.6]:42 to [203.0.113.10]:25",
    "CONNECT from [192.0.2.7]:43 to [203.0.113.10]:25",
    "PASS OLD [192.0.2.6]:42",
]
LOG = (
    refused("00:00", "near@y.example")
    + refused("00:01", "far@y.example")
    + refused("00:02", "unknown@y.example", why="550 5.1.1 <{}>: User unknown in virtual table")
    + refused("00:03", "twice@y.example")
    + refused("00:04", "other@y.example", sender="z@x.example")
    + taken("02:00", "1BB5B162711", "twice@y.example")
    + refused("04:00", "near@y.example", client="192.0.2.2")
    + taken("05:02", "2BB5B162711", "near@y.example")
    + taken("05:03", "3BB5B162711", "far@y.example", client="198.51.100.1")
    + taken("05:04", "4BB5B162711", "unknown@y.example")
    + taken("05:05", "5BB5B162711", "twice@y.example")
    + taken("05:06", "6BB5B162711", "other@y.example")
    + "".join(at("09:59", f"postscreen[9]: {body}") for body in SCREENED)
    + taken("10:00", "7BB5B162711", "new@y.example", client="192.0.2.6")
)


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    store = tmp_path_factory.mktemp("before") / "s.duckdb"
    with open_writer(store) as writer:
        stream = writer.resolve(Identity("/var/log/mail.log", LOG.encode()[:HEAD_BYTES]))
        writer.append(Chunk(stream, 0, LOG.encode()))
    with open_reader(store) as opened:
        yield opened


def ask(reader: Reader, queue_id: str) -> path.Path:
    [found] = path.find(reader, [queue_id])
    [only] = found.paths
    return only


def test_the_attempts_of_the_network_are_the_message_s(reader: Reader) -> None:
    shown = ask(reader, "2BB5B162711")
    [verdict] = shown.verdicts
    detail = "greylisted 5 min 02 s, then accepted"
    assert (verdict.kind, verdict.result, verdict.detail) == ("greylist", "delayed", detail)
    assert shown.sentence == f"Accepted for near@y.example by m: 250 ok; first {detail}"
    assert [fate.outcome for fate in shown.recipients] == ["relayed"]
    assert [line.evidence for line in shown.lines][:3] == ["put_off", "put_off", "session"]
    assert not any(line.is_inferred for line in shown.lines)


@pytest.mark.parametrize(
    "queue_id", ["3BB5B162711", "4BB5B162711", "5BB5B162711", "6BB5B162711", "7BB5B162711"]
)
def test_what_is_not_proven_is_not_told(reader: Reader, queue_id: str) -> None:
    """Another network, another reason, a message since, another sender, and none at all."""
    shown = ask(reader, queue_id)
    assert shown.verdicts == ()
    assert not [line for line in shown.lines if line.evidence == "put_off"]


def test_the_first_of_two_messages_is_the_one_that_was_put_off(reader: Reader) -> None:
    [verdict] = ask(reader, "1BB5B162711").verdicts
    assert verdict.detail == "greylisted 1 min 57 s, then accepted"


def test_an_address_finds_an_attempt_with_its_message_alone(reader: Reader) -> None:
    [found] = path.find(reader, ["near@y.example"])
    [shown] = found.paths
    assert shown.messages[0].queue_id == "2BB5B162711"


def test_postscreen_s_lines_are_those_of_the_connection_it_let_through(reader: Reader) -> None:
    shown = ask(reader, "7BB5B162711")
    told = [line.text.partition("]: ")[2] for line in shown.lines if line.evidence == "screened"]
    assert told == [SCREENED[3], SCREENED[5]]


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.6, "1 min 00 s"), (302, "5 min 02 s"), (7205, "2 h 00 min")],
)
def test_lengths_are_told_exactly(seconds: float, text: str) -> None:
    assert sentences.exact(seconds) == text

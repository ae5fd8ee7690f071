"""Lives of queue files: told apart, folded whole, and the same however lines were cut."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.columns import EVENT_COLUMNS
from tests.tracer.projections.conftest import STORED_EVENTS
from tracer.projections import messages

NOON = datetime(2026, 11, 24, 12)  # noqa: DTZ001 - the store's times are naive UTC
SHORT, LONG = "9BB5B162711", "4gD3pQ0LzGz1Kq"
Row = dict[str, object]
Fold = Callable[..., list[Row]]


@dataclass(frozen=True)
class Line:
    """An event: its name without `postfix.`, seconds after noon, and its fields."""

    event: str
    second: float
    queue_id: str | None = SHORT
    fields: dict[str, object] = field(default_factory=dict)


def line(event: str, second: float, queue_id: str | None = SHORT, **fields: object) -> Line:
    return Line(event, second, queue_id, fields)


def whole_life(start: float, queue_id: str = SHORT, sender: str = "a@x.example") -> list[Line]:
    return [
        line("client_assigned", start, queue_id, client_name="c.example", client_address="1.2.3.4"),
        line("message_id_logged", start, queue_id, message_id=f"<{start}@x.example>"),
        line("message_queued", start + 1, queue_id, envelope_sender=sender, size_bytes=10,
             recipient_count=1),
        line("delivery_attempted", start + 2, queue_id, recipient="b@y.example", status="sent"),
        line("message_removed", start + 2, queue_id),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        columns = ", ".join(f"{name} {sql_type}" for name, sql_type in EVENT_COLUMNS.items())
        connection.execute(f"CREATE TABLE events ({columns})")
        connection.execute(STORED_EVENTS)
        connection.execute(
            "CREATE TABLE sources (source_id INTEGER, generation INTEGER, first_at TIMESTAMP)"
        )
        for statement in messages.DDL:
            connection.execute(statement)
        yield connection


@pytest.fixture(scope="module")
def fold(con: duckdb.DuckDBPyConnection) -> Fold:
    """Gives the table after batches of lines, ordered by id and life."""

    def fold(*batches: Sequence[Line]) -> list[Row]:
        con.execute("DELETE FROM events")
        con.execute("DELETE FROM messages")
        last = 0
        for batch in filter(None, batches):
            first, last = last + 1, last + len(batch)
            con.execute("BEGIN")
            _insert(con, first, batch)
            messages.update(con, first, last)
            con.execute("COMMIT")
        found = con.execute("SELECT * FROM messages ORDER BY host, instance, queue_id, life")
        names = [column[0] for column in found.description]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    return fold


def _insert(con: duckdb.DuckDBPyConnection, first: int, batch: Sequence[Line]) -> None:
    rows = [
        {
            "position": position,
            "occurred_at": NOON + timedelta(seconds=event.second),
            "host": "mx",
            "instance": "postfix",
            "event": f"postfix.{event.event}",
            "queue_id": event.queue_id,
            **event.fields,
        }
        for position, event in enumerate(batch, first)
    ]
    names = sorted(set().union(*rows))
    values = ", ".join([f"({', '.join('?' * len(names))})"] * len(rows))
    con.execute(
        f"INSERT INTO events ({', '.join(names)}) VALUES {values}",
        [row.get(name) for row in rows for name in names],
    )


def spans(rows: Iterable[Row]) -> list[tuple[object, ...]]:
    return [(row["life"], row["first_position"], row["last_position"]) for row in rows]


def test_a_life_is_folded_whole(fold):
    fields = {
        "client_name": "c.example", "client_address": "1.2.3.4", "sasl_username": "bob",
        "sasl_method": "PLAIN",
    }  # fmt: skip
    assert fold([
        line("client_assigned", 0, **fields),
        line("rejected", 1, stage="RCPT", helo_name="h", protocol="ESMTP"),
        line("message_id_logged", 2, message_id="<1@x.example>"),
        line("message_queued", 3, envelope_sender="", size_bytes=99, recipient_count=2),
        line("delivery_attempted", 4, recipient="b@y.example", status="sent"),
        line("delivery_attempted", 5, recipient="c@y.example", status="deferred"),
        line("client_connected", 6, None),
        line("message_queued", 100, envelope_sender="", size_bytes=99, recipient_count=2),
        line("delivery_attempted", 101, recipient="c@y.example", status="bounced"),
        line("notification_sent", 102, related_queue_id="AB12345678"),
        line("message_removed", 103),
    ]) == [{
        "message_no": 1, "host": "mx", "instance": "postfix", "queue_id": SHORT, "life": 1,
        "first_position": 1, "last_position": 11,
        "first_at": NOON, "last_at": NOON + timedelta(seconds=103),
        "born_at": NOON, "removed_at": NOON + timedelta(seconds=103), "is_removed": True,
        "message_id": "<1@x.example>", "envelope_sender": "", "size_bytes": 99,
        "recipient_count": 2, **fields, "helo_name": "h", "protocol": "ESMTP", "uid": None,
        "sent_count": 1, "deferred_count": 1, "bounced_count": 1, "last_status": "bounced",
    }]  # fmt: skip


def test_the_queue_managers_sender_is_preferred_to_what_pickup_was_told(fold):
    [row] = fold([
        line("message_picked_up", 0, uid=0, envelope_sender="root"),
        line("message_id_logged", 0, message_id="<1@x.example>"),
        line("message_queued", 0, envelope_sender="root@x.example"),
    ])  # fmt: skip
    assert (row["envelope_sender"], row["uid"]) == ("root@x.example", 0)
    assert (row["removed_at"], row["is_removed"]) == (None, False)


def test_a_life_whose_beginning_is_not_in_the_logs_has_no_birth(fold):
    [row] = fold(whole_life(0)[2:])
    assert row["born_at"] is None


def test_lines_of_other_programs_and_lines_without_time_make_no_life(fold):
    assert fold([line("signature_added", 0, instance=None)]) == []
    assert fold([line("client_assigned", 0, occurred_at=None)]) == []


@pytest.mark.parametrize("gap", [3, 60, 86_400])
def test_a_short_id_that_comes_back_is_another_life(fold, gap):
    rows = fold(whole_life(0, sender="one@x.example") + whole_life(gap, sender="two@x.example"))
    assert spans(rows) == [(1, 1, 5), (2, 6, 10)]
    assert [row["envelope_sender"] for row in rows] == ["one@x.example", "two@x.example"]


def test_ids_are_apart_by_host_and_instance(fold):
    other_host = [Line(x.event, x.second, x.queue_id, {**x.fields, "host": "relay"})
                  for x in whole_life(0)]  # fmt: skip
    other_instance = [Line(x.event, x.second, x.queue_id, {**x.fields, "instance": "postfix-out"})
                      for x in whole_life(0)]  # fmt: skip
    rows = fold(whole_life(0) + other_host + other_instance)
    assert [(row["host"], row["instance"], row["life"]) for row in rows] == [
        ("mx", "postfix", 1), ("mx", "postfix-out", 1), ("relay", "postfix", 1)
    ]  # fmt: skip


def test_a_host_may_be_unknown(fold):
    lines = [Line(x.event, x.second, x.queue_id, {**x.fields, "host": None}) for x in whole_life(0)]
    assert spans(fold(lines)) == spans(fold(lines[:2], lines[2:])) == [(1, 1, 5)]


def test_a_second_birth_begins_a_life_though_no_end_was_logged(fold):
    assert spans(fold(whole_life(0)[:3] + whole_life(9))) == [(1, 1, 3), (2, 4, 8)]


def test_a_message_without_a_birth_line_begins_with_its_message_id(fold):
    bounce = whole_life(0)[1:]
    assert spans(fold(bounce + whole_life(3600)[1:])) == [(1, 1, 4), (2, 5, 8)]
    assert spans(fold(bounce[:-1] + whole_life(3600)[1:])) == [(1, 1, 3), (2, 4, 7)]


@pytest.mark.parametrize(
    "shuffled",
    [
        [1, 0, 2, 3, 4],  # pickup or smtpd after cleanup
        [0, 1, 2, 4, 3],  # local after `removed`
        [0, 1, 4, 3, 2],  # the queue manager last
        [0, 2, 3, 4, 1],  # cleanup last
    ],
)
def test_lines_out_of_order_stay_with_their_life(fold, shuffled):
    lines = whole_life(0)
    late = [Line(lines[i].event, n, lines[i].queue_id, lines[i].fields)
            for n, i in enumerate(shuffled)]  # fmt: skip
    assert spans(fold(late)) == [(1, 1, 5)]
    assert spans(fold(late + whole_life(1000))) == [(1, 1, 5), (2, 6, 10)]


def test_a_delivery_long_after_the_end_is_a_life_whose_beginning_is_missing(fold):
    rows = fold([*whole_life(0), line("delivery_attempted", 3600, status="sent")])
    assert spans(rows) == [(1, 1, 5), (2, 6, 6)]


@pytest.mark.parametrize("stage", ["DATA", "END-OF-MESSAGE", "header", "body"])
def test_a_message_rejected_after_rcpt_has_ended(fold, stage):
    rows = fold([
        line("client_assigned", 0), line("rejected", 1, stage=stage),
        *whole_life(2)[1:],
    ])  # fmt: skip
    assert rows[0]["is_removed"] is True
    assert (
        fold([line("client_assigned", 0), line("rejected", 1, stage="RCPT")])[0]["is_removed"]
        is False
    )


def test_a_notification_that_has_to_wait_is_no_delivery_attempt(fold):
    [row] = fold([*whole_life(0)[:4], line("notification_deferred", 3, status="deferred")])
    assert (row["deferred_count"], row["last_status"]) == (0, "sent")


def test_requeued_and_deleted_messages_have_ended(fold):
    for event in ("message_requeued", "message_deleted"):
        [row] = fold([*whole_life(0)[:3], line(event, 9)])
        assert row["removed_at"] == NOON + timedelta(seconds=9)


def test_an_expired_message_that_could_not_be_returned_at_once_is_one_life(fold):
    lines = [
        *whole_life(0)[:3],
        line("message_expired", 500, status="expired"),
        line("message_expired", 5000, status="expired"),
        line("message_removed", 5001),
    ]
    assert spans(fold(lines)) == [(1, 1, 6)]


def test_two_message_id_headers_are_one_life(fold):
    lines = whole_life(0)
    lines.insert(2, line("message_id_logged", 0, message_id="<2@x.example>"))
    [row] = fold(lines)
    assert row["message_id"] == "<0@x.example>"


def test_long_ids_never_come_back(fold):
    assert len(fold(whole_life(0, LONG) + whole_life(86_400, LONG))) == 1


def test_a_long_id_goes_on_in_later_batches_with_earlier_times(fold):
    lines = whole_life(1000, LONG)
    early = line("client_assigned", 0, LONG, client_name="late.example")
    [row] = fold(lines, [early])
    assert (row["first_at"], row["born_at"]) == (NOON, NOON)
    assert [row] == fold([*lines, early])


def test_an_older_log_that_is_loaded_later_renumbers_lives(fold):
    rows = fold(whole_life(5000), whole_life(9000), whole_life(0))
    assert spans(rows) == [(1, 11, 15), (2, 1, 5), (3, 6, 10)]


EVENTS = st.sampled_from([
    ("client_assigned", {"client_name": "c"}),
    ("message_picked_up", {"uid": 3}),
    ("message_id_logged", {"message_id": "<m>"}),
    ("message_id_logged", {"message_id": "<n>"}),
    ("message_queued", {"envelope_sender": "a@x.example", "size_bytes": 1}),
    ("message_queued", {"envelope_sender": "b@x.example", "size_bytes": 2}),
    ("delivery_attempted", {"status": "sent"}),
    ("delivery_attempted", {"status": "deferred"}),
    ("message_removed", {}),
    ("rejected", {"stage": "DATA", "helo_name": "h"}),
    ("rejected", {"stage": "RCPT", "protocol": "SMTP"}),
])  # fmt: skip
LINES = st.lists(
    st.builds(
        lambda kind, second, queue_id, host: line(kind[0], second, queue_id, host=host, **kind[1]),
        EVENTS,
        st.one_of(st.integers(0, 20), st.integers(0, 2000)),
        st.sampled_from([SHORT, SHORT, LONG, "AAAAA123456", None]),
        st.sampled_from(["mx", "mx", "relay", None]),
    ),
    max_size=16,
)


@settings(max_examples=40, deadline=None)
@given(LINES, st.lists(st.integers(0, 16), max_size=4))
def test_any_split_into_batches_gives_the_same_table(fold, lines, cuts):
    edges = [0, *sorted(min(cut, len(lines)) for cut in cuts), len(lines)]
    batches = [lines[a:b] for a, b in pairwise(edges)]
    assert fold(*batches) == fold(lines)
    assert fold(*([x] for x in lines)) == fold(lines)


@settings(max_examples=40, deadline=None)
@given(LINES)
def test_every_line_is_in_one_life_and_lives_do_not_overlap_in_births(fold, lines):
    member = [x for x in lines if x.queue_id]
    rows = fold(lines)
    assert sum(row["sent_count"] for row in rows) == sum(
        x.fields.get("status") == "sent" for x in member
    )
    births = sum(x.event in ("client_assigned", "message_picked_up") for x in member
                 if x.queue_id != LONG)  # fmt: skip
    assert len([row for row in rows if row["queue_id"] != LONG]) >= births

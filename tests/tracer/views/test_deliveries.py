"""`deliveries` and `recipients`: their sums are those of what else counts attempts."""

from collections.abc import Callable
from typing import Any

from tracer.store import Reader

Rows = list[dict[str, Any]]


def rows(reader: Reader, sql: str) -> Rows:
    return reader.query(sql).to_pylist()


def test_each_line_that_tells_of_an_attempt_is_one_row(day: Reader) -> None:
    lines = rows(
        day,
        "SELECT position FROM events WHERE event = 'postfix.delivery_attempted' ORDER BY position",
    )
    assert rows(day, "SELECT position FROM deliveries ORDER BY position") == lines
    assert len(lines) > 1000


def test_what_is_no_hop_is_what_attempts_and_traffic_count(day: Reader) -> None:
    ours = """
        SELECT date_trunc('hour', occurred_at) AS hour, host,
            replace(status, 'sent', 'delivered') AS outcome, sum(repeated)::BIGINT AS count
        FROM deliveries WHERE NOT is_hop AND status IN ('sent', 'deferred', 'bounced')
        GROUP BY ALL ORDER BY ALL
    """
    attempts = """
        SELECT date_trunc('hour', minute) AS hour, host, outcome, sum(count)::BIGINT AS count
        FROM attempts GROUP BY ALL ORDER BY ALL
    """
    traffic = """
        SELECT hour, host, outcome, count FROM traffic_hourly
        WHERE outcome IN ('delivered', 'deferred', 'bounced') AND count > 0 ORDER BY ALL
    """
    assert rows(day, ours) == rows(day, attempts) == rows(day, traffic)
    assert rows(day, "SELECT count(*) > 0 AS found FROM deliveries WHERE is_hop")[0]["found"]


def test_each_attempt_is_of_the_message_that_counts_it(day: Reader) -> None:
    ours = """
        SELECT message_no, count_if(status = 'sent')::BIGINT AS sent,
            count_if(status = 'deferred')::BIGINT AS deferred,
            count_if(status = 'bounced')::BIGINT AS bounced, arg_max(status, position) AS last
        FROM deliveries GROUP BY message_no ORDER BY message_no
    """
    messages = """
        SELECT message_no, sent_count AS sent, deferred_count AS deferred,
            bounced_count AS bounced, last_status AS last
        FROM messages WHERE last_status IS NOT NULL ORDER BY message_no
    """
    assert rows(day, ours) == rows(day, messages)


def test_a_recipient_is_as_its_last_attempt_says(day: Reader) -> None:
    told: dict[tuple[Any, ...], list[Any]] = {}
    for row in rows(day, "FROM deliveries ORDER BY position"):
        key = (row["message_no"], row["recipient"], row["original_recipient"])
        told.setdefault(key, []).append(row)
    found = {
        (row["message_no"], row["recipient"], row["original_recipient"]): row
        for row in rows(day, "FROM recipients")
    }
    assert found.keys() == told.keys()
    for key, attempts in told.items():
        row, last = found[key], attempts[-1]
        times = [attempt["occurred_at"] for attempt in attempts]
        assert row["attempt_count"] == sum(attempt["repeated"] for attempt in attempts)
        assert (row["first_attempt_at"], row["last_attempt_at"]) == (min(times), max(times))
        for name in ("position", "host", "queue_id", "status", "dsn", "reply", "relay_host"):
            assert row[name] == last[name]
        if last["status"] == "sent":
            assert row["state"] == ("handed_on" if last["is_hop"] else "delivered")
        elif last["status"] != "deferred":
            assert row["state"] == last["status"]


def test_deferred_mail_is_queued_or_expired_or_was_removed(day: Reader) -> None:
    states = {
        row["recipient"]: row["state"]
        for row in rows(day, "FROM recipients WHERE status = 'deferred' ORDER BY position")
    }
    assert states["gone@down.example"] == "expired"
    assert states["delete@down.example"] == "removed"
    gone = "SELECT is_removed FROM recipients JOIN messages USING (message_no) WHERE state = '{}'"
    assert {row["is_removed"] for row in rows(day, gone.format("deferred"))} == {False}
    assert {row["is_removed"] for row in rows(day, gone.format("expired"))} == {True}


def test_a_queue_id_that_comes_back_is_two_messages(
    reader_of: Callable[[str], Reader],
) -> None:
    life = """\
Mar  2 {at}:00 mx postfix/smtpd[1]: 8422A162766: client=a.example[192.0.2.1]
Mar  2 {at}:00 mx postfix/cleanup[2]: 8422A162766: message-id=<{at}@a.example>
Mar  2 {at}:01 mx postfix/smtp[3]: 8422A162766: to=<b@c.example>, relay=none, delay=1, \
delays=1/0/0/0, dsn=4.4.1, status=deferred (no route)
Mar  2 {at}:09 mx postfix/smtp[3]: 8422A162766: to=<b@c.example>, relay=d[192.0.2.2]:25, delay=9, \
delays=8/0/0/1, dsn=2.0.0, status=sent (250 ok)
Mar  2 {at}:09 mx postfix/qmgr[4]: 8422A162766: removed
"""
    reader = reader_of(life.format(at="10:00") + life.format(at="11:00"))
    counted = rows(
        reader,
        "SELECT strftime(message_at, '%H') AS hour, state, attempt_count FROM recipients "
        "ORDER BY message_no",
    )
    assert counted == [
        {"hour": hour, "state": "delivered", "attempt_count": 2} for hour in ("10", "11")
    ]

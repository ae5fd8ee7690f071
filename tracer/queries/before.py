"""What came before a message's own connection: tests of its client, and attempts put off.

postscreen(8) logs a client's address and port, smtpd(8) the address alone: taken are the lines of
the client's latest connection that postscreen let through, inferred. An attempt was put off where
the same network was refused, as greylisting and postscreen do, for the same sender and recipient,
and no message between these two came since.
"""

import ipaddress
from collections.abc import Iterable, Mapping
from datetime import timedelta
from typing import Any

from tracer.queries import addressed, trace
from tracer.queries.positions import among
from tracer.reasons import classify
from tracer.store import Reader

Row = Mapping[str, Any]

MOST_RECIPIENTS = 10  # whose attempts are looked for
MOST_ATTEMPTS = 100  # lines looked at that name sender and recipient
_SCREENING = timedelta(minutes=5)  # from postscreen's CONNECT to smtpd's
_RETRIES = timedelta(days=5)  # how long mail servers keep on trying
_LET_THROUGH = ("postfix.screening_passed", "postfix.screening_decided")
_PUT_OFF = ("greylisted", "screening_retry")


def screened(reader: Reader, connected: Row) -> list[Row]:
    """postscreen's lines of the connection that smtpd logs; none where it was not asked."""
    rows = trace.rows_of(
        reader,
        f"""
        SELECT {trace.FIELDS}, client_port, 'screened' AS evidence FROM events
        WHERE occurred_at BETWEEN $earliest AND $latest AND ends_with(program, '/postscreen')
            AND client_address = $client_address AND host IS NOT DISTINCT FROM $host
            AND position < $position
        ORDER BY position
        """,
        earliest=connected["occurred_at"] - _SCREENING,
        latest=connected["occurred_at"],
        client_address=connected["client_address"],
        host=connected["host"],
        position=connected["position"],
    )
    passed = [row for row in rows if row["event"] in _LET_THROUGH]
    if not passed:
        return []
    same = [row for row in rows if row["client_port"] == passed[-1]["client_port"]]
    starts = [n for n, row in enumerate(same) if row["event"] == "postfix.screening_started"]
    return same[starts[-1] :] if starts else []


def put_off(reader: Reader, life: Row, recipients: Iterable[str]) -> list[Row]:
    """The refusals of earlier attempts at a message, in order of time."""
    if not life["envelope_sender"] or _network(life["client_address"]) is None:
        return []
    found = [
        row
        for recipient in list(recipients)[:MOST_RECIPIENTS]
        for row in _put_off(reader, life, recipient)
    ]
    return sorted(found, key=lambda row: (row["occurred_at"], row["position"]))


def _put_off(reader: Reader, life: Row, recipient: str) -> list[Row]:
    sender, network = life["envelope_sender"], _network(life["client_address"])
    named = addressed.of_both(
        reader, sender, recipient, life["first_position"], limit=MOST_ATTEMPTS
    )
    attempts = [
        {**row, "evidence": "put_off"}
        for row in trace.at(reader, named)
        if row["event"] == "postfix.rejected"
        and row["queue_id"] is None
        and row["host"] == life["host"]
        and life["first_at"] - _RETRIES <= row["occurred_at"] <= life["first_at"]
        and _network(row["client_address"]) == network
        and classify(row).reason_class in _PUT_OFF
    ]
    if not attempts:
        return []
    since = _previous(reader, life, recipient, attempts[0])
    return [row for row in attempts if row["position"] > since]


def _previous(reader: Reader, life: Row, recipient: str, attempt: Row) -> int:
    """Where the message began that came before between these two, after an attempt; else 0."""
    positions = addressed.of_one(
        reader, recipient, attempt["position"], life["first_position"], limit=MOST_ATTEMPTS
    )
    [row] = trace.rows_of(
        reader,
        f"""
        SELECT coalesce(max(m.first_position), 0) AS position FROM messages m
        JOIN (FROM events WHERE {among(positions)} AND queue_id IS NOT NULL) e
            ON e.queue_id = m.queue_id AND e.instance = m.instance
            AND e.host IS NOT DISTINCT FROM m.host
            AND e.position BETWEEN m.first_position AND m.last_position
        WHERE m.envelope_sender = $sender AND m.first_position < $itself
        """,
        sender=life["envelope_sender"],
        itself=life["first_position"],
    )
    return int(row["position"])


def _network(address: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """What greylisting takes for one client: a retry may come from a neighbour."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    bits = 24 if parsed.version == 4 else 64
    return ipaddress.ip_network(f"{parsed}/{bits}", strict=False)

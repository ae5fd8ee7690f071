"""What came before a message's queue id: its connection, tests of its client, attempts put off.

Before it has a queue id, a transaction's lines are those of the same process and connection.
postscreen(8) logs a client's address and port, smtpd(8) the address alone: taken are the lines of
the client's latest connection that postscreen let through, inferred. An attempt was put off where
the same network was refused, as greylisting and postscreen do, for the same sender and recipient,
and no message between these two came since.
"""

import ipaddress
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tracer.projections.groupings import domain_of
from tracer.queries.evidence import Evidence, at, rows_of
from tracer.queries.positions import among, during
from tracer.store import Reader

Row = Mapping[str, Any]

MOST_RECIPIENTS = 10  # whose attempts are looked for
MOST_ATTEMPTS = 100  # lines looked at that name sender and recipient
_SESSION = timedelta(hours=1)  # from a connection to the queue id
_SCREENING = timedelta(minutes=5)  # from postscreen's CONNECT to smtpd's
_RETRIES = timedelta(days=5)  # how long mail servers keep on trying
_REFUSED = ("postfix.rejected", "postfix.checked")
_LET_THROUGH = ("postfix.screening_passed", "postfix.screening_decided")
_PUT_OFF = ("greylisted", "screening_retry")


def connections(reader: Reader, asked: Sequence[tuple[Row, str | None]]) -> list[Evidence]:
    """What clients did on their connections without a queue id, of each line that is asked about.

    asked: a refusal, or the birth of a queue file, with the sender; of refusals, those of the same
        transaction are taken. Lines of postscreen may be those of other connections, see screened.
    """
    if not asked:
        return []
    lines = [line for line, _ in asked]
    spans = [
        (line["occurred_at"] - _SESSION - _SCREENING, line["occurred_at"] + _SESSION)
        for line in lines
    ]
    rows = rows_of(
        reader,
        f"""
        SELECT * FROM {during(_OF_CONNECTION, spans)}
        WHERE list_contains($pids, pid) AND list_contains($programs, program)
                AND (queue_id IS NULL OR event = 'postfix.client_assigned')
            OR ends_with(program, '/postscreen') AND list_contains($clients, client_address)
        ORDER BY position
        """,
        pids=sorted({line["pid"] for line in lines} - {None}),
        programs=sorted({line["program"] for line in lines} - {None}),
        clients=sorted({line["client_address"] for line in lines} - {None}),
    )
    processes: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        processes.setdefault(_process(row), []).append(row)
    screens = [row for row in rows if row["program"].endswith("/postscreen")]
    return [
        _connection(line, sender, processes.get(_process(line), ()), screens)
        for line, sender in asked
    ]


_OF_CONNECTION = """
    position, occurred_at, host, program, pid, event, queue_id, envelope_sender, client_address
"""


def _process(row: Row) -> tuple[Any, ...]:
    return row["host"], row["program"], row["pid"]


def _connection(
    line: Row, sender: str | None, process: Iterable[Row], screens: Iterable[Row]
) -> Evidence:
    rows = [row for row in process if abs(row["occurred_at"] - line["occurred_at"]) <= _SESSION]
    earlier = [row for row in rows if row["position"] <= line["position"]]
    opened = [row for row in earlier if row["event"] == "postfix.client_connected"]
    closed = [
        row["position"]
        for row in rows
        if row["position"] > line["position"] and row["event"] == "postfix.client_disconnected"
    ]
    first = opened[-1]["position"] if opened else line["position"]
    last = closed[0] if closed else line["position"]
    births = [row["position"] for row in earlier if row["event"] == "postfix.client_assigned"]
    previous = max((p for p in births if p < line["position"]), default=0)
    session = {
        row["position"]: "session"
        for row in rows
        if first <= row["position"] <= last
        and row["queue_id"] is None
        and (
            row["event"] not in _REFUSED
            or (
                previous < row["position"] <= line["position"]
                and (sender is None or row["envelope_sender"] in (None, sender))
            )
        )
    }
    screening = {
        row["position"]: "screened"
        for connected in opened[-1:]
        for row in screens
        if (row["host"], row["client_address"]) == (line["host"], connected["client_address"])
        and row["position"] < connected["position"]
        and timedelta() <= connected["occurred_at"] - row["occurred_at"] <= _SCREENING
    }
    return {**screening, **session}


def screened(events: Sequence[Row]) -> list[Row]:
    """The events, but of postscreen's only those of the connection that it let through last."""
    rows = sorted(
        (row for row in events if row["evidence"] == "screened"), key=lambda row: row["position"]
    )
    passed = [row for row in rows if row["event"] in _LET_THROUGH]
    same = [row for row in rows if passed and row["client_port"] == passed[-1]["client_port"]]
    starts = [n for n, row in enumerate(same) if row["event"] == "postfix.screening_started"]
    kept = {row["position"] for row in (same[starts[-1] :] if starts else ())}
    return [row for row in events if row["evidence"] != "screened" or row["position"] in kept]


# -- attempts that were put off ---------------------------------------------------------------


def put_off(reader: Reader, asked: Iterable[tuple[Row, Iterable[str]]]) -> dict[int, list[Row]]:
    """The refusals of earlier attempts at messages, by their numbers, in order of time.

    asked: rows of `messages`, each with its recipients.
    """
    wanted = [
        _Retry(life, recipient)
        for life, recipients in asked
        if life["envelope_sender"] and _network(life["client_address"]) is not None
        for recipient in list(recipients)[:MOST_RECIPIENTS]
    ]
    attempts = _attempts(reader, wanted)
    since = _previous(reader, {w: rows[0]["position"] for w, rows in attempts.items() if rows})
    kept = {
        w: [row["position"] for row in rows if row["position"] > since.get(w, 0)]
        for w, rows in attempts.items()
    }
    events = {row["position"]: row for row in at(reader, (p for ps in kept.values() for p in ps))}
    found: dict[int, list[Row]] = {}
    for w, positions in kept.items():
        rows = [{**events[position], "evidence": "put_off"} for position in positions]
        found.setdefault(w.life["message_no"], []).extend(rows)
    return {
        number: sorted(rows, key=lambda row: (row["occurred_at"], row["position"]))
        for number, rows in found.items()
        if rows
    }


@dataclass(frozen=True, slots=True, eq=False)
class _Retry:
    """A message as one recipient's: earlier attempts at it are looked for."""

    life: Row
    recipient: str


def _attempts(reader: Reader, wanted: Sequence[_Retry]) -> dict[_Retry, list[Row]]:
    """The lines that put the same mail off before, in order of position."""
    if not wanted:
        return {}
    named = rows_of(
        reader,
        f"""
        WITH wanted AS (
            SELECT number, lower(recipient) AS recipient, {domain_of("sender")} AS sender_domain,
                before
            FROM (SELECT unnest($numbers) AS number, unnest($recipients) AS recipient,
                unnest($senders) AS sender, unnest($before) AS before)
        )
        SELECT number, unnest(max(position, {MOST_ATTEMPTS})) AS position
        FROM refusals r JOIN wanted w USING (recipient, sender_domain)
        WHERE r.position < w.before AND reason_class IN {_PUT_OFF}
            AND minute BETWEEN $earliest AND $latest
        GROUP BY number
        """,
        numbers=list(range(len(wanted))),
        recipients=[w.recipient for w in wanted],
        senders=[w.life["envelope_sender"] for w in wanted],
        before=[w.life["first_position"] for w in wanted],
        earliest=min(w.life["first_at"] for w in wanted) - _RETRIES - timedelta(minutes=1),
        latest=max(w.life["first_at"] for w in wanted),
    )
    if not named:
        return {}
    rows = {
        row["position"]: row
        for row in rows_of(
            reader,
            f"""
            SELECT position, occurred_at, host, client_address, envelope_sender FROM event_rows
            WHERE {among({row["position"] for row in named})} AND queue_id IS NULL
            """,
        )
    }
    found: dict[_Retry, list[Row]] = {}
    for row in sorted(named, key=lambda row: row["position"]):
        w = wanted[row["number"]]
        if row["position"] in rows and _is_attempt(rows[row["position"]], w.life):
            found.setdefault(w, []).append(rows[row["position"]])
    return found


def _is_attempt(row: Row, life: Row) -> bool:
    return bool(
        row["host"] == life["host"]
        and (row["envelope_sender"] or "").lower() == life["envelope_sender"].lower()
        and life["first_at"] - _RETRIES <= row["occurred_at"] <= life["first_at"]
        and _network(row["client_address"]) == _network(life["client_address"])
    )


def _previous(reader: Reader, attempts: Mapping[_Retry, int]) -> dict[_Retry, int]:
    """Where the message began that came before between these two, after an attempt."""
    if not attempts:
        return {}
    wanted = list(attempts)
    named = rows_of(
        reader,
        f"""
        SELECT number, unnest(max(a.position, {MOST_ATTEMPTS})) AS position
        FROM addresses a JOIN (
            SELECT unnest($numbers) AS number, unnest($recipients) AS address,
                unnest($after) AS after, unnest($before) AS before
        ) w ON a.address = w.address AND a.position > w.after AND a.position < w.before
        GROUP BY number
        """,
        numbers=list(range(len(wanted))),
        recipients=[w.recipient.lower() for w in wanted],
        after=list(attempts.values()),
        before=[w.life["first_position"] for w in wanted],
    )
    lives = rows_of(
        reader,
        f"""
        SELECT e.position, m.envelope_sender, m.first_position
        FROM (FROM event_rows WHERE {among(row["position"] for row in named)}) e
        JOIN messages m ON e.queue_id = m.queue_id AND e.instance = m.instance
            AND e.host IS NOT DISTINCT FROM m.host
            AND e.position BETWEEN m.first_position AND m.last_position
        """,
    )
    found: dict[_Retry, int] = {}
    for row in named:
        w = wanted[row["number"]]
        for life in lives:
            if (
                life["position"] == row["position"]
                and life["envelope_sender"] == w.life["envelope_sender"]
                and life["first_position"] < w.life["first_position"]
            ):
                found[w] = max(found.get(w, 0), life["first_position"])
    return found


def _network(address: str | None) -> ipaddress.IPv4Network | ipaddress.IPv6Network | None:
    """What greylisting takes for one client: a retry may come from a neighbour."""
    try:
        parsed = ipaddress.ip_address(address or "")
    except ValueError:
        return None
    bits = 24 if parsed.version == 4 else 64
    return ipaddress.ip_network(f"{parsed}/{bits}", strict=False)

"""Which messages became which: the links between lives of queue files, with what proves them.

Some lines name two queue ids: these links are certain. A filter behind pipe(8) and a redirect by
Sieve hand a message back with another id and say nothing: these links are inferred, from
Message-ID, sender, recipients and time. `queued as` is the text of whoever answered, so it counts
only where the file of that id has the same Message-ID.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tracer.projections.messages import LATE
from tracer.queries.trace import rows_of
from tracer.store import Reader

Row = Mapping[str, Any]

MOST_LINES = 10_000  # read of those that name one queue id
MOST_ALIKE = 200  # messages looked at with one Message-ID
_TRANSFER = timedelta(hours=1)  # the next hop logs a birth before, `queued as` after the content
_REDIRECT = timedelta(minutes=1)  # from Dovecot's line to pickup's
_SESSION = re.compile(r"> (\S+) Saved$")


@dataclass(frozen=True, slots=True)
class Link:
    """One message that became, or caused, another.

    kind: relayed, reinjected, forwarded, bounced, notified or requeued.
    origin, target: their numbers in `messages`.
    is_certain: a line names both queue ids.
    positions: of the lines that prove it.
    """

    kind: str
    origin: int
    target: int
    is_certain: bool
    positions: tuple[int, ...]


def of(reader: Reader, life: Row) -> tuple[list[Link], list[Row]]:
    """All links from and to a message, and the messages at their other ends."""
    claims = _claims(reader, life)
    named = sorted(
        {c[end] for c in claims for end in ("from_queue_id", "to_queue_id")} | {life["queue_id"]}
    )
    lives = rows_of(
        reader,
        "SELECT * FROM messages WHERE queue_id IN (SELECT unnest($named))",
        named=named,
    )
    links = [link for link in _certain(claims, lives) if _touches(link, life)]
    alike = _alike(reader, life)
    links += [link for link in _inferred(reader, life, alike) if _touches(link, life)]
    ends = {end for link in links for end in (link.origin, link.target)} - {life["message_no"]}
    known = {row["message_no"]: row for row in [*lives, *alike]}
    return links, [known[end] for end in sorted(ends)]


def session_of(reply: str | None) -> str | None:
    """The Dovecot session that a reply to LMTP names."""
    match = _SESSION.search(reply or "")
    return match[1] if match else None


def _touches(link: Link, life: Row) -> bool:
    return life["message_no"] in (link.origin, link.target)


def _claims(reader: Reader, life: Row) -> list[Row]:
    """What lines say of the queue id and others; one row for all lines that say the same."""
    return rows_of(
        reader,
        f"""
        SELECT kind, host, instance, from_queue_id, to_queue_id, any_value(relay_address) AS relay,
            max(occurred_at) AS occurred_at, list(position ORDER BY position) AS positions
        FROM (
            SELECT * FROM links WHERE from_queue_id = $queue_id OR to_queue_id = $queue_id
            ORDER BY position LIMIT {MOST_LINES}
        )
        GROUP BY kind, host, instance, from_queue_id, to_queue_id,
            date_trunc('hour', occurred_at)
        ORDER BY min(position)
        """,
        queue_id=life["queue_id"],
    )


def _certain(claims: Sequence[Row], lives: Sequence[Row]) -> Iterator[Link]:
    by_id: dict[str, list[Row]] = {}
    for life in lives:
        by_id.setdefault(life["queue_id"], []).append(life)
    for claim in claims:
        origin = _origin(claim, by_id.get(claim["from_queue_id"], ()))
        target = origin and _target(claim, by_id.get(claim["to_queue_id"], ()), origin)
        if origin and target:
            kind = claim["kind"]
            if kind == "relayed" and target["host"] == origin["host"]:
                kind = "reinjected"
            ends = origin["message_no"], target["message_no"]
            yield Link(kind, *ends, True, tuple(claim["positions"]))


def _origin(claim: Row, lives: Iterable[Row]) -> Row | None:
    """The life that became another: it bears the line, or was the latest before it."""
    at, position = claim["occurred_at"], claim["positions"][0]
    here = [
        life
        for life in lives
        if (life["host"], life["instance"]) == (claim["host"], claim["instance"])
        and life["first_at"] <= at + LATE
    ]
    bearing = [
        life
        for life in here
        if life["first_position"] <= position <= life["last_position"]
        and life["first_at"] <= at <= life["last_at"]
    ]
    return max(bearing or here, key=lambda life: life["first_at"], default=None)


def _target(claim: Row, lives: Iterable[Row], origin: Row) -> Row | None:
    """The life that came of it, nearest in time."""
    at = claim["occurred_at"]
    if claim["kind"] == "relayed":
        earliest = at - _TRANSFER
        fitting = [x for x in lives if x is not origin and _is_same_mail(x, origin)]
    else:
        earliest = at - LATE
        fitting = [x for x in lives if x is not origin and x["host"] == claim["host"]]
    near = [x for x in fitting if earliest <= x["first_at"] <= at + LATE]
    at_home = claim["kind"] == "relayed" and _is_loopback(claim["relay"])
    return min(
        near,
        key=lambda x: (at_home and x["host"] != origin["host"], abs(x["first_at"] - at)),
        default=None,
    )


def _is_same_mail(one: Row, other: Row) -> bool:
    """Whether nothing speaks against it; a hop may add the Message-ID that was missing."""
    ids = {(row["message_id"] or "").strip() for row in (one, other)} - {""}
    return len(ids) <= 1


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False


# -- inferred ---------------------------------------------------------------------------------


def _alike(reader: Reader, life: Row) -> list[Row]:
    """The messages of the host with this one's Message-ID, itself included, nearest in time.

    One that came without gets its own in cleanup(8) when it is handed back.
    """
    message_id = life["message_id"]
    if message_id is None:
        return []
    return rows_of(
        reader,
        f"""
        SELECT * FROM messages
        WHERE host IS NOT DISTINCT FROM $host
            AND (message_id = $message_id
                OR $is_missing AND uid IS NOT NULL AND contains(message_id, queue_id)
                OR $is_added AND message_id IN ('', '<>') OR first_position = $itself)
            AND first_at <= $latest AND last_at >= $earliest
        ORDER BY abs(epoch_us(first_at) - epoch_us($first_at::TIMESTAMP)) LIMIT {MOST_ALIKE}
        """,
        message_id=message_id,
        is_missing=message_id in ("", "<>"),
        is_added=life["uid"] is not None and life["queue_id"] in message_id,
        itself=life["first_position"],
        host=life["host"],
        first_at=life["first_at"],
        earliest=life["first_at"] - LATE,
        latest=life["last_at"] + LATE,
    )


def _inferred(reader: Reader, life: Row, alike: Sequence[Row]) -> list[Link]:
    """Who handed what back, among messages of one Message-ID: each came of one, the nearest."""
    if len(alike) < 2:
        return []
    attempts = _attempts(reader, alike)
    explained = {
        row["to_queue_id"]
        for row in rows_of(
            reader,
            """
            SELECT DISTINCT to_queue_id FROM links
            WHERE to_queue_id IN (SELECT unnest($ids)) AND host IS NOT DISTINCT FROM $host
                AND kind <> 'relayed'
            """,
            ids=[row["queue_id"] for row in alike],
            host=life["host"],
        )
    }
    children = [
        row
        for row in alike
        if row["queue_id"] not in explained
        and (row["uid"] is not None or _is_loopback(row["client_address"]))
    ]
    redirects = _redirects(reader, life, alike) if children else []
    guesses = [
        guess
        for child in children
        for parent in alike
        if parent["message_no"] != child["message_no"] and parent["first_at"] <= child["first_at"]
        for guess in (
            *_handed_back(parent, child, attempts),
            *_redirected(parent, child, attempts, redirects),
        )
    ]
    return list(_nearest(guesses))


# The better, the smaller its first part; at last, how many messages may have come so of its origin.
Guess = tuple[tuple[bool, timedelta], Link, int]


def _attempts(reader: Reader, lives: Sequence[Row]) -> dict[int, list[Row]]:
    """The deliveries of each life, by its number."""
    rows = rows_of(
        reader,
        """
        SELECT m.message_no, e.position, e.occurred_at, e.program, e.pid, e.delay_seconds,
            e.recipient, e.original_recipient, e.status, e.reply, e.remote_queue_id
        FROM events e JOIN messages m
            ON m.queue_id = e.queue_id AND m.instance = e.instance
            AND m.host IS NOT DISTINCT FROM e.host
            AND e.position BETWEEN m.first_position AND m.last_position
        WHERE e.event = 'postfix.delivery_attempted'
            AND e.position BETWEEN $first AND $last AND e.queue_id IN (SELECT unnest($ids))
            AND m.message_no IN (SELECT unnest($numbers))
        ORDER BY e.position
        """,
        first=min(row["first_position"] for row in lives),
        last=max(row["last_position"] for row in lives),
        ids=[row["queue_id"] for row in lives],
        numbers=[row["message_no"] for row in lives],
    )
    attempts: dict[int, list[Row]] = {row["message_no"]: [] for row in lives}
    for row in rows:
        attempts[row["message_no"]].append(row)
    return attempts


def addresses(attempts: Iterable[Row]) -> set[str]:
    """The recipients of deliveries, before and after expansion."""
    names = ("recipient", "original_recipient")
    return {row[name] for row in attempts for name in names if row[name]}


def _handed_back(parent: Row, child: Row, attempts: Mapping[int, Sequence[Row]]) -> Iterator[Guess]:
    """A program behind pipe(8) gave the message to sendmail(1), as its own sender."""
    wanted = addresses(attempts[child["message_no"]])
    piped = [
        row
        for row in attempts[parent["message_no"]]
        if (row["program"] or "").endswith("/pipe") and row["status"] == "sent"
    ]
    runs = {(row["pid"], row["occurred_at"], row["delay_seconds"]) for row in piped}
    piped = [
        row
        for row in piped
        if child["first_at"] <= row["occurred_at"] + LATE
        and (not wanted or addresses([row]) & wanted)
    ]
    is_kept = _is_sender_kept(parent["envelope_sender"], child["envelope_sender"])
    if piped and (is_kept or parent["message_id"] == child["message_id"]):
        distance = min(abs(row["occurred_at"] - child["first_at"]) for row in piped)
        positions = tuple(sorted({*(row["position"] for row in piped), child["first_position"]}))
        ends = parent["message_no"], child["message_no"]
        yield (not is_kept, distance), Link("reinjected", *ends, False, positions), len(runs)


def _is_sender_kept(before: str | None, after: str | None) -> bool:
    """sendmail(1) is not given the null sender by many filters: MAILER-DAEMON is."""
    if before is None or after is None or before == after:
        return True
    return before == "" and after.upper().startswith("MAILER-DAEMON")


def _redirects(reader: Reader, life: Row, alike: Sequence[Row]) -> list[Row]:
    """Dovecot's lines that a Sieve script forwarded a message of this Message-ID."""
    return rows_of(
        reader,
        """
        SELECT position, occurred_at, session_id, username, recipient FROM events
        WHERE event = 'dovecot.message_forwarded' AND message_id = $message_id
            AND occurred_at BETWEEN $earliest AND $latest AND host IS NOT DISTINCT FROM $host
        ORDER BY position
        """,
        message_id=life["message_id"].strip(),
        host=life["host"],
        earliest=min(row["first_at"] for row in alike) - _REDIRECT,
        latest=max(row["last_at"] for row in alike) + _REDIRECT,
    )


def _redirected(
    parent: Row,
    child: Row,
    attempts: Mapping[int, Sequence[Row]],
    redirects: Sequence[Row],
) -> Iterator[Guess]:
    """A Sieve script gave the message to sendmail(1) or a submission port, for another address."""
    wanted = addresses(attempts[child["message_no"]])
    for row in redirects:
        distance = abs(row["occurred_at"] - child["first_at"])
        if distance > _REDIRECT or (wanted and row["recipient"] not in wanted):
            continue
        saved = [
            attempt
            for attempt in attempts[parent["message_no"]]
            if attempt["status"] == "sent"
            and row["session_id"]
            and session_of(attempt["reply"]) == row["session_id"]
        ]
        if saved:
            positions = (saved[0]["position"], row["position"], child["first_position"])
            ends = parent["message_no"], child["message_no"]
            yield (False, distance), Link("forwarded", *ends, False, tuple(sorted(positions))), 1


def _nearest(guesses: Sequence[Guess]) -> Iterator[Link]:
    """Each message came of one other; of a message came one for each run of the program."""
    taken: set[int] = set()
    came_of: Counter[tuple[str, int, tuple[int, ...]]] = Counter()
    for _, link, most in sorted(guesses, key=lambda guess: (guess[0], guess[1].positions)):
        lines = () if link.kind == "reinjected" else link.positions[:-1]
        if link.target in taken or came_of[link.kind, link.origin, lines] >= most:
            continue
        taken.add(link.target)
        came_of[link.kind, link.origin, lines] += 1
        yield link

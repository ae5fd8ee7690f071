"""Which messages became which: the links between lives of queue files, with what proves them.

Some lines name two queue ids: these links are certain. A filter behind pipe(8) and a redirect by
Sieve hand a message back with another id and say nothing: these links are inferred, from
Message-ID, sender, recipients and time. `queued as` is the text of whoever answered, so it counts
only where the file of that id has the same Message-ID.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from tracer.projections.messages import LATE
from tracer.queries.evidence import lives_at, rows_of
from tracer.queries.positions import around, during
from tracer.store import Reader

Row = Mapping[str, Any]

MOST_LINES = 10_000  # read of those that name one queue id
MOST_ALIKE = 200  # messages looked at with one Message-ID
_MOST_MORE = 100  # messages for which it pays to be told before they are asked for
_LATE = f"to_microseconds({LATE // timedelta(microseconds=1)})"
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


Linked = tuple[list[Link], list[Row]]


def of(reader: Reader, lives: Sequence[Row]) -> dict[int, Linked]:
    """All links from and to messages, and the messages at their other ends, by number.

    Told too of those that are alike, as they are likely to be on the same path.
    """
    alike = _alike(reader, lives)
    others = {row["message_no"]: row for rows in alike.values() for row in rows}
    more = [row for number, row in others.items() if number not in alike]
    if more and len(others) <= _MOST_MORE:
        alike |= _alike(reader, more)
        lives = [*lives, *more]
    claims = _claims(reader, lives)
    named = _of_ids(reader, {c[e] for c in claims for e in ("from_queue_id", "to_queue_id")})
    certain = list(_certain(claims, named))
    known = {row["message_no"]: row for rows in (named, *alike.values()) for row in rows}
    inferred = _inferred(reader, lives, alike, {link.target for link in certain})
    found = {}
    for life in lives:
        number = life["message_no"]
        links = [link for link in (*certain, *inferred[number]) if _touches(link, life)]
        ends = {end for link in links for end in (link.origin, link.target)} - {number}
        found[number] = links, [known[end] for end in sorted(ends)]
    return found


def _of_ids(reader: Reader, queue_ids: Collection[str]) -> list[Row]:
    """The rows of `messages` of these ids."""
    if not queue_ids:
        return []
    rows = rows_of(
        reader,
        "SELECT first_position FROM messages WHERE queue_id IN (SELECT unnest($queue_ids))",
        queue_ids=sorted(queue_ids),
    )
    return lives_at(reader, (row["first_position"] for row in rows))


def session_of(reply: str | None) -> str | None:
    """The Dovecot session that a reply to LMTP names."""
    match = _SESSION.search(reply or "")
    return match[1] if match else None


def _touches(link: Link, life: Row) -> bool:
    return life["message_no"] in (link.origin, link.target)


def _claims(reader: Reader, lives: Sequence[Row]) -> list[Row]:
    """What lines say of the queue ids and others; one row for all lines that say the same."""
    return rows_of(
        reader,
        f"""
        WITH wanted AS (SELECT unnest($queue_ids) AS queue_id),
        named AS (
            SELECT queue_id, position FROM links JOIN wanted ON from_queue_id = queue_id
            UNION ALL
            SELECT queue_id, position FROM links JOIN wanted ON to_queue_id = queue_id
        )
        SELECT kind, host, instance, from_queue_id, to_queue_id, any_value(relay_address) AS relay,
            max(occurred_at) AS occurred_at, list(position ORDER BY position) AS positions
        FROM links WHERE position IN (
            SELECT unnest(min(position, {MOST_LINES})) FROM named GROUP BY queue_id
        )
        GROUP BY kind, host, instance, from_queue_id, to_queue_id,
            date_trunc('hour', occurred_at)
        ORDER BY min(position)
        """,
        queue_ids=sorted({life["queue_id"] for life in lives}),
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
            if kind == "relayed" and _instance(target) == _instance(origin):
                kind = "reinjected"
            ends = origin["message_no"], target["message_no"]
            yield Link(kind, *ends, True, tuple(claim["positions"]))


def _instance(row: Row) -> tuple[str | None, str]:
    """Which Postfix has it: a host may have several."""
    return row["host"], row["instance"]


def _origin(claim: Row, lives: Iterable[Row]) -> Row | None:
    """The life that became another: it bears the line, or was the latest before it."""
    at, position = claim["occurred_at"], claim["positions"][0]
    here = [
        life
        for life in lives
        if _instance(life) == _instance(claim) and life["first_at"] <= at + LATE
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


def _alike(reader: Reader, lives: Sequence[Row]) -> dict[int, list[Row]]:
    """The messages of the host with each one's Message-ID, itself included, nearest in time."""
    wanted = [life for life in lives if life["message_id"] is not None]
    rows = rows_of(
        reader,
        f"""
        SELECT number,
            arg_min(first_position, abs(epoch_us(m.first_at) - epoch_us(w.first_at)), {MOST_ALIKE})
                AS alike
        FROM messages m JOIN (
            SELECT unnest($numbers) AS number, unnest($message_ids) AS message_id,
                unnest($hosts::VARCHAR[]) AS host, unnest($first_at) AS first_at,
                unnest($last_at) AS last_at
        ) w ON m.message_id = w.message_id AND m.host IS NOT DISTINCT FROM w.host
            AND m.first_at <= w.last_at + {_LATE} AND m.last_at >= w.first_at - {_LATE}
        GROUP BY number
        """,
        numbers=[life["message_no"] for life in wanted],
        message_ids=[life["message_id"] for life in wanted],
        hosts=[life["host"] for life in wanted],
        first_at=[life["first_at"] for life in wanted],
        last_at=[life["last_at"] for life in wanted],
    ) if wanted else []  # fmt: skip
    numbers = {row["number"]: row["alike"] for row in rows}
    for life in wanted:
        numbers[life["message_no"]] = {
            life["message_no"],
            *numbers.get(life["message_no"], ()),
            *_alike_without_id(reader, life),
        }
    known = {life["message_no"]: life for life in lives}
    known |= {
        row["message_no"]: row
        for row in lives_at(reader, {n for alike in numbers.values() for n in alike} - {*known})
    }
    return {
        life["message_no"]: sorted(
            (known[number] for number in numbers.get(life["message_no"], ())),
            key=lambda row: (abs(row["first_at"] - life["first_at"]), row["message_no"]),
        )
        for life in lives
    }


def _alike_without_id(reader: Reader, life: Row) -> Iterable[int]:
    """One that came without a Message-ID gets its own in cleanup(8) when it is handed back."""
    message_id = life["message_id"]
    is_missing = message_id in ("", "<>")
    if not is_missing and (life["uid"] is None or life["queue_id"] not in message_id):
        return ()
    condition = (
        "uid IS NOT NULL AND contains(message_id, queue_id)"
        if is_missing
        else "message_id IN ('', '<>')"
    )
    rows = rows_of(
        reader,
        f"""
        SELECT first_position FROM messages
        WHERE host IS NOT DISTINCT FROM $host AND {condition}
            AND first_at <= $latest AND last_at >= $earliest
        ORDER BY abs(epoch_us(first_at) - epoch_us($first_at::TIMESTAMP)) LIMIT {MOST_ALIKE}
        """,
        host=life["host"],
        first_at=life["first_at"],
        earliest=life["first_at"] - LATE,
        latest=life["last_at"] + LATE,
    )
    return (row["first_position"] for row in rows)


def _inferred(
    reader: Reader,
    lives: Sequence[Row],
    alike: Mapping[int, Sequence[Row]],
    told: Collection[int],
) -> dict[int, list[Link]]:
    """Who handed what back, among messages of one Message-ID: each came of one, the nearest.

    told: the numbers of messages of which a line says what they came of.
    """
    several = {row["message_no"]: row for rows in alike.values() if len(rows) > 1 for row in rows}
    explained = {
        (row["host"], row["to_queue_id"])
        for row in rows_of(
            reader,
            """
            SELECT DISTINCT host, to_queue_id FROM links
            WHERE to_queue_id IN (SELECT unnest($queue_ids)) AND kind <> 'relayed'
            """,
            queue_ids=sorted({row["queue_id"] for row in several.values()}),
        )
    } if several else set()  # fmt: skip
    children = {
        number
        for number, row in several.items()
        if number not in told
        and (row["host"], row["queue_id"]) not in explained
        and (row["uid"] is not None or _is_loopback(row["client_address"]))
    }
    families = {
        life["message_no"]: alike[life["message_no"]]
        for life in lives
        if any(row["message_no"] in children for row in alike[life["message_no"]])
    }
    members = {row["message_no"]: row for rows in families.values() for row in rows}
    attempts = _attempts(reader, list(members.values()))
    redirects = _redirects(reader, list(members.values()))
    found: dict[int, list[Link]] = {life["message_no"]: [] for life in lives}
    for number, family in families.items():
        guesses = [
            guess
            for child in family
            for parent in family
            if child["message_no"] in children
            and parent["message_no"] != child["message_no"]
            and parent["first_at"] <= child["first_at"]
            for guess in (
                *_handed_back(parent, child, attempts),
                *_redirected(parent, child, attempts, redirects),
            )
        ]
        found[number] = list(_nearest(guesses))
    return found


# The better, the smaller its first part; at last, how many messages may have come so of its origin.
Guess = tuple[tuple[bool, timedelta], Link, int]


def _attempts(reader: Reader, lives: Sequence[Row]) -> dict[int, list[Row]]:
    """The deliveries of each life, by its number."""
    attempts: dict[int, list[Row]] = {row["message_no"]: [] for row in lives}
    if not lives:
        return attempts
    spans = [(life["first_position"], life["last_position"]) for life in lives]
    rows = rows_of(
        reader,
        f"""
        SELECT * FROM {around(_OF_ATTEMPTS, "event_rows", spans)}
        WHERE event = 'postfix.delivery_attempted' AND queue_id IN (SELECT unnest($queue_ids))
        ORDER BY position
        """,
        queue_ids=sorted({life["queue_id"] for life in lives}),
    )
    by_id: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        by_id.setdefault((row["host"], row["instance"], row["queue_id"]), []).append(row)
    for life in lives:
        attempts[life["message_no"]] = [
            row
            for row in by_id.get((life["host"], life["instance"], life["queue_id"]), ())
            if life["first_position"] <= row["position"] <= life["last_position"]
        ]
    return attempts


_OF_ATTEMPTS = """
    position, occurred_at, host, instance, queue_id, event, program, pid, delay_seconds, recipient,
    original_recipient, status, reply, remote_queue_id
"""


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


def _redirects(reader: Reader, lives: Sequence[Row]) -> list[Row]:
    """Dovecot's lines that a Sieve script forwarded a message of these Message-IDs."""
    if not lives:
        return []
    columns = "position, occurred_at, host, event, message_id, session_id, username, recipient"
    spans = [(life["first_at"] - _REDIRECT, life["last_at"] + _REDIRECT) for life in lives]
    return rows_of(
        reader,
        f"""
        SELECT * FROM {during(columns, spans)}
        WHERE event = 'dovecot.message_forwarded' AND message_id IN (SELECT unnest($message_ids))
        ORDER BY position
        """,
        message_ids=sorted({(life["message_id"] or "").strip() for life in lives}),
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
        is_same = (row["host"], row["message_id"]) == (child["host"], child["message_id"].strip())
        if not is_same or distance > _REDIRECT or (wanted and row["recipient"] not in wanted):
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

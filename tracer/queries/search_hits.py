"""What is shown of messages, and of mail that was refused before it was one."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from tracer.projections.messages import LATE
from tracer.queries import outcome
from tracer.queries.evidence import rows_of
from tracer.queries.search_conditions import BELONGS, REFUSED
from tracer.store import Reader

Row = Mapping[str, Any]
Place = tuple[datetime, int]  # of a message or refusal: first_at, first_position

_AT_ONCE = 500  # hits of which the lines are in memory


@dataclass(frozen=True, slots=True)
class Hit:
    """A message, or mail that was refused before it was one.

    kind: message, or rejected (then instance, queue_id and life are None).
    position: of its first line.
    first_at, last_at: of its lines; naive UTC, as in the store.
    recipients: as far as lines name them; of recipient_count in all, as far as that is known.
    outcome: one of outcome.Outcome's states; of kind rejected: rejected or discarded.
    dsn, reason: of the last attempt or refusal that tells most of the outcome.
    """

    kind: str
    position: int
    first_at: datetime
    last_at: datetime
    host: str | None
    instance: str | None
    queue_id: str | None
    life: int | None
    message_id: str | None
    envelope_sender: str | None
    recipients: tuple[str, ...]
    recipient_count: int
    size_bytes: int | None
    client_name: str | None
    client_address: str | None
    outcome: str
    dsn: str | None
    reason: str | None


def of_lives(reader: Reader, lives: Sequence[Row]) -> list[Hit]:
    """Messages as hits, from their rows of `messages`."""
    places = [(life["first_at"], life["first_position"]) for life in lives]
    return list(hits(reader, places, frozenset(places)))


def hits(reader: Reader, places: Sequence[Place], messages: Collection[Place]) -> Iterator[Hit]:
    """What stands at these places, in their order; `messages` are the places of messages."""
    for start in range(0, len(places), _AT_ONCE):
        some = places[start : start + _AT_ONCE]
        found = {
            **_shown_messages(reader, [place for place in some if place in messages]),
            **_shown_refusals(reader, [place for place in some if place not in messages]),
        }
        # a late line may have given one another beginning by now
        yield from (found[place] for place in some if place in found)


_EVENT_FIELDS = """
    e.position, e.occurred_at, e.event, e.queue_id, e.related_queue_id, e.remote_queue_id,
    e.recipient, e.original_recipient, e.relay_host, e.relay_address, e.relay_port,
    e.delay_seconds, e.delay_before_qmgr, e.delay_in_qmgr, e.delay_connection_setup,
    e.delay_transmission, e.dsn, e.status, e.reply, e.reply_code, e.action, e.stage, e.reason,
    e.username, e.dnsbl, 'queue_id' AS evidence
"""


def _shown_messages(reader: Reader, places: Collection[Place]) -> dict[Place, Hit]:
    numbers = [number for _, number in places]
    listed = "(SELECT * FROM messages WHERE first_position IN (SELECT unnest($numbers)))"
    lives = rows_of(reader, f"FROM {listed}", numbers=numbers) if numbers else []
    if not lives:
        return {}
    # first where they are, of few columns: most columns of most rows are then never read
    positions = f"""
        SELECT e.position FROM {listed} c JOIN events e ON {BELONGS}
        WHERE e.occurred_at BETWEEN $earliest AND $latest"""
    own: dict[int, list[Row]] = {number: [] for number in numbers}
    for row in rows_of(
        reader,
        f"""
        SELECT c.first_position AS message_no, {_EVENT_FIELDS}
        FROM {listed} c JOIN (SELECT * FROM events WHERE position IN ({positions})) e
        ON {BELONGS}
        ORDER BY e.occurred_at, e.position
        """,
        numbers=numbers,
        earliest=min(life["first_at"] for life in lives) - LATE,
        latest=max(life["last_at"] for life in lives) + LATE,
    ):
        own[row["message_no"]].append(row)
    return {
        (life["first_at"], life["first_position"]): _message(life, own[life["first_position"]])
        for life in lives
    }


def _shown_refusals(reader: Reader, places: Collection[Place]) -> dict[Place, Hit]:
    if not places:
        return {}
    rows = rows_of(
        reader,
        f"""
        SELECT first_position, first_at, last_at, host, queue_id, message_id, envelope_sender,
            size_bytes, client_name, client_address, recipient, event, dsn, reason, dnsbl
        FROM ({REFUSED}) WHERE first_at BETWEEN $earliest AND $latest
            AND first_position IN (SELECT unnest($numbers))
        """,
        numbers=[number for _, number in places],
        earliest=min(places)[0],
        latest=max(places)[0],
    )
    return {(row["first_at"], row["first_position"]): _refusal(row) for row in rows}


def _message(life: Row, own: Sequence[Row]) -> Hit:
    attempts = outcome.deliveries(own)
    state = outcome.of(life, own, attempts).state
    named = dict.fromkeys(attempt.recipient for attempt in attempts) or dict.fromkeys(
        row["recipient"] for row in own if row["recipient"] is not None
    )
    dsn, reason = _reason(state, own, attempts)
    return Hit(
        kind="message",
        position=life["first_position"],
        **{name: life[name] for name in _COPIED},
        instance=life["instance"],
        life=life["life"],
        recipients=tuple(named),
        recipient_count=max(len(named), life["recipient_count"] or 0),
        outcome=state,
        dsn=dsn,
        reason=reason,
    )


_COPIED = (
    "first_at", "last_at", "host", "queue_id", "message_id", "envelope_sender",
    "size_bytes", "client_name", "client_address",
)  # fmt: skip
_REFUSALS = ("postfix.rejected", "postfix.checked", "postfix.message_refused")


def _reason(
    state: str, own: Sequence[Row], attempts: Sequence[outcome.Delivery]
) -> tuple[str | None, str | None]:
    """DSN and words of the line that tells most of how the message stands."""
    failed = [a for a in attempts if a.status not in ("sent", "deliverable")]
    refused = [row for row in own if row["event"] in _REFUSALS and _words(row)]
    if refused and (state in ("rejected", "discarded", "held") or not attempts):
        return refused[-1]["dsn"], _words(refused[-1])
    told = failed if failed and state != "delivered" else attempts
    return (told[-1].dsn, told[-1].reply) if told else (None, None)


def _refusal(row: Row) -> Hit:
    recipients = () if row["recipient"] is None else (row["recipient"],)
    return Hit(
        kind="rejected",
        position=row["first_position"],
        **{name: row[name] for name in _COPIED},
        instance=None,
        life=None,
        recipients=recipients,
        recipient_count=len(recipients),
        outcome="rejected" if row["event"] == "postfix.rejected" else "discarded",
        dsn=row["dsn"],
        reason=_words(row),
    )


def _words(refused: Row) -> str | None:
    """Why mail was refused, as Postfix puts it."""
    reason: str | None = refused["reason"]
    if refused["dnsbl"] is None:
        return reason
    return f"blocked using {refused['dnsbl']}{f'; {reason}' if reason else ''}"

"""What became of a message? Its life, its deliveries, and every line that proves it.

Which lines these are is told by tracer.queries.evidence. Times are naive UTC, as in the store.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from tracer.queries import addressed, evidence, outcome
from tracer.queries.evidence import INFERRED, rows_of
from tracer.queries.outcome import Delivery, Outcome, Recipient
from tracer.queries.overview import Facts, facts
from tracer.queries.positions import around
from tracer.store import Reader

MOST_MESSAGES = 10
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read, and why it is taken for one of the message's.

    offset: of its first byte in the (unpacked) file.
    escaped: it is not UTF-8, or holds NUL; its text then has `\\xNN` for such bytes.
    evidence: queue_id, named (a line of another message names this queue id), session_id,
        session (of the same connection), put_off (an earlier attempt), message_id, envelope,
        virus or screened. The last four are inferred.
    """

    position: int
    occurred_at: datetime
    host: str | None
    program: str | None
    event: str
    path: str
    offset: int
    text: str
    escaped: bool
    evidence: str

    @property
    def is_inferred(self) -> bool:
        """Whether another message may be the one that is meant."""
        return self.evidence in INFERRED


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a filter, a check or a Sieve script said; `position` is that of its line.

    kind: dkim, spf, spam, virus, greylist, check, reject or sieve.
    """

    kind: str
    result: str
    detail: str | None
    position: int
    is_inferred: bool


@dataclass(frozen=True, slots=True)
class Relation:
    """Another queue file that has to do with this one.

    kind: queued_as, received_from, reinjected_as, reinjected_from, forwarded_as, forwarded_from,
        notification, notification_of, requeued_as, requeued_from or same_message_id.
    host: where it is: as the store knows it, else the relay's name; None where unknown.
    position: of the line that says so; None for same_message_id, which is inferred.
    is_stored: this store holds lines of it, so that it can be traced.
    """

    kind: str
    queue_id: str
    host: str | None
    position: int | None
    is_stored: bool


@dataclass(frozen=True, slots=True)
class MessageTrace:
    """One life of a queue file, with all that is known of it.

    life, lives: this is the life-th of so many under the same queue id.
    """

    host: str | None
    instance: str
    queue_id: str
    life: int
    lives: int
    first_at: datetime
    last_at: datetime
    message_id: str | None
    envelope_sender: str | None
    size_bytes: int | None
    recipient_count: int | None
    client_name: str | None
    client_address: str | None
    helo_name: str | None
    protocol: str | None
    sasl_username: str | None
    sasl_method: str | None
    uid: int | None
    outcome: Outcome
    recipients: tuple[Recipient, ...]
    deliveries: tuple[Delivery, ...]
    verdicts: tuple[Verdict, ...]
    relations: tuple[Relation, ...]
    lines: tuple[Line, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """What a term found: the latest messages, oldest first; is_cut where there are more."""

    term: str
    messages: tuple[MessageTrace, ...]
    is_cut: bool


def find(reader: Reader, terms: Iterable[str], *, limit: int = MOST_MESSAGES) -> list[Found]:
    """The messages of each term: a queue id, a Message-ID, or an address in the envelope.

    A queue id may end as mailq or a log line shows it, with `*`, `!` or `:`.
    """
    found = []
    for term in terms:
        lives = lives_of(reader, term.strip(), limit + 1)
        latest = sorted(lives[:limit], key=lambda life: (life["first_at"], life["first_position"]))
        messages = tuple(_traces(reader, latest)) if latest else ()
        found.append(Found(term, messages, is_cut=len(lives) > limit))
    return found


_LATEST = "ORDER BY first_at DESC, first_position DESC LIMIT $limit"


def lives_of(reader: Reader, term: str, limit: int) -> list[Row]:
    """Rows of `messages` for a term, latest first; for an address, by its latest lines."""
    lives = rows_of(
        reader,
        f"SELECT * FROM messages WHERE queue_id = $queue_id {_LATEST}",
        queue_id=term.rstrip("*!:"),
        limit=limit,
    )
    if lives or "@" not in term:
        return lives
    lives = rows_of(
        reader,
        f"SELECT * FROM messages WHERE message_id IN ($term, '<' || $term || '>') {_LATEST}",
        term=term,
        limit=limit,
    )
    return lives or addressed.lives(reader, term.strip("<>"), limit)


def _traces(reader: Reader, lives: Sequence[Row]) -> Iterator[MessageTrace]:
    siblings = evidence.siblings_of(reader, lives)
    own = evidence.own_of(reader, lives, siblings)
    events = evidence.events_of(reader, evidence.of(reader, lives, siblings, own))
    lines = lines_of(reader, list(events.values()))
    for told, of_message in zip(messages_of(reader, lives, siblings, events), lines, strict=True):
        yield replace(told, lines=of_message)


def messages_of(
    reader: Reader,
    lives: Sequence[Row],
    siblings: Mapping[int, Sequence[Row]],
    events: Mapping[int, Sequence[Row]],
) -> Iterator[MessageTrace]:
    """What the events of lives tell, without their lines."""
    relations = _relations(reader, lives, events)
    for life in lives:
        number = life["message_no"]
        own = [row for row in events[number] if row["evidence"] == "queue_id"]
        deliveries = outcome.deliveries(own)
        yield MessageTrace(
            **{name: life[name] for name in _FROM_LIFE},
            lives=len(siblings[number]),
            outcome=outcome.of(life, events[number], deliveries),
            recipients=outcome.recipients(deliveries),
            deliveries=deliveries,
            verdicts=tuple(v for row in events[number] for v in verdicts_of(row)),
            relations=relations[number],
            lines=(),
        )


_FROM_LIFE = (
    "host", "instance", "queue_id", "life", "first_at", "last_at", "message_id",
    "envelope_sender", "size_bytes", "recipient_count", "client_name", "client_address",
    "helo_name", "protocol", "sasl_username", "sasl_method", "uid",
)  # fmt: skip


def lines_of(reader: Reader, several: Sequence[Sequence[Row]]) -> list[tuple[Line, ...]]:
    """The lines of several sequences of events, in their order."""
    positions = sorted({row["position"] for events in several for row in events})
    if not positions:
        return [() for _ in several]
    columns = "position, source_id, generation, byte_offset, text, escaped"
    stored = {
        row["position"]: row
        for row in rows_of(
            reader,
            f"""
            SELECT l.position, s.path, l.byte_offset, l.text, l.escaped
            FROM {around(columns, "lines", ((p, p) for p in positions))} l
            JOIN sources s USING (source_id, generation)
            WHERE l.position IN (SELECT unnest($positions))
            """,
            positions=positions,
        )
    }
    return [tuple(_line(row, stored[row["position"]]) for row in events) for events in several]


def _line(row: Row, stored: Row) -> Line:
    return Line(
        **{name: row[name] for name in ("position", "occurred_at", "host", "program", "event")},
        path=stored["path"],
        offset=stored["byte_offset"],
        text=stored["text"],
        escaped=stored["escaped"],
        evidence=row["evidence"],
    )


_VERDICTS = {
    "opendkim.signature_added": "dkim",
    "opendkim.signature_verified": "dkim",
    "opendkim.signature_failed": "dkim",
    "opendkim.signature_missing": "dkim",
    "policyd_spf.checked": "spf",
    "postgrey.checked": "greylist",
    "spamd.message_scored": "spam",
    "rspamd.message_scanned": "spam",
    "amavis.message_checked": "spam",
    "clamav_milter.message_clean": "virus",
    "clamav_milter.message_infected": "virus",
    "postfix.rejected": "reject",
    "postfix.message_refused": "reject",
    "postfix.checked": "check",
    "dovecot.message_stored": "sieve",
    "dovecot.message_forwarded": "sieve",
    "dovecot.forward_suppressed": "sieve",
    "dovecot.message_discarded": "sieve",
    "dovecot.message_rejected": "sieve",
    "dovecot.vacation_sent": "sieve",
    "dovecot.store_failed": "sieve",
}


def verdicts_of(row: Row) -> Iterable[Verdict]:
    """The verdicts that an event is: most are one, if at all."""
    if row["evidence"] in ("named", "put_off"):
        return
    inferred = row["evidence"] in INFERRED
    for kind, result, details in _judged(row):
        detail = ", ".join(str(part) for part in details if part not in (None, ""))
        yield Verdict(kind, result, detail or None, row["position"], inferred)


def _judged(row: Row) -> Iterable[tuple[str, str, Sequence[object]]]:
    """Kind and result of the verdicts of an event, and what else there is to say."""
    kind = _VERDICTS.get(row["event"])
    match kind:
        case None:
            return
        case "dkim":
            key = row["dkim_domain"], row["dkim_selector"]
            yield kind, row["dkim_result"], (*key, row["reason"])
        case "spf":
            yield kind, row["spf_result"].lower(), (row["spf_identity"], row["envelope_sender"])
        case "greylist":
            yield kind, row["action"], (row["reason"], row["recipient"])
        case "spam":
            yield from _scanned(row)
        case "virus":
            yield kind, ("infected" if row["virus_name"] else "clean"), (row["virus_name"],)
        case "reject" | "check":
            code = " ".join(str(part) for part in (row["reply_code"], row["dsn"]) if part)
            yield kind, row["action"], (row["stage"], row["recipient"], code, row["reason"])
        case _:
            what = row["event"].removeprefix("dovecot.").removeprefix("message_").replace("_", " ")
            details = row["mailbox"], row["recipient"], row["username"], row["reason"]
            yield kind, what, details


_VIRUS_FOUND = re.compile(r'\S+: virus found: "(.*)"')  # rspamd's antivirus module
_SPAM = ("SPAM", "SPAMMY")


def _scanned(row: Row) -> Iterable[tuple[str, str, Sequence[object]]]:
    """What a content scanner took a message for: amavis and rspamd look for more than spam."""
    verdict = row["verdict"] or ""
    if verdict == "INFECTED":
        yield "virus", "infected", (row["virus_name"], *scan_details(row))
    elif virus := _VIRUS_FOUND.match(row["reason"] or ""):
        yield "virus", "infected", (virus[1],)
    elif verdict and verdict not in (*_SPAM, "CLEAN"):
        yield "check", verdict.lower(), (row["reason"], *scan_details(row))
    if verdict in _SPAM or row["spam_score"] is not None:
        is_spam = verdict in _SPAM or row["is_spam"]
        yield "spam", "spam" if is_spam else "ham", (spam_score(row), *scan_details(row))


def spam_score(row: Row) -> str | None:
    """The score in words; scanners may log none, and amavis does not log what is required."""
    if row["spam_score"] is None:
        return None
    required = "" if row["spam_required"] is None else f" of {row['spam_required']:g}"
    return f"score {row['spam_score']:g}{required}"


def scan_details(row: Row) -> Sequence[str]:
    """What a scanner did with a message, where it put it, and the rules that hit."""
    quarantine = row["quarantine"] and f"quarantine {row['quarantine']}"
    action = row["action"] and row["action"].lower()
    return [part for part in (action, quarantine, row["spam_rules"]) if part]


_RELATED = timedelta(days=7)  # how far from a message one of its relations may be


def _relations(
    reader: Reader, lives: Sequence[Row], events: Mapping[int, Sequence[Row]]
) -> dict[int, tuple[Relation, ...]]:
    """The relations of each message, by its number."""
    told = {
        number: {(kind, queue_id): row for row in rows for kind, queue_id in _related(row)}
        for number, rows in events.items()
    }
    stored = rows_of(
        reader,
        """
        SELECT first_position, host, queue_id, message_id, first_at, last_at FROM messages
        WHERE last_at >= $earliest AND first_at <= $latest
            AND (list_contains($queue_ids, queue_id) OR list_contains($message_ids, message_id))
        ORDER BY first_at, first_position
        """,
        earliest=min(life["first_at"] for life in lives) - _RELATED,
        latest=max(life["last_at"] for life in lives) + _RELATED,
        queue_ids=sorted({queue_id for named in told.values() for _, queue_id in named}),
        message_ids=sorted({life["message_id"] for life in lives} - {None, "", "<>"}),
    )
    return {
        life["message_no"]: tuple(_relations_of(life, told[life["message_no"]], stored))
        for life in lives
    }


def _relations_of(
    life: Row, told: Mapping[tuple[str, str], Row], stored: Iterable[Row]
) -> Iterator[Relation]:
    near = [
        row
        for row in stored
        if row["first_position"] != life["first_position"]
        and row["last_at"] >= life["first_at"] - _RELATED
        and row["first_at"] <= life["last_at"] + _RELATED
    ]
    named = {queue_id for _, queue_id in told}
    hosts = {
        row["queue_id"]: row["host"]
        for row in near
        if row["queue_id"] in named or _has_same_id(row, life)
    }
    for (kind, queue_id), row in told.items():
        host = row["relay_host"] if kind == "queued_as" else row["host"]
        is_stored = queue_id in hosts
        yield Relation(kind, queue_id, hosts.get(queue_id) or host, row["position"], is_stored)
    for row in near:
        if _has_same_id(row, life) and row["queue_id"] not in named:
            yield Relation("same_message_id", row["queue_id"], row["host"], None, True)


def _has_same_id(row: Row, life: Row) -> bool:
    return row["message_id"] == life["message_id"] and row["message_id"] not in (None, "", "<>")


_NAMES = {  # event -> what it is to the message it is about, and to the one that it names
    "postfix.notification_sent": ("notification", "notification_of"),
    "postfix.delivery_attempted": ("forwarded_as", "forwarded_from"),
    "postfix.message_picked_up": ("requeued_from", "requeued_as"),
    "postfix.client_assigned": ("reinjected_from", "reinjected_as"),
}


def _related(row: Row) -> Iterable[tuple[str, str]]:
    """The relations that an event tells, as kind and queue id."""
    names, named = _NAMES.get(row["event"], (None, None))
    if row["evidence"] == "queue_id":
        if row["related_queue_id"] and names:
            yield names, row["related_queue_id"]
        if row["remote_queue_id"]:
            yield "queued_as", row["remote_queue_id"]
    elif row["evidence"] == "named" and row["queue_id"]:
        if row["remote_queue_id"]:
            yield "received_from", row["queue_id"]
        elif named:
            yield named, row["queue_id"]


@dataclass(frozen=True, slots=True)
class Absence:
    """Why a term may have found nothing.

    alike: queue ids that differ in the case of letters, or begin with the term.
    named_by: queue ids whose lines name the term, such as `queued as` at the next hop.
    """

    facts: Facts
    alike: tuple[str, ...]
    named_by: tuple[str, ...]


def explain_absence(reader: Reader, term: str) -> Absence:
    """What there is to say about a term that found nothing."""
    queue_id = term.strip().rstrip("*!:")
    alike = rows_of(
        reader,
        """
        SELECT DISTINCT queue_id FROM messages
        WHERE lower(queue_id) = lower($queue_id)
            OR length($queue_id) >= 4 AND starts_with(queue_id, $queue_id)
        ORDER BY queue_id LIMIT 3
        """,
        queue_id=queue_id,
    )
    named_by = rows_of(
        reader,
        """
        SELECT DISTINCT from_queue_id AS queue_id FROM links
        WHERE to_queue_id = $queue_id AND from_queue_id IS NOT NULL
        ORDER BY queue_id LIMIT 3
        """,
        queue_id=queue_id,
    )
    return Absence(
        facts(reader),
        tuple(row["queue_id"] for row in alike),
        tuple(row["queue_id"] for row in named_by),
    )

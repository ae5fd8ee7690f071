"""What became of a message? Its life, its deliveries, and every line that proves it.

A line belongs to a message by its queue id. Programs that know no queue id are joined by what they
do know: a Dovecot session that the delivery's reply names, a Message-ID, a client with a sender.
The last two are inferred, and say so. Times are naive UTC, as in the store.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from tracer.projections.messages import LATE
from tracer.queries import outcome
from tracer.queries.outcome import Delivery, Outcome, Recipient
from tracer.queries.overview import Facts, facts
from tracer.store import Reader

MOST_MESSAGES = 10

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Line:
    """A line as it was read, and why it is taken for one of the message's.

    offset: of its first byte in the (unpacked) file.
    escaped: it is not UTF-8, or holds NUL; its text then has `\\xNN` for such bytes.
    evidence: queue_id, named (a line of another message names this queue id), session_id,
        message_id or envelope. The last two are inferred.
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
        return self.evidence in ("message_id", "envelope")


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
        messages = tuple(_trace(reader, life) for life in latest)
        found.append(Found(term, messages, is_cut=len(lives) > limit))
    return found


_LATEST = "ORDER BY first_at DESC, first_position DESC LIMIT $limit"


def lives_of(reader: Reader, term: str, limit: int) -> list[Row]:
    """Rows of `messages` for a term, latest first."""
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
    return lives or rows_of(
        reader,
        f"""
        WITH addressed AS (
            SELECT host, instance, queue_id, position FROM events
            WHERE (recipient = $address OR original_recipient = $address)
                AND queue_id IS NOT NULL AND instance IS NOT NULL
        )
        SELECT * FROM messages m
        WHERE envelope_sender = $address OR EXISTS (
            FROM addressed a WHERE a.queue_id = m.queue_id AND a.instance = m.instance
                AND a.host IS NOT DISTINCT FROM m.host
                AND a.position BETWEEN m.first_position AND m.last_position)
        {_LATEST}
        """,
        address=term.strip("<>"),
        limit=limit,
    )


FIELDS = """
    position, occurred_at, host, instance, program, pid, event, queue_id, related_queue_id,
    remote_queue_id, message_id, envelope_sender, recipient, original_recipient,
    further_recipients, client_name, client_address, helo_name, relay_host, relay_address,
    relay_port, delay_seconds, delay_before_qmgr, delay_in_qmgr, delay_connection_setup,
    delay_transmission, dsn, status, reply, reply_code, action, stage, reason, username,
    mailbox, session_id, spam_score, spam_required, is_spam, spam_rules, virus_name,
    dkim_domain, dkim_selector, dkim_result, spf_result, spf_identity, dmarc_result,
    header_domain, quarantine, dnsbl
"""


def _trace(reader: Reader, life: Row) -> MessageTrace:
    siblings = siblings_of(reader, life)
    events = events_of(reader, life, siblings)
    return message_of(reader, life, siblings, events, lines_of(reader, events))


def siblings_of(reader: Reader, life: Row) -> list[Row]:
    """All lives of the queue id, this one included."""
    return rows_of(
        reader,
        """
        SELECT life, first_at, last_at FROM messages
        WHERE queue_id = $queue_id AND instance = $instance AND host IS NOT DISTINCT FROM $host
        """,
        **_id(life),
    )


def events_of(reader: Reader, life: Row, siblings: Sequence[Row]) -> list[Row]:
    """All events that are about a life, each with its `evidence`, in order of time."""
    own = _own_events(reader, life, siblings)
    others = _other_events(reader, life, own)
    if not life["is_removed"]:
        others += _requeued_later(reader, life, siblings)
    seen = {row["position"] for row in own}
    others += [row for row in _actions(reader, life, siblings) if row["position"] not in seen]
    return sorted(own + others, key=lambda row: (row["occurred_at"], row["position"]))


def message_of(
    reader: Reader,
    life: Row,
    siblings: Sequence[Row],
    events: Sequence[Row],
    lines: Sequence[Line],
) -> MessageTrace:
    """What the events of a life tell."""
    deliveries = outcome.deliveries([row for row in events if row["evidence"] == "queue_id"])
    return MessageTrace(
        **{name: life[name] for name in _FROM_LIFE},
        lives=len(siblings),
        outcome=outcome.of(life, events, deliveries),
        recipients=outcome.recipients(deliveries),
        deliveries=deliveries,
        verdicts=tuple(v for row in events for v in verdicts_of(row)),
        relations=_relations(reader, life, events),
        lines=tuple(lines),
    )


_FROM_LIFE = (
    "host", "instance", "queue_id", "life", "first_at", "last_at", "message_id",
    "envelope_sender", "size_bytes", "recipient_count", "client_name", "client_address",
    "helo_name", "protocol", "sasl_username", "sasl_method", "uid",
)  # fmt: skip


def _id(life: Row) -> dict[str, object]:
    return {name: life[name] for name in ("host", "instance", "queue_id")}


def _own_events(reader: Reader, life: Row, siblings: Sequence[Row]) -> list[Row]:
    """The events that bear the queue id: Postfix's, and within minutes the milters'.

    The latter are told from those of the lives before and after by time.
    """
    before = [s["last_at"] for s in siblings if s["life"] < life["life"]]
    after = [s["first_at"] for s in siblings if s["life"] > life["life"]]
    return rows_of(
        reader,
        f"""
        SELECT {FIELDS}, 'queue_id' AS evidence FROM events
        WHERE occurred_at BETWEEN $earliest AND $latest
            AND queue_id = $queue_id AND host IS NOT DISTINCT FROM $host
            AND CASE WHEN instance IS NULL THEN true ELSE instance = $instance
                AND position BETWEEN $first_position AND $last_position
                AND occurred_at BETWEEN $first_at AND $last_at END
        """,
        earliest=max([life["first_at"] - LATE, *before]),
        latest=min([life["last_at"] + LATE, *after]),
        **_id(life),
        **{n: life[n] for n in ("first_position", "last_position", "first_at", "last_at")},
    )


# A policy server or milter asks about a message while its client hands it over.
_AROUND_BIRTH = timedelta(minutes=1)
_POLICIES = ("policyd_spf.checked", "postgrey.checked")
_MILTERS = ("clamav_milter.message_clean", "clamav_milter.message_infected")
_SAVED_BY_DOVECOT = re.compile(r"> (\S+) Saved$")


def _other_events(reader: Reader, life: Row, own: Sequence[Row]) -> list[Row]:
    """The events without this queue id that are about the message all the same."""
    replies = [_SAVED_BY_DOVECOT.search(row["reply"] or "") for row in own]
    logged = life["message_id"] or ""
    recipients = {row[name] for row in own for name in ("recipient", "original_recipient")}
    found = rows_of(  # of few columns, as all rows of the time are looked at
        reader,
        """
        SELECT position, CASE
            WHEN (related_queue_id = $queue_id AND host IS NOT DISTINCT FROM $host
                OR remote_queue_id = $queue_id) AND queue_id <> $queue_id THEN 'named'
            WHEN instance IS NOT NULL THEN NULL
            WHEN list_contains($sessions, session_id) AND message_id IS NOT NULL
                THEN 'session_id'
            WHEN list_contains($message_ids, message_id)
                OR length(message_id) > 100 AND message_id LIKE '%...'
                    AND starts_with($message_id, message_id[:-4]) THEN 'message_id'
            WHEN queue_id IS NULL AND occurred_at BETWEEN $birth_from AND $birth_until
                AND host IS NOT DISTINCT FROM $host AND envelope_sender = $sender
                AND (list_contains($policies, event) AND client_address = $client_address
                    OR list_contains($milters, event)
                        AND list_contains($recipients, recipient)) THEN 'envelope'
        END AS evidence
        FROM events WHERE occurred_at BETWEEN $earliest AND $latest AND evidence IS NOT NULL
        """,
        earliest=life["first_at"] - LATE,
        latest=life["last_at"] + LATE,
        host=life["host"],
        queue_id=life["queue_id"],
        sessions=[match[1] for match in replies if match],
        message_id=logged,
        message_ids=sorted({logged, *_as_spamd_shows(logged)} - {"", "<>"}),
        birth_from=life["first_at"] - _AROUND_BIRTH,
        birth_until=life["first_at"] + _AROUND_BIRTH,
        sender=life["envelope_sender"],
        client_address=life["client_address"],
        recipients=sorted(recipients - {None}),
        policies=_POLICIES,
        milters=_MILTERS,
    )
    evidence = {row["position"]: row["evidence"] for row in found}
    rows: list[Row] = [
        {**row, "evidence": evidence[row["position"]]} for row in _at(reader, sorted(evidence))
    ]
    return _nearest(rows, life["first_position"])


def _at(reader: Reader, positions: Sequence[int]) -> list[Row]:
    """The events at these positions."""
    if not positions:
        return []
    return rows_of(
        reader,
        f"""
        SELECT {FIELDS} FROM events
        WHERE position BETWEEN $first AND $last AND position IN (SELECT unnest($positions))
        ORDER BY position
        """,
        first=positions[0],
        last=positions[-1],
        positions=positions,
    )


def _requeued_later(reader: Reader, life: Row, siblings: Sequence[Row]) -> list[Row]:
    """The pickup under another queue id, where that happened long after the life's last line.

    `postsuper -r ALL` logs nothing under the old one.
    """
    after = [s["first_at"] for s in siblings if s["life"] > life["life"]]
    return rows_of(
        reader,
        f"""
        SELECT {FIELDS}, 'named' AS evidence FROM events
        WHERE position > $last_position AND related_queue_id = $queue_id
            AND event = 'postfix.message_picked_up' AND host IS NOT DISTINCT FROM $host
            AND occurred_at > $latest AND ($next IS NULL OR occurred_at < $next)
        ORDER BY occurred_at LIMIT 1
        """,
        queue_id=life["queue_id"],
        host=life["host"],
        last_position=life["last_position"],
        latest=life["last_at"] + LATE,
        next=min(after, default=None),
    )


def _actions(reader: Reader, life: Row, siblings: Sequence[Row]) -> list[Row]:
    """What operators did to it through Mailtracer, or wanted to, however long after its lines."""
    after = [s["first_at"] for s in siblings if s["life"] > life["life"]]
    found = rows_of(
        reader,
        """
        SELECT position FROM queue_actions
        WHERE queue_id = $queue_id AND host IS NOT DISTINCT FROM $host
            AND occurred_at >= $first_at AND ($next IS NULL OR occurred_at < $next)
        ORDER BY position
        """,
        queue_id=life["queue_id"],
        host=life["host"],
        first_at=life["first_at"],
        next=min(after, default=None),
    )
    rows = _at(reader, [row["position"] for row in found])
    return [{**row, "evidence": "queue_id"} for row in rows]


def _as_spamd_shows(message_id: str) -> tuple[str, str]:
    """How spamd's lines spell a Message-ID: `processing message`, and `result:`, without commas.

    As parse_msgids in spamd.raw has it.
    """
    shown = message_id
    while (without := re.sub(r"\([^()]*\)", "", shown)) != shown:
        shown = without
    shown = re.sub(r"\s+", " ", shown.strip())
    shown = re.sub(r"^.*?<(.*?)>.*$", r"\1", shown)
    shown = re.sub(rb"[^\x21-\x7e]", b"?", shown.encode()).decode()
    shown = re.sub(r"[<>]", "?", shown)
    shown = f"<{shown}>" if shown else ""
    return shown, shown.replace(",", "_")


def _nearest(rows: list[Row], position: int) -> list[Row]:
    """Of the events that fit by envelope alone, the nearest of each program; all the others."""
    nearest: dict[str, Row] = {}
    for row in rows:
        if row["evidence"] == "envelope":
            best = nearest.setdefault(row["program"], row)
            if abs(row["position"] - position) < abs(best["position"] - position):
                nearest[row["program"]] = row
    return [row for row in rows if row["evidence"] != "envelope"] + list(nearest.values())


def lines_of(reader: Reader, events: Sequence[Row]) -> tuple[Line, ...]:
    """The lines of events, in their order."""
    stored = {
        row["position"]: row
        for row in rows_of(
            reader,
            """
            SELECT l.position, s.path, l.byte_offset, l.text, l.escaped
            FROM lines l JOIN sources s USING (source_id, generation)
            WHERE l.position IN (SELECT unnest($positions))
            """,
            positions=[row["position"] for row in events],
        )
    }
    return tuple(
        Line(
            **{name: row[name] for name in ("position", "occurred_at", "host", "program", "event")},
            path=line["path"],
            offset=line["byte_offset"],
            text=line["text"],
            escaped=line["escaped"],
            evidence=row["evidence"],
        )
        for row in events
        if (line := stored[row["position"]])
    )


_VERDICTS = {
    "opendkim.signature_added": "dkim",
    "opendkim.signature_verified": "dkim",
    "opendkim.signature_failed": "dkim",
    "opendkim.signature_missing": "dkim",
    "policyd_spf.checked": "spf",
    "postgrey.checked": "greylist",
    "spamd.message_scored": "spam",
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
    """The verdict that an event is, if it is one."""
    kind = _VERDICTS.get(row["event"])
    if kind is None or row["evidence"] == "named":
        return
    result, details = _judged(kind, row)
    detail = ", ".join(str(part) for part in details if part not in (None, ""))
    inferred = row["evidence"] in ("message_id", "envelope")
    yield Verdict(kind, result, detail or None, row["position"], inferred)


def _judged(kind: str, row: Row) -> tuple[str, Sequence[object]]:
    """A verdict's result and what else there is to say."""
    match kind:
        case "dkim":
            return row["dkim_result"], (row["dkim_domain"], row["dkim_selector"], row["reason"])
        case "spf":
            return row["spf_result"].lower(), (row["spf_identity"], row["envelope_sender"])
        case "greylist":
            return row["action"], (row["reason"], row["recipient"])
        case "spam":
            score = f"score {row['spam_score']:g} of {row['spam_required']:g}"
            return "spam" if row["is_spam"] else "ham", (score, row["spam_rules"])
        case "virus":
            return ("infected" if row["virus_name"] else "clean"), (row["virus_name"],)
        case "reject" | "check":
            code = " ".join(str(part) for part in (row["reply_code"], row["dsn"]) if part)
            return row["action"], (row["stage"], row["recipient"], code, row["reason"])
        case _:
            what = row["event"].removeprefix("dovecot.").removeprefix("message_").replace("_", " ")
            return what, (row["mailbox"], row["recipient"], row["username"], row["reason"])


def _relations(reader: Reader, life: Row, events: Sequence[Row]) -> tuple[Relation, ...]:
    told = {(kind, queue_id): row for row in events for kind, queue_id in _related(row)}
    message_id = life["message_id"] if life["message_id"] not in ("", "<>") else None
    stored = rows_of(
        reader,
        """
        SELECT host, queue_id, message_id, first_at FROM messages
        WHERE first_position <> $message_no AND last_at >= $earliest AND first_at <= $latest
            AND (list_contains($queue_ids, queue_id) OR message_id = $message_id)
        ORDER BY first_at
        """,
        message_no=life["first_position"],
        earliest=life["first_at"] - timedelta(days=7),
        latest=life["last_at"] + timedelta(days=7),
        queue_ids=sorted({queue_id for _, queue_id in told}),
        message_id=message_id,
    )
    hosts = {row["queue_id"]: row["host"] for row in stored}
    relations = [
        Relation(
            kind,
            queue_id,
            hosts.get(queue_id) or (row["relay_host"] if kind == "queued_as" else row["host"]),
            row["position"],
            queue_id in hosts,
        )
        for (kind, queue_id), row in told.items()
    ]
    known = {relation.queue_id for relation in relations}
    relations += [
        Relation("same_message_id", row["queue_id"], row["host"], None, True)
        for row in stored
        if row["message_id"] == message_id and message_id and row["queue_id"] not in known
    ]
    return tuple(relations)


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
        SELECT DISTINCT queue_id FROM events
        WHERE (related_queue_id = $queue_id OR remote_queue_id = $queue_id)
            AND queue_id IS NOT NULL
        ORDER BY queue_id LIMIT 3
        """,
        queue_id=queue_id,
    )
    return Absence(
        facts(reader),
        tuple(row["queue_id"] for row in alike),
        tuple(row["queue_id"] for row in named_by),
    )


def rows_of(reader: Reader, sql: str, **parameters: object) -> list[Row]:
    """The rows of a statement, each by the names of its columns."""
    rows: list[Row] = reader.query(sql, parameters).to_pylist()
    return rows

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
from tracer.queries import addressed, outcome
from tracer.queries.outcome import Delivery, Outcome, Recipient
from tracer.queries.overview import Facts, facts
from tracer.queries.positions import among
from tracer.store import Reader

MOST_MESSAGES = 10
INFERRED = (
    "message_id",
    "envelope",
    "virus",
    "screened",
)  # evidence that another message may fit as well

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
        messages = tuple(_trace(reader, life) for life in latest)
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


FIELDS = """
    position, occurred_at, host, instance, program, pid, event, queue_id, related_queue_id,
    remote_queue_id, message_id, envelope_sender, recipient, original_recipient,
    further_recipients, client_name, client_address, helo_name, relay_host, relay_address,
    relay_port, delay_seconds, delay_before_qmgr, delay_in_qmgr, delay_connection_setup,
    delay_transmission, dsn, status, reply, reply_code, action, stage, reason, username,
    mailbox, session_id, spam_score, spam_required, is_spam, spam_rules, virus_name, verdict,
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
    others += _scanned_by_clamd(reader, own + others)
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
_TAKEN_BY_AMAVIS = re.compile(r"\bid=(\d+-\d+(?:-\d+)?)\b")
_SCAN = timedelta(seconds=2)  # from clamd's line to that of the program that asked it


def _other_events(reader: Reader, life: Row, own: Sequence[Row]) -> list[Row]:
    """The events without this queue id that are about the message all the same."""
    replies = [row["reply"] or "" for row in own]
    logged = life["message_id"] or ""
    recipients = {row[name] for row in own for name in ("recipient", "original_recipient")}
    found = rows_of(  # of few columns, as all rows of the time are looked at
        reader,
        """
        SELECT position, CASE
            WHEN (related_queue_id = $queue_id AND host IS NOT DISTINCT FROM $host
                OR remote_queue_id = $queue_id) AND queue_id <> $queue_id THEN 'named'
            WHEN instance IS NOT NULL OR queue_id IS NOT NULL THEN NULL
            WHEN event = 'amavis.message_checked' AND list_contains($tasks, session_id)
                AND list_contains($recipients, recipient) THEN 'session_id'
            WHEN list_contains($sessions, session_id) AND message_id IS NOT NULL
                THEN 'session_id'
            WHEN list_contains($message_ids, message_id)
                OR length(message_id) > 100 AND message_id LIKE '%...'
                    AND starts_with($message_id, message_id[:-4]) THEN 'message_id'
            WHEN occurred_at BETWEEN $birth_from AND $birth_until
                AND host IS NOT DISTINCT FROM $host AND envelope_sender = $sender
                AND (list_contains($policies, event) AND client_address = $client_address
                        AND (recipient IS NULL OR list_contains($recipients, recipient))
                    OR list_contains($milters, event)
                        AND list_contains($recipients, recipient)) THEN 'envelope'
        END AS evidence
        FROM events WHERE occurred_at BETWEEN $earliest AND $latest AND evidence IS NOT NULL
        """,
        earliest=life["first_at"] - LATE,
        latest=life["last_at"] + LATE,
        host=life["host"],
        queue_id=life["queue_id"],
        sessions=[found for reply in replies for found in _SAVED_BY_DOVECOT.findall(reply)],
        tasks=[found for reply in replies for found in _TAKEN_BY_AMAVIS.findall(reply)],
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
        {**row, "evidence": evidence[row["position"]]} for row in at(reader, sorted(evidence))
    ]
    return _nearest(rows, life["first_position"])


def at(reader: Reader, positions: Sequence[int]) -> list[Row]:
    """The events at these positions."""
    if not positions:
        return []
    return rows_of(
        reader, f"SELECT {FIELDS} FROM events WHERE {among(positions)} ORDER BY position"
    )


def _scanned_by_clamd(reader: Reader, events: Sequence[Row]) -> list[Row]:
    """What clamd found in a file, where the program that asked it named the same virus then."""
    found = [
        row
        for row in events
        if row["virus_name"] and row["event"] in _VERDICTS and row["evidence"] != "named"
    ]
    return [
        nearest
        for row in found
        for nearest in rows_of(
            reader,
            f"""
            SELECT {FIELDS}, 'virus' AS evidence FROM events
            WHERE occurred_at BETWEEN $earliest AND $latest AND event = 'clamd.virus_found'
                AND virus_name = $virus_name AND host IS NOT DISTINCT FROM $host
            ORDER BY abs(position - $position) LIMIT 1
            """,
            earliest=row["occurred_at"] - _SCAN,
            latest=row["occurred_at"] + _SCAN,
            virus_name=row["virus_name"],
            host=row["host"],
            position=row["position"],
        )
    ]


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
            AND (instance = $instance OR instance IS NULL)
            AND occurred_at >= $first_at AND ($next IS NULL OR occurred_at < $next)
        ORDER BY position
        """,
        queue_id=life["queue_id"],
        host=life["host"],
        instance=life["instance"],
        first_at=life["first_at"],
        next=min(after, default=None),
    )
    rows = at(reader, [row["position"] for row in found])
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
            f"""
            SELECT l.position, s.path, l.byte_offset, l.text, l.escaped
            FROM (SELECT * FROM lines WHERE {among(row["position"] for row in events)}) l
            JOIN sources s USING (source_id, generation)
            """,
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


def rows_of(reader: Reader, sql: str, **parameters: object) -> list[Row]:
    """The rows of a statement, each by the names of its columns."""
    rows: list[Row] = reader.query(sql, parameters).to_pylist()
    return rows

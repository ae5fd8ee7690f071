"""Which lines are about a message, and why?

A line belongs to a message by its queue id. Programs that know no queue id are joined by what they
do know: a Dovecot session that the delivery's reply names, a Message-ID, a client with a sender.
All is asked for many messages at once, first where the lines are, of few columns: a statement takes
longer than most of what it reads.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from tracer.projections.messages import LATE
from tracer.queries.positions import among, during
from tracer.store import Reader

Row = Mapping[str, Any]
Evidence = dict[int, str]  # by position

INFERRED = ("message_id", "envelope", "virus", "screened")  # another message may fit as well

FIELDS = """
    position, occurred_at, host, instance, program, pid, event, queue_id, related_queue_id,
    remote_queue_id, message_id, envelope_sender, recipient, original_recipient,
    further_recipients, client_name, client_address, client_port, helo_name, relay_host,
    relay_address, relay_port, delay_seconds, delay_before_qmgr, delay_in_qmgr,
    delay_connection_setup, delay_transmission, dsn, status, reply, reply_code, action, stage,
    reason, username, mailbox, session_id, spam_score, spam_required, is_spam, spam_rules,
    virus_name, verdict, dkim_domain, dkim_selector, dkim_result, spf_result, spf_identity,
    dmarc_result, header_domain, quarantine, dnsbl
"""


def rows_of(reader: Reader, sql: str, **parameters: object) -> list[Row]:
    """The rows of a statement, each by the names of its columns."""
    rows: list[Row] = reader.query(sql, parameters).to_pylist()
    return rows


def at(reader: Reader, positions: Iterable[int]) -> list[Row]:
    """The events at these positions, in their order."""
    wanted = sorted(set(positions))
    if not wanted:
        return []
    return rows_of(reader, f"SELECT {FIELDS} FROM events WHERE {among(wanted)} ORDER BY position")


def lives_at(reader: Reader, numbers: Iterable[int]) -> list[Row]:
    """The rows of `messages` with these numbers, in this order."""
    wanted = list(dict.fromkeys(map(int, numbers)))
    if not wanted:
        return []
    written = ", ".join(map(str, wanted))
    rows = rows_of(reader, f"SELECT * FROM messages WHERE first_position IN ({written})")
    by_number = {row["message_no"]: row for row in rows}
    return [by_number[number] for number in wanted if number in by_number]


def siblings_of(reader: Reader, lives: Sequence[Row]) -> dict[int, list[Row]]:
    """All lives of each one's queue id, that one included, by its number."""
    rows = rows_of(
        reader,
        """
        SELECT host, instance, queue_id, life, first_at, last_at FROM messages
        WHERE queue_id IN (SELECT unnest($queue_ids))
        """,
        queue_ids=sorted({life["queue_id"] for life in lives}),
    )
    by_id: dict[tuple[Any, ...], list[Row]] = {}
    for row in rows:
        by_id.setdefault(_id(row), []).append(row)
    return {life["message_no"]: by_id[_id(life)] for life in lives}


def _id(life: Row) -> tuple[Any, ...]:
    return life["host"], life["instance"], life["queue_id"]


def of(
    reader: Reader,
    lives: Sequence[Row],
    siblings: Mapping[int, Sequence[Row]],
    own: Mapping[int, Sequence[Row]],
) -> dict[int, Evidence]:
    """Where the lines are that are about each message, by its number, and why they are.

    own: as own_of gives them.
    """
    found = {number: {row["position"]: "queue_id" for row in rows} for number, rows in own.items()}
    for more in (
        _others(reader, lives, own),
        _requeued_later(reader, lives, siblings),
        _actions(reader, lives, siblings),
    ):
        for number, evidence in more:
            found[number] = {**evidence, **found[number]}
    return found


def events_of(reader: Reader, found: Mapping[int, Evidence]) -> dict[int, list[Row]]:
    """The events of each message, each with its `evidence`, in order of time."""
    rows = {
        row["position"]: row
        for row in at(reader, (position for evidence in found.values() for position in evidence))
    }
    events = {
        number: [{**rows[position], "evidence": why} for position, why in evidence.items()]
        for number, evidence in found.items()
    }
    return {
        number: in_order([*own, *_scanned_by_clamd(reader, own)]) for number, own in events.items()
    }


def in_order(rows: Iterable[Row]) -> list[Row]:
    """Events in order of time."""
    return sorted(rows, key=lambda row: (row["occurred_at"], row["position"]))


# -- by the queue id --------------------------------------------------------------------------


def own_of(
    reader: Reader, lives: Sequence[Row], siblings: Mapping[int, Sequence[Row]]
) -> dict[int, list[Row]]:
    """The events that bear the queue id: Postfix's, and within minutes the milters'.

    Of each message by its number, in order of position, with few columns.
    """
    rows = rows_of(
        reader,
        f"""
        SELECT * FROM {during(_OF_OWN, (_reach(life) for life in lives))}
        WHERE queue_id IN (SELECT unnest($queue_ids)) ORDER BY position
        """,
        queue_ids=sorted({life["queue_id"] for life in lives}),
    )
    by_id: dict[tuple[str | None, str], list[Row]] = {}
    for row in rows:
        by_id.setdefault((row["host"], row["queue_id"]), []).append(row)
    return {
        life["message_no"]: [
            row
            for row in by_id.get((life["host"], life["queue_id"]), ())
            if _is_own(row, life, siblings[life["message_no"]])
        ]
        for life in lives
    }


_OF_OWN = """
    position, occurred_at, host, instance, program, pid, event, queue_id, reply, recipient,
    original_recipient, client_address
"""


def _reach(life: Row) -> tuple[Any, Any]:
    """The time of all lines that may be about a message."""
    return life["first_at"] - LATE, life["last_at"] + LATE


def _is_own(row: Row, life: Row, siblings: Sequence[Row]) -> bool:
    """A milter's lines are told from those of the lives before and after by time."""
    if row["instance"] is not None:
        return bool(
            row["instance"] == life["instance"]
            and life["first_position"] <= row["position"] <= life["last_position"]
            and life["first_at"] <= row["occurred_at"] <= life["last_at"]
        )
    before = [s["last_at"] for s in siblings if s["life"] < life["life"]]
    after = [s["first_at"] for s in siblings if s["life"] > life["life"]]
    earliest, latest = _reach(life)
    return bool(max([earliest, *before]) <= row["occurred_at"] <= min([latest, *after]))


def _next_at(life: Row, siblings: Sequence[Row]) -> Any:
    """When the next life of the queue id began; None where there is none."""
    return min((s["first_at"] for s in siblings if s["life"] > life["life"]), default=None)


def _requeued_later(
    reader: Reader, lives: Sequence[Row], siblings: Mapping[int, Sequence[Row]]
) -> Iterator[tuple[int, Evidence]]:
    """The pickup under another queue id, where that happened long after the life's last line.

    `postsuper -r ALL` logs nothing under the old one.
    """
    open_lives = [life for life in lives if not life["is_removed"]]
    if not open_lives:
        return
    rows = rows_of(
        reader,
        """
        SELECT position, occurred_at, host, from_queue_id FROM links
        WHERE kind = 'requeued' AND from_queue_id IN (SELECT unnest($queue_ids))
        ORDER BY occurred_at
        """,
        queue_ids=sorted({life["queue_id"] for life in open_lives}),
    )
    for life in open_lives:
        until = _next_at(life, siblings[life["message_no"]])
        for row in rows:
            if (
                (row["from_queue_id"], row["host"]) == (life["queue_id"], life["host"])
                and row["position"] > life["last_position"]
                and row["occurred_at"] > life["last_at"] + LATE
                and (until is None or row["occurred_at"] < until)
            ):
                yield life["message_no"], {row["position"]: "named"}
                break


def _actions(
    reader: Reader, lives: Sequence[Row], siblings: Mapping[int, Sequence[Row]]
) -> Iterator[tuple[int, Evidence]]:
    """What operators did to it through Mailtracer, or wanted to, however long after its lines."""
    rows = rows_of(
        reader,
        """
        SELECT position, occurred_at, host, instance, queue_id FROM queue_actions
        WHERE queue_id IN (SELECT unnest($queue_ids))
        """,
        queue_ids=sorted({life["queue_id"] for life in lives}),
    )
    for life in lives if rows else ():
        until = _next_at(life, siblings[life["message_no"]])
        yield (
            life["message_no"],
            {
                row["position"]: "queue_id"
                for row in rows
                if (row["queue_id"], row["host"]) == (life["queue_id"], life["host"])
                and row["instance"] in (None, life["instance"])
                and row["occurred_at"] >= life["first_at"]
                and (until is None or row["occurred_at"] < until)
            },
        )


# -- by what else they tell -------------------------------------------------------------------

# A policy server or milter asks about a message while its client hands it over.
_AROUND_BIRTH = timedelta(minutes=1)
_POLICIES = ("policyd_spf.checked", "postgrey.checked")
_MILTERS = ("clamav_milter.message_clean", "clamav_milter.message_infected")
_SAVED_BY_DOVECOT = re.compile(r"> (\S+) Saved$")
_TAKEN_BY_AMAVIS = re.compile(r"\bid=(\d+-\d+(?:-\d+)?)\b")
_OF_OTHERS = """
    position, occurred_at, host, instance, program, event, queue_id, related_queue_id,
    remote_queue_id, message_id, session_id, recipient, envelope_sender, client_address
"""
_CUT_ID = 100  # characters, of which amavis shows a longer Message-ID with an ellipsis


class _Wanted:
    """What lines without a message's queue id would have in common with it."""

    def __init__(self, life: Row, own: Iterable[Row]) -> None:
        replies = [row["reply"] or "" for row in own]
        message_id = life["message_id"] or ""
        self.life = life
        self.earliest, self.latest = _reach(life)
        self.sessions = {found for r in replies for found in _SAVED_BY_DOVECOT.findall(r)}
        self.tasks = {found for r in replies for found in _TAKEN_BY_AMAVIS.findall(r)}
        self.message_ids = {message_id, *_as_spamd_shows(message_id)} - {"", "<>"}
        self.recipients = {
            row[name] for row in own for name in ("recipient", "original_recipient")
        } - {None}

    def evidence(self, row: Row) -> str | None:
        """Why a line is about the message; None where it is not."""
        life = self.life
        if not self.earliest <= row["occurred_at"] <= self.latest:
            return None
        if row["queue_id"] is not None:
            names = row["remote_queue_id"] == life["queue_id"] or (
                row["related_queue_id"] == life["queue_id"] and row["host"] == life["host"]
            )
            return "named" if names and row["queue_id"] != life["queue_id"] else None
        if row["instance"] is not None:
            return None
        if row["session_id"] in self.sessions and row["message_id"] is not None:
            return "session_id"
        if (
            row["event"] == "amavis.message_checked"
            and row["session_id"] in self.tasks
            and row["recipient"] in self.recipients
        ):
            return "session_id"
        shown = row["message_id"] or ""
        is_cut = len(shown) > _CUT_ID and shown.endswith("...")
        if shown in self.message_ids or (
            is_cut and (life["message_id"] or "").startswith(shown[:-3])
        ):
            return "message_id"
        return "envelope" if self._has_envelope(row) else None

    def _has_envelope(self, row: Row) -> bool:
        life = self.life
        if (
            abs(row["occurred_at"] - life["first_at"]) > _AROUND_BIRTH
            or row["host"] != life["host"]
            or row["envelope_sender"] is None
            or row["envelope_sender"] != life["envelope_sender"]
        ):
            return False
        if row["event"] in _POLICIES:
            return row["client_address"] in {life["client_address"]} - {None} and (
                row["recipient"] is None or row["recipient"] in self.recipients
            )
        return row["event"] in _MILTERS and row["recipient"] in self.recipients


def _others(
    reader: Reader, lives: Sequence[Row], own: Mapping[int, Sequence[Row]]
) -> Iterator[tuple[int, Evidence]]:
    """The events without this queue id that are about the message all the same."""
    wanted = [_Wanted(life, own[life["message_no"]]) for life in lives]
    births = " OR ".join(
        f"occurred_at BETWEEN TIMESTAMP '{at - _AROUND_BIRTH}' AND TIMESTAMP '{at + _AROUND_BIRTH}'"
        for at in sorted({life["first_at"] for life in lives})
    )
    rows = rows_of(
        reader,
        f"""
        SELECT * FROM {during(_OF_OTHERS, ((w.earliest, w.latest) for w in wanted))}
        WHERE list_contains($queue_ids, related_queue_id)
            OR list_contains($queue_ids, remote_queue_id)
            OR instance IS NULL AND queue_id IS NULL AND (
                list_contains($sessions, session_id) OR list_contains($message_ids, message_id)
                OR length(message_id) > {_CUT_ID} AND message_id LIKE '%...'
                    AND len(list_filter($message_ids,
                        lambda whole: starts_with(whole, message_id[:-4]))) > 0
                OR list_contains($asked, event) AND list_contains($senders, envelope_sender)
                    AND ({births}))
        ORDER BY position
        """,
        queue_ids=sorted({w.life["queue_id"] for w in wanted}),
        sessions=sorted({session for w in wanted for session in (*w.sessions, *w.tasks)}),
        message_ids=sorted({shown for w in wanted for shown in w.message_ids}),
        senders=sorted({w.life["envelope_sender"] for w in wanted} - {None}),
        asked=(*_POLICIES, *_MILTERS),
    )
    for w in wanted:
        found = [(row, evidence) for row in rows if (evidence := w.evidence(row))]
        yield w.life["message_no"], dict(_nearest(found, w.life["first_position"]))


def _nearest(found: Sequence[tuple[Row, str]], position: int) -> Iterator[tuple[int, str]]:
    """Of the events that fit by envelope alone, the nearest of each program; all the others."""
    nearest: dict[str, int] = {}
    for row, evidence in found:
        if evidence != "envelope":
            yield row["position"], evidence
        elif abs(row["position"] - position) < abs(
            nearest.setdefault(row["program"], row["position"]) - position
        ):
            nearest[row["program"]] = row["position"]
    yield from ((place, "envelope") for place in nearest.values())


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


_SCAN = timedelta(seconds=2)  # from clamd's line to that of the program that asked it
_ASKS_CLAMD = (
    "clamav_milter.message_infected", "amavis.message_checked", "rspamd.message_scanned",
)  # fmt: skip


def _scanned_by_clamd(reader: Reader, events: Iterable[Row]) -> list[Row]:
    """What clamd found in a file, where the program that asked it named the same virus then."""
    found = [
        row
        for row in events
        if row["virus_name"] and row["event"] in _ASKS_CLAMD and row["evidence"] != "named"
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

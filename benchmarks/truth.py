"""How often is what we tell the truth? Outcomes per recipient, against the mail lab's truth.

    python -m benchmarks.truth sample_logs/day sample_logs/day-iso LAB-RUN ...

A folder holds logs and truth.json (of sample_logs), or mail.log, truth.jsonl and options.json
(a run of the lab). The truth was read from mailboxes and queues, never from log lines.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, partial
from pathlib import Path
from typing import Any

from tracer.cli import main as mailtracer
from tracer.queries import path
from tracer.queries.fates import Fate
from tracer.store import Reader, open_reader

Record = dict[str, Any]

MOST_LIVES = 1000  # of one recipient
UNCHECKED = ("partly", "either", "sieve-rejected")  # the lab says only where copies are
# What the truth calls it -> what we may; the lab does not tell a mailbox from a relay, and counts
# what came back to the sender after days as bounced.
ACCEPTED = {"delivered": ("delivered", "relayed"), "bounced": ("bounced", "expired")}


@dataclass
class Score:
    """How many of what was asked were right; what was not, in words.

    unnamed_recipients: wrong, but no line that is told names them: nobody can know from the log.
    """

    recipients: int = 0
    right_recipients: int = 0
    unnamed_recipients: int = 0
    messages: int = 0
    right_messages: int = 0
    hops: int = 0
    right_hops: int = 0
    wrong: list[str] = field(default_factory=list)


def messages(folder: Path) -> list[Record]:
    """The messages of a truth, in the form of sample_logs."""
    trimmed = folder / "truth.json"
    if trimmed.exists():
        records = json.loads(trimmed.read_text("utf-8"))
        return [record for record in records if record["kind"] == "message"]
    options = json.loads((folder / "options.json").read_text("utf-8"))
    relay = "mx" if options["hosts"] == "one" else "relay"  # as the log names it
    records = [
        json.loads(line) for line in (folder / "truth.jsonl").read_text("utf-8").splitlines()
    ]
    return [_as_trimmed(record, relay) for record in records if record["kind"] == "message"]


def _as_trimmed(record: Record, relay: str) -> Record:
    hosts = {"mx.lab.example": "mx", "mx.remote.example": relay}
    copies = record["actual"]["copies"]
    return {
        "id": record["id"],
        "scenario": record["scenario"],
        "time": record["time"],
        "time_end": record["time_end"],
        "host": relay if record["via"] == "relay" else record.get("host", "mx"),
        "client": record.get("client") or {},
        "queue_id": record["queue_id"],
        "message_id": record["message_id"],
        "envelope_sender": record["mail_from"],
        "recipients": record["expect"] if record["ok"] else dict.fromkeys(record["rcpts"]),
        "copies": [
            {
                "place": copy["place"],
                "queue_ids": [
                    [hosts.get(host, host), queue_id] for host, queue_id in copy["queue_ids"]
                ],
            }
            for copy in copies
        ],
    }


def measure(reader: Reader, truth: Iterable[Record]) -> Score:
    """Ask for each message as a postmaster would: by queue id, or by its recipient."""
    score = Score()
    for record, told in _told(reader, list(truth)):
        outcomes = [_is_right(score, record, told, *item) for item in record["recipients"].items()]
        checked = [outcome for outcome in outcomes if outcome is not None]
        if checked:
            score.messages += 1
            score.right_messages += all(checked)
        _check_hops(score, record, told)
    return score


def _told(reader: Reader, records: Sequence[Record]) -> Iterator[tuple[Record, list[path.Path]]]:
    """The paths of each message, all asked for at once."""
    lives = [_lives(reader, record) for record in records]
    asked = {life["message_no"]: life for found in lives for life in found}
    paths = {number: p for p in path.of_all(reader, [*asked.values()]) for number in p.numbers}
    refused = cache(partial(path.refused, reader, limit=MOST_LIVES))
    for record, found in zip(records, lives, strict=True):
        told = {p.numbers: p for life in found for p in [paths[life["message_no"]]]}
        refusals = [
            p
            for address in (() if record.get("queue_id") else _addresses(record))
            for p in refused(address)
            if p.envelope_sender is not None
            and _is_sent_by(p.envelope_sender, record)
            and _is_near(p.first_seen, p.last_seen, record)
        ]
        yield record, [*told.values(), *refusals]


def _lives(reader: Reader, record: Record) -> list[Mapping[str, Any]]:
    """The rows of `messages`: by its ids, else by its sender or client, with no other id then."""
    client = record.get("client", {}).get("ip")
    ids = [term for term in (record.get("queue_id"), record.get("message_id")) if term]
    for terms in (ids, [record["envelope_sender"]], [client]):
        found = [
            life
            for term in terms
            for life in (path.lives_of(reader, term, MOST_LIVES) if term else ())
            if life["host"] == record["host"]
            and _is_sent_by(life["envelope_sender"], record)
            and (terms is ids or not ids or life["message_id"] is None)
            and _is_near(life["first_at"], life["last_at"], record)
        ]
        if found:
            return found
    return []


def _is_sent_by(told: str | None, record: Record) -> bool:
    return told is None or _same(told, record["envelope_sender"])


def _addresses(record: Record) -> Iterable[str]:
    return dict.fromkeys((*record["recipients"], record["envelope_sender"]))


def _is_near(first: datetime, last: datetime, record: Record) -> bool:
    begun, ended = (
        datetime.fromisoformat(record[name]).astimezone(UTC).replace(tzinfo=None)
        for name in ("time", "time_end")
    )
    slack = timedelta(seconds=1)
    return first - slack <= ended and begun <= last + slack


def _is_right(
    score: Score,
    record: Record,
    told: list[path.Path],
    recipient: str,
    expected: Mapping[str, str] | None,
) -> bool | None:
    if expected is None or expected["outcome"] in UNCHECKED:
        return None
    every = [fate for p in told for fate in p.recipients]
    fates = [
        fate
        for fate in every
        if fate.original_recipient is None
        # refused before a recipient was named: so for all of them
        and (fate.recipient is None or _same(fate.recipient, recipient))
    ]
    outcome = expected["outcome"]
    accepted = ACCEPTED.get(outcome, (outcome,))
    right = any(fate.outcome in accepted and _fits(fate, expected) for fate in fates)
    if outcome == "forwarded" and not right:  # a copy was kept as well
        right = any(
            _same(fate.original_recipient, recipient) and not _same(fate.recipient, recipient)
            for fate in every
        )
    score.recipients += 1
    score.right_recipients += right
    if not right:
        found = sorted({f.outcome for f in fates}) or [f"no such recipient of {len(told)} paths"]
        if not any(recipient.lower() in line.text.lower() for p in told for line in p.lines):
            score.unnamed_recipients += 1
            found.append("which no line names")
        score.wrong.append(
            f"{record['scenario']}: {record.get('queue_id') or 'no queue id'}: {recipient}: "
            f"is {outcome}, told {', '.join(found)}"
        )
    return right


def _same(told: str | None, recipient: str) -> bool:
    """Whether these are one address; quotes that it does not need are not logged."""
    return (told or "").replace('"', "").lower() == recipient.replace('"', "").lower()


def _fits(fate: Fate, expected: Mapping[str, str]) -> bool:
    """Whether code and status are the true ones, where the truth has them."""
    code = str(expected.get("code") or "")
    status = str(expected.get("status") or "")
    reply = fate.reply or ""
    if not reply[:3].isdigit():  # cleanup(8) logs no code of its refusals, at most their class
        code = code[:1]
        reply = fate.dsn or code
    return reply.startswith(code) and (not status or fate.dsn == status)


def _check_hops(score: Score, record: Record, told: list[path.Path]) -> None:
    """Each two queue files that a stored copy names one after the other are linked."""
    pairs = {
        (tuple(one), tuple(other))
        for copy in record.get("copies", ())
        for one, other in zip(copy["queue_ids"], copy["queue_ids"][1:], strict=False)
    }
    linked = set()
    for p in told:
        name = {
            number: (message.host, message.queue_id)
            for number, message in zip(p.numbers, p.messages, strict=True)
        }
        linked |= {(name[link.origin], name[link.target]) for link in p.links}
    score.hops += len(pairs)
    score.right_hops += len(pairs & linked)
    score.wrong += [
        f"{record['scenario']}: {one[1]} on {one[0]} became {other[1]} on {other[0]}: not linked"
        for one, other in sorted(pairs - linked)
    ]


def report(folder: Path, score: Score) -> Iterator[str]:
    """The shares, then all that was wrong."""
    yield (
        f"{folder}: recipients {score.right_recipients} of {score.recipients} "
        f"(no line names {score.unnamed_recipients}), "
        f"messages {score.right_messages} of {score.messages}, "
        f"hops {score.right_hops} of {score.hops}"
    )
    for wrong, count in Counter(score.wrong).items():
        yield f"  {wrong}" + (f" ({count} times)" if count > 1 else "")


def run(folder: Path) -> Score:
    """Load a folder's logs and compare."""
    with tempfile.TemporaryDirectory() as made:
        store = str(Path(made) / "store.duckdb")
        logs = sorted(str(log) for log in folder.glob("mail.log*"))
        if mailtracer(["ingest", "--db", store, "--zone", "UTC", *logs]) != 0:
            raise SystemExit(2)
        with open_reader(Path(store)) as reader:
            return measure(reader, messages(folder))


def main() -> int:
    """Print a report a folder; 1 if anything was told wrong."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("folders", nargs="+", type=Path)
    failed = False
    for folder in parser.parse_args().folders:
        score = run(folder)
        failed |= bool(score.wrong)
        print("\n".join(report(folder, score)))
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

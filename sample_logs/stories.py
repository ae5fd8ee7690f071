"""Cuts whole stories out of a log: all lines of some messages or sessions, across programs.

Which messages is told by the truth, not guessed from lines; which lines belong to them is told
by their queue ids, Message-IDs and sessions.
"""

import datetime
import re
from collections.abc import Iterable
from dataclasses import dataclass

from sample_logs.truth import Record

HEADER = re.compile(
    r"(?:.{15}|\S+) (?P<host>mx|relay) (?P<program>[^\[: ]+)(?:\[(?P<pid>\d+)\])?: "
)
QUEUE_ID = r"[0-9A-Za-z]{8,}"
# Places where Postfix names another queue file that belongs to the story.
RELATED = re.compile(
    rf"(?:notification: |forwarded as |queued as |orig_id=)(?P<id>{QUEUE_ID})\b"
    rf"|^(?P<own>{QUEUE_ID}): message-id="
)

# A scanner may log a finding after the client has its answer.
LATE_SECONDS = {"clamd": 0.05}

# The last line of what a process does for one client or delivery before it takes the next.
ENDS = {
    "smtpd": re.compile(r"disconnect from "),
    "spamd": re.compile(r"spamd: result: "),
    "dovecot": re.compile(r"lmtp\(\d+\): Disconnect "),
    "smtp": re.compile(r".*status="),
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a log, cut up as far as stories need it."""

    time: float
    text: str
    host: str
    program: str
    process: tuple[str, str, str]  # host, program, pid: who serves one session at a time
    body: str


def line_of(time: float, text: str) -> Line:
    """A line cut up; Dovecot's LMTP processes put their id into the body."""
    header = HEADER.match(text)
    assert header, text
    host, program, body = header["host"], header["program"], text[header.end() :]
    process = (host, program, header["pid"] or "")
    lmtp = re.match(r"lmtp\((?:[^)]*\)<)?(\d+)", body)
    if program == "dovecot" and lmtp:
        process = (host, "dovecot/lmtp", lmtp[1])
    return Line(time, text, host, program, process, body)


def story(lines: list[Line], messages: Iterable[Record]) -> set[int]:
    """Indexes of all lines that belong to the messages."""
    chosen: set[int] = set()
    for message in messages:
        chosen |= _of_message(lines, message)
    return chosen


def sessions(lines: list[Line], chosen: set[int]) -> set[int]:
    """Indexes of all lines of the sessions in which the chosen lines were written."""
    by_process: dict[tuple[str, str, str], list[int]] = {}
    for index, line in enumerate(lines):
        by_process.setdefault(line.process, []).append(index)
    found: set[int] = set()
    for index in chosen:
        kind = lines[index].program.rpartition("/")[2]
        if kind in ENDS:
            own = by_process[lines[index].process]
            found |= _session(lines, own, own.index(index), ENDS[kind])
    return found


def _session(lines: list[Line], own: list[int], at: int, ends: re.Pattern[str]) -> set[int]:
    """The lines of one process around its line number `at`: after an end, up to the next."""
    first = last = at
    while first > 0 and not ends.match(lines[own[first - 1]].body):
        first -= 1
    while last < len(own) - 1 and not ends.match(lines[own[last]].body):
        last += 1
    return set(own[first : last + 1])


def _of_message(lines: list[Line], message: Record) -> set[int]:
    seeds = _ids(message)
    chosen: set[int] = set()
    following = bool(seeds)
    while following:
        pattern = re.compile("|".join(rf"(?<!\w){re.escape(seed)}(?!\w)" for seed in seeds))
        chosen = {index for index, line in enumerate(lines) if pattern.search(line.body)}
        related = {
            related["id"] or related["own"]
            for index in chosen
            if lines[index].program.startswith("postfix/")
            for related in RELATED.finditer(lines[index].body)
        }
        following = not related <= seeds
        seeds |= related
    chosen |= _refusals(lines, message)
    chosen |= sessions(lines, chosen)
    return chosen | _beside(lines, message)


def _ids(message: Record) -> set[str]:
    ids = {message.get("queue_id"), message.get("message_id")}
    for copy in (c for kind in ("copies", "reports", "replies") for c in message.get(kind, ())):
        ids |= {queue_id for _, queue_id in copy.get("queue_ids", ())}
        ids |= set(copy.get("lmtp_sessions", ()))
    return {i for i in ids if i}


def _refusals(lines: list[Line], message: Record) -> set[int]:
    """Lines of refusals before a queue id existed, if none was ever given."""
    if message.get("queue_id") or "client" not in message:
        return set()
    envelopes = [
        f"from=<{message['envelope_sender']}> to=<{recipient}>"
        for recipient in message["recipients"]
    ]
    return {
        index
        for index, line in enumerate(lines)
        if "reject" in line.body
        and _during(line, message)
        and f"[{message['client']['ip']}]" in line.body
        and any(envelope in line.body for envelope in envelopes)
    }


def _beside(lines: list[Line], message: Record) -> set[int]:
    """Lines that name no id: told by sender, recipient and client, while it was sent."""
    sender, client = message["envelope_sender"], message.get("client", {}).get("ip", "")
    recipients, virus = [*message["recipients"]], message.get("virus", "")

    def belongs(line: Line) -> bool:
        body = line.body
        match line.program:
            case "policyd-spf":
                passed = f"client-ip={client};" in body and f"envelope-from={sender};" in body
                return passed or f"id={sender};ip={client};" in body
            case "clamav-milter":
                return any(f"from <{sender}> to <<{r}>>" in body for r in recipients)
            case "postgrey":
                envelopes = (f"sender={sender}, recipient={r}" for r in recipients)
                return f"client_address={client}, " in body and body.endswith(tuple(envelopes))
            case "clamd":
                return bool(virus) and f": {virus}" in body
        return False

    return {i for i, line in enumerate(lines) if _during(line, message) and belongs(line)}


def _during(line: Line, message: Record) -> bool:
    """Whether a line was logged while the client sent the message."""
    began, ended = (
        datetime.datetime.fromisoformat(message[key]).timestamp() for key in ("time", "time_end")
    )
    return began <= line.time <= ended + LATE_SECONDS.get(line.program, 0)

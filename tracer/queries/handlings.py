"""Who had a message in hand without being a queue: Dovecot, which stored it, and those who judged.

A line is of the message that has the best evidence for it; of several as good, of the last for a
delivery, and of the first for a verdict.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from tracer.queries.evidence import INFERRED
from tracer.queries.fates import AT_DOVECOT, Hop
from tracer.queries.trace import verdicts_of

Row = Mapping[str, Any]

_JUDGES = ("spam", "virus", "dkim", "spf", "dmarc", "greylist")
_SCANNED = ("amavis.message_checked", "clamd.virus_found")  # whatever they found
_STRONGEST_FIRST = ("queue_id", "session_id", "message_id", "envelope", "virus")


@dataclass(frozen=True, slots=True)
class Handling:
    """A program that a message was delivered to, or that scanned it.

    kind: delivered_to_dovecot or scanned.
    origin: the message's number in `messages`.
    session_id: as the program logged it; None where it logs none.
    is_certain: by queue id or session, not by Message-ID, envelope or time.
    positions: of the lines that prove it.
    """

    kind: str
    origin: int
    host: str | None
    program: str
    session_id: str | None
    is_certain: bool
    positions: tuple[int, ...]


def of(hops: Mapping[int, Hop], order: Sequence[int]) -> list[Handling]:
    """All of a path, in the order of their first lines; order: of the hops, by time."""
    best: dict[int, tuple[int, int, int, str, Row]] = {}
    for place, number in enumerate(order):
        for row in hops[number].events:
            kind = _kind(row)
            if kind is None or row["evidence"] not in _STRONGEST_FIRST:
                continue
            rank = _STRONGEST_FIRST.index(row["evidence"])
            nearness = place if kind == "scanned" else -place
            found = (rank, nearness, number, kind, row)
            other = best.setdefault(row["position"], found)
            if found[:2] < other[:2]:
                best[row["position"]] = found
    grouped: dict[Handling, list[Row]] = {}
    for _, _, number, kind, row in best.values():
        named = row["host"], row["program"], row["session_id"]
        handling = Handling(kind, number, *named, row["evidence"] not in INFERRED, positions=())
        grouped.setdefault(handling, []).append(row)
    handlings = [
        replace(handling, positions=tuple(sorted(_proof(hops[handling.origin], rows))))
        for handling, rows in grouped.items()
    ]
    return sorted(handlings, key=lambda handling: handling.positions)


def _kind(row: Row) -> str | None:
    if row["event"] in AT_DOVECOT:
        return "delivered_to_dovecot"
    is_verdict = row["dmarc_result"] or any(v.kind in _JUDGES for v in verdicts_of(row))
    return "scanned" if is_verdict or row["event"] in _SCANNED else None


def _proof(hop: Hop, rows: Sequence[Row]) -> set[int]:
    """The positions of lines, and of the delivery attempts whose reply names their session."""
    sessions = {row["session_id"] for row in rows if row["event"] in AT_DOVECOT} - {None}
    handed = [row for session in sessions for row in hop.by_session.get(session, ())]
    return {row["position"] for row in (*rows, *handed)}

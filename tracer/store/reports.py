"""The table `reports`: which report of which day is being sent, was sent, or failed.

A row is claimed before anything is sent, in a transaction of the store's one writer, so that of
any number of schedulers one sends. A claim that is neither kept nor given back, as its process
was killed, can be taken over later; then it is not known whether the mail left.
"""

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any, Self

import duckdb

from tracer.store.guard import literal

TABLE = """
CREATE TABLE reports (
    name VARCHAR NOT NULL,
    day DATE NOT NULL,
    state VARCHAR NOT NULL,
    attempt_count INTEGER NOT NULL,
    claimed_at TIMESTAMP NOT NULL,
    settled_at TIMESTAMP,
    message_id VARCHAR NOT NULL,
    subject VARCHAR,
    text VARCHAR,
    html VARCHAR,
    error VARCHAR,
    PRIMARY KEY (name, day)
)"""
SENDING, SENT, QUIET, FAILED = "sending", "sent", "quiet", "failed"
ABANDONED = timedelta(minutes=15)  # after which a claim may be taken over
_FIRST_RETRY, _LAST_RETRY = timedelta(minutes=5), timedelta(hours=1)
_DOUBLINGS = 4  # of the first wait, after which it is the last


@dataclass(frozen=True, slots=True)
class Claim:
    """What a scheduler wants to send, or may: a report by name, of a day, under a Message-ID.

    is_taken_over: an earlier claim was abandoned; its mail may have left.
    """

    name: str
    day: date
    message_id: str
    at: datetime
    is_taken_over: bool = False

    def packed(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"day": self.day.isoformat(), "at": self.at.isoformat()}

    @classmethod
    def unpacked(cls, values: dict[str, Any]) -> Self:
        """What packed() was of."""
        day, at = date.fromisoformat(values["day"]), datetime.fromisoformat(values["at"])
        return cls(**values | {"day": day, "at": at})


@dataclass(frozen=True, slots=True)
class Settled:
    """What became of a claim: sent, quiet (there was no need to send) or failed, and the report."""

    claim: Claim
    state: str
    at: datetime
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    error: str | None = None

    def packed(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self) | {"claim": self.claim.packed(), "at": self.at.isoformat()}

    @classmethod
    def unpacked(cls, values: dict[str, Any]) -> Self:
        """What packed() was of."""
        claim, at = Claim.unpacked(values["claim"]), datetime.fromisoformat(values["at"])
        return cls(**values | {"claim": claim, "at": at})


def claim(connection: duckdb.DuckDBPyConnection, wanted: Claim) -> Claim | None:
    """Claim it in the open transaction; None where it is done, under way, or failed just now."""
    found = connection.execute(
        f"SELECT state, attempt_count, claimed_at FROM reports WHERE {_of(wanted)}"
    ).fetchall()
    if not found:
        connection.execute(
            "INSERT INTO reports (name, day, state, attempt_count, claimed_at, message_id) VALUES "
            f"({literal(wanted.name)}, {literal(wanted.day)}, '{SENDING}', 1, "
            f"{literal(wanted.at)}, {literal(wanted.message_id)})"
        )
        return wanted
    ((state, attempt_count, claimed_at),) = found
    wait = {SENDING: ABANDONED, FAILED: retry_after(attempt_count)}.get(state)
    if wait is None or wanted.at < claimed_at + wait:
        return None
    connection.execute(
        f"UPDATE reports SET state = '{SENDING}', attempt_count = attempt_count + 1, "
        f"claimed_at = {literal(wanted.at)}, message_id = {literal(wanted.message_id)} "
        f"WHERE {_of(wanted)}"
    )
    return Claim(wanted.name, wanted.day, wanted.message_id, wanted.at, state == SENDING)


def retry_after(attempt_count: int) -> timedelta:
    """How long after an attempt failed the next is due."""
    doublings: int = min(attempt_count - 1, _DOUBLINGS)
    return min(_FIRST_RETRY * (1 << doublings), _LAST_RETRY)


def settle(connection: duckdb.DuckDBPyConnection, done: Settled) -> None:
    """Note what became of a claim, unless somebody took it over meanwhile."""
    connection.execute(
        f"UPDATE reports SET state = {literal(done.state)}, settled_at = {literal(done.at)}, "
        f"subject = {literal(done.subject)}, text = {literal(done.text)}, "
        f"html = {literal(done.html)}, error = {literal(done.error)} "
        f"WHERE {_of(done.claim)} AND claimed_at = {literal(done.claim.at)}"
    )


def _of(wanted: Claim) -> str:
    return f"name = {literal(wanted.name)} AND day = {literal(wanted.day)}"

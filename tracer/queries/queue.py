"""What does the store know of the messages in a queue, and what did operators do to queues?

Times are naive UTC, as in the store.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from tracer.projections.messages import LATE
from tracer.queries.evidence import rows_of
from tracer.store import Reader

LATEST_ACTIONS = 200


class Waiting(Protocol):
    """A message of a queue, as it is listed."""

    @property
    def queue_id(self) -> str: ...  # noqa: D102
    @property
    def arrived_at(self) -> datetime: ...  # noqa: D102 - naive UTC
    @property
    def sender(self) -> str: ...  # noqa: D102 - '' is the null sender


@dataclass(frozen=True, slots=True)
class Known:
    """What the logs say of a queued message. attempt_count: deliveries that were deferred so far.

    last_at: its latest line. life: which of the messages of its id it is.
    """

    queue_id: str
    host: str | None
    instance: str
    life: int
    message_id: str | None
    client_name: str | None
    client_address: str | None
    sasl_username: str | None
    attempt_count: int
    last_at: datetime


@dataclass(frozen=True, slots=True)
class Action:
    """What an operator asked for (status `requested`), or what came of it for one message or site.

    queue_id, site: NULL for all of a queue. detail: why, or what was asked for.
    """

    position: int
    occurred_at: datetime
    host: str | None
    instance: str | None
    request_id: str
    username: str
    via: str
    remote_address: str | None
    action: str
    status: str
    queue_id: str | None
    site: str | None
    message_count: int | None
    detail: str | None


def known(
    reader: Reader, messages: Iterable[Waiting], instance: str | None = None
) -> Mapping[str, Known]:
    """What the store knows, by queue id; those of which it knows nothing are missing.

    instance: whose queue it is, as the column has it; None where that is not known.
    A life is the message's if it is the id's latest, is not over, did not begin before the
    message came; of several, one that has its sender.
    """
    queued = {message.queue_id: message for message in messages}
    if not queued:
        return {}
    rows = rows_of(
        reader,
        """
        SELECT queue_id, host, message_id, client_name, client_address, sasl_username,
            deferred_count AS attempt_count, first_at, last_at, envelope_sender, instance, life
        FROM messages WHERE queue_id IN (SELECT unnest($queue_ids)) AND NOT is_removed
            AND ($instance IS NULL OR instance = $instance)
        ORDER BY first_at
        """,
        queue_ids=sorted(queued),
        instance=instance,
    )
    rows.sort(key=lambda row: row["envelope_sender"] == queued[row["queue_id"]].sender)
    return {
        row["queue_id"]: Known(**{name: row[name] for name in Known.__slots__})
        for row in rows
        if row["first_at"] >= queued[row["queue_id"]].arrived_at - LATE
    }


def host_of(reader: Reader, queue_id: str, instance: str | None = None) -> str | None:
    """The host whose log told last of a message of this id, also where that is over."""
    rows = rows_of(
        reader,
        """
        SELECT host FROM messages
        WHERE queue_id = $queue_id AND ($instance IS NULL OR instance = $instance)
        ORDER BY first_at DESC LIMIT 1
        """,
        queue_id=queue_id,
        instance=instance,
    )
    return rows[0]["host"] if rows else None


def latest_actions(reader: Reader, limit: int = LATEST_ACTIONS) -> list[Action]:
    """What operators did, the latest first."""
    rows = rows_of(
        reader,
        """
        SELECT * FROM queue_actions ORDER BY position DESC LIMIT $limit
        """,
        limit=limit,
    )
    return [Action(**row) for row in rows]

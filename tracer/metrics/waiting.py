"""How much waits in the queues of this machine's Postfix instances."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from tracer.queue import listing
from tracer.queue.commands import QueueError, located
from tracer.queue.instances import Instance, instances

TIMEOUT_SECONDS = 20.0
# The statuses of tracer.queue.listing -> the queues, as Postfix calls them.
_QUEUES = {"incoming": "incoming", "active": "active", "deferred": "deferred", "held": "hold"}


@dataclass(slots=True)
class Depth:
    """By queue: how many messages, their bytes, and when the oldest came (naive UTC)."""

    messages: Counter[str] = field(
        default_factory=lambda: Counter(dict.fromkeys(_QUEUES.values(), 0))
    )
    size_bytes: Counter[str] = field(default_factory=Counter)
    oldest_at: dict[str, datetime] = field(default_factory=dict)


def at_hand() -> tuple[Instance, ...]:
    """The instances, as they are configured now; none where there is no Postfix."""
    try:
        located("postqueue")
    except QueueError:
        return ()
    try:
        return instances()
    except QueueError:  # then its queue cannot be read either, which is told
        return (Instance(),)


def read(directory: str | None) -> Depth:
    """The depth of now; raises QueueError where Postfix does not tell.

    directory: of an instance's configuration, see tracer.queue.instances.
    """
    depth = Depth()
    for message in listing.live(directory, TIMEOUT_SECONDS):
        if queue := _QUEUES.get(message.status):
            depth.messages[queue] += 1
            depth.size_bytes[queue] += message.size_bytes
            depth.oldest_at[queue] = min(
                message.arrived_at, depth.oldest_at.get(queue, message.arrived_at)
            )
    return depth

"""What names a message in addresses and in JSON."""

from typing import Protocol


class Message(Protocol):
    """Whatever has what names a message."""

    @property
    def host(self) -> str | None: ...  # noqa: D102 - as in the table `messages`
    @property
    def instance(self) -> str | None: ...  # noqa: D102
    @property
    def queue_id(self) -> str | None: ...  # noqa: D102
    @property
    def life(self) -> int | None: ...  # noqa: D102


def message_key(message: Message) -> str:
    """What names a message among others: host, Postfix instance, queue id and life."""
    return f"{message.host or ''}/{message.instance}/{message.queue_id}/{message.life}"

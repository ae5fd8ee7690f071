"""What a viewer of the queue sees: read once, and kept until it is to be read again.

So the rows of a list stay what they are while somebody chooses among them. Each reading has widgets
of its own: what was chosen in one is never taken for a choice in the next.
"""

import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import streamlit as st

from tracer.queue import actions, commands, filters, instances
from tracer.queue.actions import VERBS, Chosen
from tracer.queue.commands import QueueError
from tracer.queue.groups import Summary
from tracer.queue.instances import Instance
from tracer.queue.listing import Listing, Queued, live

MOST_SHOWN = 1_000  # messages in the list
MOST_CHOSEN = 100_000  # messages that one action is about
_FRESH = timedelta(seconds=30)
_SECONDS = 20.0  # for Postfix to list its queue; a page is not to hang for long
_GLANCE_SECONDS = 3.0  # to count it, beside other things
_READING = "queue-reading"
SELECTED, ALL = "selected", "all"  # what an action is about


@dataclass(frozen=True, slots=True)
class Reading:
    """A queue as it was read. read_at: naive UTC.

    summary, shown, chosen: of the messages that fit the query; the first MOST_SHOWN and
    MOST_CHOSEN of them. total: all messages in the queue.
    verbs: what may be done here. read_only: why no more may be done; None where all may.
    key: what the keys of its widgets begin with.
    """

    source: object
    query: str
    read_at: datetime
    summary: Summary
    shown: list[Queued]
    chosen: list[Chosen]
    total: int
    warnings: list[str]
    verbs: tuple[str, ...]
    read_only: str | None
    key: str = field(default_factory=lambda: f"queue-{secrets.token_hex(4)}")

    @property
    def is_filtered(self) -> bool:
        """Whether a query was given."""
        return bool(self.query)

    @property
    def table_key(self) -> str:
        """The key of the list of messages."""
        return f"{self.key}-messages"

    @property
    def scope_key(self) -> str:
        """The key of what chooses between what is selected, and all."""
        return f"{self.key}-scope"

    @property
    def selected(self) -> list[Queued]:
        """The messages that are selected in the list."""
        table = st.session_state.get(self.table_key)
        rows = table["selection"]["rows"] if table else []
        return [self.shown[row] for row in rows if row < len(self.shown)]

    @property
    def is_chosen_from(self) -> bool:
        """Whether messages are chosen: the list must stay as it is, however old."""
        return bool(self.selected) or st.session_state.get(self.scope_key) == ALL


def of_instance(instance: Instance, query: str) -> Reading:
    """The live queue of a Postfix, as it was read last or is now. Raises TracerError."""
    kept: Reading | None = st.session_state.get(_READING)
    if (
        kept is None
        or (kept.source, kept.query) != (instance, query)
        or not (kept.is_chosen_from or now() - kept.read_at < _FRESH)
    ):
        forget()
        read_only = commands.why_read_only()
        verbs = tuple(
            verb
            for verb in VERBS
            if not (read_only and verb in actions.PRIVILEGED)
            and (verb != "expire" or commands.can_expire())
        )
        listing = live(instance.directory, timeout_seconds=_SECONDS)
        kept = _read(instance, listing, query, verbs, read_only)
        st.session_state[_READING] = kept
    return kept


def of_copy(name: str, listing: Listing, query: str) -> Reading:
    """A captured queue. Raises TracerError."""
    return replace(_read(name, listing, query, (), None), key="queue-copy")


def forget() -> None:
    """Read the queue again the next time."""
    st.session_state.pop(_READING, None)


@st.cache_data(ttl=60, show_spinner=False)
def known_instances() -> tuple[Instance, ...]:
    """See instances.instances."""
    return instances.instances()


@st.cache_data(ttl=_FRESH, show_spinner=False)
def live_size() -> int | None:
    """How many messages this machine's Postfix instances have in their queues.

    None: they do not tell within a moment; the page of the queue says why.
    """
    try:
        return sum(
            1
            for instance in known_instances()
            for _ in live(instance.directory, timeout_seconds=_GLANCE_SECONDS)
        )
    except QueueError:
        return None


def now() -> datetime:
    """Naive UTC."""
    return datetime.now(UTC).replace(tzinfo=None)


def _read(
    source: object, listing: Listing, query: str, verbs: tuple[str, ...], read_only: str | None
) -> Reading:
    read_at = now()
    wanted = filters.parse(query, read_at) if query else None
    summary = Summary(read_at)
    shown: list[Queued] = []
    chosen: list[Chosen] = []
    total = 0
    for message in listing:
        total += 1
        if wanted is None or wanted.fits(message):
            summary.add(message)
            if len(shown) < MOST_SHOWN:
                shown.append(message)
            if len(chosen) < MOST_CHOSEN:
                chosen.append(Chosen.of(message))
    return Reading(
        source, query, read_at, summary, shown, chosen, total, listing.warnings, verbs, read_only
    )

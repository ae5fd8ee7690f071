"""The tables of the queue's page: messages, what they have in common, and what was done to them."""

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import tables
from dashboards.ranges import to_local
from tracer.queries.queue import Action, Known
from tracer.queue import filters
from tracer.queue.actions import Result
from tracer.queue.groups import AGE_MINUTES, Group, Summary, reason_advice, reason_title
from tracer.queue.listing import Queued

_MOST_RECIPIENTS = 5
_HEIGHT = 250  # pixels, of a table of groups
_LIST_HEIGHT = 530
_NO_DOMAIN = "(no domain)"
_COUNT = st.column_config.NumberColumn(format="localized", width=85)
_TIME = st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=125)


def messages(shown: Sequence[Queued], known: Mapping[str, Known], key: str) -> None:
    """Draw messages, of which some can be selected."""
    tables.draw(
        pd.DataFrame(
            {
                "Queue id": [m.queue_id for m in shown],
                "To": [_recipients(m) for m in shown],
                "Reason": [m.reason for m in shown],
                "Came": [m.arrived_at.replace(tzinfo=UTC) for m in shown],
                "Status": [m.status + ", expiring" * m.is_expiring for m in shown],
                "From": [m.sender or "<>" for m in shown],
                "Bytes": [m.size_bytes for m in shown],
                "Tries": [k.attempt_count if (k := known.get(m.queue_id)) else None for m in shown],
            }
        ),
        height=min(_LIST_HEIGHT, 38 + 35 * len(shown)),
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        column_config={
            "Queue id": st.column_config.TextColumn(width=115),
            "To": st.column_config.TextColumn(width=190),
            "Reason": st.column_config.TextColumn(width=350),
            "Came": st.column_config.DatetimeColumn(format="distance", width=110),
            "Status": st.column_config.TextColumn(width=85),
            "From": st.column_config.TextColumn(width=180),
            "Bytes": _COUNT,
            "Tries": st.column_config.NumberColumn(
                width=60, help="Deferred deliveries in the logs"
            ),
        },
        placeholder="",
        key=key,
        alt="The messages in the queue",
    )


def groups(summary: Summary, look_at: Callable[[str], None], key: str) -> None:
    """Draw what messages have in common; look_at: called with the query for those of a row."""
    reasons, destinations, senders, ages = st.tabs(
        ["Reason", "Destination", "Sender", "Age"], key="queue-groups"
    )
    with reasons:
        _clickable(
            _frame("Reason", summary.reasons, reason_title).assign(
                **{"What to do": [reason_advice(group.name) for group in summary.reasons]}
            ),
            [filters.of_reason(group.name) for group in summary.reasons],
            look_at,
            f"{key}-reasons",
        )
    with destinations:
        _clickable(
            _frame("Destination", summary.destinations, _domain),
            [filters.of_destination(group.name) for group in summary.destinations],
            look_at,
            f"{key}-destinations",
        )
    with senders:
        _clickable(
            _frame("Sender's domain", summary.senders, _domain),
            [filters.of_sender(group.name) for group in summary.senders],
            look_at,
            f"{key}-senders",
        )
    with ages:
        _clickable(
            pd.DataFrame(
                [(_domain(name), sum(counts), *counts) for name, counts in summary.ages],
                columns=["Destination", "All", *_AGES],
            ),
            [filters.of_destination(name) for name, _ in summary.ages],
            look_at,
            f"{key}-ages",
        )
        st.caption("Messages by their age in minutes, as qshape counts them.")
    st.caption("Tick a row to see its messages.")


_AGES = [f"< {minutes}" for minutes in AGE_MINUTES] + [f"≥ {AGE_MINUTES[-1]}"]


def _clickable(
    table: pd.DataFrame, queries: Sequence[str], look_at: Callable[[str], None], key: str
) -> None:
    """A table of which a row can be clicked; queries: one a row."""

    def look() -> None:
        for row in st.session_state[key]["selection"]["rows"]:
            look_at(queries[row])

    tables.draw(
        table,
        hide_index=True,
        height=min(_HEIGHT, 38 + 35 * len(table)),
        on_select=look,
        selection_mode="single-row",
        column_config={
            "Reason": st.column_config.TextColumn(width=260),
            "Destination": st.column_config.TextColumn(width=210),
            "Sender's domain": st.column_config.TextColumn(width=210),
            "Example": st.column_config.TextColumn(width=420),
            "What to do": st.column_config.TextColumn(width=700),
            "Messages": _COUNT,
            "Bytes": _COUNT,
            "Oldest": st.column_config.DatetimeColumn(format="distance", width=110),
            "All": st.column_config.NumberColumn(width=60),
            **{name: st.column_config.NumberColumn(width=60) for name in _AGES},
        },
        key=key,
        alt=f"Messages in the queue by {table.columns[0].lower()}",
    )


def _frame(title: str, groups: Sequence[Group], name: Callable[[str], str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            title: [name(group.name) for group in groups],
            "Messages": [group.count for group in groups],
            "Oldest": [group.oldest_at.replace(tzinfo=UTC) for group in groups],
            "Bytes": [group.size_bytes for group in groups],
            "Example": [group.example for group in groups],
        }
    )


def _domain(name: str) -> str:
    return name or _NO_DOMAIN


def _recipients(message: Queued) -> str:
    shown = ", ".join(r.address for r in message.recipients[:_MOST_RECIPIENTS])
    more = len(message.recipients) - _MOST_RECIPIENTS
    return f"{shown} and {more:,} more" if more > 0 else shown


def results(told: Sequence[Result]) -> None:
    """Draw what became of each message."""
    tables.draw(
        pd.DataFrame(
            {
                "Queue id": [r.subject for r in told],
                "Result": [r.status for r in told],
                "Why": [r.words for r in told],
            }
        ),
        hide_index=True,
        height=min(_HEIGHT, 38 + 35 * len(told)),
        column_config={
            "Queue id": st.column_config.TextColumn(width=140),
            "Result": st.column_config.TextColumn(width=90),
            "Why": st.column_config.TextColumn(width=900),
        },
        alt="What became of each message",
    )


def latest_actions(done: Sequence[Action], zone: ZoneInfo) -> None:
    """Draw what operators did."""
    tables.draw(
        pd.DataFrame(
            {
                "Time": [to_local(a.occurred_at, zone) for a in done],
                "Action": [a.action for a in done],
                "Of": [_subject(a) for a in done],
                "Outcome": [a.status for a in done],
                "Who": [a.username for a in done],
                "By": [" ".join(filter(None, (a.via, a.remote_address))) for a in done],
                "Detail": [a.detail for a in done],
                "Host": [a.host for a in done],
                "Postfix": [a.instance for a in done],
            }
        ),
        hide_index=True,
        height=min(_HEIGHT, 38 + 35 * len(done)),
        column_config={
            "Time": _TIME,
            "Who": st.column_config.TextColumn(width=90),
            "By": st.column_config.TextColumn(width=120),
            "Action": st.column_config.TextColumn(width=75),
            "Of": st.column_config.TextColumn(width=150),
            "Outcome": st.column_config.TextColumn(width=85),
            "Detail": st.column_config.TextColumn(width=420),
        },
        alt="The latest actions on queues",
    )


def _subject(action: Action) -> str:
    if action.queue_id or action.site:
        return action.queue_id or action.site or ""
    if action.message_count is not None:
        return f"{action.message_count:,} message{'' if action.message_count == 1 else 's'}"
    return "the queue"

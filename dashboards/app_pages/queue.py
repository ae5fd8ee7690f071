"""The page of the live queue: what waits and why, and what an operator does about it."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pandas as pd
import streamlit as st

from dashboards import access, data, frame
from dashboards.ranges import to_local
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.queries import queue as store_queue
from tracer.queue import actions, commands, filters
from tracer.queue.actions import DONE, VERBS, Request, Result
from tracer.queue.groups import AGE_MINUTES, Group, Summary, reason_advice, reason_title
from tracer.queue.listing import Queued, live
from tracer.queue.record import Actor

QUESTION = "What waits in the queue, and why?"
_MOST_SHOWN = 1_000
_MOST_NAMED = 20
_RESULTS = "queue-results"
# In the session: the list as it was drawn last, and what was selected in it. The queue moves on, so
# rows of the list as it is now may be other messages than those that were clicked.
_SHOWN, _CHOSEN = "queue-shown", "queue-chosen"
_TABLE = "queue-messages"


def show() -> None:
    """Draw the page."""
    query = st.text_input(
        "Filter", key="queue", bind="query-params", placeholder="to:*@gmail.com age:>1h"
    )
    now = datetime.now(UTC).replace(tzinfo=None)
    summary = Summary(now)
    shown: list[Queued] = []
    try:
        wanted = filters.parse(query, now) if query.strip() else None
        listing = live()
        for message in listing:
            if wanted is None or wanted.fits(message):
                summary.add(message)
                if len(shown) < _MOST_SHOWN:
                    shown.append(message)
        read_only = commands.why_read_only()
    except TracerError as error:
        st.warning("The queue cannot be shown.", icon=":material/outbox:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    _answer(summary, is_filtered=wanted is not None)
    _say_results()
    if not shown:
        return
    _messages(shown)
    chosen: list[Queued] = st.session_state.get(_CHOSEN, [])
    if not access.may("operator"):
        st.info("You may look, not act.", icon=":material/visibility:")
    else:
        if read_only:
            st.info("Messages can be looked at and delivered, no more.", icon=":material/lock:")
            st.code(read_only, language=None, wrap_lines=True)
        _act(chosen, query, may_change=read_only is None)
    _groups(summary)


def _answer(summary: Summary, *, is_filtered: bool) -> None:
    if not summary.count:
        words = "Nothing in the queue fits." if is_filtered else "The queue is empty."
        st.info(words, icon=":material/inbox:")
        return
    held = summary.statuses["held"]
    noun = "message waits" if summary.count == 1 else "messages wait"
    st.markdown(
        f"**{summary.count:,} {noun}**, {held:,} of them on hold; the commonest reason: "
        f"{reason_title(summary.reasons[0].name)}."
    )


def _messages(shown: list[Queued]) -> None:
    """Draw the list, and note what is selected in it."""
    known = store_queue.known(data.reader(), shown)
    zone = frame.view().zone
    st.session_state[_SHOWN] = shown
    st.dataframe(
        pd.DataFrame(
            {
                "Queue id": [m.queue_id for m in shown],
                "Status": [m.status for m in shown],
                "Came": [to_local(m.arrived_at, zone) for m in shown],
                "From": [m.sender or "<>" for m in shown],
                "To": [", ".join(r.address for r in m.recipients[:5]) for m in shown],
                "Reason": [m.reason for m in shown],
                "Bytes": [m.size_bytes for m in shown],
                "Attempts": [
                    k.attempt_count if (k := known.get(m.queue_id)) else None for m in shown
                ],
            }
        ),
        hide_index=True,
        on_select=_choose,
        selection_mode="multi-row",
        column_config={
            "Came": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm:ss"),
            "Attempts": st.column_config.NumberColumn(help="Deferred deliveries in the logs"),
        },
        key=_TABLE,
    )


def _choose() -> None:
    shown: list[Queued] = st.session_state[_SHOWN]
    rows = st.session_state[_TABLE]["selection"]["rows"]
    st.session_state[_CHOSEN] = [shown[row] for row in rows if row < len(shown)]


def _act(chosen: list[Queued], query: str, *, may_change: bool) -> None:
    if not chosen:
        st.caption("Select messages in the list to act on them.")
        return
    count = len(chosen)
    with st.form("queue-action", border=True):
        st.text(
            "\n".join(
                f"{safe(m.queue_id)}  from {safe(m.sender or '<>')}" for m in chosen[:_MOST_NAMED]
            )
        )
        if count > _MOST_NAMED:
            st.caption(f"and {count - _MOST_NAMED:,} more")
        verbs = [verb for verb in VERBS if may_change or verb not in actions.PRIVILEGED]
        verb = st.radio(f"What to do to {count:,} selected", verbs, horizontal=True,
                        captions=[VERBS[verb] for verb in verbs])  # fmt: skip
        typed = st.text_input(f"To delete, type the number of messages, {count}", key="queue-typed")
        if not st.form_submit_button("Do it", type="primary"):
            return
    if verb == "delete" and typed.strip() != str(count):
        st.error("Nothing was deleted: the number is not the one asked for.")
        return
    known = store_queue.known(data.reader(), chosen)
    hosts = {queue_id: k.host for queue_id, k in known.items() if k.host}
    actor = Actor(access.actor_name(), "dashboard", st.context.ip_address)
    request = Request(verb, actor, query.strip() or "selected", hosts)
    remarks: list[str] = []
    try:
        results = actions.perform(
            str(data.store_path()),
            request,
            actions.chosen_of(chosen),
            may=access.may("operator"),
            remark=remarks.append,
        )
    except TracerError as error:
        st.error("Nothing was done.")
        st.code(str(error), language=None, wrap_lines=True)
        return
    st.session_state[_RESULTS] = (verb, results, remarks)
    st.session_state[_CHOSEN] = []
    del st.session_state[_TABLE]
    st.rerun()


def _say_results() -> None:
    told: tuple[str, list[Result], list[str]] | None = st.session_state.pop(_RESULTS, None)
    if told is None:
        return
    verb, results, remarks = told
    done = sum(result.status == DONE for result in results)
    say = st.success if done == len(results) else st.warning
    say(f"{verb}: {done:,} of {len(results):,} done")
    st.dataframe(
        pd.DataFrame(
            {
                "Queue id": [r.subject for r in results],
                "Result": [r.status for r in results],
                "Why": [r.words for r in results],
            }
        ),
        hide_index=True,
    )
    for remark in remarks:
        st.code(remark, language=None, wrap_lines=True)


def _groups(summary: Summary) -> None:
    st.subheader("What they have in common", anchor=False)
    reasons, destinations, senders, ages = st.tabs(["Reason", "Destination", "Sender", "Age"])
    with reasons:
        titles = [reason_title(group.name) for group in summary.reasons]
        advice = [reason_advice(group.name) for group in summary.reasons]
        st.dataframe(_frame(summary.reasons, titles).assign(Advice=advice), hide_index=True)
    for tab, groups in ((destinations, summary.destinations), (senders, summary.senders)):
        with tab:
            st.dataframe(_frame(groups, [group.name for group in groups]), hide_index=True)
    with ages:
        columns = [f"{minutes} min" for minutes in AGE_MINUTES] + ["older"]
        rows = dict(summary.ages)
        st.dataframe(pd.DataFrame.from_dict(rows, orient="index", columns=columns))


def _frame(groups: Sequence[Group], names: Sequence[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Name": names,
            "Messages": [group.count for group in groups],
            "Bytes": [group.size_bytes for group in groups],
            "Example": [group.example for group in groups],
        }
    )

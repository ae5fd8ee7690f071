"""The page of the live queue: what waits and why, and what an operator does about it."""

from typing import TYPE_CHECKING

import streamlit as st

from dashboards import data, frame, queue_control, queue_reading, queue_tables
from dashboards.queue_reading import Reading
from dashboards.ranges import to_local
from tracer.errors import TracerError
from tracer.queries import queue as store_queue
from tracer.queue.groups import reason_title
from tracer.queue.instances import Instance
from tracer.queue.listing import Queued, of_lines

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

QUESTION = "What waits in the queue, and why?"
_FILTER = "queue"  # in the session and in the address
_LARGEST_COPY = 32  # MB
_LATEST_ACTIONS = 50
# In the session: the list as it was drawn last, and what was selected in it. Clicks are about that
# list, also where it has been read anew before they arrive.
_SHOWN, _CHOSEN = "queue-shown", "queue-chosen"
_TABLE = "queue-messages"


def show() -> None:
    """Draw the page."""
    try:
        instance, copy, query = _controls()
        selected: list[Queued] = st.session_state.get(_CHOSEN, [])
        if copy is not None:
            copy.seek(0)
            reading = queue_reading.of_copy(copy.name, of_lines(copy, copy.name), query)
        else:
            with st.spinner("Reading the queue ..."):
                reading = queue_reading.of_instance(instance, query, is_kept=bool(selected))
    except TracerError as error:
        st.warning("The queue cannot be shown.", icon=":material/outbox:")
        st.code(str(error), language=None, wrap_lines=True)
        _latest_actions()
        return
    _answer(reading)
    queue_control.say_results()
    if copy is not None:
        st.info(
            "This is a copy of another queue: look here, act on its host.", icon=":material/draft:"
        )
    if reading.shown:
        queue_tables.groups(reading.summary, _narrow, f"queue-{hash(reading.query)}")
    logged_as = None if copy is not None else instance.logged_as
    known = dict(store_queue.known(data.reader(), reading.shown, logged_as))
    if reading.shown:
        st.session_state[_SHOWN] = reading.shown
        queue_tables.messages(reading.shown, known, _TABLE, None if copy is not None else _choose)
        if reading.summary.count > len(reading.shown):
            st.caption(f"The first {len(reading.shown):,} are listed.")
    if copy is None:
        selected = st.session_state.get(_CHOSEN, [])
        queue_control.show(reading, instance, selected, known, _unselect)
    _latest_actions()


def _controls() -> tuple[Instance, "UploadedFile | None", str]:
    """Which queue is shown, and what of it."""
    with st.container(horizontal=True, vertical_alignment="bottom"):
        with st.popover("Another host's queue", icon=":material/upload_file:"):
            st.write("Capture it there, and bring the file here:")
            st.code("postqueue -j > queue.json", language=None)
            copy = st.file_uploader("Captured queue", type=None, max_upload_size=_LARGEST_COPY)
        instance = Instance()
        if copy is None:
            instance = _instance()
        query = st.text_input(
            "Filter",
            key=_FILTER,
            bind="query-params",
            placeholder="to:*@gmail.com age:>1h",
            width="stretch",
        )
        st.button("Read again", icon=":material/refresh:", on_click=_read_again)
    return instance, copy, query.strip()


def _instance() -> Instance:
    known = {instance.name: instance for instance in queue_reading.known_instances()}
    if len(known) == 1:
        return next(iter(known.values()))
    name = st.selectbox("Postfix", list(known), key="postfix", bind="query-params", width=165)
    return known[name]


def _answer(reading: Reading) -> None:
    summary = reading.summary
    read_at = to_local(reading.read_at, frame.view().zone)
    if not summary.count:
        words = "Nothing in the queue fits." if reading.is_filtered else "The queue is empty."
        st.info(words, icon=":material/inbox:")
    else:
        held = summary.statuses["held"]
        noun = "message waits" if summary.count == 1 else "messages wait"
        st.markdown(
            f"**{summary.count:,} {noun}**, {held:,} of them on hold; the commonest reason: "
            f"{reason_title(summary.reasons[0].name)}. Read at {read_at:%H:%M:%S}."
        )
    for warning in reading.warnings:
        st.code(warning, language=None, wrap_lines=True)


def _latest_actions() -> None:
    done = store_queue.latest_actions(data.reader(), _LATEST_ACTIONS)
    st.subheader("Latest actions", anchor=False)
    if done:
        queue_tables.latest_actions(done, frame.view().zone)
    else:
        st.caption("Nobody has acted on a queue through Mailtracer yet.")


# -- what is clicked ------------------------------------------------------------------------------


def _narrow(query: str) -> None:
    """Look at the messages of a group among those that are shown."""
    now: str = st.session_state.get(_FILTER, "").strip()
    if query not in now:
        st.session_state[_FILTER] = (
            f"({now}) {query}" if " OR " in now else f"{now} {query}".strip()
        )
    _unselect()


def _choose() -> None:
    shown: list[Queued] = st.session_state[_SHOWN]
    rows = st.session_state[_TABLE]["selection"]["rows"]
    st.session_state[_CHOSEN] = [shown[row] for row in rows if row < len(shown)]


def _read_again() -> None:
    queue_reading.forget()
    _unselect()


def _unselect() -> None:
    st.session_state[_CHOSEN] = []
    st.session_state.pop(_TABLE, None)

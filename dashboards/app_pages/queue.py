"""The page of the live queue: what waits and why, and what an operator does about it."""

import re
from typing import TYPE_CHECKING

import streamlit as st

from dashboards import address, data, frame, queue_control, queue_reading, queue_tables, tables
from dashboards.queue_reading import Reading
from dashboards.ranges import to_local
from tracer.errors import TracerError
from tracer.queries import queue as store_queue
from tracer.queue.groups import reason_title
from tracer.queue.instances import Instance
from tracer.queue.listing import of_lines

if TYPE_CHECKING:
    from streamlit.runtime.uploaded_file_manager import UploadedFile

QUESTION = "What waits in the queue, and why?"
_FILTER = "queue"  # in the session and in the address
_LARGEST_COPY = 32  # MB
_LATEST_ACTIONS = 50


@tables.downloadable
def show() -> None:
    """Draw the page."""
    try:
        instance, copy, query = _controls()
        if copy is not None:
            copy.seek(0)
            reading = queue_reading.of_copy(copy.name, of_lines(copy, copy.name), query)
        else:
            with st.spinner("Reading the queue ..."):
                reading = queue_reading.of_instance(instance, query)
    except TracerError as error:
        st.warning("The queue cannot be shown.", icon=":material/outbox:")
        st.code(str(error), language=None, wrap_lines=True)
        st.caption("A queue that was captured elsewhere can be looked at: Another host's queue.")
        _latest_actions()
        return
    _answer(reading)
    with st.container():  # also where nothing is in it: so what is below keeps its place
        queue_control.say_results()
    if copy is not None:
        st.info(
            "This is a copy of another queue: look here, act on its host.", icon=":material/draft:"
        )
    logged_as = None if copy is not None else instance.logged_as
    known = store_queue.known(data.reader(), reading.shown, logged_as)
    if reading.shown:
        queue_tables.groups(reading.summary, _narrow, reading.key)
        queue_tables.messages(reading.shown, known, reading.table_key)
    if reading.summary.count > len(reading.shown):
        st.caption(f"The first {len(reading.shown):,} are listed.")
    if copy is None:
        queue_control.show(reading, instance, known)
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
        st.button("Read again", icon=":material/refresh:", on_click=queue_reading.forget)
    address.say("postfix")
    return instance, copy, query.strip()


def _instance() -> Instance:
    known = {instance.name: instance for instance in queue_reading.known_instances()}
    if len(known) == 1:
        return next(iter(known.values()))
    address.check("postfix", known, "This machine has no such Postfix: the first one is shown.")
    name = st.selectbox(
        "Postfix",
        list(known),
        key="postfix",
        bind="query-params",
        width=165,
        on_change=address.forget,
        args=("postfix",),
    )
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


def _narrow(query: str) -> None:
    """Look at the messages of a group among those that are shown."""
    now: str = st.session_state.get(_FILTER, "").strip()
    if re.search(r"\bOR\b", now):
        st.session_state[_FILTER] = f"({now}) {query}"
    elif query not in now.split():
        st.session_state[_FILTER] = f"{now} {query}".strip()

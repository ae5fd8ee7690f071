"""What an operator does to the queue from its page; each request is checked and recorded below.

See tracer.queue.actions.
"""

from collections.abc import Callable, Mapping, Sequence

import streamlit as st

from dashboards import access, data, queue_reading, queue_tables
from dashboards.app_pages import find
from dashboards.queue_reading import ALL, MOST_CHOSEN, SELECTED, Reading
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.queries import queue as store_queue
from tracer.queries.keys import message_key
from tracer.queries.queue import Known
from tracer.queue import actions, commands
from tracer.queue.actions import DONE, VERBS, Chosen, Request, Result
from tracer.queue.instances import Instance
from tracer.queue.listing import Queued
from tracer.queue.record import Actor

_MOST_NAMED = 20
_RESULTS = "queue-results"


def show(reading: Reading, instance: Instance, known: Mapping[str, Known]) -> None:
    """Draw what may be done to what is selected, or to all that fits."""
    if not access.may("operator"):
        st.info("You may look, not act: ask for the role operator.", icon=":material/visibility:")
        return
    if reading.read_only:
        st.info("Messages can be looked at and delivered, no more.", icon=":material/lock:")
        st.code(reading.read_only, language=None, wrap_lines=True)
    if reading.shown:
        with st.container(border=True):
            selected = reading.selected
            if _scope(reading, len(selected)) == ALL:
                _act(reading, instance, reading.chosen, is_all=True)
            elif selected:
                _one(reading, instance, selected, known)
                _act(reading, instance, actions.chosen_of(selected), is_all=False)
            else:
                st.caption("Tick messages in the list to act on them.")
    _flush(reading, instance)


def say_results() -> None:
    """Tell what came of the action that was asked for last."""
    told: tuple[str, list[Result], list[str]] | None = st.session_state.pop(_RESULTS, None)
    if told is None:
        return
    verb, results, remarks = told
    done = sum(result.status == DONE for result in results)
    say = st.success if done == len(results) else st.warning
    say(f"{verb}: {done:,} of {len(results):,} done")
    queue_tables.results(results)
    for remark in remarks:
        st.code(remark, language=None, wrap_lines=True)


# -- messages -------------------------------------------------------------------------------------


def _scope(reading: Reading, selected_count: int) -> str:
    count = reading.summary.count
    names = {
        SELECTED: f"{selected_count:,} selected",
        ALL: f"All {count:,} that fit" if reading.is_filtered else f"The whole queue: {count:,}",
    }
    scope = st.segmented_control(
        "Act on",
        list(names),
        default=SELECTED,
        required=True,
        format_func=names.__getitem__,
        key=reading.scope_key,
    )
    if scope == ALL and count > MOST_CHOSEN:
        st.caption(f"An action takes the first {MOST_CHOSEN:,} of them.")
    return scope or SELECTED


def _one(
    reading: Reading, instance: Instance, selected: Sequence[Queued], known: Mapping[str, Known]
) -> None:
    """Name what is selected; of one message, offer more to look at."""
    st.text(
        "\n".join(
            f"{safe(m.queue_id)}  from {safe(m.sender or '<>')}" for m in selected[:_MOST_NAMED]
        )
    )
    if len(selected) > _MOST_NAMED:
        st.caption(f"and {len(selected) - _MOST_NAMED:,} more")
    if len(selected) > 1:
        return
    queue_id = selected[0].queue_id
    with st.container(horizontal=True):
        if not reading.read_only and st.button("Show its header", icon=":material/subject:"):
            _header(instance, queue_id)
        if queue_id in known and st.button("Open its path", icon=":material/route:"):
            find.open_message(message_key(known[queue_id]))


def _header(instance: Instance, queue_id: str) -> None:
    host = store_queue.host_of(data.reader(), queue_id, instance.logged_as)
    hosts = {queue_id: host} if host else {}
    request = Request("show", _actor(), "selected", hosts, instance)
    remarks: list[str] = []
    try:
        result, text = actions.show(
            str(data.store_path()),
            request,
            queue_id,
            may=access.may("operator"),
            remark=remarks.append,
        )
    except TracerError as error:
        _say_not_done(error)
        return
    _dialog(result, text, remarks)


@st.dialog("Envelope and header", width="large")
def _dialog(result: Result, text: str, remarks: Sequence[str]) -> None:
    if result.status == DONE:
        shown = "\n".join(safe(line.expandtabs()) for line in text.rstrip("\n").split("\n"))
        st.code(shown, language=None, wrap_lines=True, height=480)
    else:
        st.warning("It cannot be shown.")
        st.code(result.words, language=None, wrap_lines=True)
    for remark in remarks:
        st.code(remark, language=None, wrap_lines=True)


def _act(
    reading: Reading,
    instance: Instance,
    chosen: Sequence[Chosen],
    *,
    is_all: bool,
) -> None:
    count = len(chosen)
    noun = "message" if count == 1 else "messages"
    verb = st.radio("Action", reading.verbs, horizontal=True, key=f"{reading.key}-verb")
    st.caption(f"{VERBS[verb].capitalize()}.")
    releases = verb == "expire" and st.checkbox("Also what is on hold, which it releases")
    needs_number = verb == "delete" or (is_all and not reading.is_filtered)
    with st.form("queue-action", border=False):
        typed = str(count)
        if needs_number:
            typed = st.text_input(f"To {verb} {count:,} {noun}, type the number", width=440)
        if not st.form_submit_button(f"{verb.capitalize()} {count:,} {noun}", type="primary"):
            return
    if typed.strip().replace(",", "") != str(count):
        st.error("Nothing was done: the number is not the one asked for.")
        return
    meant = (reading.query or "all") if is_all else "selected"
    known = store_queue.known(data.reader(), chosen, instance.logged_as)
    hosts = {queue_id: k.host for queue_id, k in known.items() if k.host}
    request = Request(verb, _actor(), meant, hosts, instance, releases)

    def perform(may: bool, remark: Callable[[str], None]) -> list[Result]:
        db = str(data.store_path())
        return actions.perform(db, request, chosen, may=may, remark=remark)

    _do(verb, perform)


# -- flush ----------------------------------------------------------------------------------------


def _flush(reading: Reading, instance: Instance) -> None:
    with st.expander("Flush: try all mail for a destination now, or all mail"):
        with st.form("queue-flush-site", border=False):
            names = [g.name for g in reading.summary.destinations if commands.is_site(g.name)]
            site = st.selectbox(
                "Destination", names, index=None, accept_new_options=True, width=440
            )
            if st.form_submit_button("Flush this destination"):
                if site and commands.is_site(site):
                    _flushed(instance, site)
                else:
                    st.error("That is no destination: name a domain, or an address in brackets.")
        with st.form("queue-flush-all", border=False):
            typed = st.text_input(
                f"To try all {reading.total:,} messages in the queue now, type their number",
                width=440,
                help="Mail that cannot be delivered slows down the rest, each time it is tried",
            )
            if st.form_submit_button("Flush the whole queue"):
                if typed.strip().replace(",", "") == str(reading.total):
                    _flushed(instance, None)
                else:
                    st.error("Nothing was done: the number is not the one asked for.")


def _flushed(instance: Instance, site: str | None) -> None:
    actor = _actor()

    def perform(may: bool, remark: Callable[[str], None]) -> list[Result]:
        db = str(data.store_path())
        return [actions.flush(db, actor, site, instance=instance, may=may, remark=remark)]

    _do("flush", perform)


# -- both -----------------------------------------------------------------------------------------


def _do(verb: str, perform: Callable[[bool, Callable[[str], None]], list[Result]]) -> None:
    """Do it, and draw the page anew with what came of it."""
    remarks: list[str] = []
    try:
        with st.spinner("Asking Postfix ..."):
            results = perform(access.may("operator"), remarks.append)
    except TracerError as error:
        _say_not_done(error)
        return
    st.session_state[_RESULTS] = (verb, results, remarks)
    queue_reading.forget()
    st.rerun()


def _say_not_done(error: TracerError) -> None:
    st.error("Nothing was done.")
    st.code(str(error), language=None, wrap_lines=True)


def _actor() -> Actor:
    return Actor(access.actor_name(), "dashboard", st.context.ip_address)

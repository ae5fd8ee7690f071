"""One message beside the page: what `mailtracer trace` shows, for a queue id in the search box.

All that comes from logs goes to widgets that show it as it is: st.text, st.code, st.dataframe and
the options of st.selectbox. Markdown and HTML would let a sender draw on the page.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import data
from dashboards.frame import PICKED, SEARCH
from dashboards.ranges import to_local
from tracer.cli import message_text as words
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.queries.outcome import Delivery
from tracer.queries.trace import Line, MessageTrace, Relation

_Colour = Literal["green", "red", "orange", "blue", "gray"]

_COLOURS: dict[str, _Colour] = {
    "delivered": "green", "probed": "green",
    "bounced": "red", "rejected": "red", "expired": "red", "discarded": "red", "deleted": "red",
    "partly_delivered": "orange", "deferred": "orange", "held": "orange", "queued": "blue",
    "received": "blue",
}  # fmt: skip


def pick(term: str) -> None:
    """Show another message: put it into the search box, and draw the whole page anew."""
    st.session_state[PICKED] = term
    st.rerun(scope="app")


def _close() -> None:
    st.session_state[SEARCH] = ""


def show(term: str, zone: ZoneInfo) -> None:
    """Open the drawer for what stands in the search box."""
    st.dialog("Message", width="large", position="right", on_dismiss=_close)(_draw)(term, zone)


@st.fragment(run_every=data.REFRESH_SECONDS)
def _draw(term: str, zone: ZoneInfo) -> None:
    try:
        found = data.trace(data.facts(), term)
    except TracerError as error:
        st.error("The store cannot be read now.", icon=":material/database_off:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    if not found.messages:
        _explain_absence(term, zone)
        return
    message = found.messages[-1]
    if len(found.messages) > 1:
        message = st.selectbox(
            f"{len(found.messages)} messages, {'the latest of more' if found.is_cut else 'all'}",
            list(reversed(found.messages)),
            format_func=lambda m: f"{words.heading(m)}, {_time(m.first_at, zone)}",
        )
    _message(message, zone)


def _message(message: MessageTrace, zone: ZoneInfo) -> None:
    state = message.outcome.state
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.badge(state.replace("_", " "), color=_COLOURS.get(state, "gray"))
        st.text(words.heading(message), width="content")
    st.text(safe(message.outcome.sentence))
    _facts(message, zone)
    if message.deliveries:
        st.subheader("Deliveries", anchor=False)
        _deliveries(message.deliveries, zone)
    if message.verdicts:
        st.subheader("Verdicts", anchor=False)
        st.text("\n".join(words.verdict(verdict) for verdict in message.verdicts))
    if message.relations:
        st.subheader("Related", anchor=False)
        for number, relation in enumerate(message.relations):
            _relation(relation, number)
    st.subheader("Lines", anchor=False)
    _lines(message.lines)


def _facts(message: MessageTrace, zone: ZoneInfo) -> None:
    pairs = [pair for pair in words.facts(message) if pair[0] != "logged"]
    pairs.append(("logged", f"{_time(message.first_at, zone)} to {_time(message.last_at, zone)}"))
    width = max(len(label) for label, _ in pairs)
    text = "\n".join(f"{label:{width}}  {value}" for label, value in pairs)
    st.code(text, language=None, wrap_lines=True)


def _deliveries(deliveries: Sequence[Delivery], zone: ZoneInfo) -> None:
    st.dataframe(
        pd.DataFrame(
            {
                "Time": [to_local(d.occurred_at, zone) for d in deliveries],
                "Recipient": [words.address(d.recipient, d.original_recipient) for d in deliveries],
                "Status": [d.status for d in deliveries],
                "Seconds": [d.delay_seconds for d in deliveries],
                "Delays": [words.delays(d) for d in deliveries],
                "DSN": [d.dsn or "" for d in deliveries],
                "Relay": [d.relay or "" for d in deliveries],
                "Reply": [d.reply or "" for d in deliveries],
            }
        ),
        hide_index=True,
        column_config={
            "Time": st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=125),
            "Recipient": st.column_config.TextColumn(width=180),
            "Status": st.column_config.TextColumn(width=80),
            "Seconds": st.column_config.NumberColumn(width=75),
            "Delays": st.column_config.TextColumn(
                width=135,
                help="Seconds before the queue manager, in it, to connect, and to send",
            ),
            "DSN": st.column_config.TextColumn(width=60),
        },
        alt="Delivery attempts",
    )
    if replies := dict.fromkeys(safe(d.reply) for d in deliveries if d.reply):
        st.caption("Replies in full")
        st.text("\n".join(replies))


def _relation(relation: Relation, number: int) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if relation.is_stored and st.button(
            "Show", key=f"relation-{number}", type="tertiary", icon=":material/arrow_forward:"
        ):
            pick(relation.queue_id)
        st.text(words.relation(relation), width="stretch")


def _lines(lines: Sequence[Line]) -> None:
    for path, of_path in groupby(lines, key=lambda line: line.path):
        st.text(safe(path))
        st.code(
            "\n".join(
                f"{words.INFERRED} {safe(line.text)}" if line.is_inferred else safe(line.text)
                for line in of_path
            ),
            language=None,
            wrap_lines=True,
        )
    if any(line.is_inferred for line in lines):
        st.text(words.LEGEND)


def _explain_absence(term: str, zone: ZoneInfo) -> None:
    st.warning("No such message in this store.", icon=":material/search_off:")
    st.code(term, language=None, wrap_lines=True)
    absence = data.explain_absence(data.facts(), term)
    for label, queue_ids in (("Did you mean", absence.alike), ("Named by", absence.named_by)):
        for queue_id in queue_ids:
            with st.container(horizontal=True, vertical_alignment="center", gap="small"):
                st.text(f"{label} {safe(queue_id)}?", width="content")
                if st.button("Show", key=f"{label}-{queue_id}", type="tertiary"):
                    pick(queue_id)
    held = absence.facts
    if held.first_at is not None and held.last_at is not None:
        st.text(
            f"The store holds {held.line_count:,} lines from {_time(held.first_at, zone)} to "
            f"{_time(held.last_at, zone)}. Is the log of the message's time loaded?"
        )


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{to_local(at, zone):%Y-%m-%d %H:%M:%S}"

"""A message as its path: how it ended, who had it in hand, where the time went, and the proof.

All that comes from logs goes to widgets that show it as it is: st.text, st.code, st.dataframe; in
charts it is escaped. Markdown and HTML would let a sender draw on the page.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Literal
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import path_graph, path_waterfall, tables
from dashboards.charts import outcome_column
from dashboards.ranges import to_local
from tracer.cli import message_text as words
from tracer.cli import path_text
from tracer.cli.terminal import safe
from tracer.queries import time_spent
from tracer.queries.fates import Fate
from tracer.queries.keys import message_key
from tracer.queries.path import Path
from tracer.queries.sentences import duration
from tracer.queries.time_spent import MEANINGS, Track
from tracer.queries.trace import Line, MessageTrace, Relation
from tracer.reasons import CLASSES

Open = Callable[[str], None]  # shows another message: takes its key
Look = Callable[[str], None]  # searches for a queue id

_Colour = Literal["green", "red", "orange", "blue", "gray"]
_COLOURS: dict[str, _Colour] = {
    **dict.fromkeys(("delivered", "relayed", "forwarded", "probed"), "green"),
    **dict.fromkeys(("bounced", "rejected", "expired", "discarded", "deleted"), "red"),
    **dict.fromkeys(("partly_delivered", "deferred", "held", "quarantined"), "orange"),
    **dict.fromkeys(("queued", "received"), "blue"),
}
_MOST_LINES = 300  # as text; more are a table
_MOST_RELATIONS = 20
_TABLE_HEIGHT = 430
_CHART = {"displayModeBar": False, "scrollZoom": False, "typesetMath": False}
# The sentence stands out; a narrow screen scrolls the graph sideways rather than press it together.
_STYLE = """<style>
.st-key-path-sentence [data-testid=stText] {{font-size: 1.15rem; font-weight: 600}}
.st-key-path-graph {{overflow-x: auto}}
.st-key-path-graph [data-testid=stPlotlyChart] {{min-width: {least:d}px}}
</style>"""
_TIME = st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=125)


def show(path: Path, key: str, zone: ZoneInfo, open_message: Open, search: Look) -> None:
    """Draw the path; key: of the message that was asked for."""
    asked = next((m for m in path.messages if message_key(m) == key), None)
    _head(path, asked, zone)
    if path.recipients:
        st.subheader("Recipients", anchor=False)
        _recipients(path.recipients, zone)
    st.subheader("Path", anchor=False)
    _graph(path, asked, zone)
    if path.messages:
        _messages(path, asked, zone, open_message)
    if tracks := time_spent.tracks(path):
        st.subheader("Where the time went", anchor=False)
        _time_spent(tracks)
    if path.verdicts:
        st.subheader("Verdicts", anchor=False)
        _verdicts(path)
    _relations(path, asked, search)
    st.subheader("Lines", anchor=False)
    _lines(path.lines, zone)


# -- how it ended ---------------------------------------------------------------------------------


def _head(path: Path, asked: MessageTrace | None, zone: ZoneInfo) -> None:
    outcomes = dict.fromkeys(fate.outcome for fate in path.recipients)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        for outcome in outcomes:
            st.badge(outcome, color=_COLOURS.get(outcome, "gray"))
        st.text(words.heading(asked) if asked else "Refused before it had a queue id")
    with st.container(key="path-sentence"):
        st.text(safe(path.sentence))
    pairs = [
        *(words.facts(asked)[:-1] if asked else _facts_of_refusal(path)),
        ("logged", f"{_moment(path.first_seen, zone)} to {_moment(path.last_seen, zone)}"),
    ]
    width = max(len(label) for label, _ in pairs)
    text = "\n".join(f"{label:{width}}  {value}" for label, value in pairs)
    st.code(text, language=None, wrap_lines=True)


def _facts_of_refusal(path: Path) -> list[tuple[str, str]]:
    sender = "<>" if path.envelope_sender == "" else path.envelope_sender
    pairs = (
        ("from", sender),
        ("to", path.recipients[0].recipient),
        ("client", f"{path.client_name}[{path.client_address}]" if path.client_address else None),
        ("helo", path.helo_name),
    )
    return [(label, safe(value) if value else "not in the logs") for label, value in pairs]


def _recipients(fates: Sequence[Fate], zone: ZoneInfo) -> None:
    tables.draw(
        pd.DataFrame(
            {
                "Recipient": [_address(fate) for fate in fates],
                "Outcome": [[fate.outcome] for fate in fates],
                "Where": [_place(fate) for fate in fates],
                "Reply": [fate.reply or "" for fate in fates],
                "DSN": [fate.dsn or "" for fate in fates],
                "Attempts": [fate.attempts for fate in fates],
                "Last": [fate.at and to_local(fate.at, zone) for fate in fates],
            }
        ),
        hide_index=True,
        height=_height(len(fates)),
        column_config={
            "Recipient": st.column_config.TextColumn(width=210),
            "Outcome": outcome_column(),
            "Where": st.column_config.TextColumn(width=200),
            "Reply": st.column_config.TextColumn(width=330),
            "DSN": st.column_config.TextColumn(width=60),
            "Attempts": st.column_config.NumberColumn(width=75),
            "Last": _TIME,
        },
        alt="What became of the message for each recipient",
    )
    bad = [fate for fate in fates if fate.reason_class]
    for name in dict.fromkeys(fate.reason_class for fate in bad if fate.reason_class):
        reason = CLASSES[name]
        with st.container(border=True, gap="xxsmall"):
            st.markdown(f"**{reason.title}**")
            st.text(reason.advice)
            replies = dict.fromkeys(f.reply for f in bad if f.reason_class == name and f.reply)
            st.code(
                "\n".join(safe(reply) for reply in list(replies)[: path_text.MOST_NAMED]),
                language=None,
                wrap_lines=True,
            )


def _address(fate: Fate) -> str:
    return words.address(fate.recipient or "not in the logs", fate.original_recipient)


def _place(fate: Fate) -> str:
    """The mailbox and folder, or the server; and where that is."""
    if fate.mailbox:
        folder = f", {fate.folder}" if fate.folder else ""
        return f"{fate.mailbox}{folder} on {fate.host or 'an unnamed host'}"
    return fate.relay_host or fate.host or ""


# -- who had it in hand ---------------------------------------------------------------------------


def _graph(path: Path, asked: MessageTrace | None, zone: ZoneInfo) -> None:
    graph = path_graph.layout(path, zone)
    number = path.numbers[path.messages.index(asked)] if asked else None
    wanted, least = path_graph.width(graph)
    st.html(_STYLE.format(least=least))
    with st.container(key="path-graph"):
        st.plotly_chart(
            path_graph.figure(graph, number),
            key="graph",
            width=wanted,
            config=_CHART,
            alt="The way of the message, from its client over queues and filters to its ends",
        )
    if any(not link.is_certain for link in path.links):
        st.caption("Dotted: inferred from Message-ID, sender, recipients and time.")


def _messages(path: Path, asked: MessageTrace | None, zone: ZoneInfo, open_message: Open) -> None:
    """The queue files of the path, each of which opens."""
    tree = list(path_text.tree(path))
    messages = [message for *_, message in tree]
    event = tables.draw(
        pd.DataFrame(
            {
                "Time": [to_local(m.first_at, zone) for m in messages],
                "What": [path_text.way(kind) if kind else "came in" for _, kind, *_ in tree],
                "Queue id": [m.queue_id for m in messages],
                "Host": [m.host for m in messages],
                "State": [[m.outcome.state] for m in messages],
                "Sender": [words.sender(m) for m in messages],
                "Last answer": [(m.deliveries[-1].reply if m.deliveries else "") for m in messages],
            }
        ),
        key=f"hops-{message_key(asked) if asked else ''}",
        hide_index=True,
        height=_height(len(messages)),
        on_select="rerun",
        selection_mode="single-row",
        column_config={
            "Time": _TIME,
            "What": st.column_config.TextColumn(width=150),
            "Queue id": st.column_config.TextColumn(width=130),
            "Host": st.column_config.TextColumn(width=100),
            "State": outcome_column(),
            "Sender": st.column_config.TextColumn(width=190),
            "Last answer": st.column_config.TextColumn(width=330),
        },
        alt="The messages on the path; select one to open it",
    )
    if rows := event["selection"]["rows"]:
        chosen = messages[rows[0]]
        if chosen is not asked:
            open_message(message_key(chosen))


# -- where the time went --------------------------------------------------------------------------


def _time_spent(tracks: Sequence[Track]) -> None:
    slowest = max(tracks, key=lambda track: track.seconds)
    part = slowest.longest_part
    seconds = slowest.seconds_of(part)
    if seconds:
        st.markdown(
            f"**{duration(round(slowest.seconds, 2))}** at the slowest hop, of which "
            f"**{duration(round(seconds, 2))} {part}**. {MEANINGS[part]}"
        )
    drawn = path_waterfall.longest(tracks)
    st.plotly_chart(
        path_waterfall.figure(drawn),
        key="waterfall",
        config=_CHART,
        alt="How long each hop took, and with what",
    )
    if len(drawn) < len(tracks):
        st.caption(f"The {len(drawn)} longest of {len(tracks):,}.")
    with st.expander("Seconds, and what they mean"):
        _seconds_table(tracks)
        parts = [p for p in time_spent.PARTS if any(track.seconds_of(p) for track in tracks)]
        st.markdown("\n".join(f"- **{part}**: {MEANINGS[part]}" for part in parts))


def _seconds_table(tracks: Sequence[Track]) -> None:
    tables.draw(
        pd.DataFrame(
            [
                (
                    track.queue_id,
                    track.recipients[0],
                    len(track.recipients),
                    track.status,
                    track.attempts,
                    track.seconds,
                    *(track.seconds_of(part) for part in time_spent.PARTS),
                )
                for track in tracks
            ],
            columns=[
                *("Queue id", "Recipient", "Recipients", "Status", "Attempts", "Seconds"),
                *(part.capitalize() for part in time_spent.PARTS),
            ],
        ),
        hide_index=True,
        height=_height(len(tracks)),
        column_config={
            part.capitalize(): st.column_config.NumberColumn(format="%.2f")
            for part in ("seconds", *time_spent.PARTS)
        },
        alt="How many seconds each part took",
    )


# -- what was said --------------------------------------------------------------------------------


def _verdicts(path: Path) -> None:
    tables.draw(
        pd.DataFrame(
            [(v.kind, v.result, v.score, v.required, v.detail, v.host) for v in path.verdicts],
            columns=["Kind", "Result", "Score", "Required", "Detail", "Host"],
        ),
        hide_index=True,
        height=_height(len(path.verdicts)),
        placeholder="",
        column_config={
            "Kind": st.column_config.TextColumn(width=80),
            "Result": st.column_config.TextColumn(width=110),
            "Score": st.column_config.NumberColumn(width=65),
            "Required": st.column_config.NumberColumn(width=75),
            "Detail": st.column_config.TextColumn(width=420),
            "Host": st.column_config.TextColumn(width=100),
        },
        alt="What filters said",
    )


def _relations(path: Path, asked: MessageTrace | None, search: Look) -> None:
    """Messages that have to do with this one and are not on its path."""
    on_path = {message.queue_id for message in path.messages}
    found = [r for r in (asked.relations if asked else ()) if r.queue_id not in on_path]
    if not found:
        return
    st.subheader("Related", anchor=False)
    for number, relation in enumerate(found[:_MOST_RELATIONS]):
        _relation(relation, number, search)
    if len(found) > _MOST_RELATIONS:
        st.caption(
            f"And {len(found) - _MOST_RELATIONS:,} more with the same Message-ID: search it."
        )


def _relation(relation: Relation, number: int, search: Look) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", wrap=False):
        if relation.is_stored and st.button(
            "Find", key=f"relation-{number}", type="tertiary", icon=":material/search:"
        ):
            search(relation.queue_id)
        st.text(words.relation(relation), width="stretch")


def _lines(lines: Sequence[Line], zone: ZoneInfo) -> None:
    if len(lines) > _MOST_LINES:
        _line_table(lines, zone)
        return
    for file, of_file in groupby(lines, key=lambda line: line.path):
        st.text(safe(file))
        st.code(
            "\n".join(
                f"{words.INFERRED} {safe(line.text)}" if line.is_inferred else safe(line.text)
                for line in of_file
            ),
            language=None,
            wrap_lines=True,
        )
    if any(line.is_inferred for line in lines):
        st.text(words.LEGEND)


def _line_table(lines: Sequence[Line], zone: ZoneInfo) -> None:
    tables.draw(
        pd.DataFrame(
            {
                "Time": [to_local(line.occurred_at, zone) for line in lines],
                "Line": [line.text for line in lines],
                "Evidence": [line.evidence for line in lines],
                "File": [line.path for line in lines],
                "Offset": [line.offset for line in lines],
            }
        ),
        hide_index=True,
        height=_TABLE_HEIGHT,
        column_config={"Time": _TIME, "Line": st.column_config.TextColumn(width=800)},
        alt="Every line of the path",
    )


def _height(rows: int) -> int:
    return min(_TABLE_HEIGHT, 38 + 35 * rows)


def _moment(at: datetime, zone: ZoneInfo) -> str:
    return f"{to_local(at, zone):%Y-%m-%d %H:%M:%S}"

"""The first page: is mail flowing?"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboards import charts, data, frame, queue_reading, tables
from dashboards.app_pages import find, queue
from dashboards.drafts import drafts_table
from dashboards.frame import View
from dashboards.insights_view import insights
from dashboards.ranges import Shown, to_local
from tracer.errors import TracerError
from tracer.metrics.waiting import is_at_hand
from tracer.projections.traffic import OUTCOMES
from tracer.queries.depth import Deferred, Depth
from tracer.queries.keys import message_key
from tracer.queries.overview import Facts, Message, Range, Waiting
from tracer.queries.reasons import Counted

QUESTION = "Is mail flowing?"
_TABLE_HEIGHT = 430
_DEFERRED_HEIGHT = 270
_PICKED = "now-picked"  # in the session: the key of a message to go to
_PICKED_REASON = "now-picked-reason"  # in the session: the reason to find messages of
_DAY = timedelta(days=1)
_MEANINGS = {
    "received": "Messages that came in, from clients, from this host or as bounces. Each counts "
    "once, also where a content filter hands it back.",
    "delivered": "Deliveries that succeeded, one for each recipient.",
    "deferred": "Delivery attempts that will be made again.",
    "bounced": "Deliveries that failed for good.",
    "rejected": "Commands, recipients and messages refused while the client was connected.",
    "spam": "Messages that SpamAssassin found to be spam.",
    "virus": "Messages in which ClamAV found something.",
}
_BAD_IF_MORE = ("deferred", "bounced")


def show() -> None:
    """Draw the page."""
    live(frame.view())


# -- what is shown, again and again ---------------------------------------------------------------


@st.fragment(run_every=data.REFRESH_SECONDS)
def live(view: View) -> None:
    """Draw what changes as mail flows; each part is asked for when those above it are drawn."""
    if picked := st.session_state.pop(_PICKED, None):
        find.open_message(picked)
    if reason := st.session_state.pop(_PICKED_REASON, None):
        find.search(f"status:deferred class:{reason}")
    try:
        _draw(view)
    except TracerError as error:
        frame.explain_no_store(error)


@tables.downloadable
def _draw(view: View) -> None:
    facts = data.facts()
    shown = view.shown(facts)
    span = shown.span
    now = data.totals(facts, span.start, span.end, view.host)
    _state(facts, view.zone)
    insights(view.zone)
    _answer(now, shown, view)
    if facts.unparsed_count == facts.line_count:
        _explain_nothing_parsed(facts)
        return
    _figures(now, _earlier(facts, view, span))
    _chart(facts, view, span)
    live = _queue(facts, view, span)
    _messages(data.latest_messages(facts, span.start, span.end, view.host), view.zone)
    _reasons(facts, view, span)
    _not_understood(facts)
    if is_at_hand():
        _live_size(live)  # at last, as Postfix may take its time


def _state(facts: Facts, zone: ZoneInfo) -> None:
    """Whether somebody reads logs, how old the newest line is, and how much was understood."""
    words = [f"{_percent(facts.parsed_share)} of {facts.line_count:,} lines understood"]
    if facts.last_at is not None:
        words.insert(0, f"newest line {_time(facts.last_at, zone)}")
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        if data.is_watched():
            st.badge("Live", icon=":material/sensors:", color="green")
        else:
            st.badge("Not live", icon=":material/pause_circle:", color="orange")
            words.append("new lines appear once `mailtracer watch` runs")
        st.caption(" · ".join(words), width="stretch")


def _answer(now: dict[str, int], shown: Shown, view: View) -> None:
    """One sentence that answers the page's question."""
    place = frame.place(view, shown)
    attempts = now["delivered"] + now["deferred"] + now["bounced"]
    if not any(now.values()):
        st.info(f"No mail {place}. Choose another range or host.", icon=":material/inbox:")
    elif attempts:
        share = _percent(now["delivered"] / attempts)
        st.markdown(f"**{share} of {attempts:,} delivery attempts succeeded** {place}.")
    else:
        st.markdown(f"**Nothing was delivered** {place}.")
    frame.say_if_past(view, shown)


def _earlier(facts: Facts, view: View, span: Range) -> dict[str, dict[str, int]]:
    """The totals to compare with, by what they are of; without those that the logs do not reach.

    Up to a day is compared with the same time of the day and of the week before, what is longer
    with the range that ends where it begins.
    """
    if span.width <= _DAY:
        ranges = {"yesterday": span.earlier(_DAY), "a week before": span.earlier(7 * _DAY)}
    else:
        ranges = {"the range before": span.before}
    return {
        name: data.totals(facts, range_.start, range_.end, view.host)
        for name, range_ in ranges.items()
        if facts.first_at and range_.start >= facts.first_at
    }


def _figures(now: dict[str, int], earlier: dict[str, dict[str, int]]) -> None:
    first = next(iter(earlier), None)
    with st.container(horizontal=True, gap="xsmall"):
        for outcome in OUTCOMES:
            compared = (f"{name}: {totals[outcome]:,}" for name, totals in earlier.items())
            st.metric(
                outcome.capitalize(),
                f"{now[outcome]:,}",
                None if first is None else f"{now[outcome] - earlier[first][outcome]:+,}",
                delta_color="inverse" if outcome in _BAD_IF_MORE else "off",
                help="  \n".join([_MEANINGS[outcome], *compared]),
                border=True,
                width=153,
            )
    if first is not None:
        others = " and ".join(earlier)
        st.caption(f"Changes are against {first}; the question marks tell the counts of {others}.")


def _chart(facts: Facts, view: View, span: Range) -> None:
    buckets = data.series(facts, span.start, span.end, view.host, view.zone.key)
    local = Range(to_local(span.start, view.zone), to_local(span.end, view.zone))
    st.plotly_chart(
        charts.traffic(buckets, local, span.bucket_seconds),
        key="traffic",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="Received, delivered, deferred, bounced, rejected mail, spam and viruses over time",
    )


def _queue(facts: Facts, view: View, span: Range) -> DeltaGenerator:
    """What waits and why, by the logs; gives the place for what Postfix itself says."""
    st.subheader("The queue", anchor=False)
    with st.container(gap="xxsmall"):
        _waiting(data.waiting(facts, view.host), facts, view.zone)
        live = st.empty()
    left, right = st.columns(2)
    with left:
        _depths(data.depths(facts, span.start, span.end, view.host), view, span)
    with right:
        _deferred(data.deferred(facts, span.start, span.end, view.host))
    return live


def _live_size(place: DeltaGenerator) -> None:
    count = queue_reading.live_size()
    words = "does not say what waits" if count is None else f"has {count:,} in its queue now"
    with place.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.caption(f"This machine's Postfix {words}.", width="content")
        st.page_link(st.Page(queue.show, title="Queue", url_path="queue"), label="Open the queue")


def _depths(depths: Sequence[Depth], view: View, span: Range) -> None:
    if not any(depth.count for depth in depths):
        st.caption("Nothing waited in this range.")
        return
    st.plotly_chart(
        charts.waiting(
            depths,
            [to_local(depth.at, view.zone) for depth in depths],
            Range(to_local(span.start, view.zone), to_local(span.end, view.zone)),
        ),
        key="waiting",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="Messages in the queue over time, by how long they have waited",
    )


def _deferred(deferred: Sequence[Deferred]) -> None:
    """Why deliveries were put off; a reason that is ticked is searched for."""
    if not deferred:
        st.caption("No delivery was deferred in this range.")
        return
    picks = st.session_state.setdefault("deferred-picks", 0)
    key = f"deferred-{picks}"

    def pick() -> None:
        for row in st.session_state[key]["selection"]["rows"]:
            st.session_state[_PICKED_REASON] = deferred[row].reason.name
            st.session_state["deferred-picks"] = picks + 1

    tables.draw(
        pd.DataFrame(
            {
                "Deferred because": [d.reason.title for d in deferred],
                "Attempts": [d.count for d in deferred],
                "Over time": [list(d.over_time) for d in deferred],
                "What to do": [d.reason.advice for d in deferred],
            }
        ),
        key=key,
        hide_index=True,
        height=min(_DEFERRED_HEIGHT, 38 + 35 * len(deferred)),
        on_select=pick,
        selection_mode="single-row",
        column_config={
            "Deferred because": st.column_config.TextColumn(width=205),
            "Attempts": st.column_config.NumberColumn(format="localized", width=75),
            "Over time": st.column_config.BarChartColumn(
                width=150, color=charts.COLOURS["deferred"], y_min=0
            ),
            "What to do": st.column_config.TextColumn(width=900),
        },
        alt="Why deliveries were deferred; select a reason to see its messages",
    )
    st.caption("Tick a reason to see its messages.")


def _waiting(waiting: Waiting, facts: Facts, zone: ZoneInfo) -> None:
    """What is in the queue at the newest line."""
    if waiting.oldest_at is None or facts.last_at is None:
        st.caption("By the logs, the queue is empty.")
        return
    noun = "message is" if waiting.count == 1 else "messages are"
    st.caption(
        f"By the logs, {waiting.count:,} {noun} in the queue at the newest line, the oldest since "
        f"{_time(waiting.oldest_at, zone)}."
    )


def _reasons(facts: Facts, view: View, span: Range) -> None:
    """Why mail was refused and why ours was not delivered, where there is any."""
    for title, counted in (
        ("Rejected, by reason", data.rejections(facts, span.start, span.end, view.host)),
        ("Deferred or bounced, by reason", data.failures(facts, span.start, span.end, view.host)),
    ):
        if counted:
            with st.expander(title):
                _reason_table(title, counted)


def _reason_table(title: str, counted: Sequence[Counted]) -> None:
    tables.draw(
        pd.DataFrame(
            [(c.reason.title, c.count, ", ".join(c.refused_by), c.reason.advice) for c in counted],
            columns=["Reason", "Count", "Refused by", "What to do"],
        ),
        hide_index=True,
        column_config={
            "Reason": st.column_config.TextColumn(width=230),
            "Count": st.column_config.NumberColumn(width=70),
            "Refused by": st.column_config.TextColumn(
                width=160, help="Block lists and providers that are named"
            ),
            "What to do": st.column_config.TextColumn(width="large"),
        },
        alt=f"{title}, with what to do about it",
    )


def _messages(messages: Sequence[Message], zone: ZoneInfo) -> None:
    st.subheader("Latest messages", anchor=False)
    if not messages:
        st.caption("No message in this range.")
        return
    picks = st.session_state.setdefault("picks", 0)
    key = f"messages-{picks}"

    def pick() -> None:
        # rows move as mail comes in: take the message, and give the selection up
        for row in st.session_state[key]["selection"]["rows"]:
            st.session_state[_PICKED] = message_key(messages[row])
            st.session_state["picks"] = picks + 1

    tables.draw(
        _table(messages, zone),
        key=key,
        hide_index=True,
        height=min(_TABLE_HEIGHT, 38 + 35 * len(messages)),
        on_select=pick,
        selection_mode="single-row",
        placeholder="",
        column_config={
            "Time": st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=125),
            "Status": charts.outcome_column(),
            "Sender": st.column_config.TextColumn(width=210),
            "Recipients": st.column_config.TextColumn(width=240),
            "Size": st.column_config.NumberColumn(format="bytes", width=80),
            "Queue id": st.column_config.TextColumn(width=130),
            "Host": st.column_config.TextColumn(width=100),
        },
        alt="The latest messages; select one to see its path",
    )


def _table(messages: Sequence[Message], zone: ZoneInfo) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Time": [to_local(m.last_at, zone) for m in messages],
            "Status": [[m.status.replace(" ", "_")] for m in messages],
            "Sender": [_sender(m.envelope_sender) for m in messages],
            "Recipients": [_recipients(m) for m in messages],
            "Size": pd.array([m.size_bytes for m in messages], dtype="Int64"),
            "Queue id": [m.queue_id for m in messages],
            "Host": [m.host for m in messages],
        }
    )


def _sender(address: str | None) -> str:
    return "<>" if address == "" else address or ""


def _recipients(message: Message) -> str:
    """The recipients that are known, and how many more there are."""
    more = (message.recipient_count or 0) - len(message.recipients)
    shown = ", ".join(message.recipients)
    if more <= 0:
        return shown
    return f"{shown} and {more} more" if shown else f"{more} recipient{'s' * (more > 1)}"


def _not_understood(facts: Facts) -> None:
    if not facts.unparsed_count:
        return
    with st.expander(f"{facts.unparsed_count:,} lines were not understood"):
        drafts_table(facts)


# -- nothing to show -------------------------------------------------------------------------------


def _explain_nothing_parsed(facts: Facts) -> None:
    st.warning(
        f"None of the {facts.line_count:,} lines was understood, so there is nothing to count. "
        "Are these mail logs?",
        icon=":material/help:",
    )
    drafts_table(facts)


# -- words ----------------------------------------------------------------------------------------


def _time(at: datetime, zone: ZoneInfo) -> str:
    return f"{to_local(at, zone):%a %-d %b %Y, %H:%M:%S}"


def _percent(share: float | None) -> str:
    """A share that is not quite everything never reads as 100 %."""
    if share is None:
        return "0%"
    return f"{min(share, 1 if share == 1 else 0.999):.1%}".replace(".0%", "%")

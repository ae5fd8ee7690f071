"""The page of what was refused, by us and of ours."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards import address, charts, data, frame, tables
from dashboards.frame import View
from dashboards.lines import lines_table
from dashboards.ranges import Shown, to_local
from tracer.errors import TracerError
from tracer.queries.overview import Range
from tracer.queries.reasons import Counted
from tracer.queries.refusals import Blocked, Bucket, Dimension, Top
from tracer.reasons import CLASSES

QUESTION = "Who is refused, and why?"
_REFRESH_SECONDS = 10
_ALL = "All reasons"
_OTHERS = "other reasons"
_TITLES = {_ALL: None, **{reason.title: name for name, reason in CLASSES.items()}}
_NOT_NAMED = {None: "(not named)", "": "(none)"}
_DIMENSIONS: dict[Dimension, str] = {
    "client_network": "Client network",
    "sender_domain": "Sender domain",
    "recipient": "Recipient",
    "stage": "Stage",
}


def show() -> None:
    """Draw the page."""
    address.check(
        "reason", _TITLES, "There is no such reason: **all are shown**. Choose one above."
    )
    title = st.selectbox(
        "Reason",
        _TITLES,
        key="reason",
        bind="query-params",
        width=330,
        on_change=address.forget,
        args=("reason",),
    )
    address.say("reason")
    reason = _TITLES[title]
    if reason is not None:
        st.caption(CLASSES[reason].advice)
    _live(frame.view(), reason)


@st.fragment(run_every=_REFRESH_SECONDS)
def _live(view: View, reason: str | None) -> None:
    try:
        _draw(view, reason)
    except TracerError as error:
        frame.explain_no_store(error)


@tables.downloadable
def _draw(view: View, reason: str | None) -> None:
    facts = data.facts()
    shown = view.shown(facts)
    span = shown.span
    counted = data.rejections(facts, span.start, span.end, view.host)
    _answer(counted, reason, view, shown)
    refused = data.refused(facts, span.start, span.end, view.host, reason, view.zone.key)
    if refused.series:
        _chart(refused.series, counted, view, span)
    if counted:
        st.subheader("Reasons, and what to do", anchor=False)
        _reasons(counted)
    if refused.lines:
        _dimensions(refused.top)
        st.subheader("Latest lines", anchor=False)
        lines_table(refused.lines, view.zone)
    st.subheader("Where our own mail is blocked", anchor=False)
    _blocked(refused.blocked, view)


def _answer(counted: Sequence[Counted], reason: str | None, view: View, shown: Shown) -> None:
    place = frame.place(view, shown)
    total = sum(c.count for c in counted)
    if not total:
        st.info(f"Nothing was refused {place}. Choose another range or host.")
    elif reason is None:
        commonest = counted[0]
        st.markdown(
            f"**{total:,} refused** {place}. The commonest reason, {commonest.count / total:.0%}: "
            f"{commonest.reason.title}."
        )
    else:
        count = next((c.count for c in counted if c.reason.name == reason), 0)
        st.markdown(
            f"**{count:,} of {total:,} refused for this reason** {place}: {CLASSES[reason].title}."
        )
    frame.say_if_past(view, shown)


def _chart(series: Sequence[Bucket], counted: Sequence[Counted], view: View, span: Range) -> None:
    """The commonest reasons keep their colours whichever is chosen."""
    names = [c.reason.name for c in counted]
    shown = dict(zip(names, charts.KINDS, strict=False))
    present = {name for bucket in series for name in bucket.counts}
    colours = {CLASSES[name].title: colour for name, colour in shown.items() if name in present}
    if present - shown.keys():
        colours[_OTHERS] = charts.REST
    st.plotly_chart(
        charts.stacked(
            [_titled(bucket, shown) for bucket in series],
            colours,
            Range(to_local(span.start, view.zone), to_local(span.end, view.zone)),
            span.bucket_seconds,
            "refused",
        ),
        key="refused",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="What was refused over time, by reason",
    )


def _titled(bucket: Bucket, shown: dict[str, str]) -> Bucket:
    counts = {CLASSES[n].title: count for n, count in bucket.counts.items() if n in shown}
    counts[_OTHERS] = sum(count for n, count in bucket.counts.items() if n not in shown)
    return Bucket(bucket.begins_at, counts)


def _reasons(counted: Sequence[Counted]) -> None:
    total = sum(c.count for c in counted)
    tables.draw(
        pd.DataFrame(
            {
                "Reason": [c.reason.title for c in counted],
                "Count": [c.count for c in counted],
                "Share": [c.count / total for c in counted],
                "Lists": [", ".join(c.refused_by) for c in counted],
                "What to do": [c.reason.advice for c in counted],
            }
        ),
        hide_index=True,
        column_config={
            "Reason": st.column_config.TextColumn(width=260),
            "Count": st.column_config.NumberColumn(format="localized", width=80),
            "Share": st.column_config.NumberColumn(format="percent", width=80),
            "Lists": st.column_config.TextColumn(width=160, help="Block lists that are named"),
            "What to do": st.column_config.TextColumn(width=900),
        },
        alt="Reasons for refusing, how often each was given, and what to do about it",
    )


def _dimensions(top: dict[Dimension, list[Top]]) -> None:
    left, right = st.columns(2)
    for number, (dimension, title) in enumerate(_DIMENSIONS.items()):
        with (left, right)[number % 2]:
            st.subheader(f"By {title.lower()}", anchor=False)
            _top(title, top[dimension])


def _top(title: str, top: Sequence[Top]) -> None:
    tables.draw(
        pd.DataFrame(
            {
                title: [_NOT_NAMED.get(t.value) or t.value for t in top],
                "Count": [t.count for t in top],
                "Commonest reason": [CLASSES[t.reason_class].title for t in top],
            }
        ),
        hide_index=True,
        height=min(250, 38 + 35 * len(top)),
        column_config={
            title: st.column_config.TextColumn(width=210),
            "Count": st.column_config.NumberColumn(format="localized", width=80),
            "Commonest reason": st.column_config.TextColumn(width=230),
        },
        alt=f"What was refused most, by {title.lower()}",
    )


def _blocked(blocked: Sequence[Blocked], view: View) -> None:
    if not blocked:
        st.caption(
            "Nowhere in this range: no server refused our mail because of a block list or our "
            "reputation."
        )
        return
    tables.draw(
        pd.DataFrame(
            {
                "Provider": [b.provider or "" for b in blocked],
                "List": [b.blocklist or "" for b in blocked],
                "Our address": [b.address or "" for b in blocked],
                "Count": [b.count for b in blocked],
                "Last": [to_local(b.last_at, view.zone) for b in blocked],
            }
        ),
        hide_index=True,
        column_config={
            "Count": st.column_config.NumberColumn(format="localized", width=80),
            "Last": st.column_config.DatetimeColumn(format="D MMM HH:mm", width=125),
        },
        alt="Who refuses our mail because of a block list or our reputation",
    )
    st.caption("An address is told where the reply names one.")

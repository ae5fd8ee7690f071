"""The page of reports: of the days chosen above as they are now, or one that was sent."""

import shlex
from datetime import UTC, datetime, timedelta

import streamlit as st

from dashboards import address, data, frame
from dashboards.frame import View
from dashboards.ranges import ALL, CUSTOM, Shown, to_local
from tracer.errors import TracerError
from tracer.queries.report.sent import Kept
from tracer.reports import as_html, as_text
from tracer.reports.days import Days
from tracer.reports.model import Request
from tracer.store.reports import FAILED, QUIET, SENDING

QUESTION = "What did these days add up to?"
MOST_KEPT = 200
_THESE = "Of the range above"
_NO_REPORT = (
    "No such report was made, or it is no more among the latest: **that of the range above is "
    "shown**. Choose one above."
)
_DAY = timedelta(days=1)
_WIDTH, _HEIGHT = 720, 900  # pixels; a report is no wider, and what is more is scrolled to
# A report is text that was escaped and some tables: nothing in it is to run, or to be fetched.
_POLICY = (
    '<head><meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
)
_STATES = {
    QUIET: "It was not sent: there was no problem to tell.",
    SENDING: "It is being sent.",
}


def show() -> None:
    """Draw the page."""
    view = frame.view()
    try:
        kept = {f"{k['name']}, {k['day']:%Y-%m-%d}": k for k in data.kept_reports(MOST_KEPT)}
        address.check("report", {_THESE, *kept}, _NO_REPORT)
        chosen = st.selectbox(
            "Report",
            [_THESE, *kept],
            key="report",
            bind="query-params",
            width=330,
            on_change=address.forget,
            args=("report",),
        )
        address.say("report")
        if chosen == _THESE:
            _of_now(view)
        else:
            _kept(data.kept_report(kept[chosen]["name"], kept[chosen]["day"]), chosen, view)
    except TracerError as error:
        frame.explain_no_store(error)


def _of_now(view: View) -> None:
    facts = data.facts()
    days = days_of(view, view.shown(facts))
    hosts = () if view.host is None else (view.host,)
    made = data.report(facts, Request(days, hosts))
    named = f"{days.first}" if days.count == 1 else f"{days.first}..{days.last}"
    _draw(as_html.render(made), as_text.render(made), f"mailtracer-{named.replace('..', '-')}")
    st.caption(f"Of whole days of {days.zone}. The same on the command line:")
    host = f" --host {shlex.quote(view.host)}" if view.host is not None else ""
    st.code(
        f"mailtracer report --db {data.quoted_path()} --zone {days.zone} -d {named}{host}",
        language=None,
        wrap_lines=True,
    )


def days_of(view: View, shown: Shown) -> Days:
    """The days of a range: as many as it is long, up to the day that it ends in."""
    first = to_local(shown.span.start, view.zone).date()
    last = to_local(shown.span.end - timedelta(microseconds=1), view.zone).date()
    if view.choice not in (ALL, CUSTOM):
        first = last - max((shown.span.end - shown.span.start) // _DAY - 1, 0) * _DAY
    return Days(first, last, view.zone.key)


def _kept(kept: Kept, name: str, view: View) -> None:
    at = to_local(kept.settled_at or datetime.now(UTC).replace(tzinfo=None), view.zone)
    if kept.state == FAILED:
        st.error("It could not be sent; it is tried again.", icon=":material/error:")
    else:
        st.caption(_STATES.get(kept.state, f"Sent {at:%a %-d %b %Y, %H:%M}."))
    if kept.error:
        st.code(kept.error, language=None, wrap_lines=True)
    if kept.html and kept.text:
        _draw(kept.html, kept.text, f"mailtracer-{name.replace(', ', '-')}")
    else:
        st.info(f"Nothing of it is kept yet. Choose its day, and “{_THESE}”, to see what it says.")


def _draw(html: str, text: str, name: str) -> None:
    with st.container(horizontal=True):
        for label, content, kind in (("HTML", html, "text/html"), ("Text", text, "text/plain")):
            st.download_button(
                label,
                content,
                f"{name}.{'html' if label == 'HTML' else 'txt'}",
                kind,
                icon=":material/download:",
                on_click="ignore",
                type="tertiary",
            )
    with st.container(width=_WIDTH):
        st.iframe(html.replace("<head>", _POLICY, 1), height=_HEIGHT, alt="The report")

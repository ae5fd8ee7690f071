"""What stands around every page: its question, the filters that all pages share, and what is said
where there is nothing to show.

The filters are drawn outside the page that is shown, so that they stay as they are from page to
page. They are in the address too: a view can be sent to a colleague.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

import streamlit as st

from dashboards import access, address, data, tables
from dashboards.ranges import (
    CUSTOM,
    LABELS,
    PRESETS,
    Shown,
    choose,
    default_choice,
    to_local,
    to_utc,
)
from tracer.errors import TracerError
from tracer.queries.overview import Facts, Range

SEARCH = "q"  # in the session and in the address: what is searched
PICKED = "picked"  # in the session: what to search next
_ASKED = "asked"  # in the session: that something was typed into the search box just now
_VIEW = "view"
ALL_HOSTS = "All hosts"
_NO_HOST = "(no name)"
_ENDS = ("from", "to")
_EARLIEST, _LATEST = (datetime(year, 1, 1) for year in (1980, 2200))  # noqa: DTZ001 - local
_NO_RANGE = "There is no such range: choose one above. A range of your own is *Custom*."
_UNKNOWN_HOST = (
    "No line of this host is in the store: **all hosts are shown**. Choose one above, or load its "
    "logs."
)
_NO_ZONE = "There is no such time zone: times are in **your own**. Choose one above."
_NO_TIME = "This is no time that can be shown, such as 2026-03-02T08:00: choose it above."
_LOG_OUT = """<form method="post" action="/logout" style="margin: 0"><button style="border: 0;
padding: 0; background: none; font: inherit; color: inherit; text-decoration: underline;
cursor: pointer">Log out</button></form>"""


@dataclass(frozen=True, slots=True)
class View:
    """What the viewer chose. host: None for all. custom: naive UTC. search: as typed."""

    choice: str
    custom: tuple[datetime, datetime] | None
    host: str | None
    zone: ZoneInfo
    search: str

    def shown(self, facts: Facts) -> Shown:
        """The span to show now."""
        return choose(self.choice, facts, datetime.now(UTC).replace(tzinfo=None), self.custom)

    def span(self, facts: Facts) -> Range:
        """The span to show now, in naive UTC."""
        return self.shown(facts).span


def begin(question: str) -> bool:
    """Draw what stands above a page; False: the store has nothing, which was said instead."""
    st.html(tables.STYLE)
    st.title(question)
    if name := access.viewer_name():
        with st.container(horizontal=True, gap="small"):
            st.text(name, width="content")
            st.html(_LOG_OUT, width="content")
    try:
        facts = data.facts()
        if facts.line_count:
            st.session_state[_VIEW] = chosen = _controls(facts)
            _say_if_removed(chosen, facts)
            return True
        _explain_no_lines()
    except TracerError as error:
        explain_no_store(error)
    _wait()
    return False


def view() -> View:
    """What the viewer chose, for the page that is drawn."""
    chosen: View = st.session_state[_VIEW]
    return chosen


def was_asked() -> bool:
    """Whether the viewer has just typed something to search for."""
    return bool(st.session_state.pop(_ASKED, False)) and bool(view().search)


def place(view: View, shown: Shown) -> str:
    """The span in words, `from ... to ...`."""
    start, end = (to_local(t, view.zone) for t in (shown.span.start, shown.span.end))
    return f"from {start:%a %-d %b %Y, %H:%M} to {end:%a %-d %b %Y, %H:%M}"


def say_if_past(view: View, shown: Shown) -> None:
    """Say so where a preset does not end now but with the newest line."""
    if shown.is_past and view.choice in PRESETS:
        st.caption("The logs end there: the range is the time up to their newest line.")


def _say_if_removed(view: View, facts: Facts) -> None:
    """Say so where lines of the range are removed."""
    before = data.kept(facts).forgotten_before
    if before is not None and view.span(facts).start < before:
        st.caption(
            f"What was logged before {to_local(before, view.zone):%a %-d %b %Y, %H:%M} is removed: "
            "of that time, only traffic over time is counted."
        )


# -- filters --------------------------------------------------------------------------------------


def _controls(facts: Facts) -> View:
    if picked := st.session_state.pop(PICKED, None):
        st.session_state[SEARCH] = picked
    hosts = [ALL_HOSTS, *(host or _NO_HOST for host in data.hosts())]
    address.check("range", LABELS.values(), _NO_RANGE)
    address.check("host", hosts, _UNKNOWN_HOST)
    with st.container(horizontal=True, vertical_alignment="top"):
        choice = st.segmented_control(
            "Range",
            list(LABELS),
            default=default_choice(facts),
            required=True,
            format_func=LABELS.__getitem__,
            key="range",
            bind="query-params",
            wrap=True,
            on_change=address.forget,
            args=("range", *_ENDS),
        )
        host = st.selectbox(
            "Host",
            hosts,
            key="host",
            bind="query-params",
            width=165,
            on_change=address.forget,
            args=("host",),
        )
        zone = _zone(is_in_address=choice == CUSTOM)
        search = st.text_input(
            "Find a message",
            key=SEARCH,
            type="search",
            placeholder="Queue id, Message-ID, address, or to:bob status:bounced",
            bind="query-params",
            on_change=_ask,
            width="stretch",
        )
    custom = _custom_range(facts, zone) if choice == CUSTOM else None
    address.say("range", "host", "zone", *_ENDS)
    chosen = {ALL_HOSTS: None, _NO_HOST: ""}.get(host, host)
    return View(choice or CUSTOM, custom, chosen, zone, search.strip())


def _ask() -> None:
    st.session_state[_ASKED] = True


def _zone(*, is_in_address: bool) -> ZoneInfo:
    """The viewer's own unless another is chosen; in the address where its times depend on it."""
    names = _zones()
    address.check("zone", names, _NO_ZONE)
    own = st.context.timezone
    own = own if own in names else "UTC"
    if is_in_address:
        _keep_in_address("zone", own, own)
    chosen = st.selectbox(
        "Time zone",
        dict.fromkeys([own, "UTC", *names]),
        index=None if is_in_address else 0,
        placeholder=own,
        key="zone",
        bind="query-params",
        width=165,
        on_change=address.forget,
        args=("zone",),
    )
    return ZoneInfo(chosen or own)


@cache
def _zones() -> list[str]:
    """All that there are, sorted: looked up once, as that reads many files."""
    return sorted(available_timezones())


def _custom_range(facts: Facts, zone: ZoneInfo) -> tuple[datetime, datetime]:
    newest = to_local(facts.last_at or datetime.now(UTC).replace(tzinfo=None), zone)
    newest = newest.replace(second=0, microsecond=0) + timedelta(minutes=1)
    ends = dict(zip(_ENDS, (newest - timedelta(days=1), newest), strict=True))
    with st.container(horizontal=True):
        for key, end in ends.items():
            asked = st.query_params.get(key, "")
            address.check(key, [asked] if _is_time(asked) else [], _NO_TIME)
            if not _is_time(asked):
                st.query_params.pop(key, None)
            _keep_in_address(key, end, f"{end:%Y-%m-%dT%H:%M}")
            ends[key] = (
                st.datetime_input(
                    key.capitalize(),
                    None,
                    key=key,
                    min_value=_EARLIEST,
                    max_value=_LATEST,
                    step=60,
                    bind="query-params",
                    width=220,
                    on_change=address.forget,
                    args=(key,),
                )
                or end
            )
    return to_utc(ends["from"], zone), to_utc(ends["to"], zone)


def _keep_in_address(key: str, value: object, written: str) -> None:
    """Give a widget without a default its value: the address leaves out defaults only.

    written: the value as the address has it. Streamlit writes it there itself, but only the next
    time that the page is drawn.
    """
    if key in st.session_state or key not in st.query_params:
        if key not in st.session_state:  # so it is not bound yet, and may be written
            st.query_params[key] = written
        st.session_state[key] = st.session_state.get(key) or value


def _is_time(text: str) -> bool:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return False
    return at.tzinfo is None and _EARLIEST <= at <= _LATEST


# -- nothing to show ------------------------------------------------------------------------------


@st.fragment(run_every=data.REFRESH_SECONDS)
def _wait() -> None:
    """Draw the page anew once there is something to draw."""
    try:
        if data.facts().line_count:
            st.rerun(scope="app")
    except TracerError:
        return


def explain_no_store(error: TracerError) -> None:
    """Say why the store cannot be read, and how to have one that can."""
    st.warning("There is nothing to show yet.", icon=":material/database_off:")
    st.code(str(error), language=None, wrap_lines=True)
    _how_to_fill()


def _explain_no_lines() -> None:
    st.warning("The store has no lines yet.", icon=":material/database:")
    if data.is_watched():
        st.write("Logs are being watched: this page fills as soon as a line is written to them.")
    else:
        _how_to_fill()


def _how_to_fill() -> None:
    st.write("Load logs once, or follow them as they are written:")
    st.code(
        f"mailtracer ingest --db {data.quoted_path()} /var/log/mail.log*\n"
        f"mailtracer watch --db {data.quoted_path()} /var/log/mail.log",
        language=None,
        wrap_lines=True,
    )
    st.write("This page fills by itself.")


# -- who may do what ------------------------------------------------------------------------------

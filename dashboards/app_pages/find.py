"""Find a message: what fits a search, and one of these as its path."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import data, frame, path_view, tables
from dashboards.charts import outcome_column
from dashboards.ranges import ALL, to_local
from parsers.templates import pointed
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.queries.completion import completions
from tracer.queries.lookup import Found, key_of
from tracer.queries.path import Path
from tracer.queries.search_hits import Hit
from tracer.queries.search_language import KEYS, SearchError

QUESTION = "Where is my message?"

MESSAGE = "message"  # in the address: the key of the message that is open
_SEARCHED = "searched"  # in the session: for which search it was opened
_EXAMPLES = (
    "to:bob status:bounced",
    'reason:"user unknown" after:yesterday',
    "from:*@lab.example -status:sent",
    "client:192.0.2.0/24 OR relay:gmail",
    "delay:>10m",
    "virus:*",
)
_TABLE_HEIGHT = 600
_LINK = re.compile(r"\[([^]]*)\]\([^)]*\)")


def open_message(key: str) -> None:
    """Show a message on this page, whatever page is shown now."""
    come({MESSAGE: key})


def search(text: str) -> None:
    """Show what fits a search, whatever page is shown now."""
    st.session_state[frame.PICKED] = text
    come()


def come(parameters: Mapping[str, str] | None = None) -> None:
    """Show this page; search and filters come along, as they are in the session."""
    # without a mapping it would clear what is bound to widgets, and may not
    st.switch_page(st.Page(show, title="Find", url_path="find"), query_params=parameters or {})


def show() -> None:
    """Draw the page."""
    view = frame.view()
    if st.session_state.setdefault(_SEARCHED, view.search) != view.search:
        st.session_state[_SEARCHED] = view.search
        st.query_params.pop(MESSAGE, None)
    try:
        if key := st.query_params.get(MESSAGE):
            _opened(key, view)
        elif view.search:
            _searched(view)
        else:
            _explain_search()
    except TracerError as error:
        frame.explain_no_store(error)


# -- one message ----------------------------------------------------------------------------------


def _opened(key: str, view: frame.View) -> None:
    """The message of the address."""
    if st.button("Back to the list" if view.search else "Close", icon=":material/arrow_back:"):
        st.query_params.pop(MESSAGE, None)
        st.rerun()
    path = data.message_path(data.facts(), key)
    if path is None:
        st.warning("There is no such message in this store.", icon=":material/search_off:")
        st.code(key, language=None, wrap_lines=True)
        st.write("Is the log of its time loaded? It may have been loaded anew, too: search for it.")
        return
    _path(path, key, view.zone)


def _path(path: Path, key: str, zone: ZoneInfo) -> None:
    """The message, again and again for as long as something may still become of it."""
    run_every = None if path.is_done else data.REFRESH_SECONDS
    st.fragment(run_every=run_every)(_live)(key, zone)


@tables.downloadable
def _live(key: str, zone: ZoneInfo) -> None:
    try:
        path = data.message_path(data.facts(), key)
    except TracerError as error:
        frame.explain_no_store(error)
        return
    if path is not None:
        path_view.show(path, key, zone, _open_here, _look_for)


def _open_here(key: str) -> None:
    st.query_params[MESSAGE] = key
    st.rerun(scope="app")


def _look_for(term: str) -> None:
    """Search for something else."""
    st.session_state[frame.PICKED] = term
    st.query_params.pop(MESSAGE, None)
    st.rerun(scope="app")


# -- what fits ------------------------------------------------------------------------------------


@tables.downloadable
def _searched(view: frame.View) -> None:
    """What fits the search; an id that means one path opens it."""
    span = None if view.choice == ALL else view.span(data.facts())
    try:
        with st.spinner("Searching ..."):
            found = data.search(view.search, span, view.host, view.zone.key)
    except SearchError as error:
        _explain_error(error)
        return
    if not found.hits:
        _explain_nothing(view)
        return
    if found.is_by_id and not found.is_cut:
        first = found.hits[-1]
        path = data.message_path(data.facts(), key_of(first))
        if path and {hit.position for hit in found.hits} <= set(path.numbers):
            _path(path, key_of(first), view.zone)
            return
    _answer(found, view)
    _table(found.hits, view.zone)
    _ways_on(view.search)


def _answer(found: Found, view: frame.View) -> None:
    """One sentence that answers the page's question."""
    counts = Counter(hit.outcome.replace("_", " ") for hit in found.hits)
    told = ", ".join(f"{count:,} {outcome}" for outcome, count in counts.most_common())
    which = "The latest" if found.is_cut else "All"
    where = "" if found.is_by_id else f" {frame.place(view, view.shown(data.facts()))}"
    st.markdown(f"**{which} {len(found.hits):,} that fit**{where}: {told}.")
    if found.is_cut:
        st.caption("There are more: another key or a shorter range finds those that are not here.")


def _table(hits: Sequence[Hit], zone: ZoneInfo) -> None:
    event = tables.draw(
        pd.DataFrame(
            {
                "Time": [to_local(hit.first_at, zone) for hit in hits],
                "Outcome": [[hit.outcome] for hit in hits],
                "Sender": ["<>" if h.envelope_sender == "" else h.envelope_sender for h in hits],
                "Recipients": [_recipients(hit) for hit in hits],
                "Reason": [hit.reason or "" for hit in hits],
                "Queue id": [hit.queue_id or "NOQUEUE" for hit in hits],
                "Host": [hit.host for hit in hits],
                "Size": pd.array([hit.size_bytes for hit in hits], dtype="Int64"),
            }
        ),
        key="hits",
        hide_index=True,
        height=min(_TABLE_HEIGHT, 38 + 35 * len(hits)),
        on_select="rerun",
        selection_mode="single-row",
        placeholder="",
        column_config={
            "Time": st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=125),
            "Outcome": outcome_column(),
            "Sender": st.column_config.TextColumn(width=200),
            "Recipients": st.column_config.TextColumn(width=220),
            "Reason": st.column_config.TextColumn(width=330),
            "Queue id": st.column_config.TextColumn(width=130),
            "Host": st.column_config.TextColumn(width=90),
            "Size": st.column_config.NumberColumn(format="bytes", width=80),
        },
        alt="Messages and refusals that fit; select one to see its path",
    )
    if rows := event["selection"]["rows"]:
        _open_here(key_of(hits[rows[0]]))


def _recipients(hit: Hit) -> str:
    """The recipients that are known, and how many more there are."""
    more = hit.recipient_count - len(hit.recipients)
    shown = ", ".join(hit.recipients)
    if more <= 0:
        return shown
    return f"{shown} and {more:,} more" if shown else f"{more:,} not named"


# -- help -----------------------------------------------------------------------------------------


def _ways_on(text: str) -> None:
    """Keys and values that the search may go on with, each to be picked."""
    ways = {way.shown: way.query for way in completions(text)}
    if ways and (picked := st.pills("Go on with", list(ways), key=f"ways {text}")):
        _look_for(ways[picked])


def _explain_search() -> None:
    st.write(
        "Type a queue id, a Message-ID, an address or any word above, or say more with keys. "
        "For example:"
    )
    if picked := st.pills(
        "Examples", _EXAMPLES, key="examples", label_visibility="collapsed", selection_mode="single"
    ):
        _look_for(picked)
    _ways_on("")
    with st.expander("All keys", expanded=True):
        tables.draw(
            pd.DataFrame(
                [
                    (f"{name}:", _plain(key.meaning), example)
                    for name, key in KEYS.items()
                    for example in key.examples[:1]
                ],
                columns=["Key", "What it finds", "For example"],
            ),
            hide_index=True,
            height="content",
            alt="The keys of the search language",
        )
        st.caption(
            "Side by side, all have to fit. OR stands between, - or NOT before what must not fit; "
            "* is any text, <...> the whole of a field, quotes keep words together."
        )


def _plain(meaning: str) -> str:
    """Words of the docs without their marks and links."""
    return _LINK.sub(r"\1", meaning.partition(", see [")[0]).replace("`", "")


def _explain_error(error: SearchError) -> None:
    """What is wrong with the search, and where."""
    st.warning("This search is not understood.", icon=":material/help:")
    st.text(f"{error.problem} (column {error.column})")
    st.code(pointed(error.query, error.column), language=None)
    _ways_on(error.query)


def _search_all() -> None:
    st.session_state["range"], st.session_state["host"] = ALL, frame.ALL_HOSTS


def _explain_nothing(view: frame.View) -> None:
    """Why nothing may have been found, and what to do."""
    facts = data.facts()
    narrow = view.choice != ALL or view.host is not None
    st.warning(
        f"Nothing fits {frame.place(view, view.shown(facts))}."
        if narrow
        else "Nothing in this store fits.",
        icon=":material/search_off:",
    )
    st.code(view.search, language=None, wrap_lines=True)
    if narrow:
        st.button("Search all of the store", on_click=_search_all, icon=":material/zoom_out_map:")
    if len(view.search.split()) == 1:
        absence = data.explain_absence(facts, view.search)
        for label, queue_ids in (("Did you mean", absence.alike), ("Named by", absence.named_by)):
            for queue_id in queue_ids:
                _suggestion(label, queue_id)
    if facts.first_at is not None and facts.last_at is not None:
        start, end = (to_local(at, view.zone) for at in (facts.first_at, facts.last_at))
        st.text(
            f"The store holds {facts.line_count:,} lines from {start:%Y-%m-%d %H:%M:%S} to "
            f"{end:%Y-%m-%d %H:%M:%S}. Is the log of the message's time loaded?"
        )
    _wait_for(view.search)


@st.fragment(run_every=data.REFRESH_SECONDS)
def _wait_for(term: str) -> None:
    """Draw the page anew once the store has a message with such an id."""
    if data.is_id(data.facts(), term):
        st.rerun(scope="app")


def _suggestion(label: str, queue_id: str) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text(f"{label} {safe(queue_id)}?", width="content")
        if st.button("Show", key=f"{label}-{queue_id}", type="tertiary"):
            _look_for(queue_id)

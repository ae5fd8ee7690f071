"""The page about Mailtracer itself: what is read, how far, how much of it is understood."""

from datetime import UTC, datetime
from importlib.metadata import version

import pandas as pd
import streamlit as st

from dashboards import data, frame, tables
from dashboards.drafts import drafts_table
from dashboards.frame import View
from dashboards.ranges import to_local
from tracer.errors import TracerError
from tracer.queries.overview import Facts
from tracer.queries.retention import Kept
from tracer.queries.system import MOST_STREAMS, Stream

QUESTION = "Is every log read and understood?"


def show() -> None:
    """Draw the page."""
    _live(frame.view())


@st.fragment(run_every=data.REFRESH_SECONDS)
@tables.downloadable
def _live(view: View) -> None:
    try:
        facts = data.facts()
        streams = data.streams(facts)
        sizes = data.sizes(facts)
        versions = data.versions()
        kept = data.kept(facts)
    except TracerError as error:
        frame.explain_no_store(error)
        return
    _answer(facts, len(streams))
    st.subheader("Logs", anchor=False)
    _streams(streams, view)
    st.subheader("Lines that were not understood", anchor=False)
    if facts.unparsed_count:
        drafts_table(facts)
        st.caption("`mailtracer coverage` lists all of them; docs/shapes.md says how to add them.")
    else:
        st.caption("None: every line has a meaning.")
    _store(kept, view, sizes, versions)


def _answer(facts: Facts, stream_count: int) -> None:
    understood = facts.line_count - facts.unparsed_count
    logs = "one log" if stream_count == 1 else f"{stream_count} logs"
    st.markdown(
        f"**{understood:,} of {facts.line_count:,} lines of {logs} are understood**, "
        + ("new lines are read as they are written." if data.is_watched()
           else "and nothing follows the logs now: start `mailtracer watch`.")
    )  # fmt: skip


def _streams(streams: list[Stream], view: View) -> None:
    now = datetime.now(UTC).replace(tzinfo=None)
    tables.draw(
        pd.DataFrame(
            {
                "Log": [s.path for s in streams],
                "Lines": [s.line_count for s in streams],
                "Not understood": [s.unparsed_count for s in streams],
                "Read": [s.read_bytes for s in streams],
                "First line": [s.first_at and to_local(s.first_at, view.zone) for s in streams],
                "Newest line": [s.last_at and to_local(s.last_at, view.zone) for s in streams],
                "Age": [_age(s.last_at, now) for s in streams],
                "Zone": [s.zone for s in streams],
            }
        ),
        hide_index=True,
        column_config={
            "Log": st.column_config.TextColumn(width=240),
            "Lines": st.column_config.NumberColumn(format="localized", width=90),
            "Not understood": st.column_config.NumberColumn(format="localized"),
            "Read": st.column_config.NumberColumn(format="bytes", width=90),
            "First line": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm:ss", width=160),
            "Newest line": st.column_config.DatetimeColumn(format="D MMM YYYY HH:mm:ss", width=160),
            "Age": st.column_config.TextColumn(width=90, help="How long ago its newest line was"),
            "Zone": st.column_config.TextColumn(help="Of stamps that name none"),
        },
        alt="The logs that were read",
    )
    if len(streams) == MOST_STREAMS:
        st.caption(f"The {MOST_STREAMS} logs with the newest lines are listed.")


def _age(at: datetime | None, now: datetime) -> str:
    if at is None:
        return ""
    seconds = (now - at).total_seconds()
    if seconds < 0:
        return "in the future"
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {name}"
    return f"{seconds:.0f} s"


def _retention(kept: Kept, view: View) -> str:
    """How long lines are kept, which were removed, and when the next are."""
    words = []
    retention = data.configured_retention()
    if kept.forgotten_before:
        before = to_local(kept.forgotten_before, view.zone)
        words.append(f"What is older than {before:%-d %b %Y, %H:%M} was removed.")
    if retention is None:
        words.append(
            "Nothing is removed by itself: `keep_days` in the configuration says how long lines "
            "are kept."
        )
    else:
        days = "one day" if retention.keep_days == 1 else f"{retention.keep_days:,} days"
        following = retention.next_at(datetime.now(UTC)).astimezone(view.zone)
        words.append(f"Lines are kept for {days} (`keep_days` in the configuration).")
        words.append(
            f"The next removal is on {following:%a %-d %b, %H:%M}."
            if data.is_watched()
            else "They are removed while `mailtracer watch` or `up` runs, which it does not now."
        )
    return " ".join(words)


def _store(kept: Kept, view: View, sizes: dict[str, int], versions: dict[str, str]) -> None:
    st.subheader("Store", anchor=False)
    path = data.store_path().resolve()
    files = [path, path.with_name(f"{path.name}.wal")]
    taken = sum(file.stat().st_size for file in files if file.exists())
    with st.container(horizontal=True):
        st.metric("On disk", f"{taken / 1e6:,.1f} MB", border=True, width=165)
        st.metric("Lines kept", f"{kept.line_count:,}", border=True, width=165)
        if kept.first_at:
            first = f"{to_local(kept.first_at, view.zone):%-d %b %Y}"
            st.metric("First line kept", first, border=True, width=165)
    st.code(str(path), language=None, wrap_lines=True)
    st.caption(_retention(kept, view))
    with st.expander("Tables and versions"):
        rows = {"mailtracer": version("mailtracer"), "streamlit": st.__version__, **versions}
        left, right = st.columns(2)
        with left:
            tables.draw(
                pd.DataFrame(sizes.items(), columns=["Table", "Rows"]),
                hide_index=True,
                alt="Tables of the store and their rows",
            )
        with right:
            tables.draw(
                pd.DataFrame(rows.items(), columns=["Part", "Version"]),
                hide_index=True,
                alt="Versions",
            )

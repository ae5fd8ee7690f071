"""What is wrong now, with what proves it and what to do: above everything on the first page."""

from collections.abc import Mapping
from datetime import UTC, datetime
from types import ModuleType
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import access, data
from dashboards.app_pages import delivery, find, logins, queue, rejections, spam, system
from dashboards.ranges import to_local
from tracer.cli.terminal import safe
from tracer.errors import TracerError
from tracer.insights.detectors import title
from tracer.insights.model import Insight
from tracer.queries.insights import LINES_REMOVED
from tracer.store import open_appender

_MOST_SHOWN = 3
_ACK_ROLE = "analyst"
_NOT_NOTED = "insight-not-noted"  # in the session: why acknowledging failed
# Where to look further: the page's name, its path, and its module.
_PAGES: Mapping[str, tuple[str, str, ModuleType]] = {
    "destination_failing": ("Delivery", "delivery", delivery),
    "blocked": ("Rejections", "rejections", rejections),
    "greylisting": ("Rejections", "rejections", rejections),
    "queue_growing": ("Queue", "queue", queue),
    "queue_stuck": ("Queue", "queue", queue),
    "account_sending": ("Logins", "logins", logins),
    "password_guessed": ("Logins", "logins", logins),
    "password_guessing": ("Logins", "logins", logins),
    "password_guessing_slow": ("Logins", "logins", logins),
    "spam_wave": ("Spam and viruses", "spam-and-viruses", spam),
    "virus_wave": ("Spam and viruses", "spam-and-viruses", spam),
    "log_silent": ("System", "system", system),
    "lines_not_understood": ("System", "system", system),
}


def insights(zone: ZoneInfo) -> None:
    """Draw those that are open; nothing where there are none. Raises TracerError."""
    if problem := st.session_state.pop(_NOT_NOTED, None):
        st.error("It was not noted.")
        st.code(problem, language=None, wrap_lines=True)
    found = data.open_insights(data.state())
    waiting = [each for each in found if each.acknowledged_at is None]
    for insight in waiting[:_MOST_SHOWN]:
        _draw(insight, zone)
    if len(waiting) > _MOST_SHOWN:
        st.caption(f"And {len(waiting) - _MOST_SHOWN:,} more: `mailtracer insights` lists all.")
    seen = len(found) - len(waiting)
    if seen:
        noun = "insight that goes" if seen == 1 else "insights that go"
        st.caption(f"{seen:,} {noun} on: somebody has seen and acknowledged it.")


def _draw(insight: Insight, zone: ZoneInfo) -> None:
    is_critical = insight.severity == "critical"
    with st.container(border=True, gap="small"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            st.badge(
                title(insight.detector),
                icon=":material/error:" if is_critical else ":material/warning:",
                color="red" if is_critical else "orange",
            )
            st.text(safe(insight.text), width="content")
            st.caption(f"since {to_local(insight.opened_at, zone):%a %-d %b, %H:%M}")
        st.caption(insight.advice)
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            key = str(insight.insight_id)
            if insight.search and st.button("Find the messages", key=f"insight-find-{key}"):
                find.search(insight.search)
            if page := _PAGES.get(insight.detector):
                name, path, module = page
                st.page_link(st.Page(module.show, title=name, url_path=path), label=name)
            if access.may(_ACK_ROLE):
                st.button(
                    "I have seen it",
                    key=f"insight-ack-{key}",
                    on_click=_acknowledge,
                    args=(insight.insight_id, access.actor_name()),
                )
            if insight.positions:
                with st.popover("Lines"):
                    lines = data.insight_lines(tuple(insight.positions))
                    text = "\n".join(safe(line.text) for line in lines)
                    if lines:
                        st.code(text, language=None, wrap_lines=True)
                    else:
                        st.caption(LINES_REMOVED)


def _acknowledge(insight_id: int, actor: str) -> None:
    request = {
        "do": "acknowledge",
        "insight_id": insight_id,
        "by": actor,
        "at": datetime.now(UTC).replace(tzinfo=None).isoformat(),
    }
    try:
        with open_appender(data.store_path()) as desk:
            desk.change_insights(request)  # where it was seen or over already, that is as well
    except TracerError as error:
        st.session_state[_NOT_NOTED] = str(error)
    data.open_insights.clear()

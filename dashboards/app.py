"""The dashboard: which pages there are. Started by `python -m dashboards`."""

from pathlib import Path

import streamlit as st

from dashboards import frame
from dashboards.app_pages import (
    delivery,
    find,
    logins,
    now,
    queue,
    rejections,
    report,
    spam,
    sql,
    system,
)

# An icon of our own: Streamlit's browser page would fetch a named one from a stranger's server.
_ICON = str(Path(__file__).with_name("icon.svg"))
_PAGES = {
    "Now": now,
    "Find": find,
    "Rejections": rejections,
    "Delivery": delivery,
    "Spam and viruses": spam,
    "Logins": logins,
    "Queue": queue,
    "Report": report,
    "SQL": sql,
    "System": system,
}  # each has its QUESTION, and is drawn by show()

st.set_page_config(page_title="Mailtracer", page_icon=_ICON, layout="wide")
chosen = st.navigation(
    [
        st.Page(
            module.show, title=name, url_path=name.lower().replace(" ", "-"), default=module is now
        )
        for name, module in _PAGES.items()
    ],
    position="top",
)
if frame.begin(_PAGES[chosen.title].QUESTION):
    if frame.was_asked() and _PAGES[chosen.title] is not find:
        find.come()
    chosen.run()

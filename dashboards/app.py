"""The dashboard: which pages there are. Started by `python -m dashboards`."""

from pathlib import Path

import streamlit as st

from dashboards.app_pages import now

# An icon of our own: Streamlit's browser page would fetch a named one from a stranger's server.
_ICON = str(Path(__file__).with_name("icon.svg"))

st.set_page_config(page_title="Mailtracer", page_icon=_ICON, layout="wide")
st.navigation([st.Page(now.show, title="Now", url_path="now", default=True)], position="top").run()

"""The dashboard: which pages there are. Started by `python -m dashboards`."""

import streamlit as st

from dashboards.app_pages import now

st.set_page_config(page_title="Mailtracer", page_icon=":material/mail:", layout="wide")
st.navigation(
    [st.Page(now.show, title="Now", icon=":material/mail:", url_path="now", default=True)],
    position="top",
).run()

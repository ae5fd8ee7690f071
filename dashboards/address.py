"""What the address of the page asks for, and is not there: said, instead of silently left out.

Streamlit drops such a value from the address when it draws the widget that is bound to it. So it is
looked at just before, and told until the viewer chooses anew.
"""

from collections.abc import Container

import streamlit as st

_UNKNOWN = "unknown-in-address"  # in the session: what was asked for -> by its key in the address


def check(key: str, known: Container[str], problem: str) -> None:
    """Take note where the address has a value for a widget that the widget does not know.

    Called before the widget is drawn. problem: in words, as Markdown, with what to do.
    """
    asked = st.query_params.get(key)
    if asked and asked not in known:
        st.session_state.setdefault(_UNKNOWN, {})[key] = asked, problem


def forget(*keys: str) -> None:
    """The viewer has chosen: what the address asked for counts no more."""
    for key in keys:
        st.session_state.get(_UNKNOWN, {}).pop(key, None)


def say(*keys: str) -> None:
    """Draw what was noted of these."""
    for key, (asked, problem) in st.session_state.get(_UNKNOWN, {}).items():
        if key in keys:
            st.warning(problem, icon=":material/link_off:")
            st.code(f"{key}={asked}", language=None, wrap_lines=True)

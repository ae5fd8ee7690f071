"""The table of lines that prove what a page says."""

from collections.abc import Sequence
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboards import tables
from dashboards.ranges import to_local
from tracer.queries.refusals import MOST_LINES, Line


def lines_table(lines: Sequence[Line], zone: ZoneInfo) -> None:
    """Draw it, and say so where there may be more lines."""
    tables.draw(
        pd.DataFrame(
            {
                "Time": [to_local(line.occurred_at, zone) for line in lines],
                "Host": [line.host or "" for line in lines],
                "Line": [line.text for line in lines],
            }
        ),
        hide_index=True,
        column_config={
            "Time": st.column_config.DatetimeColumn(format="D MMM HH:mm:ss", width=125),
            "Host": st.column_config.TextColumn(width=100),
            "Line": st.column_config.TextColumn(width=1400),
        },
        alt="The latest lines that say so",
    )
    if len(lines) == MOST_LINES:
        st.caption(f"The latest {MOST_LINES} lines are listed.")

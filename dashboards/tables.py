"""Tables, and their download as CSV: what a spreadsheet would take for a formula is made text.

Streamlit's own download of a table writes cells as they are: the frame of the pages hides it.
"""

import io
import re
from collections.abc import Callable, Iterator
from functools import partial, wraps
from typing import Any, ParamSpec

import pandas as pd
import pyarrow as pa
import streamlit as st

from tracer.cli.row_formats import FORMATS
from tracer.store import Rows

# What hides it.
STYLE = """<style>
[data-testid="stElementToolbarButton"]:has([aria-label^="Download as CSV"]) { display: none; }
</style>"""
_DRAWN = "tables-drawn"  # in the session: title and rows of each table of the part that is drawn
_Arguments = ParamSpec("_Arguments")


def draw(frame: pd.DataFrame, *, alt: str, **options: Any) -> Any:
    """Draw a table as st.dataframe does; alt: what it shows, of which its download has its name."""
    if _DRAWN in st.session_state:
        st.session_state[_DRAWN].append((alt, frame))
    return st.dataframe(frame, alt=alt, **options)


def downloadable(part: Callable[_Arguments, None]) -> Callable[_Arguments, None]:
    """Draw below a part of a page what downloads the tables in it."""

    @wraps(part)
    def drawn(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> None:
        st.session_state[_DRAWN] = []
        try:
            part(*args, **kwargs)
        finally:
            tables = st.session_state.pop(_DRAWN, [])
        if tables:
            _downloads(tables, part.__module__.rpartition(".")[2])

    return drawn


def written(table: pa.Table, form: str) -> bytes:
    """A table as a file; form: of FORMATS."""
    batches: Iterator[pa.RecordBatch] = iter(table.to_batches())
    out = io.BytesIO()
    FORMATS[form](Rows(table.schema, lambda: next(batches, None), lambda: None), out)
    return out.getvalue()


def _downloads(tables: list[tuple[str, pd.DataFrame]], page: str) -> None:
    with (
        st.popover("Download tables", icon=":material/download:", type="tertiary"),
        st.container(gap=None),
    ):
        for number, (alt, frame) in enumerate(tables):
            title = alt.partition(";")[0]
            st.download_button(
                title,
                partial(_csv, frame),
                f"mailtracer-{re.sub('[^a-z0-9]+', '-', title.lower())}.csv",
                "text/csv",
                key=f"download-{page}-{number}",
                on_click="ignore",
                type="tertiary",
            )
        st.caption("As CSV; what a spreadsheet would take for a formula is made text.")


def _csv(frame: pd.DataFrame) -> bytes:
    flat = frame.map(lambda cell: ", ".join(map(str, cell)) if isinstance(cell, list) else cell)
    return written(pa.Table.from_pandas(flat, preserve_index=False), "csv")

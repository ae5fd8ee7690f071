"""The page for ad-hoc SQL: a statement that only reads, its rows as a table, a chart or a file."""

from collections.abc import Callable
from functools import partial
from html import escape
from pathlib import Path

import pandas as pd
import plotly.express as px
import pyarrow as pa
import streamlit as st

from dashboards import access, charts, data, frame, tables, unwanted
from dashboards.frame import View
from tracer import saved_queries
from tracer.cli.row_formats import plain as plain_value
from tracer.cli.sql_statements import split
from tracer.errors import TracerError
from tracer.queries.questions import QUESTIONS
from tracer.store.meanings import INNER, TABLES, column_meaning, plain

QUESTION = "What else do you want to know?"
MOST_ROWS = 10_000
TIMEOUT_SECONDS = 30.0
_STATEMENT = "sql"
_FIRST = next(iter(QUESTIONS.values())).strip()
_MOST_MARKS = 2000  # that a chart draws
_GIVEN = ("start", "end", "host")  # by the filters that all pages share
_MOST_PARAMETERS = 10
_SAVED_MARK = "★"
# What a button says -> a format, which is the file's ending too, and its media type.
_DOWNLOADS = {
    "CSV, for spreadsheets": ("csv", "text/csv"),
    "JSON": ("json", "application/json"),
    "JSON lines": ("jsonl", "application/jsonl"),
    "Parquet": ("parquet", "application/vnd.apache.parquet"),
    "Arrow": ("arrow", "application/vnd.apache.arrow.stream"),
}


def show() -> None:
    """Draw the page."""
    view = frame.view()
    if not access.may("analyst"):
        st.info("SQL is for analysts and operators.", icon=":material/lock:")
        return
    saved = _saved()
    st.selectbox(
        "Begin with",
        [*saved, *QUESTIONS],
        index=None,
        key="question",
        placeholder="A saved query, or a question that others ask",
        format_func=lambda name: f"{_SAVED_MARK} {name}" if name in saved else name,
        on_change=_take_question,
        args=(saved,),
    )
    st.text_area(
        "Statement",
        _FIRST,
        key=_STATEMENT,
        bind="query-params",
        height=200,
        help="One SELECT of DuckDB's SQL. $start, $end and $host are what is chosen above; any "
        "other $name gets a field. Ctrl-Enter runs it.",
    )
    statement = st.session_state[_STATEMENT]
    typed = _typed_parameters(statement)
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Run", type="primary", icon=":material/play_arrow:")
        with st.popover("Save", icon=":material/bookmark:"):
            _save(statement, saved)
        st.caption(
            f"Reads only; at most {MOST_ROWS:,} rows, {TIMEOUT_SECONDS:g} seconds. Times are UTC."
        )
    _answer(statement, view, typed)
    with st.expander("Tables and columns"):
        _catalog()


# -- the statement --------------------------------------------------------------------------------


def _take_question(saved: dict[str, str]) -> None:
    if chosen := st.session_state["question"]:
        st.session_state[_STATEMENT] = (saved.get(chosen) or QUESTIONS[chosen]).strip()


def _saved() -> dict[str, str]:
    try:
        return saved_queries.load(_saved_path())
    except TracerError as error:
        st.warning(str(error), icon=":material/bookmark_remove:")
        return {}


def _saved_path() -> Path:
    return saved_queries.path(data.store_path())


def _save(statement: str, saved: dict[str, str]) -> None:
    """Keep the statement under a name, for all analysts; or forget one."""
    with st.form("save", border=False):
        name = st.text_input("Save this statement as", max_chars=saved_queries.LONGEST_NAME)
        if st.form_submit_button("Save"):
            _change(lambda: saved_queries.save(_saved_path(), name, statement))
    if saved:
        with st.form("delete", border=False):
            forgotten = st.selectbox("Delete", list(saved), index=None, placeholder="A saved query")
            if st.form_submit_button("Delete") and forgotten:
                _change(lambda: saved_queries.delete(_saved_path(), forgotten))


def _change(change: Callable[[], None]) -> None:
    try:
        change()
    except TracerError as error:
        st.error(str(error))
    else:
        st.rerun()


def _typed_parameters(statement: str) -> dict[str, str]:
    """A field for each name that the filters above do not give."""
    names = sorted({name for s in split(statement) for name in s.parameters if name not in _GIVEN})
    if not names:
        return {}
    with st.container(horizontal=True):
        return {
            name: st.text_input(f"\\${name}", key=f"param-{name}", bind="query-params", width=240)
            for name in names[:_MOST_PARAMETERS]
        }


def _answer(statement: str, view: View, typed: dict[str, str]) -> None:
    if not statement.strip():
        st.info("Write a statement, or take one of the questions.", icon=":material/database:")
        return
    try:
        span = view.span(data.facts())
        chosen = {"start": span.start, "end": span.end, "host": view.host, **typed}
        named = {name for s in split(statement) for name in s.parameters}
        reader = data.reader()
        table = unwanted.ask(
            lambda is_unwanted: reader.query(
                statement,
                {name: value for name, value in chosen.items() if name in named},
                timeout_seconds=TIMEOUT_SECONDS,
                unwanted=is_unwanted,
                max_rows=MOST_ROWS,
            )
        )
    except TracerError as error:
        st.error("The statement cannot be run.", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    _rows(table)


# -- its rows -------------------------------------------------------------------------------------


def _rows(table: pa.Table) -> None:
    count = "1 row" if table.num_rows == 1 else f"{table.num_rows:,} rows"
    cut = " (the first of more)" if table.num_rows == MOST_ROWS else ""
    with st.container(horizontal=True, vertical_alignment="center"):
        st.markdown(f"**{count}**{cut}", width="content")
        shown = "Table"
        if drawable := _drawable(table):
            shown = st.segmented_control(
                "Shown as", ["Table", "Chart"], default="Table", required=True,
                key="shown", label_visibility="collapsed", bind="query-params",
            )  # fmt: skip
        with st.popover("Download", icon=":material/download:"):
            _downloads(table)
    if shown == "Chart" and drawable:
        _chart(table, *drawable)
    else:
        st.dataframe(_shown(table), hide_index=True, alt="The statement's rows")


def _shown(table: pa.Table) -> pd.DataFrame:
    rows = table.to_pandas()
    for number, field in enumerate(table.schema):
        if pa.types.is_interval(field.type):  # which pandas shows as its own class
            rows.isetitem(number, [plain_value(value) for value in table[number].to_pylist()])
    return rows


def _drawable(table: pa.Table) -> tuple[str, str, str | None] | None:
    """The columns for x, y and colour: what comes first, the last numbers, and a text between."""
    numbers = [f.name for f in table.schema if _is_number(f.type)]
    others = [f.name for f in table.schema if not _is_number(f.type)]
    if not table.num_rows or len(set(table.schema.names)) != table.num_columns:
        return None
    if not numbers or table.num_columns < 2:
        return None
    x = table.schema.names[0]
    y = next((name for name in numbers if name != x), None)
    colour = next((name for name in others if name != x and _is_text(table, name)), None)
    return None if y is None else (x, y, colour)


def _is_number(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    )


def _is_text(table: pa.Table, name: str) -> bool:
    return bool(pa.types.is_string(table.schema.field(name).type))


def _chart(table: pa.Table, x: str, y: str, colour: str | None) -> None:
    drawn = _as_text(table.select([name for name in (x, y, colour) if name]).slice(0, _MOST_MARKS))
    x, y, *rest = drawn.columns
    draw = px.line if pa.types.is_timestamp(table.schema.field(0).type) else px.bar
    figure = draw(
        drawn, x=x, y=y, color=rest[0] if rest else None, color_discrete_map=charts.COLOURS
    )
    figure.update_layout(
        height=420,
        margin={"l": 0, "r": 0, "t": 8, "b": 0},
        legend={"orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "title": None},
    )
    st.plotly_chart(figure, config={"displayModeBar": False}, alt="The statement's rows as a chart")
    if table.num_rows > _MOST_MARKS:
        st.caption(f"The first {_MOST_MARKS:,} rows are drawn.")


def _as_text(table: pa.Table) -> pd.DataFrame:
    """As plotly shows it as it is: it takes text for HTML."""
    rows = table.rename_columns([escape(name) for name in table.schema.names]).to_pandas()
    for name, field in zip(rows.columns, table.schema, strict=True):
        if not _is_number(field.type) and not pa.types.is_timestamp(field.type):
            rows[name] = [escape(str(value)) for value in rows[name]]
    return rows


def _downloads(table: pa.Table) -> None:
    for name, (ending, kind) in _DOWNLOADS.items():
        st.download_button(
            name,
            partial(tables.written, table, ending),
            f"mailtracer.{ending}",
            kind,
            key=f"download-{ending}",
            on_click="ignore",
            type="tertiary",
        )
    st.caption("In CSV, what a spreadsheet would take for a formula is made text.")


def _catalog() -> None:
    found = data.tables()
    names = sorted(found, key=lambda name: name in INNER)
    name = st.selectbox("Table", names, index=names.index("events"))
    st.caption(plain((TABLES | INNER).get(name, "")))
    st.dataframe(
        {
            "Column": list(found[name]),
            "Type": list(found[name].values()),
            "Meaning": [plain(column_meaning(name, column) or "") for column in found[name]],
        },
        alt=f"The columns of {name}",
    )

"""The page for ad-hoc SQL: a statement that only reads, its rows as a table, a chart or a file."""

import io
import re
from collections.abc import Iterator
from html import escape

import pandas as pd
import plotly.express as px
import pyarrow as pa
import streamlit as st

from dashboards import access, charts, data, frame
from dashboards.frame import View
from tracer.cli.row_formats import plain, write_csv
from tracer.errors import TracerError
from tracer.queries.questions import QUESTIONS
from tracer.store import Rows

QUESTION = "What else do you want to know?"
MOST_ROWS = 10_000
TIMEOUT_SECONDS = 30.0
_STATEMENT = "sql"
_FIRST = next(iter(QUESTIONS.values())).strip()
_MOST_MARKS = 2000  # that a chart draws
_PARAMETER = re.compile(r"\$(start|end|host)\b")


def show() -> None:
    """Draw the page."""
    view = frame.view()
    if not access.may("analyst"):
        st.info("SQL is for analysts and operators.", icon=":material/lock:")
        return
    st.selectbox(
        "Questions others ask",
        QUESTIONS,
        index=None,
        key="question",
        placeholder="Take one and change it",
        on_change=_take_question,
    )
    st.text_area(
        "Statement",
        _FIRST,
        key=_STATEMENT,
        bind="query-params",
        height=200,
        help="One SELECT of DuckDB's SQL. $start, $end and $host are what is chosen above. "
        "Ctrl-Enter runs it.",
    )
    with st.container(horizontal=True, vertical_alignment="center"):
        st.button("Run", type="primary", icon=":material/play_arrow:")
        st.caption(
            f"Reads only; at most {MOST_ROWS:,} rows, {TIMEOUT_SECONDS:g} seconds. Times are UTC."
        )
    _answer(st.session_state[_STATEMENT], view)
    with st.expander("Tables and columns"):
        _catalog()


def _take_question() -> None:
    if chosen := st.session_state["question"]:
        st.session_state[_STATEMENT] = QUESTIONS[chosen].strip()


def _answer(statement: str, view: View) -> None:
    if not statement.strip():
        st.info("Write a statement, or take one of the questions.", icon=":material/database:")
        return
    try:
        span = view.span(data.facts())
        chosen = {"start": span.start, "end": span.end, "host": view.host}
        named = set(_PARAMETER.findall(statement))
        table = data.reader().query(
            statement,
            {name: chosen[name] for name in named},
            timeout_seconds=TIMEOUT_SECONDS,
            max_rows=MOST_ROWS,
        )
    except TracerError as error:
        st.error("The statement cannot be run.", icon=":material/error:")
        st.code(str(error), language=None, wrap_lines=True)
        return
    _rows(table)


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
        st.download_button(
            "CSV",
            lambda: _csv(table),
            "mailtracer.csv",
            "text/csv",
            icon=":material/download:",
            on_click="ignore",
            type="tertiary",
            help="What a spreadsheet would take for a formula is made text",
        )
    if shown == "Chart" and drawable:
        _chart(table, *drawable)
    else:
        st.dataframe(_shown(table), hide_index=True, alt="The statement's rows")


def _shown(table: pa.Table) -> pd.DataFrame:
    rows = table.to_pandas()
    for number, field in enumerate(table.schema):
        if pa.types.is_interval(field.type):  # which pandas shows as its own class
            rows.isetitem(number, [plain(value) for value in table[number].to_pylist()])
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


def _csv(table: pa.Table) -> bytes:
    batches: Iterator[pa.RecordBatch] = iter(table.to_batches())
    out = io.BytesIO()
    write_csv(Rows(table.schema, lambda: next(batches, None), lambda: None), out)
    return out.getvalue()


def _catalog() -> None:
    tables = data.tables()
    name = st.selectbox("Table", list(tables), index=list(tables).index("events"))
    st.dataframe(
        {"Column": list(tables[name]), "Type": list(tables[name].values())},
        alt=f"The columns of {name}",
    )
    st.caption("docs/schema.md says what each of them means.")

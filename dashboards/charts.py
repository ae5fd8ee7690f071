"""Charts, and the colours that outcomes have on every page.

The colours are Okabe and Ito's, which colour-blind people can tell apart; bars that stand on each
other differ in their hatching too.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from html import escape
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from tracer.queries.depth import Depth
from tracer.queries.overview import Bucket, Range
from tracer.queries.refusals import Bucket as NamedBucket

COLOURS = {
    "received": "#0072B2",
    "delivered": "#009E73",
    "deferred": "#E69F00",
    "bounced": "#D55E00",
    "rejected": "#CC79A7",
    "spam": "#56B4E9",
    "virus": "#8C8C8C",
}
# For what is no outcome: Paul Tol's light scheme, which is none of the above.
KINDS = ("#77AADD", "#EE8866", "#EEDD88", "#FFAABB", "#44BB99", "#AAAA00")
REST = "#9AA5B1"
# Of what waits, the younger first: what is young is on its way.
AGES = {
    "under 5 minutes": REST,
    "5 minutes to 1 hour": "#F2CE7E",
    "1 hour to 1 day": COLOURS["deferred"],
    "over a day": "#A85F00",
}
_OUTCOMES = {  # of messages and recipients -> what they are counted as
    **dict.fromkeys(("delivered", "relayed", "forwarded", "probed"), "delivered"),
    **dict.fromkeys(("deferred", "partly_delivered", "held", "queued"), "deferred"),
    **dict.fromkeys(("bounced", "expired"), "bounced"),
    **dict.fromkeys(("rejected", "discarded", "deleted", "quarantined"), "rejected"),
    "received": "received",
    **dict.fromkeys(("to_content_filter", "removed", "unknown"), "none of these"),
}
_HATCHES = {"bounced": "/", "spam": ".", "virus": "x"}
_FLOW = ("received", "delivered")
_PROBLEMS = ("deferred", "bounced", "rejected", "spam", "virus")
_MOST_SINGLE_MARKS = 4  # above that, plotly itself marks whole numbers only
_DAY_MILLISECONDS = 86_400_000
_HOVER = "%{y:,}<extra>%{fullData.name}</extra>"
_LAYOUT = {
    "barmode": "stack",
    "height": 320,
    "margin": {"l": 0, "r": 0, "t": 8, "b": 0},
    "hovermode": "x unified",
    "showlegend": True,
    "legend": {
        "orientation": "h", "y": 1.02, "yanchor": "bottom", "x": 0, "traceorder": "normal",
    },
    "dragmode": False,
}  # fmt: skip


def outcome_colour(outcome: str) -> str:
    """The colour of what became of a message or recipient."""
    return COLOURS.get(_OUTCOMES.get(outcome, ""), REST)


def outcome_column() -> Any:
    """A column of lists of one outcome each, in its colour."""
    return st.column_config.MultiselectColumn(
        width=120,
        options=list(_OUTCOMES),
        color=[outcome_colour(outcome) for outcome in _OUTCOMES],
        format_func=lambda outcome: outcome.replace("_", " "),
    )


def traffic(buckets: Sequence[Bucket], local_span: Range, seconds: int) -> go.Figure:
    """Traffic over time: what flows above, what does not below, on one axis of time.

    local_span: in the viewer's zone, naive, as the buckets are; seconds: width of a bucket.
    """
    times = _times_of(buckets)
    width = seconds * 1000
    bars = []
    for outcome in (*_FLOW, *_PROBLEMS):
        is_flow = outcome in _FLOW
        bars.append(
            {
                **_bars(outcome, COLOURS[outcome]),
                "x": times,
                "y": np.array([bucket.counts[outcome] for bucket in buckets]),
                "yaxis": "y" if is_flow else "y2",
                "offsetgroup": outcome if is_flow else "problems",
                "offset": (width / 2 * _FLOW.index(outcome)) if is_flow else 0,
                "width": width / 2 if is_flow else width,
            }
        )
    return go.Figure(
        bars,
        {
            **_LAYOUT,
            "height": 420,
            "hoversubplots": "axis",
            "xaxis": {**_times(local_span), "anchor": "y2"},
            "yaxis": {
                **_counts(bucket.counts[outcome] for bucket in buckets for outcome in _FLOW),
                "domain": [0.48, 1],
                "title": "mail",
            },
            "yaxis2": {
                **_counts(sum(bucket.counts[name] for name in _PROBLEMS) for bucket in buckets),
                "domain": [0, 0.4],
                "title": "problems",
            },
            "uirevision": f"{seconds}",
        },
    )


def stacked(
    buckets: Sequence[NamedBucket],
    colours: Mapping[str, str],
    local_span: Range,
    seconds: int,
    what: str,
) -> go.Figure:
    """How many of each name over time, on each other in the order of the colours.

    local_span: in the viewer's zone, naive, as the buckets are; seconds: width of a bucket;
    what: what is counted.
    """
    times = _times_of(buckets)
    bars = [
        {
            **_bars(name, colour),
            "x": times,
            "y": np.array([bucket.counts.get(name, 0) for bucket in buckets]),
            "offset": 0,
            "width": seconds * 1000,
        }
        for name, colour in colours.items()
    ]
    heights = (sum(bucket.counts.get(name, 0) for name in colours) for bucket in buckets)
    return go.Figure(
        bars,
        {
            **_LAYOUT,
            "xaxis": _times(local_span),
            "yaxis": {**_counts(heights), "title": what},
            "uirevision": f"{seconds}",
        },
    )


def _bars(name: str, colour: str) -> dict[str, Any]:
    """Bars of one kind; as a whole, as figures that grow piece by piece take long to make."""
    return {
        "type": "bar",
        "name": name,
        "marker": {
            "color": colour,
            "line": {"width": 0},
            "pattern": {"shape": _HATCHES.get(name, ""), "fillmode": "overlay"},
        },
        "hovertemplate": _HOVER,
    }


def _times_of(buckets: Sequence[Bucket | NamedBucket]) -> Any:
    return np.array([bucket.begins_at for bucket in buckets], "datetime64[s]")


def waiting(depths: Sequence[Depth], times: Sequence[datetime], local_span: Range) -> go.Figure:
    """How much waited at each moment, by age; times: the moments in the viewer's zone, naive."""
    areas = [
        {
            "type": "scatter",
            "name": name,
            "x": times,
            "y": [depth.counts[number] for depth in depths],
            "stackgroup": "age",
            "mode": "lines" if len(times) > 1 else "markers",
            "line": {"width": 0.5, "color": colour},
            "fillcolor": colour,
            "hovertemplate": _HOVER,
        }
        for number, (name, colour) in enumerate(AGES.items())
    ]
    return go.Figure(
        areas,
        {
            **_LAYOUT,
            "height": 300,
            "xaxis": _times(local_span),
            "yaxis": {**_counts(depth.count for depth in depths), "title": "messages"},
            "uirevision": "waiting",
        },
    )


def shares(names: Sequence[str], parts: Mapping[str, Sequence[float]]) -> go.Figure:
    """Of what shares each name's seconds are made, the first name on top.

    parts: the seconds of each part, in the order of the names.
    """
    totals = [sum(each) or 1 for each in zip(*parts.values(), strict=True)]
    bars = [
        {
            "type": "bar",
            "name": part,
            "x": [each / total for each, total in zip(seconds, totals, strict=True)],
            "y": [escape(name) for name in names],
            "customdata": seconds,
            "orientation": "h",
            "marker": {"color": colour, "line": {"width": 0}},
            "hovertemplate": "%{customdata:.3~g} s, %{x:.0%}<extra>%{fullData.name}</extra>",
        }
        for (part, seconds), colour in zip(parts.items(), KINDS, strict=False)
    ]
    return go.Figure(
        bars,
        {
            **_LAYOUT,
            "height": 70 + 24 * len(names),
            "hovermode": "y unified",
            "xaxis": {"tickformat": ".0%", "title": None, "range": [0, 1]},
            "yaxis": {
                "autorange": "reversed",
                "title": None,
                "automargin": True,
                "type": "category",
            },
        },
    )


def _counts(heights: Iterable[int]) -> dict[str, Any]:
    """The axis of what is counted, with no marks between whole numbers."""
    is_low = max(heights, default=0) <= _MOST_SINGLE_MARKS
    return {
        "rangemode": "tozero",
        "tickformat": ",d",
        "dtick": 1 if is_low else None,
        "title": None,
    }


def _times(local_span: Range) -> dict[str, Any]:
    """The axis of time, with days before months as in all other places."""
    return {
        "range": [local_span.start, local_span.end],
        "hoverformat": "%a %-d %b %Y, %H:%M",
        "tickformatstops": [
            {"dtickrange": [None, _DAY_MILLISECONDS - 1], "value": "%H:%M\n%-d %b %Y"},
            {"dtickrange": [_DAY_MILLISECONDS, None], "value": "%-d %b\n%Y"},
        ],
        "title": None,
    }


def scores(counts: Mapping[tuple[int, str], int], required: Sequence[float]) -> go.Figure:
    """How many messages had which score, by verdict; lines where spam begins.

    counts: by (the score's integer part, verdict).
    """
    colours = {"spam": COLOURS["spam"], "clean": REST}
    bars = []
    for verdict in sorted({verdict for _, verdict in counts}):
        heights = {score: count for (score, of), count in counts.items() if of == verdict}
        bars.append(
            {
                **_bars(verdict, colours.get(verdict, KINDS[1])),
                "x": list(heights),
                "y": list(heights.values()),
                "offset": 0,
                "width": 1,
            }
        )
    figure = go.Figure(
        bars,
        {
            **_LAYOUT,
            "xaxis": {"title": "score (the ends hold what is beyond)"},
            "yaxis": {**_counts(counts.values()), "title": "messages"},
        },
    )
    for score in required:
        line = {"dash": "dash", "width": 1, "color": REST}
        figure.add_vline(x=score, line=line, annotation_text=f"required {score:g}")
    return figure

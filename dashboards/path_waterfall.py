"""The waterfall of a path: where the time went at each hop, on one axis of time."""

from collections.abc import Sequence
from html import escape

import plotly.graph_objects as go

from tracer.cli.terminal import safe
from tracer.queries.sentences import duration
from tracer.queries.time_spent import PARTS, Track

MOST_TRACKS = 12
_COLOURS = dict(
    zip(PARTS, ("#A8B8D0", "#7D93BC", "#56B4E9", "#3F63B5", "#E69F00", "#9AA5B1"), strict=True)
)
_HATCHES = {"until another try": "/"}
_ROW_PIXELS, _BAR_ROWS = 46, 0.34
_UNITS = ((2 * 86400, "days", 86400), (2 * 3600, "hours", 3600), (120, "minutes", 60))


def longest(tracks: Sequence[Track]) -> list[Track]:
    """Those that are drawn: the ones that took longest, in order of time."""
    kept = sorted(tracks, key=lambda track: -track.seconds)[:MOST_TRACKS]
    return [track for track in tracks if track in kept]


def figure(tracks: Sequence[Track]) -> go.Figure:
    """A bar for each track, from when its first message came; at least one track."""
    origin = min(track.start for track in tracks)
    whole = max((track.start - origin).total_seconds() + track.seconds for track in tracks)
    unit, size = next(((name, size) for least, name, size in _UNITS if whole > least), ("s", 1))
    drawn = go.Figure()
    for part in PARTS:
        of_part = [
            (row, stretch)
            for row, track in enumerate(tracks)
            for stretch in track.stretches
            if stretch.part == part
        ]
        if of_part:
            drawn.add_bar(
                name=part,
                orientation="h",
                y=[row + 0.2 for row, _ in of_part],
                base=[(stretch.start - origin).total_seconds() / size for _, stretch in of_part],
                x=[stretch.seconds / size for _, stretch in of_part],
                width=_BAR_ROWS,
                marker={
                    "color": _COLOURS[part],
                    "line": {"width": 0},
                    "pattern": {"shape": _HATCHES.get(part, ""), "fillmode": "overlay"},
                },
                hovertext=[
                    f"{duration(round(stretch.seconds, 2))} {part}" for _, stretch in of_part
                ],
                hoverinfo="text",
            )
    for row, track in enumerate(tracks):
        drawn.add_annotation(
            x=0,
            y=row,
            xref="paper",
            text=escape(safe(_label(track)), quote=False),
            showarrow=False,
            xanchor="left",
            yanchor="bottom",
            yshift=-2,
            font={"size": 11},
        )
    drawn.update_layout(
        barmode="overlay",
        height=len(tracks) * _ROW_PIXELS + 92,
        margin={"l": 4, "r": 4, "t": 8, "b": 0},
        dragmode=False,
        hovermode="closest",
        legend={"orientation": "h", "y": 1, "yanchor": "bottom", "x": 0, "traceorder": "normal"},
        xaxis={
            "range": [0, (whole or 0.01) / size * 1.02],
            "title": {
                "text": f"{'seconds' if unit == 's' else unit} since it came",
                "standoff": 8,
            },
            "automargin": True,
            "fixedrange": True,
        },
        yaxis={"visible": False, "range": [len(tracks) - 0.4, -0.6], "fixedrange": True},
    )
    return drawn


def _label(track: Track) -> str:
    whom = track.recipients[0]
    if len(track.recipients) > 1:
        whom = f"{len(track.recipients):,} recipients"
    elif len(whom) > 30:
        whom = f"{whom[:29]}…"
    return f"{duration(round(track.seconds, 2))}  {track.queue_id} to {whom}"

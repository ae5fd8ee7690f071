"""Charts: their axes."""

from datetime import datetime

import plotly.graph_objects as go
import pytest

from dashboards import charts
from tracer.projections.traffic import OUTCOMES
from tracer.queries.overview import Bucket, Range
from tracer.queries.refusals import Bucket as NamedBucket

AT = datetime.fromisoformat("2026-03-02T10:00")
SPAN = Range(AT, datetime.fromisoformat("2026-03-02T11:00"))


def stacked(count: int) -> go.Figure:
    """Two on each other, of a count together."""
    buckets = [NamedBucket(AT, {"spam": count - 1, "virus": 1})]
    return charts.stacked(buckets, {"spam": "#000", "virus": "#111"}, SPAN, 60, "mail")


@pytest.mark.parametrize(("count", "marks"), [(1, 1), (4, 1), (5, None), (4000, None)])
def test_low_counts_are_marked_by_ones(count: int, marks: int | None) -> None:
    assert stacked(count).layout.yaxis.dtick == marks
    assert charts.scores({(3, "spam"): count}, [5]).layout.yaxis.dtick == marks


def test_mail_and_problems_are_marked_each_by_its_own_counts() -> None:
    counts = dict.fromkeys(OUTCOMES, 0) | {"received": 900, "delivered": 800, "bounced": 2}
    layout = charts.traffic([Bucket(AT, counts)], SPAN, 60).layout
    assert (layout.yaxis.dtick, layout.yaxis2.dtick) == (None, 1)
    assert (layout.yaxis.title.text, layout.yaxis2.title.text) == ("mail", "problems")


def test_nothing_is_a_chart_too() -> None:
    assert charts.stacked([], {"spam": "#000"}, SPAN, 60, "mail").layout.yaxis.dtick == 1

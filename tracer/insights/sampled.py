"""Hours of a sampled measure, for detectors of what is more than usual."""

from collections.abc import Iterator

from tracer.insights.baseline import Hour, unusual_hours
from tracer.insights.view import View

_SAMPLES = """
    SELECT subject, slot, value FROM insight_samples
    WHERE measure = '{measure}' AND slot >= $from_ AND slot < $to
"""


def unusual(view: View, measure: str, least: int, factor: float) -> Iterator[tuple[Hour, bool]]:
    """See unusual_hours."""
    samples = _SAMPLES.format(measure=measure)
    of_subjects = samples + " AND list_contains($subjects, subject)"
    return unusual_hours(view, samples, of_subjects, least, factor)

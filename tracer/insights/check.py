"""A check: brings samples and insights up to a time of the logs, step by step.

What is found does not depend on how time was cut into checks: each slot is looked at once, after it
is over, with what was known of the slots before.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Protocol

from tracer.insights import samples
from tracer.insights.detectors import DETECTORS, Detector
from tracer.insights.model import DAY, Insight, Sighting
from tracer.insights.settings import InsightSettings
from tracer.insights.view import View, beginning_of_day, opened
from tracer.queries.insights import clocks, open_insights
from tracer.store import Reader
from tracer.store.insights import KEPT_DAYS, Request

MOST_OPEN = 50  # of a detector at once
_SETTLED = timedelta(minutes=1)  # how much later than its time a line may be read


class Desk(Protocol):
    """Where changes are made: the store's writer, or what speaks to it."""

    def change_insights(self, request: Request) -> Any:
        """See tracer.store.insights.perform."""


def check(reader: Reader, desk: Desk, settings: InsightSettings, now: datetime) -> None:
    """Look at all slots that were over a minute before `now`, which is naive UTC.

    What lies longer back than samples are kept is not looked at.
    """
    known = clocks(reader)
    if known.first_at is None:
        return
    until = _slot(now - _SETTLED)
    oldest = _slot(max(known.first_at, until - KEPT_DAYS * DAY))
    sampled = max(known.sampled_until or oldest, oldest)
    checked = max(known.checked_until or oldest, oldest)
    before = _text(known.sampled_until)
    for view in _steps(reader, settings, sampled, until):
        request = {"do": "sample", "since": before, "until": _text(view.until)}
        if not desk.change_insights({**request, "samples": [*samples.taken(view)]}):
            return
        before = _text(view.until)
    before = _text(known.checked_until)
    for view in _steps(reader, settings, checked, until):
        request = {"do": "record", "since": before, "until": _text(view.until)}
        if not desk.change_insights({**request, **_looked(view, settings)}):
            return
        before = _text(view.until)


def _steps(
    reader: Reader, settings: InsightSettings, since: datetime, until: datetime
) -> Iterator[View]:
    """The views from `since` to `until`, none over midnight."""
    least = {name: detector.LEAST for name, detector in DETECTORS.items()} | dict(settings.least)
    while since < until:
        end = min(beginning_of_day(since) + DAY, until)
        yield opened(reader, since, end, least)
        since = end


def _looked(view: View, settings: InsightSettings) -> dict[str, list[dict[str, Any]]]:
    """What all detectors see, as a request to record it."""
    known = open_insights(view.reader)
    fold = _Fold()
    fold.end((each for each in known if each.detector not in DETECTORS), view.until)
    for name, detector in DETECTORS.items():
        mine = {each.subject: each for each in known if each.detector == name}
        if name in settings.off:
            fold.end(mine.values(), view.until)
            continue
        fold.take(name, detector, view, mine)
    return {"changed": fold.changed, "opened": fold.opened}


@dataclass(slots=True)
class _Fold:
    """Collects what sightings change."""

    changed: list[dict[str, Any]] = field(default_factory=list)
    opened: list[dict[str, Any]] = field(default_factory=list)

    def take(
        self, name: str, detector: Detector, view: View, going_on: Mapping[str, Insight]
    ) -> None:
        """Open, go on with and end the insights of a detector."""
        now: dict[str, Insight] = dict(going_on)
        for sighting in _in_order(detector.look(view)):
            insight = now.get(sighting.subject)
            if insight and sighting.at - insight.last_seen_at > detector.ENDS_AFTER:
                self._keep(_ended(now.pop(sighting.subject), detector))
                insight = None
            if insight:
                if sighting.is_opening:
                    insight = replace(insight, text=sighting.text, advice=sighting.advice)
                now[sighting.subject] = replace(insight, last_seen_at=sighting.at)
            elif sighting.is_opening and len(now) < MOST_OPEN:
                now[sighting.subject] = _opened(name, sighting, detector.evidence(view, sighting))
        for insight in now.values():
            is_over = view.until - insight.last_seen_at >= detector.ENDS_AFTER
            self._keep(_ended(insight, detector) if is_over else insight)

    def end(self, insights: Iterable[Insight], at: datetime) -> None:
        """End insights that nobody looks for any more."""
        for insight in insights:
            self._keep(replace(insight, ended_at=at))

    def _keep(self, insight: Insight) -> None:
        if insight.insight_id:
            names: tuple[str, ...] = ("insight_id", "last_seen_at", "ended_at", "text", "advice")
            self.changed.append(_values(insight, names))
        else:
            names = tuple(name for name in Insight.__slots__ if name != "insight_id")
            self.opened.append(_values(insight, names))


def _in_order(sightings: Iterable[Sighting]) -> list[Sighting]:
    return sorted(sightings, key=lambda sighting: (sighting.at, sighting.subject))


def _opened(name: str, sighting: Sighting, positions: list[int]) -> Insight:
    return Insight(
        insight_id=0,
        detector=name,
        subject=sighting.subject,
        severity=sighting.severity,
        opened_at=sighting.at,
        last_seen_at=sighting.at,
        ended_at=None,
        text=sighting.text,
        advice=sighting.advice,
        search=sighting.search,
        positions=positions,
        acknowledged_at=None,
        acknowledged_by=None,
    )


def _ended(insight: Insight, detector: Detector) -> Insight:
    return replace(insight, ended_at=insight.last_seen_at + detector.ENDS_AFTER)


def _values(insight: Insight, names: Iterable[str]) -> dict[str, Any]:
    values = {name: getattr(insight, name) for name in names}
    return {k: _text(v) if isinstance(v, datetime) else v for k, v in values.items()}


def _slot(at: datetime) -> datetime:
    """The end of the last slot that is over."""
    return at - timedelta(minutes=at.minute % 5, seconds=at.second, microseconds=at.microsecond)


def _text(at: datetime | None) -> str | None:
    return at.isoformat() if at else None

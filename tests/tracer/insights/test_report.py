"""The report tells what was wrong on its days, the text of strangers made safe."""

from datetime import date
from pathlib import Path

from tests.tracer.insights import weeks
from tracer.reports import as_html, as_text, build
from tracer.reports.days import Days
from tracer.reports.model import Report, Request
from tracer.store import open_reader


def report(store: Path, day: date) -> Report:
    with open_reader(store) as reader:
        return build.report(reader, Request(Days(day, day, "UTC")), weeks.LAST)


def test_it_tells_what_was_wrong(looked_at: Path) -> None:
    bad = report(looked_at, date(2026, 11, 10))
    section = next(each for each in bad.sections if each.name == "insights")
    assert section.sentence == "23 things were wrong, 6 of them at the end of these days."
    advised = {finding.text: finding.advice for finding in section.findings}
    assert any("dora logged in from 198.51.100.66" in text for text in advised)
    assert all(advised.values())
    text = as_text.render(bad)
    assert "10 Nov 03:20" in text
    assert "An account sends much" in text
    assert "An account sends much" in as_html.render(bad)
    after = next(s for s in report(looked_at, date(2026, 11, 11)).sections if s.name == "insights")
    assert after.sentence.startswith("7 things were wrong, 0 of them")
    assert all(s.name != "insights" for s in report(looked_at, date(2026, 11, 9)).sections)

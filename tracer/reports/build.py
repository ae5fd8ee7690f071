"""Putting a report together: the findings of all sections first, then the sections."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from tracer.cli.terminal import safe
from tracer.queries.overview import facts
from tracer.queries.report import complaints, volume
from tracer.queries.report.scope import Scope
from tracer.queries.retention import kept
from tracer.reports.model import Finding, Report, Request
from tracer.reports.sections import OF_MAIL, OF_THE_SERVER, traffic
from tracer.store import Reader

_MOST_HOSTS = 10  # that are named
_MOST_NEAR = 3  # to a name that has no mail
_SILENT = timedelta(hours=2)  # before the days' end without a line, from which logs may be missing


def report(reader: Reader, request: Request, now: datetime) -> Report:
    """The report of some days; now is naive UTC: days may not be over yet."""
    lines = complaints.lines(reader, Scope(request.days.span, request.hosts))
    if not lines["count"]:
        return Report(request, 0, _nothing(reader, request), (), ())
    request = replace(request, asked_at=now)
    builders = OF_MAIL if request.domains else (*OF_MAIL, *OF_THE_SERVER)
    built = [section for build in builders if (section := build(reader, request)) is not None]
    findings = [*_silence(request, lines["last_at"], now)]
    findings += _removed(reader, request)
    findings += [finding for section in built for finding in section.findings]
    findings.sort(key=lambda finding: finding.level != "problem")
    shown = [s for s in built if not request.problems_only or s.about_problems or s.findings]
    is_without_mail = request.domains and not findings and not traffic.has_mail(built[0])
    headline = _no_mail(reader, request) if is_without_mail else _headline(findings)
    return Report(request, lines["count"], headline, findings, shown)


def _silence(request: Request, last_at: datetime, now: datetime) -> Iterator[Finding]:
    end = min(request.days.span.end, now)
    if not request.domains and end - last_at > _SILENT:
        yield Finding(
            "problem",
            f"The last line of these days is of {request.days.local(last_at):%d %B %H:%M}",
            "See whether logs are written, and whether `mailtracer watch` follows all of them.",
        )


def _removed(reader: Reader, request: Request) -> Iterator[Finding]:
    before = kept(reader).forgotten_before
    if before is not None and request.days.span.start < before:
        yield Finding(
            "change",
            f"What was logged before {request.days.local(before):%-d %B %Y, %H:%M} is removed: of "
            "that time, only traffic is counted here",
            "keep_days in the configuration says how long lines are kept.",
        )


def _headline(findings: list[Finding]) -> str:
    problems = sum(finding.level == "problem" for finding in findings)
    if problems:
        return "1 problem wants a look." if problems == 1 else f"{problems} problems want a look."
    return "Nothing is wrong, as far as the logs tell."


def _no_mail(reader: Reader, request: Request) -> str:
    """Of the domains, though the days have lines; names that may be meant."""
    none = f"There was no mail from or to {_listed(request.domains)} on {request.days.title}."
    near = {name for each in request.domains for name in volume.alike(reader, each, _MOST_NEAR)}
    return f"{none} Is one of these meant: {_listed(sorted(near))}?" if near else none


def _listed(names: Iterable[str]) -> str:
    return ", ".join(map(safe, names))


def _nothing(reader: Reader, request: Request) -> str:
    """Why there is nothing to tell."""
    held = facts(reader)
    if held.first_at is None or held.last_at is None:
        return "The store holds no lines: load logs with `mailtracer ingest`."
    days = request.days
    if request.hosts and (others := volume.hosts(reader, days.span, _MOST_HOSTS)):
        return (
            f"The store has no lines of {_listed(request.hosts)} on {days.title}, but "
            f"of {_listed(others)}: name these with --host, as they are spelt here."
        )
    return (
        f"The store has no lines of {days.title}; it has lines from "
        f"{days.local(held.first_at):%Y-%m-%d} to {days.local(held.last_at):%Y-%m-%d}: "
        "name one of these days with -d."
    )

"""What a report is made of, whatever format it is shown in.

Text in rows is as the log has it: each format makes it safe in its own way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from tracer.queries.overview import Range
from tracer.queries.report.scope import Scope
from tracer.reports.days import Days

Kind = Literal["text", "count", "bytes", "seconds", "change"]
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: `name` is the rows' and JSON's key; `kind` says how it is shown.

    is_below: where there is little room, it stands below the row, as part of its example.
    """

    name: str
    title: str
    kind: Kind = "text"
    is_below: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of figures. bars: the columns whose counts are drawn, where pictures are."""

    name: str
    title: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    bars: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Finding:
    """What a person wants to know first.

    level: `problem` wants something done, `change` is to be known.
    advice: what to do, a sentence; a command in it stands in backquotes.
    """

    level: Literal["problem", "change"]
    text: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Section:
    """A topic. about_problems: it belongs in a report of nothing but problems."""

    name: str
    title: str
    sentence: str
    tables: Sequence[Table] = ()
    findings: Sequence[Finding] = ()
    about_problems: bool = False


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for. detail: how many rows a table has at most, 0 for no tables of details.

    asked_at: naive UTC, by which its days may not be over; None where they are.
    """

    days: Days
    hosts: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    detail: int = 10
    problems_only: bool = False
    asked_at: datetime | None = None

    @property
    def is_over(self) -> bool:
        """Whether its days are."""
        return self.asked_at is None or self.asked_at >= self.days.span.end

    @property
    def scope(self) -> Scope:
        """What the figures of its days are taken from."""
        return Scope(self.days.span, self.hosts, self.domains)

    def scope_of(self, days: Days) -> Scope:
        """The same of other days, or of as much of them as is over of its own."""
        span = days.span
        if self.asked_at is not None and not self.is_over:
            passed = self.asked_at - self.days.span.start
            span = Range(span.start, min(span.end, span.start + passed))
        return Scope(span, self.hosts, self.domains)


@dataclass(frozen=True, slots=True)
class Report:
    """The answer. line_count: how many lines the days have; 0 means that there is nothing."""

    request: Request
    line_count: int
    headline: str
    findings: Sequence[Finding]
    sections: Sequence[Section]

    @property
    def has_problems(self) -> bool:
        """Whether something wants to be done."""
        return any(finding.level == "problem" for finding in self.findings)

    @property
    def subject(self) -> str:
        """One line that says which days, of whom, and whether all is well."""
        whom = ", ".join((*self.request.hosts, *self.request.domains))
        problems = sum(finding.level == "problem" for finding in self.findings)
        state = "no problems"
        if not self.line_count:
            state = "no log lines"
        elif problems:
            state = "1 problem" if problems == 1 else f"{problems} problems"
        return f"Mail on {self.request.days.title}{f' ({whom})' if whom else ''}: {state}"

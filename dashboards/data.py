"""What pages ask of the store, remembered until the store changes."""

import os
import shlex
import time
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st

from dashboards import DB_VARIABLE, KEEP_VARIABLE
from tracer.insights.model import Insight
from tracer.queries import (
    attempts,
    catalog,
    coverage,
    depth,
    insights,
    logins,
    lookup,
    overview,
    reasons,
    refusals,
    retention,
    spam,
    system,
)
from tracer.queries import path as queries_path
from tracer.queries import trace as queries_trace
from tracer.queries.attempts import Attempted, Choice, Parts
from tracer.queries.coverage import Draft
from tracer.queries.depth import Deferred, Depth
from tracer.queries.logins import LoggedIn
from tracer.queries.overview import Bucket, Facts, Message, Range, Waiting
from tracer.queries.reasons import Counted
from tracer.queries.refusals import Line, Refused
from tracer.queries.report import sent
from tracer.queries.report.scope import Row
from tracer.queries.retention import Kept
from tracer.queries.spam import Handled, Mechanism, Scanned, Vouched
from tracer.queries.system import Stream
from tracer.queries.trace import Absence
from tracer.reports import build
from tracer.reports.model import Report, Request
from tracer.retention.schedule import Retention
from tracer.store import Reader, open_reader, wire

_DEFAULT_DB = "mailtracer.duckdb"
_NEW_HOSTS_SECONDS = 60
_NEW_VERSIONS_SECONDS = 60
_SETTLED_SECONDS = 2  # since the last write: the commit that wrote is over, and no other followed
_SEARCHED_SECONDS = 30
_MOST_DRAFTS = 20
_DRAFTED_LINES = 20_000  # of the latest unparsed lines
REFRESH_SECONDS = 2  # how often what is shown is asked for again


def store_path() -> Path:
    """The store that this dashboard shows."""
    return Path(os.environ.get(DB_VARIABLE, _DEFAULT_DB))


def reader() -> Reader:
    """The store, opened once for all viewers. Raises TracerError where it cannot be read."""
    return _open(str(store_path().resolve()))


@st.cache_resource(show_spinner=False)
def _open(path: str) -> Reader:
    return open_reader(path)


def state() -> tuple[float, ...]:
    """What stands for all that the store holds: answers are the same as long as it is.

    While something is committed again and again it is another one each second. In a store that is
    left alone it stays as it is, and nobody need open the file.
    """
    path = store_path().resolve()
    written = list(filter(None, map(_stat, (path, path.with_name(f"{path.name}.wal")))))
    latest = max((file.st_mtime for file in written), default=0.0)
    if not written or abs(time.time() - latest) < _SETTLED_SECONDS:
        return (time.time() // 1,)
    return tuple(n for file in written for n in (file.st_ino, file.st_size, file.st_mtime_ns))


def _stat(path: Path) -> os.stat_result | None:
    try:
        return path.stat()
    except FileNotFoundError:
        return None


def facts() -> Facts:
    """What the store holds; not older than a second. Answers below are remembered by it."""
    return _facts(state())


@st.cache_data(max_entries=1, show_spinner=False)
def _facts(state: tuple[float, ...]) -> Facts:
    return overview.facts(reader())


@st.cache_data(ttl=_NEW_HOSTS_SECONDS, max_entries=10, show_spinner=False)
def hosts() -> list[str]:
    """See overview.hosts."""
    return overview.hosts(reader())


@st.cache_data(max_entries=1, show_spinner=False)
def open_insights(state: tuple[float, ...]) -> list[Insight]:
    """See insights.open_insights."""
    return insights.open_insights(reader())


@st.cache_data(max_entries=50, show_spinner=False)
def insight_lines(positions: tuple[int, ...]) -> list[Line]:
    """See refusals.lines_at."""
    return refusals.lines_at(reader(), list(positions))


@st.cache_data(max_entries=200, show_spinner=False)
def totals(facts: Facts, start: datetime, end: datetime, host: str | None) -> dict[str, int]:
    """See overview.totals."""
    return overview.totals(reader(), Range(start, end), host)


@st.cache_data(max_entries=20, show_spinner=False)
def waiting(facts: Facts, host: str | None) -> Waiting:
    """See overview.waiting."""
    return overview.waiting(reader(), host)


@st.cache_data(max_entries=100, show_spinner=False)
def depths(facts: Facts, start: datetime, end: datetime, host: str | None) -> list[Depth]:
    """See depth.over_time."""
    return depth.over_time(reader(), facts, Range(start, end), host)


@st.cache_data(max_entries=100, show_spinner=False)
def deferred(facts: Facts, start: datetime, end: datetime, host: str | None) -> list[Deferred]:
    """See depth.deferred."""
    return depth.deferred(reader(), Range(start, end), host)


@st.cache_data(max_entries=100, show_spinner=False)
def series(
    facts: Facts, start: datetime, end: datetime, host: str | None, zone: str
) -> list[Bucket]:
    """See overview.series."""
    return overview.series(reader(), Range(start, end), host, zone)


@st.cache_data(max_entries=100, show_spinner=False)
def rejections(facts: Facts, start: datetime, end: datetime, host: str | None) -> list[Counted]:
    """See reasons.of_rejections."""
    return reasons.of_rejections(reader(), Range(start, end), host)


@st.cache_data(max_entries=100, show_spinner=False)
def failures(
    facts: Facts,
    start: datetime,
    end: datetime,
    host: str | None,
    domain: str | None = None,
    relay: str | None = None,
) -> list[Counted]:
    """See reasons.of_failures."""
    return reasons.of_failures(reader(), Range(start, end), host, domain, relay)


@st.cache_data(max_entries=100, show_spinner=False)
def refused(
    facts: Facts, start: datetime, end: datetime, host: str | None, reason: str | None, zone: str
) -> Refused:
    """See refusals.refused."""
    return refusals.refused(reader(), Range(start, end), host, reason, zone)


@st.cache_data(max_entries=100, show_spinner=False)
def attempted(facts: Facts, choice: Choice, zone: str) -> Attempted:
    """See attempts.attempted."""
    return attempts.attempted(reader(), choice, zone)


@st.cache_data(max_entries=100, show_spinner=False)
def delay_parts(facts: Facts, choice: Choice) -> list[Parts]:
    """See attempts.parts."""
    return attempts.parts(reader(), choice)


@st.cache_data(max_entries=100, show_spinner=False)
def scanned(facts: Facts, start: datetime, end: datetime, host: str | None, zone: str) -> Scanned:
    """See spam.scanned."""
    return spam.scanned(reader(), Range(start, end), host, zone)


@st.cache_data(max_entries=100, show_spinner=False)
def handled(facts: Facts, start: datetime, end: datetime, host: str | None) -> Handled:
    """See spam.handled."""
    return spam.handled(reader(), Range(start, end), host)


@st.cache_data(max_entries=100, show_spinner=False)
def vouched(
    facts: Facts, start: datetime, end: datetime, host: str | None
) -> dict[Mechanism, list[Vouched]]:
    """See spam.vouched."""
    return spam.vouched(reader(), Range(start, end), host)


@st.cache_data(max_entries=100, show_spinner=False)
def logged_in(
    facts: Facts, start: datetime, end: datetime, host: str | None, zone: str
) -> LoggedIn:
    """See logins.logged_in."""
    return logins.logged_in(reader(), Range(start, end), host, zone)


@st.cache_data(max_entries=100, show_spinner=False)
def latest_messages(
    facts: Facts, start: datetime, end: datetime, host: str | None
) -> list[Message]:
    """See overview.latest_messages."""
    return overview.latest_messages(reader(), Range(start, end), host)


@st.cache_data(max_entries=10, show_spinner="Adding up")
def report(facts: Facts, request: Request) -> Report:
    """See reports.build.report."""
    return build.report(reader(), request, datetime.now(UTC).replace(tzinfo=None))


@st.cache_data(ttl=REFRESH_SECONDS, max_entries=1, show_spinner=False)
def kept_reports(limit: int) -> list[Row]:
    """See report.sent.latest."""
    return sent.latest(reader(), limit)


@st.cache_data(ttl=REFRESH_SECONDS, max_entries=10, show_spinner=False)
def kept_report(name: str, day: date) -> sent.Kept:
    """See report.sent.kept."""
    return sent.kept(reader(), name, day)


@st.cache_data(max_entries=10, show_spinner=False)
def drafts(facts: Facts) -> list[Draft]:
    """See coverage.drafts."""
    return coverage.drafts(reader(), _MOST_DRAFTS, _DRAFTED_LINES)


@st.cache_data(max_entries=10, show_spinner=False)
def streams(facts: Facts) -> list[Stream]:
    """See system.streams."""
    return system.streams(reader())


@st.cache_data(max_entries=10, show_spinner=False)
def kept(facts: Facts) -> Kept:
    """See retention.kept."""
    return retention.kept(reader())


def configured_retention() -> Retention | None:
    """How long a watcher of the same configuration keeps lines; None for ever."""
    days, _, zone = os.environ.get(KEEP_VARIABLE, "").partition(" ")
    return Retention(int(days), zone) if days else None


@st.cache_data(max_entries=10, show_spinner=False)
def sizes(facts: Facts) -> dict[str, int]:
    """See system.sizes."""
    return system.sizes(reader())


@st.cache_data(ttl=_NEW_VERSIONS_SECONDS, max_entries=1, show_spinner=False)
def versions() -> dict[str, str]:
    """See system.versions."""
    return system.versions(reader())


@st.cache_data(max_entries=1, ttl=_NEW_HOSTS_SECONDS, show_spinner=False)
def tables() -> dict[str, dict[str, str]]:
    """See catalog.tables."""
    return catalog.tables(reader())


def search(text: str, span: Range | None, host: str | None, zone: str) -> lookup.Found:
    """See lookup.find. What was found is remembered for a while however the store changes."""
    found = _search(text, span, host, zone)
    if not found.hits:
        _search.clear(text, span, host, zone)
    return found


@st.cache_data(ttl=_SEARCHED_SECONDS, max_entries=50, show_spinner=False)
def _search(text: str, span: Range | None, host: str | None, zone: str) -> lookup.Found:
    return lookup.find(reader(), text, datetime.now(ZoneInfo(zone)), span, host)


@st.cache_data(max_entries=50, show_spinner=False)
def is_id(facts: Facts, text: str) -> bool:
    """See lookup.is_id."""
    return lookup.is_id(reader(), text)


@st.cache_data(max_entries=50, show_spinner=False)
def message_path(facts: Facts, key: str) -> queries_path.Path | None:
    """See lookup.open_key."""
    return lookup.open_key(reader(), key)


@st.cache_data(max_entries=50, show_spinner=False)
def explain_absence(facts: Facts, term: str) -> Absence:
    """See queries.trace.explain_absence."""
    return queries_trace.explain_absence(reader(), term)


def is_watched() -> bool:
    """Whether some process has the store open for writing, such as `mailtracer watch`."""
    return wire.answers(wire.socket_path(store_path().resolve()))


def quoted_path() -> str:
    """The store's path, as a shell needs it."""
    return shlex.quote(str(store_path()))

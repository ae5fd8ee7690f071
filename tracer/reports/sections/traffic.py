"""How much mail there was, against the days before and the usual; by hour, host and way."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from statistics import median

from tracer.projections.traffic import OUTCOMES
from tracer.queries.overview import facts
from tracer.queries.report import volume
from tracer.reports import cells
from tracer.reports.days import Days
from tracer.reports.model import Column, Finding, Request, Row, Section, Table
from tracer.store import Reader

WEEKS = 4  # before, of which the same weekdays are the usual
_FEWEST_WEEKS = 2  # that must have had mail, for there to be a usual
_MOST_HOURS = 48  # shown by the hour; what is longer is shown by the day
# From how many times the usual on, or below which part of it, a change is told; and from how many.
_RISES = {"deferred": 2.0, "bounced": 2.0, "rejected": 3.0, "spam": 3.0, "virus": 3.0}
_FALL = 0.5
_ADVICE = {
    "deferred": "See the reasons below; `mailtracer search status:deferred` lists the messages.",
    "bounced": "See the reasons below; `mailtracer search status:bounced` lists the messages.",
    "rejected": "See below for which reasons, and from which clients.",
    "spam": "`mailtracer search spam:yes` lists it: see whether it is from few clients or logins.",
    "virus": "`mailtracer search 'virus:*'` lists them: see whether they are from few clients.",
}
_FEWEST = 20
_FIRST_LINE = timedelta(hours=1)  # after midnight, until which a day may be whole

_OUTCOMES = {
    "received": "Received",
    "delivered": "Delivered",
    "deferred": "Deferrals",
    "bounced": "Bounced",
    "rejected": "Rejected",
    "spam": "Spam",
    "virus": "Viruses",
}
_WAYS = {
    "incoming": "Incoming: from outside to a mailbox here",
    "outgoing": "Outgoing: from our users to other servers",
    "internal": "Internal: from our users to a mailbox here",
    "relayed": "Relayed: from outside to other servers",
    "unknown": "From before the log lines of these days",
}


def build(reader: Reader, request: Request) -> Section:
    """The section; its tables are always there, as they are what is asked for first."""
    outcomes = volume.DOMAIN_OUTCOMES if request.domains else OUTCOMES
    counted = volume.counts(reader, request.scope)
    now = _sums(counted, "outcome")
    before = _before(reader, request)
    usual = _usual(reader, request, outcomes)
    totals = [
        {
            "outcome": _OUTCOMES[name],
            "count": now[name],
            "before": before[name] if before else None,
            "usual": usual[name] if usual else None,
            "change": _change(
                now[name], usual[name] if usual else before[name] if before else None
            ),
        }
        for name in outcomes
    ]
    columns = [Column("outcome", ""), Column("count", "Count", "count")]
    if before:
        columns.append(Column("before", "Before", "count"))
    if usual:
        columns.append(Column("usual", f"Usual {request.days.first:%A}", "count"))
    if before or usual:
        columns.append(Column("change", "Change", "change"))
    tables = [Table("totals", "Totals", columns, totals)]
    if request.detail and now:
        tables += _details(reader, request, counted, outcomes)
    expected, against = (usual, "usual") if usual else (before, "the days before")
    return Section(
        "traffic",
        "Traffic",
        _sentence(now, request),
        tables,
        [*_findings(now, expected, against)] if expected else (),
    )


def has_mail(section: Section) -> bool:
    """Whether the section tells of any."""
    return any(row["count"] for row in section.tables[0].rows)


def _sentence(now: Counter[str], request: Request) -> str:
    so_far = "" if request.is_over else " So far: compared with as much of the days before."
    return (
        f"{cells.counted(now['received'], 'message')} received, {now['delivered']:,} delivered, "
        f"{now['bounced']:,} bounced, {now['rejected']:,} refused. Each message counts once, "
        f"however many filters it went through.{so_far}"
    )


def _details(
    reader: Reader, request: Request, counted: Sequence[Row], outcomes: Sequence[str]
) -> Iterator[Table]:
    counts = [Column(name, _OUTCOMES[name], "count") for name in outcomes]
    periods = [*_periods(request.days, counted, outcomes)]
    title = "By hour" if _is_by_hour(request.days) else "By day"
    yield Table(
        "periods",
        title,
        [Column("period", f"{title[3:].capitalize()} ({request.days.zone})"), *counts],
        periods,
        ("delivered", "deferred", "bounced", "rejected"),
    )
    ways = volume.directions(reader, request.scope)
    yield Table(
        "ways",
        "Which way it went",
        [
            Column("way", "Delivered"),
            Column("count", "Count", "count"),
            Column("size_bytes", "Size", "bytes"),
        ],
        [{**row, "way": _WAYS[row["direction"]]} for row in ways],
    )
    hosts = sorted({str(row["host"]) for row in counted})
    if len(hosts) > 1:
        of_hosts = {
            host: _sums((r for r in counted if r["host"] == host), "outcome") for host in hosts
        }
        shown = sorted(hosts, key=lambda host: (-sum(of_hosts[host].values()), host))
        yield Table(
            "hosts",
            "By host",
            [Column("host", "Host"), *counts],
            [
                {"host": host, **{name: of_hosts[host][name] for name in outcomes}}
                for host in shown[: request.detail]
            ],
        )


def _is_by_hour(days: Days) -> bool:
    return days.span.width <= timedelta(hours=_MOST_HOURS + 1)


def _periods(days: Days, counted: Sequence[Row], outcomes: Sequence[str]) -> Iterator[Row]:
    """A row an hour or day, those without mail too."""
    by_begin: dict[object, Counter[str]] = {}
    for row in counted:
        key = _period(days, row)
        by_begin.setdefault(key, Counter())[str(row["outcome"])] += row["count"]
    for name in dict.fromkeys(_names(days)):
        yield {"period": name, **{o: by_begin.get(name, Counter())[o] for o in outcomes}}


def _names(days: Days) -> Iterator[str]:
    """Of all periods."""
    if _is_by_hour(days):
        begins = days.span.start
        while begins < days.span.end:
            yield _period(days, {"begins_at": begins})
            begins += timedelta(hours=1)
    else:
        for day in range(days.count):
            yield _day(days.first + timedelta(days=day))


def _day(day: date) -> str:
    return f"{day:%a %Y-%m-%d}"


def _period(days: Days, row: Row) -> str:
    """The hour's or day's name in the zone: `02:00`, with its offset where it comes twice."""
    local = days.local(row["begins_at"])
    if not _is_by_hour(days):
        return _day(local)
    name = f"{local:%H:%M}" if days.count == 1 else f"{local:%m-%d %H:%M}"
    twice = local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset()
    return f"{name} {local:%z}" if twice else name


def _totals(reader: Reader, request: Request, days: Days) -> Counter[str]:
    return _sums(volume.counts(reader, request.scope_of(days)), "outcome")


def _before(reader: Reader, request: Request) -> Counter[str] | None:
    """As many days before; None where the store has not all of them."""
    days = request.days.earlier(request.days.count)
    first_at = facts(reader).first_at
    if first_at is None or first_at > days.span.start + _FIRST_LINE:
        return None
    return _totals(reader, request, days)


def _usual(reader: Reader, request: Request, outcomes: Sequence[str]) -> Counter[str] | None:
    """The median of the same weekdays before; None for several days, or where too few had mail."""
    if request.days.count > 1:
        return None
    weeks = (request.days.earlier(7 * week) for week in range(1, WEEKS + 1))
    found = [sums for days in weeks if (sums := _totals(reader, request, days))]
    if len(found) < _FEWEST_WEEKS:
        return None
    return Counter({name: round(median(sums[name] for sums in found)) for name in outcomes})


def _findings(now: Counter[str], expected: Counter[str], against: str) -> Iterator[Finding]:
    for name in ("received", "delivered"):
        if expected[name] >= _FEWEST and now[name] < _FALL * expected[name]:
            yield Finding(
                "change" if now[name] else "problem",
                f"{_OUTCOMES[name]}: {now[name]:,} messages, {expected[name]:,} {against}",
                "See whether logs are missing, and whether mail can reach the server.",
            )
    for name, times in _RISES.items():
        if now[name] >= max(_FEWEST, times * expected[name]) and expected[name]:
            yield Finding(
                "change",
                f"{_OUTCOMES[name]}: {now[name]:,}, {expected[name]:,} {against}",
                _ADVICE[name],
            )


def _change(now: int, expected: int | None) -> float | None:
    """By which part more (or less); None where there is nothing to compare with."""
    return (now - expected) / expected if expected else None


def _sums(rows: Iterator[Row] | Sequence[Row], name: str) -> Counter[str]:
    sums: Counter[str] = Counter()
    for row in rows:
        sums[str(row[name])] += row["count"]
    return sums

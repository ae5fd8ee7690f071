"""The metrics that come from the store, each declared in one block. docs/metrics.md lists all.

Where postfix_exporter counts the same, its name is taken. A label never holds what a sender
chooses: no address, no queue id; of hosts and programs only the first so many.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from parsers.registry import UNPARSED
from tracer.projections.event_counts import CHECKS
from tracer.queries.metrics import Events, Outcome, Sums

Kind = Literal["counter", "gauge"]
Samples = Iterable[tuple[tuple[str, ...], float]]

_CHECK_OF = {event: check for check, (events, _) in CHECKS.items() for event in events}
_SEVERITIES = ("warning", "error", "fatal", "panic")
_LOGINS = {
    "dovecot.logged_in": "good",
    "dovecot.login_failed": "failed",
    "postfix.authentication_failed": "failed",
}


@dataclass(frozen=True, slots=True)
class Metric:
    """A family of samples: the values of its labels, and the number.

    name: as it is queried; that of a counter ends with `_total`.
    """

    name: str
    help: str
    labels: tuple[str, ...]
    samples: Callable[[Sums], Samples]

    @property
    def kind(self) -> Kind:
        """What its name says."""
        return "counter" if self.name.endswith("_total") else "gauge"


def seconds(moment: datetime) -> float:
    """Naive UTC as seconds since 1970."""
    return moment.replace(tzinfo=UTC).timestamp()


def _lines(key: Callable[[Events], tuple[str, ...] | None]) -> Callable[[Sums], Samples]:
    """How many lines there are of each key; None does not count."""
    return lambda sums: _tally((key(e), e.line_count) for e in sums.events)


def _happened(
    key: Callable[[Events], tuple[str, ...]], event: str, daemon: str | None = None
) -> Callable[[Sums], Samples]:
    """How often an event happened, by key; logged by a daemon of Postfix, or by any program."""
    return lambda sums: _tally(
        (key(e), e.count)
        for e in sums.events
        if e.event == event and (daemon is None or e.program.rpartition("/")[2] == daemon)
    )


def _outcomes(
    chosen: Callable[[Sums], Iterable[Outcome]], key: Callable[[Outcome], tuple[str, ...]]
) -> Callable[[Sums], Samples]:
    return lambda sums: _tally((key(o), o.count) for o in chosen(sums))


def _tally(counted: Iterable[tuple[tuple[str, ...] | None, int]]) -> Samples:
    counts: Counter[tuple[str, ...]] = Counter()
    for key, count in counted:
        if key is not None:
            counts[key] += count
    return counts.items()


def _hops(sums: Sums) -> Samples:
    return _tally(((o.host, o.outcome), o.hop_count) for o in sums.traffic)


def _latest(sums: Sums) -> Samples:
    latest: dict[tuple[str, ...], datetime] = {}
    for events in sums.events:
        if events.last_at is not None:
            latest[events.host,] = max(events.last_at, latest.get((events.host,), events.last_at))
    return ((key, seconds(at)) for key, at in latest.items())


def _delays(sums: Sums) -> Samples:
    return (((str(share),), delay) for share, delay in sums.delays.items())


def _host(events: Events) -> tuple[str, ...]:
    return (events.host,)


METRICS: tuple[Metric, ...] = (
    # -- mail ---------------------------------------------------------------------------------
    Metric(
        "mailtracer_traffic_total",
        "Messages received, spam, viruses; deliveries; deferrals, bounces, rejections: hops too.",
        ("host", "outcome"),
        _outcomes(lambda sums: sums.traffic, lambda o: (o.host, o.outcome)),
    ),
    Metric(
        "mailtracer_traffic_hops_total",
        "How many of these were hops through content filters, or forwards: take them off.",
        ("host", "outcome"),
        _hops,
    ),
    Metric(
        "mailtracer_failures_total",
        "Rejections, deferrals and bounces by reason.",
        ("host", "outcome", "reason"),
        _outcomes(lambda sums: sums.failures, lambda o: (o.host, o.outcome, o.reason)),
    ),
    Metric(
        "mailtracer_recent_delivery_delay_seconds",
        "Time from arrival to delivery, of deliveries of the last hour; absent without any.",
        ("quantile",),
        _delays,
    ),
    Metric(
        "mailtracer_checks_total",
        "Answers of checks: spam, DKIM, SPF and DMARC.",
        ("host", "check", "result"),
        _lines(
            lambda e: (
                (e.host, _CHECK_OF[e.event], e.result)
                if e.event in _CHECK_OF and e.result
                else None
            )
        ),
    ),
    Metric(
        "mailtracer_logins_total",
        "Logins by IMAP, POP3 and the like that were good; and all that failed, by SMTP too.",
        ("host", "result"),
        _lines(lambda e: (e.host, _LOGINS[e.event]) if e.event in _LOGINS else None),
    ),
    # -- named as postfix_exporter names them -------------------------------------------------
    Metric(
        "postfix_smtpd_connects_total",
        "Connections that smtpd took.",
        ("host",),
        _happened(_host, "postfix.client_connected", "smtpd"),
    ),
    Metric(
        "postfix_smtpd_disconnects_total",
        "Connections to smtpd that ended.",
        ("host",),
        _happened(_host, "postfix.client_disconnected", "smtpd"),
    ),
    Metric(
        "postfix_smtpd_messages_processed_total",
        "Queue files that smtpd began.",
        ("host",),
        _happened(_host, "postfix.client_assigned", "smtpd"),
    ),
    Metric(
        "postfix_smtpd_sasl_authentication_failures_total",
        "SMTP logins that failed.",
        ("host",),
        _happened(_host, "postfix.authentication_failed"),
    ),
    Metric(
        "postfix_cleanup_messages_processed_total",
        "Queue files whose Message-ID cleanup logged.",
        ("host",),
        _happened(_host, "postfix.message_id_logged", "cleanup"),
    ),
    Metric(
        "postfix_qmgr_messages_removed_total",
        "Queue files that were removed.",
        ("host",),
        _happened(_host, "postfix.message_removed"),
    ),
    Metric(
        "postfix_smtp_messages_processed_total",
        "Delivery attempts of smtp, hops too.",
        ("host", "status"),
        _happened(lambda e: (e.host, e.result), "postfix.delivery_attempted", "smtp"),
    ),
    # -- what is wrong ------------------------------------------------------------------------
    Metric(
        "mailtracer_insights_open",
        "Insights that go on.",
        ("detector", "severity"),
        lambda sums: (((i.detector, i.severity), i.open_count) for i in sums.insights),
    ),
    Metric(
        "mailtracer_insights_unacknowledged",
        "Insights that go on and that nobody has acknowledged.",
        ("detector", "severity"),
        lambda sums: (((i.detector, i.severity), i.unacknowledged_count) for i in sums.insights),
    ),
    # -- the logs -----------------------------------------------------------------------------
    Metric(
        "mailtracer_lines_total",
        "Lines stored.",
        ("host", "program"),
        _lines(lambda e: (e.host, e.program)),
    ),
    Metric(
        "mailtracer_unparsed_lines_total",
        "Lines that are not understood.",
        ("host",),
        lambda sums: _tally(
            ((e.host,), e.line_count if e.event == UNPARSED else 0) for e in sums.events
        ),
    ),
    Metric(
        "mailtracer_complaints_total",
        "Lines in which a daemon warns, or tells of an error (warning, error, fatal, panic).",
        ("host", "program", "severity"),
        _lines(lambda e: (e.host, e.program, e.severity) if e.severity in _SEVERITIES else None),
    ),
    Metric(
        "mailtracer_last_line_timestamp_seconds",
        "The time of the latest line.",
        ("host",),
        _latest,
    ),
)

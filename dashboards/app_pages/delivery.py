"""The page of deliveries: by destination and next hop."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards import address, charts, data, frame, tables
from dashboards.frame import View
from dashboards.lines import lines_table
from dashboards.ranges import Shown, to_local
from tracer.errors import TracerError
from tracer.projections.attempts import PARTS
from tracer.queries.attempts import (
    SHARES,
    SLOW_SHARE,
    Attempted,
    Choice,
    Count,
    Delay,
    Parts,
    Sums,
)
from tracer.queries.overview import Range
from tracer.queries.reasons import Counted

QUESTION = "Does our mail get out?"
_REFRESH_SECONDS = 10
_OUTCOMES = ("delivered", "deferred", "bounced")
_PARTS = {
    "total": ("From arrival to delivery", ""),
    "before_qmgr": ("a: before the queue manager", "receiving and filtering it; earlier attempts"),
    "in_qmgr": ("b: in the queue manager", "waiting for its turn: a busy queue, or a slow rate"),
    "connection_setup": ("c: connecting", "DNS, TCP, greeting, TLS"),
    "transmission": ("d: sending it", "the next hop's time to take it"),
}
_SHORT = {
    "total": "All",
    "before_qmgr": "a",
    "in_qmgr": "b",
    "connection_setup": "c",
    "transmission": "d",
}
_SLOW_HEIGHT = 388
_MOST_BARS = 10
_LONGEST_NAME = 26  # of a domain, beside its bar
_NOT_NAMED = {None: "(not named)", "": "(none)"}


def show() -> None:
    """Draw the page."""
    view = frame.view()
    with st.container(horizontal=True):
        domain = st.text_input(
            "Destination domain",
            key="domain",
            placeholder="All",
            bind="query-params",
            width=260,
        )
        relay = st.text_input(
            "Next hop", key="relay", placeholder="All", bind="query-params", width=260
        )
    _live(view, domain.strip().lower() or None, relay.strip() or None)


@st.fragment(run_every=_REFRESH_SECONDS)
@tables.downloadable
def _live(view: View, domain: str | None, relay: str | None) -> None:
    try:
        facts = data.facts()
        shown = view.shown(facts)
        span = shown.span
        choice = Choice(span, view.host, domain, relay)
        attempted = data.attempted(facts, choice, view.zone.key)
        failures = data.failures(facts, span.start, span.end, view.host, domain, relay)
    except TracerError as error:
        frame.explain_no_store(error)
        return
    sums = attempted.sums
    if not sums.attempts:
        where = "" if domain is None and relay is None else " there"
        st.info(
            f"Nothing was sent{where} {frame.place(view, shown)}. "
            "Choose another range, host, domain or next hop."
        )
        frame.say_if_past(view, shown)
        return
    _answer(sums, view, shown)
    _figures(sums)
    _chart(attempted, view, span)
    st.subheader("By destination domain", anchor=False)
    _by("Domain", attempted.by["domain"])
    st.subheader("By next hop", anchor=False)
    _by("Next hop", attempted.by["relay_host"])
    _details(attempted)
    _slow(data.delay_parts(facts, choice))
    _codes(attempted.codes)
    if failures:
        st.subheader("Why it was deferred or bounced", anchor=False)
        _failures(failures)
        st.subheader("Latest lines of that", anchor=False)
        lines_table(attempted.lines, view.zone)


def _answer(sums: Sums, view: View, shown: Shown) -> None:
    share = _percent(sums.delivered / sums.attempts)
    st.markdown(
        f"**{share} of {sums.attempts:,} delivery attempts succeeded** {frame.place(view, shown)}"
        + (f"; half of them took up to {_time(sums.median_seconds)}, "
           f"95% up to {_time(sums.slowest_seconds)}." if sums.median_seconds else ".")
    )  # fmt: skip
    frame.say_if_past(view, shown)


def _figures(sums: Sums) -> None:
    with st.container(horizontal=True, gap="small"):
        for outcome in _OUTCOMES:
            st.metric(outcome.capitalize(), f"{getattr(sums, outcome):,}", border=True, width=165)
        share = sums.encrypted_share
        st.metric(
            "By TLS",
            "-" if share is None else _percent(share),
            help=f"Of {sums.over_network:,} deliveries to other servers.",
            border=True,
            width=165,
        )
    if sums.over_network and not sums.encrypted:
        st.caption(
            "No line tells of TLS. Postfix logs it with `smtp_tls_loglevel = 1`; "
            "`smtp_tls_security_level = may` turns it on."
        )


def _chart(attempted: Attempted, view: View, span: Range) -> None:
    st.plotly_chart(
        charts.stacked(
            attempted.series,
            {outcome: charts.COLOURS[outcome] for outcome in _OUTCOMES},
            Range(to_local(span.start, view.zone), to_local(span.end, view.zone)),
            span.bucket_seconds,
            "attempts",
        ),
        key="attempted",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="Attempts at delivery over time, by outcome",
    )


def _by(title: str, values: Sequence[Sums]) -> None:
    share = st.column_config.NumberColumn(format="percent", width=85)
    tables.draw(
        pd.DataFrame(
            {
                title: [_named(v.value) for v in values],
                "Attempts": [v.attempts for v in values],
                "Delivered": [v.delivered / v.attempts for v in values],
                "Deferred": [v.deferred / v.attempts for v in values],
                "Bounced": [v.bounced / v.attempts for v in values],
                "TLS": pd.array([v.encrypted_share for v in values], dtype="Float64"),
                "Delay, half": [_time(v.median_seconds) for v in values],
                "Delay, 95%": [_time(v.slowest_seconds) for v in values],
            }
        ),
        hide_index=True,
        height=min(320, 38 + 35 * len(values)),
        placeholder="",
        column_config={
            title: st.column_config.TextColumn(width=240),
            "Attempts": st.column_config.NumberColumn(format="localized", width=90),
            "Delivered": share,
            "Deferred": share,
            "Bounced": share,
            "TLS": st.column_config.NumberColumn(
                format="percent", width=85, help="Of what was delivered to other servers"
            ),
            "Delay, half": st.column_config.TextColumn(
                width=100, help="Half of what was delivered took no longer"
            ),
            "Delay, 95%": st.column_config.TextColumn(
                width=100, help="95 in 100 of what was delivered took no longer"
            ),
        },
        alt=f"Attempts, their outcomes, TLS and delays, by {title.lower()}",
    )


def _details(attempted: Attempted) -> None:
    left, right = st.columns([3, 2])
    with left:
        st.subheader("Where the time goes", anchor=False)
        _delays(attempted.delays)
    with right:
        st.subheader("TLS versions", anchor=False)
        _protocols(attempted.protocols)


def _slow(domains: Sequence[Parts]) -> None:
    """Where the time goes by destination domain."""
    if not domains:
        return
    st.subheader("The slowest destination domains", anchor=False)
    labels = {share: f"{share:.0%} up to" for share in SHARES}
    address.check("percentile", labels.values(), f"There are only {', '.join(labels.values())}.")
    share = st.segmented_control(
        "Percentile",
        SHARES,
        default=SHARES[1],
        required=True,
        format_func=labels.__getitem__,
        key="percentile",
        label_visibility="collapsed",
        bind="query-params",
        on_change=address.forget,
        args=("percentile",),
    )
    address.say("percentile")
    left, right = st.columns(2)
    seconds = [domain.seconds(share) for domain in domains]
    with left:
        tables.draw(
            pd.DataFrame(
                {
                    "Domain": [_named(domain.domain) for domain in domains],
                    "Delivered": [domain.delivered for domain in domains],
                    **{
                        _SHORT[part]: [_time(each.get(part)) for each in seconds] for part in _PARTS
                    },
                }
            ),
            hide_index=True,
            height=min(_SLOW_HEIGHT, 38 + 35 * len(domains)),
            column_config={
                "Domain": st.column_config.TextColumn(width=170),
                "Delivered": st.column_config.NumberColumn(format="localized", width=80),
                **{
                    _SHORT[part]: st.column_config.TextColumn(width=78, help=": ".join(words))
                    for part, words in _PARTS.items()
                },
            },
            alt="Percentiles of the parts of the delay, by destination domain",
        )
    drawn = [domain for domain in domains if domain.slowest][:_MOST_BARS]
    with right:
        st.caption(f"What the slowest {1 - SLOW_SHARE:.0%} of each waited for:")
        st.plotly_chart(
            charts.shares(
                [_shortened(_named(domain.domain)) for domain in drawn],
                {
                    _PARTS[part][0]: [domain.slowest[number] for domain in drawn]
                    for number, part in enumerate(PARTS)
                },
            ),
            key="slowest",
            config={"displayModeBar": False, "scrollZoom": False},
            alt="Shares of the parts of the delay of the slowest deliveries, by destination domain",
        )


def _named(domain: str | None) -> str:
    return _NOT_NAMED.get(domain) or str(domain)


def _shortened(name: str) -> str:
    return name if len(name) <= _LONGEST_NAME else f"{name[: _LONGEST_NAME - 1]}…"


def _codes(codes: Sequence[Count]) -> None:
    st.subheader("Status codes", anchor=False)
    tables.draw(
        pd.DataFrame(
            [(c.value or "", c.what, c.count) for c in codes],
            columns=["DSN", "Outcome", "Count"],
        ),
        hide_index=True,
        height=min(250, 38 + 35 * len(codes)),
        column_config={"Count": st.column_config.NumberColumn(format="localized")},
        alt="Enhanced status codes by outcome",
    )


def _delays(delays: Sequence[Delay]) -> None:
    if not delays:
        st.caption("Nothing was delivered.")
        return
    columns = {
        f"{share:.0%} up to": [_time(delay.seconds[number]) for delay in delays]
        for number, share in enumerate(SHARES)
    }
    tables.draw(
        pd.DataFrame(
            {
                "Part": [_PARTS[delay.part][0] for delay in delays],
                **columns,
                "What it is": [_PARTS[delay.part][1] for delay in delays],
            }
        ),
        hide_index=True,
        column_config={
            "Part": st.column_config.TextColumn(width=200),
            **{name: st.column_config.TextColumn(width=90) for name in columns},
        },
        alt="Percentiles of the delay of what was delivered, by its parts",
    )


def _protocols(protocols: Sequence[Count]) -> None:
    if not protocols:
        st.caption("Nothing was delivered to another server.")
        return
    total = sum(c.count for c in protocols)
    tables.draw(
        pd.DataFrame(
            [(c.value or "none told of", c.count, c.count / total) for c in protocols],
            columns=["Version", "Deliveries", "Share"],
        ),
        hide_index=True,
        column_config={
            "Deliveries": st.column_config.NumberColumn(format="localized"),
            "Share": st.column_config.NumberColumn(format="percent"),
        },
        alt="TLS versions of what was delivered to other servers",
    )


def _failures(failures: Sequence[Counted]) -> None:
    tables.draw(
        pd.DataFrame(
            [(c.reason.title, c.count, ", ".join(c.refused_by), c.reason.advice) for c in failures],
            columns=["Reason", "Count", "Refused by", "What to do"],
        ),
        hide_index=True,
        column_config={
            "Reason": st.column_config.TextColumn(width=260),
            "Count": st.column_config.NumberColumn(format="localized", width=80),
            "Refused by": st.column_config.TextColumn(
                width=160, help="Block lists and providers that are named"
            ),
            "What to do": st.column_config.TextColumn(width=900),
        },
        alt="Why attempts failed, with what to do about it",
    )


def _time(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, name in ((86_400, "d"), (3600, "h"), (60, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.1f} {name}"
    return f"{seconds:.2g} s"


def _percent(share: float) -> str:
    """A share that is not quite everything never reads as 100 %."""
    return f"{min(share, 1 if share == 1 else 0.999):.1%}".replace(".0%", "%")

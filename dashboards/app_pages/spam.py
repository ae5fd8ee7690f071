"""The page of spam and viruses, and of who vouches for senders."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd
import streamlit as st

from dashboards import address, charts, data, frame, tables
from dashboards.frame import View
from dashboards.lines import lines_table
from dashboards.ranges import Shown, to_local
from tracer.errors import TracerError
from tracer.queries.overview import Range
from tracer.queries.spam import Handled, Mechanism, Rule, Scanned, Vouched

QUESTION = "How much is spam or a virus, and what becomes of it?"
_REFRESH_SECONDS = 10
_OUTCOMES = ("spam", "virus")
_NOT_NAMED = {None: "(not named)", "": "(none)"}
_DOERS = {
    "scanner": "By the scanner",
    "postfix": "By Postfix",
    "mailbox": "Filed in the mailbox",
    "sieve": "By Sieve",
}
_MECHANISMS: dict[Mechanism, str] = {"dkim": "DKIM", "spf": "SPF", "dmarc": "DMARC"}
_COUNT = st.column_config.NumberColumn(format="localized", width=80)


def show() -> None:
    """Draw the page."""
    _live(frame.view())


@st.fragment(run_every=_REFRESH_SECONDS)
def _live(view: View) -> None:
    try:
        _draw(view)
    except TracerError as error:
        frame.explain_no_store(error)


@tables.downloadable
def _draw(view: View) -> None:
    facts = data.facts()
    shown = view.shown(facts)
    span = shown.span
    scanned = data.scanned(facts, span.start, span.end, view.host, view.zone.key)
    _answer(scanned, view, shown)
    if scanned.totals:
        _chart(scanned, view, span)
    if scanned.programs:
        left, right = st.columns(2)
        with left:
            _scores(scanned)
        with right:
            _rules(scanned.rules)
        left, right = st.columns(2)
        with left:
            _named("Virus", scanned.viruses, "Viruses")
        with right:
            _programs(scanned)
    handled = data.handled(facts, span.start, span.end, view.host)
    if handled.lines:
        _handled(handled)
    _vouched(data.vouched(facts, span.start, span.end, view.host))
    if handled.lines:
        st.subheader("Latest lines", anchor=False)
        lines_table(handled.lines, view.zone)


def _answer(scanned: Scanned, view: View, shown: Shown) -> None:
    place = frame.place(view, shown)
    if not scanned.programs:
        st.info(
            f"No scanner told of a message {place}. Lines of spamd, rspamd, amavis, clamav-milter "
            "and clamd are read: are their logs among those that are loaded? Or choose another "
            "range or host."
        )
    else:
        spam, viruses = (scanned.totals[outcome] for outcome in _OUTCOMES)
        share = f", {spam / scanned.scored:.1%} of what was scored" if scanned.scored else ""
        infected = f"{viruses:,} {'virus' if viruses == 1 else 'viruses'}"
        st.markdown(f"**{spam:,} spam**{share}, **and {infected}** {place}.")
    frame.say_if_past(view, shown)


def _chart(scanned: Scanned, view: View, span: Range) -> None:
    st.plotly_chart(
        charts.stacked(
            scanned.series,
            {outcome: charts.COLOURS[outcome] for outcome in _OUTCOMES},
            Range(to_local(span.start, view.zone), to_local(span.end, view.zone)),
            span.bucket_seconds,
            "messages",
        ),
        key="scanned",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="Spam and viruses over time",
    )


def _handled(handled: Handled) -> None:
    st.subheader("What became of it", anchor=False)
    if handled.done:
        done = sorted(handled.done.items(), key=lambda item: (-item[1], item[0]))
        tables.draw(
            pd.DataFrame(
                {
                    "Where": [_DOERS[doer] for (doer, _, _), _ in done],
                    "What": [what for (_, what, _), _ in done],
                    "Of": [verdict for (_, _, verdict), _ in done],
                    "Count": [count for _, count in done],
                }
            ),
            hide_index=True,
            height=_height(len(done)),
            column_config={"Count": _COUNT},
            alt="What was done with spam and viruses: by scanner, Postfix, Sieve and mailbox",
        )
        st.caption("A message to two mailboxes is filed twice.")
    else:
        st.caption("No line says what became of it.")
    left, right = st.columns(2)
    with left:
        _named("Sender", handled.senders, "Senders of spam")
    with right:
        _named("Recipient", handled.recipients, "Recipients of spam")


def _named(column: str, counts: Mapping[Any, int], title: str) -> None:
    st.subheader(title, anchor=False)
    if not counts:
        st.caption("No line names one.")
        return
    tables.draw(
        pd.DataFrame(
            {
                column: [_NOT_NAMED.get(name) or name for name in counts],
                "Count": list(counts.values()),
            }
        ),
        hide_index=True,
        height=_height(len(counts)),
        column_config={column: st.column_config.TextColumn(width=240), "Count": _COUNT},
        alt=title,
    )


def _scores(scanned: Scanned) -> None:
    st.subheader("Scores", anchor=False)
    if not scanned.scores:
        st.caption("No scanner told of a score.")
        return
    st.plotly_chart(
        charts.scores(scanned.scores, scanned.required),
        key="scores",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="How many messages had which score, against the score required",
    )


def _rules(rules: Sequence[Rule]) -> None:
    st.subheader("Rules that hit", anchor=False)
    if not rules:
        st.caption("No scanner told of a rule.")
        return
    tables.draw(
        pd.DataFrame(
            {
                "Rule": [rule.name for rule in rules],
                "In spam": [rule.spam_count for rule in rules],
                "In all": [rule.count for rule in rules],
                "Spam": [rule.spam_count / rule.count for rule in rules],
            }
        ),
        hide_index=True,
        height=320,
        column_config={
            "Rule": st.column_config.TextColumn(width=230),
            "In spam": _COUNT,
            "In all": _COUNT,
            "Spam": st.column_config.NumberColumn(
                format="percent", width=80, help="Which part of what it hit was spam"
            ),
        },
        alt="Rules, by how much spam they hit",
    )


def _programs(scanned: Scanned) -> None:
    st.subheader("By scanner", anchor=False)
    tables.draw(
        pd.DataFrame(
            [(*of, count) for of, count in scanned.programs.items()],
            columns=["Scanner", "Verdict", "Count"],
        ),
        hide_index=True,
        height=_height(len(scanned.programs)),
        column_config={"Count": _COUNT},
        alt="What each scanner took messages for",
    )


def _vouched(vouched: Mapping[Mechanism, Sequence[Vouched]]) -> None:
    st.subheader("Who vouches for senders", anchor=False)
    if not any(vouched.values()):
        st.caption(
            "No line tells of DKIM, SPF or DMARC. Those of OpenDKIM, dkimpy-milter, OpenDMARC, "
            "policyd-spf, smf-spf, rspamd and amavis are read."
        )
        return
    there = {mechanism: _MECHANISMS[mechanism] for mechanism, found in vouched.items() if found}
    address.check(
        "mechanism", there.values(), f"Here lines tell of {', '.join(there.values())} only."
    )
    chosen = st.segmented_control(
        "Mechanism",
        list(there),
        default=next(iter(there)),
        required=True,
        format_func=_MECHANISMS.__getitem__,
        key="mechanism",
        bind="query-params",
        label_visibility="collapsed",
        on_change=address.forget,
        args=("mechanism",),
    )
    address.say("mechanism")
    found = vouched[chosen]
    tables.draw(
        pd.DataFrame(
            {
                "Domain": [_NOT_NAMED.get(v.domain) or v.domain for v in found],
                "Passed": [v.passed for v in found],
                "Failed": [v.failed for v in found],
                "Other": [v.count - v.passed - v.failed - v.signed for v in found],
                "Signed by us": [v.signed for v in found],
            }
        ),
        hide_index=True,
        height=_height(len(found)),
        column_config={
            "Domain": st.column_config.TextColumn(width=240),
            "Passed": _COUNT,
            "Failed": _COUNT,
            "Other": st.column_config.NumberColumn(
                format="localized", width=80, help="None, neutral, or no answer in time"
            ),
            "Signed by us": st.column_config.NumberColumn(format="localized", width=110),
        },
        alt=f"{_MECHANISMS[chosen]}: what was found of which domain",
    )


def _height(rows: int) -> int:
    return min(285, 38 + 35 * rows)

"""The page of logins: good, failed, and worth a look."""

from collections.abc import Sequence

import pandas as pd
import streamlit as st

from dashboards import charts, data, frame, tables
from dashboards.frame import View
from dashboards.lines import lines_table
from dashboards.ranges import Shown, to_local
from tracer.errors import TracerError
from tracer.queries.logins import (
    FAILURES_BEFORE,
    FEW_NETWORKS,
    KNOWN_DAYS,
    MANY_FAILURES,
    MANY_OTHERS,
    MOST_VALUES,
    USUAL_DAYS,
    Guessed,
    InClear,
    Kind,
    LoggedIn,
    Tried,
    Unusual,
)
from tracer.queries.overview import Range

QUESTION = "Who logs in, and who tries to?"
_REFRESH_SECONDS = 10
_COLOURS = {"good": charts.COLOURS["delivered"], "failed": charts.COLOURS["rejected"]}
_NOT_NAMED = {None: "(not named)", "": "(none)"}
_OTHERS = {"user": "Addresses", "address": "Users"}
_COUNT = st.column_config.NumberColumn(format="localized", width=80)
_TIME = st.column_config.DatetimeColumn(format="D MMM HH:mm", width=110)
_NAME = st.column_config.TextColumn(width=200)


def show() -> None:
    """Draw the page."""
    _live(frame.view())


@st.fragment(run_every=_REFRESH_SECONDS)
@tables.downloadable
def _live(view: View) -> None:
    try:
        facts = data.facts()
        shown = view.shown(facts)
        span = shown.span
        found = data.logged_in(facts, span.start, span.end, view.host, view.zone.key)
    except TracerError as error:
        frame.explain_no_store(error)
        return
    if not found.series:
        st.info(
            f"Nobody logged in or tried to {frame.place(view, shown)}. Logins of Postfix (SASL) "
            "and Dovecot are read: are their logs among those that are loaded? Or choose another "
            "range or host."
        )
        frame.say_if_past(view, shown)
        return
    _answer(found, view, shown)
    _chart(found, view, span)
    st.subheader("Logins after many failures", anchor=False)
    _guessed(found.guessed, view)
    st.subheader("Logins from unusual places", anchor=False)
    _unusual(found.unusual, view)
    _suspects(found, view)
    st.subheader("Logins without TLS", anchor=False)
    _in_clear(found.in_clear, view)
    left, right = st.columns(2)
    with left:
        st.subheader("By user", anchor=False)
        _tried("user", found.by["user"], view, "Logins by user")
    with right:
        st.subheader("By address", anchor=False)
        _tried("address", found.by["address"], view, "Logins by address")
    left, right = st.columns(2)
    with left:
        st.subheader("By service", anchor=False)
        _services(found.by["service"])
    with right:
        st.subheader("Why they failed", anchor=False)
        _reasons(found)
    if found.lines:
        st.subheader("Latest failures", anchor=False)
        lines_table(found.lines, view.zone)


def _answer(found: LoggedIn, view: View, shown: Shown) -> None:
    good, failed = (sum(getattr(t, what) for t in found.by["service"]) for what in _COLOURS)
    st.markdown(
        f"**{good:,} logins were good, {failed:,} failed** {frame.place(view, shown)}"
        + (f"; **{len(found.guessed):,} of the good came after many failures**: a password may "
           "have been guessed." if found.guessed else ".")
    )  # fmt: skip
    frame.say_if_past(view, shown)


def _chart(found: LoggedIn, view: View, span: Range) -> None:
    st.plotly_chart(
        charts.stacked(
            found.series,
            _COLOURS,
            Range(to_local(span.start, view.zone), to_local(span.end, view.zone)),
            span.bucket_seconds,
            "logins",
        ),
        key="logins",
        config={"displayModeBar": False, "scrollZoom": False},
        alt="Logins over time, good and failed",
    )


def _guessed(guessed: Sequence[Guessed], view: View) -> None:
    if not guessed:
        st.caption(
            f"None: no login came within a day of {FAILURES_BEFORE} failures from its address or "
            "of its user."
        )
        return
    tables.draw(
        pd.DataFrame(
            {
                "Login": [to_local(g.occurred_at, view.zone) for g in guessed],
                "User": [g.username for g in guessed],
                "Address": [g.address or "" for g in guessed],
                "Service": [g.service for g in guessed],
                "Failed from there": [g.from_address for g in guessed],
                "Failed of user": [g.of_user for g in guessed],
            }
        ),
        hide_index=True,
        height=_height(len(guessed)),
        column_config={
            "Login": _TIME,
            "User": _NAME,
            "Failed from there": st.column_config.NumberColumn(
                format="localized", width=130, help="From this address, in the day before"
            ),
            "Failed of user": st.column_config.NumberColumn(
                format="localized", width=130, help="From any address, in the day before"
            ),
        },
        alt="Logins that came after many failures",
    )
    st.caption(
        "Where it was not the user, change the password, look at what was sent since "
        "(search for `user:`), and block the address."
    )


def _unusual(unusual: Sequence[Unusual], view: View) -> None:
    if not unusual:
        st.caption(
            f"None: no user who logged in on {KNOWN_DAYS} of the {USUAL_DAYS} days before, from "
            f"{FEW_NETWORKS} networks (/24, /48) at most, came from another one."
        )
        return
    tables.draw(
        pd.DataFrame(
            {
                "Login": [to_local(u.occurred_at, view.zone) for u in unusual],
                "User": [u.username for u in unusual],
                "Address": [u.address for u in unusual],
                "Service": [u.service for u in unusual],
                "Networks before": [u.networks for u in unusual],
                "Days before": [u.days for u in unusual],
            }
        ),
        hide_index=True,
        height=_height(len(unusual)),
        column_config={
            "Login": _TIME,
            "User": _NAME,
            "Networks before": st.column_config.NumberColumn(
                width=140, help=f"From how many networks, in the {USUAL_DAYS} days before"
            ),
            "Days before": st.column_config.NumberColumn(
                width=110, help=f"On how many of the {USUAL_DAYS} days before the user logged in"
            ),
        },
        alt="Logins from networks that are new for their users",
    )
    st.caption(
        f"From a network (/24, /48) that the user did not log in from in the {USUAL_DAYS} days "
        "before. A new phone or a journey is the usual reason; a stolen password the other one."
        + (f" The latest {MOST_VALUES} are listed." if len(unusual) == MOST_VALUES else "")
    )


def _suspects(found: LoggedIn, view: View) -> None:
    left, right = st.columns(2)
    with left:
        st.subheader("Addresses that guess", anchor=False)
        if found.suspects["address"]:
            _tried("address", found.suspects["address"], view, "Addresses that guess")
        else:
            st.caption(
                f"None: no address failed {MANY_FAILURES} times, or with {MANY_OTHERS} users, "
                "and more often than not."
            )
    with right:
        st.subheader("Users who are guessed at", anchor=False)
        if found.suspects["user"]:
            _tried("user", found.suspects["user"], view, "Users who are guessed at")
        else:
            st.caption(
                f"None: no user failed {MANY_FAILURES} times, or from {MANY_OTHERS} addresses, "
                "and more often than not."
            )


def _tried(kind: Kind, tried: Sequence[Tried], view: View, alt: str) -> None:
    title = kind.capitalize()
    tables.draw(
        pd.DataFrame(
            {
                title: [_NOT_NAMED.get(t.value) or t.value for t in tried],
                "Failed": [t.failed for t in tried],
                "Good": [t.good for t in tried],
                _OTHERS[kind]: [t.others for t in tried],
                "Last": [to_local(t.last_at, view.zone) for t in tried],
            }
        ),
        hide_index=True,
        height=_height(len(tried)),
        column_config={
            title: st.column_config.TextColumn(width=150),
            "Failed": _COUNT,
            "Good": _COUNT,
            _OTHERS[kind]: st.column_config.NumberColumn(format="localized", width=90),
            "Last": _TIME,
        },
        alt=alt,
    )


def _in_clear(in_clear: Sequence[InClear], view: View) -> None:
    if not in_clear:
        st.caption(
            "None that a line tells of. Dovecot says of each login whether TLS was used; Postfix "
            "does not: `smtpd_tls_auth_only = yes` lets nobody log in without it."
        )
        return
    tables.draw(
        pd.DataFrame(
            {
                "User": [login.username for login in in_clear],
                "Address": [login.address or "" for login in in_clear],
                "Service": [login.service for login in in_clear],
                "Count": [login.count for login in in_clear],
                "Last": [to_local(login.last_at, view.zone) for login in in_clear],
            }
        ),
        hide_index=True,
        height=_height(len(in_clear)),
        column_config={"User": _NAME, "Count": _COUNT, "Last": _TIME},
        alt="Who logged in without TLS",
    )
    st.caption(
        "These passwords can be read on the way. `ssl = required` in Dovecot and "
        "`smtpd_tls_auth_only = yes` in Postfix let nobody log in without TLS. Of SMTP no line "
        "says whether TLS was used."
    )


def _services(services: Sequence[Tried]) -> None:
    tables.draw(
        pd.DataFrame(
            {
                "Service": [t.value or "" for t in services],
                "Failed": [t.failed for t in services],
                "Good": [t.good for t in services],
            }
        ),
        hide_index=True,
        height=_height(len(services)),
        column_config={"Failed": _COUNT, "Good": _COUNT},
        alt="Logins, failed and good, by service",
    )
    st.caption("Of SMTP, each message that somebody sent after logging in is a good login.")


def _reasons(found: LoggedIn) -> None:
    if not found.reasons:
        st.caption("Nobody failed.")
        return
    tables.draw(
        pd.DataFrame(
            {
                "Reason": [_NOT_NAMED.get(reason) or reason for reason in found.reasons],
                "Count": list(found.reasons.values()),
            }
        ),
        hide_index=True,
        height=_height(len(found.reasons)),
        column_config={"Reason": st.column_config.TextColumn(width=240), "Count": _COUNT},
        alt="Why logins failed, in the programs' words",
    )


def _height(rows: int) -> int:
    return min(285, 38 + 35 * rows)

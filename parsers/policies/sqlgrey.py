"""SQLgrey, the greylisting policy server with a database. Each line begins with its log type.

Client and network stand before sender and recipient, which are shown without quotes and read up
to the last place that fits.
"""

from parsers.policies.net_server import server
from parsers.shapes import Shape

_SOURCE = "sqlgrey sqlgrey"
_DAEMONS = ("sqlgrey",)
_CLIENT = ": {:word}({client_address}), "
_ENVELOPE = "{envelope_sender:rest} -> {recipient:rest}"

SHAPES = (
    Shape(
        event="sqlgrey.greylisted",
        daemons=_DAEMONS,
        template="grey: {reason:=new|early reconnect|throttling}" + _CLIENT + _ENVELOPE,
        samples=("grey: new: 203.0.113(203.0.113.6), a@hamster.example -> grey@lab.example",),
        source=_SOURCE,
        constants={"action": "greylist"},
        common=True,
    ),
    Shape(
        event="sqlgrey.passed",
        daemons=_DAEMONS,
        template=(
            "grey: {reason:=reconnect ok}" + _CLIENT + _ENVELOPE + " ({detail:text})",
            "grey: {reason:=from awl match}: updating {:word}({client_address}), {detail}",
            "grey: {reason:=domain awl match}: updating {:word}({client_address}), {detail:rest}",
            (
                "whitelist: {envelope_sender:rest}, {client_address}([{client_name}])"
                " -> {recipient:rest}"
            ),
        ),
        samples=(
            (
                "grey: reconnect ok: 203.0.113(203.0.113.6), a@hamster.example ->"
                " grey@lab.example (00:08:12)"
            ),
            (
                "grey: from awl match: updating 203.0.113(203.0.113.6),"
                " a@hamster.example(a@hamster.example)"
            ),
            "grey: domain awl match: updating 203.0.113(203.0.113.6), hamster.example",
            "whitelist: a@hamster.example, 203.0.113.6(out.hamster.example) -> grey@lab.example",
        ),
        source=_SOURCE,
        constants={"action": "pass"},
        common=True,
    ),
    Shape(
        event="sqlgrey.client_whitelisted",
        daemons=_DAEMONS,
        template="grey: {reason:=from|domain} awl: {client_address:word}, {detail:rest} added",
        samples=("grey: from awl: 203.0.113.6, a@hamster.example added",),
        source=_SOURCE,
    ),
    Shape(
        event="sqlgrey.sender_never_returned",
        daemons=_DAEMONS,
        template="spam: {client_address:word}: " + _ENVELOPE + " at {detail:text}",
        samples=("spam: 203.0.113.6: a@hamster.example -> grey@lab.example at 1203163029",),
        source=_SOURCE,
    ),
    Shape(
        event="sqlgrey.client_classified",
        daemons=_DAEMONS,
        template=(
            "grey: identified {reason:text}: {client_name}, {client_address}: {detail}",
            "grey: unknown pattern: {client_name}, {client_address}: {detail}",
            "grey: unknown RDNS: {client_address}",
            "whitelist: {detail:text} in {static|dynamic|user} whitelist",
            "whitelist: {client_name}: {detail}",
            "optin: greylisting {active|inactive} for {recipient:rest}",
            "optin: {recipient:word} [not ]in {detail:name}",
        ),
        samples=(
            (
                "grey: identified SMTP server pattern: out.hamster.example, 203.0.113.6: Using"
                " C-class (203.0.113)."
            ),
            "grey: unknown pattern: out.hamster.example, 203.0.113.6: using C-class (203.0.113).",
            "grey: unknown RDNS: 203.0.113.6",
            "whitelist: 203.0.113.6 in static whitelist",
            "whitelist: out.hamster.example: match static whitelist regexp",
            "optin: greylisting active for grey@lab.example",
            "optin: lab.example not in optin_domain",
        ),
        source=_SOURCE,
        constants={"severity": "info"},
    ),
    Shape(
        event="sqlgrey.database_cleaned",
        daemons=_DAEMONS,
        template=(
            "perf: spent {duration_seconds}s cleaning: {detail}",
            "perf: {detail}",
        ),
        samples=(
            "perf: spent 0s cleaning: from_awl (1) domain_awl (0) connect (12)",
            "perf: cleanup started",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="sqlgrey.database_failed",
        daemons=_DAEMONS,
        template=(
            "dbaccess: {severity:=error|warning}: {reason:rest}",
            "dbaccess: {reason:=can't connect to DB}: {detail}",
        ),
        samples=(
            "dbaccess: error: couldn't access from_awl table: server closed the connection",
            "dbaccess: can't connect to DB: could not connect to server",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="sqlgrey.database_changed",
        daemons=_DAEMONS,
        template="dbaccess: {detail:=upgrading database|Using|Read_hosts:|connect:|from_awl:|"
        "domain_awl:|connect table:} {reason:rest}",
        samples=("dbaccess: upgrading database schema from version 1 to version 2",),
        source=_SOURCE,
    ),
    Shape(
        event="sqlgrey.noted",
        daemons=_DAEMONS,
        template=(
            "conf: {detail}",
            "system: {detail}",
            "mail: {detail}",
            "martians: {detail}",
            "grey: get_reconnect_delay error: {detail}",
            "whitelist: reloading {detail}",
            "grey: error: {detail}",
            "Unknown logtype {detail}",
        ),
        samples=(
            "conf: warning: /etc/sqlgrey/clients_ip_whitelist.local not found or unreadable",
            "system: forked cleanup child (118)",
            "mail: child exited with value: 75",
            "martians: undefined domain, from is 'root'",
            "grey: get_reconnect_delay error: no connect in database for a@b.example, x, y",
            "grey: error: unexpected SQL result (get_first_seen_in_from_awl)",
            "Unknown logtype (x): y",
            "whitelist: reloading /etc/sqlgrey/clients_fqdn_whitelist.local",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="sqlgrey.problem_logged",
        daemons=_DAEMONS,
        template="{severity:=warning|fatal}: {reason:rest}",
        samples=("fatal: Couldn't open /etc/sqlgrey/sqlgrey.conf for reading",),
        source=_SOURCE,
    ),
    *server("sqlgrey", _DAEMONS),
)

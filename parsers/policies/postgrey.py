"""postgrey, the greylisting policy server.

Sender and recipient stand as the client gave them, without quotes; both are read up to the last
place that fits.
"""

from parsers.policies.net_server import server
from parsers.shapes import Shape

_CHECKED = (
    "[{queue_id}: ]action={action:name}[, reason={reason}][, delay={duration_seconds}]"
    "[, client_name={client_name}], client_address={client_address}[/{client_port}]"
)

SHAPES = (
    Shape(
        event="postgrey.checked",
        daemons=("postgrey",),
        template=(
            _CHECKED + ", sender={envelope_sender:rest}, recipient={recipient:rest}",
            _CHECKED + ", recipient={recipient:rest}",
            _CHECKED + "[, sender={envelope_sender:rest}]",
        ),
        samples=(
            (
                "action=greylist, reason=new, client_name=out.hamster.example, "
                "client_address=203.0.113.6, sender=a@hamster.example, recipient=grey@lab.example"
            ),
            (
                "action=pass, reason=triplet found, delay=6, client_name=out.hamster.example, "
                "client_address=203.0.113.6, sender=a@hamster.example, recipient=grey@lab.example"
            ),
            (
                "action=greylist, reason=early-retry (294s missing), client_name=unknown, "
                "client_address=2001:db8::6, recipient=grey@lab.example"
            ),
            "action=pass, reason=client whitelist, client_address=2001:db8::6, sender=a@x.example",
        ),
        source="postgrey postgrey (mylog_action)",
        common=True,
    ),
    Shape(
        event="postgrey.client_whitelisted",
        daemons=("postgrey",),
        template=(
            "whitelisted: {client_name:host}\\[{client_address}\\]",
            "whitelisted: {client_name:rest}",
        ),
        samples=(
            "whitelisted: out.hamster.example[203.0.113.6]",
            "whitelisted: out.hamster.example",
        ),
        source="postgrey postgrey (smtpd_access_policy)",
    ),
    Shape(
        event="postgrey.database_cleaned",
        daemons=("postgrey",),
        template=(
            "cleaning {detail:name} database finished. before: {item_count}, after: {:int}",
            "cleaning up old {detail:name}...",
            "rm {file_name:rest}",
        ),
        samples=(
            "cleaning main database finished. before: 120, after: 97",
            "cleaning up old logs...",
            "rm /var/lib/postgrey/log.0000000001",
        ),
        source="postgrey postgrey (do_maintenance)",
    ),
    Shape(
        event="postgrey.whitelists_reloaded",
        daemons=("postgrey",),
        template="HUP received: reloading whitelists...",
        samples=("HUP received: reloading whitelists...",),
        source="postgrey postgrey (sig_hup)",
    ),
    Shape(
        event="postgrey.request_refused",
        daemons=("postgrey",),
        template=(
            "unrecognized request type: '{detail:rest}'",
            "ignoring garbage: <{detail:rest}>",
            "correcting {detail:=date for first seen in the future}!",
        ),
        samples=(
            "unrecognized request type: ''",
            "ignoring garbage: <GET / HTTP/1.1>",
            "correcting date for first seen in the future!",
        ),
        source="postgrey postgrey (mux_input, smtpd_access_policy)",
    ),
    Shape(
        event="postgrey.warning_logged",
        daemons=("postgrey",),
        template="WARNING: {detail}",
        samples=("WARNING: can't open /etc/postgrey/whitelist_clients: No such file",),
        source="postgrey postgrey (main)",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postgrey.error_logged",
        daemons=("postgrey",),
        template="FATAL: {detail}",
        samples=("FATAL: ERROR: can't open lock file: /var/lib/postgrey/postgrey.lock",),
        source="postgrey postgrey (main)",
        constants={"severity": "fatal"},
    ),
    *server("postgrey", ("postgrey",)),
)

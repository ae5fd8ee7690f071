"""postgrey, the greylisting policy server, and Net::Server, which it runs on.

Sender and recipient stand as the client gave them, without quotes; both are read up to the last
place that fits.
"""

from parsers.shapes import Shape

_SERVER = "Net::Server lib/Net/Server.pm, lib/Net/Server/Proto/TCP.pm"
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
    ),
    Shape(
        event="postgrey.client_whitelisted",
        daemons=("postgrey",),
        template="whitelisted: {client_name:rest}",
        samples=("whitelisted: out.hamster.example",),
        source="postgrey postgrey (smtpd_access_policy)",
    ),
    Shape(
        event="postgrey.database_cleaned",
        daemons=("postgrey",),
        template=(
            "cleaning {detail:name} database finished. before: {item_count}, after: {:int}",
            "cleaning up old {detail:name}...",
        ),
        samples=(
            "cleaning main database finished. before: 120, after: 97",
            "cleaning up old logs...",
        ),
        source="postgrey postgrey (do_maintenance)",
    ),
    Shape(
        event="postgrey.warning_logged",
        daemons=("postgrey",),
        template="{WARNING|FATAL}: {detail}",
        samples=("WARNING: can't open /etc/postgrey/whitelist_clients: No such file",),
        source="postgrey postgrey (main)",
    ),
    Shape(
        event="postgrey.server_started",
        daemons=("postgrey",),
        template="{:word} postgrey (type {transport}) starting! pid({peer_pid})",
        samples=("2026/11/24-03:36:59 postgrey (type Net::Server::Multiplex) starting! pid(118)",),
        source=_SERVER,
    ),
    Shape(
        event="postgrey.server_stopped",
        daemons=("postgrey",),
        template=("{:word} Server closing!", "{reason:=Exiting|Sending children hup signal}[!]"),
        samples=("2026/11/24-03:39:28 Server closing!", "Exiting!"),
        source=_SERVER,
    ),
    Shape(
        event="postgrey.socket_opened",
        daemons=("postgrey",),
        template=(
            "Binding to {protocol} port {relay_port} on host {local_address:word} with IPv{detail}",
            'Binding to {protocol} socket file "{file_name:text}"',
        ),
        samples=(
            "Binding to TCP port 10023 on host 127.0.0.1 with IPv4",
            'Binding to UNIX socket file "/var/spool/postfix/postgrey/socket"',
        ),
        source=_SERVER,
    ),
    Shape(
        event="postgrey.process_set_up",
        daemons=("postgrey",),
        template=(
            "Process {detail:=Backgrounded|Daemonized}",
            'Setting {gid|uid} to "{detail:text}"',
        ),
        samples=("Process Backgrounded", 'Setting gid to "112 112"'),
        source=_SERVER,
    ),
)

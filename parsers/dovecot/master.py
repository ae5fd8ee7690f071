"""Dovecot's master process: start, stop, and the processes it watches over.

What else it warns of is typed by its severity (parsers.dovecot.trouble).
"""

from parsers.dovecot import SERVICES, SEVERITY
from parsers.shapes import Shape

_MASTER = "{service:=master}: " + SEVERITY
_SERVICE = "master: " + SEVERITY + "service({service:name}): "
_SIGNAL = "Killed with signal {detail:word} (by pid={peer_pid} uid={uid} code={reason})"
_LIMIT = (
    "{reason:=process_limit|client_limit|client_limit/service_count} ({item_count}) reached, "
    "client connections are being dropped[ (pid={peer_pid}, reuse_port=yes)]"
)

SHAPES = (
    Shape(
        event="dovecot.started",
        daemons=("dovecot",),
        template="[master: ][Info: ]Dovecot v{version:text} starting up[ for {detail}]"
        "[ without any protocols{:rest}]",
        samples=(
            (
                "master: Dovecot v2.3.19.1 (9b53102964) starting up for imap, pop3, lmtp "
                "(core dumps disabled)"
            ),
        ),
        source="dovecot src/master/main.c",
    ),
    Shape(
        event="dovecot.stopped",
        daemons=("dovecot",),
        template="master: " + SEVERITY + _SIGNAL,
        samples=("master: Killed with signal 15 (by pid=1179 uid=0 code=kill)",),
        source="dovecot src/master/main.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.process_stopped",
        daemons=("dovecot",),
        template=SERVICES
        + "[({username:account})][<{:int}>][<[{session_id:word}]>]: "
        + SEVERITY
        + _SIGNAL,
        samples=(
            "log: Killed with signal 15 (by pid=1179 uid=0 code=kill)",
            "imap(bob)<859><S1>: Killed with signal 15 (by pid=1179 uid=0 code=kill)",
        ),
        source="dovecot src/lib-master/master-service.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.reloaded",
        daemons=("dovecot",),
        template="master: " + SEVERITY + "SIGHUP received - {detail}",
        samples=("master: SIGHUP received - reloading configuration",),
        source="dovecot src/master/main.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.limit_reached",
        daemons=("dovecot",),
        template=_SERVICE + _LIMIT,
        samples=(
            (
                "master: service(imap-login): process_limit (100) reached, "
                "client connections are being dropped"
            ),
        ),
        source="dovecot src/master/service-monitor.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.limit_misconfigured",
        daemons=("dovecot",),
        template=(
            "{service:=master|config|doveconf}: " + SEVERITY + "fd limit (ulimit -n) is lower "
            "than required under max. load ({item_count} < {:int}), because of {detail}",
            "{master|config|doveconf}: "
            + SEVERITY
            + r"service {service:name} \{ client_limit={item_count} \} is lower than required "
            "under max. load ({:int})[. {detail}]",
        ),
        samples=(
            (
                "config: fd limit (ulimit -n) is lower than required under max. load "
                "(256 < 1000), because of default_client_limit"
            ),
            (
                "config: service auth { client_limit=1000 } is lower than required under max. "
                "load (1328). Counted with: service imap-login { process_limit=100 }"
            ),
        ),
        source="dovecot src/master/master-settings.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.process_failed",
        daemons=("dovecot",),
        template=(
            _SERVICE + "child {peer_pid} {reason}",
            _SERVICE + "{reason:=Initial status notification not received in} {detail}",
            _SERVICE + "Process {peer_pid} is {reason:=ignoring idle SIGINT}",
        ),
        samples=(
            (
                "master: service(imap): child 859 killed with signal 11 "
                "(core dumps disabled - https://dovecot.org/bugreport.html#coredumps)"
            ),
            (
                "master: service(imap): Initial status notification not received in 30 seconds, "
                "killing the process"
            ),
            "master: service(imap): Process 859 is ignoring idle SIGINT",
        ),
        source="dovecot src/master/service-process.c",
        constants={"severity": "error"},
    ),
    Shape(
        event="dovecot.service_throttled",
        daemons=("dovecot",),
        template=_SERVICE + "command startup failed, throttling for {duration_seconds} secs",
        samples=(
            "master: service(imap-login): command startup failed, throttling for 2.000 secs",
            "master: service(ssl-params): command startup failed, throttling for 2 secs",
        ),
        source="dovecot src/master/service-monitor.c",
        constants={"severity": "error"},
    ),
    Shape(
        event="dovecot.processes_not_ending",
        daemons=("dovecot",),
        template=(
            _MASTER + "Processes aren't dying after reload, {sent|sending} {action:name}"
            "[ to {item_count} processes][.][ {detail}]",
            "master: " + SEVERITY + "Sent {action:=SIGTERM|SIGKILL} to {item_count} "
            "{service:name} processes",
        ),
        samples=(
            (
                "master: Processes aren't dying after reload, sent SIGTERM to 3 processes. "
                "(1 processes still uninitialized)"
            ),
            "master: Sent SIGKILL to 2 imap processes",
        ),
        source="dovecot src/master/service.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.clock_moved",
        daemons=("dovecot",),
        template=(
            "{service:name}[({:unbracketed})]: "
            + SEVERITY
            + "Time {moved|jumped} {action:=backwards|forwards|forward} by {duration_seconds} "
            "seconds{,| -} {detail}",
        ),
        samples=(
            "master: Time moved forwards by 12.500000 seconds - adjusting timeouts.",
            (
                "master: Time moved backwards by 3.500000 seconds, waiting for 180.000 seconds "
                "until new services are launched again."
            ),
        ),
        source="dovecot src/master/main.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.already_running",
        daemons=("dovecot",),
        template=_MASTER + "Dovecot is already running[ with PID {peer_pid} (read from "
        "{file_name})][? Socket already exists: {detail}]",
        samples=(
            "master: Dovecot is already running with PID 812 (read from /run/dovecot/master.pid)",
        ),
        source="dovecot src/master/main.c",
        constants={"severity": "fatal"},
    ),
)

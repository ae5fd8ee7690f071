"""Dovecot's master process: start, stop, and the processes it watches over."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="dovecot.started",
        daemons=("dovecot",),
        template="master: Dovecot v{version:text} starting up[ for {detail}]",
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
        template="master: Warning: Killed with signal {detail:word} "
        "(by pid={peer_pid} uid={uid} code={reason})",
        samples=("master: Warning: Killed with signal 15 (by pid=1179 uid=0 code=kill)",),
        source="dovecot src/master/main.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.reloaded",
        daemons=("dovecot",),
        template="master: Warning: SIGHUP received - {detail}",
        samples=("master: Warning: SIGHUP received - reloading configuration",),
        source="dovecot src/master/main.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.limit_reached",
        daemons=("dovecot",),
        template="master: Warning: service({service:name}): {reason:=process_limit|client_limit} "
        "({item_count}) reached, client connections are being dropped",
        samples=(
            (
                "master: Warning: service(imap-login): process_limit (100) reached, "
                "client connections are being dropped"
            ),
        ),
        source="dovecot src/master/service-monitor.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.process_failed",
        daemons=("dovecot",),
        template="master: {Error|Fatal}: service({service:name}): child {peer_pid} {reason}",
        samples=(
            (
                "master: Error: service(imap): child 859 killed with signal 11 "
                "(core dumps disabled - https://dovecot.org/bugreport.html#coredumps)"
            ),
        ),
        source="dovecot src/master/service-process.c",
        constants={"severity": "error"},
    ),
)

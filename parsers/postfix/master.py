"""master(8) and the postfix(1) command: the mail system as a whole."""

from parsers.shapes import Shape

_SCRIPT = ("postfix/postfix-script", "postfix/postlog")

SHAPES = (
    Shape(
        event="postfix.system_started",
        daemons=("postfix/master",),
        template="daemon started -- version {version:text}, configuration {file_name:rest}",
        samples=("daemon started -- version 3.7.11, configuration /etc/postfix",),
        source="src/master/master.c",
    ),
    Shape(
        event="postfix.system_reloaded",
        daemons=("postfix/master",),
        template="reload -- version {version:text}, configuration {file_name:rest}",
        samples=("reload -- version 3.7.11, configuration /etc/postfix",),
        source="src/master/master.c",
    ),
    Shape(
        event="postfix.system_stopped",
        daemons=("postfix/master",),
        template=("terminating on {detail:rest}", "master exit time has arrived"),
        samples=("terminating on signal 15", "master exit time has arrived"),
        source="src/master/master_sig.c",
    ),
    Shape(
        event="postfix.process_failed",
        daemons=("postfix/master",),
        template="warning: process {file_name} pid {peer_pid} {reason:rest}",
        samples=(
            "warning: process /usr/lib/postfix/sbin/pipe pid 1218 exit status 1",
            "warning: process /usr/lib/postfix/sbin/smtpd pid 1193 killed by signal 9",
        ),
        source="src/master/master_spawn.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.service_throttled",
        daemons=("postfix/master",),
        template="warning: {file_name}: bad command startup -- throttling",
        samples=("warning: /usr/lib/postfix/sbin/pipe: bad command startup -- throttling",),
        source="src/master/master_spawn.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.process_limit_reached",
        daemons=("postfix/master",),
        template=(
            'warning: service "{service}" ({transport:text}) has reached its process limit'
            ' "{item_count}": {reason:rest}'
        ),
        samples=(
            (
                'warning: service "smtp" (25) has reached its process limit "100": new clients may'
                " experience noticeable delays"
            ),
        ),
        source="src/master/master_avail.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.system_commanded",
        daemons=_SCRIPT,
        template=(
            "{action:=starting|stopping|refreshing|aborting|waiting for} the Postfix mail system"
            "[{detail:rest}]"
        ),
        samples=(
            "starting the Postfix mail system",
            "waiting for the Postfix mail system to terminate",
        ),
        source="conf/postfix-script",
    ),
    Shape(
        event="postfix.system_status_told",
        daemons=_SCRIPT,
        template="the Postfix mail system is {status:=running|not running}[: PID: {peer_pid}]",
        samples=(
            "the Postfix mail system is running: PID: 1179",
            "the Postfix mail system is not running",
        ),
        source="conf/postfix-script",
    ),
)

"""postsrsd 1.x and 2.x: envelope senders rewritten for forwarding, and their way back.

Addresses are the senders' choice and stand in angle brackets without quotes; the one written first
is read up to the last place that fits. 2.x names Postfix's queue id where it is a Milter, and
begins its lines on standard error with its own name and the severity.
"""

from parsers.shapes import Shape

_DAEMONS = ("postsrsd",)
_V1 = "postsrsd postsrsd.c (1.x)"
_V2 = "postsrsd src/srs.c, src/main.c"
_STDERR = "[postsrsd: ][{debug|warn|error}: ]"
_LINE = _STDERR + "[{queue_id}: ][{NULL|NOQUEUE}: ]"

SHAPES = (
    Shape(
        event="postsrsd.rewritten",
        daemons=_DAEMONS,
        template=(
            "srs_forward: <{envelope_sender:rest}> rewritten as <{detail:rest}>",
            _LINE + "<{envelope_sender:rest}> forwarded as <{detail:rest}>",
        ),
        samples=(
            (
                "srs_forward: <anna@partner.example> rewritten as"
                " <SRS0=F3Gb=75=partner.example=anna@lab.example>"
            ),
            (
                "4jYT8M5kLVzCT0c: <anna@partner.example> forwarded as"
                " <SRS0=F3Gb=75=partner.example=anna@lab.example>"
            ),
        ),
        source=_V1 + ", " + _V2,
        constants={"action": "rewrite"},
        common=True,
    ),
    Shape(
        event="postsrsd.reversed",
        daemons=_DAEMONS,
        template=(
            "srs_reverse: <{detail:text}> rewritten as <{recipient:rest}>",
            _LINE + "<{detail:text}> reversed to <{recipient:rest}>",
        ),
        samples=(
            (
                "srs_reverse: <SRS0=F3Gb=75=partner.example=anna@lab.example> rewritten as"
                " <anna@partner.example>"
            ),
            "<SRS0=F3Gb=75=partner.example=anna@lab.example> reversed to <anna@partner.example>",
        ),
        source=_V1 + ", " + _V2,
        constants={"action": "reverse"},
    ),
    Shape(
        event="postsrsd.not_rewritten",
        daemons=_DAEMONS,
        template=(
            "srs_forward: <{envelope_sender:rest}> not rewritten: {reason:rest}",
            _LINE + "<{envelope_sender:rest}> not {rewritten|forward-rewritten}: {reason:rest}",
        ),
        samples=(
            "srs_forward: <anna@lab.example> not rewritten: Domain excluded by policy",
            "NOQUEUE: <anna@lab.example> not rewritten: all recipients are in local domains",
        ),
        source=_V1 + ", " + _V2,
        constants={"action": "none"},
        common=True,
    ),
    Shape(
        event="postsrsd.not_reversed",
        daemons=_DAEMONS,
        template=(
            "srs_reverse: <{recipient:rest}> not rewritten: {reason:rest}",
            _LINE + "<{recipient:rest}> not {reversed|reverse-rewritten}: {reason:rest}",
        ),
        samples=(
            "srs_reverse: <anna@lab.example> not rewritten: Not an SRS address.",
            (
                "<SRS0=XXXX=75=partner.example=anna@lab.example> not reversed: Hash invalid in SRS"
                " address."
            ),
        ),
        source=_V1 + ", " + _V2,
        constants={"action": "none"},
    ),
    Shape(
        event="postsrsd.rejected",
        daemons=_DAEMONS,
        template=_LINE + "rejecting {reason:=invalid SRS address} <{recipient:rest}>",
        samples=("4jYT8M5kLVzCT0c: rejecting invalid SRS address <SRS0=x@lab.example>",),
        source=_V2,
        constants={"action": "reject"},
    ),
    Shape(
        event="postsrsd.milter_failed",
        daemons=_DAEMONS,
        template=(
            _LINE + "MTA sent {detail:text} milter {stage:name} command",
            _LINE + "MTA sent {detail:text} milter command",
            _LINE + "MTA {reason:=aborted transaction}",
            _LINE + "MTA {reason:=exceeded the recipient limit} per mail transaction",
            _LINE + "MTA {reason:=initiated unexpected milter option negotiation}",
            _STDERR + "MTA does not support {detail:name} milter action",
            _LINE + "{reason:=no sender envelope address|no recipient address}",
            _LINE + "{reason:=invalid recipient}: {recipient:rest}",
        ),
        samples=(
            "4jYT8M5kLVzCT0c: MTA sent unexpected milter RCPT command",
            "4jYT8M5kLVzCT0c: MTA sent unexpected milter command",
            "4jYT8M5kLVzCT0c: MTA aborted transaction",
            "4jYT8M5kLVzCT0c: MTA exceeded the recipient limit per mail transaction",
            "NOQUEUE: MTA initiated unexpected milter option negotiation",
            "MTA does not support CHGFROM milter action",
            "4jYT8M5kLVzCT0c: no sender envelope address",
            "4jYT8M5kLVzCT0c: invalid recipient: dave",
        ),
        source=_V2,
    ),
    Shape(
        event="postsrsd.query_refused",
        daemons=_DAEMONS,
        template=(
            _STDERR + "invalid {reason:=socketmap query}, closing connection",
            _STDERR + "{reason:=socketmap query} is too big",
            _STDERR + "invalid {reason:=key in socketmap query}",
            _STDERR + "{reason:=connection limit} reached",
        ),
        samples=(
            "invalid socketmap query, closing connection",
            "socketmap query is too big",
            "invalid key in socketmap query",
            "connection limit reached",
        ),
        source=_V2,
    ),
    Shape(
        event="postsrsd.database_failed",
        daemons=_DAEMONS,
        template=(
            _STDERR + "{sqlite|redis} {detail:text}: {reason:rest}",
            _STDERR + "failed to {prepare|connect|allocate} {reason:rest}",
            _STDERR + "{unsupported database|invalid database uri} '{file_name}'",
            _STDERR + "not {reason:=database uri} configured",
        ),
        samples=(
            "redis connection failure: Connection refused",
            "failed to connect to 'redis:localhost:6379'",
            "unsupported database 'mysql:x'",
            "not database uri configured",
        ),
        source="postsrsd src/database.c",
        constants={"severity": "error"},
    ),
    Shape(
        event="postsrsd.configuration_failed",
        daemons=_DAEMONS,
        template=(
            _STDERR + "cannot read '{file_name}': {reason:rest}",
            _STDERR + "cannot read {detail:=secrets|local domains} from {file_name:rest}",
            _STDERR
            + "{malformed configuration file|unsupported endpoint|failed to create endpoint}"
            + " '{file_name}'",
            _STDERR
            + "{reason:=configuration error|duplicate local domain|invalid milter endpoint|"
            + "unknown or invalid unprivileged user|hash-minimum|invalid domain name|"
            + "no SRS domain|need at least one|POSTSRSD_FAKETIME|trying to reload configuration|"
            + "expected|too many endpoint sockets|file path for unix socket}[ ]{detail}",
        ),
        samples=(
            "cannot read '/etc/postsrsd.conf': No such file or directory",
            "cannot read secrets from /etc/postsrsd.secret",
            "failed to create endpoint 'inet:localhost:10003'",
            "no SRS domain configured",
        ),
        source="postsrsd src/config.c, src/endpoint.c",
        constants={"severity": "error"},
    ),
    Shape(
        event="postsrsd.reloaded",
        daemons=_DAEMONS,
        template=(
            _STDERR + "Signal {:int} received, reloading configuration.",
            _STDERR + "file change detected, reloading configuration.",
        ),
        samples=(
            "Signal 1 received, reloading configuration.",
            "file change detected, reloading configuration.",
        ),
        source=_V2,
    ),
    Shape(
        event="postsrsd.stopped",
        daemons=_DAEMONS,
        template=_STDERR + "Signal {status:name} received. shutting down.",
        samples=("Signal 15 received. shutting down.",),
        source=_V2,
    ),
    Shape(
        event="postsrsd.child_ended",
        daemons=_DAEMONS,
        template=(
            _STDERR + "child process {peer_pid} {reason:rest}",
            _STDERR + "Worker process {reason:rest}",
        ),
        samples=(
            "child process 118 exited with status code 1",
            "Worker process was terminated with signal 11",
        ),
        source=_V2,
        constants={"severity": "warning"},
    ),
    Shape(
        event="postsrsd.setup_failed",
        daemons=_DAEMONS,
        template=(
            _STDERR + "cannot {drop privileges|start milter|chdir to|open} {reason:rest}",
            _STDERR + "cannot {drop privileges|start milter}: {reason:rest}",
            _STDERR
            + "{detail:=Poll failure|poll|accept|fork|waitpid|sd_notify}[ {:name}]: {reason:rest}",
            _STDERR + "failed to {make|activate|enable|setup} {reason:rest}",
            _STDERR
            + "{detail:=seccomp|inotify|syslog|chroot|socket dispatch|NOTIFY_SOCKET|no milter}"
            + "{reason:rest}",
        ),
        samples=(
            "cannot open /run/postsrsd.pid for writing",
            "cannot drop privileges: setuid: Operation not permitted",
            "fork: Cannot allocate memory",
            "failed to setup inotify watch",
            "seccomp sandbox is unavailable",
        ),
        source=_V2,
    ),
    Shape(
        event="postsrsd.problem_logged",
        daemons=_DAEMONS,
        template="postsrsd: {severity:=warn|error}: {reason:rest}",
        samples=("postsrsd: error: Address already in use",),
        source="postsrsd src/util.c",
    ),
)

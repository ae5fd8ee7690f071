"""What any Postfix program may log; tried after a daemon's own shapes."""

from parsers.shapes import Shape

_ALL = ("postfix/*",)

SHAPES = (
    Shape(
        event="postfix.problem_logged",
        daemons=_ALL,
        template=(
            "{severity:=warning|error|fatal|panic}: {queue_id}: {reason:rest}",
            "{severity:=warning|error|fatal|panic}: {reason:rest}",
        ),
        samples=(
            "warning: 4DDD81627E7: queue file size limit exceeded",
            (
                "warning: TLS library problem: error:0A00010B:SSL routines::wrong version"
                " number:../ssl/record/ssl3_record.c:350:"
            ),
            "fatal: no SASL authentication mechanisms",
        ),
        source="src/util/msg_syslog.c",
    ),
    Shape(
        event="postfix.notification_deferred",
        daemons=_ALL,
        template="{queue_id}: status={status} ({reason})",
        samples=("0A19F16272B: status=deferred (bounce failed)",),
        source="src/global/abounce.c",
    ),
    Shape(
        event="postfix.table_changed",
        daemons=_ALL,
        template="table {file_name:text} has changed -{detail:rest}",
        samples=("table hash:/etc/postfix/virtual(0,lock|fold_fix) has changed -- restarting",),
        source="src/global/mail_dict.c",
    ),
    Shape(
        event="postfix.default_kept",
        daemons=_ALL,
        template="[{file_name}: ]using backwards-compatible default setting {detail:rest}",
        samples=(
            (
                "using backwards-compatible default setting smtputf8_enable=no to accept non-ASCII"
                ' sender address "x" from out.hamster.example[203.0.113.6]'
            ),
        ),
        source="src/smtpd/smtpd.c",
    ),
)

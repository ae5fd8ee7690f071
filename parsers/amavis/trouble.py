"""What amavis marks as wrong: `(!)` is a warning, `(!!)` an error.

Each mark is one event, whose templates type what is known and end in one for what is not.
"""

from parsers.amavis import DAEMONS, TASK
from parsers.shapes import Shape

_LOG = "amavis lib/Amavis/Log.pm"
_WARNING = TASK + "(!)"
_ERROR = TASK + "(!!)"
_FORWARDED = (
    "[{mail_id:name}[({:host})] ]{action:=FWD|SEND} [via {protocol:name}: ][from "
    "]<{envelope_sender:doubled_address}> -> <{recipient:doubled_address}>[,"
    "{further_recipients:doubled_addresses}],[ ]{reply:rest}"
)
_SCANNER = "{component:text} av-scanner FAILED: {reason:rest}"
_RUN = "run_av ({component:text}) FAILED - {reason:rest}"

SHAPES = (
    Shape(
        event="amavis.warning_logged",
        daemons=DAEMONS,
        template=(
            _WARNING + _FORWARDED,
            _WARNING + "connect to {relay_host:word} failed, attempt #{attempt_count}: "
            "{reason:rest}",
            _WARNING + "[{component:host}: ]All attempts ({attempt_count}) failed connecting to "
            "{relay_host:text}, retrying ({:int})",
            _WARNING + _SCANNER,
            _WARNING + _RUN,
            _WARNING + "{reason:=WARN: all primary virus scanners failed, considering backups}",
            _WARNING + "DENIED ACCESS from IP {client_address}[, policy bank '{policy:text}']"
            "[, {detail}]",
            _WARNING + "DENIED ACCESS due to INVALID PEER IP ADDRESS {client_address:word}: "
            "{reason:rest}",
            _WARNING + "NOTICE: UNABLE TO SEND DSN to <{recipient:doubled_address}>: {reply:rest}",
            TASK + "_WARN: {reason:rest}",
            _WARNING + "{reason:rest}",
        ),
        samples=(
            (
                "(11249-03) (!)byi6OZkLOl2C FWD from <news@example.com> -> <alice@example.org>, "
                "451 4.5.0 From MTA() during fwd-connect (Negative greeting:  at (eval 134) line "
                "479.): id=11249-03"
            ),
            (
                "(00705-01) (!)connect to /var/run/clamav/clamd.ctl failed, attempt #1: Can't "
                "connect to a UNIX socket /var/run/clamav/clamd.ctl: Connection refused"
            ),
            (
                "(00705-01) (!)ClamAV-clamd: All attempts (1) failed connecting to "
                "/var/run/clamav/clamd.ctl, retrying (2)"
            ),
            (
                "(00705-01) (!)ClamAV-clamd av-scanner FAILED: run_av error: Too many retries to "
                "talk to /var/run/clamav/clamd.ctl"
            ),
            (
                "(00705-01) (!)run_av (ClamAV-clamd) FAILED - unexpected , "
                'output="/var/lib/amavis/tmp/x/parts: lstat() failed: Permission denied. '
                'ERROR\\\\n"'
            ),
            "(00705-01) (!)WARN: all primary virus scanners failed, considering backups",
            "(!)DENIED ACCESS from IP 203.0.113.6, policy bank 'MYNETS', access denied",
            "(!)DENIED ACCESS due to INVALID PEER IP ADDRESS 203.0.113.999: bad syntax",
            "(00705-02) (!)NOTICE: UNABLE TO SEND DSN to <x@example.com>: 550 5.1.1 no such user",
            "(00705-02) _WARN: Use of uninitialized value $name in lc at Attachments.pm line 135.",
            "(00705-02) (!)Requesting process rundown after fatal error",
        ),
        source=_LOG,
        constants={"severity": "warning"},
    ),
    Shape(
        event="amavis.error_logged",
        daemons=DAEMONS,
        template=(
            _ERROR + "[ ]TROUBLE in {stage:host}[, {action:=but must continue} ({:text})]: "
            "{reason:rest}",
            _ERROR + "AV: {reason:rest}",
            _ERROR + _SCANNER,
            _ERROR + _FORWARDED,
            _ERROR + "{reason:rest}",
        ),
        samples=(
            (
                "(07936-03) (!!)TROUBLE in check_mail: parts_decode_ext FAILED: run_command (open "
                "pipe): Can't fork at /usr/lib/perl/5.8/IO/File.pm line 70"
            ),
            "(07936-03) (!!)AV: ALL VIRUS SCANNERS FAILED",
            "(07936-03) (!!)ClamAV-clamscan av-scanner FAILED: /usr/bin/clamscan unexpected exit 2",
            "(07936-03) (!!)SEND via PIPE: <x@example.com> -> <alice@example.org>, 451 4.5.0 no",
            "(07936-03) (!!)policy_server FAILED: timed out",
        ),
        source=_LOG,
        constants={"severity": "error"},
    ),
)

"""pickup(8), postdrop(1) and sendmail(1): what local users submitted, and what was requeued."""

from parsers.postfix import TROUBLE
from parsers.shapes import Shape

_SUBMISSION = ("postfix/sendmail", "postfix/postdrop")

SHAPES = (
    Shape(
        event="postfix.message_picked_up",
        daemons=("postfix/pickup",),
        template="{queue_id}: uid={uid} from=<{envelope_sender}>[ orig_id={related_queue_id}]",
        samples=(
            "C64CF162719: uid=0 from=<root@lab.example>",
            "B236F1627C2: uid=103 from=<alice@lab.example> orig_id=ADC001628E4",
        ),
        source="src/pickup/pickup.c",
        common=True,
    ),
    Shape(
        event="postfix.pickup_failed",
        daemons=("postfix/pickup",),
        template=(
            "warning: {file_name:word}: error writing {queue_id}: {reason}",
            "warning: uid={uid}: {reason:=unexpected or malformed record type} {detail}",
            "warning: {queue_id}: uid={uid}: {reason:=no envelope sender}",
            "warning: open input file {file_name:word}: {reason}",
            "warning: if this file was created by Postfix < 1.1, then {detail}",
        ),
        samples=(
            "warning: maildrop/ADC001628E4: error writing B236F1627C2: queue file write error",
            "warning: uid=1001: unexpected or malformed record type 88",
            "warning: B236F1627C2: uid=1001: no envelope sender",
            "warning: open input file maildrop/ADC001628E4: cannot open file: Permission denied",
            (
                "warning: if this file was created by Postfix < 1.1, then you may have to chmod a+r"
                " /var/spool/postfix/maildrop/ADC001628E4"
            ),
        ),
        source="src/pickup/pickup.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.message_delayed",
        daemons=("postfix/pickup",),
        template=(
            (
                "warning: {queue_id}: message [{file_name:word} ]{reason:=has been queued} for"
                " {item_count} days"
            ),
            (
                "warning: {queue_id}: message [{file_name:word} ]{reason:=dated} {delay_seconds}"
                " seconds into the future"
            ),
        ),
        samples=(
            "warning: B236F1627C2: message maildrop/ADC001628E4 has been queued for 3 days",
            "warning: B236F1627C2: message dated 3600 seconds into the future",
        ),
        source="src/pickup/pickup.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.submission_failed",
        daemons=_SUBMISSION,
        template=(
            "fatal: {username:rest}({uid}): {reason}",
            TROUBLE + "uid={uid}: {reason}",
            "warning: -f option specified {reason:=malformed sender}: {envelope_sender:rest}",
            "fatal: {reason:=no login name found} for user ID {uid}",
            (
                "fatal: {reason:=Recipient addresses must be specified on the command line or via"
                " the"
                " -t option}"
            ),
        ),
        samples=(
            "fatal: root(0): message file too big",
            "fatal: www-data(33): No recipient addresses found in message header",
            "warning: uid=0: File too large",
            "fatal: uid=1001: malformed input",
            "warning: -f option specified malformed sender: john doe@partner.example",
            "fatal: no login name found for user ID 4711",
            (
                "fatal: Recipient addresses must be specified on the command line or via the -t"
                " option"
            ),
        ),
        source="src/sendmail/sendmail.c",
    ),
    Shape(
        event="postfix.command_refused",
        daemons=(
            *_SUBMISSION,
            "postfix/postqueue",
            "postfix/postlog",
            "postfix/postsuper",
            "postfix/master",
        ),
        template=(
            "fatal: User {username:text}({uid}) is not allowed to {action:rest}",
            "fatal: {the|use of this} {action:text} {reason:=is reserved for the superuser}",
            "fatal: {the|this} {action:text} {reason:=must not run as a set-uid process}",
        ),
        samples=(
            "fatal: User www-data(33) is not allowed to submit mail",
            "fatal: use of this command is reserved for the superuser",
            "fatal: this postfix command must not run as a set-uid process",
        ),
        source="src/postdrop/postdrop.c",
        constants={"severity": "fatal"},
    ),
    Shape(
        event="postfix.sendmail_set_uid_root",
        daemons=("postfix/sendmail",),
        template=(
            (
                "warning: the Postfix sendmail command {reason:=has set-uid root file"
                " permissions|must"
                " be installed without set-uid root file permissions}"
            ),
            "warning: or the command is run from {reason:=a set-uid root process}",
        ),
        samples=(
            "warning: the Postfix sendmail command has set-uid root file permissions",
            "warning: or the command is run from a set-uid root process",
        ),
        source="src/sendmail/sendmail.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.mail_system_down",
        daemons=("postfix/postqueue", "postfix/postkick"),
        template=(
            TROUBLE + "Mail system is down -- {action:text}[ ({reason})]",
            TROUBLE + "{action:=Queue report unavailable|Cannot flush mail queue} - mail system is"
            " down[ ({reason})]",
            (
                "warning: Cannot contact class {:name} service {service:word} - {reason:=perhaps"
                " the"
                " mail system is down}"
            ),
        ),
        samples=(
            (
                "warning: Mail system is down -- accessing queue directly (Connect to the Postfix"
                " showq service: Connection refused)"
            ),
            "fatal: Cannot flush mail queue - mail system is down",
            "warning: Cannot contact class public service qmgr - perhaps the mail system is down",
        ),
        source="src/postqueue/postqueue.c",
    ),
    Shape(
        event="postfix.queue_command_failed",
        daemons=("postfix/postqueue",),
        template=(
            "fatal: Connect to the Postfix {service:name} service: {reason}",
            "fatal: Flush service {reason:=is not configured} for destination {detail}",
            (
                "fatal: Cannot flush {mail queue|queue ID} - {reason:=invalid destination|invalid"
                " name}:"
                " {detail}"
            ),
            (
                "fatal: {reason:=Unknown flush server reply|Unexpected flush server reply|malformed"
                " showq server response|Error running|output write error|Invalid"
                " request}{detail:rest}"
            ),
        ),
        samples=(
            "fatal: Connect to the Postfix showq service: Permission denied",
            'fatal: Flush service is not configured for destination "remote.example"',
            'fatal: Cannot flush mail queue - invalid destination: "x y"',
            "fatal: malformed showq server response",
        ),
        source="src/postqueue/postqueue.c",
        constants={"severity": "fatal"},
    ),
    Shape(
        event="postfix.sendmail_misused",
        daemons=("postfix/sendmail",),
        template=(
            "{severity:=warning|fatal}: {bad|too long|ignoring} -{detail:name} {reason}",
            "fatal: -{detail:name} {reason}",
            "warning: option {detail:word} {reason:=is deprecated with Postfix 2.3}; {:rest}",
            "fatal: {reason:text} mode requires no recipient",
        ),
        samples=(
            "warning: bad -R option value -- ignored",
            "fatal: -t can be used only in delivery mode",
            "warning: option -V is deprecated with Postfix 2.3; specify -XV instead",
            "fatal: daemon mode requires no recipient",
        ),
        source="src/sendmail/sendmail.c",
    ),
)

"""Sieve's answers that were not sent, messages that were not passed on, scripts that failed.

Tried after parsers.dovecot.sieve: a Message-ID may imitate these, and is the sender's choice.
"""

from parsers.dovecot.sieve import ACTION, AGENT
from parsers.shapes import Shape

_ID = "[msgid={message_id}: ][{action:name} action: ]"


_FAILURE = "({detail:=temporary|permanent} {failure|error})"

SHAPES = (
    Shape(
        event="dovecot.message_kept",
        daemons=("dovecot",),
        template=(
            ACTION + "[{action:name} action: ]left message in mailbox '{mailbox:rest}'",
            ACTION + _ID + "store into mailbox '{mailbox}' {reason:=skipped|aborted}",
        ),
        samples=(
            "imap(bob)<923><ez7pbf1gMp3GM2Qy>: sieve: uid=12: left message in mailbox 'Junk'",
            "lmtp(bob)<531><S1>: sieve: msgid=<a@b>: store into mailbox 'INBOX' skipped",
        ),
        source="pigeonhole src/lib-sieve/sieve-actions.c",
    ),
    Shape(
        event="dovecot.forward_failed",
        daemons=("dovecot",),
        template=ACTION + _ID + "failed to redirect message to <{recipient}>: {reply} " + _FAILURE,
        samples=(
            (
                "lmtp(ivan)<531><S1>: sieve: msgid=<a@partner.example>: redirect action: failed "
                "to redirect message to <outside@remote.example>: RCPT TO failed: 550 5.1.1 User "
                "unknown (permanent failure)"
            ),
        ),
        source="pigeonhole src/lib-sieve/cmd-redirect.c",
    ),
    Shape(
        event="dovecot.vacation_failed",
        daemons=("dovecot",),
        template=ACTION
        + _ID
        + "failed to send vacation response to [<]{recipient:balanced}[>]: {reply} "
        + _FAILURE,
        samples=(
            (
                "lmtp(heidi)<531><S1>: sieve: msgid=<a@partner.example>: vacation action: failed "
                "to send vacation response to <anna@partner.example>: RCPT TO failed: 550 5.1.1 "
                "User unknown (permanent error)"
            ),
        ),
        source="pigeonhole src/lib-sieve/plugins/vacation/cmd-vacation.c",
    ),
    Shape(
        event="dovecot.rejection_suppressed",
        daemons=("dovecot",),
        template=(
            ACTION + _ID + "not sending reject message{:| to} {reason:rest}",
            ACTION + _ID + "failed to send rejection message to <{envelope_sender}>: {reason:rest}",
        ),
        samples=(
            (
                "lmtp(judy)<596><S1>: sieve: msgid=<a@b>: reject action: not sending reject "
                "message to <>"
            ),
            (
                "lmtp(judy)<596><S1>: sieve: msgid=<a@b>: reject action: failed to send rejection "
                "message to <anna@partner.example>: connect() failed (temporary failure)"
            ),
        ),
        source="pigeonhole src/lib-sieve/ext-reject.c, sieve-actions.c",
    ),
    Shape(
        event="dovecot.notification_sent",
        daemons=("dovecot",),
        template=(
            ACTION + _ID + "sent mail notification to {detail:rest}",
            ACTION + _ID + "sent {`|'}{:name}' report to <{recipient}>",
        ),
        samples=(
            (
                "lmtp(judy)<596><S1>: sieve: msgid=<a@b>: notify action: sent mail notification "
                "to <judy@remote.example>"
            ),
            "imap(judy)<596><S1>: sieve: uid=3: sent `abuse' report to <abuse@example.org>",
        ),
        source="pigeonhole src/lib-sieve/plugins/enotify/mailto/ntfy-mailto.c, cmd-report.c",
    ),
    Shape(
        event="dovecot.notification_failed",
        daemons=("dovecot",),
        template=(
            ACTION + _ID + "failed to send mail notification to {detail:rest}",
            ACTION + _ID + "not sending notification for auto-submitted message{:rest}",
            ACTION + _ID + "failed to send {`|'}{:name}' report to <{recipient}>: {reason:rest}",
        ),
        samples=(
            (
                "lmtp(judy)<596><S1>: sieve: msgid=<a@b>: notify action: failed to send mail "
                "notification to <judy@remote.example>: connect() failed (temporary failure)"
            ),
            (
                "lmtp(judy)<596><S1>: sieve: msgid=<a@b>: notify action: not sending notification "
                "for auto-submitted message from <a@example.net>"
            ),
            (
                "imap(judy)<596><S1>: sieve: uid=3: failed to send `abuse' report to "
                "<abuse@example.org>: 550 No (permanent failure)"
            ),
        ),
        source="pigeonhole src/lib-sieve/plugins/enotify/mailto/ntfy-mailto.c, cmd-report.c",
    ),
    Shape(
        event="dovecot.piping_failed",
        daemons=("dovecot",),
        template=ACTION
        + _ID
        + "[{pipe|filter|execute} action: ]failed to {pipe|filter|execute} "
        + "{message to|with|} program[: program] {`|'}{file_name:name}'[ {reason:rest}]",
        samples=(
            (
                "imap(judy)<596><S1>: sieve: pipe action: failed to pipe message to program: "
                "program `learn.sh' not found"
            ),
            "imap(judy)<596><S1>: sieve: pipe action: failed to pipe message to program `learn.sh'",
        ),
        source="pigeonhole src/plugins/sieve-extprograms/cmd-pipe.c",
    ),
    Shape(
        event="dovecot.sieve_failed",
        daemons=("dovecot",),
        template=(
            AGENT + "[{:word}: ]sieve: Execution of script {file_name:word} {reason}",
            AGENT + "[{:word}: ]sieve: {reason:=Failed to compile|Failed to open} script "
            "{`|'}{file_name:text}'[ {detail}]",
            AGENT
            + "[{:word}: ]sieve: Encountered corrupt binary: re-compiling script {file_name:rest}",
            AGENT + "[{:word}: ]sieve: {reason:=Failed to access|The LDA Sieve plugin does not "
            "have permission|Execution of Sieve filters was aborted|Temporarily unable to access|"
            "Aborted script execution sequence|Failed to initialize script execution|"
            "Failed to expand deliver_log_format|Failed to parse Delivered-To header|"
            "Failed to parse Return-Path header}[[:] {detail}]",
            AGENT + "[{:word}: ]sieve: binary {file_name:word}: {reason:rest}",
            AGENT + "imapsieve: mailbox {mailbox}: {reason:=Failed to|Message for|Static mailbox|"
            "Duplicate static} {detail}",
        ),
        samples=(
            (
                "lmtp(quincy)<624><sLKdE20GBWtwAgAALsOh1Q>: sieve: Execution of script "
                "/etc/dovecot/sieve/spam.sieve failed with unsuccessful implicit keep"
            ),
            (
                "lmtp(quincy)<624><S1>: sieve: Failed to compile script `/srv/q/.dovecot.sieve'"
                " (view user logfile `/srv/q/.dovecot.sieve.log' for more information)"
            ),
            (
                "lmtp(quincy)<624><S1>: sieve: Encountered corrupt binary: re-compiling script "
                "/etc/dovecot/sieve/spam.sieve"
            ),
            (
                "lmtp(quincy)<624><S1>: sieve: The LDA Sieve plugin does not have permission to "
                "save global Sieve script binaries; global Sieve scripts like "
                "`/etc/dovecot/sieve/spam.sieve' need to be pre-compiled using the sievec tool"
            ),
            (
                "lmtp(quincy)<624><S1>: sieve: binary /etc/dovecot/sieve/spam.svbin: save: failed "
                "to create temporary file: open(/etc/dovecot/sieve/spam.svbin.mx.624.) failed: "
                "Permission denied"
            ),
            (
                "imap(quincy)<624><S1>: imapsieve: mailbox Junk: Failed to read /shared/imapsieve/"
                "script mailbox attribute: Permission denied"
            ),
        ),
        source="pigeonhole src/plugins/lda-sieve/lda-sieve-plugin.c, imapsieve/imap-sieve.c",
    ),
    Shape(
        event="dovecot.sieve_script_moved",
        daemons=("dovecot",),
        template="{service:name}"
        + AGENT.partition("}")[2]
        + "sieve: [{:word} storage: ][file: ]Moved active sieve script file '{detail:text}' to "
        "script storage as '{file_name:text}'.",
        samples=(
            (
                "managesieve(bob)<1021><S1>: sieve: file storage: Moved active sieve script file "
                "'/srv/mail/bob/.dovecot.sieve' to script storage as 'dovecot.orig'."
            ),
        ),
        source="pigeonhole src/lib-sieve/storage/file/sieve-file-storage-active.c",
    ),
)

"""spamass-milter, which passes mail from the MTA to spamd by way of spamc.

Debug lines carry no mark of their own; those of its flags `misc`, `func`, `rcpt` and `net` that say
something of a message are declared, dumps of the message (`spamc`, `str`, `poll`, `uori`) are not.
The rejection's text may quote spamd's report, so what the milter writes stands before it.
"""

from parsers.shapes import Shape

_SOURCE = "spamass-milter spamass-milter.cpp"

SHAPES = (
    Shape(
        event="spamass_milter.started",
        daemons=("spamass-milter",),
        template="spamass-milter {version} starting",
        samples=("spamass-milter 0.4.0 starting",),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.stopped",
        daemons=("spamass-milter",),
        template="spamass-milter {version} exiting",
        samples=("spamass-milter 0.4.0 exiting",),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.message_rejected",
        daemons=("spamass-milter",),
        template="{action:=Rejecting|Defering} with {reply_code} {dsn}: {reason:rest}",
        samples=(
            "Rejecting with 550 5.7.1: Blocked by SpamAssassin",
            "Defering with 451 4.3.0: Temporary failure, try again",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.message_scored",
        daemons=("spamass-milter",),
        template=(
            "SA score: {spam_score}",
            "Could not extract score from <{detail:rest}>",
            "Quarantining",
            "We should only tag this message.",
            "Random mod={:int}, num={:int}",
        ),
        samples=(
            "SA score: 15",
            "Could not extract score from <Yes, hits=>",
            "Quarantining",
            "We should only tag this message.",
            "Random mod=10, num=3",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.scan_skipped",
        daemons=("spamass-milter",),
        template=(
            "{client_address} is in our ignore list - accepting message",
            "<{recipient}> is in our ignore addrlist - accepting message",
            "auth_type={sasl_method}",
        ),
        samples=(
            "192.0.2.7 is in our ignore list - accepting message",
            "<alice@example.org> is in our ignore addrlist - accepting message",
            "auth_type=PLAIN",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.message_named",
        daemons=("spamass-milter",),
        template="queueid={queue_id}",
        samples=("queueid=4jYT8M5kLVzCT0c",),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.recipient_read",
        daemons=("spamass-milter",),
        template=(
            "remembering recipient <{recipient:rest}>",
            "remembering {recipient:rest} for spamc",
            "spamc gets {username:rest}",
            "{recipient_count} recipients; spamc gets default username {username:rest}",
            "Total of {recipient_count} actual recipients",
            "calling {file_name:text} -bv <{recipient:rest}>",
            "sendmail output: {reply}",
            "user: {username:rest}",
        ),
        samples=(
            "remembering recipient <alice@example.org>",
            "remembering alice for spamc",
            "spamc gets alice",
            "2 recipients; spamc gets default username nobody",
            "Total of 1 actual recipients",
            "calling /usr/sbin/sendmail -bv <alice@example.org>",
            "sendmail output: <alice@example.org>... deliverable: mailer local, user alice",
            "user: alice",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.macro_missing",
        daemons=("spamass-milter",),
        template='Could not retrieve sendmail macro "{detail:text}"!.  Please add it to '
        "{reason:name} for better spamassassin results",
        samples=(
            (
                'Could not retrieve sendmail macro "i"!.  Please add it to '
                "confMILTER_MACROS_ENVFROM for better spamassassin results"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.failed",
        daemons=("spamass-milter",),
        template=(
            "Thrown error: {reason:rest}",
            "{reason:=smfi_setpriv failed!|smfi_getpriv failed!|Unknown error}",
            "Failed to remove recipient <{recipient:rest}> from the envelope",
            "popenv failed({reason:rest}).  Will not {detail}",
            "calling {file_name:word} {recipient:=spambucket}",
            "spamass-milter: {reason:rest}",
        ),
        samples=(
            "Thrown error: write error: Broken pipe",
            "smfi_getpriv failed!",
            "Failed to remove recipient <alice@example.org> from the envelope",
            "popenv failed(No such file or directory).  Will not send a copy to spambucket",
            "calling /usr/sbin/sendmail spambucket",
            "spamass-milter: Unable to bind to port /run/spamass.sock: Address already in use",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.setting_reported",
        daemons=("spamass-milter",),
        template=(
            "Setting debug level to {detail:word}",
            "Adding {detail:word} to {network|address} list",
            (
                "{detail:=Parsing ignore list|Parsing recipient address ignore list|smfi_register "
                "succeeded}"
            ),
        ),
        samples=(
            "Setting debug level to 0x1",
            "Adding 127.0.0.0/255.0.0.0 to network list",
            "Parsing ignore list",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="spamass_milter.callback_traced",
        daemons=("spamass-milter",),
        template=(
            (
                "{stage:=mlfi_connect|mlfi_envfrom|mlfi_envrcpt|mlfi_header|mlfi_eoh|mlfi_body|"
                "mlfi_eom}: {detail:=enter|exit|exit ignore|auth exit ignore|suppress|exit error|"
                "exit error connect|exit error output}"
            ),
            "{stage:=mlfi_close|mlfi_abort}",
            "{stage:=::output|::input|::read_pipe|::empty_and_close_pipe} {detail}",
            "Remote address: {client_address}",
        ),
        samples=(
            "mlfi_envfrom: enter",
            "mlfi_close",
            "::input exit2",
            "Remote address: 192.0.2.7",
        ),
        source=_SOURCE,
    ),
)

"""What became of a message at delivery: Pigeonhole's Sieve, or Dovecot's own delivery agent.

The Message-ID is the sender's choice, and may look like the rest of such a line. Before a mailbox
name it is read up to its last bracket (atom `msgid`); before an address, which cannot hold an
unquoted bracket, up to the first place from which the rest fits. The sender, who may hold quoted
ones, gets the vacation response, so that shape is tried before that of the forward. A program's
name has no blanks, so that what was piped is told apart first.
"""

from parsers.dovecot import SESSION
from parsers.shapes import Shape

AGENT = "{service:=lmtp|lda|imap}" + SESSION
# Until 2.2 the LMTP server's session id stands after the user; it is in the reply to Postfix too.
_AGENT_22 = "{service:=lmtp|lda}([{:int}, ]{username:account}): {session_id:word}: "
ACTION = AGENT + "[{:word}: ]sieve: [uid={message_uid}: ]"
_SIEVE = ACTION + "msgid="
_STORED = "{message_id:msgid}: [{action} action: ]stored mail into mailbox '{mailbox}'"
_SAVED = "msgid={message_id:msgid}: saved mail to {mailbox:unbracketed}"
_SAVE_FAILED = "msgid={message_id:msgid}: save failed to[ open mailbox] {mailbox}: {reason:rest}"

SHAPES = (
    Shape(
        event="dovecot.message_piped",
        daemons=("dovecot",),
        template=ACTION + "[msgid={message_id:msgid}: ][{action} action: ]piped message to program "
        "{`|'}{file_name:name}'",
        samples=(
            (
                "lmtp(judy)<596><EOeiM2wGBWtUAgAALsOh1Q>: sieve: msgid=<a@partner.example>: "
                "pipe action: piped message to program `learn-spam.sh'"
            ),
            "imap(judy): sieve: pipe action: piped message to program `learn-spam.sh'",
        ),
        source="pigeonhole src/plugins/sieve-extprograms/cmd-pipe.c",
        common=True,
    ),
    Shape(
        event="dovecot.message_stored",
        daemons=("dovecot",),
        template=(
            _AGENT_22 + "sieve: msgid=" + _STORED,
            _SIEVE + _STORED,
            AGENT + _SAVED,
            _AGENT_22 + _SAVED,
            ACTION + "[{action} action: ]stored mail into mailbox '{mailbox}'",
        ),
        samples=(
            (
                "lmtp(alice)<531><ZbgPMl0GBWsTAgAALsOh1Q>: sieve: "
                "msgid=<91421-00003.ef7bb20039@lab.example>: stored mail into mailbox 'INBOX'"
            ),
            (
                "lmtp(judy)<624><4ONrOWwGBWtwAgAALsOh1Q>: sieve: "
                "msgid=<91421-00153.db0746bc0b@partner.example>: fileinto action: "
                "stored mail into mailbox 'Projects/Été'"
            ),
            (
                "lmtp(alice)<596><EAOrI28GBWtUAgAALsOh1Q>: sieve: msgid=unspecified: "
                "stored mail into mailbox 'INBOX'"
            ),
            (
                "lmtp(alice)<624><IP/MInAGBWtwAgAALsOh1Q>: sieve: msgid=<longlonglonglong...: "
                "stored mail into mailbox 'INBOX'"
            ),
            "lda(bob)<2188><+JqIAm0GBWurAgAALsOh1Q>: msgid=<a@b>: saved mail to INBOX",
            "lda(bob@example.org): msgid=<a@b>: saved mail to INBOX",
            (
                "lmtp(22587, bob@example.org): 5GjrDafYTFE7WAAABf1gKA: sieve: msgid=<a@b>: "
                "stored mail into mailbox 'INBOX'"
            ),
            "lmtp(22587, bob): 5GjrDafYTFE7WAAABf1gKA: msgid=<a@b>: saved mail to INBOX",
            "imap(bob)<923><ez7pbf1gMp3GM2Qy>: sieve: uid=12: stored mail into mailbox 'Junk'",
        ),
        source="pigeonhole src/lib-sieve/sieve-actions.c, dovecot src/lib-lda/mail-deliver.c",
        common=True,
    ),
    Shape(
        event="dovecot.vacation_sent",
        daemons=("dovecot",),
        template=_SIEVE
        + "{message_id}: [vacation action: ]sent vacation response to <{recipient}>",
        samples=(
            (
                "lmtp(heidi)<596><8ACqKGwGBWtUAgAALsOh1Q>: sieve: "
                "msgid=<91421-00150.d5b7591257@partner.example>: vacation action: "
                "sent vacation response to <anna@partner.example>"
            ),
        ),
        source="pigeonhole src/lib-sieve/plugins/vacation/cmd-vacation.c",
    ),
    Shape(
        event="dovecot.message_forwarded",
        daemons=("dovecot",),
        template=_SIEVE + "{message_id}: [redirect action: ]forwarded to <{recipient}>",
        samples=(
            (
                "lmtp(ivan)<531><CM7vL2wGBWsTAgAALsOh1Q>: sieve: "
                "msgid=<91421-00151.4b202a31cd@partner.example>: redirect action: "
                "forwarded to <outside@remote.example>"
            ),
        ),
        source="pigeonhole src/lib-sieve/cmd-redirect.c",
    ),
    Shape(
        event="dovecot.forward_suppressed",
        daemons=("dovecot",),
        template=_SIEVE
        + "{message_id}: [redirect action: ]{discarded duplicate forward|not forwarding message} "
        "to <{recipient}>[: {reason:rest}]",
        samples=(
            (
                "lmtp(ivan)<531><CM7vL2wGBWsTAgAALsOh1Q>: sieve: msgid=<loop@partner.example>: "
                "redirect action: not forwarding message to <outside@remote.example>: "
                "the `x-sieve-redirected-from' header indicates a mail loop"
            ),
            (
                "lmtp(ivan)<531><CM7vL2wGBWsTAgAALsOh1Q>: sieve: msgid=<twice@partner.example>: "
                "redirect action: discarded duplicate forward to <outside@remote.example>"
            ),
        ),
        source="pigeonhole src/lib-sieve/cmd-redirect.c",
    ),
    Shape(
        event="dovecot.vacation_suppressed",
        daemons=("dovecot",),
        template=_SIEVE
        + "{message_id}: [vacation action: ]{discarded|discarding|not sending}[ duplicate] "
        "vacation {response|reply}[ {reason:rest}]",
        samples=(
            (
                "lmtp(heidi)<596><8ACqKGwGBWtUAgAALsOh1Q>: sieve: msgid=<a@partner.example>: "
                "vacation action: discarded duplicate vacation response to <anna@partner.example>"
            ),
            (
                "lmtp(heidi)<596><8ACqKGwGBWtUAgAALsOh1Q>: sieve: msgid=<b@partner.example>: "
                "vacation action: discarding vacation response to precedence=bulk message "
                "from <news@bulk.example>"
            ),
        ),
        source="pigeonhole src/lib-sieve/plugins/vacation/cmd-vacation.c",
    ),
    Shape(
        event="dovecot.message_discarded",
        daemons=("dovecot",),
        template=_SIEVE + "{message_id}: [discard action: ]{Marked|marked} message to be discarded "
        "if not explicitly delivered (discard action)",
        samples=(
            (
                "lmtp(judy)<596><EOeiM2wGBWtUAgAALsOh1Q>: sieve: "
                "msgid=<91421-00152.70a551c4cf@partner.example>: discard action: "
                "Marked message to be discarded if not explicitly delivered (discard action)"
            ),
        ),
        source="pigeonhole src/lib-sieve/cmd-discard.c",
    ),
    Shape(
        event="dovecot.message_rejected",
        daemons=("dovecot",),
        template=_SIEVE
        + "{message_id}: [{reject|ereject} action: ]rejected message from <{envelope_sender}> "
        "({action:=reject|ereject})",
        samples=(
            (
                "lmtp(judy)<596><wAoQEW0GBWtUAgAALsOh1Q>: sieve: "
                "msgid=<91421-00156.e84c59c27a@partner.example>: reject action: "
                "rejected message from <anna@partner.example> (reject)"
            ),
        ),
        source="pigeonhole src/lib-sieve/ext-reject.c",
    ),
    Shape(
        event="dovecot.store_failed",
        daemons=("dovecot",),
        template=(
            _SIEVE
            + "{message_id:msgid}: [{action} action: ]failed to store into mailbox '{mailbox}': "
            "{reason:rest}",
            AGENT + _SAVE_FAILED,
            _AGENT_22 + _SAVE_FAILED,
        ),
        samples=(
            (
                "lmtp(quincy)<624><sLKdE20GBWtwAgAALsOh1Q>: sieve: "
                "msgid=<91421-00158.1d537669a4@partner.example>: "
                "failed to store into mailbox 'INBOX': Quota exceeded (mailbox for user is full)"
            ),
            (
                "lmtp(quincy)<624><sLKdE20GBWtwAgAALsOh1Q>: msgid=<a@partner.example>: "
                "save failed to INBOX: Quota exceeded (mailbox for user is full)"
            ),
            (
                "lmtp(22587, bob): 5GjrDafYTFE7WAAABf1gKA: msgid=<a@b>: save failed to INBOX: "
                "Quota exceeded (mailbox for user is full)"
            ),
        ),
        source="pigeonhole src/lib-sieve/sieve-actions.c, dovecot src/lib-lda/mail-deliver.c",
    ),
)

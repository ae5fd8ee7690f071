"""Warnings and errors of any Dovecot service but the master's; sorted, and so tried, last."""

from parsers.dovecot import SESSION
from parsers.shapes import Shape

_SERVICE = (
    "{service:=imap-login|pop3-login|managesieve-login|submission-login|auth|auth-worker|imap|"
    "pop3|lmtp|lda|managesieve|submission|imap-hibernate|indexer|indexer-worker|doveadm|dict|"
    "anvil|stats|log|config|quota-status|replicator}"
)
_SOURCE = "dovecot src/lib/failures.c (failure_log_type_prefixes)"

SHAPES = (
    Shape(
        event="dovecot.error_logged",
        daemons=("dovecot",),
        template=(
            _SERVICE + "[({peer_pid})]: Error: {detail}",
            _SERVICE + SESSION + "Error: {detail}",
        ),
        samples=(
            "auth: Error: passwd-file: open(/etc/dovecot/users) failed: Permission denied",
            (
                "imap(alice)<859><ONl8bf1gLtbGM2Qy>: Error: Mailbox INBOX: "
                "UID=12: read(/var/mail/alice) failed: Input/output error"
            ),
        ),
        source=_SOURCE,
        constants={"severity": "error"},
    ),
    Shape(
        event="dovecot.warning_logged",
        daemons=("dovecot",),
        template=(
            _SERVICE + "[({peer_pid})]: Warning: {detail}",
            _SERVICE + SESSION + "Warning: {detail}",
        ),
        samples=(
            "auth: Warning: auth client 0 disconnected with 1 pending requests: EOF",
            (
                "lmtp(alice)<531><ZbgPMl0GBWsTAgAALsOh1Q>: Warning: "
                "Failed to parse return-path header"
            ),
        ),
        source=_SOURCE,
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.fatal_logged",
        daemons=("dovecot",),
        template=(
            _SERVICE + "[({peer_pid})]: {Fatal|Panic}: {detail}",
            _SERVICE + SESSION + "{Fatal|Panic}: {detail}",
        ),
        samples=(
            "config: Fatal: Invalid configuration in /etc/dovecot/dovecot.conf",
            (
                "imap(alice)<859><ONl8bf1gLtbGM2Qy>: Panic: file imap-client.c: line 841: "
                "assertion failed: (client->idling)"
            ),
        ),
        source=_SOURCE,
        constants={"severity": "fatal"},
    ),
)

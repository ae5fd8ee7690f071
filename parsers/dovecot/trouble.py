"""Warnings and errors of any Dovecot service that have no shape of their own; tried last.

Modules are read in alphabetical order, and a line that another module knows is that one's; who
and where are typed here as far as all such lines tell them alike.
"""

from parsers.dovecot import ANY
from parsers.dovecot.auth import SERVER, WORKER
from parsers.dovecot.login import ELEMENTS, LOGIN
from parsers.shapes import Shape

_SERVER = SERVER.partition("[{Info")[0]
_LOGIN = LOGIN.partition("[{Info")[0]
_ANY = ANY.partition("[{Info")[0]
_SOURCE = "dovecot src/lib/failures.c (failure_log_type_prefixes)"


def _templates(mark: str) -> tuple[str, ...]:
    return (
        _LOGIN + mark + "{detail}: " + ELEMENTS,
        _SERVER
        + mark
        + WORKER
        + "{:name}({username:rest},{remote_address}[,master][,<{session_id:word}>]): {detail}",
        "{service:name}({peer_pid}): " + mark + "{detail}",
        _ANY + mark + "Mailbox {mailbox}: {UID=|UID }{message_uid}: {detail}",
        _ANY + mark + "{detail}",
    )


SHAPES = (
    Shape(
        event="dovecot.error_logged",
        daemons=("dovecot",),
        template=_templates("Error: "),
        samples=(
            (
                "imap-login: Error: Internal login failure (pid=812 id=3): user=<bob>, "
                "method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, session=<S1>"
            ),
            (
                "auth: Error: sql(bob,198.51.100.50,<S1>): Password query failed: Unknown column "
                "'password' in 'field list'"
            ),
            "lmtp(531): Error: lmtp-server: conn unix:pid=1,uid=2 [1]: rcpt bob: Failed to lookup",
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
        template=_templates("Warning: "),
        samples=(
            (
                "imap-login: Warning: Something slow: user=<bob>, method=PLAIN, "
                "rip=198.51.100.50, lip=203.0.113.10, session=<S1>"
            ),
            "auth: Warning: sql(bob,198.51.100.50,<S1>): DNS lookup for mx.example took 2.100 s",
            "lmtp(531): Warning: Anvil queries timed out after 5 secs - aborting queries",
            "auth: Warning: auth client 0 disconnected with 1 pending requests: EOF",
            "imap(alice)<859><S1>: Warning: Mailbox INBOX: UID 12: Header Message-ID is broken",
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
            "{service:name}({peer_pid}): {Fatal|Panic}: {detail}",
            _ANY + "{Fatal|Panic}: {detail}",
        ),
        samples=(
            "lmtp(531): Fatal: master: service(lmtp): child 531 killed",
            "config: Fatal: Invalid configuration in /etc/dovecot/dovecot.conf",
            (
                "imap(alice)<859><ONl8bf1gLtbGM2Qy>: Panic: file imap-client.c: line 841: "
                "assertion failed: (client->idling)"
            ),
        ),
        source=_SOURCE,
        constants={"severity": "fatal"},
    ),
    Shape(
        event="dovecot.debug_logged",
        daemons=("dovecot",),
        template=("{service:name}({peer_pid}): Debug: {detail}", _ANY + "Debug: {detail}"),
        samples=(
            "auth-worker(812): Debug: Module loaded: /usr/lib/dovecot/modules/auth/lib20_auth.so",
            "auth: Debug: client in: AUTH 1 PLAIN service=imap",
        ),
        source=_SOURCE,
        constants={"severity": "debug"},
    ),
)

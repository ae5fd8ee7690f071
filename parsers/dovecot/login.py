"""Dovecot's login processes, which talk to a client until it is logged in: who was, who was not.

The message is followed by login_log_format_elements. The client chooses the user name. Where the
elements are the default ones it is therefore read up to the last place from which the others
fit; where the format was changed a line is only read if nothing but the user and the session
stands in brackets, so that a name that imitates other elements is none of them.
"""

from parsers.dovecot import SEVERITY
from parsers.shapes import Shape

LOGIN = "{service:=imap-login|pop3-login|managesieve-login|submission-login}: " + SEVERITY
_ENDED = LOGIN + (
    "{Disconnected|Aborted login|Login aborted|Authentication response too large|"
    "Client has quit the connection|Remote closed connection}"
)
_WHY = _ENDED + "[: {:unbracketed}] "
_CLIENT = (
    "[, {mpid|pid}={peer_pid}][, {is_tls:flag}[ handshaking][: {reply:text}]]"
    "[, {tls_protocol:name} with cipher {tls_cipher:name} ({tls_bits}/{:int} bits)]"
)
_FULL_ELEMENTS = (
    "user=<{username:rest}>[, method={login_method}], rip={remote_address}"
    "[, lip={local_address}]" + _CLIENT + ", session=<{session_id:word}>"
)
# The elements of a changed format; what was added to it is kept where ELEMENTS_AND says so.
_ELEMENTS = (
    "user=<{username:unbracketed}>[, session=<{:word}>][, method={login_method}]"
    "[, rip={remote_address}][, lip={local_address}]"
    + _CLIENT.replace("{reply:text}", "{reply:unbracketed}")
)
ELEMENTS = _ELEMENTS + "[, {:unbracketed}][, session=<{session_id:word}>]"
ELEMENTS_AND = _ELEMENTS + "[, {detail:unbracketed}][, session=<{session_id:word}>]"
_SUCCESS = LOGIN + "{Login|Logged in}: "
_FAILURE = _WHY + "({reason:unbracketed}, {attempt_count} attempts[ in {duration_seconds} secs]"
_REMOTE_REASON = "[, last failure: {detail:text}]"
_TAG = ")[ ({:name})]: "
_REFUSAL = _WHY + (
    "({reason:=user disabled|password expired|login disabled|proxy dest auth failed|"
    "tried to use disallowed plaintext auth|tried to use disallowed cleartext auth|"
    "tried to use disabled plaintext auth|"
    "tried to use unsupported auth mechanism|sent invalid base64 in response|"
    "auth service reported temporary failure|auth process communication failure})[ ({:name})]: "
)
_INTERNAL = _WHY + (
    "({reason:=internal failure}, {:int}[/{attempt_count}] successful auths"
    "[ in {duration_seconds} secs]"
)
_TOO_EARLY = _WHY + (
    "({reason:=no auth attempts|disconnected before auth was ready|"
    "client didn't finish SASL auth|disconnected while authenticating|"
    "disconnected while finishing login}[[,] {in|waited} {duration_seconds} secs])[ ({:name})]: "
)
_NO_TLS = _WHY + (
    "({reason:=disconnected during TLS handshake|aborted authentication|"
    "cert required, client didn't start TLS|client didn't send a cert|"
    "client sent an invalid cert|client sent an untrusted cert|"
    "The process is shutting down so the login is aborted.|"
    "client_limit and process_limit was hit and this login session was killed.})[ ({:name})]: "
)
# Dovecot 1: a client that never named a user has none in its line.
_NAMELESS_ELEMENTS = (
    "[method={login_method}, ]rip={remote_address}[, lip={local_address}]"
    + _CLIENT
    + "[, session=<{session_id:word}>]"
)
_STOPPED = LOGIN + (
    "[{Disconnected|Login aborted}: ]{reason:=Inactivity during authentication|Inactivity|"
    "Shutting down|Connection closed|Connection queue full|Connection kicked|"
    "TLS initialization failed|Input buffer full|Auth process broken|Too many invalid commands|"
    "Too many bad commands|Authentication failed|Version mismatch|Unexpected input|"
    "Invalid AUTH request|Failed to initialize client|Authentication response too large}[.]"
    "[: {:unbracketed}]: "
)
_COMMON = "dovecot src/login-common/client-common.c"

SHAPES = (
    Shape(
        event="dovecot.logged_in",
        daemons=("dovecot",),
        template=(_SUCCESS + _FULL_ELEMENTS, _SUCCESS + ELEMENTS_AND),
        samples=(
            (
                "imap-login: Login: user=<alice>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, mpid=859, session=<ONl8bf1gLtbGM2Qy>"
            ),
            (
                "pop3-login: Login: user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, mpid=928, TLS, session=<c+gmbv1goNXGM2Qy>"
            ),
            (
                "imap-login: Logged in: user=<bob>, method=PLAIN, rip=2001:db8::50, "
                "lip=2001:db8::10, mpid=923, TLS, TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
                "(256/256 bits), session=<ez7pbf1gMp3GM2Qy>"
            ),
            (
                "imap-login: Info: Login: user=<carol@example.org>, method=CRAM-MD5, "
                "rip=198.51.100.50, lip=203.0.113.10, mpid=4321, secured"
            ),
            "imap-login: Login: user=<bob>, session=<ez7pbf1gMp3GM2Qy>, rip=198.51.100.50",
        ),
        source=_COMMON + " (client_get_log_str)",
        common=True,
    ),
    Shape(
        event="dovecot.login_failed",
        daemons=("dovecot",),
        template=(
            _FAILURE + _REMOTE_REASON + _TAG + _FULL_ELEMENTS,
            _FAILURE + _TAG + ELEMENTS_AND,
            _REFUSAL + _FULL_ELEMENTS,
            _REFUSAL + ELEMENTS_AND,
            _INTERNAL + _REMOTE_REASON + _TAG + ELEMENTS,
            _FAILURE + _TAG + _NAMELESS_ELEMENTS,
            _REFUSAL + _NAMELESS_ELEMENTS,
            LOGIN + "{reason:=Maximum number of connections from user+IP exceeded} "
            "({:unbracketed}): " + ELEMENTS,
            LOGIN + "Login failed: {reason:unbracketed}: " + ELEMENTS,
            LOGIN + "APOP failed: {reason:unbracketed}: " + ELEMENTS,
            LOGIN + "Authenticate {:name} failed: {reason:unbracketed}: " + ELEMENTS,
        ),
        samples=(
            (
                "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 1 secs): "
                "user=<alice>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, "
                "session=<sBp+bf1gMtbGM2Qy>"
            ),
            (
                "imap-login: Login aborted: Connection closed (auth failed, 2 attempts in 7 secs) "
                "(auth_failed): user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, "
                "TLS, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "pop3-login: Aborted login (auth failed, 1 attempts in 2 secs): user=<bob>, "
                "method=PLAIN, rip=198.51.100.50, lip=203.0.113.10"
            ),
            (
                "submission-login: Client has quit the connection (auth failed, 1 attempts in 2 "
                "secs): user=<bob>, method=LOGIN, rip=198.51.100.50, lip=203.0.113.10"
            ),
            (
                "pop3-login: Disconnected (auth failed, 1 attempts): user=<info@example.com>, "
                "method=PLAIN, rip=198.51.100.50, lip=203.0.113.10"
            ),
            (
                "imap-login: Login aborted: Connection closed (proxy dest authentication failure, "
                "1 attempts in 1 secs, last failure: [AUTHENTICATIONFAILED] Authentication failed)"
                " (proxy_dest_auth_failed): user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: Disconnected: Connection closed (auth failed, 3 attempts in 9 secs): "
                "user=<bob>, session=<z+zZbf1gJJ3GM2Qy>, rip=198.51.100.50"
            ),
            (
                "imap-login: Disconnected: Connection closed "
                "(tried to use disallowed plaintext auth): user=<>, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "imap-login: Disconnected (tried to use unsupported auth mechanism): user=<>, "
                "method=NTLM, rip=198.51.100.50, lip=203.0.113.10, country=SE"
            ),
            (
                "imap-login: Disconnected: Internal login failure (pid=812 id=3) "
                "(internal failure, 1 successful auths): user=<bob>, method=PLAIN, "
                "rip=198.51.100.50, lip=203.0.113.10, mpid=813, TLS, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: Disconnected (auth failed, 1 attempts): method=PLAIN, "
                "rip=198.51.100.50, lip=203.0.113.10, TLS: Disconnected"
            ),
            (
                "pop3-login: Aborted login (tried to use disabled plaintext auth): "
                "rip=198.51.100.50, lip=203.0.113.10"
            ),
            (
                "imap-login: Maximum number of connections from user+IP exceeded "
                "(mail_max_userip_connections=10): user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, TLS, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: Login failed: Plaintext authentication disabled: user=<>, "
                "rip=198.51.100.50, lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "pop3-login: APOP failed: APOP not enabled: user=<>, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "imap-login: Authenticate PLAIN failed: Authentication failed.: user=<bob>, "
                "method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/client-common.c, client-common-auth.c, sasl-server.c",
        common=True,
    ),
    Shape(
        event="dovecot.login_aborted",
        daemons=("dovecot",),
        template=(
            _TOO_EARLY + _FULL_ELEMENTS,
            _TOO_EARLY + ELEMENTS_AND,
            _TOO_EARLY + _NAMELESS_ELEMENTS,
            _NO_TLS + _FULL_ELEMENTS,
            _NO_TLS + ELEMENTS_AND,
            _STOPPED + _FULL_ELEMENTS,
            _STOPPED + ELEMENTS_AND,
            LOGIN + "{reason:=Disconnected|Aborted login}: " + ELEMENTS,
        ),
        samples=(
            (
                "imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): "
                "user=<>, rip=198.51.100.50, lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "imap-login: Disconnected: Connection closed: SSL_accept() failed: "
                "error:0A00010B:SSL routines::wrong version number (no auth attempts in 3 secs): "
                "user=<>, rip=198.51.100.50, lip=203.0.113.10, TLS handshaking: SSL_accept() "
                "failed: error:0A00010B:SSL routines::wrong version number, "
                "session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "pop3-login: Disconnected (no auth attempts in 0 secs): user=<>, "
                "rip=198.51.100.50, lip=203.0.113.10"
            ),
            (
                "pop3-login: Disconnected (no auth attempts in 0 secs): user=<>, "
                "rip=198.51.100.50, lip=203.0.113.10, country=SE"
            ),
            (
                "pop3-login: Disconnected: Inactivity (no auth attempts): rip=198.51.100.50, "
                "lip=203.0.113.10, TLS: Disconnected"
            ),
            (
                "imap-login: Disconnected: Inactivity (client didn't finish SASL auth, waited 180 "
                "secs): user=<>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "imap-login: Login aborted: Connection closed (disconnected during TLS handshake) "
                "(tls_handshake_not_finished): user=<>, rip=198.51.100.50, lip=203.0.113.10, "
                "TLS handshaking, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "imap-login: Disconnected (client didn't send a cert): user=<>, "
                "rip=198.51.100.50, lip=203.0.113.10, TLS, country=SE"
            ),
            (
                "pop3-login: Disconnected: Shutting down: user=<>, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "imap-login: Disconnected: Connection closed: read(size=632) failed: Connection "
                "reset by peer: user=<>, rip=198.51.100.50, lip=203.0.113.10"
            ),
            (
                "pop3-login: Aborted login: user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10"
            ),
        ),
        source=_COMMON + " (client_get_extra_disconnect_reason)",
        common=True,
    ),
)

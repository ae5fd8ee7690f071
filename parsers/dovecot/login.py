"""Dovecot's login processes, which talk to a client until it is logged in.

The message is followed by login_log_format_elements. The client chooses the user name. Where the
elements are the default ones it is therefore read up to the last place from which the others
fit; where the format was changed it ends at the first bracket, and what was added is `detail`.
"""

from parsers.shapes import Shape

_LOGIN = "{service:=imap-login|pop3-login|managesieve-login|submission-login}: "
_ENDED = _LOGIN + "{Disconnected|Aborted login|Login aborted}[: {:unbracketed}] "
_CLIENT = "[, mpid={peer_pid}][, {is_tls:flag}[ handshaking][: {reply:text}]]"
_ELEMENTS = (
    "user=<{username:rest}>[, method={login_method}], rip={remote_address}"
    "[, lip={local_address}]" + _CLIENT + ", session=<{session_id:word}>"
)
_OTHER_ELEMENTS = (
    "user=<{username:address}>[, method={login_method}][, rip={remote_address}]"
    "[, lip={local_address}]" + _CLIENT + "[, {detail:text}][, session=<{session_id:word}>]"
)
_SUCCESS = _LOGIN + "{Login|Logged in}: "
_FAILURE = _ENDED + (
    "({reason:unbracketed}, {attempt_count} attempts in {duration_seconds} secs)[ ({:name})]: "
)
_REFUSAL = _ENDED + (
    "({reason:=user disabled|password expired|login disabled|proxy dest auth failed|"
    "tried to use disallowed plaintext auth|tried to use disallowed cleartext auth|"
    "tried to use unsupported auth mechanism|sent invalid base64 in response|"
    "auth service reported temporary failure|auth process communication failure})[ ({:name})]: "
)
_TOO_EARLY = _ENDED + (
    "({reason:=no auth attempts|disconnected before auth was ready|"
    "client didn't finish SASL auth|disconnected while authenticating|"
    "disconnected while finishing login}[,] {in|waited} {duration_seconds} secs)[ ({:name})]: "
)
_NO_TLS = _ENDED + (
    "({reason:=disconnected during TLS handshake|aborted authentication|"
    "cert required, client didn't start TLS|client didn't send a cert|"
    "client sent an invalid cert|client sent an untrusted cert})[ ({:name})]: "
)
_STOPPED = _LOGIN + (
    "{Disconnected|Login aborted}: {reason:=Inactivity|Shutting down|Connection closed|"
    "Too many invalid commands|Too many bad commands}[.]: "
)

SHAPES = (
    Shape(
        event="dovecot.logged_in",
        daemons=("dovecot",),
        template=(_SUCCESS + _ELEMENTS, _SUCCESS + _OTHER_ELEMENTS),
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
            "imap-login: Login: user=<bob>, session=<ez7pbf1gMp3GM2Qy>, rip=198.51.100.50",
        ),
        source="dovecot src/login-common/client-common.c (client_get_log_str)",
    ),
    Shape(
        event="dovecot.login_failed",
        daemons=("dovecot",),
        template=(
            _FAILURE + _ELEMENTS,
            _FAILURE + _OTHER_ELEMENTS,
            _REFUSAL + _ELEMENTS,
            _LOGIN + "{reason:=Maximum number of connections from user+IP exceeded} "
            "({:unbracketed}): " + _ELEMENTS,
            _LOGIN + "Login failed: {reason:unbracketed}: " + _ELEMENTS,
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
                "imap-login: Disconnected: Connection closed "
                "(tried to use disallowed plaintext auth): user=<>, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
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
        ),
        source="dovecot src/login-common/client-common.c, client-common-auth.c",
    ),
    Shape(
        event="dovecot.login_aborted",
        daemons=("dovecot",),
        template=(
            _TOO_EARLY + _ELEMENTS,
            _TOO_EARLY + _OTHER_ELEMENTS,
            _NO_TLS + _ELEMENTS,
            _STOPPED + _ELEMENTS,
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
                "imap-login: Login aborted: Connection closed (disconnected during TLS handshake) "
                "(tls_handshake_not_finished): user=<>, rip=198.51.100.50, lip=203.0.113.10, "
                "TLS handshaking, session=<U44mbv1gOp3GM2Qy>"
            ),
            (
                "pop3-login: Disconnected: Shutting down: user=<>, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/client-common.c (client_get_extra_disconnect_reason)",
    ),
    Shape(
        event="dovecot.proxying_started",
        daemons=("dovecot",),
        template=_LOGIN
        + "proxy({:unbracketed}): Started proxying to <{relay_address:text}>[{:text}] "
        "({duration_seconds} secs[, {:int} reconnects]): " + _ELEMENTS,
        samples=(
            (
                "imap-login: proxy(bob,10.0.0.5:143): Started proxying to <10.0.0.5> (0.014 secs): "
                "user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/client-common-auth.c",
    ),
    Shape(
        event="dovecot.proxying_ended",
        daemons=("dovecot",),
        template=_LOGIN
        + "proxy({:unbracketed}): Disconnected by {reason} ({duration_seconds}s idle, "
        "in={bytes_in}, out={bytes_out}): " + _ELEMENTS,
        samples=(
            (
                "imap-login: proxy(bob,10.0.0.5:143): Disconnected by client (12s idle, in=57, "
                "out=2553): user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/login-proxy.c",
    ),
    Shape(
        event="dovecot.haproxy_failed",
        daemons=("dovecot",),
        template=_LOGIN + "haproxy: Client disconnected (rip={remote_address}): {reason:rest}",
        samples=(
            "imap-login: haproxy: Client disconnected (rip=127.0.0.1): Connection reset by peer",
        ),
        source="dovecot src/lib-master/master-service-haproxy.c",
    ),
)

"""Dovecot's login processes beside the logins themselves: proxying, TLS, HAProxy, client's ID.

A proxied client's lines end in the same elements as a login.
"""

from parsers.dovecot import SESSION, SEVERITY
from parsers.dovecot.login import ELEMENTS, LOGIN
from parsers.shapes import Shape

_PROXY = "proxy({:unbracketed}): "
_SECONDS = " ({duration_seconds} secs[, {:int} reconnects]): "
_RETRY = "[ - reconnecting (attempt #{attempt_count})]: "
_DELAY = "[ - disconnecting client in {:int}ms]: "
_SOURCE = "dovecot src/login-common/login-proxy.c"

SHAPES = (
    Shape(
        event="dovecot.proxying_started",
        daemons=("dovecot",),
        template=(
            LOGIN
            + _PROXY
            + "Started proxying to <{relay_address:text}>[{:text}]"
            + _SECONDS
            + ELEMENTS,
            LOGIN
            + r"proxy({:unbracketed},{relay_host:name}[\[{relay_address:endpoint}\]]:{relay_port})"
            ": Started proxying to remote host[{:text}]" + _SECONDS + ELEMENTS,
            LOGIN
            + _PROXY
            + "started proxying to {relay_host:host}:{relay_port}[{/| }{:text}]: "
            + ELEMENTS,
        ),
        samples=(
            (
                "imap-login: proxy(bob,10.0.0.5:143): Started proxying to <10.0.0.5> (0.014 secs): "
                "user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob,10.0.0.5:143): Started proxying to remote host as user "
                "bob2 (0.014 secs, 1 reconnects): user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, TLS, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "pop3-login: proxy(bob): started proxying to 10.0.0.5:110/bob2: user=<bob>, "
                "method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/client-common-auth.c",
    ),
    Shape(
        event="dovecot.proxying_ended",
        daemons=("dovecot",),
        template=(
            LOGIN
            + _PROXY
            + "[disconnecting {:ip} (]Disconnected by {reason}[ ]({duration_seconds}s idle, "
            "in={bytes_in}, out={bytes_out}[+{:int}][, {detail:unbracketed}])[)]"
            + _DELAY
            + ELEMENTS,
            LOGIN + _PROXY + "Disconnected by proxy: {reason:=Kicked by admin|Kicked via director|"
            "Process shutting down}" + _DELAY + ELEMENTS,
            LOGIN + _PROXY + "disconnecting {:ip}[ ({reason:name}[ {:unbracketed}])]: " + ELEMENTS,
        ),
        samples=(
            (
                "imap-login: proxy(bob,10.0.0.5:143): Disconnected by client (12s idle, in=57, "
                "out=2553): user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob): disconnecting 198.51.100.50 (Disconnected by server: "
                "Connection reset by peer(0s idle, in=57, out=2553+12)) - disconnecting client "
                "in 210ms: user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob,10.0.0.5:143): Disconnected by proxy: Kicked by admin: "
                "user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob): disconnecting 198.51.100.50 (Kicked by admin): "
                "user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="dovecot.proxying_failed",
        daemons=("dovecot",),
        template=(
            LOGIN
            + _PROXY
            + "connect({relay_host:name}, {relay_port}) failed: {reason}"
            + _RETRY
            + ELEMENTS,
            LOGIN
            + _PROXY
            + "{detail:=Aborting due to internal error|Aborting due to remote server|"
            "Remote server sent invalid input|Login failed}[{/| to | as user |}{:word}"
            "[ (master {:word})]]: {reason}" + _RETRY + ELEMENTS,
            LOGIN
            + _PROXY
            + "{detail:=Login timed out|Login} [for {relay_host:name}:{relay_port} timed out ]"
            "in state={reason}" + _RETRY + ELEMENTS,
            LOGIN + "proxy: Remote {relay_host:name}:{relay_port} disconnected: {reason} "
            "(state={detail:text}, duration={duration_seconds}s)[{:unbracketed}]: " + ELEMENTS,
        ),
        samples=(
            (
                "imap-login: proxy(bob,10.0.0.5:143): connect(10.0.0.5, 143) failed: Connection "
                "refused (after 0 secs, 1 reconnects, local=10.0.0.1:41230) - reconnecting "
                "(attempt #2): user=<bob>, method=PLAIN, rip=198.51.100.50, lip=203.0.113.10, "
                "session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob,10.0.0.5:143): Aborting due to remote server: Remote "
                "doesn't support STARTTLS: user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob): Login failed to 10.0.0.5:143/bob2: [AUTHENTICATIONFAILED]"
                " Authentication failed.: user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy(bob): Login for 10.0.0.5:143 timed out in state=banner "
                "(after 30 secs, local=10.0.0.1:41230): user=<bob>, method=PLAIN, "
                "rip=198.51.100.50, lip=203.0.113.10, session=<z+zZbf1gJJ3GM2Qy>"
            ),
            (
                "imap-login: proxy: Remote 10.0.0.5:143 disconnected: Connection reset by peer "
                "(state=login, duration=3s): user=<bob>, method=PLAIN, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<z+zZbf1gJJ3GM2Qy>"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="dovecot.haproxy_failed",
        daemons=("dovecot",),
        template=(
            LOGIN + "haproxy: Client disconnected (rip={remote_address}): {reason:rest}",
            LOGIN
            + "haproxy{|(v1)|(v2)}: [Client disconnected: ]{reason:rest} "
            + "([{:text}, ]rip={remote_address})",
        ),
        samples=(
            "imap-login: haproxy: Client disconnected (rip=127.0.0.1): Connection reset by peer",
            (
                "imap-login: haproxy(v2): Client disconnected: Invalid command (cmd=0f, "
                "rip=198.51.100.50)"
            ),
            "imap-login: haproxy: Client not trusted (rip=198.51.100.50)",
        ),
        source="dovecot src/lib-master/master-service-haproxy.c",
    ),
    Shape(
        event="dovecot.tls_alerted",
        daemons=("dovecot",),
        template=(
            LOGIN + r"SSL {action:=failed|alert}: where={reason} \[{remote_address}\]",
            LOGIN + "{reason:=SSL is disabled (ssl=no)}: " + ELEMENTS,
        ),
        samples=(
            (
                "imap-login: SSL alert: where=0x4008, ret=552: fatal handshake failure "
                "[198.51.100.50]"
            ),
            (
                "imap-login: SSL is disabled (ssl=no): user=<>, rip=198.51.100.50, "
                "lip=203.0.113.10, session=<U44mbv1gOp3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/ssl-proxy-openssl.c (2.2)",
    ),
    Shape(
        event="dovecot.certificate_checked",
        daemons=("dovecot",),
        template=(
            LOGIN + "{status:=Valid|Invalid} certificate: {detail:rest}: " + ELEMENTS,
            "{service:name}: " + SEVERITY + "Received {status:=valid|invalid} SSL certificate: "
            "{detail}",
        ),
        samples=(
            (
                "imap-login: Invalid certificate: unable to get local issuer certificate: "
                "/CN=bob: user=<>, rip=198.51.100.50, lip=203.0.113.10, TLS, "
                "session=<U44mbv1gOp3GM2Qy>"
            ),
            "auth: Received valid SSL certificate: /CN=ldap.example.org",
        ),
        source="dovecot src/login-common/ssl-proxy-openssl.c (2.2), "
        "src/lib-ssl-iostream/iostream-openssl.c",
    ),
    Shape(
        event="dovecot.client_refused",
        daemons=("dovecot",),
        template=LOGIN + "access({detail:text}): Client {reason:=refused|"
        "disconnected during lookup} (rip={remote_address})",
        samples=("imap-login: access(tcpwrap): Client refused (rip=198.51.100.50)",),
        source="dovecot src/login-common/main.c",
    ),
    Shape(
        event="dovecot.greeting_delayed",
        daemons=("dovecot",),
        template=LOGIN + "{reason:=Auth process not responding, delayed sending initial response "
        "(greeting)}: " + ELEMENTS,
        samples=(
            (
                "imap-login: Auth process not responding, delayed sending initial response "
                "(greeting): user=<>, rip=198.51.100.50, lip=203.0.113.10, "
                "session=<U44mbv1gOp3GM2Qy>"
            ),
        ),
        source="dovecot src/login-common/client-common-auth.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.client_identified",
        daemons=("dovecot",),
        template=(
            LOGIN + "ID sent: {detail:rest}: " + ELEMENTS,
            "{service:=imap}" + SESSION + "ID sent: {detail:rest}",
        ),
        samples=(
            (
                "imap-login: ID sent: name=Thunderbird, version=128.5: user=<>, "
                "rip=198.51.100.50, lip=203.0.113.10, TLS, session=<U44mbv1gOp3GM2Qy>"
            ),
            "imap(bob)<1017><Gd69bv1giL7GM2Qy>: ID sent: name=Thunderbird, version=128.5",
        ),
        source="dovecot src/imap-login/imap-login-cmd-id.c, src/imap/cmd-id.c",
    ),
)

"""TLS sessions of smtpd(8), smtp(8), lmtp(8) and tlsproxy(8).

Certificates and keys that cannot be used, and what only `tls_loglevel` 2 shows, are in
tls_setup.py.
"""

from parsers.shapes import Shape

_CLIENT_SIDE = ("postfix/smtp", "postfix/lmtp", "postfix/tlsproxy")
_SERVER_SIDE = ("postfix/smtpd",)
_TLS = (*_SERVER_SIDE, *_CLIENT_SIDE)
_LEVEL = "{tls_level:=Anonymous|Untrusted|Trusted|Verified} TLS connection {established|reused} "
_CIPHER = ": {tls_protocol} with cipher {tls_cipher} ({tls_bits}/{:int} bits)"
_PARAMETERS = (
    " key-exchange {tls_key_exchange} server-signature {tls_signature} server-digest {tls_digest}"
    "[ {detail:rest}]"
)
# A client of smtpd(8), or of tlsproxy(8), which knows no names of clients.
_NAMELESS = r"\[{client_address}\]:{client_port}"
_CLIENT = r"[{client_name:host}]\[{client_address:ip}\][:{client_port:int}][:unknown]"
_FROM = _LEVEL + "from " + _CLIENT + "[ to {:name}]" + _CIPHER
_TO = _LEVEL + "to {relay}" + _CIPHER
_UNVERIFIED = "[{server|client} ]certificate verification failed for "
_NAMED = ": [{Trusted|Untrusted|Verified}: ]{subject_CN|raw public key fingerprint}={detail:rest}"
_REUSED = ": {re-using session with|Reusing old session}{detail:rest}"

SHAPES = (
    Shape(
        event="postfix.tls_established",
        daemons=_TLS,
        template=(
            _FROM + _PARAMETERS,
            _TO + _PARAMETERS,
            _FROM + "[ {detail:rest}]",
            _TO + "[ {detail:rest}]",
        ),
        samples=(
            (
                "Anonymous TLS connection established from mx.lab.example[127.0.0.10]: TLSv1.3 with"
                " cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature"
                " RSA-PSS (2048 bits) server-digest SHA256"
            ),
            (
                "Anonymous TLS connection established from [203.0.113.31]:45348: TLSv1.3 with"
                " cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange ECDHE (P-256)"
                " server-signature ECDSA (P-256) server-digest SHA256 client-signature RSA-PSS"
                " (2048 bits) client-digest SHA256"
            ),
            (
                "Untrusted TLS connection established to mx.remote.example[127.0.0.20]:25: TLSv1.3"
                " with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519"
                " server-signature RSA-PSS (2048 bits) server-digest SHA256"
            ),
            (
                "Trusted TLS connection established from mx.lab.example[127.0.0.10] to"
                " smtp.lab.example: TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits)"
            ),
            (
                "Verified TLS connection reused to mx.remote.example[127.0.0.20]:25: TLSv1.2 with"
                " cipher ECDHE-RSA-AES256-GCM-SHA384 (256/256 bits)"
            ),
        ),
        source="src/tls/tls_misc.c",
        common=True,
    ),
    Shape(
        event="postfix.tls_failed",
        daemons=_TLS,
        template=(
            f"SSL_accept error from {_CLIENT}: {{reason:rest}}",
            "SSL_connect error to {relay}: {reason:rest}",
            "NOQUEUE: abort: TLS from {client}: {reason:rest}",
            "TLS handshake failed for service={service} peer=" + _NAMELESS,
            "TLS handshake failed for service={service} peer={relay}",
            "SSL_set_fd error to {relay}",
            "warning: {ciphertext|plaintext} read/write {reason:=timeout|error} for {detail:rest}",
            "warning: {reason:=deadlock} on {ciphertext|plaintext} stream for {detail:rest}",
        ),
        samples=(
            "SSL_accept error from out.hamster.example[203.0.113.6]: -1",
            "SSL_accept error from [203.0.113.31]:45348: lost connection",
            "SSL_connect error to mx.remote.example[127.0.0.20]:25: Connection reset by peer",
            (
                "NOQUEUE: abort: TLS from out.hamster.example[203.0.113.6]: No client certificate"
                " presented"
            ),
            "TLS handshake failed for service=smtpd peer=[203.0.113.31]:45348",
            "TLS handshake failed for service=smtp peer=mx.remote.example[127.0.0.20]:25",
            "SSL_set_fd error to mx.remote.example[127.0.0.20]:25",
            "warning: ciphertext read/write timeout for [203.0.113.31]:45348",
            "warning: deadlock on ciphertext stream for [203.0.113.31]:45348",
        ),
        source="src/tls/tls_server.c",
    ),
    Shape(
        event="postfix.tls_library_failed",
        daemons=_TLS,
        template="warning: TLS library problem: {reason:rest}",
        samples=(
            (
                "warning: TLS library problem: error:0A00010B:SSL routines::wrong version"
                " number:../ssl/record/ssl3_record.c:350:"
            ),
        ),
        source="src/tls/tls_misc.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.tls_refused",
        daemons=_SERVER_SIDE,
        template=(
            (
                "warning: Refusing {reason:=STARTTLS request|TLS service request} from {client} for"
                " service {service:rest}"
            ),
            (
                "warning: {reason:=Wrapper-mode request} dropped from {client} for service"
                " {service:text}. TLS context initialization failed[.{detail:rest}]"
            ),
        ),
        samples=(
            (
                "warning: Refusing STARTTLS request from mail.partner.example[203.0.113.5] for"
                " service smtp"
            ),
            (
                "warning: Wrapper-mode request dropped from unknown[198.51.100.50] for service"
                " smtps. TLS context initialization failed. For details see earlier warnings in"
                " your logs."
            ),
        ),
        source="src/smtpd/smtpd.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.tls_unverified",
        daemons=_CLIENT_SIDE,
        template=(
            _UNVERIFIED + "{relay}: {reason:rest}",
            _UNVERIFIED + _NAMELESS + ": {reason:rest}",
        ),
        samples=(
            "certificate verification failed for [203.0.113.31]:45348: self-signed certificate",
            (
                "certificate verification failed for mx.remote.example[127.0.0.20]:25: self-signed"
                " certificate"
            ),
            (
                "server certificate verification failed for mx.remote.example[127.0.0.20]:25:"
                " certificate has expired"
            ),
        ),
        source="src/tls/tls_verify.c",
    ),
    Shape(
        event="postfix.tls_client_unverified",
        daemons=_SERVER_SIDE,
        template=_UNVERIFIED + "{client}: {reason:rest}",
        samples=(
            (
                "certificate verification failed for mail.partner.example[203.0.113.5]: untrusted"
                " issuer /CN=Lab CA"
            ),
            (
                "client certificate verification failed for mail.partner.example[203.0.113.5]:"
                " certificate has expired"
            ),
        ),
        source="src/tls/tls_verify.c",
    ),
    Shape(
        event="postfix.tls_peer_named",
        daemons=_CLIENT_SIDE,
        template=("{relay}" + _NAMED, _NAMELESS + _NAMED),
        samples=(
            "[203.0.113.31]:45348: subject_CN=mail.partner.example, issuer=Lab CA",
            (
                "mx.remote.example[127.0.0.20]:25: subject_CN=mx.remote.example, issuer=Lab CA,"
                " cert fingerprint=0A:1B, pkey fingerprint=2C:3D"
            ),
        ),
        source="src/tls/tls_client.c",
    ),
    Shape(
        event="postfix.tls_client_named",
        daemons=_SERVER_SIDE,
        template="{client}" + _NAMED,
        samples=(
            (
                "mail.partner.example[203.0.113.5]: subject_CN=mail.partner.example, issuer=Lab CA,"
                " fingerprint=0A:1B, pkey_fingerprint=2C:3D"
            ),
            "mail.partner.example[203.0.113.5]: raw public key fingerprint=2C:3D",
        ),
        source="src/tls/tls_server.c",
    ),
    Shape(
        event="postfix.tls_session_reused",
        daemons=_CLIENT_SIDE,
        template=("{relay}" + _REUSED, _NAMELESS + _REUSED),
        samples=(
            "[203.0.113.31]:45348: Reusing old session (RFC 5077 session ticket)",
            (
                "mx.remote.example[127.0.0.20]:25: re-using session with untrusted certificate,"
                " look for details earlier in the log"
            ),
        ),
        source="src/tls/tls_client.c",
    ),
    Shape(
        event="postfix.tls_client_session_reused",
        daemons=_SERVER_SIDE,
        template="{client}" + _REUSED,
        samples=("mx.lab.example[127.0.0.10]: Reusing old session (RFC 5077 session ticket)",),
        source="src/tls/tls_server.c",
    ),
    Shape(
        event="postfix.tls_outcome_reported",
        daemons=_TLS,
        template="TLSRPT: status={status:name}, {detail:rest}",
        samples=(
            (
                "TLSRPT: status=success, domain=remote.example, receiving_mx=mx.remote.example"
                "[127.0.0.20]"
            ),
        ),
        source="src/tls/tlsrpt_wrapper.c",
    ),
    Shape(
        event="postfix.tls_setup_started",
        daemons=_TLS,
        template=(
            f"setting up TLS connection from {_CLIENT}",
            "setting up TLS connection to {relay}",
        ),
        samples=(
            "setting up TLS connection from mx.lab.example[127.0.0.10]",
            "setting up TLS connection to mx.remote.example[127.0.0.20]:25",
        ),
        source="src/tls/tls_server.c",
    ),
)

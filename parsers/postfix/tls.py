"""TLS sessions of smtpd(8), smtp(8), lmtp(8) and tlsproxy(8)."""

from parsers.shapes import Shape

_TLS = ("postfix/smtpd", "postfix/smtp", "postfix/lmtp", "postfix/tlsproxy")
_LEVEL = "{tls_level:=Anonymous|Untrusted|Trusted|Verified} TLS connection {established|reused} "
_CIPHER = ": {tls_protocol} with cipher {tls_cipher} ({tls_bits}/{:int} bits)[ {detail:rest}]"

SHAPES = (
    Shape(
        event="postfix.tls_established",
        daemons=_TLS,
        template=(
            _LEVEL + "from {client}[ to {:name}]" + _CIPHER,
            _LEVEL + "to {relay}" + _CIPHER,
        ),
        samples=(
            (
                "Anonymous TLS connection established from mx.lab.example[127.0.0.10]: TLSv1.3 with"
                " cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519 server-signature"
                " RSA-PSS (2048 bits) server-digest SHA256"
            ),
            (
                "Trusted TLS connection established from mx.lab.example[127.0.0.10] to"
                " smtp.lab.example: TLSv1.2 with cipher ECDHE-RSA-AES128-GCM-SHA256 (128/128 bits)"
            ),
            (
                "Untrusted TLS connection established to mx.remote.example[127.0.0.20]:25: TLSv1.3"
                " with cipher TLS_AES_256_GCM_SHA384 (256/256 bits) key-exchange X25519"
                " server-signature RSA-PSS (2048 bits) server-digest SHA256"
            ),
        ),
        source="src/tls/tls_misc.c",
    ),
    Shape(
        event="postfix.tls_failed",
        daemons=_TLS,
        template=(
            "SSL_accept error from {client}: {reason:rest}",
            "SSL_connect error to {relay}: {reason:rest}",
            "NOQUEUE: abort: TLS from {client}: {reason:rest}",
            r"TLS handshake failed for service={service} peer=\[{client_address}\]:{client_port}",
        ),
        samples=(
            "SSL_accept error from out.hamster.example[203.0.113.6]: -1",
            "SSL_connect error to mx.remote.example[127.0.0.20]:25: Connection reset by peer",
            (
                "NOQUEUE: abort: TLS from out.hamster.example[203.0.113.6]: No client certificate"
                " presented"
            ),
            "TLS handshake failed for service=smtpd peer=[203.0.113.31]:45348",
        ),
        source="src/tls/tls_server.c",
    ),
    Shape(
        event="postfix.tls_unverified",
        daemons=_TLS,
        template="[{server|client} ]certificate verification failed for {relay}: {reason:rest}",
        samples=(
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
        event="postfix.tls_peer_named",
        daemons=_TLS,
        template="{relay}: [{Trusted|Untrusted|Verified}: ]subject_CN={detail:rest}",
        samples=(
            (
                "mx.remote.example[127.0.0.20]:25: subject_CN=mx.remote.example, issuer=Lab CA,"
                " cert fingerprint=0A:1B, pkey fingerprint=2C:3D"
            ),
        ),
        source="src/tls/tls_client.c",
    ),
    Shape(
        event="postfix.tls_session_reused",
        daemons=_TLS,
        template="{relay}: {re-using session with|Reusing old session}{detail:rest}",
        samples=(
            (
                "mx.remote.example[127.0.0.20]:25: re-using session with untrusted certificate,"
                " look for details earlier in the log"
            ),
            "mx.lab.example[127.0.0.10]: Reusing old session",
        ),
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
            "setting up TLS connection from {client}",
            "setting up TLS connection to {relay}",
        ),
        samples=(
            "setting up TLS connection from mx.lab.example[127.0.0.10]",
            "setting up TLS connection to mx.remote.example[127.0.0.20]:25",
        ),
        source="src/tls/tls_server.c",
    ),
)

"""TLS that cannot be set up as configured, and what a high `tls_loglevel` shows of handshakes."""

from parsers.shapes import Shape

_SERVERS = ("postfix/smtpd", "postfix/tlsproxy")
_CLIENTS = ("postfix/smtp", "postfix/lmtp")
_TLS = (*_SERVERS, *_CLIENTS)
# Either side of a session, as these lines name it on both.
_PEER = r"{:host}\[{remote_address:endpoint}\][:{:int}]"

SHAPES = (
    Shape(
        event="postfix.tls_setup_failed",
        daemons=_TLS,
        template=(
            (
                'warning: cannot get {:word} {certificate|private key} from file["][ "]{file_name}'
                '["]: {reason:rest}'
            ),
            (
                "warning: {:word} {reason:=private key} in {file_name:word} does not match public"
                " key in {detail:rest}"
            ),
            "warning: error opening chain file: {file_name}: {reason:rest}",
            "warning: error loading private keys and certificates from: {file_name}: {reason:rest}",
            "warning: error loading {reason:=certificate|private key|chain} {detail:rest}",
            (
                "warning: {reason:=No PEM data|No private key found|No certs for key} "
                "[at index {:int} ]in {file_name:rest}"
            ),
            "warning: key at index {:int} in {file_name:text} does not match {reason:rest}",
            "warning: {reason:=No server certs available}. {detail:rest}",
            (
                "warning: {reason:=Need a server cert to request client certs|Can't require client"
                " certs unless TLS is required|TLS has been selected, but TLS support is not"
                " compiled in|TLS client initialization failed}"
            ),
            "warning: {reason:rest}: disabling TLS support",
            "warning: {reason:rest}, disabling TLS support",
            (
                "cannot load {reason:=Certification Authority data|Certificate Authority data}"
                "[, {file_name}]: disabling TLS support"
            ),
            (
                "cannot set {default OpenSSL |}{reason:=certificate verification paths}: disabling"
                " TLS support"
            ),
            "warning: {cannot load|error opening|error decoding} {:text}DH param{detail:rest}",
            "warning: run-time library vs. compile-time header version mismatch: {reason:rest}",
            (
                "warning: {error configuring|none of the|failed to|using Postfix default|using"
                " OpenSSL default|ignoring unknown ECDHE curve|cannot allocate temp|unknown curve|"
                "unable to use curve|Could not allocate|Could not set|cannot create DH|malformed"
                " fingerprint value:|Digest algorithm|Failed to enable}{reason:rest}"
            ),
            "warning: {reason:=TLS client role|TLS server role|TLS service} is {detail:rest}",
        ),
        samples=(
            (
                'warning: cannot get RSA certificate from file "/etc/ssl/mx.pem": disabling TLS'
                " support"
            ),
            (
                "warning: RSA private key in /etc/ssl/mx.key does not match public key in"
                " /etc/ssl/mx.pem: disabling TLS support"
            ),
            "warning: error opening chain file: /etc/ssl/mx.pem: No such file or directory",
            (
                "warning: error loading private keys and certificates from: /etc/ssl/mx.pem:"
                " aborting TLS handshake"
            ),
            "warning: error loading certificate (PEM object number 1) from /etc/ssl/mx.pem",
            "warning: No private key found in /etc/ssl/mx.pem",
            "warning: key at index 1 in /etc/ssl/mx.pem does not match next certificate",
            "warning: No server certs available. TLS won't be enabled",
            "warning: Need a server cert to request client certs",
            "warning: no entropy for TLS key generation: disabling TLS support",
            "warning: error initializing the OpenSSL library, disabling TLS support",
            (
                'cannot load Certification Authority data, CAfile="/etc/ssl/ca.pem": disabling TLS'
                " support"
            ),
            "cannot set default OpenSSL certificate verification paths: disabling TLS support",
            (
                'warning: error opening DH parameter file "/etc/ssl/dh.pem": No such file or'
                " directory -- using compiled-in defaults"
            ),
            (
                "warning: run-time library vs. compile-time header version mismatch: OpenSSL 3.5.0"
                " may not be compatible with OpenSSL 3.0.0"
            ),
            "warning: using Postfix default key exchange groups instead",
            "warning: TLS client role is disabled by configuration",
        ),
        source="src/tls/tls_certkey.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.tls_peer_unusable",
        daemons=_TLS,
        template=(
            "warning: TLS SNI from {client} is {reason:=invalid}: {detail:rest}",
            "warning: TLS SNI {reason:=changed} from {client} initially {detail:rest}",
            (
                "warning: {relay}: {reason:=all TLSA records unusable|all fingerprints unusable|all"
                " trust anchors unusable}[, {detail:rest}]"
            ),
            "warning: "
            + _PEER
            + ": {reason:=error|invalid|ignoring|could not|Invalid} {detail:rest}",
            "warning: {:name}: " + _PEER + ": {reason:rest}",
            "warning: DANE TLSA lookup problem: {reason:rest}",
            "warning: DNSSEC status lookup error for {relay_host:word}: {reason:rest}",
        ),
        samples=(
            "warning: TLS SNI from out.hamster.example[203.0.113.6] is invalid: not_a_host",
            (
                "warning: TLS SNI changed from out.hamster.example[203.0.113.6] initially"
                " mx.lab.example, mail.lab.example after hello retry"
            ),
            (
                "warning: mx.remote.example[127.0.0.20]:25: all TLSA records unusable, fallback to"
                " unauthenticated TLS"
            ),
            'warning: mx.remote.example[127.0.0.20]:25: invalid cipher grade: "best"',
            (
                "warning: tls_text_name: mx.remote.example[127.0.0.20]:25: peer certificate has no"
                " subject CN"
            ),
            (
                "warning: DANE TLSA lookup problem: Host or domain name not found. Name service"
                " error for name=_25._tcp.mx.remote.example type=TLSA: Host not found, try again"
            ),
            (
                "warning: DNSSEC status lookup error for mx.remote.example: Host not found, try"
                " again"
            ),
        ),
        source="src/tls/tls_client.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.tls_proxy_failed",
        daemons=("postfix/tlsproxy",),
        template=(
            "warning: {reason:=request from tlsproxy client with unexpected settings}",
            "warning: to avoid this warning, 1) identify the tlsproxy client{detail:rest}",
            "warning: {:name}: receive {detail:text}: {reason:rest}",
            "warning: cannot send TLS context: {reason:rest}",
            "warning: {:name}: {reason:=bad request flags}: {detail:rest}",
            "{reason:=TLS support is not compiled in} -- exiting",
        ),
        samples=(
            "warning: request from tlsproxy client with unexpected settings",
            (
                "warning: to avoid this warning, 1) identify the tlsproxy client that is making"
                " this request, 2) configure a custom tlsproxy service"
            ),
            "warning: tlsp_get_request_event: receive request attributes: Connection reset by peer",
            "warning: cannot send TLS context: Broken pipe",
            "warning: tlsp_get_request_event: bad request flags: 0x42",
            "TLS support is not compiled in -- exiting",
        ),
        source="src/tlsproxy/tlsproxy.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.tls_traced",
        daemons=_TLS,
        template=(
            "SSL_accept:{detail:rest}",
            "SSL_connect:{detail:rest}",
            "SSL3 alert {detail:rest}",
            "initializing the {server|client}-side TLS engine{detail:rest}",
            "{looking for|reloaded|save|remove} session {detail:rest}",
            "TLS SNI {detail:text} from {client} not matched, using default chain",
            (
                _PEER + ": {looking up session|reloaded session|remove session|save session|Issuing"
                " session ticket|Decrypting session ticket|TLS cipher list|SNI hostname:|"
                "certificate verification depth|depth|verify|matched peername:|subjectAltName:|"
                "Matched subjectAltName:|Matched trust anchor|Matched fingerprint:|Matched DANE|"
                "TLS session ticket}{detail:rest}"
            ),
            _PEER + " {CommonName|Matched CommonName} {detail:rest}",
            "{subject|issuer}=/{detail:rest}",
            "{read from|write to} {:name} \\[{:name}\\] ({size_bytes} bytes{detail:rest}",
        ),
        samples=(
            "SSL_accept:SSLv3/TLS write server done",
            "SSL_connect:error in SSLv3/TLS write client hello",
            "SSL3 alert read:fatal:certificate unknown",
            "initializing the server-side TLS engine",
            "save session smtp&remote.example&127.0.0.20&&0A1B to smtp cache",
            (
                "TLS SNI mail.example from out.hamster.example[203.0.113.6] not matched, using"
                " default chain"
            ),
            "mx.lab.example[127.0.0.10]: Issuing session ticket, key expiration: 1795501234",
            "mx.remote.example[127.0.0.20]:25 Matched CommonName mx.remote.example",
            "subject=/CN=mx.remote.example",
            "read from 55D0C0DE [55D0BEEF] (5 bytes => -1 (0xFFFFFFFFFFFFFFFF))",
        ),
        source="src/tls/tls_misc.c",
    ),
    Shape(
        event="postfix.tls_cache_traced",
        daemons=("postfix/tlsmgr",),
        template=(
            "{action:=read|write} {service:name} TLS cache entry {detail:rest}",
            "{action:=lookup|put|delete} {service:name} session id={detail:rest}",
            "{action:=open|close} {service:name} TLS cache {file_name:rest}",
            "{cannot read from|cannot write to} EGD server {file_name}: {reason:rest}",
            "cannot read {:int} bytes from EGD server {file_name}: {reason:rest}",
            "EGD server {file_name} reports {reason:=zero bytes available}",
        ),
        samples=(
            "write smtpd TLS cache entry 0A1B&s=submission: time=1795501234 [data 137 bytes]",
            "lookup smtpd session id=0A1B&s=submission",
            "open smtpd TLS cache btree:/var/lib/postfix/smtpd_scache",
            "cannot read from EGD server /var/run/egd: Connection refused",
            "cannot read 32 bytes from EGD server /var/run/egd: Connection refused",
            "EGD server /var/run/egd reports zero bytes available",
        ),
        source="src/tls/tls_scache.c",
    ),
)

"""smtp(8) and lmtp(8): logins and TLS that they or their servers did not manage, and why."""

from parsers.postfix import TROUBLE
from parsers.shapes import Shape

_CLIENTS = ("postfix/smtp", "postfix/lmtp")

SHAPES = (
    Shape(
        event="postfix.server_login_failed",
        daemons=_CLIENTS,
        template=(
            (
                "{queue_id}: SASL [\\[CACHED\\] ]authentication failed; server {relay} said:"
                " {reply:rest}"
            ),
            (
                "{queue_id}: SASL authentication failed; cannot authenticate to server {relay}:"
                " {reason:rest}"
            ),
            (
                "{queue_id}: SASL authentication failed; {reason:=authentication protocol loop}"
                " with"
                " server {relay}"
            ),
            (
                "{queue_id}: SASL authentication failed; {reason:=non-empty initial} {sasl_method}"
                " challenge from server {relay}: {reply:rest}"
            ),
            "{queue_id}: SASL authentication failed: server {relay} offered {reason:rest}",
            (
                "warning: {relay} offered {reason:=no supported AUTH mechanisms|null AUTH mechanism"
                " list}[: '{detail:text}'][{:word}]"
            ),
        ),
        samples=(
            (
                "DA189162793: SASL authentication failed; server mx.remote.example[127.0.0.20]"
                " said: 535 5.7.8 Error: authentication failed"
            ),
            (
                "DA189162793: SASL [CACHED] authentication failed; server"
                " mx.remote.example[127.0.0.20] said: 535 5.7.8 Error: authentication failed"
            ),
            (
                "DA189162793: SASL authentication failed; cannot authenticate to server"
                " mx.remote.example[127.0.0.20]: no mechanism available"
            ),
            (
                "DA189162793: SASL authentication failed; authentication protocol loop with server"
                " mx.remote.example[127.0.0.20]"
            ),
            (
                "DA189162793: SASL authentication failed; non-empty initial LOGIN challenge from"
                " server mx.remote.example[127.0.0.20]: 334 VXNlcm5hbWU6"
            ),
            (
                "DA189162793: SASL authentication failed: server mx.remote.example[127.0.0.20]"
                " offered no compatible authentication mechanisms for this type of connection"
                " security"
            ),
            (
                "warning: mx.remote.example[127.0.0.20]:587 offered no supported AUTH mechanisms:"
                " 'XOAUTH2 NTLM'"
            ),
        ),
        source="src/smtp/smtp_sasl_glue.c",
    ),
    Shape(
        event="postfix.tls_not_obtained",
        daemons=_CLIENTS,
        template=(
            "{queue_id}: TLS is required, but {reason:=was not offered} by host {relay}",
            (
                "{queue_id}: TLS is required, but host {relay} {reason:=refused to start TLS}:"
                " {reply:rest}"
            ),
            "{queue_id}: TLS is required, but {reason:=our TLS engine is unavailable|unavailable}",
            (
                "{queue_id}: {reason:=Cannot start TLS: handshake failure|Server certificate not"
                " verified|Server certificate not trusted|client TLS configuration problem|non"
                " DNSSEC"
                " destination|no TLSA records found|TLSA lookup error}[ for"
                " {relay_host}:{relay_port}]"
            ),
            "{queue_id}: Sender {requested|requires} {reason:rest}",
            "warning: {:name}: {reason:=TLS is required but unavailable}, don't know why",
        ),
        samples=(
            (
                "DA189162793: TLS is required, but was not offered by host"
                " mx.remote.example[127.0.0.20]"
            ),
            (
                "DA189162793: TLS is required, but host mx.remote.example[127.0.0.20] refused to"
                " start TLS: 454 4.7.0 TLS not available"
            ),
            "DA189162793: TLS is required, but our TLS engine is unavailable",
            "DA189162793: Cannot start TLS: handshake failure",
            "DA189162793: TLSA lookup error for mx.remote.example:25",
            (
                "DA189162793: Sender requested REQUIRETLS, but REQUIRETLS support was not offered"
                " by host mx.remote.example[127.0.0.20]"
            ),
            "warning: smtp_start_tls: TLS is required but unavailable, don't know why",
        ),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.tls_policy_failed",
        daemons=_CLIENTS,
        template=(
            (
                "warning: TLS policy lookup [error ]for {relay_host}/{relay_address:endpoint}:"
                " {reason:rest}"
            ),
            (
                "warning: MX name '{relay_host}' {reason:=does not match STS MX pattern} for"
                " '{detail:text}'"
            ),
            "warning: {relay_host}: {dane|dane-only|half-dane} {reason:=configured}{detail:rest}",
            (
                'warning: {relay_host}: the "dane" security level is {reason:=invalid} for'
                " {detail:rest}"
            ),
            (
                "warning: nexthop domain {relay_host}: {reason:=configured at fingerprint security"
                " level, but with no fingerprints to match}."
            ),
            "warning: TLSRPT: {reason:rest}",
            (
                "warning: {file_name:text}: {reason:=invalid security level|invalid attribute"
                " name|malformed attribute/value pair|invalid empty policy|attribute|ignoring"
                " attribute|unknown TLS policy}{detail:rest}"
            ),
        ),
        samples=(
            (
                'warning: hash:/etc/postfix/tls_policy, next-hop destination "remote.example":'
                ' invalid security level "x"'
            ),
            (
                "warning: TLS policy lookup for remote.example/mx.remote.example: client TLS"
                " configuration problem"
            ),
            (
                "warning: TLS policy lookup error for remote.example/mx.remote.example: Temporary"
                " lookup error"
            ),
            "warning: MX name 'mx.evil.example' does not match STS MX pattern for 'remote.example'",
            "warning: remote.example: dane configured with dnssec lookups disabled",
            (
                'warning: remote.example: the "dane" security level is invalid for delivery via'
                " unix-domain sockets"
            ),
            (
                "warning: nexthop domain remote.example: configured at fingerprint security level,"
                " but with no fingerprints to match."
            ),
            "warning: TLSRPT: Too many TLSRPT policies for remote.example",
        ),
        source="src/smtp/smtp_tls_policy.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.client_misconfigured",
        daemons=_CLIENTS,
        template=(
            TROUBLE + "smtp_connect_addr: {reason:=bind} {local_address}: {detail}",
            TROUBLE + "{reason:=specify a password table} via the `{detail}",
            TROUBLE + "SASL {reason:=library initialization|per-connection initialization failed}"
            "{detail:rest}",
            TROUBLE + "{reason:=TLSRPT is selected|TLSRPT support is not}{detail:rest}",
            "{reason:=SMTPS wrappermode (TCP port 465) requires setting} {detail}",
            (
                "{reason:=CLIENT wrappermode (port smtps/465) is unimplemented|instead, send to"
                " (port"
                " submission/587) with STARTTLS}"
            ),
            TROUBLE + "{parameter} {reason:=requires|is obsolete; instead, specify} {detail}",
            TROUBLE + "{reason:=not compiled with TLS support} -- ignoring the {parameter} setting",
            (
                "fatal: {reason:=bad network port}[: {detail:text}] {in|for} destination:"
                " {relay_host:word}"
            ),
            (
                "warning: to prevent loss of mail, {reason:=turn off command pipelining} for"
                " {relay_address} with the {parameter} parameter"
            ),
        ),
        samples=(
            (
                'warning: smtp_tls_wrappermode requires "smtp_tls_security_level = encrypt" (or'
                " stronger)"
            ),
            (
                "warning: not compiled with TLS support -- ignoring the smtp_sasl_auth_cache_name"
                " setting"
            ),
            "fatal: bad network port in destination: mx.example:x",
            (
                "warning: to prevent loss of mail, turn off command pipelining for 192.0.2.20 with"
                " the smtp_discard_ehlo_keyword_address_maps parameter"
            ),
            "warning: smtp_connect_addr: bind 192.0.2.10: Cannot assign requested address",
            (
                "fatal: specify a password table via the `smtp_sasl_password_maps' configuration"
                " parameter"
            ),
            "fatal: SASL per-connection initialization failed",
            "warning: TLSRPT is selected, but TLSRPT is not compiled in",
            (
                'SMTPS wrappermode (TCP port 465) requires setting "smtp_tls_wrappermode = yes",'
                ' and "smtp_tls_security_level = encrypt" (or stronger)'
            ),
            "CLIENT wrappermode (port smtps/465) is unimplemented",
        ),
        source="src/smtp/smtp_connect.c",
    ),
)

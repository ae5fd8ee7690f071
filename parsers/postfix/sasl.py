"""Authentication of smtpd(8)'s clients: what failed, and what is wrong with its SASL server."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.authentication_failed",
        daemons=("postfix/smtpd",),
        template=(
            (
                "warning: {client}: SASL {sasl_method} authentication failed: {reason:=(reason"
                " unavailable)|authentication failure|generic failure|Invalid authentication"
                " mechanism|UGFzc3dvcmQ6|VXNlcm5hbWU6}, sasl_username=(unavailable)"
            ),
            (
                "warning: {client}: SASL {sasl_method} authentication failed:[ {reason}]"
                "[, sasl_username={sasl_username:rest}]"
            ),
            "warning: {client}: SASL {sasl_method} authentication {reason:=aborted|failed}",
        ),
        samples=(
            (
                "warning: bot66.dyn.example[203.0.113.66]: SASL LOGIN authentication failed:"
                " (reason unavailable), sasl_username=(unavailable)"
            ),
            (
                "warning: bot66.dyn.example[203.0.113.66]: SASL LOGIN authentication failed:"
                " (reason unavailable), sasl_username=alice"
            ),
            (
                "warning: bot66.dyn.example[203.0.113.66]: SASL LOGIN authentication failed:"
                " UGFzc3dvcmQ6"
            ),
            "warning: bot66.dyn.example[203.0.113.66]: SASL PLAIN authentication aborted",
        ),
        source="src/smtpd/smtpd_sasl_glue.c",
        common=True,
    ),
    Shape(
        event="postfix.sasl_failed",
        daemons=("postfix/smtpd",),
        template=(
            (
                "warning: SASL: Connect to {Dovecot auth socket |}[']{file_name}['] failed:"
                " {reason:rest}"
            ),
            "warning: SASL: {reason:rest}",
            "warning: SASL authentication {failure|problem}: {reason:rest}",
            (
                "warning: {SASL per-|per-session SASL |bad per-session SASL |set per-session SASL |"
                "incorrect SASL library |SASL library |failed to set Cyrus SASL |missing Dovecot "
                "server |unsupported SASL server }{reason:rest}"
            ),
            "warning: {detail:name}: {reason:=no applicable SASL mechanisms}",
        ),
        samples=(
            (
                "warning: SASL: Connect to Dovecot auth socket 'private/auth' failed: Connection"
                " refused"
            ),
            "warning: SASL: Connect to private/auth failed: No such file or directory",
            "warning: SASL: Protocol version mismatch (2 vs. 1)",
            (
                "warning: SASL authentication failure: cannot connect to saslauthd server: No such"
                " file or directory"
            ),
            "warning: SASL per-connection server initialization: generic failure",
            "warning: xsasl_cyrus_server_get_mechanism_list: no applicable SASL mechanisms",
        ),
        source="src/xsasl/xsasl_dovecot_server.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.sasl_unusable",
        daemons=("postfix/smtpd",),
        template=(
            (
                "fatal: {reason:=no SASL authentication mechanisms|SASL per-process initialization"
                " failed|SASL per-connection initialization failed}"
            ),
            "fatal: smtpd_sasl_mechanism_filter discards all mechanisms in {detail:rest}",
        ),
        samples=(
            "fatal: no SASL authentication mechanisms",
            "fatal: smtpd_sasl_mechanism_filter discards all mechanisms in 'GSSAPI'",
        ),
        source="src/smtpd/smtpd_sasl_glue.c",
        constants={"severity": "fatal"},
    ),
)

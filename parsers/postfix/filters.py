"""Services that smtpd(8) asks: the before-queue content filter, policy servers, other daemons.

What they decide is in verdicts.py, as far as it is no acceptance.
"""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.proxy_accepted",
        daemons=("postfix/smtpd",),
        template=(
            "proxy-accept: {stage:text}: {reply:rest}; from=<{envelope_sender:balanced}>"
            "[ to=<{recipient:balanced}>] proto={protocol}[ helo=<{helo_name:word}>]"
            "[ sasl_username=<{sasl_username:balanced}>]"
        ),
        samples=(
            (
                "proxy-accept: END-OF-MESSAGE: 250 2.0.0 Ok: queued as CD5DD16271C;"
                " from=<anna@partner.example> to=<alice@lab.example> proto=ESMTP"
                " helo=<mail.partner.example>"
            ),
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.proxy_failed",
        daemons=("postfix/smtpd",),
        template=(
            "warning: connect to proxy filter {file_name}: {reason:rest}",
            "warning: {reason:=lost connection with|timeout talking to} proxy {file_name:rest}",
            "warning: received garbage from proxy {file_name}: {reply:rest}",
            'warning: proxy {file_name:word} rejected "{detail:rest}": "{reply:rest}"',
            (
                "warning: {remove before-queue filter|seek before-queue filter|truncate"
                " before-queue filter|proxy} speed-adjust log {reason:rest}"
            ),
            "warning: {seek|truncate} before-queue filter speed-adjust log: {reason:rest}",
        ),
        samples=(
            "warning: connect to proxy filter 127.0.0.1:10025: Connection refused",
            "warning: timeout talking to proxy 127.0.0.1:10025",
            "warning: received garbage from proxy 127.0.0.1:10025: hello?",
            (
                'warning: proxy 127.0.0.1:10025 rejected "RCPT TO:<alice@lab.example>": "451 4.3.0'
                ' Error: queue file write error"'
            ),
            "warning: proxy speed-adjust log I/O error: No space left on device",
            "warning: seek before-queue filter speed-adjust log: No space left on device",
        ),
        source="src/smtpd/smtpd_proxy.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.proxy_protocol_failed",
        daemons=("postfix/smtpd", "postfix/postscreen"),
        template="warning: haproxy read: {reason:rest}",
        samples=("warning: haproxy read: timeout error",),
        source="src/smtpd/smtpd_haproxy.c",
        constants={"severity": "warning"},
    ),
)

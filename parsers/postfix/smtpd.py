"""smtpd(8) and qmqpd(8): sessions of SMTP clients. What its rules say is in verdicts.py."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.client_connected",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template="connect from {client}",
        samples=("connect from mail.partner.example[203.0.113.5]",),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.client_disconnected",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template="disconnect from {client}[ {command_counts:rest}]",
        samples=(
            (
                "disconnect from mail.partner.example[203.0.113.5] ehlo=1 mail=1 rcpt=0/1 quit=1"
                " commands=3/4"
            ),
            "disconnect from unknown[2001:db8::25]",
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.client_assigned",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template=("{queue_id}: client={client}{*}", "NOQUEUE: client={client}{*}"),
        pairs={
            "sasl_method": "{sasl_method:name}",
            "sasl_username": "{sasl_username}",
            "sasl_sender": "{sasl_sender}",
            "orig_queue_id": "{related_queue_id:name}",
        },
        samples=(
            "00F1216272D: client=mail.partner.example[203.0.113.5]",
            "A83A7162713: client=unknown[198.51.100.50], sasl_method=PLAIN, sasl_username=bob",
            (
                "6FE9016275F: client=localhost[127.0.0.1], orig_queue_id=2693316274F,"
                " orig_client=unknown[198.51.100.50]"
            ),
            "NOQUEUE: client=out.hamster.example[203.0.113.6]",
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.connection_lost",
        daemons=("postfix/smtpd",),
        template=(
            "[NOQUEUE: ][{queue_id}: ]{reason:=lost connection|timeout|too many errors} after"
            r" {stage:text}[ ({size_bytes} bytes)] from {client}"
        ),
        samples=(
            "lost connection after DATA (0 bytes) from out.hamster.example[203.0.113.6]",
            "timeout after CONNECT from unknown[203.0.113.77]",
            "4DDD81627E7: too many errors after UNKNOWN from forwarder.example[198.51.100.20]",
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.authentication_failed",
        daemons=("postfix/smtpd",),
        template=(
            (
                "warning: {client}: SASL {sasl_method} authentication failed: {reason}"
                "[, sasl_username={sasl_username:rest}]"
            ),
            "warning: {client}: SASL {sasl_method} authentication {reason:=aborted|failed}",
        ),
        samples=(
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
    ),
    Shape(
        event="postfix.protocol_violated",
        daemons=("postfix/smtpd",),
        template=(
            (
                "{reason:=improper command pipelining} after {stage:text} from {client}:"
                " {checked_text:rest}"
            ),
            (
                "warning: {reason:=non-SMTP command|Illegal address syntax} from {client}"
                "[ in {stage} command]: {checked_text:rest}"
            ),
            "warning: {reason:=reject|bad}[:] {stage:=ETRN} {checked_text:text}... from {client}",
        ),
        samples=(
            (
                "improper command pipelining after HELO from bot66.dyn.example[203.0.113.66]: MAIL"
                r" FROM:<news@hamster.example>\r\nRCPT TO:<alice@lab.example>\r\n"
            ),
            "warning: non-SMTP command from out.hamster.example[203.0.113.6]: GET / HTTP/1.1",
            (
                "warning: Illegal address syntax from out.hamster.example[203.0.113.6] in RCPT"
                " command: alice@@lab..example>"
            ),
            "warning: reject: ETRN lab.example... from out.hamster.example[203.0.113.6]",
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.client_limited",
        daemons=("postfix/smtpd",),
        template=(
            "warning: {reason:=Connection rate|Connection concurrency|Message delivery request"
            " rate|Recipient address rate|New TLS session rate|AUTH command rate} limit exceeded:"
            " {item_count} from {client} for service {service:rest}"
        ),
        samples=(
            (
                "warning: Connection rate limit exceeded: 4 from news.bulk.example[203.0.113.40]"
                " for service 127.0.0.19:smtp"
            ),
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.client_name_mismatched",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template=(
            "warning: hostname {client_name} does not resolve to address {client_address}"
            "[: {reason:rest}]"
        ),
        samples=(
            "warning: hostname host78.mismatch.example does not resolve to address 203.0.113.78",
            (
                "warning: hostname host79.mismatch.example does not resolve to address"
                " 203.0.113.79: Name or service not known"
            ),
        ),
        source="src/smtpd/smtpd_peer.c",
    ),
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
        event="postfix.command_replaced",
        daemons=("postfix/smtpd",),
        template="{client}: replacing command {detail:rest}",
        samples=('out.hamster.example[203.0.113.6]: replacing command "HELP me" with "HELP"',),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.milter_failed",
        daemons=("postfix/smtpd", "postfix/cleanup"),
        template=(
            "warning: connect to Milter service {file_name}: {reason:rest}",
            "warning: milter {file_name}: {reason:rest}",
        ),
        samples=(
            "warning: connect to Milter service inet:127.0.0.1:8899: Connection refused",
            (
                "warning: milter unix:/run/clamav/clamav-milter.ctl: can't read SMFIC_BODYEOB reply"
                " packet header: Connection timed out"
            ),
        ),
        source="src/milter/milter8.c",
    ),
)

"""smtpd(8) and qmqpd(8): sessions of SMTP clients.

What smtpd's rules say is in verdicts.py, what its services do in sasl.py, milter.py, filters.py
and restrictions.py.
"""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.client_connected",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template="connect from {client}",
        samples=("connect from mail.partner.example[203.0.113.5]",),
        source="src/smtpd/smtpd.c",
        common=True,
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
        common=True,
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
        common=True,
    ),
    Shape(
        event="postfix.connection_lost",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template=(
            (
                "[NOQUEUE: ][{queue_id}: ]{reason:=lost connection|timeout|too many errors|"
                "bare <LF> received} after {stage:text}[ ({size_bytes} bytes)] from {client}"
            ),
            (
                "[NOQUEUE][{queue_id}]: {client}: {reason:=lost connection|read/write timeout|"
                "netstring format error|netstring length exceeds storage limit} while {stage:rest}"
            ),
        ),
        samples=(
            "lost connection after DATA (0 bytes) from out.hamster.example[203.0.113.6]",
            "timeout after CONNECT from unknown[203.0.113.77]",
            "4DDD81627E7: too many errors after UNKNOWN from forwarder.example[198.51.100.20]",
            "NOQUEUE: lost connection after CONNECT from unknown[unknown]:unknown",
            "bare <LF> received after CONNECT from out.hamster.example[203.0.113.6]",
            (
                "NOQUEUE: out.hamster.example[203.0.113.6]: netstring format error while receiving"
                " QMQP packet header"
            ),
        ),
        source="src/smtpd/smtpd.c",
        common=True,
    ),
    Shape(
        event="postfix.protocol_violated",
        daemons=("postfix/smtpd",),
        template=(
            (
                "{reason:=improper command pipelining} after {stage:text} from {client}[:]"
                "[ {checked_text:rest}]"
            ),
            (
                "warning: {reason:=non-SMTP command|Illegal address syntax} from {client}"
                "[ in {stage} command]:[ {checked_text:rest}]"
            ),
            "warning: {reason:=reject|bad}[:] {stage:=ETRN} {checked_text:text}... from {client}",
            "warning: {client}: {reason:=request longer than} {item_count}: {checked_text:rest}",
            (
                "warning: [NOQUEUE][{queue_id}]: {reason:=malformed BDAT command syntax|"
                "null BDAT request} from {client}[: {checked_text:rest}]"
            ),
            (
                "warning: [NOQUEUE][{queue_id}]: {reason:=too much BDAT content} -- disabling"
                " further input from {client}"
            ),
        ),
        samples=(
            (
                "improper command pipelining after HELO from bot66.dyn.example[203.0.113.66]: MAIL"
                r" FROM:<news@hamster.example>\r\nRCPT TO:<alice@lab.example>\r\n"
            ),
            "improper command pipelining after NOOP from bot66.dyn.example[203.0.113.66]",
            "warning: non-SMTP command from out.hamster.example[203.0.113.6]: GET / HTTP/1.1",
            (
                "warning: Illegal address syntax from out.hamster.example[203.0.113.6] in RCPT"
                " command: alice@@lab..example>"
            ),
            "warning: reject: ETRN lab.example... from out.hamster.example[203.0.113.6]",
            (
                "warning: out.hamster.example[203.0.113.6]: request longer than 2048: MAIL"
                " FROM:<aaaaaaaaaaaaaaaaaaa..."
            ),
            (
                "warning: NOQUEUE: malformed BDAT command syntax from"
                " out.hamster.example[203.0.113.6]: BDAT ten"
            ),
            "warning: 4DDD81627E7: null BDAT request from out.hamster.example[203.0.113.6]",
            (
                "warning: 4DDD81627E7: too much BDAT content -- disabling further input from"
                " out.hamster.example[203.0.113.6]"
            ),
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
            (
                "warning: hostname {client_name} does not resolve to address {client_address}"
                "[: {reason:rest}]"
            ),
            "warning: hostname {client_address} does not resolve to address {client_name:host}",
            (
                "warning: {client_address}: hostname {client_name} verification failed:"
                " {reason:rest}"
            ),
            "warning: {client_address}: address not listed for hostname {client_name}",
        ),
        samples=(
            "warning: hostname host78.mismatch.example does not resolve to address 203.0.113.78",
            (
                "warning: hostname host79.mismatch.example does not resolve to address"
                " 203.0.113.79: Name or service not known"
            ),
            "warning: hostname 203.0.113.78 does not resolve to address host78.mismatch.example",
            (
                "warning: 203.0.113.79: hostname host79.mismatch.example verification failed: Name"
                " or service not known"
            ),
            "warning: 203.0.113.78: address not listed for hostname host78.mismatch.example",
        ),
        source="src/smtpd/smtpd_peer.c",
    ),
    Shape(
        event="postfix.address_family_skipped",
        daemons=("postfix/smtpd", "postfix/qmqpd"),
        template="skipping address family {:int} for host {client_name}",
        samples=("skipping address family 10 for host mail.partner.example",),
        source="src/smtpd/smtpd_peer.c",
    ),
    Shape(
        event="postfix.command_replaced",
        daemons=("postfix/smtpd", "postfix/postscreen"),
        template=(
            "{client}: replacing command {detail:rest}",
            r"\[{client_address}\]:{client_port}: replacing command {detail:rest}",
        ),
        samples=(
            'out.hamster.example[203.0.113.6]: replacing command "HELP me" with "HELP"',
            '[203.0.113.31]:45348: replacing command "HELP me" with "HELP"',
        ),
        source="src/smtpd/smtpd.c",
    ),
)

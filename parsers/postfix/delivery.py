"""Delivery: smtp(8), lmtp(8), local(8), virtual(8), pipe(8), error(8), retry, discard(8)."""

from parsers.shapes import Shape

_CLIENTS = ("postfix/smtp", "postfix/lmtp")
_AGENTS = (
    "postfix/smtp",
    "postfix/lmtp",
    "postfix/pipe",
    "postfix/local",
    "postfix/virtual",
    "postfix/error",
    "postfix/retry",
    "postfix/discard",
    "postfix/qmgr",
    "postfix/oqmgr",
    "postfix/cleanup",
)
# Quotes are paired in addresses as Postfix logs them, unless `info_log_address_format = internal`.
_ATTEMPT = "{queue_id}: to=<{recipient:balanced}>"

SHAPES = (
    Shape(
        event="postfix.delivery_attempted",
        daemons=_AGENTS,
        template=(
            _ATTEMPT + "{*}, status={status} ({reply:text}: queued as {remote_queue_id:name})",
            _ATTEMPT + "{*}, status={status} (forwarded as {related_queue_id})",
            _ATTEMPT + "{*}, status={status} ({reply:rest})",
            "{queue_id}: to=<{recipient}>, {detail:text}, status={status} ({reply:rest})",
        ),
        pairs={
            "orig_to": "<{original_recipient:balanced}>",
            "relay": "{relay}",
            "conn_use": "{connection_use}",
            "delay": "{delay_seconds}",
            "delays": "{delays}",
            "dsn": "{dsn}",
        },
        samples=(
            (
                "8422A162766: to=<bob@lab.example>, orig_to=<tobob@remote.example>,"
                " relay=mx.lab.example[127.0.0.10]:25, conn_use=2, delay=0.21,"
                " delays=0.09/0/0.01/0.1, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as"
                " 9FDD2162761)"
            ),
            (
                "27A4C162779: to=<include@lab.example>, relay=local, delay=0.1, delays=0.09/0/0/0,"
                " dsn=2.0.0, status=sent (forwarded as 3DC14162858)"
            ),
            (
                "658241627E6: to=<alice+4@lab.example>, relay=mx.lab.example[private/dovecot-lmtp],"
                " delay=0.18, delays=0.16/0.02/0/0, dsn=2.0.0, status=sent (250 2.0.0"
                " <alice+4@lab.example> KGeIH2YGBWsTAgAALsOh1Q:T2 Saved)"
            ),
            (
                "95F561628E1: to=<release@down.example>, relay=none, delay=16, delays=16/0.01/0/0,"
                " dsn=4.4.1, status=deferred (connect to mx.down.example[127.0.0.40]:25: Connection"
                " refused)"
            ),
            (
                "0A19F16272B: to=<u550-1@flaky.example>, relay=mx.flaky.example[127.0.0.41]:25,"
                " delay=0.15, delays=0.09/0/0.01/0.04, tls=may, dsn=5.1.1, status=bounced (host"
                " mx.flaky.example[127.0.0.41] said: 550 5.1.1 No such user (in reply to RCPT TO"
                " command))"
            ),
            (
                "B3D011627D6: to=<check1@relayed.example>, relay=127.0.0.20[127.0.0.20]:25,"
                " delay=0.02, delays=0/0.01/0/0, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)"
            ),
            (
                '9BB5B162711: to=<a"b@lab.example>, relay=local, delay=0.1, delays=0.09/0/0/0,'
                " dsn=5.1.1, status=bounced (unknown user)"
            ),
        ),
        source="src/global/log_adhoc.c",
    ),
    Shape(
        event="postfix.recipient_passed",
        daemons=("postfix/local", "postfix/virtual", "postfix/pipe"),
        template="{queue_id}: passing <{recipient}> to transport={transport}",
        samples=("9BB5B162711: passing <alice@lab.example> to transport=lmtp",),
        source="src/global/deliver_pass.c",
    ),
    Shape(
        event="postfix.connect_failed",
        daemons=_CLIENTS,
        template="connect to {relay}: {reason:rest}",
        samples=(
            "connect to mx.down.example[127.0.0.40]:25: Connection refused",
            "connect to mx.lab.example[private/dovecot-lmtp]: No such file or directory",
        ),
        source="src/smtp/smtp_connect.c",
    ),
    Shape(
        event="postfix.server_refused",
        daemons=_CLIENTS,
        template="{queue_id}: host {relay} {said|refused to talk to me}: {reply:rest}",
        samples=(
            (
                "DA189162793: host mx.remote.example[127.0.0.20] said: 450 4.2.1"
                " <busy@remote.example>: mailbox busy (in reply to RCPT TO command)"
            ),
            "DA189162793: host mx.remote.example[127.0.0.20] refused to talk to me: 421 busy",
        ),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.server_lost",
        daemons=_CLIENTS,
        template=(
            "{queue_id}: {reason:=lost connection} with {relay} while {stage:rest}",
            "{queue_id}: conversation with {relay} {reason:=timed out} while {stage:rest}",
        ),
        samples=(
            "ACD3F1627A5: lost connection with mx.remote.example[127.0.0.20] while sending RCPT TO",
            (
                "ACD3F1627A5: conversation with mx.silent.example[127.0.0.43] timed out while"
                " receiving the initial server greeting"
            ),
        ),
        source="src/smtp/smtp_trouble.c",
    ),
    Shape(
        event="postfix.lookup_failed",
        daemons=_CLIENTS,
        template=(
            "[{queue_id}: ]Host or domain name not found. {reason:rest}",
            "warning: {reason:=no MX host|no SRV host} for {relay_host} {detail}",
        ),
        samples=(
            (
                "0E6761627CC: Host or domain name not found. Name service error for"
                " name=gone.example type=MX: Host not found, try again"
            ),
            "warning: no MX host for badmx.example has a valid address record",
        ),
        source="src/smtp/smtp_addr.c",
    ),
    Shape(
        event="postfix.long_line_broken",
        daemons=_CLIENTS,
        template="{queue_id}: breaking line > {size_bytes} bytes with <CR><LF>SPACE",
        samples=("F0060162907: breaking line > 998 bytes with <CR><LF>SPACE",),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.workarounds_enabled",
        daemons=_CLIENTS,
        template="{queue_id}: enabling PIX workarounds: {detail:text} for {relay}",
        samples=(
            (
                "F0060162907: enabling PIX workarounds: disable_esmtp delay_dotcrlf for"
                " mx.remote.example[127.0.0.20]:25"
            ),
        ),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.delivery_checked",
        daemons=_CLIENTS,
        template=(
            "{queue_id}: {action:=warning|info|replace|prepend|strip}: {stage:=header|body}"
            " {checked_text:rest}"
        ),
        samples=("F0060162907: replace: header Received: from localhost: X-Old: yes",),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.starttls_offered",
        daemons=_CLIENTS,
        template=r"Host offered STARTTLS: \[{relay_host:endpoint}\]",
        samples=("Host offered STARTTLS: [mx.remote.example]",),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.extensions_discarded",
        daemons=("postfix/smtp", "postfix/lmtp", "postfix/smtpd"),
        template="discarding EHLO keywords: {detail:rest}",
        samples=("discarding EHLO keywords: CHUNKING",),
        source="src/smtp/smtp_proto.c",
    ),
)

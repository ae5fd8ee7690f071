"""smtp(8) and lmtp(8): what servers did, short of the outcome. Their TLS sessions are in tls.py.

A server writes its own replies: templates are anchored at what the client writes before them.
Where another server is left to try, the client logs `queue id: why` and goes on.
"""

from parsers.shapes import Shape

_CLIENTS = ("postfix/smtp", "postfix/lmtp")

SHAPES = (
    Shape(
        event="postfix.connect_failed",
        daemons=_CLIENTS,
        template=(
            "connect to {relay}: {reason:rest}",
            "network address conversion failed: {reason:rest}",
        ),
        samples=(
            "connect to mx.down.example[127.0.0.40]:25: Connection refused",
            "connect to mx.lab.example[private/dovecot-lmtp]: No such file or directory",
            "network address conversion failed: Invalid argument",
        ),
        source="src/smtp/smtp_connect.c",
        common=True,
    ),
    Shape(
        event="postfix.server_refused",
        daemons=_CLIENTS,
        template=(
            "{queue_id}: [Protocol error: ]host {relay} {said|refused to talk to me}: {reply:rest}",
            "warning: host {relay} said: {reply:rest}",
        ),
        samples=(
            (
                "DA189162793: host mx.remote.example[127.0.0.20] said: 450 4.2.1"
                " <busy@remote.example>: mailbox busy (in reply to RCPT TO command)"
            ),
            "DA189162793: host mx.remote.example[127.0.0.20] refused to talk to me: 421 busy",
            (
                "DA189162793: Protocol error: host mx.remote.example[127.0.0.20] said: 354 go on"
                " (in reply to RCPT TO command)"
            ),
            (
                "warning: host mx.remote.example[127.0.0.20]:25 said: 501 5.5.4 no (in reply to"
                " XFORWARD NAME/ADDR command)"
            ),
        ),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.server_lost",
        daemons=_CLIENTS,
        template=(
            "{queue_id}: {reason:=lost connection} with {relay} while {stage:rest}",
            "{queue_id}: conversation with {relay} {reason:=timed out} while {stage:rest}",
            "{queue_id}: {reason:=local data error} while talking to {relay}",
        ),
        samples=(
            "ACD3F1627A5: lost connection with mx.remote.example[127.0.0.20] while sending RCPT TO",
            (
                "ACD3F1627A5: conversation with mx.silent.example[127.0.0.43] timed out while"
                " receiving the initial server greeting"
            ),
            "ACD3F1627A5: local data error while talking to mx.remote.example[127.0.0.20]",
        ),
        source="src/smtp/smtp_trouble.c",
    ),
    Shape(
        event="postfix.loop_detected",
        daemons=_CLIENTS,
        template=(
            "{queue_id}: mail for {relay_host} {reason:=loops back to myself}",
            (
                "warning: host {relay} {reason:=greeted me|replied to HELO/EHLO} with my own"
                " hostname"
                " {detail:rest}"
            ),
        ),
        samples=(
            "DA189162793: mail for remote.example loops back to myself",
            (
                "warning: host mx.remote.example[192.0.2.20]:25 greeted me with my own hostname"
                " mx.lab.example"
            ),
        ),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.server_skipped",
        daemons=_CLIENTS,
        template=(
            (
                "{queue_id}: message size {size_bytes} {reason:=exceeds size limit} {detail:word}"
                " of"
                " server {relay}"
            ),
            "{queue_id}: {reason:=SMTPUTF8 is required, but was not offered} by host {relay}",
            (
                "{queue_id}: {reason:=unexpected server message|unreadable mail queue entry|server"
                " unavailable or unable to receive mail|Server configuration error|server"
                " configuration"
                " error|all network protocols are disabled}"
            ),
            "{queue_id}: {reason:=unable to find primary relay} for {relay_host}",
            "host {relay} {reason:=offers SMTPUTF8 support, but not 8BITMIME}",
        ),
        samples=(
            (
                "DA189162793: message size 11000000 exceeds size limit 10240000 of server"
                " mx.remote.example[127.0.0.20]"
            ),
            (
                "DA189162793: SMTPUTF8 is required, but was not offered by host"
                " mx.remote.example[127.0.0.20]"
            ),
            "DA189162793: unexpected server message",
            "DA189162793: unable to find primary relay for remote.example",
            "host mx.remote.example[127.0.0.20] offers SMTPUTF8 support, but not 8BITMIME",
        ),
        source="src/smtp/smtp_proto.c",
    ),
    Shape(
        event="postfix.lookup_failed",
        daemons=_CLIENTS,
        template=(
            (
                "[{queue_id}: ][Host or domain name not found. ]Name service error for"
                " name={relay_host} type={detail:name}: {reason:rest}"
            ),
            "[{queue_id}: ]Name service error for {relay_host}: {reason:rest}",
            (
                "[{queue_id}: ]Domain {relay_host} {reason:=does not accept mail (nullMX)|does not"
                " support SRV requests}"
            ),
            "[{queue_id}: ]Error looking up name={relay_host} type={detail:name}: {reason:rest}",
            "[{queue_id}: ]unable to look up host {relay_host}: {reason:rest}",
            "{queue_id}: {relay_host}: {reason:=host not found}",
            "warning: {reason:=no MX host|no SRV host} for {relay_host} {detail}",
            "skipping SRV lookup for {relay_host}: {reason:rest}",
        ),
        samples=(
            (
                "0E6761627CC: Host or domain name not found. Name service error for"
                " name=gone.example type=MX: Host not found, try again"
            ),
            "Name service error for bad..example: invalid host or domain name",
            "0E6761627CC: Domain nullmx.example does not accept mail (nullMX)",
            "Error looking up name=gone.example type=A: DNS reply filter drops all results",
            "unable to look up host gone.example: Name or service not known",
            "0E6761627CC: gone.example: host not found",
            "warning: no MX host for badmx.example has a valid address record",
            (
                "skipping SRV lookup for _submission._tcp.gone.example: Domain gone.example does"
                " not support SRV requests"
            ),
        ),
        source="src/smtp/smtp_addr.c",
    ),
    Shape(
        event="postfix.server_misbehaved",
        daemons=_CLIENTS,
        template=(
            (
                "warning: {relay}: {reason:=response|multi-line response} longer than {:int}[:]"
                " {reply:rest}"
            ),
            (
                "warning: {queue_id}: {reason:=non-ESMTP response|non-LMTP response} from {relay}:"
                " {reply:rest}"
            ),
            'warning: {reason:=bad EHLO SIZE limit} "{reply:rest}" from {relay}',
            "warning: server {relay} {reason:=violates} {detail:name} policy",
            "warning: {:name}: {reason:=bad cached|missing cached} {detail}",
        ),
        samples=(
            "warning: smtp_session_activate: bad cached endp properties",
            "warning: mx.remote.example[127.0.0.20]:25: response longer than 2048: 250 aaaaaaaa...",
            (
                "warning: DA189162793: non-ESMTP response from mx.remote.example[127.0.0.20]:25:"
                " HTTP/1.1 400 Bad Request"
            ),
            'warning: bad EHLO SIZE limit "1O240000" from mx.remote.example[127.0.0.20]:25',
            (
                "warning: server mx.remote.example[127.0.0.20] violates"
                " smtp_tls_block_early_mail_reply policy"
            ),
        ),
        source="src/smtp/smtp_chat.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.reply_replaced",
        daemons=_CLIENTS,
        template='{relay}: replacing server reply "{reply:rest}" with "{detail:text}"',
        samples=(
            (
                'mx.remote.example[127.0.0.20]:25: replacing server reply "550 5.1.1 no" with'
                ' "450 4.1.1 no"'
            ),
        ),
        source="src/smtp/smtp_chat.c",
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

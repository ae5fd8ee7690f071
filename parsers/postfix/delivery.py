"""Attempts at delivery, of any agent: smtp(8), lmtp(8), local(8), virtual(8), pipe(8), error(8)...

What else the agents log is in smtp.py and local.py.
"""

from parsers.shapes import Shape

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
_INTERNAL = (
    "{queue_id}: to=<{recipient}>[, orig_to=<{original_recipient}>], relay={relay}"
    "[, conn_use={connection_use}], delay={delay_seconds}, delays={delays}[, tls={tls_features}],"
    " dsn={dsn}"
)

SHAPES = (
    Shape(
        event="postfix.delivery_attempted",
        daemons=_AGENTS,
        template=(
            _ATTEMPT + "{*}, status={status} ({reply:text}: queued as {remote_queue_id:name})",
            _ATTEMPT + "{*}, status={status} (forwarded as {related_queue_id})",
            _ATTEMPT + "{*}, status={status} ({reply:rest})",
            _INTERNAL + ", status={status} ({reply:rest})",
            "{queue_id}: to=<{recipient}>, {detail:text}, status={status} ({reply:rest})",
            # cut by a logger that has a limit
            _ATTEMPT + "{*}, status={status} ({reply:rest}",
        ),
        pairs={
            "orig_to": "<{original_recipient:balanced}>",
            "relay": "{relay}",
            "conn_use": "{connection_use}",
            "delay": "{delay_seconds}",
            "delays": "{delays}",
            "tls": "{tls_features}",
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
                "95F561628E1: to=<release@down.example>, relay=none, delay=96, delays=96/0/0/0,"
                " dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to"
                " mx.down.example[127.0.0.40]:25: Connection refused)"
            ),
            (
                "0A19F16272B: to=<u550-1@flaky.example>, relay=mx.flaky.example[127.0.0.41]:25,"
                " delay=0.15, delays=0.09/0/0.01/0.04, dsn=5.1.1, status=bounced (host"
                " mx.flaky.example[127.0.0.41] said: 550 5.1.1 No such user (in reply to RCPT TO"
                " command))"
            ),
            (
                "0A19F16272B: to=<u550-1@flaky.example>, relay=mx.flaky.example[127.0.0.41]:25,"
                " delay=0.15, delays=0.09/0/0.01/0.04, tls=dane/!requiretls:nocertmatch, dsn=5.1.1,"
                " status=SOFTBOUNCE (host mx.flaky.example[127.0.0.41] said: 550 5.1.1 No such user"
                " (in reply to RCPT TO command))"
            ),
            (
                "B3D011627D6: to=<check1@relayed.example>, relay=127.0.0.20[127.0.0.20]:25,"
                " delay=0.02, delays=0/0.01/0/0, dsn=2.1.5, status=deliverable (250 2.1.5 Ok)"
            ),
            (
                '9BB5B162711: to=<a"b@lab.example>, relay=local, delay=0.1, delays=0.09/0/0/0,'
                " dsn=5.1.1, status=bounced (unknown user)"
            ),
            (
                '9BB5B162711: to=<a"b@lab.example>, relay=local, novel=1, status=bounced (unknown'
                " user)"
            ),
            (
                "0A19F16272B: to=<u550-1@flaky.example>, relay=mx.flaky.example[127.0.0.41]:25,"
                " delay=0.15, delays=0.09/0/0.01/0.04, dsn=5.1.1, status=bounced (host"
                " mx.flaky.example[127.0.0.41] said: 550-5.1.1 The email account that"
            ),
        ),
        source="src/global/log_adhoc.c",
        common=True,
    ),
    Shape(
        event="postfix.recipient_passed",
        daemons=("postfix/local", "postfix/virtual", "postfix/pipe"),
        template="{queue_id}: passing <{recipient}> to transport={transport}",
        samples=("9BB5B162711: passing <alice@lab.example> to transport=lmtp",),
        source="src/global/deliver_pass.c",
        common=True,
    ),
)

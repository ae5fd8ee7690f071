"""amavis's entry for each message: what it was taken for, and what was done with it.

Addresses are quoted as RFC 5321 has it, and hold no angle bracket outside quotes. A Message-ID may
hold blanks, and then imitate what follows it; the name of a banned part is the sender's choice, and
may imitate the rest of the line. So where either may do so, only templates are tried that know the
line up to its end; where a line has keys that nobody knows, the Message-ID must be one that
imitates nothing. What fits none of these is read as far as amavis alone has written it. In the
verbose entry the subject is in quotes that are doubled within; From and the name of the mailer hold
no blanks. Source: $log_short_templ, $log_verbose_templ and $log_recip_templ in lib/Amavis.pm.
"""

from parsers.amavis import DAEMONS, TASK
from parsers.shapes import Shape

_SOURCE = "amavis lib/Amavis.pm"
_TAKEN = TASK + "{action:=Passed|Blocked} {verdict}"
_INFECTED = TASK + "{action:=Passed|Blocked} {verdict:=INFECTED} ({virus_name:unbracketed})"
_BANNED = TASK + "{action:=Passed|Blocked} {verdict} ({reason:unbracketed})"
_CLIENT = (
    r"[ \{{status}\}],[ {policy:host}[ LOCAL]]"
    r"[ \[[IPv6:]{client_address}\][:{client_port}]][ \[{:ip}\]]"
)
_PROTOCOL = "[ [{protocol:name}]/{:name}]"
_ADDRESSES = (
    " <{envelope_sender:doubled_address}> -> <{recipient:doubled_address}>[,"
    "{further_recipients:doubled_addresses}]"
)
_TRACE = "[, ({:unbracketed})][, tls: {tls_cipher:host}]"
_QUEUE = "[, quarantine[:] {quarantine:host}][, Queue-ID: {queue_id}][, Queue-ID: {:host}]"
_ID = (
    "[, Message-ID: {message_id:bracketed}][, Resent-Message-ID: {resent_message_id:bracketed}][, "
    "mail_id: {mail_id}]"
)
_ANY_ID = (
    "[, Message-ID: {message_id:msgid}][, Resent-Message-ID: {resent_message_id:msgid}][, mail_id: "
    "{mail_id}]"
)
_BODY = "[, b: {:name}]"
_SCORE = (
    ", Hits: [{spam_score}][-][..{:float}][, {size|Size}: {size_bytes}][, pt: {:name}][, "
    "queued_as: {remote_queue_id:name}[/{:word}]]"
)
_HEADERS = (
    '[, Subject: "{subject:dquoted}"][, From: {:word}][ (dkim:AUTHOR)][, {:name}: {:word}][, '
    "helo={helo_name:word}]"
)
_END = r"[, Tests: \[[{spam_rules:endpoint}]\]]{*}[, {scan_milliseconds} ms]"
_LEVELS = (
    ", Hits: [{spam_score}][-], tag={:host}, tag2={:host}, kill={:host}[, queued_as: "
    "{remote_queue_id:name}][, {:host}]"
)

SHAPES = (
    Shape(
        event="amavis.message_checked",
        daemons=DAEMONS,
        template=(
            _INFECTED + _CLIENT + _ADDRESSES + _QUEUE + _ID + _SCORE + _END,
            _INFECTED
            + _CLIENT
            + _PROTOCOL
            + _ADDRESSES
            + _TRACE
            + _QUEUE
            + _ID
            + _BODY
            + _SCORE
            + "[, {detail}]",
            _TAKEN + _CLIENT + _ADDRESSES + _QUEUE + _ID + _SCORE + _END,
            _TAKEN
            + _CLIENT
            + _PROTOCOL
            + _ADDRESSES
            + _TRACE
            + _QUEUE
            + _ID
            + _BODY
            + _SCORE
            + _HEADERS
            + _END,
            _TAKEN + _CLIENT + _ADDRESSES + _LEVELS,
            _TAKEN + _CLIENT + _ADDRESSES + _QUEUE + _ANY_ID + _SCORE + _END,
            _TAKEN
            + _CLIENT
            + _PROTOCOL
            + _ADDRESSES
            + _TRACE
            + _QUEUE
            + _ID
            + _BODY
            + _SCORE
            + "[, {detail}]",
            _TAKEN + _CLIENT + _PROTOCOL + _ADDRESSES + _QUEUE + ",[ {detail}]",
            _BANNED + _CLIENT + _ADDRESSES + _QUEUE + _ID + _SCORE + _END,
            _BANNED + _CLIENT + _ADDRESSES + _LEVELS,
            _TAKEN + "[,] {detail}",
        ),
        samples=(
            (
                "(01234-05) Passed CLEAN {RelayedInbound}, [192.0.2.7]:48460 [198.51.100.7] "
                "<news@example.com> -> <alice@example.org>,<bob@example.org>, Queue-ID: "
                "10B7218ED12A, Message-ID: <1@example.com>, mail_id: HnYFfPf-vHfk, Hits: 1.249, "
                "size: 3310, queued_as: 88C4C18ED12D, dkim_sd=s1:example.com,s2:example.com, 478 ms"
            ),
            (
                "(03491-01) Blocked SPAM {DiscardedInbound,Quarantined}, MYNETS LOCAL "
                "[192.0.2.7]:47508 <x@example.com> -> <alice@example.org>, quarantine: "
                "W/spam-WK3LMJCskwci.gz, Queue-ID: E52312222F, Message-ID: <2@example.com>, "
                "mail_id: WK3LMJCskwci, Hits: 1000.053, size: 2997, dkim_sd=s1:example.com, "
                "dkim_new=key1:example.org, 1093 ms"
            ),
            (
                "(2022049-03) Blocked INFECTED (Win.Test.EICAR_HDB-1) {DiscardedOutbound,"
                "Quarantined}, ORIGINATING LOCAL [2001:db8::7]:48038 <bob@example.org> -> "
                "<oscar@example.net>, Message-ID: <3@example.org>, mail_id: 43NMHgxdfLBE, Hits: -, "
                "size: 1614, 130 ms"
            ),
            (
                "(10726-03) Blocked INFECTED (Win.Test.EICAR_HDB-1), [192.0.2.7] [192.0.2.7] "
                "<x@example.com> -> <alice@example.org>, quarantine: j/virus-jv4mSH43Y6S2, "
                "Message-ID: <6@example.com>, mail_id: jv4mSH43Y6S2, Hits: -, size: 730968, "
                'Subject: "New Order", From: x_<x@example.com>, 1299 ms'
            ),
            (
                "(26174-02) Blocked SPAM, [192.0.2.7] [192.0.2.7] <x@example.com> -> "
                "<alice@example.org>, Message-ID: <7@example.com>, mail_id: AFLHrULq0EEe, Hits: "
                '8.958, size: 5192, Subject: "Buy Spam NOW!", From: a_<x@example.com>, X-Mailer: '
                "A7emailing, Tests: [DKIM_SIGNED=0.1], autolearn=disabled, 4399 ms"
            ),
            (
                "(26174-03) Passed SPAMMY {RelayedTaggedInbound}, [192.0.2.7]:38400 [192.0.2.7] "
                "ESMTP/ESMTP <news@example.com> -> <alice@example.org>, (ESMTPS://192.0.2.7), tls: "
                "TLS_AES_256_GCM_SHA384, Queue-ID: 10B7218ED12A, Message-ID: <4@example.com>, "
                "mail_id: BlRVwTcS30dA, b: zXZXH9Xmx, Hits: 6.76, size: 5192, queued_as: "
                '88C4C18ED12D, Subject: "Buy ""now"", From: you", From: '
                "Home_Deco_<news@example.com>, X-Mailer: A7emailing_2.0, helo=mx.example.com, "
                "Tests: [DKIM_SIGNED=0.1,HTML_MESSAGE=0.001], shortcircuit=no, autolearn=ham, "
                "autolearnscore=-0.1, dkim_i=@example.com, rss=98304, 4399 ms"
            ),
            (
                "(11173-01) Passed SPAM, <x@example.com> -> <alice@example.org>, Hits: 4.637, "
                "tag=0, tag2=2, kill=2, queued_as: 7D978307BD, L/Y/Y/Y"
            ),
            (
                "(18438-02) Blocked BANNED (application/x-shellscript,.asc,sample.sh), [192.0.2.7] "
                "<x@example.com> -> <alice@example.org>, Message-ID: <5@example.com>, Hits: -"
            ),
            (
                "(01234-08) Passed CLEAN {RelayedInbound}, [192.0.2.7]:48460 <x@example.com> -> "
                "<alice@example.org>, Queue-ID: 10B7218ED12A, Message-ID: <8@example.com>, "
                "mail_id: HnYFfPf-vHfk, Hits: 1.2, size: 3310, novel: (x) [y], 47 ms"
            ),
            (
                "(01234-09) Passed CLEAN {RelayedInbound}, [192.0.2.7]:48460 ESMTP/ESMTP "
                "<x@example.com> -> <alice@example.org>, Queue-ID: 10B7218ED12A, Message-ID: <a "
                "b@example.com>, mail_id: HnYFfPf-vHfk, b: zXZXH9Xmx, Hits: 1.2, size: 3310, "
                'Subject: "x", From: <x@example.com>, helo=mx.example.com, 47 ms'
            ),
            (
                "(16115-01) Blocked BANNED (multipart/mixed | application/x-zip,.zip,putty.zip), "
                "<x@example.com> -> <alice@example.org>, Hits: -, tag=0, tag2=2, kill=2, L/Y/0/0"
            ),
            (
                "(01234-06) Blocked BAD-HEADER-7 {BouncedInbound}, [192.0.2.7]:48460 "
                "<x@example.com> -> <alice@example.org>, Queue-ID: 10B7218ED12A, Message-ID: <a "
                "b@example.com>, mail_id: HnYFfPf-vHfk, Hits: -, size: 3310, 47 ms"
            ),
            (
                "(01234-07) Passed UNCHECKED-ENCRYPTED {RelayedInbound}, [192.0.2.7]:48460 "
                "<x@example.com> -> <alice@example.org>,<bob@exam..."
            ),
        ),
        source=_SOURCE,
        pairs={
            "autolearn": "{autolearn}",
            "dkim_sd": "{dkim_selector:name}:{dkim_domain:name}[,{:word}]",
        },
        common=True,
    ),
    Shape(
        event="amavis.line_continued",
        daemons=DAEMONS,
        template="({session_id:name}) [{(!)|(!!)}]...{detail:rest}",
        samples=("(01234-07) ...ple.org>, Hits: -, size: 3310, 47 ms",),
        source="amavis lib/Amavis/Log.pm",
    ),
)

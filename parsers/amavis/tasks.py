"""What amavis says of a message on its way: taken, scanned, put aside, passed on.

These are its log levels 1 and 2; the entry for the message itself is in parsers.amavis.verdicts.
"""

from parsers.amavis import DAEMONS, TASK
from parsers.shapes import Shape

_ADDRESSES = (
    "<{envelope_sender:doubled_address}> -> <{recipient:doubled_address}>[,"
    "{further_recipients:doubled_addresses}]"
)
_SENT = (
    "({session_id:name}) [{mail_id:name}[({:host})] ]{action:=FWD|SEND} [via {protocol:name}: ]"
    "[from ]" + _ADDRESSES
)
_SOURCE = "amavis lib/Amavis.pm"

SHAPES = (
    Shape(
        event="amavis.message_received",
        daemons=DAEMONS,
        template=(
            r"({session_id:name}) {protocol:=SMTP|ESMTP|ESMTPS|ESMTPSA|ESMTPA|LMTP|LMTPS|UTF8SMTP|"
            r"UTF8SMTPS|UTF8LMTP} [\[{local_address}\]]:{:name} {file_name:text}: "
            + _ADDRESSES
            + "[ SIZE={size_bytes}][ {:host}][ {:host}][ {:host}] Received: {detail:rest}"
        ),
        samples=(
            (
                "(30688-02) ESMTP [127.0.0.1]:10024 "
                "/var/lib/amavis/tmp/amavis-20210121T112553-30688: <news@example.com> -> "
                "<alice@example.org>,<bob@example.org> SIZE=3310 BODY=8BITMIME Received: from "
                "mx.example.org ([127.0.0.1]) by localhost (mx.example.org [127.0.0.1]) (amavis, "
                "port 10024) with ESMTP"
            ),
        ),
        source="amavis lib/Amavis/In/SMTP.pm",
    ),
    Shape(
        event="amavis.check_started",
        daemons=DAEMONS,
        template=r"({session_id:name}) Checking: [{mail_id} ][{policy:host} ]"
        r"[\[{client_address}\] ]" + _ADDRESSES,
        samples=(
            (
                "(30688-02) Checking: HnYFfPf-vHfk MYNETS [192.0.2.7] <news@example.com> -> "
                "<alice@example.org>,<bob@example.org>"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.message_forwarded",
        daemons=DAEMONS,
        template=(
            _SENT
            + ",[ ]{detail:text} from MTA([{:name}:]\\[{relay_address:endpoint}\\]:{relay_port})"
            ": {reply:text} queued as {remote_queue_id:name}",
            _SENT + ",[ ]{reply:rest}",
        ),
        samples=(
            (
                "(30688-02) HnYFfPf-vHfk FWD from <news@example.com> -> <alice@example.org>, "
                "BODY=7BIT 250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as "
                "88C4C18ED12D"
            ),
            (
                "(18438-02) jkDgUKQwzSN1(BVbKQQ9S3o7N) SEND from <> -> <news@example.com>,"
                "BODY=7BIT ENVID=AM.x@example.org 250 2.6.0 from MTA(lmtp:[127.0.0.1]:24): 250 "
                "2.0.0 Saved"
            ),
        ),
        source="amavis lib/Amavis/Out/SMTP.pm",
    ),
    Shape(
        event="amavis.message_quarantined",
        daemons=DAEMONS,
        template=(
            "({session_id:name}) local delivery: " + _ADDRESSES + ", mbx={file_name:rest}",
            (
                "({session_id:name}) local delivery: <{envelope_sender:doubled_address}> -> "
                "{quarantine:text}, mbx={file_name:rest}"
            ),
            "({session_id:name}) do_notify_and_quarantine: {reason:rest}",
            (
                "({session_id:name}) [{mail_id} ]skip local delivery({reason:text}): "
                "<{envelope_sender:doubled_address}> -> <{recipient:doubled_address}>"
            ),
        ),
        samples=(
            (
                "(30688-02) local delivery: <news@example.com> -> <spam-quarantine>, "
                "mbx=/var/lib/amavis/virusmails/W/spam-WK3LMJCskwci.gz"
            ),
            (
                "(30688-02) local delivery: <news@example.com> -> spam-quarantine, "
                "mbx=/var/lib/amavis/virusmails/W/spam-WK3LMJCskwci.gz"
            ),
            "(30688-02) do_notify_and_quarantine: spam level exceeds quarantine cutoff level 20",
            (
                "(30688-02) skip local delivery(not-quarantining): <x@example.com> -> "
                "<spam-quarantine>"
            ),
        ),
        source="amavis lib/Amavis/Out/Local.pm",
    ),
    Shape(
        event="amavis.message_released",
        daemons=DAEMONS,
        template=(
            TASK + "Quarantined message {action:=release|attach|requeue|discard|resend|report|"
            "feedback}[ ({:text})]: {mail_id:word} <{envelope_sender:doubled_address}> -> "
            "{detail:rest}",
            TASK + "Quarantine {action:=release|requeue|report} {mail_id:word}: {detail:rest}",
            TASK + "release: {reason:rest}",
        ),
        samples=(
            (
                "(rel-30688-02) Quarantined message release (dsn): W/spam-WK3LMJCskwci.gz "
                "<news@example.com> -> <alice@example.org>"
            ),
            "(rel-30688-02) Quarantine release W/spam-WK3LMJCskwci.gz: missing X-Quarantine-ID",
            (
                "(rel-30688-02) release: no records with msgs.mail_id=WK3LMJCskwci in a database, "
                "trying to read from a quar. anyway"
            ),
        ),
        source="amavis lib/Amavis/In/AMPDP.pm",
    ),
    Shape(
        event="amavis.timing_reported",
        daemons=DAEMONS,
        template=TASK + r"[size: {size_bytes}, ]{TIMING|TIMING-SA} \[total {scan_milliseconds} ms"
        r"[, {detail:endpoint}]\][ - {:rest}]",
        samples=(
            (
                "(30688-02) size: 3310, TIMING [total 478 ms, cpu 412 ms, AM-cpu 112 ms, SA-cpu "
                "300 ms] - SMTP greeting: 3 (0%)0, SMTP EHLO: 1 (0%)1, rundown: 0 (0%)100"
            ),
            "(30688-02) TIMING-SA [total 8782 ms, cpu 3158 ms] - parse: 22 (0.2%)",
            "TIMING [total 6 ms] - bdb-open: 6 (100%)100, rundown: 0 (0%)100",
        ),
        source="amavis lib/Amavis/Timing.pm",
    ),
    Shape(
        event="amavis.resources_reported",
        daemons=DAEMONS,
        template=(
            TASK + "size: {size_bytes}, RUSAGE {detail:rest}",
            TASK + "load: {detail:rest}",
            TASK + "SA info: {detail:rest}",
            TASK + "extra modules loaded: {detail:rest}",
        ),
        samples=(
            "(30688-02) size: 3310, RUSAGE minflt=3+0, majflt=0+0, nswap=0+0, inblock=0+0",
            "(30688-02) SA info: util: setuid: ruid=997 euid=997 rgid=994 egid=994",
            "(30688-02) load: 2 %, total idle 100.1 s, busy 2.0 s",
            "(30688-02) extra modules loaded: /usr/share/perl5/unicore/lib/Nt/De.pl",
        ),
        source="amavis lib/Amavis/Timing.pm",
    ),
    Shape(
        event="amavis.relay_suspected",
        daemons=DAEMONS,
        template="({session_id:name}) Open relay? Nonlocal recips but not originating: "
        "{recipient:host}[, {further_recipients:rest}]",
        samples=(
            (
                "(30688-02) Open relay? Nonlocal recips but not originating: oscar@example.net, "
                "olga@example.net"
            ),
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.transaction_troubled",
        daemons=DAEMONS,
        template=(
            (
                "({session_id:name}) {protocol:=SMTP|ESMTP|LMTP}[:] {action:=REJECT|NOTICE|"
                "TROUBLE}[:] {reply:rest}"
            ),
            (
                "({session_id:name}) {Negative|Empty|No} SMTP resp{onse|.} to {stage:host}[ "
                "({recipient:text})][: {reply}]"
            ),
            (
                "({session_id:name}) smtp resp to {stage:name}[ (pip)][ ({recipient:text})]: "
                "{reply:rest}"
            ),
            "({session_id:name}) Message size exceeded {size_bytes} B[, {detail}]",
            (
                "({session_id:name}) OVERSIZED from <{envelope_sender:doubled_address}> to "
                "<{recipient:doubled_address}>: size {size_bytes} B, limit {:text} B"
            ),
            "({session_id:name}) mail_via_smtp: session failed: {reason:rest}",
            (
                "({session_id:name}) {reason:=NOT ALL RECIPIENTS DONE,|no valid recipients,|"
                "temporary failures, giving up|discarding unprocessed reply:|Too late, DATA "
                "accepted|SMTP transaction state uncertain,|unexpected status/result,|Bad EHLO kw|"
                "connected to|Can't connect to a|Sorry, AUTH not supported|broken pipe} {detail}"
            ),
        ),
        samples=(
            "(30688-02) ESMTP REJECT: 550 5.7.1 no",
            "(30688-02) Negative SMTP resp. to DATA: 452 4.3.1 Insufficient system storage",
            "(30688-02) smtp resp to RCPT (alice@example.org): 451 4.3.0 no",
            "(30688-02) Message size exceeded 10240000 B, skipping further input",
            (
                "(30688-02) OVERSIZED from <x@example.com> to <alice@example.org>: size 99 B, "
                "limit 9 B"
            ),
            "(30688-02) mail_via_smtp: session failed: timed out",
            "(30688-02) NOT ALL RECIPIENTS DONE, EMPTY DELIVERY_METHOD!",
        ),
        source="amavis lib/Amavis/Out/SMTP.pm",
    ),
)

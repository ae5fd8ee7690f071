"""What spamd says of a message: its arrival, its score, what was learned from it.

Message-IDs are as spamd shows them: without blanks, and in the `result:` line without commas. The
user is what the client sent, and may hold any text but control characters: so it is read up to the
last place where the line goes on as spamd has it go on.
"""

from parsers.shapes import Shape

_SPAMD = "spamassassin spamd/spamd.raw"
_SCORE = (
    " ({spam_score}/{spam_required}) for {username:rest}:{uid} in {scan_seconds} seconds, "
    "{size_bytes} bytes."
)

SHAPES = (
    Shape(
        event="spamd.message_scored",
        daemons=("spamd",),
        template="spamd: result: {is_spam} [ ]{spam_score} - [{spam_rules:word}] "
        "scantime={scan_seconds},size={size_bytes},user={username:rest},uid={uid},"
        "required_score={spam_required},rhost={client_name:word},raddr={client_address},"
        "rport=[{client_port}][{:word}],mid={message_id:text}[,rmid={resent_message_id:text}][,"
        "bayes={bayes_probability}][,autolearn={autolearn}[ autolearn_force={:name}]][,{detail}]",
        samples=(
            (
                "spamd: result: .  1 - RCVD_ILLEGAL_IP scantime=0.1,size=681,user=debian-spamd,"
                "uid=109,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=42106,"
                "mid=<91421-00001.43518247b5@hamster.example>,autolearn=disabled"
            ),
            (
                "spamd: result: . -1 - ALL_TRUSTED scantime=0.1,size=1545,user=debian-spamd,"
                "uid=109,required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=42166,"
                "mid=<91421-00013.6d97987bf0@partner.example>,autolearn=disabled"
            ),
            (
                "spamd: result: .  0 -  scantime=0.6,size=694,user=debian-spamd,uid=109,"
                "required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=42136,mid=(unknown),"
                "autolearn=disabled"
            ),
            (
                "spamd: result: Y 12 - BAYES_99,HTML_MESSAGE,SHORTCIRCUIT scantime=1.4,size=2222,"
                "user=alice@example.org,uid=5000,required_score=5.0,rhost=mx.example.org,"
                "raddr=2001:db8::25,rport=42166,mid=<1@example.com>,rmid=<2@example.com>,"
                "bayes=0.998712,autolearn=spam autolearn_force=no,shortcircuit=spam"
            ),
            (
                "spamd: result: Y 1001 - GTUBE,RCVD_ILLEGAL_IP scantime=0.0,size=737,"
                "user=debian-spamd,uid=109,required_score=5.0,rhost=localhost,raddr=127.0.0.1,"
                "rport=35110,mid=<91421-00084.eb7a09498b@hamster.example>,autolearn=disabled"
            ),
        ),
        source=_SPAMD,
        common=True,
    ),
    Shape(
        event="spamd.message_clean",
        daemons=("spamd",),
        template="spamd: clean message" + _SCORE,
        samples=(
            "spamd: clean message (-1.0/5.0) for debian-spamd:109 in 0.1 seconds, 1545 bytes.",
        ),
        source=_SPAMD,
        constants={"is_spam": False},
        common=True,
    ),
    Shape(
        event="spamd.message_identified_spam",
        daemons=("spamd",),
        template="spamd: identified spam" + _SCORE,
        samples=(
            "spamd: identified spam (1001.3/5.0) for debian-spamd:109 in 0.0 seconds, 737 bytes.",
        ),
        source=_SPAMD,
        constants={"is_spam": True},
        common=True,
    ),
    Shape(
        event="spamd.message_processing",
        daemons=("spamd",),
        template="spamd: {processing|checking} message {message_id:word}"
        "[ aka {:word}] for {username:rest}:{uid}",
        samples=(
            (
                "spamd: processing message <91421-00001.43518247b5@hamster.example> for "
                "debian-spamd:109"
            ),
            "spamd: processing message (unknown) for debian-spamd:109",
            "spamd: checking message <a@b> aka <resent.1@b> for debian-spamd:109",
        ),
        source=_SPAMD,
        common=True,
    ),
    Shape(
        event="spamd.message_learned",
        daemons=("spamd",),
        template="spamd: Tell: {action:=Did nothing|Setting local|Setting remote|"
        "Setting local,remote|Removing local|Removing remote|Removing local,remote}[  Removing "
        "{detail:host}] for {username:rest}:{uid} in {scan_seconds} seconds, {size_bytes} bytes",
        samples=(
            "spamd: Tell: Setting local for alice@example.org:5000 in 0.3 seconds, 1545 bytes",
            "spamd: Tell: Did nothing for debian-spamd:109 in 0.1 seconds, 681 bytes",
            "spamd: Tell: Setting local  Removing remote for bob:1000 in 1.3 seconds, 1545 bytes",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.message_skipped",
        daemons=("spamd",),
        template="spamd: skipped large message in[ ] {scan_seconds} seconds",
        samples=("spamd: skipped large message in  0.1 seconds",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.time_limit_reached",
        daemons=("spamd",),
        template="check: {reason:=exceeded time limit|(run_eval) exceeded time limit|"
        "(run_generic) exceeded time limit}[ in {component:host}[ check]][, {detail}]",
        samples=(
            (
                "check: exceeded time limit in "
                "Mail::SpamAssassin::Plugin::Check::_eval_tests_type11_pri0_set1, skipping further "
                "tests"
            ),
            "check: exceeded time limit in pms check",
            "check: (run_eval) exceeded time limit, skipping further tests",
        ),
        source="spamassassin lib/Mail/SpamAssassin/Plugin/Check.pm",
    ),
    Shape(
        event="spamd.message_reported",
        daemons=("spamd",),
        template=(
            "reporter: spam {action:=reported to|revoked from} {service}[ {detail}]",
            "reporter: could not {action:=report|revoke} spam {to|from} {service}[ {detail}]",
            "reporter: SpamCop {reason}",
            (
                "reporter: {reason:=no reporting methods available, so couldn't report|no revoke "
                "methods available, so couldn't revoke|pyzor report failed|failed to resolve "
                "SpamCop MX servers}[: {detail}]"
            ),
        ),
        samples=(
            "reporter: spam reported to Razor",
            "reporter: could not report spam to Pyzor",
            "reporter: SpamCop message older than 2 days, not reporting",
            "reporter: no reporting methods available, so couldn't report",
        ),
        source="spamassassin lib/Mail/SpamAssassin/Reporter.pm, Plugin/Razor2.pm, Plugin/Pyzor.pm",
    ),
    Shape(
        event="spamd.timing_reported",
        daemons=("spamd",),
        template="timing: total {scan_milliseconds} ms[ - {detail}]",
        samples=(
            "timing: total 1093 ms - init: 850 (77.8%), parse: 0.89 (0.1%), learn: 3.0 (0.3%)",
        ),
        source="spamassassin lib/Mail/SpamAssassin.pm",
    ),
)

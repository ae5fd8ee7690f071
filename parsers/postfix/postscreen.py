"""postscreen(8) and dnsblog(8): tests of clients before smtpd(8); rejects are in verdicts.py."""

from parsers.shapes import Shape

_CLIENT = r"\[{client_address}\]:{client_port}"

SHAPES = (
    Shape(
        event="postfix.screening_started",
        daemons=("postfix/postscreen",),
        template=rf"CONNECT from {_CLIENT} to \[{{local_address}}\]:{{:int}}",
        samples=("CONNECT from [203.0.113.31]:45348 to [203.0.113.10]:25",),
        source="src/postscreen/postscreen.c",
        common=True,
    ),
    Shape(
        event="postfix.screening_ended",
        daemons=("postfix/postscreen",),
        template="DISCONNECT " + _CLIENT,
        samples=("DISCONNECT [203.0.113.31]:45348",),
        source="src/postscreen/postscreen_misc.c",
        common=True,
    ),
    Shape(
        event="postfix.screening_passed",
        daemons=("postfix/postscreen",),
        template="PASS {action:=NEW|OLD} " + _CLIENT,
        samples=("PASS NEW [203.0.113.31]:45348", "PASS OLD [2001:db8::31]:45350"),
        source="src/postscreen/postscreen_misc.c",
        common=True,
    ),
    Shape(
        event="postfix.screening_decided",
        daemons=("postfix/postscreen",),
        template=(
            "{action:=ALLOWLISTED|DENYLISTED|WHITELISTED|BLACKLISTED|ALLOWLIST VETO|WHITELIST VETO}"
            " " + _CLIENT
        ),
        samples=("ALLOWLISTED [203.0.113.5]:45358", "DENYLISTED [203.0.113.99]:37546"),
        source="src/postscreen/postscreen.c",
    ),
    Shape(
        event="postfix.screening_ranked",
        daemons=("postfix/postscreen",),
        template="DNSBL rank {rank} for " + _CLIENT,
        samples=("DNSBL rank 2 for [203.0.113.66]:45370",),
        source="src/postscreen/postscreen_early.c",
        common=True,
    ),
    Shape(
        event="postfix.screening_hung_up",
        daemons=("postfix/postscreen",),
        template=f"HANGUP after {{duration_seconds}} from {_CLIENT} in {{stage:rest}}",
        samples=("HANGUP after 0.4 from [203.0.113.32]:37548 in tests after SMTP handshake",),
        source="src/postscreen/postscreen_misc.c",
    ),
    Shape(
        event="postfix.screening_pregreeted",
        daemons=("postfix/postscreen",),
        template=(
            f"PREGREET {{size_bytes}} after {{duration_seconds}} from {_CLIENT}:"
            "[ {checked_text:rest}]"
        ),
        samples=(r"PREGREET 26 after 0 from [203.0.113.32]:37548: EHLO ps2.hamster.example\r\n",),
        source="src/postscreen/postscreen_early.c",
        common=True,
    ),
    Shape(
        event="postfix.screening_violated",
        daemons=("postfix/postscreen",),
        template=(
            (
                "{reason:=COMMAND PIPELINING|NON-SMTP COMMAND|COMMAND TIME LIMIT|COMMAND LENGTH"
                f" LIMIT|COMMAND COUNT LIMIT}} from {_CLIENT} after {{stage:text}}"
                "[:][ {checked_text:rest}]"
            ),
            f"{{reason:=BARE NEWLINE}} from {_CLIENT} after {{checked_text:rest}}",
            "{reason:=DATA without valid RCPT|BDAT without valid RCPT} from " + _CLIENT,
        ),
        samples=(
            (
                r"COMMAND PIPELINING from [203.0.113.77]:37570 after MAIL: RCPT"
                r" TO:<alice@lab.example>\r\nSubject: junk\r\n"
            ),
            "NON-SMTP COMMAND from [203.0.113.77]:37570 after RCPT: Subject: junk",
            "COMMAND TIME LIMIT from [203.0.113.77]:37570 after CONNECT",
            r"BARE NEWLINE from [203.0.113.77]:37570 after EHLO x: y\n",
            "DATA without valid RCPT from [203.0.113.77]:37570",
        ),
        source="src/postscreen/postscreen_smtpd.c",
    ),
    Shape(
        event="postfix.stress_changed",
        daemons=("postfix/postscreen",),
        template="{action:=entering|leaving} STRESS mode with {item_count} connections",
        samples=("entering STRESS mode with 71 connections",),
        source="src/postscreen/postscreen_state.c",
    ),
    Shape(
        event="postfix.screening_keywords_discarded",
        daemons=("postfix/postscreen",),
        template=r"\[{client_address}\][:]{client_port}: discarding EHLO keywords: {detail:rest}",
        samples=("[203.0.113.31]45348: discarding EHLO keywords: CHUNKING",),
        source="src/postscreen/postscreen_smtpd.c",
    ),
    Shape(
        event="postfix.screening_failed",
        daemons=("postfix/postscreen",),
        template=(
            "warning: cannot {connect to|pass connection to} service {file_name}: {reason:rest}",
            "warning: {reason:=timeout} sending connection to service {file_name:rest}",
            "warning: connect to {file_name:word} service: {reason:rest}",
            "warning: {:name}: connect to {file_name:word} service: {reason:rest}",
            "warning: {:name}: error sending to {file_name:word} service: {reason:rest}",
            "warning: error sending request to {file_name:word} service: {reason:rest}",
            (
                "warning: {reason:=timeout|problem} {receiving status from|sending file handle to}"
                " {file_name:word} service"
            ),
            (
                "warning: {reason:=timeout|problem} receiving {:name} attribute from"
                " {file_name:word} service: {detail:rest}"
            ),
            rf"warning: write {_CLIENT}: {{reason:rest}}",
            "warning: getpeername: {reason:text} -- dropping this connection",
            "warning: getsockname: {reason:text} -- dropping this connection",
        ),
        samples=(
            "warning: cannot connect to service private/smtpd: Connection refused",
            "warning: timeout sending connection to service private/smtpd",
            "warning: connect to private/tlsproxy service: Connection refused",
            "warning: psc_dnsbl_request: connect to private/dnsblog service: Connection refused",
            "warning: psc_dnsbl_request: error sending to private/dnsblog service: Broken pipe",
            "warning: error sending request to private/tlsproxy service: Broken pipe",
            "warning: problem receiving status from private/tlsproxy service",
            (
                "warning: timeout receiving protocol attribute from private/tlsproxy service:"
                " Success"
            ),
            "warning: write [203.0.113.31]:45348: Broken pipe",
            (
                "warning: getpeername: Transport endpoint is not connected -- dropping this"
                " connection"
            ),
            (
                "warning: getsockname: Transport endpoint is not connected -- dropping this"
                " connection"
            ),
        ),
        source="src/postscreen/postscreen_send.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.cache_slow",
        daemons=("postfix/postscreen",),
        template=(
            "warning: {:name}: {file_name} {action:=lookup|update} average delay is {detail:rest}"
        ),
        samples=(
            (
                "warning: psc_cache_update: btree:/var/lib/postfix/postscreen_cache update average"
                " delay is 212 ms"
            ),
        ),
        source="src/postscreen/postscreen_dict.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.address_listed",
        daemons=("postfix/dnsblog",),
        template="addr {client_address} listed by domain {dnsbl} as {detail:rest}",
        samples=("addr 203.0.113.66 listed by domain dnsbl.lab.example as 127.0.0.2",),
        source="src/dnsblog/dnsblog.c",
        common=True,
    ),
)

"""What amavis finds in a message: its headers, parts and signatures, viruses, scores."""

from parsers.amavis import DAEMONS
from parsers.shapes import Shape

_ADDRESSES = (
    "<{envelope_sender:doubled_address}> -> <{recipient:doubled_address}>[,"
    "{further_recipients:doubled_addresses}]"
)
_SOURCE = "amavis lib/Amavis.pm"

SHAPES = (
    Shape(
        event="amavis.message_scored",
        daemons=DAEMONS,
        template="({session_id:name}) {spam-tag|SPAM-TAG|SPAM}, " + _ADDRESSES + ", "
        "{is_spam}, score=[{spam_score}][x][-][ tagged_above={:float}][ required={spam_required}]"
        r"[ tag={:host}][ tag2={:host}][ kill={:host}][ ][tests=\[[{spam_rules:endpoint}]\]]"
        "[ autolearn={autolearn}][[,] {detail}]",
        samples=(
            (
                "(30688-02) spam-tag, <news@example.com> -> <alice@example.org>, No, score=-1.898 "
                "tagged_above=-999 required=6.31 tests=[BAYES_00=-1.9, HTML_MESSAGE=0.001] "
                "autolearn=ham autolearn_force=no"
            ),
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="amavis.virus_found",
        daemons=DAEMONS,
        template=(
            (
                "({session_id:name}) run_av ({component:text}): {file_name:text} INFECTED: "
                "{virus_name:rest}"
            ),
            (
                "({session_id:name}) virus_scan: ({virus_name:text}), detected by {item_count} "
                "scanners: {component:rest}"
            ),
            (
                "({session_id:name}) virus {virus_name:text} loads policy bank(s) {policy:text}, "
                "match: {detail:rest}"
            ),
        ),
        samples=(
            "(30688-02) run_av (ClamAV-clamd): p002 INFECTED: Win.Test.EICAR_HDB-1",
            "(30688-02) virus_scan: (Win.Test.EICAR_HDB-1), detected by 1 scanners: ClamAV-clamd",
            "(30688-02) virus Phishing.X loads policy bank(s) NOVIRUS, match: x",
        ),
        source="amavis lib/Amavis/AV.pm",
    ),
    Shape(
        event="amavis.header_faulty",
        daemons=DAEMONS,
        template=(
            "({session_id:name}) check_header: {item_count}, {reason:rest}",
            "({session_id:name}) allow bad header section from {reason:rest}",
            (
                "({session_id:name}) INFO: {reason:=removed bare CR from|truncated|truncating long|"
                "unfolded|no existing header field 'Subject',|AUTH needed|SA version:|no optional "
                "modules:|unknown banned table name|DKIM} {detail:rest}"
            ),
        ),
        samples=(
            (
                "(30688-02) check_header: 2, Non-encoded non-ASCII data (and not UTF-8) (char C5 "
                "hex): Subject: x"
            ),
            (
                "(30688-02) allow bad header section from (list) <x@example.com> -> "
                '<alice@example.org>: Missing required header field: "Date", changing '
                "final_destiny -1 to PASS"
            ),
            "(30688-02) INFO: no existing header field 'Subject', inserting it",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="amavis.signature_checked",
        daemons=DAEMONS,
        template=(
            (
                "({session_id:name}) dkim: {dkim_result:=VALID|FAILED}[, EXPIRED] {:text} "
                "signature by d={dkim_domain:host}, From: {detail:rest}"
            ),
            "({session_id:name}) dkim: signing (author), From: {detail:rest}",
            "({session_id:name}) dkim: not signing, {reason:rest}",
            (
                "({session_id:name}) dkim: {reason:=not signing infected mail|not signing spam|not "
                "signing suspected spam|candidate originators|policy bank|signature is missing tag|"
                "reputation for|can't sign,|signing error|wildcard in|signing}[:] {detail:rest}"
            ),
        ),
        samples=(
            (
                "(30688-02) dkim: VALID Author+Sender+MailFrom signature by d=example.com, From: "
                "<news@example.com>, a=rsa-sha256, c=relaxed/simple, s=s1, i=@example.com"
            ),
            (
                "(30688-02) dkim: signing (author), From: <bob@example.org>, a=rsa-sha256, "
                "d=example.org, s=key1"
            ),
            "(30688-02) dkim: not signing, empty signing domain, From: <x@example.com>",
            "(30688-02) dkim: not signing spam (from inside), From: <bob@example.org>",
        ),
        source="amavis lib/Amavis/DKIM.pm",
    ),
    Shape(
        event="amavis.sender_listed",
        daemons=DAEMONS,
        template=(
            "({session_id:name}) wbl: {detail:rest}",
            "({session_id:name}) penpals: {detail:rest}",
        ),
        samples=(
            (
                "(30688-02) wbl: soft-whitelisted (-3) sender <news@example.com> => "
                '<alice@example.org>, recip_key="."'
            ),
            "(30688-02) penpals: this Subject: offer",
        ),
        source="amavis lib/Amavis/SpamControl.pm",
    ),
    Shape(
        event="amavis.part_decoded",
        daemons=DAEMONS,
        template=(
            "({session_id:name}) p.path {detail:rest}",
            "({session_id:name}) p{:int} {:word} {reason:=Content-Type}: {detail:rest}",
            (
                "({session_id:name}) {reason:=running file(1) on|do_unzip:|do_unrar:|do_unarj:|"
                "do_ascii:|do_pax_cpio:|archiver said:|mangling|DEFANGING MAIL:|store_mgr: NOTICE: "
                "suspicious file name|WARN: MIME::Parser|truncating a message passed to SA|bounce} "
                "{detail:rest}"
            ),
        ),
        samples=(
            (
                '(30688-02) p.path BANNED:1 alice@example.org: "P=p003,L=1,M=multipart/mixed | '
                'P=p002,L=1/2,M=application/x-msdownload,T=exe,N=x) Passed CLEAN.exe", '
                'matching_key="x"'
            ),
            (
                "(30688-02) p005 1/2 Content-Type: application/pdf, size: 200963 B, name: "
                "document.pdf"
            ),
            "(30688-02) do_unzip: p001, 1 members are encrypted, none extracted, archive retained",
        ),
        source="amavis lib/Amavis/Unpackers.pm",
    ),
)

"""What keeps the rules of smtpd(8) and cleanup(8) from being applied as they are meant.

Faulty rules, and look-ups in the DNS that fail. What the rules say is in verdicts.py.
"""

from parsers.shapes import Shape

# How a client's address stands before the list's name.
_ADDRESS_4 = "{:int}.{:int}.{:int}.{:int}."
_ADDRESS_6 = "{0|1|2|3|4|5|6|7|8|9|a|b|c|d|e|f}." * 32
_LOOKUP_ERROR = ": {RBL|TXT} lookup error: {reason:rest}"
_QUERY = "warning: dnsblog_query: lookup error for DNS query "

SHAPES = (
    Shape(
        event="postfix.rule_faulty",
        daemons=("postfix/smtpd", "postfix/cleanup"),
        template=(
            "warning: access table {file_name:word} entry {detail:rest}",
            (
                "warning: access table {file_name} {reason:=has entry with lookup table}:"
                " {detail:rest}"
            ),
            "warning: access table {file_name:text}: {reason:rest}",
            "warning: {restriction|support for restriction} {detail:rest}",
            'warning: {detail:name} is {reason:=requested}, but "{:rest} = no"',
            "warning: See earlier parsing error messages for '{detail:rest}",
            "warning: parameter {detail:name}: {reason:=invalid request}: {checked_text:rest}",
            (
                "warning: {detail:name}: {reason:=bad rbl reply template} for domain {dnsbl:name}:"
                "{:rest}"
            ),
            "warning: {detail:name}({:int}) {reason:=should be at least} {:rest}",
            (
                "warning: {reason:=ignoring multiple default macro entries} for {detail:word} in"
                " {:rest}"
            ),
            "warning: {detail:name}: {reason:=unsupported TLS level} {:rest}",
            "warning: Both {detail:name} and one or more of the legacy {reason:rest}",
            'warning: {reason:=unknown smtpd restriction}: "{detail:rest}"',
            (
                "warning: {reason:=SMTP reply code configuration error|DSN detail code"
                " configuration error|rbl response code configuration error}: {detail:rest}"
            ),
            "warning: specify one of {detail:text} before {reason:rest}",
            (
                "warning: {reason:=this is not allowed for security reasons|use DUNNO instead of OK"
                " if you want to make an exception|do not specify lookup tables inside SMTPD access"
                " maps|define a restriction class and specify its name instead.}"
            ),
            'warning: unknown macro name "{detail:text}" in expansion request',
            (
                "warning: {reason:=missing FILTER command argument|missing DELAY argument} in"
                " {file_name:name} map"
            ),
            (
                "warning: {reason:=bad FILTER command|bad REDIRECT target|bad BCC address|ignoring"
                " bad DELAY argument} {detail:rest} in {file_name:name}[ map][ -- {:rest}]"
            ),
            "warning: {reason:=bad DSN action} in {detail:rest} -- need 4.x.x or 5.x.x",
            "warning: {reason:=unknown command} in {file_name:name} map: {detail:rest}",
            "warning: {reason:=the milter_header/body_checks prepend action is not implemented}",
        ),
        samples=(
            (
                'warning: access table hash:/etc/postfix/access entry "x.example" requires'
                " transport:destination"
            ),
            (
                "warning: access table hash:/etc/postfix/access: action REDIRECT is unavailable in"
                " smtpd_etrn_restrictions"
            ),
            (
                "warning: access table hash:/etc/postfix/access has entry with lookup table:"
                " hash:/etc/postfix/other"
            ),
            "warning: restriction `reject' after `permit' is ignored",
            'warning: permit_tls_clientcerts is requested, but "smtpd_tls_ask_ccert = no"',
            "warning: See earlier parsing error messages for '{ x y'",
            "warning: parameter local_header_rewrite_clients: invalid request: permit_all",
            (
                "warning: rbl_reject_reply: bad rbl reply template for domain dnsbl.lab.example:"
                " $rbl_code $(x"
            ),
            "warning: queue_minfree(1000) should be at least 1.5*message_size_limit(10240000)",
            'warning: ignoring multiple default macro entries for {x} in "{x}=y {x}=z"',
            'warning: smtpd_tls_security_level: unsupported TLS level "dane", using "encrypt"',
            (
                "warning: Both smtpd_tls_chain_files and one or more of the legacy "
                " smtpd_tls_cert_file, smtpd_tls_eccert_file or smtpd_tls_dcert_file are"
                " non-empty; the legacy  parameters will be ignored"
            ),
            'warning: unknown smtpd restriction: "reject_everything"',
            "warning: SMTP reply code configuration error: 250 5.7.1 Access denied",
            (
                "warning: specify one of (check_client_access, check_helo_access) before Recipient"
                ' address restriction "hash:/etc/postfix/access"'
            ),
            "warning: this is not allowed for security reasons",
            'warning: unknown macro name "rbl_color" in expansion request',
            "warning: missing FILTER command argument in header_checks map",
            'warning: bad REDIRECT target "nowhere" in header_checks map -- need user@domain',
            "warning: bad DSN action in 2.1.0 fine -- need 4.x.x or 5.x.x",
            "warning: unknown command in body_checks map: REJECTED spam",
            "warning: the milter_header/body_checks prepend action is not implemented",
        ),
        source="src/smtpd/smtpd_check.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.dnsbl_lookup_failed",
        daemons=("postfix/smtpd", "postfix/dnsblog", "postfix/postscreen"),
        template=(
            "warning: " + _ADDRESS_6 + "{dnsbl:name}" + _LOOKUP_ERROR,
            "warning: " + _ADDRESS_4 + "{dnsbl:name}" + _LOOKUP_ERROR,
            "warning: {detail:word}" + _LOOKUP_ERROR,
            _QUERY + _ADDRESS_6 + "{dnsbl:name}: {reason:rest}",
            _QUERY + _ADDRESS_4 + "{dnsbl:name}: {reason:rest}",
            _QUERY + "{detail:word}: {reason:rest}",
            "warning: dnsblog reply {reason:=timeout} {duration_seconds}s for {dnsbl}",
        ),
        samples=(
            (
                "warning: 66.113.0.203.dnsbl.lab.example: RBL lookup error: Host or domain name not"
                " found. Name service error for name=66.113.0.203.dnsbl.lab.example type=A: Host"
                " not found, try again"
            ),
            (
                "warning: hamster.example.dbl.lab.example: RBL lookup error: Host or domain name"
                " not found. Name service error for name=hamster.example.dbl.lab.example type=A:"
                " Host not found, try again"
            ),
            (
                "warning: dnsblog_query: lookup error for DNS query 66.113.0.203.dnsbl.lab.example:"
                " Host or domain name not found. Name service error for"
                " name=66.113.0.203.dnsbl.lab.example type=A: Host not found, try again"
            ),
            (
                "warning: 5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
                ".dnsbl.lab.example: RBL lookup error: Host or domain name not found"
            ),
            (
                "warning: dnsblog_query: lookup error for DNS query"
                " 5.2.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2"
                ".dnsbl.lab.example: Host not found, try again"
            ),
            "warning: dnsblog_query: lookup error for DNS query odd: Host not found, try again",
            "warning: dnsblog reply timeout 10s for dnsbl.lab.example",
        ),
        source="src/smtpd/smtpd_check.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.check_lookup_failed",
        daemons=("postfix/smtpd",),
        template=(
            "warning: Unable to look up {:word} host for {checked_text:rest}: {reason:rest}",
            (
                "warning: Unable to look up {:word} host {detail:word} for {checked_text:rest}:"
                " {reason:rest}"
            ),
            (
                "warning: {checked_text:word}: {address or MX|MX or address} lookup error:"
                " {reason:rest}"
            ),
            "warning: {file_name:word}: {reason:=table lookup problem}",
            (
                "warning: {:name}: {:name} server address count limit ({item_count})"
                " {reason:=exceeded} for {checked_text:rest} -- ignoring the remainder"
            ),
        ),
        samples=(
            "warning: Unable to look up MX host for badmx.example: Host not found, try again",
            (
                "warning: Unable to look up MX host mx.badmx.example for Sender address"
                " x@badmx.example: Name or service not known"
            ),
            (
                "warning: filtered.example: MX or address lookup error: DNS reply filter drops all"
                " results"
            ),
            "warning: proxy:mysql:/etc/postfix/users.cf: table lookup problem",
            (
                "warning: check_server_access: MX server address count limit (100) exceeded for"
                " Sender address x@many.example -- ignoring the remainder"
            ),
        ),
        source="src/smtpd/smtpd_check.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.dsn_mapped",
        daemons=("postfix/smtpd",),
        template="mapping DSN status {:dsn} into {detail:text} status {dsn}",
        samples=("mapping DSN status 5.1.1 into Sender address status 5.1.0",),
        source="src/smtpd/smtpd_dsn_fix.c",
    ),
    Shape(
        event="postfix.reply_filtered",
        daemons=("postfix/smtpd",),
        template=(
            "[NOQUEUE][{queue_id}]: reply filter {action:=in|out}: {reply:rest}",
            (
                "warning: [NOQUEUE][{queue_id}]: {action:=ignoring} invalid reject filter result:"
                " {reply:rest}"
            ),
        ),
        samples=(
            "NOQUEUE: reply filter in: 550 5.1.1 <bob@lab.example>: User unknown",
            "warning: 4DDD81627E7: ignoring invalid reject filter result: 250 fine",
        ),
        source="src/smtpd/smtpd_chat.c",
    ),
)

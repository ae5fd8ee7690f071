"""Processes: what they want of each other, of the system and of its clock."""

from parsers.postfix import ANY, TROUBLE
from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.service_unreachable",
        daemons=ANY,
        template=(
            TROUBLE + "connect #{:int} to subsystem {service:word}: {reason}",
            TROUBLE + "connect to [service: ]{service:word}[ service]: {reason}",
            TROUBLE + "{problem|error} {reason:=talking to|connecting to} {service|server}[:]"
            " {service:word}[: {detail}]",
            TROUBLE + "{reason:=timeout connecting} to service: {service:word}",
            TROUBLE + "unable to {reason:=contact|look up|talk to} [the ]{service:word}[ service]"
            "[: {detail}]",
            "warning: [{queue_id}: ]{service:name} {reason:=service failure}",
            (
                "warning: {action:=write|read|write/read} {private|public}/{service:name}[ socket]:"
                " {reason}"
            ),
            "warning: {:name}: {reason:=read timeout} for service {service:word}",
            "warning: {reason:=disabling connection caching}",
            "warning: {service:word} is not a socket or a fifo",
            "warning: error {sending request to|receiving} {service:word} service {reason}",
        ),
        samples=(
            "warning: connect #11 to subsystem private/rewrite: Resource temporarily unavailable",
            "warning: connect to private/tlsmgr: No such file or directory",
            "warning: problem talking to service rewrite: Connection timed out",
            "fatal: timeout connecting to service: cleanup",
            "fatal: unable to contact the cleanup service",
            "warning: ADC001628E4: defer service failure",
            "warning: read private/bounce socket: Connection reset by peer",
            "warning: unix_trigger_event: read timeout for service public/qmgr",
            "warning: disabling connection caching",
            "warning: /var/spool/postfix/public/pickup is not a socket or a fifo",
            "warning: error receiving private/tlsproxy service initial response",
        ),
        source="src/global/mail_connect.c",
    ),
    Shape(
        event="postfix.channel_broken",
        daemons=ANY,
        template=(
            (
                "warning: {reason:=timeout|premature end-of-input} on {service:text} while reading"
                " {detail}"
            ),
            (
                "warning: {reason:=unexpected end-of-input|malformed base64 data|malformed"
                " numerical"
                " data|malformed boolean value} from {service:text} while reading {detail}"
            ),
            (
                "warning: {reason:=missing attribute|duplicate attribute} {parameter:name} in input"
                " from {service:text}[ socket]"
            ),
            (
                "warning: {reason:=unexpected attribute} {parameter:name} from {service:text}"
                " (expecting: {detail:text})"
            ),
            (
                "warning: unexpected {parameter:name} {detail:text} from {service:text}"
                " {reason:=(expected}: {:text})"
            ),
            (
                "warning: {reason:=timeout while waiting for data|end-of-input while reading"
                " request}"
                " from {service:word}[ socket][: {detail}]"
            ),
            "warning: {:name}: {reason:=error receiving} {detail}",
            (
                "warning: {private|public}/{service:name}[ socket]: {reason:=malformed"
                " response|bad write}[: {detail}]"
            ),
            "warning: {reason:=attribute count exceeds limit} {:int} in input from {service:text}",
            "warning: cannot {reason:=examine read buffer} of {service:text}: {detail}",
            'warning: {reason:=malformed UTF-8} in policy server {service} response: "{detail}"',
        ),
        samples=(
            "warning: private/lmtp socket: malformed response",
            "warning: attribute count exceeds limit 1024 in input from unix:private/x",
            "warning: cannot examine read buffer of tlsmgr socket: Bad file descriptor",
            'warning: malformed UTF-8 in policy server inet:127.0.0.1:10023 response: "\\xff"',
            "warning: premature end-of-input on private/bounce while reading input attribute name",
            (
                "warning: unexpected end-of-input from private/smtp while reading input attribute"
                " value"
            ),
            "warning: missing attribute status in input from private/rewrite socket",
            (
                "warning: unexpected attribute queue_id from private/rewrite socket (expecting:"
                " status)"
            ),
            (
                "warning: unexpected protocol cleanup_protocol from private/tlsmgr socket"
                " (expected: tlsmgr_protocol)"
            ),
            "warning: timeout while waiting for data from flush socket",
            "warning: deliver_request_get: error receiving common attributes",
        ),
        source="src/util/attr_scan0.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.watchdog_timed_out",
        daemons=ANY,
        template="{severity:=fatal|panic}: watchdog timeout",
        samples=("fatal: watchdog timeout",),
        source="src/util/watchdog.c",
    ),
    Shape(
        event="postfix.resources_exhausted",
        daemons=ANY,
        template=(
            "fatal: {:name}: {reason:=insufficient memory} for {size_bytes} bytes: {detail}",
            TROUBLE + "{reason:=out of memory|too many errors - program terminated}[{detail}]",
            TROUBLE + "{action:=fork|pipe|socket|listen|select|poll|accept connection|dup|wait|"
            "fcntl F_DUPFD|select lock|select unlock}: {reason}",
            TROUBLE + "{reason:=could allocate space for only} {item_count} open files",
        ),
        samples=(
            "fatal: mymalloc: insufficient memory for 65536 bytes: Cannot allocate memory",
            "fatal: out of memory",
            "warning: fork: Cannot allocate memory",
            "warning: could allocate space for only 1024 open files",
        ),
        source="src/util/mymalloc.c",
    ),
    Shape(
        event="postfix.clock_jumped",
        daemons=ANY,
        template="warning: [another ]backward time jump {detected|recovered} -- {detail}",
        samples=(
            "warning: backward time jump detected -- slewing clock",
            "warning: backward time jump recovered -- back to normality",
        ),
        source="src/util/sane_time.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.listen_failed",
        daemons=ANY,
        template=(
            "fatal: bind {local_address:word} port {service:word}: {reason}",
            "fatal: bind: {file_name:word}: {reason}",
            (
                "fatal: {file_name:word}: {reason:=host found but no usable address|bad or missing"
                " service name}"
            ),
        ),
        samples=(
            "fatal: bind 192.0.2.10 port 25: Address already in use",
            "fatal: bind: private/smtp: Address already in use",
            "fatal: mx.lab.example:smtp: host found but no usable address",
        ),
        source="src/util/inet_listen.c",
        constants={"severity": "fatal"},
    ),
    Shape(
        event="postfix.service_misconfigured",
        daemons=ANY,
        template=(
            "fatal: service {service:word} requires {reason}",
            (
                "fatal: {reason:=unexpected command-line argument|unsupported transport type|bad"
                " generation|bad error service name|malformed service name|unknown service}:"
                " {detail}"
            ),
            (
                "fatal: {reason:=do not run this command by hand|no transport type specified|empty"
                " nexthop hostname}"
            ),
            'fatal: invalid "-o {detail:text}" option value: {reason}',
            (
                "warning: Postfix library {reason:=version mis-match}: wanted {version:text}, found"
                " {detail}"
            ),
        ),
        samples=(
            "fatal: service pickup requires a process limit of 1",
            "fatal: unexpected command-line argument: -x",
            "fatal: do not run this command by hand",
            "fatal: invalid \"-o x\" option value: missing '=' after attribute name",
            "warning: Postfix library version mis-match: wanted 3.7.10, found 3.7.11",
        ),
        source="src/master/single_server.c",
    ),
    Shape(
        event="postfix.name_malformed",
        daemons=ANY,
        template=(
            "warning: valid_{:name}: {reason:text}: {checked_text:rest}",
            "warning: {reason:=numeric hostname}: {checked_text:rest}",
            (
                'warning: {:name}: {reason:=Problem translating domain} "{checked_text:rest}" to'
                " {detail:text}"
            ),
            (
                "warning: valid_{:name}: {reason:=empty hostname|empty address|empty domain name|"
                "malformed UTF-8 domain name}"
            ),
            "warning: {reason:=stripping too many comments} from address: {checked_text:rest}",
        ),
        samples=(
            "warning: valid_hostname: invalid character 95(decimal): a_b.example",
            "warning: numeric hostname: 192.0.2.1",
            (
                'warning: midna_domain_to_ascii_create: Problem translating domain "x..example"'
                " to ASCII form: malformed UTF-8"
            ),
            "warning: valid_hostname: empty hostname",
            "warning: stripping too many comments from address: (a)(b)(c)...",
        ),
        source="src/util/valid_hostname.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.dns_reply_doubted",
        daemons=ANY,
        template=(
            (
                "warning: {reason:text} in {name|data|resource record name|resource record data} of"
                " {detail:name} record for {relay_host:word}: {checked_text:rest}"
            ),
            (
                "warning: {reason:=reply length} {item_count} > buffer length {:int} for"
                " name={relay_host:word} type={detail}"
            ),
            "warning: {extract_answer|dns_get_fixed|dns_lookup}: {reason}",
            (
                "warning: {reason:=DNS record count limit} ({item_count}) exceeded -- dropping"
                " excess"
                " record(s) after qname={relay_host:word} qtype={detail}"
            ),
            "warning: {reason:=DNSSEC validation may be unavailable}",
            "warning: reason: dnssec_probe '{detail:text}' {reason}",
            "warning: {res_query|res_nsearch}({detail:text}) returns {reason}",
            "ignoring DNS RR: {detail:rest}",
        ),
        samples=(
            (
                "warning: malformed domain name in resource record data of MX record for"
                " badmx.example: a_b..example"
            ),
            "warning: reply length 70000 > buffer length 65536 for name=big.example type=TXT",
            "warning: extract_answer: bad address length: 3",
            (
                "warning: DNS record count limit (100) exceeded -- dropping excess record(s) after"
                " qname=big.example qtype=MX"
            ),
            "warning: DNSSEC validation may be unavailable",
            (
                "warning: reason: dnssec_probe 'ns:.' received a response that is not DNSSEC"
                " validated"
            ),
            (
                'warning: res_nsearch(state, "x.example", 1, 28, 0x55, 4096) returns -1 with'
                " h_errno==0 -- setting h_errno=TRY_AGAIN"
            ),
            "ignoring DNS RR: mx.remote.example. 3600 IN AAAA 2001:db8::25",
        ),
        source="src/dns/dns_lookup.c",
    ),
    Shape(
        event="postfix.debugger_started",
        daemons=ANY,
        template="running: {detail}",
        samples=("running: PATH=/bin:/usr/bin; strace -p 1218",),
        source="src/global/debug_process.c",
    ),
    Shape(
        event="postfix.command_misused",
        daemons=ANY,
        template=(
            "fatal: {usage|Usage}:{reason}",
            (
                "fatal: {reason:=specify only one of|specify: |option -j requires|can't create"
                " maps|"
                "can't sequence maps|-c requires absolute pathname|unexpected process name}{detail}"
            ),
        ),
        samples=(
            "fatal: usage: postqueue -f | postqueue -i queueid | postqueue -p",
            "fatal: specify only one of -d -i -q or -s",
        ),
        source="src/postmap/postmap.c",
        constants={"severity": "fatal"},
    ),
)

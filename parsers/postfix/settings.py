"""main.cf and master.cf, which any program may read: what is wrong, unused or only a default."""

from parsers.postfix import ANY
from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.default_kept",
        daemons=ANY,
        template=(
            "using [using ]backwards-compatible default setting {parameter}={detail:rest}",
            (
                "{file_name:text}: using backwards-compatible default setting"
                " {parameter}={detail:rest}"
            ),
        ),
        samples=(
            (
                "using backwards-compatible default setting smtputf8_enable=no to accept non-ASCII"
                ' sender address "x" from out.hamster.example[203.0.113.6]'
            ),
            (
                "using using backwards-compatible default setting"
                " smtp_tlsrpt_skip_reused_handshakes=yes"
            ),
            (
                "/etc/postfix/master.cf: line 12: using backwards-compatible default setting"
                " chroot=y"
            ),
        ),
        source="src/smtpd/smtpd.c",
    ),
    Shape(
        event="postfix.setting_unused",
        daemons=ANY,
        template=(
            "warning: {file_name:word}: {reason:=unused parameter}: {parameter}={detail}",
            "warning: {file_name:word}: {reason:=undefined parameter}: {parameter}",
            (
                'warning: {file_name:word}: support for parameter ["]{parameter}["] {reason:=has'
                " been"
                " removed|will be removed}; {detail}"
            ),
            "warning: {parameter}: {reason:=deprecated parameter}, {detail}",
        ),
        samples=(
            "warning: /etc/postfix/main.cf: unused parameter: smptd_banner=x",
            "warning: /etc/postfix/main.cf: undefined parameter: mydoman",
            (
                "warning: /etc/postfix/main.cf: support for parameter smtpd_use_tls has been"
                " removed; instead, specify smtpd_tls_security_level"
            ),
            (
                'warning: sun_mailtool_compatibility: deprecated parameter, use "mailbox_delivery_'
                'lock = dotlock" instead'
            ),
        ),
        source="src/postconf/postconf_unused.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.setting_adjusted",
        daemons=ANY,
        template=(
            "warning: {parameter} {reason:=is smaller than|is larger than} {detail}",
            "warning: {reason:=ignoring} bad permissions: {parameter} = {detail}",
            (
                'warning: {reason:=ignoring} "{parameter} = {detail:text}" setting for non-TCP'
                " connections"
            ),
            "warning: {parameter} ignored when {detail:name} is {reason:=not empty}.",
        ),
        samples=(
            (
                "warning: bounce_queue_lifetime is larger than maximal_queue_lifetime - adjusting"
                " bounce_queue_lifetime"
            ),
            "warning: ignoring bad permissions: maillog_file_permissions = 0999",
            'warning: ignoring "lmtp_fallback_relay = x.example" setting for non-TCP connections',
            "warning: smtp_tls_per_site ignored when smtp_tls_policy_maps is not empty.",
        ),
        source="src/qmgr/qmgr.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.setting_faulted",
        daemons=ANY,
        template=(
            (
                "fatal: {reason:=bad numerical configuration|bad boolean configuration}:"
                " {parameter} ="
                " {detail}"
            ),
            "fatal: {reason:=bad string length} {:text}: {parameter} = {detail}",
            (
                "fatal: {parameter:word}: {reason:=bad numerical configuration|bad boolean"
                " configuration|bad string length|unsupported parameter value}{detail:rest}"
            ),
            "fatal: invalid {parameter} parameter value {detail}",
            "fatal: {invalid|Invalid} {parameter}[ level]: {detail}",
            'fatal: {Invalid TLS|invalid tls security} level[:] "{detail:text}"',
            "fatal: parameter {parameter}: {reason}",
            "fatal: file {file_name:word}: {parameter|parameters} {parameter}[:] {reason}",
            (
                "fatal: {file_name:word}, line {item_count}: {reason:=missing '=' after attribute"
                " name|"
                "missing attribute name|missing attribute value}: {detail}"
            ),
            "fatal: [main.cf ]configuration error: {parameter} {reason}",
            "fatal: config variable {parameter}: {reason}",
            "fatal: bad {parameter} value: {detail}",
            'fatal: invalid parameter setting "{parameter} = {detail:text}"',
            (
                "fatal: {parameter} {:text}parameter {reason:=settings must not be"
                " identical|setting"
                " must not contain multiple values}: {detail}"
            ),
            (
                "fatal: {reason:=could not find any active network interfaces|unable to use my own"
                " hostname|could not get list of wildcard addresses}"
            ),
            '{severity:=warning|fatal}: unknown {parameter} value "{detail:text}" in "{:rest}"',
            "warning: {parameter} {reason:=is true, but} {detail}",
            "warning: {parameter} {reason:=configuration problem}",
            (
                "warning: {reason:=malformed map specification|empty map specification|expected"
                " maptype:mapname instead of|malformed map attribute|unknown map attribute|unknown"
                " search type}{detail:rest}"
            ),
            (
                "warning: {parameter}: {reason:=comment at end of line is not supported|#comment"
                " after other text is not allowed|in|bad input}[:] {detail}"
            ),
            "fatal: {parameter}: {reason:=no pattern after '!'}",
            (
                "error: {reason:=unauthorized configuration directory name|untrusted configuration"
                " directory name}: {file_name:rest}"
            ),
            'fatal: specify "{parameter} = {detail:text}" in {file_name:rest}',
            "fatal: {reason:=malformed option|unknown option}: {detail}",
            "fatal: {reason:=do not specify relative pathname}: {parameter} = {detail}",
            'warning: "{parameter} = {detail:text}" {reason:=specifies an invalid hostname}',
            (
                "warning: {reason:=truncated macro reference|empty macro name|macro name syntax"
                " error|unreasonable macro call nesting}: {detail}"
            ),
        ),
        samples=(
            "warning: malformed map specification: '{ hash:/etc/x'",
            (
                "warning: mynetworks: #comment after other text is not allowed: # local"
                " 192.0.2.0/24..."
            ),
            "fatal: mydestination: no pattern after '!'",
            "error: unauthorized configuration directory name: /tmp/x",
            'fatal: specify "alternate_config_directories = /tmp/x" in /etc/postfix/main.cf',
            'fatal: unknown option: "pas = x"',
            "fatal: do not specify relative pathname: virtual_mailbox_base = vmail",
            'warning: "smtp_tls_servername = -x" specifies an invalid hostname',
            'warning: truncated macro reference: "${x"',
            "fatal: bad numerical configuration: smtpd_timeout = x",
            "fatal: bad string length 0 < 1: mail_name = ",
            "fatal: /etc/postfix/users.cf: bad boolean configuration: start_tls = maybe",
            "fatal: invalid default_process_limit parameter value 0 < 1",
            'fatal: invalid smtp_dns_support_level: "x"',
            'fatal: Invalid TLS level "x"',
            "fatal: parameter inet_interfaces: no local interface found for 192.0.2.10",
            (
                "fatal: file /etc/postfix/main.cf: parameter mail_owner: user postfix has"
                " privileged"
                " user ID"
            ),
            (
                "fatal: file /etc/postfix/main.cf: parameters default_privs and mail_owner specify"
                " the same user postfix"
            ),
            (
                "fatal: /etc/postfix/main.cf, line 712: missing '=' after attribute name:"
                ' "smtpd_banner"'
            ),
            (
                "fatal: main.cf configuration error: mailbox_size_limit is smaller than"
                " message_size_limit"
            ),
            "fatal: config variable inet_interfaces: host not found: gone.example",
            'fatal: bad smtp_address_preference value: "x"',
            'fatal: invalid parameter setting "info_log_address_format = x"',
            (
                "fatal: myhostname and relayhost parameter settings must not be identical:"
                " mx.lab.example"
            ),
            "fatal: could not find any active network interfaces",
            'warning: unknown smtp_tls_protocols value "x" in "!SSLv2 x"',
            "warning: smtputf8_enable is true, but EAI support is not compiled in",
            "warning: relayhost configuration problem",
        ),
        source="src/global/mail_params.c",
    ),
)

"""Dovecot's helpers: indexer, configuration, doveadm, SSL parameters, programs that it runs."""

from parsers.dovecot import ANY, SEVERITY
from parsers.shapes import Shape

_CONFIG = "{service:=config|doveconf|master}: " + SEVERITY

SHAPES = (
    Shape(
        event="dovecot.mailbox_indexed",
        daemons=("dovecot",),
        template=(
            ANY + "[Mailbox {:text}: ]Indexed {item_count} messages in {mailbox:text}"
            "[ (UIDs {detail:text})]",
            ANY + "[Mailbox {mailbox}: ]Indexed {item_count} messages[ (UIDs {detail:text})]",
            ANY + "fts: Indexed {item_count} extra mails internally in {mailbox:rest}",
        ),
        samples=(
            "indexer-worker(bob): Indexed 12 messages in INBOX (UIDs 1..12)",
            "indexer-worker(bob)<41><S1>: Mailbox INBOX: Indexed 12 messages (UIDs 1..12)",
            "imap(bob): fts: Indexed 3 extra mails internally in INBOX",
        ),
        source="dovecot src/indexer/master-connection.c",
    ),
    Shape(
        event="dovecot.indexing_skipped",
        daemons=("dovecot",),
        template=(
            ANY + "Indexes disabled for mailbox {mailbox}, skipping",
            ANY + "[Mailbox {mailbox}: ]Indexes disabled, skipping",
            ANY + "[Mailbox {mailbox}: ]Mail search interrupted: {reason:rest}",
        ),
        samples=(
            "indexer-worker(bob): Indexes disabled for mailbox Virtual/all, skipping",
            "indexer-worker(bob)<41><S1>: Mailbox Virtual/all: Indexes disabled, skipping",
            "indexer-worker(bob)<41><S1>: Mailbox INBOX: Mail search interrupted: Shutting down",
        ),
        source="dovecot src/indexer/master-connection.c",
    ),
    Shape(
        event="dovecot.configuration_obsolete",
        daemons=("dovecot",),
        template=(
            _CONFIG + "Obsolete setting in {file_name}:{item_count}: {detail}",
            _CONFIG + "NOTE: You can get a new clean config file with: {detail}",
        ),
        samples=(
            (
                "config: Obsolete setting in /etc/dovecot/dovecot.conf:13: "
                "imap_client_workarounds=outlook-idle is no longer necessary"
            ),
            (
                "doveconf: NOTE: You can get a new clean config file with: doveconf -Pn > "
                "dovecot-new.conf"
            ),
        ),
        source="dovecot src/config/old-set-parser.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.configuration_faulty",
        daemons=("dovecot",),
        template=(
            ANY + "[Invalid configuration in {:word} ][Config reload failed: ]Error in "
            "configuration file {file_name} line {item_count}: {reason:rest}",
            ANY + "Error in configuration file {file_name:word}: {reason:rest}",
        ),
        samples=(
            (
                "doveconf: Error in configuration file /etc/dovecot/dovecot.conf line 12: Unknown "
                "setting: ssl_certt"
            ),
            (
                "config: Error in configuration file /etc/dovecot/dovecot.conf: ssl enabled, but "
                "ssl_cert not set"
            ),
        ),
        source="dovecot src/config/config-parser.c",
        constants={"severity": "fatal"},
    ),
    Shape(
        event="dovecot.ssl_parameters_generated",
        daemons=("dovecot",),
        template=(
            "{service:=ssl-params}: [Info: ]{action:=Generating SSL parameters}",
            "{service:=ssl-params}: [Info: ]{action:=SSL parameters regeneration completed}",
        ),
        samples=(
            "ssl-params: Generating SSL parameters",
            "ssl-params: SSL parameters regeneration completed",
        ),
        source="dovecot src/ssl-params/ssl-params.c (2.2)",
    ),
    Shape(
        event="dovecot.doveadm_requested",
        daemons=("dovecot",),
        template=(
            (
                "{service:=doveadm}[({:unbracketed})]: [Info: ]doveadm: {remote_address} - - "
                '"{action:word} {detail:word} {protocol:word}" {status} {size_bytes} {:rest}'
            ),
            (
                "{service:=doveadm}[({:unbracketed})]: [Info: ]Executing command[ '{action:name}']"
                "[ as '{username:account}']"
            ),
        ),
        samples=(
            'doveadm: doveadm: 198.51.100.50 - - "POST /doveadm/v1 HTTP/1.1" 200 83 "-" "curl"',
            "doveadm(198.51.100.50): Executing command 'quotaGet' as 'bob'",
        ),
        source="dovecot src/doveadm/client-connection-http.c",
    ),
    Shape(
        event="dovecot.user_skipped",
        daemons=("dovecot",),
        template=ANY + "User no longer exists, skipping",
        samples=("doveadm(bob): User no longer exists, skipping",),
        source="dovecot src/doveadm/doveadm-mail.c",
    ),
    Shape(
        event="dovecot.remote_server_connected",
        daemons=("dovecot",),
        template=ANY
        + "imapc({relay_host:name}): Connected to {relay_address:ip}:{relay_port} (local {:text})",
        samples=(
            (
                "imap(bob): imapc(imap.example.net): Connected to 203.0.113.9:143 "
                "(local 203.0.113.10:51234)"
            ),
        ),
        source="dovecot src/lib-imap-client/imapc-connection.c",
    ),
    Shape(
        event="dovecot.program_failed",
        daemons=("dovecot",),
        template=(
            ANY + "program `{file_name}' terminated with non-zero exit code {status}",
            ANY
            + "[{:word}: ]program {file_name:text}: Terminated with non-zero exit code {status}",
        ),
        samples=(
            (
                "imap(bob): program `/usr/local/bin/quota-warning.sh' terminated with non-zero "
                "exit code 1"
            ),
            (
                "imap(bob)<859><S1>: program exec:/usr/local/bin/quota-warning.sh (1234): "
                "Terminated with non-zero exit code 1"
            ),
        ),
        source="dovecot src/lib-program-client/program-client-local.c",
    ),
    Shape(
        event="dovecot.director_changed",
        daemons=("dovecot",),
        template=(
            (
                "{service:=director}: [Info: ]{action:=Incoming connection from|Connecting to|"
                "Adding|Removing} [director ]{relay_address:ip}{detail:rest}"
            ),
            (
                "{service:=director}: [Info: ][doveadm: ]Host {relay_host:name} "
                "{changed|vhost count changed} {detail}"
            ),
        ),
        samples=(
            "director: Incoming connection from director 10.0.0.5/in",
            "director: doveadm: Host 10.0.0.7 changed down (vhost_count=100 last_updown_change=1)",
        ),
        source="dovecot src/director/director.c, mail-host.c (to 2.3)",
    ),
    Shape(
        event="dovecot.backtrace_logged",
        daemons=("dovecot",),
        template=ANY + "Raw backtrace: {detail}",
        samples=(
            (
                "imap(bob)<859><S1>: Raw backtrace: "
                "/usr/lib/dovecot/libdovecot.so.0(backtrace_append+0x42) [0x7f2f0] -> "
                "dovecot/imap(main+0x39b) [0x55d9]"
            ),
        ),
        source="dovecot src/lib/failures.c",
        constants={"severity": "error"},
    ),
)

"""spamd's configuration: its starts and stops, its sockets, its users, and what is wrong with "
"it."""

from parsers.shapes import Shape

_SPAMD = "spamassassin spamd/spamd.raw"

SHAPES = (
    Shape(
        event="spamd.configuration_faulty",
        daemons=("spamd",),
        template=(
            "config: {detail:=registryboundaries}: {reason}",
            (
                "config: {reason:=failed to parse line, skipping|failed to parse line}, in "
                '"{file_name}": {detail}'
            ),
            (
                "config: {reason:=failed to parse line, skipping|failed to parse line|not parsing, "
                "'allow_user_rules' is 0|not parsing, administrator setting}: {detail}"
            ),
            "config: {reason:=warning}: {detail}",
            (
                "config: {reason:=score|rewrite_header|eval function|dup unknown type|found "
                "invalid|invalid meta|if can|unknown conf type|deprecated setting used,|Deprecated|"
                "failed to add invalid rule|dcc_dccifd_path|dcc_home|dcc_options|dcc_path|"
                "dccifd_options|pyzor_path|SpamAssassin failed to parse line,|unclosed|"
                "'uridnsbl_timeout'|missing or bad host name|bad TCP port number|unable to parse|"
                "missing value for|invalid regexp for|configuration file}[: ][ ]{detail}"
            ),
            (
                "config: {reason:=could not find site rules directory|could not find sys rules "
                "directory|can not determine default prefs path|no rules were found!  Do you need "
                "to run 'sa-update'?|no rules were found! Do you need to run 'sa-update'?|no "
                "configuration text or files found! do you need to run 'sa-update'?}[ {detail}]"
            ),
            (
                "config: {reason:=cannot open|cannot opendir|path|cannot create user preferences "
                "file|couldn't chown|default user preference file|failed to create default user "
                'preference file} ["]{file_name:word}["][:][ {detail}]'
            ),
        ),
        samples=(
            "config: registryboundaries: no tlds defined, need to run sa-update",
            'config: failed to parse line, skipping, in "/etc/spamassassin/local.cf": scoer X 1',
            "config: not parsing, administrator setting: use_bayes 1",
            "config: warning: score set for non-existent rule FOO_BAR",
            "config: score: requires a symbolic rule name and 1 or 4 scores",
            "config: could not find site rules directory",
            'config: path "/root/.spamassassin/user_prefs" is inaccessible: Permission denied',
            (
                "config: cannot create user preferences file "
                "/nonexistent/.spamassassin/user_prefs: No such file or directory"
            ),
        ),
        source="spamassassin lib/Mail/SpamAssassin.pm, Conf.pm, Conf/Parser.pm, "
        "RegistryBoundaries.pm",
    ),
    Shape(
        event="spamd.scores_unavailable",
        daemons=("spamd",),
        template=(
            (
                "config: failed to load user ({username:rest}) scores from {service} database[, "
                "]{reason:rest}"
            ),
            "ldap: failed to load user ({username:rest}) scores from {service} server, {reason}",
        ),
        samples=(
            (
                "config: failed to load user (alice@example.org) scores from SQL database, "
                "continuing with defaults: connection refused"
            ),
            "ldap: failed to load user (alice) scores from LDAP server, ignored: timeout",
        ),
        source="spamassassin lib/Mail/SpamAssassin/Conf/SQL.pm, Conf/LDAP.pm",
    ),
    Shape(
        event="spamd.user_unknown",
        daemons=("spamd",),
        template=(
            "spamd: handle_user ({detail:name}) unable to find user: {username:rest}",
            "spamd: handle_user unable to find user[ {detail:=directory}]: {username:rest}",
            "spamd: [{detail:name} ]unable to find user: {username:rest}",
            "spamd: handle_user ({detail:name}) {reason:=userdir not found}: {username:rest}",
            (
                "spamd: still running as root: user not specified with -u, not found, or set to "
                "root, {action:=falling back to|fall back to} {username:rest}"
            ),
            "spamd: ident username ({detail:rest}) does not match {reason}",
        ),
        samples=(
            "spamd: handle_user (getpwnam) unable to find user: 'nobody@lab.example'",
            "spamd: handle_user unable to find user: bob",
            "spamd: unable to find user: bob",
            "spamd: handle_user (userdir) userdir not found: bob",
            (
                "spamd: still running as root: user not specified with -u, not found, or set to "
                "root, falling back to nobody"
            ),
            "spamd: ident username (bob) does not match spamc username (alice)",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.started",
        daemons=("spamd",),
        template=(
            "spamd: server started on {detail:text} (running version {version})",
            "zoom: able to use {detail}",
            "zoom: no compiled ruleset found{:rest}",
        ),
        samples=(
            "spamd: server started on IO::Socket::IP [127.0.0.1]:783 (running version 4.0.1)",
            "zoom: able to use 352/352 'body_0' compiled rules (100%)",
            "zoom: no compiled ruleset found for Mail::SpamAssassin::CompiledRegexps::body_0",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.pid_reported",
        daemons=("spamd",),
        template="spamd: server pid: {peer_pid}",
        samples=("spamd: server pid: 62",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.stopped",
        daemons=("spamd",),
        template=(
            "spamd: server killed by {reason:word}, shutting down",
            "spamd: server hit by {reason:word}, restarting",
            "spamd: restarting using '{detail:rest}'",
            "spamd: server socket closed, type {detail}",
            "spamd: server {detail:=INET|UNIX|SSL} socket closed",
        ),
        samples=(
            "spamd: server killed by SIGTERM, shutting down",
            "spamd: server hit by SIGHUP, restarting",
            "spamd: restarting using '/usr/sbin/spamd -d --pidfile=/run/spamd.pid'",
            "spamd: server socket closed, type IO::Socket::IP",
            "spamd: server UNIX socket closed",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.socket_failed",
        daemons=("spamd",),
        template=(
            (
                "spamd: could not create {detail:=INET|UNIX|SSL|IO::Socket::IP|IO::Socket::INET6|"
                "IO::Socket::INET|IO::Socket::SSL} socket on {file_name:word}: {reason}"
            ),
            (
                "spamd: {reason:=could not find newly-created UNIX socket|already running|"
                "directory for|file|invalid port|invalid address|invalid address for a listen "
                "socket|no valid address for a listen socket|could not chown|could not chmod|"
                "leaving stale socket at|socket path was truncated at position|path length for "
                "UNIX socket|cannot unlink|cannot write to PID file}[:][ on][ ]{detail}"
            ),
            "server socket setup failed, retry {attempt_count}: {reason}",
            "spamd: {reason:=accept failed|accept_a_conn|SSL failure}[: ]{detail}",
        ),
        samples=(
            (
                "spamd: could not create IO::Socket::IP socket on [127.0.0.1]:783: Address already "
                "in use"
            ),
            "spamd: already running on /run/spamd.sock, exiting",
            (
                "server socket setup failed, retry 1: spamd: could not create INET socket on "
                "127.0.0.1:783: Address already in use"
            ),
            "spamd: accept_a_conn: accept failed: no socket available: Bad file descriptor",
        ),
        source=_SPAMD,
    ),
)

"""spamd, SpamAssassin's daemon.

Message-IDs are as spamd shows them: without blanks, and in the `result:` line without commas.
"""

from parsers.shapes import Shape

_SPAMD = "spamassassin spamd/spamd.raw"
_SCALING = "spamassassin lib/Mail/SpamAssassin/SpamdForkScaling.pm"
_SCORE = (
    " ({spam_score}/{spam_required}) for {username:rest}:{uid} in {scan_seconds} seconds, "
    "{size_bytes} bytes."
)

SHAPES = (
    Shape(
        event="spamd.message_scored",
        daemons=("spamd",),
        template="spamd: result: {is_spam} [ ]{spam_score} - [{spam_rules:word}] "
        "scantime={scan_seconds},size={size_bytes},user={username:text},uid={uid},"
        "required_score={spam_required},rhost={client_name},raddr={client_address},"
        "rport=[{client_port}][{:word}],mid={message_id},{detail}",
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
                "spamd: result: Y 1001 - GTUBE,RCVD_ILLEGAL_IP scantime=0.0,size=737,"
                "user=debian-spamd,uid=109,required_score=5.0,rhost=localhost,raddr=127.0.0.1,"
                "rport=35110,mid=<91421-00084.eb7a09498b@hamster.example>,autolearn=disabled"
            ),
        ),
        source=_SPAMD,
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
    ),
    Shape(
        event="spamd.message_processing",
        daemons=("spamd",),
        template="spamd: {processing|checking} message {message_id:word}"
        "[ aka {:word}] for {username:rest}:{uid}",
        samples=(
            (
                "spamd: processing message <91421-00001.43518247b5@hamster.example> "
                "for debian-spamd:109"
            ),
            "spamd: processing message (unknown) for debian-spamd:109",
            "spamd: checking message <a@b> aka <resent.1@b> for debian-spamd:109",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.client_connected",
        daemons=("spamd",),
        template=r"spamd: connection from {client_name} \[{client_address}\]:{client_port} "
        r"to port {:int}, fd {:int}",
        samples=("spamd: connection from localhost [127.0.0.1]:42100 to port 783, fd 5",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.client_refused",
        daemons=("spamd",),
        template=r"spamd: unauthorized connection from {client_name} "
        r"\[{client_address}\]:{client_port} to port {:int}, fd {:int}[{:rest}]",
        samples=(
            (
                "spamd: unauthorized connection from mail.hamster.example [203.0.113.6]:42100 "
                "to port 783, fd 5"
            ),
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.user_switched",
        daemons=("spamd",),
        template="spamd: setuid to {username:word} succeeded[, {detail}]",
        samples=("spamd: setuid to debian-spamd succeeded",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.child_states_reported",
        daemons=("spamd",),
        template=r"prefork: child states: {detail:word}[ \[... logline repeated {item_count} "
        r"times\]]",
        samples=(
            "prefork: child states: BI",
            "prefork: child states: II [... logline repeated 2 times]",
        ),
        source=_SCALING,
    ),
    Shape(
        event="spamd.max_children_reached",
        daemons=("spamd",),
        template="prefork: server reached --max-children setting, consider raising it",
        samples=("prefork: server reached --max-children setting, consider raising it",),
        source=_SCALING,
    ),
    Shape(
        event="spamd.children_adjusted",
        daemons=("spamd",),
        template="prefork: adjust: {item_count} idle children {reason} idle children.[ ] "
        "{Increasing|Decreasing} spamd children: {peer_pid} {action:=started|killed}.",
        samples=(
            (
                "prefork: adjust: 0 idle children less than 1 minimum idle children.  "
                "Increasing spamd children: 559 started."
            ),
            (
                "prefork: adjust: 3 idle children more than 2 maximum idle children. "
                "Decreasing spamd children: 559 killed."
            ),
        ),
        source=_SCALING,
    ),
    Shape(
        event="spamd.child_started",
        daemons=("spamd",),
        template="spamd: server successfully spawned child process, pid {peer_pid}",
        samples=("spamd: server successfully spawned child process, pid 514",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.child_ended",
        daemons=("spamd",),
        template=r"spamd: handled cleanup of child pid \[{peer_pid}\][ due to {:word}]: "
        r"{reason}",
        samples=(
            (
                "spamd: handled cleanup of child pid [559] due to SIGCHLD: "
                "interrupted, signal 2 (0002)"
            ),
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.request_refused",
        daemons=("spamd",),
        template="spamd: bad protocol: header error: {reason}",
        samples=("spamd: bad protocol: header error: (closed before headers)",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.request_timed_out",
        daemons=("spamd",),
        template="spamd: {reason:=copy_config|tcp} timeout[, {detail}]",
        samples=("spamd: copy_config timeout, respawning child process after 3 messages",),
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
        event="spamd.preferences_created",
        daemons=("spamd",),
        template=(
            "spamd: creating default_prefs: {file_name:rest}",
            "config: created user preferences file: {file_name:rest}",
        ),
        samples=(
            "spamd: creating default_prefs: /var/lib/spamassassin/.spamassassin/user_prefs",
            (
                "config: created user preferences file: "
                "/var/lib/spamassassin/.spamassassin/user_prefs"
            ),
        ),
        source="spamassassin spamd/spamd.raw, lib/Mail/SpamAssassin.pm",
    ),
    Shape(
        event="spamd.configuration_faulty",
        daemons=("spamd",),
        template=(
            "config: {detail:=registryboundaries}: {reason}",
            'config: {reason:=failed to parse line, skipping}, in "{file_name}": {detail}',
            "config: {reason:=warning}: {detail}",
        ),
        samples=(
            "config: registryboundaries: no tlds defined, need to run sa-update",
            'config: failed to parse line, skipping, in "/etc/spamassassin/local.cf": scoer X 1',
            "config: warning: score set for non-existent rule FOO_BAR",
        ),
        source="spamassassin lib/Mail/SpamAssassin/RegistryBoundaries.pm, Conf/Parser.pm",
    ),
    Shape(
        event="spamd.user_unknown",
        daemons=("spamd",),
        template="spamd: handle_user ({detail:name}) unable to find user: {username:rest}",
        samples=("spamd: handle_user (getpwnam) unable to find user: 'nobody@lab.example'",),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.started",
        daemons=("spamd",),
        template="spamd: server started on {detail:text} (running version {version})",
        samples=(
            "spamd: server started on IO::Socket::IP [127.0.0.1]:783 (running version 4.0.1)",
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
        ),
        samples=(
            "spamd: server killed by SIGTERM, shutting down",
            "spamd: server hit by SIGHUP, restarting",
        ),
        source=_SPAMD,
    ),
)

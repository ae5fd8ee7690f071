"""spamd's clients, children and users."""

from parsers.shapes import Shape

_SPAMD = "spamassassin spamd/spamd.raw"
_SCALING = "spamassassin lib/Mail/SpamAssassin/SpamdForkScaling.pm"

SHAPES = (
    Shape(
        event="spamd.client_connected",
        daemons=("spamd",),
        template=(
            (
                r"spamd: connection from {client_name:word} \[{client_address}\]:{client_port} "
                r"[to port {:int}, fd {:int}][, {tls_protocol:text}/{tls_cipher}]"
            ),
            r"spamd: connection from {client_name:word} \[{client_address}\] at port {client_port}",
            "spamd: got connection over {file_name:rest}",
        ),
        samples=(
            "spamd: connection from localhost [127.0.0.1]:42100 to port 783, fd 5",
            (
                "spamd: connection from mx.example.org [192.0.2.7]:42100 to port 783, fd 6, "
                "TLSv1.3/TLS_AES_256_GCM_SHA384"
            ),
            "spamd: connection from localhost [127.0.0.1] at port 42100",
            "spamd: got connection over /run/spamd.sock",
        ),
        source=_SPAMD,
        common=True,
    ),
    Shape(
        event="spamd.client_refused",
        daemons=("spamd",),
        template=(
            (
                r"spamd: unauthorized connection from {client_name:word} "
                r"\[{client_address}\]:{client_port} to port {:int}, fd {:int}[{:rest}]"
            ),
            (
                r"spamd: unauthorized connection from {client_name:word} \[{client_address}\] at "
                r"port "
                r"{client_port}"
            ),
        ),
        samples=(
            (
                "spamd: unauthorized connection from mail.hamster.example [203.0.113.6]:42100 to "
                "port 783, fd 5"
            ),
            "spamd: unauthorized connection from mx.example.com [203.0.113.6] at port 42100",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.user_switched",
        daemons=("spamd",),
        template="spamd: setuid to {username:word} succeeded[, {detail}]",
        samples=("spamd: setuid to debian-spamd succeeded",),
        source=_SPAMD,
        common=True,
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
        common=True,
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
                "prefork: adjust: 0 idle children less than 1 minimum idle children.  Increasing "
                "spamd children: 559 started."
            ),
            (
                "prefork: adjust: 3 idle children more than 2 maximum idle children. Decreasing "
                "spamd children: 559 killed."
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
        template=(
            r"spamd: handled cleanup of child pid \[{peer_pid}\][ due to {:word}]: {reason}",
            "spamd: handled cleanup of child pid {peer_pid}[ due to {reason:word}]",
            r"spamd: child \[{peer_pid}\] killed successfully[: {reason}]",
            "spamd: child got {reason:word}, exiting",
            "prefork: killed child {peer_pid}",
            (
                "prefork: killing {reason:=failed child|rogue child} {peer_pid}[, {:text}] "
                "fd={:text}[: {detail}]"
            ),
            "prefork: killing rogue child {peer_pid}, failed to write on fd {:text}[: {detail}]",
            "prefork: ordered child {peer_pid} to accept, but {reason:text}, killing rogue",
            "prefork: kill of [failed ]child {peer_pid} failed: {reason}",
            "prefork: oops! no socket for child {peer_pid}, killing",
            r"spamd: cannot send {:word} to child process \[{peer_pid}\]: {reason}",
        ),
        samples=(
            (
                "spamd: handled cleanup of child pid [559] due to SIGCHLD: interrupted, signal 2 "
                "(0002)"
            ),
            "spamd: handled cleanup of child pid [559] due to SIGCHLD: exit 0",
            "spamd: handled cleanup of child pid 559 due to SIGCHLD",
            "spamd: child [559] killed successfully: interrupted, signal 2 (0002)",
            "spamd: child got SIGTERM, exiting",
            "prefork: killed child 559",
            "prefork: killing failed child 559 fd=undefined",
            "prefork: killing rogue child 559, failed to write on fd 9: Broken pipe",
            "prefork: ordered child 559 to accept, but they reported state '0', killing rogue",
            "prefork: kill of failed child 559 failed: No such process",
            "prefork: oops! no socket for child 559, killing",
            "spamd: cannot send SIGINT to child process [559]: No such process",
        ),
        source="spamassassin spamd/spamd.raw, lib/Mail/SpamAssassin/SpamdForkScaling.pm",
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
        template=(
            "spamd: {reason:=copy_config|tcp|child processing} timeout[, {detail}][ at {:rest}]",
            "spamd: timeout: {reason}",
        ),
        samples=(
            "spamd: copy_config timeout, respawning child process after 3 messages",
            "spamd: child processing timeout at /usr/sbin/spamd line 1313.",
            "spamd: timeout: (30 second timeout while trying to CHECK)",
        ),
        source=_SPAMD,
    ),
    Shape(
        event="spamd.preferences_created",
        daemons=("spamd",),
        template=(
            "spamd: creating default_prefs: {file_name:rest}",
            "config: created user preferences file: {file_name:rest}",
            "spamd: created {file_name:word} for {username:rest}",
            "spamd: using default config for {username:rest}: {file_name:word}",
        ),
        samples=(
            "spamd: creating default_prefs: /var/lib/spamassassin/.spamassassin/user_prefs",
            (
                "config: created user preferences file: "
                "/var/lib/spamassassin/.spamassassin/user_prefs"
            ),
            "spamd: created /var/lib/spamassassin/example.org/alice for alice@example.org",
            "spamd: using default config for bob: /var/lib/spamassassin/bob/user_prefs",
        ),
        source="spamassassin spamd/spamd.raw, lib/Mail/SpamAssassin.pm",
    ),
)

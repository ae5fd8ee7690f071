"""spamc, the client of spamd, which mail passes through on its way back into Postfix."""

from parsers.shapes import Shape

_LIBRARY = "spamassassin spamc/libspamc.c"

SHAPES = (
    Shape(
        event="spamc.connection_failed",
        daemons=("spamc",),
        template=(
            (
                "connect to spamd on {relay_address:text} failed, retrying (#{attempt_count} of "
                "{item_count}): {reason}"
            ),
            "connect to spamd on {relay_address:text} failed, {reason:=broadcast addr}",
            "connect(AF_UNIX) to spamd using --socket='{relay_address:text}' failed: {reason}",
            "connect(AF_UNIX) to spamd {relay_address:text} failed: {reason}",
            "socket({:name}) to spamd failed: {reason}",
            "setsockopt({:name}) failed: {reason}",
        ),
        samples=(
            "connect to spamd on ::1 failed, retrying (#1 of 3): Connection refused",
            "connect to spamd on 192.0.2.255 failed, broadcast addr",
            (
                "connect(AF_UNIX) to spamd using --socket='/run/spamd.sock' failed: No such file "
                "or directory"
            ),
            "connect(AF_UNIX) to spamd /run/spamd.sock failed: No such file or directory",
            "socket(AF_INET) to spamd failed: Too many open files",
            "setsockopt(TCP_NODELAY) failed: Bad file descriptor",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="spamc.connection_abandoned",
        daemons=("spamc",),
        template="connection attempt to spamd aborted after {attempt_count} retries",
        samples=("connection attempt to spamd aborted after 3 retries",),
        source=_LIBRARY,
    ),
    Shape(
        event="spamc.host_unresolved",
        daemons=("spamc",),
        template=(
            "could not resolve any hosts ({relay_host:text}): {reason}",
            "gethostbyname({relay_host:text}) failed: {reason}",
            "getaddrinfo({relay_host:text}) failed: {reason}",
            "getaddrinfo for a loopback address failed: {reason}",
            "hit limit of {item_count} hosts, ignoring remainder",
        ),
        samples=(
            "could not resolve any hosts (spamd.example.org): no such host",
            "gethostbyname(spamd.example.org) failed: h_errno=1",
            "getaddrinfo(spamd.example.org) failed: Name or service not known",
            "getaddrinfo for a loopback address failed: Name or service not known",
            "hit limit of 256 hosts, ignoring remainder",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="spamc.message_skipped",
        daemons=("spamc",),
        template="skipped message, greater than max message size ({size_bytes} bytes)",
        samples=("skipped message, greater than max message size (512000 bytes)",),
        source=_LIBRARY,
    ),
    Shape(
        event="spamc.reply_faulty",
        daemons=("spamc",),
        template=(
            (
                "spamd responded with {reason:=bad string|bad version string|bad Content-length} "
                "'{reply:rest}'"
            ),
            "spamd responded with line of {item_count} bytes, dying",
            "failed sanity check, {size_bytes} bytes claimed, {item_count} bytes seen",
        ),
        samples=(
            "spamd responded with bad string '\"SPAMD/1.0 76 Bad header line: x'",
            "spamd responded with line of 8192 bytes, dying",
            "failed sanity check, 1545 bytes claimed, 1500 bytes seen",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="spamc.tls_failed",
        daemons=("spamc",),
        template=(
            (
                "{reason:=SSL_connect error|SSL_new failed|SSL_set_fd failed|cannot create SSL CTX "
                "context}: {detail}"
            ),
            "SSL write failed ({detail:name})",
            (
                "{reason:=error loading CA file|unable to load certificate file|unable to load key "
                "file|key file} {file_name:text}: {detail}"
            ),
        ),
        samples=(
            "SSL_connect error: error:0A000086:SSL routines::certificate verify failed",
            "SSL write failed (5)",
            "unable to load certificate file /etc/ssl/x.pem: error:0200100D:system library",
        ),
        source=_LIBRARY,
    ),
    Shape(
        event="spamc.failed",
        daemons=("spamc",),
        template=(
            "{reason:=pipe creation|fork|exec|redirection of stdin} failed: {detail}",
            (
                "{reason:=message_read: malloc failed|message_read: Unknown mode|Cannot write this "
                "message, it's MESSAGE_NONE!|Unknown message type|oops! message_dump|oops! "
                "SPAMC_CHECK_ONLY is_spam:|failed to find end-of-headers|spamc not built with|"
                "spamc -z support not available|Please specify a legal|This option is only valid "
                "if -x is set first|invalid usage|-s parameter is beyond max|Learning excludes|"
                "--ssl-cert and --ssl-key must be used together|Explicit specification of an "
                "SSL/TLS version no longer supported.|Error allocating memory using malloc}[ "
                "{detail}]"
            ),
        ),
        samples=(
            "exec failed: No such file or directory",
            "Learning excludes check only",
        ),
        source="spamassassin spamc/spamc.c",
    ),
)

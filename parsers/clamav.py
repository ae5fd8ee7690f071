"""ClamAV: the scanner clamd, its milter clamav-milter, and freshclam, which updates signatures."""

from parsers.shapes import Shape

# clamav-milter puts the milter macro {rcpt_addr} between brackets of its own, or the command's
# argument, which has them already. It takes quotes out of the headers that it shows.
_ENVELOPE = "from <{envelope_sender}> to <[<]{recipient}[>]>"
_HEADERS = " with subject '{subject}' message-id '{message_id}' date '{:text}'"
_SCANNED = "clamav clamav-milter/clamfi.c"

SHAPES = (
    Shape(
        event="clamav_milter.message_clean",
        daemons=("clamav-milter",),
        template=(
            "Clean message " + _ENVELOPE,
            "Clean message {queue_id} " + _ENVELOPE + _HEADERS,
        ),
        samples=(
            "Clean message from <app@lab.example> to <<alice@lab.example>>",
            "Clean message from <> to <alice@lab.example>",
            (
                "Clean message AED5F162823 from <news@hamster.example> to <alice@lab.example> "
                "with subject 'virus' message-id '<91421-00095.c0c4eff304@hamster.example>' "
                "date 'Tue, 24 Nov 2026 03:37:12 +0000'"
            ),
        ),
        source=_SCANNED,
    ),
    Shape(
        event="clamav_milter.message_infected",
        daemons=("clamav-milter",),
        template=(
            "Message " + _ENVELOPE + " infected by {virus_name}",
            "Message {queue_id} " + _ENVELOPE + _HEADERS + " infected by {virus_name}",
        ),
        samples=(
            (
                "Message from <news@hamster.example> to <<alice@lab.example>> "
                "infected by Eicar-Signature.UNOFFICIAL"
            ),
            (
                "Message 60A00162817 from <news@hamster.example> to <<alice@lab.example>> "
                "with subject 'it s \"quoted\"  subject ' "
                "message-id '<91421-00090.23b082096b@hamster.example>' "
                "date 'Tue, 24 Nov 2026 03:37:12 +0000' infected by Lab.Test.Worm-1.UNOFFICIAL"
            ),
        ),
        source=_SCANNED,
    ),
    Shape(
        event="clamav_milter.scan_skipped",
        daemons=("clamav-milter",),
        template=(
            "Skipping scan for {client_name:text} (in LocalNet)",
            "Skipping scan for authenticated user {username:rest}",
            "Skipping scan for {envelope_sender:text} (allowed from)",
        ),
        samples=(
            "Skipping scan for 127.0.0.1 (in LocalNet)",
            "Skipping scan for authenticated user alice",
            "Skipping scan for <news@hamster.example> (allowed from)",
        ),
        source=_SCANNED,
    ),
    Shape(
        event="clamav_milter.scan_failed",
        daemons=("clamav-milter",),
        template=(
            (
                "{reason:=No clamd server appears to be available|No reply from clamd|"
                "Unknown reply from clamd|Streaming failed|Timed out while reading clamd reply|"
                "Failed to communicate with clamd|Failed to establish a connection to clamd|"
                "Failed to initiate streaming/fdpassing|Failed to stream to clamd}"
            ),
            "Unknown reply from clamd {detail}",
        ),
        samples=(
            "No clamd server appears to be available",
            "Unknown reply from clamd (stream: Size limit reached ERROR)",
        ),
        source="clamav clamav-milter/clamfi.c, clamav-milter/netcode.c",
    ),
    Shape(
        event="clamav_milter.scanner_probed",
        daemons=("clamav-milter",),
        template="Probe for slot {item_count} returned: {status}",
        samples=("Probe for slot 1 returned: success",),
        source="clamav clamav-milter/connpool.c",
    ),
    Shape(
        event="clamd.virus_found",
        daemons=("clamd",),
        template="{file_name:rest}: {virus_name:text}[({:name}:{size_bytes})] FOUND",
        samples=(
            (
                "/tmp/clamav-1aff8e86d48206ff857b1f00928384ce.tmp (deleted): "  # noqa: S108
                "Lab.Test.Worm-1.UNOFFICIAL FOUND"
            ),
            (
                "instream(127.0.0.1@40314): "
                "Win.Test.EICAR_HDB-1(44d88612fea8a8f36de82e1278abb02f:68) FOUND"
            ),
        ),
        source="clamav clamd/scanner.c",
    ),
    Shape(
        event="clamd.scan_failed",
        daemons=("clamd",),
        template="{file_name:rest}: {reason} ERROR",
        samples=("instream(127.0.0.1@40314): Heuristics.Limits.Exceeded.MaxScanTime ERROR",),
        source="clamav clamd/scanner.c",
    ),
    Shape(
        event="clamd.database_checked",
        daemons=("clamd",),
        template="SelfCheck: Database [status ]{status:=OK|modification detected}.[ {detail}]",
        samples=(
            "SelfCheck: Database status OK.",
            "SelfCheck: Database modification detected. Forcing reload.",
        ),
        source="clamav clamd/server-th.c",
    ),
    Shape(
        event="clamd.database_loaded",
        daemons=("clamd",),
        template=(
            "Loaded {item_count} signatures.",
            "Database correctly reloaded ({item_count} signatures)",
            "Reading databases from {file_name:rest}",
            "{status:=Activating the newly loaded database...|Database reload completed.}",
        ),
        samples=(
            "Loaded 2 signatures.",
            "Database correctly reloaded (2 signatures)",
            "Reading databases from /var/lib/clamav",
            "Database reload completed.",
        ),
        source="clamav clamd/clamd.c, clamd/server-th.c",
    ),
    Shape(
        event="clamd.setting_reported",
        daemons=("clamd",),
        template=(
            "Limits: {detail:text} limit set to {status:text}.",
            "{detail:text} {status:=enabled|disabled}[.]",
            '{detail:text} set to "{status:text}".',
            (
                "{detail:=Self checking every|Log file size limited to|Received|"
                "LOCAL: Setting connection queue length to|"
                "TCP: Setting connection queue length to} {status:text}[.]"
            ),
            (
                "{detail:=Not loading PUA signatures|Not loading phishing signatures|"
                "Only loading official signatures|Only using the A-C matcher}."
            ),
        ),
        samples=(
            "Limits: Global time limit set to 120000 milliseconds.",
            "Limits: MaxPartitions limit set to 50.",
            "Portable Executable support enabled.",
            "AlertExceedsMax heuristic detection disabled.",
            'Bytecode: Security mode set to "TrustSigned".',
            "Self checking every 600 seconds.",
            "LOCAL: Setting connection queue length to 200",
            "Received 0 file descriptor(s) from systemd.",
            "Not loading PUA signatures.",
        ),
        source="clamav clamd/clamd.c, clamd/server-th.c, clamd/localserver.c, clamd/tcpserver.c",
    ),
    Shape(
        event="clamd.socket_opened",
        daemons=("clamd",),
        template=(
            "LOCAL: Unix socket file {file_name:rest}",
            r"TCP: Bound to \[{local_address}\]:{:int}",
        ),
        samples=(
            "LOCAL: Unix socket file /run/clamav/clamd.ctl",
            "TCP: Bound to [127.0.0.1]:3310",
        ),
        source="clamav clamd/localserver.c, clamd/tcpserver.c",
    ),
    Shape(
        event="clamd.file_removed",
        daemons=("clamd", "clamav-milter"),
        template="{file_name:=Pid|Socket} file removed.",
        samples=("Pid file removed.", "Socket file removed."),
        source="clamav clamd/server-th.c, clamd/clamd.c",
    ),
    Shape(
        event="clamav.version_reported",
        daemons=("clamd", "freshclam"),
        template="{clamd|freshclam} daemon {version} ({detail})",
        samples=("clamd daemon 1.4.6 (OS: Linux, ARCH: x86_64, CPU: x86_64)",),
        source="clamav clamd/clamd.c, freshclam/freshclam.c",
    ),
    Shape(
        event="clamav.daemon_started",
        daemons=("clamd", "clamav-milter"),
        template="+++ Started at {detail}",
        samples=("+++ Started at Tue Nov 24 03:36:59 2026",),
        source="clamav clamd/server-th.c, clamav-milter/clamav-milter.c",
    ),
    Shape(
        event="clamav.daemon_stopped",
        daemons=("clamd", "clamav-milter"),
        template="--- Stopped at {detail}",
        samples=("--- Stopped at Tue Nov 24 03:39:28 2026",),
        source="clamav clamd/server-th.c",
    ),
    Shape(
        event="freshclam.update_started",
        daemons=("freshclam",),
        template="ClamAV update process started at {detail}",
        samples=("ClamAV update process started at Tue Nov 24 03:36:59 2026",),
        source="clamav freshclam/freshclam.c",
    ),
    Shape(
        event="freshclam.database_current",
        daemons=("freshclam",),
        template="{file_name:word} [database ]is up-to-date (version: {version:text}"
        "[, sigs: {item_count}, {detail:text}])",
        samples=(
            (
                "daily.cld database is up-to-date (version: 27461, sigs: 2069000, f-level: 90, "
                "builder: raynman)"
            ),
        ),
        source="clamav libfreshclam/libfreshclam_internal.c",
    ),
    Shape(
        event="freshclam.database_updated",
        daemons=("freshclam",),
        template="{file_name:word} updated (version: {version:text}, sigs: {item_count}"
        "[, {detail:text}])",
        samples=(
            "daily.cld updated (version: 27462, sigs: 2069100, f-level: 90, builder: raynman)",
        ),
        source="clamav libfreshclam/libfreshclam_internal.c",
    ),
    Shape(
        event="freshclam.clamd_notified",
        daemons=("freshclam",),
        template="Clamd successfully notified about the update.",
        samples=("Clamd successfully notified about the update.",),
        source="clamav freshclam/notify.c",
    ),
)

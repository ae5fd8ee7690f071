"""clamav-milter: what it passed, what it found infected, and its trouble with clamd."""

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
            "Clean message [{queue_id}][UNKNOWN] " + _ENVELOPE + _HEADERS,
        ),
        samples=(
            "Clean message from <app@lab.example> to <<alice@lab.example>>",
            "Clean message from <> to <alice@lab.example>",
            (
                "Clean message AED5F162823 from <news@hamster.example> to <alice@lab.example> with "
                "subject 'virus' message-id '<91421-00095.c0c4eff304@hamster.example>' date 'Tue, "
                "24 Nov 2026 03:37:12 +0000'"
            ),
        ),
        source=_SCANNED,
        common=True,
    ),
    Shape(
        event="clamav_milter.message_infected",
        daemons=("clamav-milter",),
        template=(
            "Message " + _ENVELOPE + " infected by {virus_name}",
            "Message [{queue_id}][UNKNOWN] " + _ENVELOPE + _HEADERS + " infected by {virus_name}",
        ),
        samples=(
            (
                "Message UNKNOWN from <> to <UNKNOWN> with subject 'x' message-id '<a@b>' date 'x' "
                "infected by Eicar-Signature"
            ),
            (
                "Message from <news@hamster.example> to <<alice@lab.example>> infected by "
                "Eicar-Signature.UNOFFICIAL"
            ),
            (
                "Message 60A00162817 from <news@hamster.example> to <<alice@lab.example>> with "
                "subject 'it s \"quoted\"  subject ' message-id "
                "'<91421-00090.23b082096b@hamster.example>' date 'Tue, 24 Nov 2026 03:37:12 +0000' "
                "infected by Lab.Test.Worm-1.UNOFFICIAL"
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
                "{reason:=No clamd server appears to be available|No reply from clamd|Unknown "
                "reply from clamd|Streaming failed|Timed out while reading clamd reply|Failed to "
                "communicate with clamd|Failed to establish a connection to clamd|Failed to "
                "initiate streaming/fdpassing|Failed to stream to clamd|Connection closed while "
                "reading from socket|Connection closed while sending data|Overlong reply from "
                "clamd|FD scan request failed|FD send failed|Failed to create temporary file|"
                "Failed to write temporary file|Failed to flush STREAM|Failed to allocate CLAMFI "
                "struct|Failed to allocate array for new recipient|Failed to allocate space for "
                "new recipient}[: {detail}]"
            ),
            "Unknown reply from clamd {detail}",
            (
                "{reason:=connect failed|getsockopt failed|fcntl failed|socket failed|poll failed|"
                "select failed|send failed|recv failed|accept failed|bind failed|listen failed|"
                "malloc}[:][(]{detail:rest}"
            ),
        ),
        samples=(
            "No clamd server appears to be available",
            "Unknown reply from clamd (stream: Size limit reached ERROR)",
            "Failed to stream to clamd: Broken pipe",
            "connect failed: Connection refused",
        ),
        source="clamav clamav-milter/clamfi.c, clamav-milter/netcode.c",
    ),
    Shape(
        event="clamav_milter.header_failed",
        daemons=("clamav-milter",),
        template=(
            "Failed to {action:=remove existing|add|insert} {checked_text:word} header",
            "Failed to {action:=quarantine} message",
        ),
        samples=(
            "Failed to add X-Virus-Scanned header",
            "Failed to quarantine message",
        ),
        source=_SCANNED,
    ),
    Shape(
        event="clamav_milter.scanner_probed",
        daemons=("clamav-milter",),
        template="Probe for slot {item_count} returned: {status}",
        samples=("Probe for slot 1 returned: success",),
        source="clamav clamav-milter/connpool.c",
    ),
    Shape(
        event="clamav_milter.hook_failed",
        daemons=("clamav-milter",),
        template="VirusEvent: {reason:rest}",
        samples=("VirusEvent: fork failed: Cannot allocate memory",),
        source=_SCANNED,
    ),
    Shape(
        event="clamav_milter.setting_faulty",
        daemons=("clamav-milter",),
        template=(
            "Can't resolve [LocalNet ]hostname {relay_host:rest}",
            (
                "{reason:=Invalid action|Invalid setting|Unknown action|Invalid MilterSocketMode|"
                "Invalid MaxFileSize, using default|Bad netmask|Unsupported address type for "
                "LocalNet|Cannot open allow list file|Cannot change directory to|Cannot set milter "
                "socket|Failed to compile regex|Failed to create socket|Failed to init the socket "
                "pool|Failed to change socket ownership to|Failed to parse ClamdSocket directive|"
                "No ClamdSocket specified|Please configure the MilterSocket directive|RejectMsg "
                "contains non printable characters|%v may appear at most once in RejectMsg|Unix "
                "clamd socket must be an absolute path|Unknown group|chroot to|smfi_register "
                "failed|smfi_setconn failed|Out of memory}[ {detail}]"
            ),
        ),
        samples=(
            "Can't resolve hostname scanner.example.org",
            "Invalid action Bounce for option OnInfected",
        ),
        source="clamav clamav-milter/clamav-milter.c, clamav-milter/allow_list.c",
    ),
)

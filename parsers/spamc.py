"""spamc, the client of spamd, which mail passes through on its way back into Postfix."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="spamc.connection_failed",
        daemons=("spamc",),
        template=(
            (
                "connect to spamd on {relay_address:ip} failed, retrying "
                "(#{attempt_count} of {item_count}): {reason}"
            ),
            "connect(AF_UNIX) to spamd using --socket='{relay_address:text}' failed: {reason}",
        ),
        samples=(
            "connect to spamd on ::1 failed, retrying (#1 of 3): Connection refused",
            (
                "connect(AF_UNIX) to spamd using --socket='/run/spamd.sock' failed: "
                "No such file or directory"
            ),
        ),
        source="spamassassin spamc/libspamc.c",
    ),
    Shape(
        event="spamc.connection_abandoned",
        daemons=("spamc",),
        template="connection attempt to spamd aborted after {attempt_count} retries",
        samples=("connection attempt to spamd aborted after 3 retries",),
        source="spamassassin spamc/libspamc.c",
    ),
    Shape(
        event="spamc.message_skipped",
        daemons=("spamc",),
        template="skipped message, greater than max message size ({size_bytes} bytes)",
        samples=("skipped message, greater than max message size (512000 bytes)",),
        source="spamassassin spamc/libspamc.c",
    ),
)

"""Connections to Dovecot's LMTP server, by which Postfix hands messages over."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="dovecot.lmtp_connected",
        daemons=("dovecot",),
        template=(
            "lmtp({peer_pid}): Connect from local",
            "lmtp({peer_pid}): Connect from {remote_address}",
        ),
        samples=(
            "lmtp(531): Connect from local",
            "lmtp(531): Connect from 192.0.2.25",
        ),
        source="dovecot src/lmtp/lmtp-client.c",
        constants={"service": "lmtp"},
    ),
    Shape(
        event="dovecot.lmtp_disconnected",
        daemons=("dovecot",),
        template=(
            "lmtp({peer_pid}): Disconnect from local: {reason}[ (state={stage:name})]",
            "lmtp({peer_pid}): Disconnect from {remote_address}: {reason}[ (state={stage:name})]",
        ),
        samples=(
            "lmtp(531): Disconnect from local: Logged out (state=READY)",
            "lmtp(596): Disconnect from local: Connection closed (state=READY)",
            "lmtp(596): Disconnect from 192.0.2.25: Remote closed connection",
        ),
        source="dovecot src/lmtp/lmtp-client.c",
        constants={"service": "lmtp"},
    ),
)

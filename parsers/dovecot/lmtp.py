"""Connections to Dovecot's LMTP server, by which Postfix hands messages over, and its proxying."""

from parsers.dovecot import SEVERITY
from parsers.shapes import Shape

_LMTP = "lmtp({peer_pid}): " + SEVERITY
_RELAYED = (
    " message to <{recipient}> at {relay_host:name}:{relay_port}: {reply} "
    "({:int}/{recipient_count} at {:int} ms)"
)

SHAPES = (
    Shape(
        event="dovecot.lmtp_connected",
        daemons=("dovecot",),
        template=(
            _LMTP + "Connect from local",
            _LMTP + "Connect from {remote_address}",
        ),
        samples=(
            "lmtp(531): Connect from local",
            "lmtp(531): Connect from 192.0.2.25",
        ),
        source="dovecot src/lmtp/lmtp-client.c",
        constants={"service": "lmtp"},
        common=True,
    ),
    Shape(
        event="dovecot.lmtp_disconnected",
        daemons=("dovecot",),
        template=(
            _LMTP + "Disconnect from local: {reason}[ ({state=|in }{stage:text})]",
            _LMTP + "Disconnect from {remote_address}: {reason}[ ({state=|in }{stage:text})]",
        ),
        samples=(
            "lmtp(531): Disconnect from local: Logged out (state=READY)",
            "lmtp(596): Disconnect from local: Connection closed (state=READY)",
            "lmtp(596): Disconnect from 192.0.2.25: Remote closed connection",
            "lmtp(596): Disconnect from local: Connection closed (in reset)",
        ),
        source="dovecot src/lmtp/lmtp-client.c, src/lmtp/client.c (2.2)",
        constants={"service": "lmtp"},
        common=True,
    ),
    Shape(
        event="dovecot.message_proxied",
        daemons=("dovecot",),
        template=(
            "lmtp({peer_pid}): [<{session_id:word}>: ]{status:=Sent}" + _RELAYED,
            "lmtp({peer_pid}): {session_id:name}: {status:=Sent}" + _RELAYED,
        ),
        samples=(
            (
                "lmtp(531): <ZbgPMl0GBWsTAgAALsOh1Q>: Sent message to <alice@example.org> at "
                "10.0.0.5:24: 250 2.0.0 <alice@example.org> ZbgPMl0GBWsTAgAALsOh1Q Saved "
                "(1/1 at 12 ms)"
            ),
            (
                "lmtp(531): ZbgPMl0GBWsTAgAALsOh1Q: Sent message to <alice@example.org> at "
                "10.0.0.5:24: 250 2.0.0 <alice@example.org> Saved (1/1 at 12 ms)"
            ),
        ),
        source="dovecot src/lmtp/lmtp-proxy.c",
        constants={"service": "lmtp"},
    ),
    Shape(
        event="dovecot.message_proxying_failed",
        daemons=("dovecot",),
        template=(
            _LMTP + "[<{session_id:word}>: ]{status:=Failed to send}" + _RELAYED,
            _LMTP + "{session_id:name}: {status:=Failed to send}" + _RELAYED,
        ),
        samples=(
            (
                "lmtp(531): <ZbgPMl0GBWsTAgAALsOh1Q>: Failed to send message to "
                "<alice@example.org> at 10.0.0.5:24: 452 4.2.2 <alice@example.org> Quota exceeded "
                "(1/1 at 12 ms)"
            ),
            (
                "lmtp(531): ZbgPMl0GBWsTAgAALsOh1Q: Failed to send message to "
                "<alice@example.org> at 10.0.0.5:24: 421 4.4.0 Remote server not answering "
                "(timeout while connecting) (1/1 at 30000 ms)"
            ),
        ),
        source="dovecot src/lmtp/lmtp-proxy.c",
        constants={"service": "lmtp"},
    ),
)

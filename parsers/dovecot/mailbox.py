"""How mailbox sessions end (imap, pop3, managesieve, submission), and what they relay.

What follows the reason is imap_logout_format and its kin; what is unknown there is `detail`.
"""

from parsers.dovecot import SESSION
from parsers.shapes import Shape

_SPENT = (
    "in={bytes_in}[,] out={bytes_out}[ deleted={deleted_count}][ expunged={expunged_count}]"
    "[ trashed={trashed_count}][,][ {detail}]"
)
_MESSAGE = " message: from=<{envelope_sender}>[, to=<{recipient}>], size={size_bytes}"
_RECIPIENTS = ", {nrcpt=|rcpt=}[{:int}/]{recipient_count}, reply=`{reply}'"

SHAPES = (
    Shape(
        event="dovecot.session_ended",
        daemons=("dovecot",),
        template=(
            "{service:=imap|submission|imap-hibernate|imap-urlauth|pop3|managesieve}"
            + SESSION
            + "[Disconnected: ]{reason} "
            + _SPENT,
            "{service:=pop3}"
            + SESSION
            + "[Disconnected: ]{reason} top={:word}, retr={item_count}/{bytes_out}"
            "[, del={deleted_count}/{:int}][, {detail}]",
            "managesieve" + SESSION + "[Disconnected: ]{reason} bytes={bytes_in}/{bytes_out}",
            "{service:=imap}" + SESSION + "[Disconnected: ]{reason} bytes={bytes_in}/{bytes_out}",
        ),
        samples=(
            (
                "imap(alice)<859><ONl8bf1gLtbGM2Qy>: Disconnected: Logged out in=57 out=2553 "
                "deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 body_count=0 body_bytes=0"
            ),
            (
                "imap(bob)<923><ez7pbf1gMp3GM2Qy>: Disconnected: Connection closed "
                "(No commands sent) in=0 out=421 deleted=0 expunged=0 trashed=0 hdr_count=0 "
                "hdr_bytes=0 body_count=0 body_bytes=0"
            ),
            "imap(bob@example.org): Connection closed (IDLE running for 0.001 secs) in=44 out=460",
            "imap(bob@example.org): Logged out in=636, out=7911, bytes=636/7911",
            (
                "imap-hibernate(bob)<923><ez7pbf1gMp3GM2Qy>: Disconnected: Connection closed "
                "in=1036 out=7911 deleted=0 expunged=0 trashed=0 hdr_count=0 hdr_bytes=0 "
                "body_count=0 body_bytes=0 new_count=3"
            ),
            (
                "pop3(bob)<926><NKYmbv1gWIbGM2Qy>: Disconnected: Logged out top=0/0, retr=3/512, "
                "del=0/29, size=46722"
            ),
            "managesieve(bob)<1021><qHuNbf1gPtbGM2Qy>: Disconnected: Logged out bytes=120/340",
            "imap(bob@example.org): Disconnected: Logged out bytes=235/1032",
        ),
        source="dovecot src/imap/imap-client.c, src/pop3/pop3-client.c (*_logout_format)",
        common=True,
    ),
    Shape(
        event="dovecot.session_disconnected",
        daemons=("dovecot",),
        template="{service:=imap-urlauth}" + SESSION + "Disconnected: {reason:rest}",
        samples=("imap-urlauth(bob): Disconnected: Logged out",),
        source="dovecot src/imap-urlauth/imap-urlauth-client.c",
    ),
    Shape(
        event="dovecot.message_relayed",
        daemons=("dovecot",),
        template="{service:=submission}"
        + SESSION
        + "Successfully relayed"
        + _MESSAGE
        + ", id={:word}"
        + _RECIPIENTS,
        samples=(
            (
                "submission(bob)<1021><qHuNbf1gPtbGM2Qy>: Successfully relayed message: "
                "from=<bob@example.org>, size=1523, id=qHuNbf1gPtbGM2Qy:1, nrcpt=2, "
                "reply=`250 2.0.0 Ok: queued as 9BB5B162711'"
            ),
        ),
        source="dovecot src/submission/submission-backend-relay.c",
    ),
    Shape(
        event="dovecot.message_relay_failed",
        daemons=("dovecot",),
        template="{service:=submission}" + SESSION + "Failed to relay" + _MESSAGE + _RECIPIENTS,
        samples=(
            (
                "submission(bob)<1021><qHuNbf1gPtbGM2Qy>: Failed to relay message: "
                "from=<bob@example.org>, to=<x@example.net>, size=1523, rcpt=1/2, "
                "reply=`550 5.1.1 User unknown'"
            ),
        ),
        source="dovecot src/submission/submission-backend-relay.c",
    ),
)

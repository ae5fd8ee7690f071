"""Mailbox sessions (imap, pop3, managesieve, submission), and what the mail_log plugin adds."""

from parsers.dovecot import SESSION
from parsers.shapes import Shape

_MAIL = "{service:=imap|pop3|lmtp|lda|doveadm}" + SESSION
# mail_log_fields; the Message-ID is the sender's choice, so what follows it is sought from the end
_CHANGED = "box={mailbox}, uid={message_uid}, msgid={message_id:rest}, size={size_bytes}"

SHAPES = (
    Shape(
        event="dovecot.session_ended",
        daemons=("dovecot",),
        template=(
            "{service:=imap|submission}"
            + SESSION
            + "[Disconnected: ]{reason} in={bytes_in} out={bytes_out}[ {detail}]",
            "{service:=pop3}"
            + SESSION
            + "[Disconnected: ]{reason} top={:word}, retr={item_count}/{bytes_out}, {detail}",
            "managesieve" + SESSION + "[Disconnected: ]{reason} bytes={bytes_in}/{bytes_out}",
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
            (
                "pop3(bob)<926><NKYmbv1gWIbGM2Qy>: Disconnected: Logged out top=0/0, retr=3/512, "
                "del=0/29, size=46722"
            ),
            "managesieve(bob)<1021><qHuNbf1gPtbGM2Qy>: Disconnected: Logged out bytes=120/340",
        ),
        source="dovecot src/imap/imap-client.c, src/pop3/pop3-client.c (*_logout_format)",
    ),
    Shape(
        event="dovecot.message_changed",
        daemons=("dovecot",),
        template=_MAIL
        + "{action:=delete|undelete|expunge|autoexpunge|save|flag_change}: "
        + _CHANGED,
        samples=(
            (
                "imap(warn)<1017><Gd69bv1giL7GM2Qy>: expunge: box=Trash, uid=12, "
                "msgid=<91421-00115.2ed1f8c555@hamster.example>, size=1044"
            ),
        ),
        source="dovecot src/plugins/mail-log/mail-log-plugin.c",
    ),
    Shape(
        event="dovecot.message_copied",
        daemons=("dovecot",),
        template=_MAIL + "{action:=copy} from {detail:text}: " + _CHANGED,
        samples=(
            (
                "imap(warn)<1017><Gd69bv1giL7GM2Qy>: copy from INBOX: box=Trash, uid=12, "
                "msgid=<91421-00115.2ed1f8c555@hamster.example>, size=1044"
            ),
        ),
        source="dovecot src/plugins/mail-log/mail-log-plugin.c",
    ),
    Shape(
        event="dovecot.mailbox_changed",
        daemons=("dovecot",),
        template=(
            _MAIL + "Mailbox {action:=created|deleted}: {mailbox:rest}",
            _MAIL + "Mailbox {action:=renamed|moved}: {detail:text} -> {mailbox:rest}",
        ),
        samples=(
            "imap(judy)<1017><Gd69bv1giL7GM2Qy>: Mailbox created: Projects/Été",
            "imap(judy)<1017><Gd69bv1giL7GM2Qy>: Mailbox renamed: Projects -> Archive/2026",
        ),
        source="dovecot src/plugins/mail-log/mail-log-plugin.c",
    ),
)

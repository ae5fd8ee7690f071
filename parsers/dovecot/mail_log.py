"""What Dovecot's mail_log plugin says of each message and mailbox that a user changes.

mail_log_fields chooses what a line tells. The Message-ID, From and Subject are the sender's choice:
where only the Message-ID is logged it ends at the last `, size=` that fits, elsewhere at the first.
"""

from parsers.dovecot import SESSION
from parsers.shapes import Shape

_MAIL = "{service:name}" + SESSION
_CHANGE = "{action:=delete|undelete|expunge|autoexpunge|save|flag_change}: "
_PLACE = "box={mailbox}, uid={message_uid}"
_SIZE = ", size={size_bytes}[, vsize={:int}]"
_FLAGS = "[, flags=({flags:account})]"
_MESSAGE = "[, msgid={message_id:rest}]" + _SIZE + _FLAGS
_HEADERS = (
    "[, msgid={message_id}][, size={size_bytes}][, vsize={:int}], from={header_from}"
    "[, subject={subject}]" + _FLAGS
)
_SUBJECT = "[, msgid={message_id}][, size={size_bytes}][, vsize={:int}], subject={subject}" + _FLAGS
_LITTLE = "[, msgid={message_id:msgid}]" + _FLAGS
_SOURCE = "dovecot src/plugins/mail-log/mail-log-plugin.c"

SHAPES = (
    Shape(
        event="dovecot.message_changed",
        daemons=("dovecot",),
        template=(
            _MAIL + _CHANGE + _PLACE + _MESSAGE,
            _MAIL + _CHANGE + _PLACE + _HEADERS,
            _MAIL + _CHANGE + _PLACE + _SUBJECT,
            _MAIL + _CHANGE + _PLACE + _LITTLE,
            _MAIL + "Mailbox {mailbox}: " + _CHANGE + "uid={message_uid}" + _MESSAGE,
        ),
        samples=(
            (
                "imap(warn)<1017><Gd69bv1giL7GM2Qy>: expunge: box=Trash, uid=12, "
                "msgid=<91421-00115.2ed1f8c555@hamster.example>, size=1044"
            ),
            (
                "lmtp(531, bob@example.org): save: box=INBOX, uid=12, msgid=<a@example.net>, "
                r"size=1044, vsize=1067, flags=(\Seen)"
            ),
            (
                "imap(bob): delete: box=INBOX, uid=12, msgid=<a@example.net>, size=1044, "
                "from=Anna <anna@example.net>, subject=One, two and three, "
                r"flags=(\Seen \Deleted)"
            ),
            (
                "imap(bob): delete: box=INBOX, uid=12, msgid=<a@example.net>, size=1044, "
                "subject=One, two and three"
            ),
            r"imap(bob): flag_change: box=INBOX, uid=12, msgid=<a@example.net>, flags=(\Flagged)",
            (
                "imap(bob)<1017><Gd69bv1giL7GM2Qy>: Mailbox Trash: expunge: uid=12, "
                "msgid=<a@example.net>, size=1044"
            ),
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="dovecot.message_copied",
        daemons=("dovecot",),
        template=(
            _MAIL + "{action:=copy} from {detail:text}: " + _PLACE + _MESSAGE,
            _MAIL + "{action:=copy} from {detail:text}: " + _PLACE + _HEADERS,
            _MAIL
            + "Mailbox {mailbox}: {action:=copy} from {detail:text}: uid={message_uid}"
            + _MESSAGE,
        ),
        samples=(
            (
                "imap(warn)<1017><Gd69bv1giL7GM2Qy>: copy from INBOX: box=Trash, uid=12, "
                "msgid=<91421-00115.2ed1f8c555@hamster.example>, size=1044"
            ),
            (
                "imap(bob): copy from INBOX: box=Trash, uid=12, msgid=<a@example.net>, size=1044, "
                "from=anna@example.net, subject=Hello"
            ),
            (
                "imap(bob)<1017><Gd69bv1giL7GM2Qy>: Mailbox Trash: copy from INBOX: uid=12, "
                "msgid=<a@example.net>, size=1044"
            ),
        ),
        source=_SOURCE,
        common=True,
    ),
    Shape(
        event="dovecot.mailbox_changed",
        daemons=("dovecot",),
        template=(
            _MAIL + "Mailbox {action:=created|deleted}: {mailbox:rest}",
            _MAIL + "Mailbox {action:=renamed|moved}: {detail:text} -> {mailbox:rest}",
            _MAIL + "Mailbox {mailbox:rest}: Mailbox {action:=created|deleted}",
        ),
        samples=(
            "imap(judy)<1017><Gd69bv1giL7GM2Qy>: Mailbox created: Projects/Été",
            "imap(judy)<1017><Gd69bv1giL7GM2Qy>: Mailbox renamed: Projects -> Archive/2026",
            "imap(judy)<1017><Gd69bv1giL7GM2Qy>: Mailbox Projects/Été: Mailbox created",
        ),
        source=_SOURCE,
        common=True,
    ),
)

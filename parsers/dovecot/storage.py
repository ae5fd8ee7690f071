"""What Dovecot's mail storage says of mailboxes that are damaged, locked, slow or not there."""

from parsers.dovecot import ANY
from parsers.shapes import Shape

_BOX = "[Mailbox {mailbox}: ][{:name}: ]"
_INDEX = "dovecot src/lib-index"

SHAPES = (
    Shape(
        event="dovecot.index_damaged",
        daemons=("dovecot",),
        template=(
            ANY
            + _BOX
            + "{reason:=Corrupted|Broken|Fixed|Rebuilding|fscking} [record in ]{transaction log|"
            "index cache|index|mail_duplicate|dbox|duplicate} file {file_name}[: {detail}]",
            ANY
            + _BOX
            + "[{file_name}: ]{reason:=rebuilding indexes|Rebuilding index|Mailbox list index "
            "marked corrupted - rescanning}[: {detail}]",
        ),
        samples=(
            (
                "imap(bob)<859><S1>: Mailbox INBOX: Corrupted index cache file "
                "/srv/mail/bob/dovecot.index.cache: record list is circular"
            ),
            "imap(bob): Fixed index file /srv/mail/bob/dovecot.index: next_uid 12 -> 13",
            (
                "imap(bob)<859><S1>: Corrupted transaction log file "
                "/srv/mail/bob/dovecot.index.log seq 3: record size too small (type=0x0)"
            ),
            "lmtp(bob)<859><S1>: mdbox /srv/mail/bob/mdbox/storage: rebuilding indexes",
        ),
        source=f"{_INDEX}/mail-index-fsck.c, mail-cache.c, mail-transaction-log-file.c",
        constants={"severity": "error"},
    ),
    Shape(
        event="dovecot.lock_waited",
        daemons=("dovecot",),
        template=(
            ANY
            + _BOX
            + "Transaction log file {file_name} was {action:=locked} for {duration_seconds} "
            "seconds[ ({reason:rest})]",
            ANY
            + _BOX
            + "{action:=Locking} [transaction log file ]{file_name} took {duration_seconds} "
            "{seconds|secs}[ ({reason:rest})]",
            ANY
            + _BOX
            + "{action:=Timeout} ({duration_seconds}s) while waiting for [{:name} ]lock[ for ]"
            "[transaction log ][file ]{file_name:rest}",
        ),
        samples=(
            (
                "imap(bob)<859><S1>: Transaction log file /srv/mail/bob/dovecot.index.log was "
                "locked for 31 seconds (syncing)"
            ),
            (
                "imap(bob)<859><S1>: Locking transaction log file /srv/mail/bob/dovecot.index.log "
                "took 30 seconds (appending)"
            ),
            (
                "imap(bob)<859><S1>: Timeout (180s) while waiting for lock for transaction log "
                "file /srv/mail/bob/dovecot.index.log"
            ),
        ),
        source=f"{_INDEX}/mail-transaction-log-file.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.uid_validity_changed",
        daemons=("dovecot",),
        template=(
            ANY + "[Mailbox {mailbox}: ][Maildir {file_name}: ]UIDVALIDITY changed "
            "({detail:text})[ in mbox file {:rest}][, {:rest}]",
            ANY + "Mailbox {mailbox} UIDVALIDITY changed ({detail:text})[, {:rest}]",
        ),
        samples=(
            "imap(bob): Maildir /srv/mail/bob: UIDVALIDITY changed (1600000000 -> 1700000000)",
            (
                "imap(bob)<859><S1>: Mailbox Shared/x UIDVALIDITY changed (1 -> 2), reseting "
                "private index"
            ),
        ),
        source="dovecot src/lib-storage/index/maildir/maildir-sync-index.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.message_reappeared",
        daemons=("dovecot",),
        template=ANY
        + "[Mailbox {mailbox}: ][Maildir {file_name}: ]Expunged message reappeared, giving a new "
        "UID (old uid={message_uid}, file={detail:text})[ ({:rest})]",
        samples=(
            (
                "imap(bob): Maildir /srv/mail/bob: Expunged message reappeared, giving a new UID "
                "(old uid=12, file=1700000000.M1P2.mx:2,S)"
            ),
        ),
        source="dovecot src/lib-storage/index/maildir/maildir-sync-index.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.synchronization_slow",
        daemons=("dovecot",),
        template=ANY + "[Mailbox {mailbox}: ][Maildir[ {file_name}]: ]"
        "{action:=Synchronization|Scanning}[ {:word}] took {duration_seconds} seconds "
        "({item_count} {new msgs|readdir()s}, {detail}",
        samples=(
            (
                "imap(bob): Maildir /srv/mail/bob: Synchronization took 61 seconds (3 new msgs, "
                "0 flag change attempts, 0 expunge attempts)"
            ),
            (
                "imap(bob): Maildir: Scanning /srv/mail/bob/new took 75 seconds (3 readdir()s, "
                "3 rename()s to cur/, why=0x5)"
            ),
        ),
        source="dovecot src/lib-storage/index/maildir/maildir-sync.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="dovecot.user_initialization_failed",
        daemons=("dovecot",),
        template=(
            ANY + "User initialization failed: {reason:rest}",
            ANY + "user {:word} Initialization failed: {reason:rest}",
            ANY + "{reason:=Couldn't drop privileges|Invalid user settings.|User lookup failed|"
            "Auth USER lookup failed|Auth PASS lookup failed|auth-master: userdb lookup}[{:| }"
            "{detail}]",
        ),
        samples=(
            (
                "imap(bob)<859><S1>: User initialization failed: Namespace '': "
                "mkdir(/srv/mail/bob) failed: Permission denied"
            ),
            (
                "imap(bob): user bob: Initialization failed: mail_location not set and "
                "autodetection failed: Mail storage autodetection failed with home=/home/bob"
            ),
            "imap(bob): Couldn't drop privileges: User is missing UID (see mail_uid setting)",
        ),
        source="dovecot src/lib-storage/mail-storage-service.c",
        constants={"severity": "error"},
    ),
    Shape(
        event="dovecot.quota_failed",
        daemons=("dovecot",),
        template=ANY + "quota: {reason:=Failed|Quota|Unknown|dict_init()|dict_transaction_commit()|"
        "net_connect_unix|Remote IMAP|imapc|Namespace} {detail}",
        samples=("imap(bob)<859><S1>: quota: Failed to update quota for INBOX: dict timed out",),
        source="dovecot src/plugins/quota/quota.c",
        constants={"severity": "error"},
    ),
)

"""Files, above all those of the queue, which any program may fail to read or write."""

from parsers.postfix import ANY, TROUBLE
from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.queue_file_damaged",
        daemons=ANY,
        template=(
            "warning: corrupted queue file: {file_name:rest}/{queue_id}",
            (
                "warning: {file_name:word}: {reason:=too many length bits|unexpected EOF reading"
                " length|illegal length|unexpected EOF in data|malformed pointer record value|too"
                " many"
                " reverse jump records|seek error after pointer record|seek or write error|seek"
                " error"
                " after reading END record}{detail:rest}"
            ),
            "warning: {queue_id}: {reason:=bad record type}: {detail}",
            "warning: {reason:=bad record type}: {detail}",
            (
                "warning: {file_name:word}: {reason:=malformed record|unknown attribute name}:"
                " {detail}"
            ),
            "warning: {queue_id}: read {bounce log|message file} {file_name:text}: {reason}",
            (
                "warning: {queue_id}: {reason:=no sender before message content record|unknown"
                " encoding|unknown content encoding}{detail:rest}"
            ),
        ),
        samples=(
            "warning: corrupted queue file: active/ADC001628E4",
            "warning: active/ADC001628E4: unexpected EOF in data, record type 78 length 70",
            "warning: ADC001628E4: bad record type: 88 in message content",
            "warning: bad record type: 88 in message content",
            "warning: defer/ADC001628E4: malformed record: x...",
            "warning: ADC001628E4: read bounce log ADC001628E4: Input/output error",
            "warning: ADC001628E4: no sender before message content record",
        ),
        source="src/global/record.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.queue_file_failed",
        daemons=ANY,
        template=(
            TROUBLE + "{:name}: {action:=create file|rename} {file_name:word}[ to {:word}]:"
            " {reason}",
            TROUBLE + "{:name}: {action:=rename|remove} {queue_id} from {detail:name}"
            "[ to {:name}]: {reason}",
            TROUBLE + "{:name}: {queue_id}: {action:=rename|remove}[ from] {detail:text}: {reason}",
            TROUBLE + "{:name}: {action:=update} {file_name:word} time stamps: {reason}",
            TROUBLE + "[{:name}: ]{action:=open|remove|close|read|append|lock|seek|truncate}"
            " [file ]{detail:=active|incoming|deferred|hold|corrupt|maildrop|bounce|defer|trace}"
            " {queue_id}: {reason}",
            "warning: {:name}: ignored: queue {detail:name} id {queue_id}",
            "warning: {file_name:word}: uid {uid}: {reason:=not a regular file|file has} {detail}",
            "warning: {file_name:word}: uid {uid}: {reason:=not a regular file}",
            TROUBLE + "[{:name}: ]{action:=seek|update} [{queue|message|mailbox} ]file"
            " {file_name:word}: {reason}",
            "fatal: {action:=seek|read} queue file[ error][: {reason}]",
            TROUBLE + "{:name}: save corrupt file queue {detail:name} id {queue_id}: {reason}",
            "warning: {detail:name}: {reason:=close error}",
        ),
        samples=(
            "warning: mail_stream_cleanup: close error",
            (
                "warning: mail_queue_enter: create file maildrop/123456.1218: No space left on"
                " device"
            ),
            (
                "fatal: qmgr_active_defer: rename ADC001628E4 from active to deferred: No such file"
                " or directory"
            ),
            (
                "warning: qmgr_active_feed: ADC001628E4: rename from incoming to active: No such"
                " file or directory"
            ),
            "fatal: qmgr_active_defer: update active/ADC001628E4 time stamps: Permission denied",
            "fatal: open active ADC001628E4: Permission denied",
            "fatal: open file defer ADC001628E4: No space left on device",
            "warning: qmgr_move: ignored: queue incoming id ADC001628E4",
            "warning: maildrop/ADC001628E4: uid 1001: file has 2 links",
            "warning: maildrop/ADC001628E4: uid 1001: not a regular file",
            "fatal: update queue file active/ADC001628E4: Input/output error",
            "fatal: seek queue file: Input/output error",
            (
                "fatal: qmgr_active_corrupt: save corrupt file queue active id ADC001628E4:"
                " Permission denied"
            ),
        ),
        source="src/global/mail_queue.c",
    ),
    Shape(
        event="postfix.file_failed",
        daemons=ANY,
        template=(
            TROUBLE + "{action:=open|open file|open lockfile|close|close file|read|read file|write|"
            "remove|remove directory|remove subdirectory|lock|shared lock|stat|fstat|fchmod|chdir|"
            "unlink|truncate|vstream_ftell|execvp|execv|fork|statfs|statvfs|load|rename file}"
            " {file_name:word}: {reason}",
            TROUBLE + "{open lock file|cannot update lock file} {file_name:word}: {reason}",
            TROUBLE + "chdir({file_name:text}): {reason}",
            "fatal: logfile '{file_name:text}' {reason:=write error}: {detail}",
            "fatal: open logfile '{file_name:text}': {reason}",
            "warning: {file_name:word}: {reason:=file is owned or writable by} {detail}",
            "warning: refusing to mkdir {file_name:text}: {reason}",
            (
                "warning: request to {action:=update} {detail:name} {file_name:text} in non-postfix"
                " directory {:rest}"
            ),
            "warning: redirecting the request to {username:name}-owned {detail}",
            TROUBLE + "scan_dir_push: {action:=open|close} directory {file_name:text}: {reason}",
            "{:name}({file_name:text},{:text}): worked around spurious NFS error",
            TROUBLE + "{file_name:word}: {reason:=file open failed|directory open failed|directory"
            " read error|reset time stamps|read error|fstat failed|cannot change file ownership|bad"
            " open file status}{detail:rest}",
        ),
        samples=(
            "fatal: /etc/postfix/dynamicmaps.cf: file open failed: Permission denied",
            "fatal: open /etc/postfix/main.cf: Permission denied",
            "warning: close file /etc/postfix/list: Input/output error",
            (
                "fatal: open lock file /var/lib/postfix/master.lock: unable to set exclusive lock:"
                " Resource temporarily unavailable"
            ),
            'fatal: chdir("/var/spool/postfix"): No such file or directory',
            "fatal: logfile '/var/log/maillog' write error: No space left on device",
            "fatal: open logfile '/var/log/maillog': cannot open file: Permission denied",
            (
                "warning: /etc/postfix/dynamicmaps.cf: file is owned or writable by non-root users"
                " -- skipping this file"
            ),
            "warning: refusing to mkdir /tmp/x/y: parent directory is writable by everyone",
            (
                "warning: request to update table btree:/var/spool/postfix/smtpd_scache in"
                " non-postfix directory /var/spool/postfix"
            ),
            "warning: redirecting the request to postfix-owned data_directory /var/lib/postfix",
            "fatal: scan_dir_push: open directory active: Permission denied",
            "sane_rename(active/x,deferred/x): worked around spurious NFS error",
        ),
        source="src/util/safe_open.c",
    ),
)

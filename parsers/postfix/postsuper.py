"""postsuper(1): what an administrator did to messages in the queue."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.message_held",
        daemons=("postfix/postsuper",),
        template="{queue_id}: placed on hold",
        samples=("72D5A1628B1: placed on hold",),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.message_released",
        daemons=("postfix/postsuper",),
        template="{queue_id}: released from hold",
        samples=("95F561628E1: released from hold",),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.message_requeued",
        daemons=("postfix/postsuper",),
        template="{queue_id}: requeued",
        samples=("ADC001628E4: requeued",),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.message_deleted",
        daemons=("postfix/postsuper",),
        template="{queue_id}: removed",
        samples=("C55EA1628E7: removed",),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.message_expiry_forced",
        daemons=("postfix/postsuper",),
        template="{queue_id}: expired",
        samples=("C55EA1628E7: expired",),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.queue_changed",
        daemons=("postfix/postsuper",),
        template=(
            "{action:=Requeued|Deleted|Force-expired|Placed on hold|Released from hold|Renamed to"
            " match inode number}: {item_count} {messages|message}"
        ),
        samples=("Requeued: 20 messages", "Placed on hold: 1 message"),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.queue_repaired",
        daemons=("postfix/postsuper",),
        template=(
            (
                "{severity:=warning|error}: {reason:=QUEUE FILE NAMES WERE CHANGED TO MATCH INODE"
                " NUMBERS}"
            ),
            "fatal: {reason:=CHECK YOUR QUEUE IDS AND RE-ISSUE THE COMMAND}",
            "warning: {reason:=OPERATION INCOMPLETE -- RERUN COMMAND TO FIX THE QUEUE FIRST}",
            "warning: {reason:=bogus file name|name/inode mismatch}: {file_name:rest}",
        ),
        samples=(
            "error: QUEUE FILE NAMES WERE CHANGED TO MATCH INODE NUMBERS",
            "fatal: CHECK YOUR QUEUE IDS AND RE-ISSUE THE COMMAND",
            "warning: OPERATION INCOMPLETE -- RERUN COMMAND TO FIX THE QUEUE FIRST",
            "warning: name/inode mismatch: deferred/A/ADC001628E4",
        ),
        source="src/postsuper/postsuper.c",
    ),
    Shape(
        event="postfix.queue_command_ignored",
        daemons=("postfix/postsuper",),
        template=(
            "warning: {reason:=invalid mail queue id}: {detail}",
            "warning: expire file {file_name:word}: {reason}",
            'warning: option "{action:text}" {reason:=will ignore other command line queue IDs}',
        ),
        samples=(
            "warning: invalid mail queue id: ALL*",
            "warning: expire file deferred/ADC001628E4: cannot set permission: No such file",
            'warning: option "-d ALL" will ignore other command line queue IDs',
        ),
        source="src/postsuper/postsuper.c",
        constants={"severity": "warning"},
    ),
)

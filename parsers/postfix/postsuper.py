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
)

"""bounce(8): notifications, each a message of its own with its own queue id."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.notification_sent",
        daemons=("postfix/bounce", "postfix/defer", "postfix/trace"),
        template=(
            "{queue_id}: {detail:=sender|postmaster}"
            " {action:=non-delivery|delay|delivery status} notification: {related_queue_id}"
        ),
        samples=(
            "0A19F16272B: sender non-delivery notification: 40E6A16275A",
            "C2F271627BA: postmaster delay notification: 9D8171627BF",
            "59A171628EB: sender delivery status notification: 7221E1628F0",
        ),
        source="src/bounce/bounce_notify_service.c",
    ),
    Shape(
        event="postfix.notification_withheld",
        daemons=("postfix/bounce", "postfix/defer", "postfix/trace"),
        template="{queue_id}: not sending trace/success notification for {reason:rest}",
        samples=("59A171628EB: not sending trace/success notification for double-bounce message",),
        source="src/bounce/bounce_trace_service.c",
    ),
)

"""cleanup(8): messages on their way into the queue. What its checks say is in verdicts.py."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.message_id_logged",
        daemons=("postfix/cleanup",),
        template="{queue_id}: message-id={message_id:rest}",
        samples=(
            "9BB5B162711: message-id=<91421-00003.ef7bb20039@lab.example>",
            "935131628FD: message-id=<to=<fake@x.example>, status=sent@x.example>",
            "F2DD31628F9: message-id=<a@b> (comment)",
            "4kHW2p4Xr2z1vLd: message-id=<>",
        ),
        source="src/cleanup/cleanup_message.c",
    ),
    Shape(
        event="postfix.resent_message_id_logged",
        daemons=("postfix/cleanup",),
        template="{queue_id}: resent-message-id={message_id:rest}",
        samples=("9BB5B162711: resent-message-id=<20261124.1@lab.example>",),
        source="src/cleanup/cleanup_message.c",
    ),
    Shape(
        event="postfix.message_refused",
        daemons=("postfix/cleanup",),
        template="warning: {queue_id}: message rejected: {reason:rest}",
        samples=("warning: 9F61D1628F0: message rejected: hopcount exceeded",),
        source="src/cleanup/cleanup_message.c",
        constants={"action": "reject"},
    ),
)

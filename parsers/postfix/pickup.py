"""pickup(8): messages that local users submitted, and messages that were requeued."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.message_picked_up",
        daemons=("postfix/pickup",),
        template="{queue_id}: uid={uid} from=<{envelope_sender}>[ orig_id={related_queue_id}]",
        samples=(
            "C64CF162719: uid=0 from=<root@lab.example>",
            "B236F1627C2: uid=103 from=<alice@lab.example> orig_id=ADC001628E4",
        ),
        source="src/pickup/pickup.c",
    ),
)

"""Mailtracer's own record of what operators asked of a queue, and what came of it.

tracer.queue.record writes these lines; their names of users are percent-encoded.
"""

from parsers.shapes import Shape

_SOURCE = "tracer/queue/record.py"
_BY = "[at {service:name} ]by {username:word} via {component:name}[ from {remote_address:ip}]"
_STATUS = "{status:=done|left|failed|refused}"
_MESSAGE_VERBS = "{action:=deliver|hold|release|requeue|delete|expire|show}"

SHAPES = (
    Shape(
        event="mailtracer.queue_action_requested",
        daemons=("mailtracer",),
        template=(
            (
                f"request {{session_id:name}}: {_MESSAGE_VERBS} {{item_count}} "
                f"{{message|messages}} {_BY}[: {{detail:rest}}]"
            ),
            f"request {{session_id:name}}: {{action:=flush}} the queue {_BY}",
            f"request {{session_id:name}}: {{action:=flush}} {{relay_host:word}} {_BY}",
        ),
        samples=(
            (
                "request 5f0c21aa: hold 12 messages by anna via dashboard from 192.0.2.7: "
                "status:deferred age:>1h"
            ),
            "request 5f0c21ab: flush the queue at postfix-out by root via cli",
            "request 5f0c21ac: flush shop.example by root via cli",
        ),
        source=_SOURCE,
    ),
    Shape(
        event="mailtracer.queue_action_ended",
        daemons=("mailtracer",),
        template=(
            (
                f"{{queue_id}}: {_MESSAGE_VERBS} {_STATUS} {_BY} in request {{session_id:name}}: "
                "{reason:rest}"
            ),
            (
                f"the queue: {{action:=flush}} {_STATUS} {_BY} in request {{session_id:name}}: "
                "{reason:rest}"
            ),
            (
                f"{{relay_host:word}}: {{action:=flush}} {_STATUS} {_BY} in request "
                "{session_id:name}: {reason:rest}"
            ),
        ),
        samples=(
            (
                "72D5A1628B1: hold done at postfix by anna via dashboard from 192.0.2.7 in request "
                "5f0c21aa: placed on hold"
            ),
            (
                "the queue: flush failed by root via cli in request 5f0c21ab: Cannot flush mail "
                "queue - mail system is down"
            ),
            (
                "shop.example: flush done by root via cli in request 5f0c21ac: its delivery was "
                "asked for"
            ),
        ),
        source=_SOURCE,
    ),
)

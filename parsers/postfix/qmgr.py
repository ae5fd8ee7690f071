"""qmgr(8) and its predecessor oqmgr(8): the life of a message in the queue."""

from parsers.shapes import Shape

_QMGR = ("postfix/qmgr", "postfix/oqmgr")

SHAPES = (
    Shape(
        event="postfix.message_queued",
        daemons=_QMGR,
        template=(
            "{queue_id}: from=<{envelope_sender}>, size={size_bytes}, nrcpt={recipient_count}"
            " (queue active)"
        ),
        samples=(
            "9BB5B162711: from=<app@lab.example>, size=414, nrcpt=2 (queue active)",
            "4kHW2p4Xr2z1vLd: from=<>, size=2611, nrcpt=1 (queue active)",
        ),
        source="src/global/opened.c",
    ),
    Shape(
        event="postfix.message_removed",
        daemons=(*_QMGR, "postfix/cleanup"),
        template="{queue_id}: removed[ ({reason})]",
        samples=("C64CF162719: removed", "61F6D16283A: removed (discarded)"),
        source="src/qmgr/qmgr_active.c",
    ),
    Shape(
        event="postfix.message_expired",
        daemons=_QMGR,
        template=(
            "{queue_id}: from=<{envelope_sender}>, status={status:=expired|force-expired},"
            " {reason:rest}"
        ),
        samples=(
            "D2C421627C0: from=<boris@partner.example>, status=expired, returned to sender",
            "D2C421627C0: from=<>, status=force-expired, returned to sender",
        ),
        source="src/qmgr/qmgr_active.c",
    ),
    Shape(
        event="postfix.message_skipped",
        daemons=_QMGR,
        template="{queue_id}: skipped, {reason:rest}",
        samples=("D2C421627C0: skipped, still being delivered",),
        source="src/qmgr/qmgr_message.c",
    ),
)

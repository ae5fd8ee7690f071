"""qmgr(8) and its predecessor oqmgr(8): messages in the queue, and the transports they wait for."""

from parsers.postfix import TROUBLE
from parsers.shapes import Shape

_QMGR = ("postfix/qmgr", "postfix/oqmgr")

SHAPES = (
    Shape(
        event="postfix.message_queued",
        daemons=_QMGR,
        template=(
            "{queue_id}: from=<{envelope_sender}>, size={size_bytes}, nrcpt={recipient_count}"
            "[ (queue active)]"
        ),
        samples=(
            "9BB5B162711: from=<app@lab.example>, size=414, nrcpt=2 (queue active)",
            "4kHW2p4Xr2z1vLd: from=<>, size=2611, nrcpt=1 (queue active)",
        ),
        source="src/global/opened.c",
        common=True,
    ),
    Shape(
        event="postfix.message_removed",
        daemons=(*_QMGR, "postfix/cleanup"),
        template="{queue_id}: removed[ ({reason})]",
        samples=("C64CF162719: removed", "61F6D16283A: removed (discarded)"),
        source="src/qmgr/qmgr_active.c",
        common=True,
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
    Shape(
        event="postfix.message_corrupted",
        daemons=_QMGR,
        template=(
            (
                'warning: saving corrupt file "{queue_id}" from queue "{:name}" to queue'
                ' "{detail:name}"'
            ),
            TROUBLE + "{queue_id}: {message rejected|envelope records out of order}[: {reason}]",
            (
                "warning: {queue_id}: {reason:=ignoring|invalid|bad attribute record|rcpt count"
                " mismatch} {detail:rest}"
            ),
            "warning: Unexpected record type {detail}",
        ),
        samples=(
            'warning: saving corrupt file "ADC001628E4" from queue "active" to queue "corrupt"',
            "warning: ADC001628E4: message rejected: missing end record",
            "fatal: ADC001628E4: envelope records out of order",
            "warning: ADC001628E4: ignoring out-of-order DSN notify flags <3>",
            "warning: Unexpected record type 'Z' at offset 312",
        ),
        source="src/qmgr/qmgr_message.c",
    ),
    Shape(
        event="postfix.transport_failed",
        daemons=_QMGR,
        template=(
            "warning: connect to transport {:name}/{transport}: {reason:rest}",
            "warning: transport {transport} failure -- {reason:rest}",
            (
                "warning: {:name}/{transport:name}[ socket]: {reason:=premature"
                " disconnect|malformed"
                " response}"
            ),
            "warning: write to process ({transport:name}): {reason:rest}",
            "fatal: {reason:=timeout connecting} to transport: {transport}",
            (
                "fatal: {queue_id}: {reason:=timeout receiving delivery status} from transport:"
                " {transport}"
            ),
        ),
        samples=(
            "warning: connect to transport private/amavis: No such file or directory",
            (
                "warning: transport smtp failure -- see a previous warning/fatal/panic logfile"
                " record for the problem description"
            ),
            "warning: private/smtp socket: malformed response",
            "warning: write to process (local): Broken pipe",
            "fatal: timeout connecting to transport: lmtp",
            "fatal: ADC001628E4: timeout receiving delivery status from transport: pipe",
        ),
        source="src/qmgr/qmgr_transport.c",
    ),
    Shape(
        event="postfix.destination_clogged",
        daemons=_QMGR,
        template=(
            "warning: mail for {relay_host:word} is using up {item_count} of {detail:word} active"
            " queue entries"
        ),
        samples=("warning: mail for down.example is using up 8001 of 9000 active queue entries",),
        source="src/qmgr/qmgr_entry.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.concurrency_logged",
        daemons=_QMGR,
        template=(
            "{:name}: feedback {detail}",
            "{:name}: queue {relay_host:word}: limit {detail}",
            "{detail:text} feedback type {:int} value at {:int}: {:float}",
        ),
        samples=(
            "qmgr_queue_unthrottle: feedback 0.2",
            (
                "qmgr_queue_unthrottle: queue remote.example: limit 20 window 5 success 0.2 failure"
                " 0 fail_cohorts 0"
            ),
            "smtp default_destination_concurrency_positive_feedback feedback type 1 value at 5: 1",
        ),
        source="src/qmgr/qmgr_queue.c",
    ),
    Shape(
        event="postfix.queue_advice_given",
        daemons=_QMGR,
        template=(
            "warning: {you may need|this may slow down other|so that Postfix|please avoid flushing|"
            "lots of deferred mail|to turn off these warnings|please update the|(old name: nqmgr)|"
            "support for the name old name}[{detail}]"
        ),
        samples=(
            (
                "warning: you may need to increase the main.cf smtp_destination_concurrency_limit"
                " from 20"
            ),
        ),
        source="src/qmgr/qmgr_entry.c",
        constants={"severity": "warning"},
    ),
)

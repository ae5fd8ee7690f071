"""bounce(8): notifications, each a message of its own with its own queue id."""

from parsers.postfix import TROUBLE
from parsers.shapes import Shape

_BOUNCE = ("postfix/bounce", "postfix/defer", "postfix/trace")

SHAPES = (
    Shape(
        event="postfix.notification_sent",
        daemons=_BOUNCE,
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
        daemons=_BOUNCE,
        template="{queue_id}: not sending trace/success notification for {reason:rest}",
        samples=("59A171628EB: not sending trace/success notification for double-bounce message",),
        source="src/bounce/bounce_trace_service.c",
    ),
    Shape(
        event="postfix.notification_failed",
        daemons=_BOUNCE,
        template=(
            (
                "warning: {queue_id}: {detail:=postmaster} notice {reason:=failed} while"
                " {bouncing to|warning} {recipient:rest}"
            ),
            "warning: {queue_id}: {detail:=sender} notification failed to {recipient}: {reason}",
            "warning: {queue_id}: {detail:=sender} notification {reason:=failed} to {recipient}",
            "warning: {queue_id}: {detail:=postmaster} notification failed[: {reason}]",
        ),
        samples=(
            "warning: 0A19F16272B: postmaster notice failed while bouncing to alice@lab.example",
            (
                "warning: 0A19F16272B: sender notification failed to alice@lab.example: queue file"
                " write error"
            ),
            "warning: 0A19F16272B: sender notification failed to alice@lab.example",
            "warning: 0A19F16272B: postmaster notification failed: queue file write error",
        ),
        source="src/bounce/bounce_notify_service.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.notification_discarded",
        daemons=(*_BOUNCE, "postfix/qmgr", "postfix/oqmgr"),
        template="warning: {queue_id}: undeliverable postmaster notification discarded",
        samples=("warning: 0A19F16272B: undeliverable postmaster notification discarded",),
        source="src/bounce/bounce_notify_service.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.bounce_template_faulted",
        daemons=_BOUNCE,
        template=(
            (
                "warning: {file_name}: {reason:text} in {detail:name} template[ conversion of"
                " parameter"
                ' "{parameter}"][ -- ignoring this template]'
            ),
            "fatal: {file_name}: {reason:text} in {detail:name} template: {:rest}",
            'warning: {file_name}: conversion "{parameter}" failed: {reason}',
            "fatal: {file_name}: {reason:=unrecognized suffix} {detail}",
            TROUBLE + "{file_name}, line {:int}: {reason:=missing|malformed|unknown template name}"
            "[:] {detail}",
            "warning: {please increase|please reduce} time unit {detail}",
            (
                "warning: {for instructions see the bounce(5) manual|please specify a charset value"
                " other than us-ascii|-- ignoring this template for now}"
            ),
        ),
        samples=(
            (
                'warning: /etc/postfix/bounce.cf: excessive result "432000" in delay template'
                ' conversion of parameter "maximal_queue_lifetime_seconds"'
            ),
            (
                'warning: /etc/postfix/bounce.cf: empty "Subject" header value in failure template'
                " -- ignoring this template"
            ),
            "fatal: /etc/postfix/bounce.cf: bad $name syntax in failure template: $(x",
            (
                'warning: /etc/postfix/bounce.cf: conversion "mydomain" failed: non-ASCII input'
                ' value: "x"'
            ),
            (
                'fatal: /etc/postfix/bounce.cf: unrecognized suffix "_parsec" in parameter'
                ' "delay_warning_time_parsec"'
            ),
            'warning: /etc/postfix/bounce.cf, line 12: missing "EOF" end marker',
            (
                'warning: please increase time unit "seconds" of "maximal_queue_lifetime_seconds"'
                " in delay template"
            ),
            "warning: for instructions see the bounce(5) manual",
        ),
        source="src/bounce/bounce_template.c",
    ),
    Shape(
        event="postfix.message_id_ignored",
        daemons=_BOUNCE,
        template="warning: {queue_id}: {ignoring malformed Message-ID|malformed Message-ID"
        " attribute}[: {reason}]",
        samples=("warning: 0A19F16272B: ignoring malformed Message-ID",),
        source="src/bounce/bounce_notify_util.c",
        constants={"severity": "warning"},
    ),
)

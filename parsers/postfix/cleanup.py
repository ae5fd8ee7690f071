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
        common=True,
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
        template=(
            "warning: {queue_id}: message rejected: {reason:rest}",
            "warning: {detail:name}: message rejected: unexpected record type {reason:rest}",
            "warning: {queue_id}: {reason:text} not allowed - {detail:=discarding this message}",
        ),
        samples=(
            "warning: 9F61D1628F0: message rejected: hopcount exceeded",
            (
                "warning: cleanup_message_headerbody: message rejected: unexpected record type 82"
                " in message content"
            ),
            "warning: 9F61D1628F0: record type 82 not allowed - discarding this message",
        ),
        source="src/cleanup/cleanup_message.c",
        constants={"action": "reject"},
    ),
    Shape(
        event="postfix.message_too_large",
        daemons=("postfix/smtpd", "postfix/cleanup"),
        template=(
            "warning: [NOQUEUE][{queue_id}]: {reason:=queue file size limit exceeded}",
            (
                "warning: [NOQUEUE][{queue_id}]: BDAT request from {client}"
                " {reason:=exceeds message size limit}"
            ),
        ),
        samples=(
            "warning: 4DDD81627E7: queue file size limit exceeded",
            (
                "warning: NOQUEUE: BDAT request from out.hamster.example[203.0.113.6] exceeds"
                " message size limit"
            ),
        ),
        source="src/smtpd/smtpd.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.queue_write_failed",
        daemons=("postfix/smtpd", "postfix/cleanup"),
        template=(
            "warning: {queue_id}: write queue file: {reason:rest}",
            "warning: {queue_id}: {reason:=read timeout} on {file_name:rest}",
            (
                "warning: {detail:name}: {seek file|read file|vstream_ftell file|vstream_fseek|"
                "error reading} {file_name}: {reason:rest}"
            ),
            (
                "warning: {reason:=not enough free space in mail queue}: {size_bytes} bytes <"
                " {:float}*message size limit"
            ),
            (
                "warning: file system clock is {:int} seconds"
                " {reason:=ahead of local clock|behind local clock}"
            ),
            "warning: {reason:=resetting file time stamps - this hurts performance}",
        ),
        samples=(
            "warning: 4DDD81627E7: write queue file: No space left on device",
            "warning: 4DDD81627E7: read timeout on cleanup socket",
            "warning: cleanup_body_edit_start: seek file incoming/4DDD81627E7: Illegal seek",
            (
                "warning: not enough free space in mail queue: 1048576 bytes < 1.5*message size"
                " limit"
            ),
            "warning: file system clock is 12 seconds ahead of local clock",
            "warning: resetting file time stamps - this hurts performance",
        ),
        source="src/cleanup/cleanup_out.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.mapping_failed",
        daemons=("postfix/cleanup",),
        template=(
            (
                "[warning: ]{queue_id}: {file_name:name} {reason:=map lookup problem|lookup"
                " problem|lookup error}[ for {checked_text:rest}] -- {action:=message not accepted,"
                " try again later|deferring delivery}"
            ),
            (
                "warning: {queue_id}: {file_name:name} {reason:=map lookup problem|lookup problem}"
                "[ for {checked_text:rest}]"
            ),
            (
                "warning: {queue_id}: unreasonable {file_name:name} {reason:=map nesting|map"
                " expansion size} for {checked_text:rest} -- {action:=message not accepted, try"
                " again later|deferring delivery}"
            ),
            (
                "warning: {queue_id}: unreasonable {file_name:name} {reason:=map nesting|map"
                " expansion size} for {checked_text:rest}"
            ),
            (
                "warning: {queue_id}: unreasonable {file_name:name} {reason:=result}"
                " {checked_text:rest}... -- {action:=message not accepted, try again later}"
            ),
            (
                "warning: {queue_id}: {reason:=multi-valued} {file_name:name} entry for"
                " {checked_text:rest}"
            ),
            (
                "warning: {file_name:name} lookup of {checked_text:rest} returns"
                ' {reason:=non-address result} "{detail:rest}"'
            ),
            "warning: {queue_id}: {reason:=deferring delivery of this message}",
        ),
        samples=(
            (
                "warning: 4DDD81627E7: virtual_alias_maps map lookup problem for bob@lab.example --"
                " message not accepted, try again later"
            ),
            "warning: 4DDD81627E7: virtual_alias_maps map lookup problem for bob@lab.example",
            (
                "warning: 4DDD81627E7: unreasonable virtual_alias_maps map nesting for"
                " loop@lab.example -- message not accepted, try again later"
            ),
            "warning: 4DDD81627E7: unreasonable canonical_maps map nesting for loop@lab.example",
            (
                "warning: 4DDD81627E7: unreasonable virtual_alias_maps result aaaa@lab.example..."
                " -- message not accepted, try again later"
            ),
            "warning: 4DDD81627E7: multi-valued canonical_maps entry for bob@lab.example",
            (
                "warning: virtual_alias_maps lookup of bob@lab.example returns non-address result"
                ' "@"'
            ),
            "warning: 4DDD81627E7: deferring delivery of this message",
        ),
        source="src/cleanup/cleanup_map1n.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.envelope_record_ignored",
        daemons=("postfix/cleanup",),
        template=(
            (
                "warning: {queue_id}: ignoring {reason:=bad extra flags|bad delay time|bad VERP"
                " request|VERP request for null sender|out-of-order DSN original recipient record|"
                "out-of-order DSN notify record|malformed DSN notify record|malformed dsn notify"
                " record|out-of-order original recipient record}[:][ {detail:rest}]"
            ),
            (
                "warning: {queue_id}: {reason:=spurious null attribute value} for"
                ' "{detail:text}" -- ignored'
            ),
            "warning: {reason:=ignoring malformed header}: {checked_text:rest}",
        ),
        samples=(
            "warning: 4DDD81627E7: ignoring malformed DSN notify record <SOMETIMES>",
            'warning: 4DDD81627E7: spurious null attribute value for "client_name" -- ignored',
            "warning: ignoring malformed header: 'From bob Tue Nov 24'",
        ),
        source="src/cleanup/cleanup_envelope.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.message_record_failed",
        daemons=("postfix/cleanup",),
        template=(
            (
                "warning: {queue_id}: {reason:=bounce message failure|trace logfile update error|"
                "verify service update error}"
            ),
            "warning: {service:name}: removed spurious {queue_id} log",
        ),
        samples=(
            "warning: 4DDD81627E7: trace logfile update error",
            "warning: bounce: removed spurious 4DDD81627E7 log",
        ),
        source="src/cleanup/cleanup_out_recipient.c",
        constants={"severity": "warning"},
    ),
)

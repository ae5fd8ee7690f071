"""Mail filters of smtpd(8) and cleanup(8) that fail. What they decide is in verdicts.py."""

from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.milter_failed",
        daemons=("postfix/smtpd", "postfix/cleanup"),
        template=(
            "warning: connect to Milter service {file_name}: {reason:rest}",
            "warning: milter {file_name}: {reason:rest}",
            "warning: {cannot send|cannot receive} milters {reason:rest}",
            "warning: {queue_id}: milter configuration error: {reason:rest}",
            "warning: {queue_id}: {reason:=message not accepted, try again later}",
            "warning: {detail:name}: milter {file_name}: {reason:rest}",
            'warning: Milter service needs transport:endpoint instead of "{file_name:rest}"',
            (
                "warning: {reason:=invalid transport name}: {detail:word} in Milter service:"
                " {file_name:rest}"
            ),
            "warning: {reason:=unexpected SMFIC_UNKNOWN response}: {detail:rest}",
            "milter {file_name}: event mask {reason:rest}",
        ),
        samples=(
            "warning: connect to Milter service inet:127.0.0.1:8899: Connection refused",
            (
                "warning: milter unix:/run/clamav/clamav-milter.ctl: can't read SMFIC_BODYEOB reply"
                " packet header: Connection timed out"
            ),
            "warning: read_string: milter inet:127.0.0.1:8899: EOF while reading string: Success",
            "warning: cannot receive milters via service cleanup socket",
            (
                "warning: 4DDD81627E7: milter configuration error: can't reject recipient in"
                " non-smtpd(8) submission"
            ),
            "warning: 4DDD81627E7: message not accepted, try again later",
            'warning: Milter service needs transport:endpoint instead of "localhost"',
            "warning: invalid transport name: tcp in Milter service: tcp:localhost:8899",
            "warning: unexpected SMFIC_UNKNOWN response: 550 no",
            (
                "milter inet:127.0.0.1:8899: event mask 0x1000000 includes features not offered in"
                " MTA event mask 0x1fffff"
            ),
        ),
        source="src/milter/milter8.c",
    ),
    Shape(
        event="postfix.milter_request_ignored",
        daemons=("postfix/cleanup",),
        template=(
            (
                "warning: {queue_id}: Milter {or header/body_checks |}request to {reason:=add"
                ' multi-sender|add multi-recipient|drop multi-recipient}: "{detail:rest}"'
            ),
            "warning: {queue_id}: ignoring {reason:=attempt from Milter to add null recipient}",
            (
                "warning: {queue_id}: {Bad|ignoring} {reason:=NOTIFY parameter|ORCPT parameter|"
                'ESMTP argument} from Milter or header/body_checks: "{detail:rest}"'
            ),
            (
                'warning: Ignoring bad ESMTP parameter "{detail:rest}" in {reason:=SMFI_CHGFROM}'
                " request"
            ),
        ),
        samples=(
            (
                "warning: 4DDD81627E7: Milter or header/body_checks request to add multi-recipient:"
                ' "alice@lab.example, bob@lab.example"'
            ),
            "warning: 4DDD81627E7: ignoring attempt from Milter to add null recipient",
            (
                "warning: 4DDD81627E7: Bad NOTIFY parameter from Milter or header/body_checks:"
                ' "NOTIFY=SOMETIMES"'
            ),
            'warning: Ignoring bad ESMTP parameter "BODY=9BIT" in SMFI_CHGFROM request',
        ),
        source="src/cleanup/cleanup_milter.c",
        constants={"severity": "warning"},
    ),
)

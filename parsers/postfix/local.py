"""local(8), virtual(8), pipe(8) and spawn(8): mailboxes, aliases and commands.

A sender chooses the recipient's local part: it is read up to the end of the line.
"""

from parsers.shapes import Shape

_MAILBOXES = ("postfix/local", "postfix/virtual")
_COMMANDS = ("postfix/pipe", "postfix/local", "postfix/spawn")

SHAPES = (
    Shape(
        event="postfix.alias_failed",
        daemons=("postfix/local",),
        template=(
            (
                "warning: {reason:=alias database loop|no recipient in alias lookup result} for"
                " {username:rest}"
            ),
            "warning: {reason:=required alias not found}: {username:rest}",
            'warning: mailing list "{username:rest}" {reason:=needs} an {detail:text} alias',
            "warning: {reason:=recipient nesting limit exceeded} for {recipient:rest}",
            (
                "warning: {reason:=cannot find alias database owner} for {file_name:text}"
                "[: {detail:rest}]"
            ),
            "warning: {file_name}: {reason:=lookup} of '{username:rest}' failed",
            "warning: {:name}: {reason:=no owner UID} for alias database {file_name:rest}",
        ),
        samples=(
            "warning: alias database loop for aliasloop2",
            "warning: no recipient in alias lookup result for staff",
            "warning: required alias not found: postmaster",
            'warning: mailing list "staff" needs an "owner-staff" alias',
            "warning: recipient nesting limit exceeded for alice@lab.example",
            "warning: cannot find alias database owner for hash:/etc/aliases(0,lock|fold_fix)",
            "warning: hash:/etc/aliases: lookup of 'alice' failed",
            "warning: deliver_alias: no owner UID for alias database hash:/etc/aliases",
        ),
        source="src/local/alias.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.include_failed",
        daemons=("postfix/local",),
        template=(
            "warning: unable to lookup :include: file {file_name:text}: {reason:rest}",
            "warning: cannot open include file {file_name:text}: {reason:rest}",
            "warning: :include:{file_name} {reason:=uses a relative path}",
            "warning: :include: {reason:=nesting limit exceeded} for {file_name:rest}",
            (
                "warning: :include: file {file_name:rest} {reason:=is not a regular file|is world"
                " writable}"
            ),
            "warning: {file_name:text}: {reason:=cannot find :include: file owner username}",
            "warning: {reason:=cannot find username} for uid {uid}[: {detail}]",
        ),
        samples=(
            (
                "warning: unable to lookup :include: file /etc/postfix/no-such-list: No such file"
                " or directory"
            ),
            "warning: cannot open include file /etc/postfix/list: Permission denied",
            "warning: :include:list uses a relative path",
            "warning: :include: nesting limit exceeded for /etc/postfix/list",
            "warning: :include: file /etc/postfix/list is world writable",
            "warning: /etc/postfix/list: cannot find :include: file owner username",
            "warning: cannot find username for uid 4711",
        ),
        source="src/local/include.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.forward_ignored",
        daemons=("postfix/local",),
        template=(
            "warning: file {file_name:rest} {reason:=is not a regular file|is world writable}",
            "warning: file {file_name:rest} {reason:=has bad owner} uid {uid}",
            "warning: cannot open file {file_name:text}: {reason:rest}",
            "warning: error looking up passwd info for {username:rest}",
            (
                "warning: {reason:=bad home directory syntax|unknown home directory} for:"
                " {username:rest}"
            ),
            "warning: {reason:=bad parameter value syntax} for {parameter}: {detail}",
        ),
        samples=(
            "warning: file /home/alice/.forward is world writable",
            "warning: file /home/alice/.forward has bad owner uid 1001",
            "warning: cannot open file /home/alice/.forward: Permission denied",
            "warning: error looking up passwd info for alice: Connection refused",
            "warning: unknown home directory for: alice",
            "warning: bad parameter value syntax for command_execution_directory: ${home",
        ),
        source="src/local/dotforward.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.address_misread",
        daemons=("postfix/local", "postfix/pipe"),
        template=(
            "warning: {reason:=no @} in recipient address: {recipient:rest}",
            "warning: {queue_id}: {reason:=address with illegal extension}: {recipient:rest}",
        ),
        samples=(
            "warning: no @ in recipient address: alice",
            "warning: ADC001628E4: address with illegal extension: +alice",
        ),
        source="src/local/recipient.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.mailbox_failed",
        daemons=_MAILBOXES,
        template=(
            "warning: maildir access problem for UID/GID={uid}/{:int}: {reason:rest}",
            "warning: {file_name:text}: {reason:=file status changed unexpectedly}",
            'warning: {perhaps you need|specify "strict_mailbox_ownership = no"} to {detail}',
            (
                "warning: recipient {recipient:rest}: {reason:=bad uid|bad gid|not found}"
                " [{detail:text} ]in {file_name:word}"
            ),
            (
                "warning: recipient {recipient:rest}: destination {file_name:text} {reason:=is not"
                " a regular file|is not owned by recipient}"
            ),
        ),
        samples=(
            "warning: recipient alice@lab.example: bad uid vmail in virtual_uid_maps",
            (
                "warning: recipient alice@lab.example: destination /var/vmail/alice is not a"
                " regular file"
            ),
            (
                "warning: maildir access problem for UID/GID=5000/5000: create maildir file"
                " /var/vmail/alice/tmp/1.P2.mx: Permission denied"
            ),
            "warning: /var/mail/alice: file status changed unexpectedly",
            "warning: perhaps you need to create the maildirs in advance",
        ),
        source="src/virtual/maildir.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.biff_failed",
        daemons=("postfix/local",),
        template=(
            "warning: biff_notify: {reason}",
            "warning: {reason:=service not found: biff/udp|host not found: localhost}",
            "warning: {reason:=lookup failed} for host 'localhost' or service 'biff': {detail}",
        ),
        samples=(
            "warning: biff_notify: Connection refused",
            "warning: service not found: biff/udp",
            (
                "warning: lookup failed for host 'localhost' or service 'biff': Name or service not"
                " known"
            ),
        ),
        source="src/local/biff_notify.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.command_failed",
        daemons=_COMMANDS,
        template=(
            "warning: pipe_command_{:name}: {reason:=write|read|child wait} time limit exceeded",
            "warning: {reason:=cannot kill process} (group) {peer_pid}: {detail}",
            "warning: command {file_name:text} {reason:=exit status|killed by signal} {item_count}",
            (
                "warning: {file_name:text}: process id {peer_pid}: {reason:=command time limit"
                " exceeded}"
            ),
            "fatal: {:name}: {reason:=execvp} {file_name:text}: {detail}",
            (
                'fatal: {reason:=cannot change directory} to "{file_name:text}" for uid={uid}'
                " gid={:int}: {detail}"
            ),
        ),
        samples=(
            "warning: pipe_command_wait_or_kill: child wait time limit exceeded",
            "warning: cannot kill process (group) 1218: No such process",
            "warning: command /usr/local/bin/policy exit status 1",
            "warning: /usr/local/bin/policy: process id 1218: command time limit exceeded",
            "fatal: pipe_command: execvp /usr/bin/maildrop: No such file or directory",
            'fatal: cannot change directory to "/srv/x" for uid=5000 gid=5000: Permission denied',
        ),
        source="src/global/pipe_command.c",
    ),
    Shape(
        event="postfix.transport_misconfigured",
        daemons=("postfix/pipe", "postfix/spawn", "postfix/smtp", "postfix/lmtp"),
        template=(
            "warning: [pipe ]flag `{detail:name}' requires {parameter} = {:int}",
            "fatal: {reason:=unknown flag|unknown attribute name}: {detail}",
            "fatal: {reason:=missing user=|missing argv=} {detail}",
            "fatal: user= command-line attribute {reason:=specifies} {detail}",
            "fatal: get_service_attr: {reason}",
            "fatal: request to {reason:=deliver as|use} {detail}",
            (
                "warning: file {file_name:text}: service {service}: {reason:=unknown macro name}:"
                " {detail}"
            ),
        ),
        samples=(
            "warning: pipe flag `D' requires maildrop_destination_recipient_limit = 1",
            "fatal: unknown attribute name: usr=vmail",
            "fatal: missing user= command-line attribute",
            "fatal: user= command-line attribute specifies mail system owner postfix",
            "fatal: get_service_attr: unknown username: vmail",
            "fatal: request to deliver as root",
            (
                "warning: file /etc/postfix/master.cf: service maildrop: unknown macro name:"
                ' "recipent"'
            ),
        ),
        source="src/pipe/pipe.c",
    ),
)

"""What lookup tables hold: lines, results and actions that are no good, and debug: tables.

Keys are read up to what Postfix writes after them: clients choose many of them.
"""

from parsers.postfix import ANY, TROUBLE
from parsers.shapes import Shape

SHAPES = (
    Shape(
        event="postfix.table_result_doubted",
        daemons=ANY,
        template=(
            (
                "warning: {file_name:text} lookup of {checked_text:rest} {reason:=returns an empty"
                " string result|returns non-address result}[ {detail}]"
            ),
            "warning: {file_name:text} {reason:=should return NO RESULT in case of NOT FOUND}",
            (
                "warning: table {file_name:text}: key {checked_text:rest}: {reason:=empty string"
                " result"
                " is not allowed|invalid base64|malformed}[{detail}]"
            ),
            (
                'warning: table "{file_name:text}": {reason:=empty lookup result|empty query'
                " string}"
                '[ for: "{checked_text:rest}"] -- ignored'
            ),
            (
                'warning: table {file_name:text}: lookup result "{detail:rest}" {reason:=is not'
                " allowed} -- ignoring remainder of access list"
            ),
            "warning: {file_name:text}: {reason:=non-UTF-8 key} {detail}",
        ),
        samples=(
            (
                "warning: virtual_alias_maps lookup of alice@lab.example returns an empty string"
                " result"
            ),
            "warning: virtual_alias_maps should return NO RESULT in case of NOT FOUND",
            (
                "warning: table hash:/etc/postfix/virtual: key alice@lab.example: empty string"
                " result is not allowed"
            ),
            (
                'warning: table "mysql:/etc/postfix/users.cf": empty lookup result for:'
                ' "alice@lab.example" -- ignored'
            ),
            (
                'warning: table hash:/etc/postfix/access: lookup result "hash:/x" is not allowed --'
                " ignoring remainder of access list"
            ),
            'warning: hash:/etc/postfix/virtual: non-UTF-8 key "x": malformed UTF-8',
        ),
        source="src/global/maps.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.table_line_faulted",
        daemons=ANY,
        template=(
            TROUBLE + "{cidr|pcre|regexp} {map|file} {file_name:text}, line {item_count}: {reason}",
            (
                "warning: {file_name:word}, line {item_count}: {reason:=expected format|record is"
                " in|"
                "duplicate entry|need name:value pair|name must be local|non-UTF-8"
                " input|unbalanced|"
                "overriding earlier entry}{detail:rest}"
            ),
            TROUBLE + '{file_name:word}: {reason:=duplicate entry}: "{checked_text:rest}"',
            (
                "warning: {file_name:word}: {reason:=logical line must not start with whitespace}:"
                " {checked_text:rest}"
            ),
            (
                "{severity:=warning|fatal}: {file_name:word}, line {item_count}:"
                " {reason:=Expected|unsupported syntax|unable to update} {detail}"
            ),
            "warning: {file_name:word}, line {item_count}: {reason:rest}: skipping this entry",
        ),
        samples=(
            'fatal: /etc/postfix/dynamicmaps.cf, line 3: unsupported syntax "x"',
            "warning: /etc/postfix/virtual, line 3: missing '}': skipping this entry",
            (
                "warning: pcre map /etc/postfix/header_checks, line 3: no closing regexp delimiter"
                ' "/": ignoring this rule'
            ),
            "warning: /etc/postfix/virtual, line 12: expected format: key whitespace value",
            'warning: /etc/postfix/virtual.db: duplicate entry: "alice@lab.example"',
            (
                'warning: /etc/postfix/virtual: logical line must not start with whitespace: "'
                ' alice"'
            ),
        ),
        source="src/util/dict_pcre.c",
    ),
    Shape(
        event="postfix.table_action_ignored",
        daemons=ANY,
        template=(
            (
                "warning: {action:=REPLACE|PREPEND} action {reason:=without text} in"
                " {file_name:text}"
                " map"
            ),
            (
                'warning: bad {action:=REPLACE|PREPEND} {reason:=header text} "{detail:rest}" in'
                " {file_name:text} map -- need {:rest}"
            ),
            "warning: {reason:=unsupported command} in {file_name:text} map: {action:rest}",
            "warning: {file_name:text}: {reason:=bad status code}: {action:rest}",
            (
                "warning: {file_name:text}: {reason:=unknown command|unknown policy action|unknown"
                " DNS"
                " filter action}: {action:rest}"
            ),
        ),
        samples=(
            "warning: REPLACE action without text in smtp_header_checks map",
            (
                'warning: bad PREPEND header text "x" in smtp_header_checks map -- need'
                ' "headername: headervalue"'
            ),
            "warning: unsupported command in smtp_header_checks map: REJECT",
            "warning: smtp_delivery_status_filter: bad status code: 9.9.9 no",
            (
                "warning: smtpd_client_event_limit_exceptions: unknown command: permi -- ignoring"
                " the remainder of this access list"
            ),
        ),
        source="src/global/header_body_checks.c",
        constants={"severity": "warning"},
    ),
    Shape(
        event="postfix.table_lookup_logged",
        daemons=ANY,
        template=(
            '{file_name:word} lookup: "{checked_text:rest}" = "{detail:text}"',
            '{file_name:word} {action:=update}: "{checked_text:rest}" = "{detail:text}": {status}',
            '{file_name:word} {action:=delete}: "{checked_text:rest}": {status}',
            (
                '{file_name:word} {action:=sequence}: [found EOF]["{checked_text:rest}" ='
                ' "{detail:text}"]'
            ),
        ),
        samples=(
            'debug:hash:/etc/postfix/virtual lookup: "alice@lab.example" = "alice"',
            'debug:hash:/etc/postfix/virtual update: "alice@lab.example" = "alice": success',
            'debug:hash:/etc/postfix/virtual delete: "alice@lab.example": success',
            "debug:hash:/etc/postfix/virtual sequence: found EOF",
        ),
        source="src/util/dict_debug.c",
    ),
)

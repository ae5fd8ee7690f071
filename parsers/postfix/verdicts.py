"""Mail that a rule refused or marked: access and DNSBL checks, header and body checks, Milters.

smtpd(8), cleanup(8) and postscreen(8) share these events. Clients choose HELO, addresses, headers
and body, so each template is anchored at what the daemon writes last: the session's `from= to=
proto= helo=`, where HELO has no spaces and addresses are quoted. Lines that log unquoted
addresses (`info_log_address_format = internal`) meet the loose templates after the exact ones.
Sources: src/smtpd/smtpd_check.c, src/smtpd/smtpd.c, src/cleanup/cleanup_message.c,
src/cleanup/cleanup_milter.c, src/postscreen/postscreen_smtpd.c.
"""

from parsers.shapes import Shape

_REPLY = "[{reply_code} ][{dsn} ][<{checked_text:text}>: ]{reason:rest}"
_UNAVAILABLE = "{reply_code} {dsn} Service unavailable; "
_BY_LIST = " blocked using {dnsbl:name}[; {reason:rest}]"
_CLIENT_LISTED_GREETED = (
    _UNAVAILABLE + r"Client host \[{:ip}\] blocked using {dnsbl:name}[; {reason}]"
)
_CLIENT_LISTED = _UNAVAILABLE + r"{Client host|client} \[{:ip}\]" + _BY_LIST
_NAME_LISTED = _UNAVAILABLE + "{checked_text:rest}" + _BY_LIST

_ENVELOPE = ";[ from=<{envelope_sender:balanced}>][ to=<{recipient:balanced}>]"
_SESSION = _ENVELOPE + " proto={protocol}[ helo=<{helo_name:word}>]"
_USER = " sasl_username=<{sasl_username:balanced}>"
_SASL = (
    " sasl_method={sasl_method} sasl_username={sasl_username:word}[ sasl_sender={sasl_sender:word}]"
)
_LOOSE_SESSION = (
    ";[ from=<{envelope_sender}>][ to=<{recipient}>][ proto={protocol}][ helo=<{helo_name}>]"
    "[ sasl_method={sasl_method}][ sasl_username={sasl_username}][ sasl_sender={sasl_sender:word}]"
)
_NOVEL = " {detail:word}"  # a key that is not known; no blank, so that no quoted address gets here
_SCREENED_SESSION = (
    "; from=<{envelope_sender:balanced}>, to=<{recipient:balanced}>, proto={protocol:name},"
    " helo=<[{helo_name:word}]>"
)
_ORIGIN = " from [{client}][{local|unknown}]" + _ENVELOPE
_CONTENT_SESSION = _ORIGIN + "[ proto={protocol}][ helo=<{helo_name:word}>]"

# Stages by name: a body may begin with `from x[192.0.2.1]: `.
_STAGE = "{stage:smtp_stage} from {client}: "
# While HELO is checked it is logged as it was sent, so that it may hold any text; nothing that
# follows is believed but the HELO itself.
_GREETING = "{stage:=HELO|EHLO} from {client}: "
_GREETED = (
    ";[ from=<{:balanced}>][ to=<{:balanced}>][ proto={protocol:name}][ helo=<{helo_name:rest}>]"
    "[ sasl_method={sasl_method:name}][ sasl_username={sasl_username:word}]"
    "[ sasl_sender={sasl_sender:word}]"
)
_GREETING_REPLY = "[{reply_code} ][{dsn} ][<{checked_text}>: ]{reason}"
_REFUSING = "[NOQUEUE][{queue_id}]: {action:=reject|milter-reject|hangup}: "
_REFUSED = _REFUSING + _STAGE
_REFUSED_EARLY = "NOQUEUE: {action:=reject}: " + _STAGE  # nearly always
_SCREENED = r"[NOQUEUE: ]{action:=reject}: {stage} from \[{client_address}\]:{client_port}: "
_REFUSED_CONTENT = (
    "{queue_id}: {action:=reject|milter-header-reject|milter-body-reject}:"
    " {stage:=header|body|content} "
)
_MARKING = (
    "[NOQUEUE][{queue_id}]: {action:=reject_warning|warn|hold|discard|redirect|filter|bcc|delay|"
    "info|permit|milter-hold|milter-discard}: "
)
_MARKED = _MARKING + _STAGE
_MARKED_CONTENT = (
    "{queue_id}: {action:=warning|info|hold|discard|filter|redirect|prepend|replace|bcc|delay|pass|"
    "strip}: {stage:=header|body|content} "
)
_MILTER_MARKED_CONTENT = (
    "{queue_id}: {action:=milter-header-warning|milter-header-info|milter-header-hold|"
    "milter-header-discard|milter-header-filter|milter-header-redirect|milter-header-prepend|"
    "milter-header-replace|milter-header-bcc|milter-header-strip}: {stage:=header|body} "
)

# Expressions of more than about 500 steps make RE2 three times slower: the common templates stay
# below that, and what is rare has templates of its own.
SHAPES = (
    Shape(
        event="postfix.rejected",
        daemons=("postfix/smtpd", "postfix/cleanup", "postfix/postscreen"),
        template=(
            _SCREENED + _CLIENT_LISTED + _SCREENED_SESSION,
            _SCREENED + _REPLY + _SCREENED_SESSION,
            _SCREENED + "{reason:rest}",
            _REFUSED_EARLY + _CLIENT_LISTED + _SESSION,
            _REFUSED_EARLY + _NAME_LISTED + _SESSION,
            _REFUSED_EARLY + _REPLY + _SESSION,
            _REFUSED + _CLIENT_LISTED + _SESSION,
            _REFUSED + _NAME_LISTED + _SESSION,
            _REFUSED + _REPLY + _SESSION,
            _REFUSED + _REPLY + _SESSION + _SASL,
            _REFUSED + _REPLY + _SESSION + _USER,
            _REFUSED + _REPLY + _SESSION + _NOVEL,
            _REFUSING + _GREETING + _CLIENT_LISTED_GREETED + _GREETED,
            _REFUSING + _GREETING + _GREETING_REPLY + _GREETED,
            _REFUSED_CONTENT
            + "{checked_text}"
            + _CONTENT_SESSION
            + "[: [{dsn} ]{reason:balanced}]",
            _REFUSED_CONTENT + "{checked_text:rest}" + _CONTENT_SESSION + ": [{dsn} ]{reason:rest}",
            "{queue_id}: {action:=reject}: {stage:=mime-error} {reason}: {checked_text:rest}"
            + _ORIGIN,
            "{action:=proxy-reject}: {stage:text}: " + _REPLY + _SESSION + "[" + _USER + "]",
            _REFUSED + _REPLY + _LOOSE_SESSION,
            "[NOQUEUE][{queue_id}]: {action:=reject}: {stage:text} from {client}: " + _REPLY,
        ),
        samples=(
            (
                "NOQUEUE: reject: RCPT from out.hamster.example[203.0.113.6]: 554 5.7.1 Service"
                " unavailable; Sender address [x@listed.example] blocked using dnsbl.lab.example;"
                " from=<x@listed.example> to=<alice@lab.example> proto=ESMTP helo=<h.example>"
            ),
            (
                "NOQUEUE: reject: RCPT from bot66.dyn.example[203.0.113.66]: 554 5.7.1 Service"
                " unavailable; Client host [203.0.113.66] blocked using dnsbl.lab.example; Blocked"
                " - see https://dnsbl.lab.example/lookup?ip=203.0.113.66;"
                " from=<news@hamster.example> to=<alice@lab.example> proto=SMTP"
                " helo=<bot66.dyn.example>"
            ),
            (
                "NOQUEUE: reject: RCPT from out.hamster.example[203.0.113.6]: 554 5.7.1"
                " <x@gmx.example>: Relay access denied; from=<news@hamster.example>"
                " to=<x@gmx.example> proto=ESMTP helo=<out.hamster.example>"
            ),
            (
                "002CA16295B: reject: DATA from out.hamster.example[203.0.113.6]: 554 5.7.1 Service"
                " unavailable; Sender address [x@listed.example] blocked using dnsbl.lab.example;"
                " from=<x@listed.example> to=<alice@lab.example> proto=ESMTP helo=<h.example>"
            ),
            (
                "002CA16295B: reject: DATA from bot66.dyn.example[203.0.113.66]: 554 5.7.1 Service"
                " unavailable; Client host [203.0.113.66] blocked using dnsbl.lab.example;"
                " from=<news@hamster.example> to=<alice@lab.example> proto=SMTP"
                " helo=<bot66.dyn.example>"
            ),
            (
                "002CA16295B: reject: DATA from out.hamster.example[203.0.113.6]: 550 5.5.3 <DATA>:"
                " Data command rejected: Multi-recipient bounce; from=<> proto=ESMTP"
                " helo=<out.hamster.example>"
            ),
            (
                "NOQUEUE: milter-reject: CONNECT from out.hamster.example[203.0.113.6]: 451 4.7.1"
                " Service unavailable - try again later; proto=SMTP"
            ),
            (
                "5EAA2162817: milter-reject: END-OF-MESSAGE from out.hamster.example[203.0.113.6]:"
                " 5.7.1 Command rejected; from=<news@hamster.example> to=<alice@lab.example>"
                " proto=ESMTP helo=<out.hamster.example>"
            ),
            (
                "NOQUEUE: milter-reject: RCPT from unknown[198.51.100.50]: 550 5.7.1 Not yours;"
                " from=<eve@lab.example> to=<oscar@remote.example> proto=ESMTP"
                " helo=<[192.168.1.23]> sasl_username=<bob>"
            ),
            (
                "NOQUEUE: reject: RCPT from unknown[198.51.100.50]: 553 5.7.1 <eve@lab.example>:"
                " Sender address rejected: not owned by user bob; from=<eve@lab.example>"
                " to=<oscar@remote.example> proto=ESMTP helo=<[192.168.1.23]> sasl_method=PLAIN"
                " sasl_username=bob"
            ),
            (
                "NOQUEUE: reject: RCPT from unknown[198.51.100.50]: 554 5.7.1 <x@gmx.example>:"
                " Relay access denied; from=<news@hamster.example> to=<x@gmx.example> proto=ESMTP"
                " helo=<h.example> novel=<1>"
            ),
            (
                "NOQUEUE: reject: EHLO from bot66.dyn.example[203.0.113.66]: 554 5.7.1 Service"
                " unavailable; Client host [203.0.113.66] blocked using dnsbl.lab.example;"
                " Blocked; proto=SMTP helo=<bot66.dyn.example>"
            ),
            (
                "NOQUEUE: reject: HELO from bot66.dyn.example[203.0.113.66]: 504 5.5.2"
                " <a; from=<x@y.example> b>: Helo command rejected: need fully-qualified hostname;"
                " proto=SMTP helo=<a; from=<x@y.example> b>"
            ),
            (
                "NOQUEUE: milter-reject: EHLO from bot66.dyn.example[203.0.113.66]: 550 5.7.1 Go"
                " away; proto=SMTP"
            ),
            (
                "NOQUEUE: reject: RCPT from [203.0.113.66]:45370: 550 5.7.1 Service unavailable;"
                " client [203.0.113.66] blocked using dnsbl.lab.example; from=<x@hamster.example>,"
                " to=<alice@lab.example>, proto=ESMTP, helo=<bot66.dyn.example>"
            ),
            (
                "NOQUEUE: reject: RCPT from [203.0.113.31]:45348: 450 4.3.2 Service currently"
                " unavailable; from=<news@hamster.example>, to=<alice@lab.example>, proto=ESMTP,"
                " helo=<ps1.hamster.example>"
            ),
            (
                "E07CC162832: reject: header Subject: see this [lab-reject] now from"
                " out.hamster.example[203.0.113.6]; from=<news@hamster.example>"
                " to=<alice@lab.example> proto=ESMTP helo=<out.hamster.example>: 5.7.1 subject not"
                " allowed here"
            ),
            (
                "62D3C16283A: reject: body see <https://x.example/> now from local;"
                ' from=<root@lab.example> to=<alice@lab.example>: 5.7.1 "x.example" -> refused'
            ),
            (
                "62D3C16283A: reject: mime-error improper use of 8-bit data in message header:"
                " Subject: ??? from out.hamster.example[203.0.113.6]; from=<news@hamster.example>"
                " to=<alice@lab.example>"
            ),
            (
                "proxy-reject: END-OF-MESSAGE: 554 5.7.0 Reject, id=26174-03 - spam;"
                " from=<news@hamster.example> to=<alice@lab.example> proto=ESMTP"
                " helo=<out.hamster.example>"
            ),
            "NOQUEUE: reject: CONNECT from [203.0.113.66]:45370: all server ports busy",
            (
                "NOQUEUE: reject: RCPT from out.hamster.example[203.0.113.6]: 550 5.1.1"
                ' <a"b@lab.example>: Recipient address rejected: User unknown; from=<x@y.example>'
                ' to=<a"b@lab.example> proto=ESMTP helo=<out.hamster.example>'
            ),
            (
                "6CF4B162822: milter-reject: END-OF-MESSAGE from localhost[127.0.0.1]: 5.7.1"
                " Command rejected; from=<root@lab.example> to=<oscar@remote.example>"
            ),
            (
                "4DDD81627E7: reject: DATA from out.hamster.example[203.0.113.6]: 421 4.3.0"
                " mx.lab.example Server local data error"
            ),
        ),
        source="src/smtpd/smtpd_check.c",
        common=True,
    ),
    Shape(
        event="postfix.checked",
        daemons=("postfix/smtpd", "postfix/cleanup"),
        template=(
            _MARKED + _REPLY + _SESSION,
            _MARKED + _REPLY + _SESSION + _SASL,
            _MARKED + _REPLY + _SESSION + _USER,
            _MARKED + _REPLY + _SESSION + _NOVEL,
            _MARKING + _GREETING + _GREETING_REPLY + _GREETED,
            _MARKED_CONTENT + "{checked_text}" + _CONTENT_SESSION + "[: {reason:balanced}]",
            _MARKED_CONTENT + "{checked_text:rest}" + _CONTENT_SESSION + ": {reason:rest}",
            _MILTER_MARKED_CONTENT + "{checked_text}" + _CONTENT_SESSION + "[: {reason:balanced}]",
            _MARKED + _REPLY + _LOOSE_SESSION,
        ),
        samples=(
            (
                "NOQUEUE: redirect: RCPT from out.hamster.example[203.0.113.6]:"
                " <moved@lab.example>: Recipient address triggers REDIRECT bob@lab.example;"
                " from=<news@hamster.example> to=<moved@lab.example> proto=ESMTP"
                " helo=<out.hamster.example>"
            ),
            (
                "NOQUEUE: permit: RCPT from unknown[198.51.100.50]:"
                " action=permit_sasl_authenticated for Recipient address=oscar@remote.example;"
                " from=<bob@lab.example> to=<oscar@remote.example> proto=ESMTP"
                " helo=<[192.168.1.23]> sasl_method=PLAIN sasl_username=bob"
            ),
            (
                "NOQUEUE: warn: RCPT from out.hamster.example[203.0.113.6]: somebody wrote to"
                " warn@; from=<news@hamster.example> to=<warn@lab.example> proto=ESMTP"
                " helo=<out.hamster.example>"
            ),
            (
                "823461627D9: milter-hold: END-OF-MESSAGE from out.hamster.example[203.0.113.6]:"
                " milter triggers HOLD action; from=<news@hamster.example> to=<alice@lab.example>"
                " proto=ESMTP helo=<out.hamster.example>"
            ),
            (
                "823461627D9: milter-hold: DATA from unknown[198.51.100.50]: milter triggers HOLD"
                " action; from=<bob@lab.example> to=<oscar@remote.example> proto=ESMTP"
                " helo=<[192.168.1.23]> sasl_username=<bob>"
            ),
            (
                "NOQUEUE: warn: RCPT from unknown[198.51.100.50]: noted; from=<x@hamster.example>"
                " to=<bob@lab.example> proto=ESMTP helo=<h.example> novel=<1>"
            ),
            (
                "NOQUEUE: reject_warning: EHLO from bot66.dyn.example[203.0.113.66]: 450 4.7.1"
                " <h.example>: Helo command rejected: Host not found; proto=SMTP helo=<h.example>"
            ),
            (
                "NOQUEUE: info: EHLO from bot66.dyn.example[203.0.113.66]: who is this;"
                " proto=ESMTP helo=<h.example>"
            ),
            (
                "E139F162832: warning: header Subject: see this [lab-warn] now from"
                " out.hamster.example[203.0.113.6]; from=<news@hamster.example>"
                " to=<alice@lab.example> proto=ESMTP helo=<out.hamster.example>: suspicious subject"
            ),
            (
                "34463162836: filter: header Subject: see this [lab-filter] now from"
                " out.hamster.example[203.0.113.6]; from=<news@hamster.example>"
                " to=<alice@lab.example> proto=ESMTP helo=<out.hamster.example>:"
                " smtp:[127.0.0.20]:25"
            ),
            (
                "61F6D16283A: discard: body lab-body-discard from=<x@y> to=<z> from"
                " out.hamster.example[203.0.113.6]; from=<news@hamster.example>"
                " to=<alice@lab.example> proto=ESMTP helo=<out.hamster.example>"
            ),
            (
                "1DD28162832: milter-header-hold: header X-Spam: yes from"
                " out.hamster.example[203.0.113.6]; from=<news@hamster.example>"
                " to=<alice@lab.example> proto=ESMTP helo=<out.hamster.example>: looks like spam"
            ),
            (
                "1DD28162832: prepend: header Subject: x from local; from=<root@lab.example>:"
                ' X-Note: <"checked">'
            ),
            (
                "NOQUEUE: hold: RCPT from out.hamster.example[203.0.113.6]: <hold@lab.example>:"
                ' Recipient address triggers HOLD action; from=<a"b@hamster.example>'
                " to=<hold@lab.example> proto=ESMTP helo=<out.hamster.example>"
            ),
        ),
        source="src/cleanup/cleanup_message.c",
    ),
)

"""How the beginning of a log line is spelt: what leads a stamp, stamps, and what stands after them.

The usual spelling is read by one expression, PLAIN. What that does not fit is rewritten, step by
step: what leads the stamp is taken off, then the stamp and then the origin (host, program, process
id) are set apart by line feeds, which no line holds, so that no text can pass for one. Any stamp
goes with any origin; within each kind the first that fits is taken.

Sources: RFC 3164, RFC 3339, RFC 5424; Postfix src/util/msg_logger.c; Dovecot src/lib/failures.c;
ClamAV common/output.c; rspamd src/libserver/logger/logger.c; SpamAssassin
lib/Mail/SpamAssassin/Logger; amavis write_log; journalctl(1); BusyBox sysklogd/syslogd.c; FreeBSD
syslogd(8); Solaris log(4D); syslog-ng's TS_FORMAT.
"""

from dataclasses import dataclass

# -- the usual ------------------------------------------------------------------------------------

_TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}"
RFC3164 = f"[A-Z][a-z]{{2}} [ 0-9][0-9] {_TIME}"
RFC3339 = (
    f"[0-9]{{4}}-[0-9]{{2}}-[0-9]{{2}}T{_TIME}(?:[.][0-9]{{1,9}})?(?:Z|[+-][0-9]{{2}}:[0-9]{{2}})"
)
_HOST = r"[^ ()<>\[\]:]+(?::+[^ ()<>\[\]:]+)*"  # `imap(a b)<41><c>:` and `[512]` are none
_TAG = r"[^ \[\]:]+"
PID_DIGITS = 18
_PID = rf"(?:\[([0-9]{{1,{PID_DIGITS}}})\])?"
_END = ":(?: |$)"
ORIGIN = f"({_HOST}) ({_TAG})"
PLAIN = f"^({RFC3164}|{RFC3339}) {ORIGIN}{_PID}{_END}"
SOLARIS_ID = "[ID "  # what Solaris writes before a body; PLAIN does not take it off

# -- others ---------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Spelling:
    """One way to write a part of a header.

    name: what to call a header that has it; of an origin '' where the stamp's name is better.
    pattern: what it is, from where the part before it ends; read by RE2 and Python alike.
    parts: what is made of it, with `\\1` for the first group: of a stamp the stamp (see
        stamps.tidied) and what belongs to the origin; of an origin the host, the program, the
        process id, and what belongs to the body.
    example: a line that has it. expected: stamp, host, program, process id and body of that line.
    """

    name: str
    pattern: str
    parts: tuple[str, ...]
    example: str
    expected: tuple[str | None, str | None, str, int | None, str]


_DAYS = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
_MONTH = "(Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_DATE = "([0-9]{4}-[0-9]{2}-[0-9]{2})"
_FRACTION = "(?:[.,]([0-9]{1,6})[0-9]*)?"
_CLOCK = f"({_TIME}){_FRACTION}"
_OFFSET = "[+-][0-9]{2}(?::?[0-9]{2})?"
_PRIORITY = (
    "(?:kern|user|mail|daemon|auth|syslog|lpr|news|uucp|cron|authpriv|ftp|local[0-7])[.]"
    "(?:emerg|alert|crit|err|error|warn|warning|notice|info|debug)"
)
_DATA = r'(?:-|(?:\[[^ =\]"]+(?: [^ =\]"]+="(?:[^"\\]|\\.)*")*\])+)'  # of RFC 5424
_BOM = "\ufeff"

# Taken off: a byte order mark, what Docker Compose or Kubernetes say of a container, a priority.
_CONTAINER = rf"[A-Za-z0-9_.-]+ +\| |{RFC3339} std(?:out|err) [FP] "
LEAD = rf"^{_BOM}?(?:{_CONTAINER})?(?:<[0-9]{{1,3}}>)?"

STAMPS = (
    Spelling(
        name="RFC 3339",
        pattern=rf"(1 )?(?:{_DAYS} )?{_DATE}[Tt ]{_CLOCK}(?:([Zz])| ?({_OFFSET})) ",
        parts=(r"\2T\3.\4\5\6", r"\1"),
        example="2026-11-24 03:37:01,123+0100 mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=(
            "2026-11-24T03:37:01.123+0100",
            "mx",
            "postfix/qmgr",
            417,
            "E7F3A16272B: removed",
        ),
    ),
    Spelling(
        name="journalctl -o short-full",
        pattern=rf"{_DAYS} {_DATE} {_CLOCK} (?:UTC|GMT) ",
        parts=(r"\1T\2.\3Z", ""),
        example="Tue 2026-11-24 03:37:01 UTC mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("2026-11-24T03:37:01Z", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(  # the same elsewhere: abbreviations of zones have no one meaning
        name="journalctl -o short-full",
        pattern=rf"{_DAYS} {_DATE} {_CLOCK} [A-Z]{{2,5}} ",
        parts=(r"\1 \2.\3", ""),
        example="Tue 2026-11-24 03:37:01 CET mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("2026 Nov 24 03:37:01", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(
        name="ISO 8601 without a zone",
        pattern=rf"{_DATE}[T ]{_CLOCK} ",
        parts=(r"\1 \2.\3", ""),
        example="2026-11-04 03:37:01.25 mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("2026 Nov  4 03:37:01.25", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(
        name="RFC 3164",
        pattern=rf"(?:([0-9]{{4}}) )?{_MONTH} (?: ?|0)([1-9]) (?:([0-9]{{4}}) )?{_CLOCK} ",
        parts=(r"\1\4 \2  \3 \5.\6", ""),
        example="Nov 4 03:37:01.250 mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("Nov  4 03:37:01.250", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(
        name="RFC 3164",
        pattern=rf"(?:([0-9]{{4}}) )?{_MONTH} ([123][0-9]) (?:([0-9]{{4}}) )?{_CLOCK} ",
        parts=(r"\1\4 \2 \3 \5.\6", ""),
        example="Nov 24 2026 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("2026 Nov 24 03:37:01", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(
        name="ctime",
        pattern=rf"{_DAYS} {_MONTH} (?: ?|0)([1-9]) {_CLOCK} ([0-9]{{4}}) ",
        parts=(r"\5 \1  \2 \3.\4", ""),
        example="Wed Nov  4 03:37:01 2026 mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("2026 Nov  4 03:37:01", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(
        name="ctime",
        pattern=rf"{_DAYS} {_MONTH} ([123][0-9]) {_CLOCK} ([0-9]{{4}}) ",
        parts=(r"\5 \1 \2 \3.\4", ""),
        example="Tue Nov 24 03:37:01 2026 mx postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("2026 Nov 24 03:37:01", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(  # RFC 5424 without a time
        name="RFC 5424",
        pattern="1 - ",
        parts=("", "1 "),
        example="<22>1 - mx postfix/qmgr 417 - - E7F3A16272B: removed",
        expected=(None, "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
)

ORIGINS = (
    Spelling(
        name="RFC 5424",
        pattern=rf"1 ([^ ]+) ([^ ]+) ([0-9]{{1,18}}) [^ ]+ {_DATA}(?: {_BOM}?|$)",
        parts=(r"\1", r"\2", r"\3", ""),
        example=(
            "<22>1 2026-11-24T03:37:01.123456Z mx.example.org postfix/qmgr 417 - "
            r'[meta@1 a="\"]" b=""] E7F3A16272B: removed'
        ),
        expected=(
            "2026-11-24T03:37:01.123456Z",
            "mx.example.org",
            "postfix/qmgr",
            417,
            "E7F3A16272B: removed",
        ),
    ),
    Spelling(  # whose process id is missing, or no number
        name="RFC 5424",
        pattern=rf"1 ([^ ]+) ([^ ]+) [^ ]+ [^ ]+ {_DATA}(?: {_BOM}?|$)",
        parts=(r"\1", r"\2", "", ""),
        example="<22>1 2026-11-24T03:37:01+01:00 - dovecot - - - master: Dovecot v2.3 starting up",
        expected=(
            "2026-11-24T03:37:01+01:00",
            None,
            "dovecot",
            None,
            "master: Dovecot v2.3 starting up",
        ),
    ),
    Spelling(  # through syslog it leaves `Info: ` out
        name="Dovecot's own log",
        pattern=(
            r"([a-z][a-z0-9_-]*(?:\([^()]*\))?(?:<[^<> ]*>)*: )"
            "(?:Info: |((?:Debug|Warning|Error|Fatal|Panic): ))"
        ),
        parts=("", "dovecot", "", r"\1\2"),
        example=(
            "Nov 04 03:37:01 lmtp(bob)<859><3o68FbWJ>: Info: msgid=<a@b.example>: saved mail to "
            "INBOX"
        ),
        expected=(
            "Nov  4 03:37:01",
            None,
            "dovecot",
            None,
            "lmtp(bob)<859><3o68FbWJ>: msgid=<a@b.example>: saved mail to INBOX",
        ),
    ),
    Spelling(
        name="spamd's own log",
        pattern=r"\[([0-9]{1,18})\] (?:error|warn|info|dbg): ",
        parts=("", "spamd", r"\1", ""),
        example="Wed Nov  4 03:37:01 2026 [512] info: spamd: setuid to debian-spamd succeeded",
        expected=(
            "2026 Nov  4 03:37:01",
            None,
            "spamd",
            512,
            "spamd: setuid to debian-spamd succeeded",
        ),
    ),
    Spelling(  # clamd's, freshclam's and clamav-milter's look alike
        name="ClamAV's own log",
        pattern="-> ",
        parts=("", "clamav", "", ""),
        example="Wed Nov  4 03:37:01 2026 -> SelfCheck: Database status OK.",
        expected=("2026 Nov  4 03:37:01", None, "clamav", None, "SelfCheck: Database status OK."),
    ),
    Spelling(
        name="rspamd's own log",
        pattern=r"(?:\[[a-z]+\] )?#([0-9]{1,18})\([^()]*\) ",
        parts=("", "rspamd", r"\1", ""),
        example="2026-11-24 03:37:01 #417(main) <f0cb08>; main; main: terminating...",
        expected=(
            "2026 Nov 24 03:37:01",
            None,
            "rspamd",
            417,
            "<f0cb08>; main; main: terminating...",
        ),
    ),
    Spelling(  # by syslogd itself, which leaves its name out
        name="",
        pattern=rf"({_HOST}) (last message repeated [0-9]{{1,9}} times?)$",
        parts=(r"\1", "syslogd", "", r"\2"),
        example="Nov 24 03:37:01 mx last message repeated 3 times",
        expected=("Nov 24 03:37:01", "mx", "syslogd", None, "last message repeated 3 times"),
    ),
    Spelling(  # without a host: BusyBox with -S, OpenWrt
        name="",
        pattern=rf"(?:{_PRIORITY} )?({_TAG}){_PID}{_END}",
        parts=("", r"\1", r"\2", ""),
        example="Nov 24 03:37:01 postfix/qmgr[417]: E7F3A16272B: removed",
        expected=("Nov 24 03:37:01", None, "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
    Spelling(  # with a priority: FreeBSD with -v, BusyBox, Solaris
        name="",
        pattern=(
            rf"(?:<[a-z0-9]+[.][a-z0-9]+> )?({_HOST}) (?:{_PRIORITY} )?({_TAG}){_PID}{_END}"
            rf"(?:\[ID [0-9]+ {_PRIORITY}\] )?"
        ),
        parts=(r"\1", r"\2", r"\3", ""),
        example="Nov 24 03:37:01 mx postfix/qmgr[417]: [ID 197553 mail.info] E7F3A16272B: removed",
        expected=("Nov 24 03:37:01", "mx", "postfix/qmgr", 417, "E7F3A16272B: removed"),
    ),
)

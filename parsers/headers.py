"""Syslog headers: `stamp host program[pid]: ` before a body.

Read are RFC 3164 stamps (`Nov  4 03:37:01`, no year, no zone) and RFC 3339 stamps, mixed as they
may be within a file. Sources: RFC 3164 4.1.2, RFC 3339 5.6, rsyslog's property replacer,
Postfix src/util/msg_syslog.c (`syslog_name/service`).
"""

import re
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

RFC3164 = "[A-Z][a-z]{2} [ 0-9][0-9] [0-9]{2}:[0-9]{2}:[0-9]{2}"
RFC3339 = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}"
    "(?:[.][0-9]{1,9})?(?:Z|[+-][0-9]{2}:[0-9]{2})"
)
HEADER = rf"({RFC3164}|{RFC3339}) ([^ ]+) ([^ \[\]:]+)(?:\[([0-9]{{1,18}})\])?:(?: |$)"
HEADER_GROUPS = ("stamp", "host", "program", "pid")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_HEADER = re.compile(HEADER)

# Daemons that Postfix logs as `syslog_name/daemon`, with any number of names between.
POSTFIX_DAEMONS = frozenset(
    "anvil bounce cleanup defer discard dnsblog error flush lmtp local master oqmgr pickup pipe "
    "postalias postdrop postfix-script postlog postlogd postmap postmulti postqueue postscreen "
    "postsuper proxymap proxywrite qmgr qmqpd relay retry scache sendmail showq smtp smtpd spawn "
    "tlsmgr tlsproxy trace trivial-rewrite verify virtual".split()
)


def split_header(text: str) -> tuple[str, str, str, int | None, str] | None:
    """(stamp, host, program, pid, body) of a line, or None where it has no header."""
    match = _HEADER.match(text)
    if match is None:
        return None
    stamp, host, program, pid = match.groups()
    return stamp, host, program, int(pid) if pid else None, text[match.end() :]


def daemon_of(program: str) -> str:
    """The daemon that a program tag stands for: `postfix/submission/smtpd` is `postfix/smtpd`."""
    last = program.rpartition("/")[2]
    return f"postfix/{last}" if "/" in program and last in POSTFIX_DAEMONS else program


def instance_of(program: str) -> str | None:
    """The Postfix instance that a program tag names: `postfix-out/smtp` is `postfix-out`."""
    return program.partition("/")[0] if daemon_of(program).startswith("postfix/") else None


def read_stamp(stamp: str, year: int | None, zone: str) -> datetime | None:
    """A stamp as naive UTC; None where it is no date (31 February), or has no year."""
    try:
        if stamp[0].isdigit():
            return datetime.fromisoformat(stamp).astimezone(UTC).replace(tzinfo=None)
        if year is None:
            return None
        local = datetime.strptime(f"{year} {stamp}", "%Y %b %d %H:%M:%S").replace(
            tzinfo=ZoneInfo(zone)
        )
        return local.astimezone(UTC).replace(tzinfo=None)
    except (ValueError, OverflowError):
        return None

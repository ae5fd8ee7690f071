"""Which daemon a program tag stands for: Postfix logs as `syslog_name/daemon`.

Sources: Postfix src/global/mail_task.c (any name, also one with slashes, stands before the last
slash) and the `postlog -t` of its scripts; amavis' log file, where `$0` is the tag.
"""

from parsers.sql import quote

POSTFIX_DAEMONS = frozenset(
    "anvil bounce cleanup defer discard dnsblog error flush lmtp local master nqmgr oqmgr pickup "
    "pipe postalias postcat postconf postdrop postfix postfix-non-bdb-script postfix-script "
    "postfix-tls-script postkick postlock postlog postlogd postmap postmulti postmulti-script "
    "postqueue postscreen postsuper posttls-finger proxymap proxywrite qmgr qmqpd relay retry "
    "scache sendmail showq smtp smtpd spawn tlsmgr tlsproxy trace trivial-rewrite verify "
    "virtual".split()
)
# Commands that have read no configuration yet log by their own name alone.
_COMMANDS = frozenset(
    name for name in POSTFIX_DAEMONS if name.startswith("post") and name != "postfix"
)
# How tags of others begin that name their processes as Postfix does.
_NOT_POSTFIX = ("cyrus/", "postfwd", "/")


def daemon_of(program: str) -> str:
    """The daemon that a program tag stands for: `postfix/submission/smtpd` is `postfix/smtpd`."""
    if instance_of(program) is not None:
        return f"postfix/{program.rpartition('/')[2]}"
    if program in _COMMANDS:
        return f"postfix/{program}"
    return program.rpartition("/")[2] if program.startswith("/") else program


def instance_of(program: str) -> str | None:
    """The Postfix instance that a program tag names: `postfix-out/smtp` is `postfix-out`."""
    name, _, daemon = program.rpartition("/")
    is_postfix = name != "" and daemon in POSTFIX_DAEMONS and not program.startswith(_NOT_POSTFIX)
    return name.partition("/")[0] if is_postfix else None


def is_postfix_sql(program: str) -> str:
    """Whether the program tag of that column is one of Postfix's."""
    daemons = ", ".join(quote(name) for name in sorted(POSTFIX_DAEMONS))
    others = " OR ".join(f"starts_with({program}, {quote(start)})" for start in _NOT_POSTFIX)
    return (
        f"contains({program}, '/') AND split_part({program}, '/', -1) IN ({daemons}) "
        f"AND NOT ({others})"
    )


def daemon_sql(program: str, is_postfix: str) -> str:
    """What daemon_of gives, over columns; `is_postfix` holds what is_postfix_sql gives."""
    last = f"split_part({program}, '/', -1)"
    commands = ", ".join(quote(name) for name in sorted(_COMMANDS))
    return (
        f"CASE WHEN {is_postfix} THEN 'postfix/' || {last} "
        f"WHEN {program} IN ({commands}) THEN 'postfix/' || {program} "
        f"WHEN starts_with({program}, '/') THEN {last} ELSE {program} END"
    )

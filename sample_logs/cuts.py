"""Which small logs are cut out of the day, and from where: one line a file."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from sample_logs.stories import Line, sessions, story
from sample_logs.truth import Record

Choose = Callable[[list[Line], list[Record]], set[int]]


@dataclass(frozen=True, slots=True)
class Cut:
    """A small log: a choice among the lines that a scenario wrote in one of the recordings."""

    path: str  # <program>/<situation>
    folder: str  # the variant that it is cut from
    scenario: str
    choose: Choose


def messages(*numbers: int) -> Choose:
    """The stories of some of the scenario's messages, all of them if none is named."""

    def choose(lines: list[Line], of_scenario: list[Record]) -> set[int]:
        return story(lines, [of_scenario[n] for n in numbers] if numbers else of_scenario)

    return choose


def programs(pattern: str) -> Choose:
    """Every line of some programs."""

    def choose(lines: list[Line], of_scenario: list[Record]) -> set[int]:
        return {i for i, line in enumerate(lines) if re.fullmatch(pattern, line.program)}

    return choose


def said(pattern: str) -> Choose:
    """The lines whose body a pattern finds, with the sessions in which they were written."""

    def choose(lines: list[Line], of_scenario: list[Record]) -> set[int]:
        found = {i for i, line in enumerate(lines) if re.search(pattern, line.body)}
        return found | sessions(lines, found)

    return choose


CUTS = (
    Cut("postfix/delivered", "day", "plain", messages(0, 1)),
    Cut("postfix/several-recipients", "day-iso", "multi_rcpt", messages(0)),
    Cut("postfix/local-submission", "day", "local_app", messages(1, 2, 3)),
    Cut("postfix/submission-to-second-host", "day-iso", "submission", messages(0, 1)),
    Cut("postfix/deferred-then-delivered", "day-iso", "defer_then_deliver", messages(0, 2)),
    Cut("postfix/deferred-and-sender-warned", "day", "delay_warning", messages(0)),
    Cut("postfix/expired", "day", "expired", messages(0)),
    Cut("postfix/bounced", "day", "remote_rejects", messages(0, 3, 7)),
    Cut("postfix/rejected", "day", "rejects", messages(*range(19))),
    Cut("postfix/forwarded", "day-iso", "aliases", messages(2, 7)),
    Cut("postfix/aliases", "day", "virtual", messages(0, 1)),
    Cut("postfix/postscreen", "day", "postscreen", programs(r"postfix/(postscreen|dnsblog)")),
    Cut("postfix/header-checks", "day", "header_body_checks", messages(0, 1, 2, 3, 5)),
    Cut("postfix/access-actions", "day-iso", "access_actions", messages(0, 1, 3)),
    Cut("postfix/queue-actions", "day-iso", "postsuper", messages(1, 2, 3)),
    Cut("postfix/lost-connections", "day-iso", "lost_connections", programs(r"postfix/smtpd")),
    Cut("postfix/failed-authentication", "day", "sasl_failed", said("SASL|203.0.113.66")),
    Cut("postfix/limits", "day", "limits", said("too many|timeout after|limit exceeded")),
    Cut("postfix/verified-recipient", "day-iso", "verify", messages(0, 1)),
    Cut("postfix/pipe-and-error-transports", "day", "transports", messages(0, 1, 2, 5)),
    Cut(
        "postfix/restarted",
        "day-iso",
        "reload_restart",
        said(
            r"^(?:reload -- |daemon started|terminating on|stopping the|starting the|refreshing)"
            r"|SASL|fatal: "
        ),
    ),
    Cut("postfix/odd-messages", "day", "odd_messages", messages(2, 6, 8)),
    Cut("spamd/spam-reinjected", "day-iso", "spam", messages(0)),
    Cut("spamd/spam-and-ham", "day", "spam", messages(1, 4)),
    Cut("clamav/virus-rejected", "day", "virus", messages(0, 1)),
    Cut("clamav/virus-held", "day-iso", "virus", messages(3)),
    Cut("clamav/virus-discarded", "day-iso", "virus", messages(5, 6)),
    Cut("clamav/started", "day", "", programs("clamd|clamav-milter")),
    Cut("opendkim/signed-and-verified", "day-iso", "inbound_hops", messages(0)),
    Cut("opendkim/bad-signature", "day", "dkim_bad", messages(1)),
    Cut("policyd-spf/results", "day", "spf", programs("policyd-spf")),
    Cut("policyd-spf/rejected", "day-iso", "spf", messages(0)),
    Cut("postgrey/greylisted", "day-iso", "greylist", messages(0, 1, 3)),
    Cut("dovecot/logins", "day", "imap_pop", programs("dovecot")),
    Cut("dovecot/sieve", "day-iso", "sieve", messages(1, 2)),
    Cut("dovecot/sieve-vacation", "day", "sieve", messages(0)),
    Cut("dovecot/sieve-reject", "day-iso", "sieve", messages(6)),
    Cut("dovecot/quota", "day", "quota", messages(1)),
)

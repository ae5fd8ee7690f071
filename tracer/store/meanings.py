"""What the store's tables and their columns mean, in the words of docs/schema.md.

TABLES are the public schema; INNER may change from one version to the next.
"""

import re

from parsers.fields import FIELDS

_COMMANDS = {
    "mail": "MAIL commands",
    "rcpt": "RCPT commands",
    "auth": "AUTH commands",
    "command": "commands of all kinds",
}
_ONLY_LINK = re.compile(r",? (?:see )?\[[^\]]+\]\([^)]+\)$| \(\[[^\]]+\]\([^)]+\)\)")
_LINK = re.compile(r"\[([^\]]+)\]\([^)]+\)")

TABLES = {
    "lines": "Every line read, byte for byte. One row a line.",
    "events": "What each line means. One row a line, with the same `position` as in `lines`.",
    "messages": "Each message: one life of a queue file on one host.",
    "deliveries": "Every attempt at delivery, by whatever agent. One row a line. An attempt that "
    "only handed the message to a content filter, or to another queue file of the host, is a row "
    "too, and a hop: `WHERE NOT is_hop` counts each message once, as the report does.",
    "recipients": "What became of each recipient, as far as one queue file tells. One row a "
    "message and recipient (with what that was before aliases) that delivery was attempted to. "
    "What came of it in another queue file, behind a filter or on another host, is that one's "
    "row. For a span ask for `message_at`: it is quick.",
    "connections": "Each connection of a client to smtpd, qmqpd or postscreen. One row a line that "
    "tells of its begin. Clients that postscreen lets through go on to smtpd and have a row there "
    "too: `WHERE NOT is_handed_on` counts each once.",
    "links": "What lines say of two queue files. One row a line that names both.",
    "rejections": "Each command, recipient or message that Postfix refused to take, and why.",
    "delivery_failures": "Each attempt at delivery that was deferred or failed, and why.",
    "refusals": "What was refused, narrow and quick to count: a row for each line of `rejections` "
    "that has a time.",
    "attempts": "Attempts at delivery, each once and without hops, narrow and quick to count: the "
    "lines that `traffic_minutely` counts.",
    "verdicts": "What scanners took messages for. One row a line that says so: a message may have "
    "several.",
    "authentications": "What DKIM, SPF and DMARC said of messages. One row a result.",
    "logins": "Who logged in, and who failed to. With SMTP each message taken from somebody who "
    "logged in is a login.",
    "traffic_minutely": "How much of what happened in each minute, each message once.",
    "traffic_hourly": "The same by the hour.",
    "queue_actions": "What operators asked of a queue through Mailtracer, and what came of it.",
    "sources": "Every stream of log bytes, and how far it is stored.",
    "reports": "Which report of which day was sent, and what it said ([reports](report.md)).",
    "insights": "What was wrong, and since when ([insights](insights.md)).",
    "insight_notices": "Who was told of which insight, and what came of it.",
    "meta": "The store's own versions.",
}
INNER = {
    "queue_action_rows": "`queue_actions`, with those that other logs than Mailtracer's tell",
    "event_rows": "`events` as stored: fields that few lines have share the JSON object `rest`",
    "event_counts": "how many lines of each event there were, by quarter of an hour and host",
    "login_networks": "from which networks users log in, day by day",
    "authentication_rows": "`authentications`, and the lines that name a signature's domain",
    "addresses": "which of Postfix's lines name which address, in lower case",
    "insight_samples": "what insights are measured against: counts of each five minutes",
    "forgotten_counts": "what was rejected, deferred, bounced or a hop in lines that are removed",
    "projections": "which derived tables there are, and by which version of the code",
    "traffic_hops": "what `traffic_minutely` needs to count a message once over all its hops",
    "traffic_milter_hosts": "the hosts whose clamav-milter tells of viruses",
}
# Columns that are no field of a line, by table; `*` where they mean the same everywhere.
MEANINGS: dict[str, dict[str, str]] = {
    "*": {
        "position": "the line's number in the store: grows, never changes",
        "source_id": "the stream the line came from, see `sources`",
        "generation": "the stream's generation: grows when a file is truncated in place",
        "byte_offset": "where the line begins in its stream's decompressed content, bytes",
        "occurred_at": "the header's time, UTC; NULL where there is none",
        "host": "host name as logged in the line's header",
        "instance": "Postfix instance, e.g. `postfix` or `postfix-out`",
        "first_at": "time of the earliest line, UTC",
        "last_at": "time of the latest line, UTC",
        "first_position": "position of the first line",
        "last_position": "position of the last line",
    },
    "lines": {
        "text": "the line without the line feed that ends it; see `escaped`",
        "escaped": "true where the line was not UTF-8 or held NUL: `\\\\` is a backslash and "
        "`\\xNN` a byte in `text`",
        "terminated": "false where the line ended without a line feed",
    },
    "events": {
        "program": "program tag as logged, e.g. `postfix/submission/smtpd`",
        "pid": "process id",
        "repeated": "how many such events the line stands for; NULL for one",
        "event": "what the line says, see [events](events.md)",
        "extra": "JSON object of the `key=value` pairs that no shape knows, and of a site's own "
        "fields",
    },
    "sources": {
        "name": "the file's name without what rotation and compression add",
        "path": "where the stream was last read, `-` for standard input",
        "device": "device of the file, where known",
        "inode": "inode of the file, where known",
        "head": "the first bytes of the content, which identify the stream",
        "committed_offset": "bytes of decompressed content that are stored",
        "tail": "the bytes before `committed_offset`, to notice a changed file",
        "partial_position": "position of a last line that was not complete yet",
        "zone": "time zone of stamps that have none",
        "front_at": "where the stream's lines are in time, UTC, lines of wrong clocks left out",
        "line_count": "lines stored",
        "unparsed_count": "lines that no shape fits",
    },
    "reports": {
        "name": "the report's name in the configuration",
        "day": "the day that it is of",
        "state": "sending, sent, quiet (there was no problem to tell) or failed",
        "attempt_count": "how often sending was begun",
        "claimed_at": "when it was begun last, UTC",
        "settled_at": "when that ended, UTC; NULL while it is being sent",
        "message_id": "Message-ID of its mail",
        "subject": "subject of its mail; NULL until it is sent",
        "text": "the report as text",
        "html": "the report as HTML",
        "error": "why it failed, or which recipients were refused; NULL where all is well",
    },
    "insights": {
        "insight_id": "its number: never changes",
        "detector": "which [detector](insights.md#when-something-is-wrong) found it",
        "subject": "what it is about, such as a domain; empty where there is but one",
        "severity": "critical or warning",
        "opened_at": "when it began, UTC, by the logs' clock, as the times below",
        "last_seen_at": "when it was seen last",
        "ended_at": "when it was over; NULL while it goes on",
        "text": "what is wrong, one sentence",
        "advice": "what to do",
        "search": "what finds its messages; NULL where nothing does",
        "positions": "a few lines that prove it, as it began",
        "acknowledged_at": "when somebody said to have seen it, UTC; NULL where nobody did",
        "acknowledged_by": "who that was",
    },
    "insight_notices": {
        "insight_id": "the insight",
        "kind": "opened or ended",
        "route": "mail, webhook or command",
        "state": "sending, sent or failed",
        "attempt_count": "how often telling was begun",
        "claimed_at": "when it was begun last, UTC",
        "settled_at": "when that ended, UTC; NULL while it is being told",
        "notice": "the message's name; what was told together has the same",
        "error": "why it failed; NULL where all is well",
    },
    "messages": {
        "message_no": "the message's number in the store: never changes",
        "life": "which message of this queue id on this host: 1, 2, ... in order of time",
        "born_at": "when the queue file began, UTC; NULL where that is not in the logs",
        "removed_at": "when it was removed, UTC; NULL while it is queued",
        "is_removed": "true once the queue file is gone",
        "sent_count": "delivery attempts with status `sent`",
        "deferred_count": "delivery attempts with status `deferred`",
        "bounced_count": "delivery attempts with status `bounced`",
        "last_status": "status of the last attempt",
    },
    "links": {
        "occurred_at": "the line's time, UTC",
        "kind": "relayed (the next hop, or a filter, took it), forwarded, bounced, notified, "
        "requeued or reinjected (a filter tells the former id)",
        "from_queue_id": "the file that was there before",
        "to_queue_id": "the file that came of it; where `relayed`, on the host that answered",
        "relay_host": "who took it, where `relayed`",
        "relay_address": "its address",
    },
    "traffic_minutely": {
        "minute": "the minute's beginning, UTC",
        "outcome": "received, delivered, deferred, bounced, rejected, spam or virus",
        "count": "how many",
    },
    "traffic_hourly": {
        "hour": "the hour's beginning, UTC",
        "outcome": "received, delivered, deferred, bounced, rejected, spam or virus",
        "count": "how many",
    },
    "refusals": {
        "minute": "the minute's beginning, UTC",
        "host": "host name as logged, '' where the line names none",
        "reason_class": "why, see [reasons](reasons.md)",
        "stage": "SMTP stage, '' where the line names none",
        "blocklist": "DNS block list that is named",
        "client_network": "the client's /24 or /48; NULL where the line names no client",
        "sender_domain": "of the envelope sender, '' where it has none",
        "recipient": "in lower case",
        "count": "how many rejections the line stands for",
    },
    "attempts": {
        "minute": "the minute's beginning, UTC",
        "host": "host name as logged, '' where the line names none",
        "outcome": "delivered, deferred or bounced",
        "domain": "the recipient's, in lower case",
        "tls_protocol": "TLS version of the connection, '' where no line told of TLS; NULL unless "
        "delivered over a network",
        "reason_class": "why it failed, see [reasons](reasons.md); NULL where delivered",
        "provider": "whose server it is that refused; NULL where it is nobody's who is known",
        "blocklist": "block list that the reply names",
        "blocked_address": "which of our addresses is blocked, where the reply names one",
        "delay": "arrival to this attempt's end, decibels of a second: 10^(n/10) seconds",
        "delay_before_qmgr": "delays a: before the queue manager, decibels of a second",
        "delay_in_qmgr": "delays b: in the queue manager, decibels of a second",
        "delay_connection_setup": "delays c: DNS, HELO and TLS, decibels of a second",
        "delay_transmission": "delays d: transmission, decibels of a second",
        "count": "how many attempts the line stands for",
    },
    "rejections": {
        "repeated": "how many rejections the line stands for",
        "reason_class": "why, see [reasons](reasons.md)",
        "blocklist": "DNS block list that is named",
    },
    "delivery_failures": {
        "repeated": "how many failures the line stands for",
        "reason_class": "why, see [reasons](reasons.md)",
        "provider": "whose server it is that refused; NULL where it is nobody's who is known",
        "blocklist": "block list that the reply names",
    },
    "queue_actions": {
        "request_id": "the request, which may be about many messages",
        "username": "who asked, percent-encoded",
        "via": "cli or dashboard",
        "remote_address": "where from; NULL on this machine",
        "action": "show, deliver, hold, release, requeue, delete, expire or flush",
        "status": "requested; then done, left (alone), failed or refused",
        "queue_id": "the message; NULL for requests and flushes",
        "site": "the destination that was flushed; NULL for all mail",
        "message_count": "of a request: how many messages it is about",
        "detail": "of a request: how they were chosen; else what Postfix said, or why not",
    },
    "deliveries": {
        "message_no": "the message in `messages`; NULL where the line has no time",
        "agent": "who tried: smtp, lmtp, local, virtual, pipe, error, ...",
        "status": "sent, deferred or bounced; of checks of an address deliverable or undeliverable",
        "is_hop": "true where the attempt was not the message's end on this host",
        "repeated": "how many attempts the line stands for",
    },
    "recipients": {
        "message_no": "the message in `messages`",
        "message_at": "time of the message's earliest line, UTC",
        "state": "delivered, handed_on (to a filter or another queue file), bounced, deferred "
        "(and still queued), expired, removed (by an operator, who deleted or requeued it); of "
        "checks of an address deliverable or undeliverable",
        "attempt_count": "attempts at delivery to this recipient",
        "first_attempt_at": "time of the first of them, UTC",
        "last_attempt_at": "time of the latest of them, UTC",
        "status": "status of the last attempt logged",
        "dsn": "its enhanced status code (RFC 3463)",
        "reply": "what the server or agent said to it",
        "relay_host": "its next hop",
        "delay_seconds": "seconds from the message's arrival to its end",
        "position": "position of its line",
    },
    "connections": {
        "began_at": "time of the line that tells of its begin, UTC",
        "ended_at": "when it ended, or postscreen handed it on, UTC; NULL while it is open, or "
        "where that is not in the logs",
        "program": "program tag as logged, e.g. `postfix/submission/smtpd`",
        "pid": "process id",
        "tls_protocol": "TLS version; NULL without TLS, without `smtpd_tls_loglevel = 1` and of "
        "postscreen",
        "tls_cipher": "TLS cipher; NULL as `tls_protocol`",
        **{
            f"{name}{suffix}": f"{command} {what}; NULL where no line tells, as of postscreen"
            for name, command in _COMMANDS.items()
            for suffix, what in (("_count", "accepted"), ("_refused_count", "refused"))
        },
        "is_handed_on": "true where postscreen handed the client to smtpd",
        "repeated": "how many connections the line stands for",
    },
    "verdicts": {
        "program": "the scanner, as the names of its events begin",
        "verdict": "spam, clean, virus or other (greylisted, banned, unchecked, ...)",
        "action": "what it did: rspamd's action, or passed, blocked or quarantined of amavis",
        "repeated": "how many verdicts the line stands for",
    },
    "authentications": {
        "program": "the program, as the names of its events begin",
        "mechanism": "dkim, spf or dmarc",
        "domain": "the domain that was looked at; NULL where no line names one",
        "result": "pass, fail, none, ...; signed where we signed",
        "repeated": "how many results the line stands for",
    },
    "logins": {
        "service": "smtp, imap, pop3, managesieve or submission (Dovecot's)",
        "username": "the name that was given",
        "address": "the client's address",
        "method": "PLAIN, LOGIN, ...",
        "result": "good or failed",
        "reason": "why it failed, in the program's words",
        "is_plain_text": "true without TLS, but for clients that Dovecot trusts; NULL of failures "
        "and of SMTP, where the line does not say",
        "repeated": "how many the line stands for; of failures, passwords tried",
    },
    "meta": {"key": "what is versioned", "value": "its version"},
}

# The columns that hold a value in every row; any other may be NULL.
NEVER_NULL: dict[str, tuple[str, ...]] = {
    "lines": (
        "position", "source_id", "generation", "byte_offset", "text", "escaped", "terminated",
    ),
    "events": ("position", "source_id", "generation", "byte_offset", "event"),
    "messages": (
        "message_no", "instance", "queue_id", "life", "first_position", "last_position",
        "first_at", "last_at", "is_removed", "sent_count", "deferred_count", "bounced_count",
    ),
    "deliveries": ("position", "queue_id", "agent", "recipient", "status", "is_hop", "repeated"),
    "recipients": (
        "message_no", "message_at", "instance", "queue_id", "recipient", "state", "attempt_count",
        "first_attempt_at", "last_attempt_at", "status", "position",
    ),
    "connections": ("position", "program", "is_handed_on", "repeated"),
    "links": ("position", "occurred_at", "kind", "from_queue_id", "to_queue_id"),
    "rejections": ("position", "reason_class", "repeated"),
    "delivery_failures": ("position", "status", "reason_class", "repeated"),
    "refusals": ("position", "minute", "host", "reason_class", "stage", "count"),
    "attempts": ("position", "minute", "host", "outcome", "count"),
    "verdicts": ("position", "program", "verdict", "repeated"),
    "authentications": ("position", "program", "mechanism", "result", "repeated"),
    "logins": ("position", "result", "repeated"),
    "traffic_minutely": ("minute", "host", "outcome", "count"),
    "traffic_hourly": ("hour", "host", "outcome", "count"),
    "queue_actions": ("position", "status"),
    "sources": (
        "source_id", "generation", "name", "path", "head", "committed_offset", "tail", "zone",
        "line_count", "unparsed_count",
    ),
    "reports": ("name", "day", "state", "attempt_count", "claimed_at", "message_id"),
    "insights": (
        "insight_id", "detector", "subject", "severity", "opened_at", "last_seen_at", "text",
        "advice", "positions",
    ),
    "insight_notices": (
        "insight_id", "kind", "route", "state", "attempt_count", "claimed_at", "notice",
    ),
    "meta": ("key", "value"),
}  # fmt: skip


def column_meaning(table: str, column: str) -> str | None:
    """What a column means: said here, or by the field of that name; None for an inner table's."""
    for meanings in (MEANINGS.get(table, {}), MEANINGS["*"]):
        if column in meanings:
            return meanings[column]
    return FIELDS[column].meaning if column in FIELDS else None


def plain(meaning: str) -> str:
    """A meaning without Markdown's links, and without what is but a link."""
    return _LINK.sub(r"\1", _ONLY_LINK.sub("", meaning))

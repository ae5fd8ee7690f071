"""The typed fields that events have: each is defined once here, with its SQL type and meaning.

A line shape may only name fields of this table; they are the columns of `events`.
Names are the field's standard terms (Postfix's, Dovecot's, the RFCs').
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Field:
    """One column of `events`."""

    name: str
    sql_type: str  # VARCHAR, BIGINT, DOUBLE or BOOLEAN
    meaning: str
    atom: str = "word"  # the atom (see parsers.atoms) that reads it where a template names none


def _table(*rows: tuple[str, str, str, str]) -> dict[str, Field]:
    fields = [Field(name, sql_type, meaning, atom) for name, sql_type, atom, meaning in rows]
    assert len({f.name for f in fields}) == len(fields), "a field is defined twice"
    return {f.name: f for f in fields}


FIELDS = _table(
    # -- the message ------------------------------------------------------------------------
    ("queue_id", "VARCHAR", "queue_id", "Postfix queue id the line is about"),
    (
        "related_queue_id",
        "VARCHAR",
        "queue_id",
        "another queue id the line names: of a notification, a forwarded copy, before a requeue",
    ),
    ("message_id", "VARCHAR", "text", "Message-ID as the program logged it, brackets included"),
    ("resent_message_id", "VARCHAR", "text", "Resent-Message-ID as the program logged it"),
    ("envelope_sender", "VARCHAR", "address", "MAIL FROM address; '' is the null sender"),
    ("recipient", "VARCHAR", "address", "RCPT TO address, or the address after expansion"),
    ("original_recipient", "VARCHAR", "address", "recipient before alias expansion (orig_to)"),
    ("size_bytes", "BIGINT", "int", "message size in bytes"),
    (
        "further_recipients",
        "VARCHAR",
        "text",
        "recipients after the first of a line that lists several, as logged",
    ),
    ("recipient_count", "BIGINT", "int", "number of envelope recipients (nrcpt)"),
    ("subject", "VARCHAR", "text", "Subject header as logged"),
    ("header_from", "VARCHAR", "text", "From header as logged"),
    ("flags", "VARCHAR", "text", "IMAP flags of the message"),
    ("uid", "BIGINT", "int", "numeric user id of the submitting process"),
    # -- the client -------------------------------------------------------------------------
    ("client_name", "VARCHAR", "host", "verified host name of the SMTP client, or `unknown`"),
    ("client_address", "VARCHAR", "ip", "IP address of the client"),
    ("client_port", "BIGINT", "int", "TCP port of the client"),
    ("helo_name", "VARCHAR", "text", "HELO/EHLO argument, chosen by the client"),
    ("protocol", "VARCHAR", "word", "SMTP, ESMTP, LMTP, ..."),
    ("sasl_method", "VARCHAR", "word", "SASL mechanism"),
    ("sasl_username", "VARCHAR", "text", "SASL login name"),
    ("sasl_sender", "VARCHAR", "text", "AUTH= argument of MAIL FROM"),
    ("command_counts", "VARCHAR", "text", "commands of the session as `name=ok/all` pairs"),
    # -- delivery ---------------------------------------------------------------------------
    ("relay_host", "VARCHAR", "host", "next hop's name; `local`, `none` or a transport's name"),
    ("relay_address", "VARCHAR", "ip", "next hop's address, or the path of its socket"),
    ("relay_port", "BIGINT", "int", "next hop's TCP port"),
    ("connection_use", "BIGINT", "int", "deliveries made over this connection (conn_use)"),
    ("delay_seconds", "DOUBLE", "float", "arrival to this attempt's end, seconds"),
    ("delay_before_qmgr", "DOUBLE", "float", "delays a: before the queue manager, seconds"),
    ("delay_in_qmgr", "DOUBLE", "float", "delays b: in the queue manager, seconds"),
    ("delay_connection_setup", "DOUBLE", "float", "delays c: DNS, HELO and TLS, seconds"),
    ("delay_transmission", "DOUBLE", "float", "delays d: transmission, seconds"),
    ("dsn", "VARCHAR", "dsn", "enhanced status code, RFC 3463"),
    ("status", "VARCHAR", "word", "sent, deferred, bounced, expired, deliverable, ..."),
    ("reply", "VARCHAR", "rest", "the remote's reply, or the reason in the daemon's words"),
    ("reply_code", "BIGINT", "int", "SMTP reply code given to the client"),
    ("remote_queue_id", "VARCHAR", "word", "queue id under which the next hop took the message"),
    ("transport", "VARCHAR", "word", "Postfix transport name"),
    ("tls_features", "VARCHAR", "word", "TLS wanted and got in this delivery: may, dane:none, ..."),
    # -- rejects, checks, actions -----------------------------------------------------------
    (
        "action",
        "VARCHAR",
        "word",
        "what was done: reject, discard, hold, warn, redirect, filter, greylist, pass, ...",
    ),
    (
        "stage",
        "VARCHAR",
        "word",
        "SMTP stage: CONNECT, EHLO, MAIL, RCPT, DATA, END-OF-MESSAGE, header, body, ...",
    ),
    ("reason", "VARCHAR", "text", "why, in the program's words"),
    ("checked_text", "VARCHAR", "text", "the header or body line that a check matched"),
    ("dnsbl", "VARCHAR", "word", "DNS block list that listed the client"),
    ("rank", "BIGINT", "int", "postscreen's DNSBL score"),
    # -- TLS --------------------------------------------------------------------------------
    ("tls_level", "VARCHAR", "word", "Anonymous, Untrusted, Trusted or Verified"),
    ("tls_protocol", "VARCHAR", "word", "TLSv1.3, ..."),
    ("tls_cipher", "VARCHAR", "word", "cipher suite"),
    ("tls_bits", "BIGINT", "int", "cipher strength in bits"),
    ("tls_key_exchange", "VARCHAR", "text", "key exchange: X25519, ECDHE (P-256), ..."),
    ("tls_signature", "VARCHAR", "text", "the server's signature: RSA-PSS (2048 bits), ..."),
    ("tls_digest", "VARCHAR", "word", "digest of the server's signature: SHA256, ..."),
    # -- content scanners -------------------------------------------------------------------
    ("is_spam", "BOOLEAN", "flag", "the scanner's verdict"),
    ("spam_score", "DOUBLE", "float", "score"),
    ("spam_required", "DOUBLE", "float", "score from which a message is spam"),
    ("spam_rules", "VARCHAR", "text", "rules that hit, comma-separated"),
    ("bayes_probability", "DOUBLE", "float", "Bayes probability of spam, 0 to 1"),
    ("autolearn", "VARCHAR", "name", "whether the Bayes database learned it: ham, spam, no, ..."),
    ("verdict", "VARCHAR", "name", "what amavis took it for: CLEAN, SPAM, INFECTED, BANNED, ..."),
    ("policy", "VARCHAR", "host", "amavis policy banks or rspamd settings id that applied"),
    ("mail_id", "VARCHAR", "host", "amavis id of the message, which names its quarantine"),
    ("quarantine", "VARCHAR", "text", "where the message was put aside: files or mailboxes"),
    (
        "scan_milliseconds",
        "DOUBLE",
        "float",
        "time the scanner took, milliseconds, where it logs these",
    ),
    ("scan_seconds", "DOUBLE", "float", "time the scanner took, seconds"),
    ("virus_name", "VARCHAR", "word", "signature name"),
    ("file_name", "VARCHAR", "text", "file, database or socket the line is about"),
    # -- authentication of mail -------------------------------------------------------------
    ("dkim_domain", "VARCHAR", "word", "DKIM signing domain (d=)"),
    ("dkim_selector", "VARCHAR", "word", "DKIM selector (s=)"),
    ("dkim_algorithm", "VARCHAR", "word", "DKIM algorithm (a=)"),
    ("dkim_result", "VARCHAR", "word", "signed, pass, fail, none, ..."),
    ("spf_result", "VARCHAR", "word", "pass, fail, softfail, neutral, none, ... (RFC 7208)"),
    ("spf_identity", "VARCHAR", "word", "identity checked: mailfrom or helo"),
    ("spf_domain", "VARCHAR", "word", "domain whose SPF record was asked"),
    ("dmarc_result", "VARCHAR", "word", "pass, fail, none, ... (RFC 7489)"),
    ("header_domain", "VARCHAR", "word", "domain of the From header"),
    # -- mailboxes --------------------------------------------------------------------------
    ("username", "VARCHAR", "text", "mailbox or system user"),
    (
        "service",
        "VARCHAR",
        "word",
        "Dovecot's: imap, lmtp, ...; the instance of a queue that was acted on",
    ),
    ("session_id", "VARCHAR", "text", "session id: Dovecot's, amavis's log id, rspamd's tag"),
    ("mailbox", "VARCHAR", "text", "mailbox (folder) name"),
    ("message_uid", "BIGINT", "int", "IMAP UID of the message in its mailbox"),
    ("login_method", "VARCHAR", "word", "PLAIN, LOGIN, ..."),
    ("remote_address", "VARCHAR", "ip", "client's address (rip)"),
    ("local_address", "VARCHAR", "ip", "server's address (lip)"),
    ("attempt_count", "BIGINT", "int", "authentication attempts"),
    ("duration_seconds", "DOUBLE", "float", "how long it took, seconds"),
    ("bytes_in", "BIGINT", "int", "bytes received from the client"),
    ("bytes_out", "BIGINT", "int", "bytes sent to the client"),
    ("is_tls", "BOOLEAN", "flag", "the session was encrypted"),
    ("deleted_count", "BIGINT", "int", "messages marked as deleted in the session"),
    ("expunged_count", "BIGINT", "int", "messages expunged in the session"),
    ("trashed_count", "BIGINT", "int", "messages moved to the trash in the session"),
    # -- the daemons themselves -------------------------------------------------------------
    ("parameter", "VARCHAR", "name", "configuration parameter that the line is about"),
    ("severity", "VARCHAR", "word", "info, warning, error, fatal or panic"),
    ("version", "VARCHAR", "word", "program version"),
    ("component", "VARCHAR", "name", "the program's module, plugin or process that speaks"),
    ("peer_pid", "BIGINT", "int", "another process the line is about"),
    ("item_count", "BIGINT", "int", "a number of things that the line counts"),
    ("detail", "VARCHAR", "rest", "the rest of the line where it has no field of its own"),
)

# Fields with a column of their own in the stored table. The others share one JSON column: every
# column costs some 30 ns for every line, filled or not (docs/adr/0002-event-columns.md).
OWN_COLUMNS = (
    "queue_id", "related_queue_id", "message_id", "envelope_sender", "recipient",
    "original_recipient", "size_bytes", "recipient_count", "client_name", "client_address",
    "helo_name", "sasl_username", "relay_host", "relay_address", "relay_port", "connection_use",
    "delay_seconds", "delay_before_qmgr", "delay_in_qmgr", "delay_connection_setup",
    "delay_transmission", "dsn", "status", "reply", "reply_code", "remote_queue_id", "action",
    "stage", "reason", "username", "session_id", "mailbox", "remote_address", "spam_score",
)  # fmt: skip

"""The view `logins`: who logged in, and who failed to. A login is:

- with IMAP, POP3, ManageSieve and Dovecot's submission service: what their login processes say. A
  connection on which passwords failed three times is three failures;
- with SMTP: a message that Postfix takes from somebody who logged in, as it names users only there.

What Dovecot's authentication server and saslauthd say does not count: they log the same failures as
the service that asked them.
"""

from parsers.columns import events_select

_IS_SMTP = "starts_with(event, 'postfix.')"
_COUNTS = """(
    event IN ('dovecot.logged_in', 'dovecot.login_failed')
    OR event = 'postfix.client_assigned' AND sasl_username IS NOT NULL
    OR event = 'postfix.authentication_failed' AND reason IS DISTINCT FROM 'aborted')
"""
_LOOKED_AT = (
    "position", "occurred_at", "host", "event", "service", "sasl_username", "username",
    "client_address", "remote_address", "sasl_method", "login_method", "reason", "is_tls",
    "repeated", "attempt_count",
)  # fmt: skip


def logins(condition: str = "true") -> str:
    """The view as SQL; condition: on `event_rows`, which of them are looked at."""
    rows = f"(FROM event_rows WHERE {_COUNTS} AND {condition})"
    return f"""
    SELECT position, occurred_at, host,
        CASE WHEN {_IS_SMTP} THEN 'smtp' ELSE split_part(service, '-', 1) END AS service,
        CASE WHEN {_IS_SMTP} THEN sasl_username ELSE username END AS username,
        CASE WHEN {_IS_SMTP} THEN client_address ELSE remote_address END AS address,
        CASE WHEN {_IS_SMTP} THEN sasl_method ELSE login_method END AS method,
        CASE WHEN event IN ('dovecot.logged_in', 'postfix.client_assigned') THEN 'good'
            ELSE 'failed' END AS result,
        reason,
        -- says `TLS`, or `secured` of a client that is trusted (false), or nothing
        CASE WHEN event = 'dovecot.logged_in' THEN is_tls IS NULL END AS is_plain_text,
        coalesce(repeated, 1) * CASE WHEN event = 'dovecot.login_failed'
            THEN greatest(attempt_count, 1) ELSE 1 END AS repeated
    FROM ({events_select(rows, _LOOKED_AT)})
    """

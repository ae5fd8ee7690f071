"""The table `logins`: who logged in, and who failed to, a row for each line. A login is:

- with IMAP, POP3, ManageSieve and Dovecot's submission service: what their login processes say. A
  connection on which passwords failed three times is three failures;
- with SMTP: a message that Postfix takes from somebody who logged in, as it names users only there.

What Dovecot's authentication server and saslauthd say does not count: they log the same failures as
the service that asked them.
"""

import duckdb

from parsers.columns import events_select
from tracer.projections.places import of_events, placed

NAME = "logins"
VERSION = 1

DDL: tuple[str, ...] = (
    "DROP VIEW IF EXISTS logins",  # which stores of before have
    """
    CREATE TABLE logins (
        position BIGINT,
        occurred_at TIMESTAMP,
        host VARCHAR,
        service VARCHAR,        -- smtp, imap, pop3, managesieve or submission (Dovecot's)
        username VARCHAR,
        address VARCHAR,        -- the client's
        method VARCHAR,
        result VARCHAR,         -- good or failed
        reason VARCHAR,         -- why it failed
        is_plain_text BOOLEAN,  -- NULL of failures and of SMTP
        repeated BIGINT         -- how many the line stands for
    )
    """,
)

_EVENTS = (
    "dovecot.logged_in", "dovecot.login_failed",
    "postfix.client_assigned", "postfix.authentication_failed",
)  # fmt: skip
_LOOKED_AT = (
    "position", "occurred_at", "host", "event", "service", "sasl_username", "username",
    "client_address", "remote_address", "sasl_method", "login_method", "reason", "is_tls",
    "repeated", "attempt_count",
)  # fmt: skip
_IS_SMTP = "starts_with(event, 'postfix.')"
_INSERT = f"""
    INSERT INTO logins
    SELECT position, occurred_at, host,
        CASE WHEN {_IS_SMTP} THEN 'smtp' ELSE split_part(service, '-', 1) END,
        CASE WHEN {_IS_SMTP} THEN sasl_username ELSE username END,
        CASE WHEN {_IS_SMTP} THEN client_address ELSE remote_address END,
        CASE WHEN {_IS_SMTP} THEN sasl_method ELSE login_method END,
        CASE WHEN event IN ('dovecot.logged_in', 'postfix.client_assigned') THEN 'good'
            ELSE 'failed' END,
        reason,
        -- says `TLS`, or `secured` of a client that is trusted (false), or nothing
        CASE WHEN event = 'dovecot.logged_in' THEN is_tls IS NULL END,
        coalesce(repeated, 1) * CASE WHEN event = 'dovecot.login_failed'
            THEN greatest(attempt_count, 1) ELSE 1 END
    FROM ({events_select(of_events(_EVENTS), _LOOKED_AT)})
    WHERE (event <> 'postfix.client_assigned' OR sasl_username IS NOT NULL)
        AND (event <> 'postfix.authentication_failed' OR reason IS DISTINCT FROM 'aborted')
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, say."""
    con.execute(placed(_INSERT, first_position, last_position))

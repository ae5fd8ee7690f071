"""Attempts at delivery, by everything that one may ask of them.

Owns `attempts`: a row for each line that `traffic_minutely` counts as delivered, deferred or
bounced, batch after batch as the lines came, so that a range of time is a range of rows. A hop is
taken out where `traffic_hops` says that it is one.

Delays are kept as decibels of a second, 10 log10(s), so that percentiles can be told of how often
each comes, however many there are.

A delivery was encrypted where the same process, in the minutes before, told of a TLS connection to
the same server (smtp_tls_loglevel = 1). That line may be stored after the delivery's, where the
files of a log are read newest first.
"""

import duckdb

from parsers.columns import events_select
from tracer.projections import traffic
from tracer.projections.groupings import domain_of
from tracer.projections.places import placed
from tracer.reasons.batch import TEXT, TOLD, fingerprint, tell_reasons
from tracer.reasons.matching import COLUMNS, NAMES_A_LIST

NAME = "attempts"
VERSION = fingerprint(2, traffic.VERSION)  # the first: raised with what else changes here

PARTS = ("before_qmgr", "in_qmgr", "connection_setup", "transmission")
_CONNECTED = "to_minutes(10)"  # postconf(5): a connection is used for 5, a delivery may take 10

DDL: tuple[str, ...] = (
    """
    CREATE TABLE attempts (
        position BIGINT,
        minute TIMESTAMP,       -- its beginning, UTC
        host VARCHAR,           -- '' where the line names none
        outcome VARCHAR,        -- delivered, deferred or bounced
        domain VARCHAR,         -- the recipient's
        relay_host VARCHAR,
        dsn VARCHAR,
        tls_protocol VARCHAR,   -- NULL unless delivered over a network; '' in clear
        reason_class VARCHAR,   -- these four are NULL where it was delivered
        provider VARCHAR,
        blocklist VARCHAR,
        blocked_address VARCHAR,    -- which of our addresses is blocked, as far as the reply says
        delay TINYINT,              -- from arrival to the end, decibels of a second
        delay_before_qmgr TINYINT,
        delay_in_qmgr TINYINT,
        delay_connection_setup TINYINT,
        delay_transmission TINYINT,
        count BIGINT            -- how many the line stands for
    )
    """,
)


def _decibels(seconds: str) -> str:
    """10 log10 of a time; what is logged as 0 is taken as a hundredth of a second."""
    return f"round(10 * log10(greatest({seconds}, 0.01)))::TINYINT"


_IN_BATCH = """
    position BETWEEN $first AND $last AND event = 'postfix.delivery_attempted'
    AND occurred_at IS NOT NULL
"""
_BATCH = f"""
    CREATE OR REPLACE TEMP TABLE attempted AS
    SELECT position, date_trunc('minute', occurred_at) AS minute, coalesce(host, '') AS host,
        CASE status WHEN 'sent' THEN 'delivered' ELSE status END AS outcome,
        {domain_of("recipient")} AS domain, relay_host, relay_port, dsn,
        {_decibels("delay_seconds")} AS delay,
        {", ".join(f"{_decibels(f'delay_{part}')} AS delay_{part}" for part in PARTS)},
        coalesce(repeated, 1) AS count
    FROM event_rows ANTI JOIN (
        SELECT position FROM traffic_hops
        WHERE outcome = 'delivered' AND position BETWEEN $first AND $last
    ) USING (position)
    WHERE {_IN_BATCH} AND status IN ('sent', 'deferred', 'bounced')
"""
_FAILED_COLUMNS = ("position", "occurred_at", "status", *COLUMNS)
_FAILED = f"""
    CREATE OR REPLACE TEMP TABLE failed AS
    SELECT *, {TEXT} AS text
    FROM (
        SELECT position, {TOLD} FROM ({events_select("event_rows", _FAILED_COLUMNS)})
        WHERE {_IN_BATCH} AND status IN ('deferred', 'bounced')
    )
"""
# What a server says begins after its name and address; the first address in it is ours.
_SAID = r"^(?:delivery temporarily suspended: )?host [^ ]+ (?:said|refused to talk to me): "
_ADDRESS = r"\b(?:[0-9]{1,3}(?:\.[0-9]{1,3}){3}|[0-9a-fA-F]{1,4}(?::[0-9a-fA-F]{0,4}){2,7})\b"
_REASONS = f"""
    SELECT position, reason_class, provider, blocklist,
        CASE WHEN reason_class IN ('{"', '".join(NAMES_A_LIST)}') THEN
            nullif(regexp_extract(regexp_replace(reply, '{_SAID}', ''), '{_ADDRESS}'), '')
        END AS blocked_address
    FROM failed JOIN batch_reasons USING (text)
"""
_CONNECTION = "hash(coalesce(host, ''), program, pid, relay_address, relay_port)"
_CONNECTION_COLUMNS = (
    "position", "event", "host", "program", "pid", "relay_address", "relay_port",
    "occurred_at", "tls_protocol",
)  # fmt: skip
_IS_TLS = "event = 'postfix.tls_established' AND relay_port IS NOT NULL"
_IS_SENT = "event = 'postfix.delivery_attempted' AND status = 'sent' AND relay_port IS NOT NULL"
_SPAN = f"""
    SELECT min(occurred_at) - {_CONNECTED}, max(occurred_at) + {_CONNECTED} FROM event_rows
    WHERE position BETWEEN $first AND $last AND ({_IS_TLS} OR {_IS_SENT})
"""
_ENCRYPTED = f"""
    CREATE OR REPLACE TEMP TABLE encrypted AS
    SELECT d.position, t.tls_protocol
    FROM (
        SELECT position, occurred_at, {_CONNECTION} AS connection FROM event_rows
        WHERE {_IS_SENT} AND occurred_at BETWEEN $since AND $until AND position <= $last
            AND (position >= $first OR {_CONNECTION} IN (
                SELECT {_CONNECTION} FROM event_rows
                WHERE {_IS_TLS} AND position BETWEEN $first AND $last))
    ) d
    ASOF JOIN (
        SELECT {_CONNECTION} AS connection, occurred_at, max(tls_protocol) AS tls_protocol
        FROM ({events_select("event_rows", _CONNECTION_COLUMNS)})
        WHERE {_IS_TLS} AND occurred_at BETWEEN $since AND $until GROUP BY ALL
    ) t
    ON d.connection = t.connection AND d.occurred_at >= t.occurred_at
    WHERE d.occurred_at <= t.occurred_at + {_CONNECTED}
"""
_INSERT = f"""
    INSERT INTO attempts
    SELECT position, minute, host, outcome, domain, relay_host, dsn,
        CASE WHEN relay_port IS NOT NULL AND outcome = 'delivered'
            THEN coalesce(tls_protocol, '') END,
        reason_class, provider, blocklist, blocked_address,
        delay, {", ".join(f"delay_{part}" for part in PARTS)}, count
    FROM attempted LEFT JOIN ({_REASONS}) USING (position)
    LEFT JOIN encrypted USING (position)
"""
_HOPS_BEFORE = f"""
    SELECT position FROM {traffic.FOUND} WHERE outcome = 'delivered' AND position < $first
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add the attempts of the events first_position..last_position; `traffic` has counted them."""
    places = first_position, last_position
    # there is none where `traffic` was up to date, and only this is made anew
    con.execute(f"CREATE TEMP TABLE IF NOT EXISTS {traffic.FOUND} AS FROM traffic_hops LIMIT 0")
    hops = con.execute(placed(_HOPS_BEFORE, *places)).fetchall()
    con.execute(f"DROP TABLE {traffic.FOUND}")
    if hops:
        listed = ", ".join(str(position) for (position,) in hops)
        con.execute(f"DELETE FROM attempts WHERE position IN ({listed})")
    con.execute(placed(_BATCH, *places))
    con.execute(placed(_FAILED, *places))
    tell_reasons(con, "failed")
    _find_encrypted(con, *places)
    con.execute(_INSERT)
    for table in ("encrypted", "batch_reasons", "failed", "attempted"):
        con.execute(f"DROP TABLE {table}")


def _find_encrypted(
    con: duckdb.DuckDBPyConnection, first_position: int, last_position: int
) -> None:
    """Make `encrypted`: the batch's deliveries that were; tell it of those before the batch."""
    places = first_position, last_position
    ((since, until),) = con.execute(placed(_SPAN, *places)).fetchall()
    since, until = (f"TIMESTAMP '{at}'" if at else "NULL" for at in (since, until))
    span = _ENCRYPTED.replace("$since", since).replace("$until", until)
    con.execute(placed(span, *places))
    earlier = con.execute(placed("FROM encrypted WHERE position < $first", *places)).fetchall()
    if earlier:
        listed = ", ".join(str(position) for position, _ in earlier)
        con.execute(f"""
            UPDATE attempts SET tls_protocol = e.tls_protocol FROM encrypted e
            WHERE attempts.position = e.position AND attempts.position IN ({listed})
        """)

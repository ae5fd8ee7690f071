"""Attempts at delivery, by everything that one may ask of them.

Owns `attempts`: a row for each line that `traffic_minutely` counts as delivered, deferred or
bounced, batch after batch as the lines came, so that a range of time is a range of rows. A hop is
taken out where `traffic_hops` says that it is one.

Delays are kept as decibels of a second, 10 log10(s), so that percentiles can be told of how often
each comes, however many there are.

A delivery was encrypted where the same process, in the lines just before, told of a TLS connection
to the same server (smtp_tls_loglevel = 1).
"""

import duckdb

from parsers.columns import events_select
from tracer.projections import traffic
from tracer.projections.groupings import domain_of
from tracer.projections.places import placed
from tracer.reasons.batch import TEXT, TOLD, fingerprint, tell_reasons
from tracer.reasons.matching import COLUMNS, NAMES_A_LIST

NAME = "attempts"
VERSION = fingerprint(1, traffic.VERSION)  # the first: raised with what else changes here

PARTS = ("before_qmgr", "in_qmgr", "connection_setup", "transmission")
LOOK_BACK = 10_000  # lines in which a process told of the connection that it delivers over

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
        {domain_of("recipient")} AS domain, relay_host, relay_address, relay_port, program, pid,
        dsn, {_decibels("delay_seconds")} AS delay,
        {", ".join(f"{_decibels(f'delay_{part}')} AS delay_{part}" for part in PARTS)},
        coalesce(repeated, 1) AS count
    FROM event_rows ANTI JOIN (
        SELECT position FROM traffic_hops
        WHERE outcome = 'delivered' AND found_by BETWEEN $first AND $last
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
    "position", "event", "host", "program", "pid", "relay_address", "relay_port", "tls_protocol",
)  # fmt: skip
_ENCRYPTED = f"""
    CREATE OR REPLACE TEMP TABLE encrypted AS
    SELECT a.position, t.tls_protocol
    FROM (
        SELECT position, {_CONNECTION} AS connection FROM attempted
        WHERE relay_port IS NOT NULL AND outcome = 'delivered'
    ) a
    ASOF JOIN (
        SELECT position, {_CONNECTION} AS connection, tls_protocol
        FROM ({events_select("event_rows", _CONNECTION_COLUMNS)})
        WHERE position BETWEEN $first - {LOOK_BACK} AND $last
            AND event = 'postfix.tls_established' AND relay_port IS NOT NULL
    ) t
    ON a.connection = t.connection AND a.position > t.position
    WHERE a.position - t.position <= {LOOK_BACK}
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
_HOPS_BEFORE = """
    SELECT position FROM traffic_hops
    WHERE outcome = 'delivered' AND found_by BETWEEN $first AND $last AND position < $first
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add the attempts of the events first_position..last_position; `traffic` has counted them."""
    places = first_position, last_position
    hops = con.execute(placed(_HOPS_BEFORE, *places)).fetchall()
    if hops:
        listed = ", ".join(str(position) for (position,) in hops)
        con.execute(f"DELETE FROM attempts WHERE position IN ({listed})")
    con.execute(placed(_BATCH, *places))
    con.execute(placed(_FAILED, *places))
    tell_reasons(con, "failed")
    con.execute(placed(_ENCRYPTED, *places))
    con.execute(_INSERT)
    for table in ("encrypted", "batch_reasons", "failed", "attempted"):
        con.execute(f"DROP TABLE {table}")

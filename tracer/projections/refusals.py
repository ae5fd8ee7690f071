"""What was refused, by everything that one may ask of it.

Owns `refusals`: a row for each line that `traffic_minutely` counts as rejected, batch after batch
as the lines came, so that a range of time is a range of rows, and any two of its columns can be
looked at together. The columns are few and narrow: a question reads two or three of them.
"""

import duckdb

from parsers.columns import events_select
from tracer.projections.groupings import domain_of, network_of
from tracer.projections.places import placed
from tracer.reasons.batch import TEXT, TOLD, fingerprint, tell_reasons
from tracer.reasons.matching import COLUMNS

NAME = "refusals"
VERSION = fingerprint(1)  # the number: raised with what else changes here

DDL: tuple[str, ...] = (
    """
    CREATE TABLE refusals (
        position BIGINT,
        minute TIMESTAMP,       -- its beginning, UTC
        host VARCHAR,           -- '' where the line names none
        reason_class VARCHAR,
        stage VARCHAR,          -- '' where the line names none
        blocklist VARCHAR,
        client_network VARCHAR, -- /24 or /48; NULL where the line names no client
        sender_domain VARCHAR,  -- '' of the null sender, NULL where the line names none
        recipient VARCHAR,
        count BIGINT            -- how many the line stands for
    )
    """,
)

_LOOKED_AT = (
    "position", "occurred_at", "host", "client_address", "envelope_sender", "recipient", "repeated",
    *COLUMNS,
)  # fmt: skip
_BATCH = f"""
    CREATE OR REPLACE TEMP TABLE refused AS
    SELECT *, {TEXT} AS text FROM (
        SELECT position, date_trunc('minute', occurred_at) AS minute, coalesce(host, '') AS host,
            {network_of("client_address")} AS client_network,
            {domain_of("envelope_sender")} AS sender_domain, lower(recipient) AS recipient,
            coalesce(repeated, 1) AS count, {TOLD}
        FROM ({events_select("event_rows", _LOOKED_AT)})
        WHERE position BETWEEN $first AND $last AND event = 'postfix.rejected'
            AND occurred_at IS NOT NULL
    )
"""
_INSERT = """
    INSERT INTO refusals
    SELECT position, minute, host, reason_class, coalesce(stage, ''), blocklist, client_network,
        sender_domain, recipient, count
    FROM refused JOIN batch_reasons USING (text)
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what was refused of the events first_position..last_position, just inserted."""
    con.execute(placed(_BATCH, first_position, last_position))
    tell_reasons(con, "refused")
    con.execute(_INSERT)
    con.execute("DROP TABLE batch_reasons")
    con.execute("DROP TABLE refused")

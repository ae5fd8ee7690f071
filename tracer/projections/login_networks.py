"""The table `login_networks`: from which networks users log in, day by day, whatever the service.

What is usual for somebody is told by weeks of logins: read from the events, they would be most of
them.
"""

from datetime import datetime

import duckdb

from tracer.projections.groupings import network_of
from tracer.projections.places import placed

NAME = "login_networks"
VERSION = 1

DDL: tuple[str, ...] = (
    """
    CREATE TABLE login_networks ( -- a row once, however many logins there were
        day DATE,           -- UTC
        username VARCHAR,
        network VARCHAR     -- /24 or /48
    )
    """,
)

_FORGET = f"""
    DELETE FROM login_networks
    WHERE day <= $before::DATE AND (day, username, network) NOT IN (
        SELECT (occurred_at::DATE, username, {network_of("address")}) FROM logins
        WHERE occurred_at >= $before AND occurred_at < $before::DATE + 1
            AND result = 'good' AND username IS NOT NULL
            AND {network_of("address")} IS NOT NULL
    )
"""
_ANY = """
    SELECT 1 FROM logins WHERE position BETWEEN $first AND $last AND result = 'good' LIMIT 1
"""
_INSERT = f"""
    INSERT INTO login_networks
    WITH seen AS MATERIALIZED (
        SELECT DISTINCT occurred_at::DATE AS day, username, {network_of("address")} AS network
        FROM logins
        WHERE position BETWEEN $first AND $last
            AND result = 'good' AND occurred_at IS NOT NULL AND username IS NOT NULL
            AND network IS NOT NULL
    ),
    known AS (SELECT * FROM login_networks SEMI JOIN seen USING (day, username, network))
    FROM seen ANTI JOIN known USING (day, username, network)
    ORDER BY ALL
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, are the first to say.

    `logins` holds them.
    """
    if con.execute(placed(_ANY, first_position, last_position)).fetchall():  # 1 ms instead of 8
        con.execute(placed(_INSERT, first_position, last_position))


def forget(con: duckdb.DuckDBPyConnection, before: datetime) -> None:
    """Take out what only logins before a time (naive UTC) said; these are gone already."""
    con.execute(_FORGET.replace("$before", f"TIMESTAMP '{before}'"))

"""The table `addresses`: which of Postfix's lines name which address.

A question about one address would else read the addresses of all events. As text they take less
room than hashes would, since those of a while are few, and part of an address can be looked up.
"""

import duckdb

NAME = "addresses"
VERSION = 1

DDL: tuple[str, ...] = (
    """
    CREATE TABLE addresses (
        address VARCHAR,    -- sender, recipient or original recipient, in lower case; never ''
        position BIGINT     -- of the line
    )
    """,
)

_NAMED = """
    SELECT lower({column}), position FROM event_rows
    WHERE position BETWEEN {first} AND {last} AND instance IS NOT NULL AND {column} <> ''
"""
_COLUMNS = ("envelope_sender", "recipient", "original_recipient")


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, name."""
    named = " UNION ALL ".join(
        _NAMED.format(column=column, first=int(first_position), last=int(last_position))
        for column in _COLUMNS
    )
    con.execute(f"INSERT INTO addresses {named} ORDER BY position")

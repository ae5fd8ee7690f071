"""What events add up to: one file a read model, kept in the transaction that adds the events."""

from collections.abc import Mapping
from typing import Protocol

import duckdb

from tracer.projections import (
    addresses,
    attempts,
    authentications,
    event_counts,
    links,
    login_networks,
    logins,
    messages,
    queue_actions,
    refusals,
    traffic,
    verdicts,
)


class Projection(Protocol):
    """A read model: a module that owns tables derived from events, and when their files begin.

    NAME: what the store's `meta` calls it.
    VERSION: raised with every change of meaning; its tables are then made anew from the events.
    DDL: the statements that make its tables and views, in order.
    """

    NAME: str
    VERSION: int
    DDL: tuple[str, ...]

    def update(
        self, con: duckdb.DuckDBPyConnection, first_position: int, last_position: int
    ) -> None:
        """Take in the events first_position..last_position, inserted in the open transaction."""


# What outlives the lines that it was made of: by read model its tables, and the column that says
# of when a count is; None: all rows do.
COUNTS: Mapping[str, Mapping[str, str | None]] = {
    traffic.NAME: {"traffic_minutely": "minute", "traffic_milter_hosts": None},
    event_counts.NAME: {"event_counts": "quarter"},
}
PROJECTIONS: tuple[Projection, ...] = (
    messages,
    links,
    addresses,
    traffic,
    refusals,
    attempts,
    verdicts,
    authentications,
    logins,
    event_counts,
    queue_actions,
    login_networks,
)

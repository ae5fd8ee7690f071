"""What `last message repeated 3 times` stands for: the line before it of the same host and stream.

Its event becomes one more like that line's, `repeated` as often as it says; where there is no such
line, it stays `log.message_repeated`.
"""

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from parsers.columns import PLACE_COLUMNS, STORED_COLUMNS

_EVENT = "log.message_repeated"
_LOOK_BACK = 1_000  # lines
_OWN_COLUMNS = (*PLACE_COLUMNS, "occurred_at", "host", "repeated")
_COPIED = [name for name in STORED_COLUMNS if name not in _OWN_COLUMNS]


def tell_repeated(
    connection: duckdb.DuckDBPyConnection, events: pa.Table, table: str = "event_rows"
) -> None:
    """Give such lines among the events, just inserted in the table, what they stand for."""
    if not pc.any(pc.equal(events["event"], _EVENT)).as_py():
        return
    (first, last) = pc.min_max(events["position"]).as_py().values()
    connection.execute(f"""
        UPDATE {table} AS r SET {", ".join(f"{name} = p.{name}" for name in _COPIED)}
        FROM (
            SELECT q.position AS repeats_at, {", ".join(f"p.{name}" for name in _COPIED)}
            FROM (FROM {table} WHERE position BETWEEN {first} AND {last}
                AND event = '{_EVENT}') q
            ASOF JOIN (SELECT * REPLACE (coalesce(host, '') AS host) FROM {table}
                WHERE position BETWEEN {first - _LOOK_BACK} AND {last}
                AND event <> '{_EVENT}') p
            ON q.source_id = p.source_id AND q.generation = p.generation
                AND coalesce(q.host, '') = p.host AND q.position > p.position
        ) p
        WHERE r.position = p.repeats_at AND r.position BETWEEN {first} AND {last}
    """)

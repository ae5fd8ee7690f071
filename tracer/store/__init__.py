"""The store: lines, their events and what they add up to, in one DuckDB file."""

from tracer.store.readers import open_appender, open_reader, open_writer, replay_store
from tracer.store.reading import QueryError, Reader, Rows

__all__ = [
    "QueryError",
    "Reader",
    "Rows",
    "open_appender",
    "open_reader",
    "open_writer",
    "replay_store",
]

"""The store: lines, their events and what they add up to, in one DuckDB file."""

from tracer.store.readers import open_appender, open_reader, open_writer
from tracer.store.reading import QueryError, Reader, Rows
from tracer.store.writer import Writer

__all__ = [
    "QueryError",
    "Reader",
    "Rows",
    "Writer",
    "open_appender",
    "open_reader",
    "open_writer",
]

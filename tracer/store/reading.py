"""What a reader of the store is, whoever runs its statements."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Self

import pyarrow as pa

from tracer.errors import TracerError

TIMEOUT_SECONDS = 30.0
# Rows of several statements on their way: the statement's number, and a stream of Arrow's IPC.
PACKED = pa.schema([("number", pa.int32()), ("rows", pa.binary())])


def never() -> bool:
    """Whether the reader has gone: it has not."""
    return False


class QueryError(TracerError):
    """A statement that DuckDB refuses, in its own words."""


class OwnerGoneError(TracerError):
    """The process that owned the store does not answer any more."""


class Rows:
    """A result that comes in batches; closed at its end, by close(), or when it is dropped."""

    def __init__(
        self,
        schema: pa.Schema,
        fetch: Callable[[], pa.RecordBatch | None],
        close: Callable[[], None],
    ) -> None:
        """fetch: gives the next batch, None at the end.

        close: may be called more than once, and at any moment: it must wait for no lock.
        """
        self.schema = schema
        self._fetch = fetch
        self._close = close

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        try:
            batch = self._fetch()
        except BaseException:
            self.close()
            raise
        if batch is None:
            self.close()
            raise StopIteration
        return batch

    def close(self) -> None:
        """End the query if it still runs."""
        self._close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()


class Reader(ABC):
    """Runs statements that only read, each on the state that was committed when it began."""

    @abstractmethod
    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = never,
    ) -> Rows:
        """Run exactly one SELECT or EXPLAIN and give its rows as they come.

        parameters: values of `$name` in the statement: text, bytes, numbers, booleans, dates,
            times, None, or lists of these.
        timeout_seconds: the statement is stopped then, however far its rows were read.
        unwanted: asked now and then, from another thread; where true, the statement is stopped.
        Raises QueryError where DuckDB refuses the statement; also while rows are read.
        """

    @abstractmethod
    def packed_rows(self, statements: Sequence[str], *, timeout_seconds: float) -> Rows:
        """What rows_together() gives, packed as `pack` does."""

    def rows_together(
        self, statements: Sequence[str], *, timeout_seconds: float = TIMEOUT_SECONDS
    ) -> Iterator[tuple[int, pa.RecordBatch]]:
        """Run SELECTs one after the other, all on the state that was committed when they began.

        Gives batches with their statement's number, at least one (maybe empty) for each.
        Raises as rows() does.
        """
        with self.packed_rows(statements, timeout_seconds=timeout_seconds) as rows:
            for batch in rows:
                for number, packed in zip(*batch.columns, strict=True):
                    with pa.ipc.open_stream(packed.as_buffer()) as stream:
                        yield number.as_py(), stream.read_next_batch()

    @abstractmethod
    def close(self) -> None:
        """Let go of the store."""

    def query(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = never,
        max_rows: int | None = None,
    ) -> pa.Table:
        """All rows of a statement, or the first max_rows; see rows()."""
        batches: list[pa.RecordBatch] = []
        count = 0
        with self.rows(sql, parameters, timeout_seconds=timeout_seconds, unwanted=unwanted) as rows:
            for batch in rows:
                if max_rows is not None and count + batch.num_rows >= max_rows:
                    batches.append(batch.slice(0, max_rows - count))
                    break
                batches.append(batch)
                count += batch.num_rows
        return pa.Table.from_batches(batches, rows.schema)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def pack(number: int, batch: pa.RecordBatch) -> pa.RecordBatch:
    """A batch of statement `number` as a row of packed_rows()."""
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, batch.schema) as stream:
        stream.write_batch(batch)
    packed = sink.getvalue()
    ends = pa.array([0, packed.size], pa.int32()).buffers()[1]
    rows = pa.Array.from_buffers(pa.binary(), 1, [None, ends, packed])  # copies nothing
    return pa.record_batch([pa.array([number], pa.int32()), rows], schema=PACKED)

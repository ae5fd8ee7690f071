"""What a reader of the store is, whoever runs its statements."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Self

import pyarrow as pa

from tracer.errors import TracerError

TIMEOUT_SECONDS = 30.0


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
    ) -> Rows:
        """Run exactly one SELECT or EXPLAIN and give its rows as they come.

        parameters: values of `$name` in the statement: text, bytes, numbers, booleans, dates,
            times, None, or lists of these.
        timeout_seconds: the statement is stopped then, however far its rows were read.
        Raises QueryError where DuckDB refuses the statement; also while rows are read.
        """

    @abstractmethod
    def close(self) -> None:
        """Let go of the store."""

    def query(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        max_rows: int | None = None,
    ) -> pa.Table:
        """All rows of a statement, or the first max_rows; see rows()."""
        batches: list[pa.RecordBatch] = []
        count = 0
        with self.rows(sql, parameters, timeout_seconds=timeout_seconds) as rows:
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

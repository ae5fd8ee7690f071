"""The store as another process owns it: readers and appenders that speak to its socket."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Self, TypeVar

import pyarrow as pa
from pyarrow import flight

from tracer.errors import TracerError
from tracer.sources.chunks import Appended, Chunk, Ending, Identity, Stream
from tracer.store import wire
from tracer.store.insights import Request
from tracer.store.reading import (
    TIMEOUT_SECONDS,
    OwnerGoneError,
    QueryError,
    Reader,
    Rows,
    never,
)
from tracer.store.reports import Claim, Settled

_Answer = TypeVar("_Answer")
_ASK_SECONDS = 0.1  # how often a waiting reader is asked whether it still wants the answer


class RemoteReader(Reader):
    """Sends statements to the owner."""

    def __init__(self, socket: Path) -> None:
        self._client = _connect(socket)

    def rows(
        self,
        sql: str,
        parameters: Mapping[str, object] | None = None,
        *,
        timeout_seconds: float = TIMEOUT_SECONDS,
        unwanted: Callable[[], bool] = never,
    ) -> Rows:
        """See Reader.rows; raises OwnerGoneError where the owner has ended."""
        return self._send(wire.Query(sql, parameters or {}, timeout_seconds), unwanted)

    def packed_rows(self, statements: Sequence[str], *, timeout_seconds: float) -> Rows:
        """See Reader.packed_rows; raises OwnerGoneError where the owner has ended."""
        return self._send(wire.Query(list(statements), {}, timeout_seconds), never)

    def _send(self, query: wire.Query, unwanted: Callable[[], bool]) -> Rows:
        waiting = _Waiting(self._client, query.number, unwanted)
        ticket = flight.Ticket(wire.pack_query(query))
        with _crossing():
            stream = waiting.wait_for(partial(self._client.do_get, ticket))
            schema = stream.schema
        return Rows(schema, partial(_receive, stream, waiting), stream.cancel)

    def close(self) -> None:
        """Hang up."""
        self._client.close()


class RemoteAppender:
    """Sends chunks to the owner."""

    together = 1

    def __init__(self, socket: Path) -> None:
        self._client = _connect(socket)

    def resolve(self, identity: Identity, *, exclude: tuple[tuple[int, int], ...] = ()) -> Stream:
        """See sources.chunks.Appender."""
        return wire.unpack_stream(self._ask(wire.RESOLVE, wire.pack_identity(identity, exclude)))

    def prepare(self, data: bytes, ending: Ending) -> None:
        """See sources.chunks.Appender; the owner does it."""

    def append(self, chunk: Chunk) -> Appended:
        """See sources.chunks.Appender."""
        return wire.unpack_appended(self._ask(wire.APPEND, wire.pack_chunk(chunk)))

    def append_all(self, chunks: Iterator[Chunk]) -> Appended:
        """See sources.chunks.Appender; there is but one."""
        return self.append(*chunks)

    def claim_report(self, wanted: Claim) -> Claim | None:
        """See reports.claim."""
        return wire.unpack_claim(self._ask(wire.CLAIM_REPORT, wire.pack_claim(wanted)))

    def settle_report(self, done: Settled) -> None:
        """See reports.settle."""
        self._ask(wire.SETTLE_REPORT, wire.pack_settled(done))

    def forget(self, before: datetime) -> int:
        """See Writer.forget."""
        return int(self._ask(wire.FORGET, before.isoformat().encode()))

    def change_insights(self, request: Request) -> Any:
        """See insights.perform."""
        return json.loads(self._ask(wire.CHANGE_INSIGHTS, json.dumps(request).encode()))

    def close(self) -> None:
        """Hang up."""
        self._client.close()

    def _ask(self, request: str, body: bytes) -> bytes:
        with _crossing():
            (result,) = self._client.do_action(flight.Action(request, body))
            return bytes(result.body)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _connect(socket: Path) -> flight.FlightClient:
    return flight.connect(f"grpc+unix://{socket}")


def _receive(stream: flight.FlightStreamReader, waiting: "_Waiting") -> pa.RecordBatch | None:
    with _crossing():
        try:
            return waiting.wait_for(stream.read_chunk).data
        except StopIteration:
            return None


class _Waiting:
    """Waits for the owner in another thread: Flight notices neither Ctrl-C nor `unwanted`."""

    def __init__(
        self, client: flight.FlightClient, number: str, unwanted: Callable[[], bool]
    ) -> None:
        self._client = client
        self._number = number
        self._unwanted = unwanted

    def wait_for(self, call: Callable[[], _Answer]) -> _Answer:
        """What the call gives; the owner is told where nobody waits for it any more."""
        in_main = threading.current_thread() is threading.main_thread()
        if self._unwanted is never and not in_main:
            return call()
        answer: Future[_Answer] = Future()

        def fulfil() -> None:
            try:
                answer.set_result(call())
            except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
                answer.set_exception(error)

        threading.Thread(target=fulfil, daemon=True).start()
        try:
            while not wait([answer], None if self._unwanted is never else _ASK_SECONDS).done:
                if self._unwanted():
                    self._cancel()
        except BaseException:
            self._cancel()
            raise
        return answer.result()

    def _cancel(self) -> None:
        with suppress(flight.FlightUnavailableError):  # with its owner, the query has ended too
            list(self._client.do_action(flight.Action(wire.CANCEL, self._number.encode())))


@contextmanager
def _crossing() -> Iterator[None]:
    """Give errors that the owner sent their own shape again."""
    try:
        yield
    except flight.FlightUnavailableError as error:
        raise OwnerGoneError(
            "the process that owns the store has ended: run the command again"
        ) from error
    except flight.FlightError as error:
        kind, _, text = (error.extra_info or b"").decode(errors="replace").partition(":")
        if kind == "query":
            raise QueryError(text) from error
        if kind == "tracer":
            raise TracerError(text) from error
        raise TracerError(f"the process that owns the store failed: {error}") from error
    except pa.ArrowException as error:  # as Flight hands over the owner's ValueError
        raise TracerError(f"the process that owns the store failed: {error}") from error

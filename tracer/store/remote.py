"""The store as another process owns it: readers and appenders that speak to its socket."""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Self, TypeVar

import pyarrow as pa
from pyarrow import flight

from tracer.errors import TracerError
from tracer.sources.chunks import Appended, Chunk, Ending, Identity, Stream
from tracer.store import wire
from tracer.store.reading import TIMEOUT_SECONDS, OwnerGoneError, QueryError, Reader, Rows
from tracer.store.reports import Claim, Settled

_Answer = TypeVar("_Answer")


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
    ) -> Rows:
        """See Reader.rows; raises OwnerGoneError where the owner has ended."""
        ticket = flight.Ticket(wire.pack_query(sql, parameters, timeout_seconds))
        with _crossing():
            stream = _interruptibly(partial(self._client.do_get, ticket))
            schema = stream.schema
        return Rows(schema, partial(_receive, stream), stream.cancel)

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


def _receive(stream: flight.FlightStreamReader) -> pa.RecordBatch | None:
    with _crossing():
        try:
            return _interruptibly(stream.read_chunk).data
        except StopIteration:
            return None


def _interruptibly(call: Callable[[], _Answer]) -> _Answer:
    """Wait for the owner in another thread, as Flight does not notice Ctrl-C."""
    if threading.current_thread() is not threading.main_thread():
        return call()
    answer: Future[_Answer] = Future()

    def fulfil() -> None:
        try:
            answer.set_result(call())
        except BaseException as error:  # noqa: BLE001 - raised again where it is waited for
            answer.set_exception(error)

    threading.Thread(target=fulfil, daemon=True).start()
    return answer.result()


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

"""The owner of a store serves others: queries and appends over Arrow Flight on a unix socket."""

import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Self
from weakref import WeakValueDictionary

import pyarrow as pa
from pyarrow import flight

from parsers.registry import Registry
from tracer.errors import TracerError
from tracer.store import wire
from tracer.store.reading import QueryError, Rows
from tracer.store.writer import Writer

_LONGEST_MESSAGE = 4000  # errors travel in headers, which have a limit of 8 KiB
_CLOSE_SECONDS = 5.0  # how long clients have to take what they were being sent


class StoreServer(flight.FlightServerBase):  # type: ignore[misc]  # pyarrow has no types
    """Serves a Writer as long as it is open."""

    def __init__(self, writer: Writer, socket: Path) -> None:
        """Listen on `socket`; the file lock tells that whatever is there has no owner."""
        self._writer = writer
        self._socket = socket
        self._calls: WeakValueDictionary[str, _Call] = WeakValueDictionary()
        socket.unlink(missing_ok=True)
        before = os.umask(0o177)
        try:
            super().__init__(f"grpc+unix://{socket}")
        finally:
            os.umask(before)

    def do_get(
        self, context: flight.ServerCallContext, ticket: flight.Ticket
    ) -> flight.GeneratorStream:
        """Run a reader's statement."""
        call = _Call(context)
        with _crossing(), call.running():
            query = wire.unpack_query(ticket.ticket)
            self._calls[query.number] = call
            timeout = query.timeout_seconds
            if isinstance(query.sql, str):
                rows = self._writer.rows(
                    query.sql,
                    query.parameters,
                    timeout_seconds=timeout,
                    unwanted=call.is_cancelled,
                )
            else:
                rows = self._writer.packed_rows(
                    query.sql, timeout_seconds=timeout, unwanted=call.is_cancelled
                )
        return flight.GeneratorStream(rows.schema, _Sent(rows, call))

    def do_action(
        self, context: flight.ServerCallContext, action: flight.Action
    ) -> list[flight.Result]:
        """Do what a client asks that is no query."""
        body = action.body.to_pybytes()
        with _crossing():
            if action.type == wire.APPEND:
                answer = wire.pack_appended(self._writer.append(wire.unpack_chunk(body)))
            elif action.type == wire.RESOLVE:
                identity, exclude = wire.unpack_identity(body)
                answer = wire.pack_stream(self._writer.resolve(identity, exclude=exclude))
            elif action.type == wire.CANCEL:
                if call := self._calls.get(body.decode()):
                    call.cancel()
                answer = b""
            elif action.type == wire.CLAIM_REPORT and (wanted := wire.unpack_claim(body)):
                answer = wire.pack_claim(self._writer.claim_report(wanted))
            elif action.type == wire.SETTLE_REPORT:
                self._writer.settle_report(wire.unpack_settled(body))
                answer = b""
            elif action.type == wire.CHANGE_INSIGHTS:
                answer = json.dumps(self._writer.change_insights(json.loads(body))).encode()
            elif action.type == wire.FORGET:
                before = datetime.fromisoformat(body.decode())
                answer = str(self._writer.forget(before)).encode()
            else:
                raise TracerError(f"unknown request {action.type!r}: update mailtracer")
        return [flight.Result(answer)]

    def stop(self) -> None:
        """Stop serving; a client that takes nothing any more is not waited for long."""
        self._socket.unlink(missing_ok=True)
        stopping = threading.Thread(target=self.shutdown, daemon=True)
        stopping.start()
        stopping.join(_CLOSE_SECONDS)


class ServedWriter(Writer):
    """A Writer that serves its store to other processes until it is closed."""

    def __init__(self, path: Path, shapes: Registry | None = None, *, bulk: bool = False) -> None:
        super().__init__(path, shapes, bulk=bulk)
        try:
            self._server = StoreServer(self, wire.socket_path(path))
        except BaseException:
            super().close()
            raise

    def close(self) -> None:
        """Stop serving, then close."""
        self.stop_queries()
        self._server.stop()
        super().close()


class _Call:
    """A client's call. Flight's context may be asked only while Flight waits for us."""

    def __init__(self, context: flight.ServerCallContext) -> None:
        self._context = context
        self._lock = threading.Lock()
        self._is_running = False
        self._was_cancelled = False

    def cancel(self) -> None:
        """The client wants no answer any more."""
        self._was_cancelled = True

    @contextmanager
    def running(self) -> Iterator[None]:
        """Flight waits: the context lives."""
        with self._lock:
            self._is_running = True
        try:
            yield
        finally:
            with self._lock:
                self._is_running = False

    def is_cancelled(self) -> bool:
        """Whether the client has gone, as far as can be told; from any thread."""
        with self._lock:
            return self._was_cancelled or (self._is_running and bool(self._context.is_cancelled()))


class _Sent:
    """Rows on their way to a client."""

    def __init__(self, rows: Rows, call: _Call) -> None:
        self._rows = rows
        self._call = call

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> pa.RecordBatch:
        with _crossing(), self._call.running():
            return next(self._rows)


@contextmanager
def _crossing() -> Iterator[None]:
    """Send errors that users can act on as such; others as failures of the owner."""
    try:
        yield
    except TracerError as error:
        kind = "query" if isinstance(error, QueryError) else "tracer"
        text = str(error)[:_LONGEST_MESSAGE]
        raise flight.FlightServerError(text, extra_info=f"{kind}:{text}".encode()) from error

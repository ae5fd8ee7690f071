"""What travels between the owner of a store and its other users, and where they meet.

They meet at a unix socket beside the file that only the file's owner may use. Its messages are
Arrow Flight's; this module says what is in them.
"""

import json
import os
import re
import socket
import stat
import tempfile
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

import pyarrow as pa

from tracer.errors import TracerError
from tracer.sources.chunks import Appended, Chunk, Ending, Identity, Stream
from tracer.store.reports import Claim, Settled

APPEND, RESOLVE, CANCEL = "append", "resolve", "cancel"
CLAIM_REPORT, SETTLE_REPORT = "claim_report", "settle_report"
CHANGE_INSIGHTS = "change_insights"  # its body and answer are JSON
FORGET = "forget"  # its body is an ISO 8601 time, naive UTC; its answer a number
_SAFE_PATH = re.compile(r"/[\w./-]{1,99}", re.ASCII)  # a socket's path has at most 107 bytes


def socket_path(store: Path) -> Path:
    """Where the owner of `store` (an absolute path) listens.

    Beside the file; where that path is too long or odd for a socket, in the user's run-time
    folder.
    """
    beside = store.with_name(f"{store.name}.sock")
    if _SAFE_PATH.fullmatch(str(beside)):
        return beside
    return _runtime_folder() / f"{blake2b(os.fsencode(beside), digest_size=16).hexdigest()}.sock"


def _runtime_folder() -> Path:
    bases = (os.environ.get("XDG_RUNTIME_DIR", ""), tempfile.gettempdir())
    base = next((base for base in bases if re.fullmatch(r"/[\w./-]{1,40}", base, re.ASCII)), "/tmp")  # noqa: S108
    folder = Path(base) / f"mailtracer-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise TracerError(f"{folder} must be a folder that only you can use: remove it")
    return folder


def answers(path: Path) -> bool:
    """Whether an owner listens; a socket that a dead one left behind does not answer."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(5)
        try:
            probe.connect(str(path))
        except (FileNotFoundError, ConnectionRefusedError, NotADirectoryError):
            return False
        except PermissionError as error:
            raise TracerError(
                f"{path}: no permission; run as the user who runs `mailtracer watch`"
            ) from error
    return True


# -- queries ------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Query:
    """What a reader asks. sql: a list for Reader.packed_rows. number: by which it is cancelled."""

    sql: str | list[str]
    parameters: Mapping[str, object]
    timeout_seconds: float
    number: str = field(default_factory=lambda: uuid.uuid4().hex)


def pack_query(query: Query) -> bytes:
    """A query as a Flight ticket: its parameters are a row, so that types survive."""
    try:
        header = json.dumps(
            {"sql": query.sql, "timeout_seconds": query.timeout_seconds, "number": query.number}
        ).encode()
        row = pa.Table.from_pylist([dict(query.parameters)])
    except (pa.ArrowException, UnicodeEncodeError) as error:
        raise TracerError(f"a parameter cannot be sent: {error}") from error
    table = row.replace_schema_metadata({"query": header})
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as stream:
        stream.write_table(table)
    return bytes(sink.getvalue())


def unpack_query(ticket: bytes) -> Query:
    """What pack_query was given."""
    table = pa.ipc.open_stream(ticket).read_all()
    header = json.loads(table.schema.metadata[b"query"])
    rows = table.to_pylist()
    return Query(
        header["sql"], rows[0] if rows else {}, header["timeout_seconds"], header["number"]
    )


# -- appends ------------------------------------------------------------------------------------
# A message is a line of JSON and then bytes.


def pack_chunk(chunk: Chunk) -> bytes:
    """A chunk as an action's body."""
    header = {
        "stream": _stream_values(chunk.stream),
        "offset": chunk.offset,
        "ending": chunk.ending.value,
        "modified_at": chunk.modified_at and chunk.modified_at.isoformat(),
        "zone": chunk.zone,
    }
    return json.dumps(header).encode() + b"\n" + chunk.data


def unpack_chunk(body: bytes) -> Chunk:
    """What pack_chunk was given."""
    header, data = _parts(body)
    return Chunk(
        _stream(header["stream"]),
        header["offset"],
        data,
        Ending(header["ending"]),
        _time(header["modified_at"]),
        header["zone"],
    )


def pack_identity(identity: Identity, exclude: tuple[tuple[int, int], ...]) -> bytes:
    """The arguments of resolve()."""
    header = {
        "path": os.fsencode(identity.path).hex(),
        "device": identity.device,
        "inode": identity.inode,
        "exclude": exclude,
    }
    return json.dumps(header).encode() + b"\n" + identity.head


def unpack_identity(body: bytes) -> tuple[Identity, tuple[tuple[int, int], ...]]:
    """What pack_identity was given."""
    header, head = _parts(body)
    path = os.fsdecode(bytes.fromhex(header["path"]))
    identity = Identity(path, head, header["device"], header["inode"])
    return identity, tuple((source_id, generation) for source_id, generation in header["exclude"])


def pack_stream(stream: Stream) -> bytes:
    """What resolve() gives."""
    return json.dumps(_stream_values(stream)).encode()


def unpack_stream(body: bytes) -> Stream:
    """What pack_stream was given."""
    return _stream(json.loads(body))


def pack_appended(appended: Appended) -> bytes:
    """What append() gives."""
    return json.dumps(
        {
            "stream": _stream_values(appended.stream),
            "lines": appended.lines,
            "unparsed": appended.unparsed,
            "first_at": appended.first_at and appended.first_at.isoformat(),
            "last_at": appended.last_at and appended.last_at.isoformat(),
        }
    ).encode()


def unpack_appended(body: bytes) -> Appended:
    """What pack_appended was given."""
    values = json.loads(body)
    return Appended(
        _stream(values["stream"]),
        values["lines"],
        values["unparsed"],
        _time(values["first_at"]),
        _time(values["last_at"]),
    )


# -- reports ------------------------------------------------------------------------------------


def pack_claim(claim: Claim | None) -> bytes:
    """A claim, or that there is none."""
    return json.dumps(claim and claim.packed()).encode()


def unpack_claim(body: bytes) -> Claim | None:
    """What pack_claim was given."""
    values = json.loads(body)
    return values and Claim.unpacked(values)


def pack_settled(done: Settled) -> bytes:
    """What became of a claim."""
    return json.dumps(done.packed()).encode()


def unpack_settled(body: bytes) -> Settled:
    """What pack_settled was given."""
    return Settled.unpacked(json.loads(body))


def _parts(body: bytes) -> tuple[dict[str, Any], bytes]:
    end = body.index(b"\n")
    return json.loads(body[:end]), body[end + 1 :]


def _stream_values(stream: Stream) -> list[int | str]:
    return [
        stream.source_id,
        stream.generation,
        stream.committed_offset,
        stream.tail_length,
        stream.tail_digest.hex(),
    ]


def _stream(values: list[Any]) -> Stream:
    source_id, generation, committed_offset, tail_length, digest = values
    return Stream(source_id, generation, committed_offset, tail_length, bytes.fromhex(digest))


def _time(value: str | None) -> datetime | None:
    return datetime.fromisoformat(value) if value is not None else None

"""What sources hand to the store: whole lines with their place, and who they belong to."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import Protocol

HEAD_BYTES = 1024  # how much of a stream's beginning identifies it


@dataclass(frozen=True, slots=True)
class Identity:
    """What tells one stream of log bytes from another.

    head: the first HEAD_BYTES of the decompressed content, less where there is less; never empty.
    device, inode: None for standard input.
    path: as the user names it, absolute; `-` for standard input.
    """

    path: str
    head: bytes
    device: int | None = None
    inode: int | None = None


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream as the store knows it.

    source_id, generation: the same for `mail.log`, `mail.log.1` and `mail.log.1.gz` of one content.
    committed_offset: bytes of decompressed content already stored; reading goes on here.
    tail_length, tail_digest: blake2b-16 of the tail_length bytes before committed_offset; content
        that differs there is another stream (resolve it again with this one excluded).
    """

    source_id: int
    generation: int
    committed_offset: int
    tail_length: int
    tail_digest: bytes


class Ending(Enum):
    """How a chunk's last byte stands to its last line.

    A line may be an entry of the journal's export format, which ends with an empty line.
    """

    LINE = "line"  # its end
    PARTIAL = "partial"  # not its end yet: stored, and read again from its start next time
    FINAL = "final"  # not its end, and more will not come: the stream has ended


@dataclass(frozen=True, slots=True)
class Chunk:
    """Consecutive bytes of one stream, beginning at the start of a line.

    modified_at: when the file was last written (aware, UTC), the reference for year-less stamps;
        None for now.
    zone: IANA name of the zone that zone-less stamps are in.
    prepared: what Appender.prepare gave for `data` and `ending`.
    """

    stream: Stream
    offset: int
    data: bytes
    ending: Ending = Ending.LINE
    modified_at: datetime | None = None
    zone: str = "UTC"
    prepared: object = None


@dataclass(frozen=True, slots=True)
class Appended:
    """What one append added: counts, the span of time (naive UTC), and the stream as it now is."""

    stream: Stream
    lines: int
    unparsed: int
    first_at: datetime | None
    last_at: datetime | None


class Appender(Protocol):
    """The writing side of the store, in this process or across a socket.

    together: how many chunks it wants to be given at once, where there are many.
    """

    together: int

    def resolve(self, identity: Identity, *, exclude: tuple[tuple[int, int], ...] = ()) -> Stream:
        """Find the stream with this identity, or make a new one.

        exclude: (source_id, generation) of streams whose content turned out to differ.
        """

    def prepare(self, data: bytes, ending: Ending) -> object:
        """Work out what append needs of a chunk's data, while another thread appends.

        Not having done so costs append's time, nothing else.
        """

    def append(self, chunk: Chunk) -> Appended:
        """Store lines, events, projections and checkpoint in one transaction.

        A chunk that begins before the committed offset is cut or ignored; one that begins after
        it is a bug and raises.
        """

    def append_all(self, chunks: Iterator[Chunk]) -> Appended:
        """The same for consecutive chunks of one stream, from one to `together`, as one.

        Each is asked for once the one before it is inserted.
        """

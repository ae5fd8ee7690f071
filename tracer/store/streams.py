"""Which stream of log bytes a file is, and how far each is stored: the table `sources`.

A stream is known by its first bytes, so that `mail.log`, `mail.log.1` and `mail.log.1.gz` of one
content are one stream, and `mail.log` after a rotation is another. Streams whose paths differ
only in what log rotation appends share a source_id; each new content there is the next
generation.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from hashlib import blake2b

import duckdb

from tracer.sources.chunks import HEAD_BYTES, Identity, Stream
from tracer.store.guard import literal

TAIL_BYTES = 512  # how much before the committed offset shows that a file is still the same
_DIGEST_BYTES = 16
# What logrotate, newsyslog, savelog and compressors append; dateext may precede the extension.
_ROTATION = re.compile(
    r"(?:\.(?:gz|bz2|xz|zst|Z|lz4|\d{1,4}|old|prev)|[-.]\d{8}(?:[-.T_]?\d{1,10})?(?=\.log$|$))"
    r"(?P<extension>\.log)?$"
)

Key = tuple[int, int]  # source_id, generation


@dataclass(frozen=True, slots=True)
class Source:
    """A row of `sources`.

    name: the path without rotation suffixes. path, device, inode: where it was last seen.
    head: its first bytes, HEAD_BYTES once it is that long.
    tail: the last bytes before committed_offset.
    partial_position: of the line that has no line feed yet and is stored beyond the offset.
    front_at: the latest time so far, strays left out, see parsers.times.
    """

    source_id: int
    generation: int
    name: str
    path: str
    device: int | None
    inode: int | None
    head: bytes
    committed_offset: int = 0
    tail: bytes = b""
    partial_position: int | None = None
    zone: str = "UTC"
    front_at: datetime | None = None
    line_count: int = 0
    unparsed_count: int = 0
    first_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def key(self) -> Key:
        """What identifies the stream."""
        return self.source_id, self.generation

    @property
    def stream(self) -> Stream:
        """The stream as sources see it."""
        digest = blake2b(self.tail, digest_size=_DIGEST_BYTES).digest()
        return Stream(*self.key, self.committed_offset, len(self.tail), digest)

    def seen_at(self, identity: Identity) -> "Source":
        """The same stream at the place where it is now."""
        return replace(self, path=identity.path, device=identity.device, inode=identity.inode)

    def grown(self, offset: int, data: bytes, committed: int) -> "Source":
        """After data at `offset` were stored, of which those before `committed` are final."""
        head = self.head
        if len(head) < HEAD_BYTES and offset <= len(head):
            head = (head[:offset] + data[:HEAD_BYTES])[:HEAD_BYTES]
        final = data[: committed - offset]
        tail = (self.tail + final)[-TAIL_BYTES:] if len(final) < TAIL_BYTES else final[-TAIL_BYTES:]
        return replace(self, head=head, committed_offset=committed, tail=tail)


COLUMNS = tuple(Source.__dataclass_fields__)


def base_name(path: str) -> str:
    """A path without what log rotation and compression add to it."""
    while True:
        shorter = _ROTATION.sub(lambda m: m["extension"] or "", path)
        if shorter == path or not shorter or shorter.endswith("/"):
            return path
        path = shorter


class Catalog:
    """All streams; reads the table once and then follows what the writer commits."""

    def __init__(self, sources: Iterable[Source]) -> None:
        self._sources = {source.key: source for source in sources}
        self._places: dict[Key, Identity] = {}  # where resolve() saw them, not yet stored

    @classmethod
    def load(cls, connection: duckdb.DuckDBPyConnection) -> "Catalog":
        """The catalog of a store."""
        rows = connection.execute(f"SELECT {', '.join(COLUMNS)} FROM sources").fetchall()
        return cls(Source(*row) for row in rows)

    def resolve(self, identity: Identity, exclude: Iterable[Key]) -> Source:
        """The stream with this identity; a new one is stored with its first bytes."""
        if not identity.head:
            raise ValueError("a stream without bytes has no identity yet")
        name = base_name(identity.path)
        candidates = [
            source
            for source in self._sources.values()
            if source.key not in set(exclude) and _fits(source, identity, name)
        ]
        if candidates:
            found = max(candidates, key=lambda source: _likeness(source, identity, name))
        else:
            found = self._new(identity, name)
            self._sources[found.key] = found
        self._places[found.key] = identity
        return found

    def __getitem__(self, key: Key) -> Source:
        source = self._sources[key]
        place = self._places.get(key)
        return source.seen_at(place) if place else source

    def stored(self, key: Key) -> Source:
        """The stream as it was committed."""
        return self._sources[key]

    def before(self, key: Key) -> Source | None:
        """The generation before this one."""
        source_id, generation = key
        return self._sources.get((source_id, generation - 1))

    def update(self, source: Source) -> None:
        """Take over what was committed."""
        self._sources[source.key] = source

    def _new(self, identity: Identity, name: str) -> Source:
        generations = [s.key for s in self._sources.values() if s.name == name]
        if generations:
            source_id, latest = max(generations, key=lambda key: key[1])
            generation = latest + 1
        else:
            source_id = 1 + max((source_id for source_id, _ in self._sources), default=0)
            generation = 1
        return Source(
            source_id,
            generation,
            name,
            identity.path,
            identity.device,
            identity.inode,
            identity.head[:HEAD_BYTES],
        )


def _fits(source: Source, identity: Identity, name: str) -> bool:
    """Whether the stream's first bytes are the file's.

    Less than a whole line is no proof: files that began in the same minute may share it. There
    the place decides.
    """
    if not identity.head.startswith(source.head):
        return False
    return (
        b"\n" in source.head
        or _same_file(source, identity)
        or source.name == name
        or source.head == identity.head[:HEAD_BYTES]
    )


def _likeness(source: Source, identity: Identity, name: str) -> tuple[int, bool, bool, int]:
    return len(source.head), _same_file(source, identity), source.name == name, source.generation


def _same_file(source: Source, identity: Identity) -> bool:
    return identity.inode is not None and (source.device, source.inode) == (
        identity.device,
        identity.inode,
    )


def save(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Write a stream's row."""
    columns = ", ".join(COLUMNS)
    values = ", ".join(literal(_storable(getattr(source, column))) for column in COLUMNS)
    connection.execute(f"INSERT OR REPLACE INTO sources ({columns}) VALUES ({values})")


def _storable(value: object) -> object:
    """File names are bytes; those that are no UTF-8 are kept with these bytes escaped."""
    return value.encode(errors="backslashreplace").decode() if isinstance(value, str) else value

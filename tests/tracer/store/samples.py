"""A small log, and ways to load it and read it back."""

from tracer.sources.chunks import HEAD_BYTES, Appended, Chunk, Ending, Identity
from tracer.store.lines import join
from tracer.store.reading import Reader
from tracer.store.writer import Writer

LOG = b"""\
Nov 24 03:37:01 mx postfix/smtpd[490]: connect from client.example[192.0.2.1]
Nov 24 03:37:01 mx postfix/smtpd[490]: 4C01AB23: client=client.example[192.0.2.1]
Nov 24 03:37:02 mx postfix/cleanup[493]: 4C01AB23: message-id=<one@client.example>
Nov 24 03:37:02 mx postfix/qmgr[300]: 4C01AB23: from=<a@client.example>, size=412, nrcpt=1 (queue active)
Nov 24 03:37:03 mx postfix/lmtp[495]: 4C01AB23: to=<b@here.example>, relay=mx[private/lmtp], delay=1, delays=0.5/0.1/0.1/0.3, dsn=2.0.0, status=sent (250 2.0.0 OK)
Nov 24 03:37:03 mx postfix/qmgr[300]: 4C01AB23: removed
Nov 24 03:37:03 mx unheard-of[77]: something new
"""  # noqa: E501
LINES = LOG.splitlines(keepends=True)


def identity(data: bytes, path: str = "/var/log/mail.log", inode: int | None = None) -> Identity:
    return Identity(path, data[:HEAD_BYTES], device=None if inode is None else 1, inode=inode)


def load(
    writer: Writer, data: bytes, path: str = "/var/log/mail.log", ending: Ending = Ending.LINE
) -> Appended:
    """Append what of `data` is not stored yet."""
    stream = writer.resolve(identity(data, path))
    return writer.append(Chunk(stream, 0, data, ending))


def stored(reader: Reader, source_id: int = 1, generation: int = 1) -> bytes:
    """The bytes of a stream as its lines give them back; fails where they have gaps."""
    rows = reader.query(
        "SELECT byte_offset, text, escaped, terminated FROM lines WHERE source_id = $source_id "
        "AND generation = $generation ORDER BY byte_offset",
        {"source_id": source_id, "generation": generation},
    ).to_pylist()
    data = bytearray()
    for row in rows:
        assert row["byte_offset"] == len(data)
        data += join(row["text"], row["escaped"], row["terminated"])
    return bytes(data)


def count(reader: Reader, table: str) -> int:
    return int(reader.query(f"SELECT count(*) AS n FROM {table}").to_pylist()[0]["n"])

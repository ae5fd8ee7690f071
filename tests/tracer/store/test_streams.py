from dataclasses import replace

import pytest

from tests.tracer.store.samples import identity
from tracer.sources.chunks import HEAD_BYTES
from tracer.store.streams import TAIL_BYTES, Catalog, Source, base_name

DAY = b"Nov 24 00:00:01 mx postfix/qmgr[1]: A: removed\n" * 50
NEXT_DAY = DAY.replace(b"Nov 24", b"Nov 25")


@pytest.mark.parametrize(
    "path",
    [
        "/var/log/mail.log",
        "/var/log/mail.log.1",
        "/var/log/mail.log.0",
        "/var/log/mail.log.12.gz",
        "/var/log/mail.log.2.bz2",
        "/var/log/mail.log-20261124",
        "/var/log/mail.log-20261124.xz",
        "/var/log/mail.log-20261124-1764000000.zst",
        "/var/log/mail.log.20261124",
        "/var/log/mail-20261124.log",
        "/var/log/mail-20261124.log.gz",
        "/var/log/mail.log.old",
        "/var/log/mail.log.gz",
    ],
)
def test_rotated_names_share_a_base(path: str) -> None:
    assert base_name(path) == "/var/log/mail.log"


@pytest.mark.parametrize(
    "path", ["-", "/logs/mx1", "/logs/20261124/mail", "/logs/.1", "/logs/mail.err", "/logs/v2.log"]
)
def test_other_names_stay(path: str) -> None:
    assert base_name(path) == path


def stored(catalog: Catalog, data: bytes, path: str, inode: int | None = None) -> Source:
    """A stream of the catalog, with all of data committed."""
    found = catalog.resolve(identity(data, path, inode), ())
    grown = catalog[found.key].grown(0, data, len(data))
    catalog.update(grown)
    return grown


def test_a_rotated_file_is_the_same_stream_and_its_successor_another() -> None:
    catalog = Catalog(())
    first = stored(catalog, DAY, "/var/log/mail.log")
    assert catalog.resolve(identity(DAY, "/var/log/mail.log.1.gz"), ()).key == first.key
    second = catalog.resolve(identity(NEXT_DAY, "/var/log/mail.log"), ())
    assert second.key == (first.source_id, first.generation + 1)
    assert stored(catalog, DAY[1:], "/var/log/other.log").key == (first.source_id + 1, 1)


def test_content_is_known_whatever_its_name() -> None:
    catalog = Catalog(())
    first = stored(catalog, DAY, "/var/log/mail.log")
    assert catalog.resolve(identity(DAY, "-"), ()).key == first.key


def test_a_short_file_is_known_while_it_grows() -> None:
    catalog = Catalog(())
    line = DAY.splitlines(keepends=True)[0]
    first = stored(catalog, line, "/var/log/mail.log")
    grown = catalog[first.key].grown(len(line), DAY[len(line) :], len(DAY))
    assert grown.head == DAY[:HEAD_BYTES]
    catalog.update(grown)
    assert catalog.resolve(identity(DAY, "/elsewhere/copy"), ()).key == first.key
    assert catalog.resolve(identity(line, "/elsewhere/short"), ()).key != first.key


def test_less_than_a_line_is_no_proof_elsewhere() -> None:
    catalog = Catalog(())
    begun = catalog.resolve(identity(DAY[:8], "/var/log/mail.log", inode=5), ())
    assert catalog.resolve(identity(DAY, "/var/log/mail.log", inode=7), ()).key == begun.key
    assert catalog.resolve(identity(DAY, "/var/log/renamed", inode=5), ()).key == begun.key
    assert catalog.resolve(identity(DAY[:8], "/var/log/same"), ()).key == begun.key
    assert catalog.resolve(identity(DAY, "/var/log/auth.log", inode=6), ()).key != begun.key


def test_excluded_streams_are_passed_over() -> None:
    catalog = Catalog(())
    first = stored(catalog, DAY, "/var/log/mail.log")
    second = catalog.resolve(identity(DAY, "/var/log/mail.log"), [first.key])
    assert second.key == (first.source_id, first.generation + 1)
    third = catalog.resolve(identity(DAY, "/var/log/mail.log"), [first.key, second.key])
    assert third.generation == second.generation + 1


def test_of_equal_beginnings_the_same_file_wins() -> None:
    catalog = Catalog(())
    first = stored(catalog, DAY, "/var/log/mail.log", inode=1)
    second = catalog.resolve(identity(DAY, "/var/log/mail.log", inode=2), [first.key])
    catalog.update(catalog[second.key].grown(0, DAY, len(DAY)))
    assert catalog.resolve(identity(DAY, "/var/log/mail.log.1", inode=1), ()).key == first.key
    assert catalog.resolve(identity(DAY, "/var/log/mail.log.1", inode=2), ()).key == second.key


def test_tail_is_what_precedes_the_offset() -> None:
    source = replace(stored(Catalog(()), DAY, "/log"), head=b"", tail=b"", committed_offset=0)
    offset = 0
    for length in (10, 5, TAIL_BYTES + 7, 1, 300):
        source = source.grown(offset, DAY[offset : offset + length + 3], offset + length)
        offset += length
        assert source.tail == DAY[:offset][-TAIL_BYTES:]
        assert source.committed_offset == offset


def test_nothing_has_no_identity() -> None:
    with pytest.raises(ValueError, match="without bytes"):
        Catalog(()).resolve(identity(b""), ())

"""Every packing reads the same; of damaged archives, everything before the damage."""

import bz2
import gzip
import lzma
import os
import random
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from tracer.sources.archives import Content, DamagedArchiveError, SourceError

PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "plain": lambda data: data,
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lzma.compress,
    "zstd": lambda data: zstandard.ZstdCompressor(write_checksum=True).compress(data),
}
ARCHIVES = [name for name in PACKERS if name != "plain"]
LOG = b"".join(
    b"Mar  2 03:37:%02d mx postfix/qmgr[1]: %011X: removed\n"
    % (n % 60, random.Random(n).getrandbits(44))
    for n in range(4000)
)


def everything(content: Content, size: int) -> bytes:
    parts = []
    while data := content.read(size):
        parts.append(data)
    return b"".join(parts)


def until_damage(path: Path, size: int = 1 << 16) -> bytes:
    parts: list[bytes] = []
    with Content(str(path)) as content, pytest.raises(DamagedArchiveError, match="damaged"):
        parts.extend(iter(lambda: content.read(size), b""))
    return b"".join(parts)


@pytest.mark.parametrize("packing", PACKERS)
@pytest.mark.parametrize("size", [1, 1000, 1 << 20])
def test_content_whatever_the_name(tmp_path: Path, packing: str, size: int) -> None:
    path = tmp_path / "mail.log.1.zip"
    log = LOG[:3000] if size == 1 else LOG
    path.write_bytes(PACKERS[packing](log))
    with Content(str(path)) as content:
        assert content.packed is (packing != "plain")
        assert everything(content, size) == log
        assert content.consumed == content.size
        content.rewind()
        assert content.read(1024) == log[:1024]


@pytest.mark.parametrize("packing", ARCHIVES)
def test_members_in_a_row(tmp_path: Path, packing: str) -> None:
    pack = PACKERS[packing]
    path = tmp_path / "log"
    path.write_bytes(pack(LOG[:5000]) + pack(b"") + pack(LOG[5000:5001]) + pack(LOG[5001:]))
    with Content(str(path)) as content:
        assert everything(content, 1 << 20) == LOG


def test_skippable_frame_first(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"\x50\x2a\x4d\x18\x04\0\0\0abcd" + PACKERS["zstd"](LOG))
    with Content(str(path)) as content:
        assert everything(content, 1 << 20) == LOG


@pytest.mark.parametrize("packing", ["gzip", "xz"])
def test_padding_after_a_member(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(PACKERS[packing](LOG) + b"\0" * 8192 + PACKERS[packing](LOG))
    with Content(str(path)) as content:
        assert everything(content, 1 << 20) == LOG * 2


@pytest.mark.parametrize("packing", ARCHIVES)
def test_truncated(tmp_path: Path, packing: str) -> None:
    packed = PACKERS[packing](LOG[:20_000]) + PACKERS[packing](LOG[20_000:])
    path = tmp_path / "log"
    path.write_bytes(packed[: len(packed) - 20])
    got = until_damage(path)
    assert LOG.startswith(got)
    assert len(got) >= 20_000


@pytest.mark.parametrize("packing", ARCHIVES)
@pytest.mark.parametrize("size", [100, 1 << 20])
def test_wrong_check_sum_costs_no_line(tmp_path: Path, packing: str, size: int) -> None:
    packed = bytearray(PACKERS[packing](LOG))
    at = {"gzip": -8, "bzip2": -6, "xz": -28, "zstd": -1}[packing]
    packed[at] ^= 0xFF
    path = tmp_path / "log"
    path.write_bytes(packed)
    assert until_damage(path, size) == LOG


@pytest.mark.parametrize("packing", ARCHIVES)
def test_foreign_bytes_at_the_end(tmp_path: Path, packing: str) -> None:
    path = tmp_path / "log"
    path.write_bytes(PACKERS[packing](LOG) + b"what is this doing here?")
    assert until_damage(path) == LOG


@settings(max_examples=20, deadline=None)
@given(
    packing=st.sampled_from(ARCHIVES),
    where=st.floats(0.1, 0.9),
    size=st.sampled_from([777, 5000, 1 << 20]),
)
def test_members_before_the_damaged_one_are_whole(packing: str, where: float, size: int) -> None:
    pack, cut = PACKERS[packing], 30_000
    first, second = pack(LOG[:cut]), bytearray(pack(LOG[cut:]))
    at = int(len(second) * where)
    second[at : at + 8] = b"\xff" * 8
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log"
        path.write_bytes(first + second)
        assert until_damage(path, size).startswith(LOG[:cut])


def test_bomb_is_read_in_pieces(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(bz2.compress(bytes(30_000_000)))
    with Content(str(path)) as content:
        assert content.read(10) == bytes(10)
        assert len(content._left) <= 1 << 20


def test_gzip_header_tells_when_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(gzip.compress(LOG, mtime=1_700_000_000))
    with Content(str(path)) as content:
        assert content.modified_at is not None
        assert content.modified_at.timestamp() == 1_700_000_000


@pytest.mark.parametrize("packing", PACKERS)
def test_pipe_can_be_read_again_until_settled(tmp_path: Path, packing: str) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    packed = PACKERS[packing](LOG)
    writer = threading.Thread(target=pipe.write_bytes, args=(packed,))
    writer.start()
    with Content(str(pipe)) as content:
        assert (content.size, content.inode, content.complete) == (None, None, True)
        assert content.read(150_000) == LOG[:150_000]
        content.rewind()
        assert content.read(2000) == LOG[:2000]
        content.settle()
        assert content.read(1 << 24) == LOG[2000:]
    writer.join()


def test_what_cannot_be_opened(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match="is a directory"):
        Content(str(tmp_path))
    with pytest.raises(SourceError, match="does not exist"):
        Content(str(tmp_path / "no"))
    with pytest.raises(SourceError, match="cannot open"):
        Content(str(tmp_path / ("n" * 300)))
    if os.geteuid():
        (tmp_path / "secret").write_text("x")
        (tmp_path / "secret").chmod(0)
        with pytest.raises(SourceError, match="may not be read"):
            Content(str(tmp_path / "secret"))

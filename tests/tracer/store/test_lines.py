import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tracer.store import lines
from tracer.store.lines import join, split

ANY_BYTES = st.lists(
    st.sampled_from([b"\n", b"\\", b"\0", b"\xff", b"\xc3", b"\xa9", b"\xe2\x82", b"x41", b"text"])
    | st.binary(max_size=6)
).map(b"".join)


def joined(data: bytes) -> bytes:
    """What the stored lines of `data` give back, checked for their places on the way."""
    split_lines = split(data)
    texts = split_lines.texts.to_pylist()
    last = len(texts) - 1
    parts = [
        join(text, bool(escaped), number < last or data.endswith(b"\n"))
        for number, (text, escaped) in enumerate(zip(texts, split_lines.escaped, strict=True))
    ]
    starts = [sum(map(len, parts[:number])) for number in range(len(parts))]
    assert split_lines.starts.tolist() == starts
    return b"".join(parts)


@given(ANY_BYTES)
@example(b"")
@example(b"\n\n")
@example(b"\\x41")
@example(b"\\x41\0")
@example(b"\xe2\x82\n\xac")
def test_any_bytes_come_back(data: bytes) -> None:
    assert joined(data) == data


@given(data=ANY_BYTES, window=st.integers(4, 9))
def test_windows_of_decoding_do_not_matter(data: bytes, window: int) -> None:
    whole = split(data)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_WINDOW", window)
        assert split(data).texts == whole.texts


@given(ANY_BYTES)
def test_only_lines_that_need_it_are_escaped(data: bytes) -> None:
    split_lines = split(data)
    raw = data.split(b"\n")
    for number, escaped in enumerate(split_lines.escaped.tolist()):
        line = raw[number]
        try:
            line.decode()
            needed = b"\0" in line
        except UnicodeDecodeError:
            needed = True
        assert escaped == needed
        if not escaped:
            assert split_lines.texts[number].as_py() == line.decode()


def test_escapes_are_readable() -> None:
    split_lines = split(b"caf\xe9 \\o/\0 caf\xc3\xa9\n")
    assert split_lines.texts.to_pylist() == ["caf\\xe9 \\\\o/\\x00 café"]


@pytest.mark.parametrize(
    "filler", [b"x" * 10_000_000, b"x" * 10_000_000 + b"\xff", b"\xff" * 500_000]
)
def test_line_of_ten_megabytes(filler: bytes) -> None:
    data = b"before\n" + filler + b"\nafter\n"
    assert joined(data) == data


def test_texts_are_valid_arrow() -> None:
    split(b"a\n\xff\n" * 100 + "é".encode() * 100).texts.validate(full=True)

"""Entries of `journalctl -o export`: where they end, and what they say."""

import struct
import time
from itertools import accumulate, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parsers.batch import parse_lines
from parsers.headers import Header, form_of, split_header
from parsers.headers.export import Records
from tests.parsers.headers.test_journal import ENTRY, HEADER
from tracer.store.lines import split


def field(name: str, value: bytes | str, *, binary: bool = False) -> bytes:
    """A field as it is written; in the binary form where it has to be."""
    data = value.encode() if isinstance(value, str) else value
    if binary or b"\n" in data:
        return name.encode() + b"\n" + struct.pack("<Q", len(data)) + data + b"\n"
    return name.encode() + b"=" + data + b"\n"


def entry(**changes: bytes | str | None) -> bytes:
    """An entry; a field that is None is left out, and bytes are written in the binary form."""
    fields = {name: str(value) for name, value in ENTRY.items()} | changes
    written = (
        field(name, value, binary=isinstance(value, bytes))
        for name, value in fields.items()
        if value is not None
    )
    return b"".join(written) + b"\n"


FORGED = entry(MESSAGE="forged", SYSLOG_IDENTIFIER="forged")
PLAIN = b"Nov 24 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed\n"


def ends(*pieces: bytes) -> list[int]:
    """Where records end in these pieces of one log."""
    records, found, size = Records(), [], 0
    for piece in pieces:
        found += (records.ends(piece) + size).tolist()
        size += len(piece)
    return found


def header(data: bytes) -> Header | None:
    """The header of the only record of some bytes."""
    lines = split(data)
    assert len(lines.texts) == 1
    return split_header(lines.texts[0].as_py())


def test_the_example_of_systemd_s_documentation() -> None:
    """Two entries; the MESSAGE of the second is text and a line feed, in the binary form."""
    common = (
        b"_BOOT_ID=6c7c6013a26343b29e964691ff25d04c\n"
        b"_TRANSPORT=syslog\nPRIORITY=4\nSYSLOG_FACILITY=3\nSYSLOG_IDENTIFIER=gdm-password]\n"
        b"SYSLOG_PID=587\n_PID=587\n_COMM=gdm-session-wor\n_HOSTNAME=epsilon\n"
    )
    first = (
        b"__CURSOR=s=739ad463348b4ceca5a9e69c95a3c93f;i=4ece7;b=6c7c6013a26343b29e964691ff25d04c\n"
        b"__REALTIME_TIMESTAMP=1342540861416409\n__MONOTONIC_TIMESTAMP=21415215982\n"
        + common
        + b"MESSAGE=AccountsService-DEBUG(+): ActUserManager: ignoring unspecified session '8'\n\n"
    )
    second = (
        b"__CURSOR=s=bcce4fb8ffcb40e9a6e05eee8b7831bf;i=5ef603\n"
        b"__REALTIME_TIMESTAMP=1342540861421465\n"
        + common
        + b"MESSAGE\n\x09\x00\x00\x00\x00\x00\x00\x00foo\nb\nar\n\n_UID=0\n\n"
    )
    assert ends(first + second) == [len(first), len(first + second)]
    texts = split(first + second).texts.to_pylist()
    assert [split_header(text) for text in texts] == [
        Header(
            "2012-07-17T16:01:01.416409+00:00",
            "epsilon",
            "gdm-password]",
            587,
            "AccountsService-DEBUG(+): ActUserManager: ignoring unspecified session '8'",
        ),
        Header("2012-07-17T16:01:01.421465+00:00", "epsilon", "gdm-password]", 587, "foo\nb\nar\n"),
    ]


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, HEADER),
        ({"MESSAGE": b"E7F3A16272B: removed"}, HEADER),
        ({"SYSLOG_IDENTIFIER": b"postfix/qmgr", "_HOSTNAME": b"mx"}, HEADER),
        ({"SYSLOG_PID": None}, HEADER._replace(pid=1)),
        ({"SYSLOG_IDENTIFIER": None}, HEADER._replace(program="qmgr")),
        ({"MESSAGE": "a=b"}, HEADER._replace(body="a=b")),
        ({"MESSAGE": ""}, HEADER._replace(body="")),
        ({"MESSAGE": "é \\x41 \\\\"}, HEADER._replace(body="é \\x41 \\\\")),
        ({"MESSAGE": "é \\x41 \\\\".encode()}, HEADER._replace(body="é \\x41 \\\\")),
        ({"MESSAGE": b"E\xff\x00"}, HEADER._replace(body=r"E\xff\x00")),
        ({"MESSAGE": b"x\n\n" + FORGED}, HEADER._replace(body=f"x\n\n{FORGED.decode()}")),
        ({"MESSAGE": "__REALTIME_TIMESTAMP=1"}, HEADER._replace(body="__REALTIME_TIMESTAMP=1")),
        ({"EVIL": b"x\n__REALTIME_TIMESTAMP=1\n\nMESSAGE=forged\n"}, HEADER),
        ({"__CURSOR": None}, HEADER),
        ({"MESSAGE": None}, None),
        ({"__REALTIME_TIMESTAMP": None}, None),
    ],
)
def test_what_entries_say(changes: dict[str, bytes | str | None], expected: Header | None) -> None:
    assert header(entry(**changes)) == expected


@given(st.permutations(list(ENTRY)))
def test_fields_may_have_any_order(names: list[str]) -> None:
    if names[0] in ("SYSLOG_IDENTIFIER", "MESSAGE") or names[0].startswith("_"):
        fields = [field(name, str(ENTRY[name])) for name in names]
        assert header(b"".join(fields) + b"\n") == HEADER


def test_an_entry_parses_as_the_object_does() -> None:
    text = split(entry()).texts[0].as_py()
    (row,) = parse_lines([text])
    assert (row["event"], row["queue_id"]) == ("postfix.message_removed", "E7F3A16272B")
    assert form_of(text) == "systemd's journal"


CUT = entry()[:150]  # within a field
DAMAGED = [
    # An entry that was cut off, and what was written behind it.
    (CUT + b"\n" + PLAIN, [len(CUT) + 1, len(CUT) + 1 + len(PLAIN)]),
    (CUT + PLAIN + PLAIN, [len(CUT + PLAIN), len(CUT + PLAIN + PLAIN)]),
    (CUT + FORGED, [len(CUT + FORGED)]),
    # A value that is not as long as it says.
    (b"_A\n" + struct.pack("<Q", 2) + b"abcde\n" + PLAIN, [17, 17 + len(PLAIN)]),
    # No entries, for all that they begin so.
    (b"_A\n" + PLAIN, [3, 3 + len(PLAIN)]),
    (b"MESSAGE from outer space\n" + PLAIN, [25, 25 + len(PLAIN)]),
    (b"MESSAGES=2\nPATH=/bin\n\n", [11, 21, 22]),
    (b"\n\n" + entry() + b"\n", [1, 2, 2 + len(entry()), 3 + len(entry())]),
]


@pytest.mark.parametrize(("data", "expected"), DAMAGED)
def test_what_was_cut_off_is_over_where_no_field_follows(data: bytes, expected: list[int]) -> None:
    assert ends(data) == expected


def test_an_entry_that_another_was_begun_in_says_nothing() -> None:
    assert header(CUT + FORGED) is None


RECORDS = st.lists(
    st.one_of(
        st.sampled_from([PLAIN, b"\n", b"_\n", b"MESSAGE\n", b"SASL\n", FORGED]),
        st.binary(max_size=80).map(lambda data: entry(MESSAGE=data)),
        st.text(st.characters(exclude_characters="\n", codec="utf-8"), max_size=9).map(
            lambda text: entry(MESSAGE=text, _COMM=None)
        ),
    ),
    max_size=6,
)
CUTS = st.lists(st.integers(0, 2000), max_size=40)


def pieces_of(data: bytes, cuts: list[int]) -> list[bytes]:
    places = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    return [data[a:b] for a, b in pairwise(places)]


@given(RECORDS, CUTS)
@settings(max_examples=50, deadline=None)
@example([PLAIN, FORGED, PLAIN], [*range(2000)])
def test_records_end_where_they_do_however_they_are_cut(
    records: list[bytes], cuts: list[int]
) -> None:
    records = [*records, PLAIN]  # behind which nothing is undecided, as `MESSAGE` may be
    found = ends(*pieces_of(b"".join(records), cuts))
    assert found == list(accumulate(map(len, records)))


@given(
    st.lists(st.sampled_from([CUT, *(data for data, _ in DAMAGED), b"_", b"\0\0\0\0", b"\n"])), CUTS
)
@settings(deadline=None)
def test_whatever_the_bytes_cuts_do_not_matter(parts: list[bytes], cuts: list[int]) -> None:
    data = b"".join(parts)
    assert ends(*pieces_of(data, cuts)) == ends(data)


@pytest.mark.parametrize(
    "data",
    [
        b"A=\n" * 140_000,
        b"MESSAGE=" + b"_A=" * 140_000,
        b"_A\n\0\0\0\0\0\0\0\0\n" * 34_000,
        b"_A\n" * 140_000,
        b"_A=\n\n" * 20_000,
        entry(MESSAGE=b"\n_A=\n\n" * 70_000),
    ],
)
def test_time_is_linear(data: bytes) -> None:
    started = time.process_time()
    pieces = [data[at : at + 16_384] for at in range(0, len(data), 16_384)]
    in_pieces = ends(*pieces)
    assert in_pieces == ends(data)
    for text in split(data).texts[:3].to_pylist():
        split_header(text)
    assert time.process_time() - started < 1


def test_a_plain_log_is_cut_at_its_line_feeds() -> None:
    data = PLAIN * 1000 + b"half"
    assert Records().ends(data).tolist() == (np.arange(1, 1001) * len(PLAIN)).tolist()

"""Every way a header is spelt: alone, with every other, and imitated by what is in a line."""

# ruff: noqa: DTZ001 - events have naive UTC times

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import product

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.batch import BatchParser, parse_lines
from parsers.headers import Header, form_of, read_stamp, split, split_header
from parsers.headers.spellings import ORIGINS, STAMPS, Spelling
from parsers.headers.split import HEAD_COLUMNS, head_of

REFERENCE = datetime(2026, 11, 25, 12, tzinfo=UTC)
PLAIN_LINES = (
    "Nov  4 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed",
    "Nov 04 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed",
    "2026-11-04T03:37:01.123456+01:00 mx postfix/qmgr[417]: E7F3A16272B: removed",
    "2026-11-04T03:37:01Z 2001:db8::1 dovecot: master: Dovecot v2.3 starting up",
    "Nov 14 03:37:01 mx /usr/sbin/amavisd-new[41]: (1-1) x",
)
JOURNAL = (
    '{"__REALTIME_TIMESTAMP":"1795491421123456","_HOSTNAME":"mx","SYSLOG_IDENTIFIER":'
    '"postfix/qmgr","SYSLOG_PID":"417","_PID":"1","MESSAGE":"E7F3A16272B: removed"}'
)
DOCKER = (
    '{"log":"Nov 24 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed\\n",'
    '"stream":"stdout","time":"2026-11-24T03:37:01.5Z"}'
)
EXAMPLES = (*(s.example for s in (*STAMPS, *ORIGINS)), *PLAIN_LINES, JOURNAL, DOCKER)


def heads(lines: Sequence[str]) -> list[dict[str, object]]:
    """What batches find."""
    table = BatchParser().heads(pa.array(lines, pa.string()))
    assert table["line"].to_pylist() == list(range(len(lines)))
    return [
        {name: row[name] for name in HEAD_COLUMNS if name != "line"} for row in table.to_pylist()
    ]


@pytest.mark.parametrize("spelling", [*STAMPS, *ORIGINS], ids=lambda s: s.example)
def test_each_example_is_read(spelling: Spelling) -> None:
    assert split_header(spelling.example) == Header(*spelling.expected)


@pytest.mark.parametrize("spelling", [*STAMPS, *ORIGINS], ids=lambda s: s.example)
def test_no_spelling_is_superfluous(spelling: Spelling, monkeypatch: pytest.MonkeyPatch) -> None:
    kind = "STAMPS" if spelling in STAMPS else "ORIGINS"
    others = tuple(each for each in getattr(split, kind) if each is not spelling)
    monkeypatch.setattr(split, kind, others)
    assert split_header(spelling.example) != Header(*spelling.expected)


STAMP_TEXTS = {
    "Nov  4 03:37:01": "Nov  4 03:37:01",
    "Nov 04 03:37:01": "Nov  4 03:37:01",
    "Nov 4 03:37:01": "Nov  4 03:37:01",
    "Nov 24 03:37:01.123": "Nov 24 03:37:01.123",
    "Nov 24 03:37:01,123456": "Nov 24 03:37:01.123456",
    "Nov 24 03:37:01.123456789": "Nov 24 03:37:01.123456",
    "Nov  4 2026 03:37:01": "2026 Nov  4 03:37:01",
    "2026 Nov  4 03:37:01": "2026 Nov  4 03:37:01",
    "2026 Nov 24 03:37:01.5": "2026 Nov 24 03:37:01.5",
    "Wed Nov  4 03:37:01 2026": "2026 Nov  4 03:37:01",
    "2026-11-04 03:37:01": "2026 Nov  4 03:37:01",
    "2026-11-04T03:37:01": "2026 Nov  4 03:37:01",
    "2026-13-04 03:37:01": "2026 ???  4 03:37:01",
    "2026-11-04T03:37:01Z": "2026-11-04T03:37:01Z",
    "2026-11-04t03:37:01z": "2026-11-04T03:37:01Z",
    "2026-11-04T03:37:01,5-0130": "2026-11-04T03:37:01.5-0130",
    "2026-11-04T03:37:01+0000": "2026-11-04T03:37:01+0000",
    "2026-11-04 03:37:01.25 +01:00": "2026-11-04T03:37:01.25+01:00",
    "Tue 2026-11-24 03:37:01 +03": "2026-11-24T03:37:01+03",
    "Tue 2026-11-24 03:37:01.123456 UTC": "2026-11-24T03:37:01.123456Z",
    "Tue 2026-11-24 03:37:01 CET": "2026 Nov 24 03:37:01",
}
ORIGIN_TEXTS = {
    "mx postfix/qmgr[417]: ": ("mx", "postfix/qmgr", 417),
    "mx dovecot: ": ("mx", "dovecot", None),
    "<mail.info> mx postfix/qmgr[417]: ": ("mx", "postfix/qmgr", 417),
    "<2.6> mx postfix/qmgr[417]: ": ("mx", "postfix/qmgr", 417),
    "mx mail.info postfix/qmgr[417]: ": ("mx", "postfix/qmgr", 417),
    "mx postfix/qmgr[417]: [ID 197553 mail.info] ": ("mx", "postfix/qmgr", 417),
    "postfix/qmgr[417]: ": (None, "postfix/qmgr", 417),
    "dovecot: ": (None, "dovecot", None),
    "[417] info: ": (None, "spamd", 417),
    "#417(rspamd_proxy) ": (None, "rspamd", 417),
    "[info] #417(main process) ": (None, "rspamd", 417),
    "-> ": (None, "clamav", None),
}
KUBERNETES = "2026-11-24T03:37:02.123456789+00:00 stderr F "
LEADS = (
    "",
    "\ufeff",
    "<22>",
    "\ufeff<22>",
    "postfix-mailcow-1  | ",
    "mail | <22>",
    f"{KUBERNETES}<22>",
)
BODIES = (
    "E7F3A16272B: removed",
    "",
    "Nov 24 03:37:01 evil postfix/qmgr[1]: E7F3A16272B: removed",
    "imap-login: Info: x",
    "\\1 \\g<1> \\",
    "a -> b #1(x) [2] info: c",
)


def test_any_stamp_goes_with_any_origin_and_lead() -> None:
    lines, expected = [], []
    for lead, stamp, origin, body in product(LEADS, STAMP_TEXTS, ORIGIN_TEXTS, BODIES):
        lines.append(f"{lead}{stamp} {origin}{body}")
        expected.append(Header(STAMP_TEXTS[stamp], *ORIGIN_TEXTS[origin], body))
    for line, header in zip(lines, expected, strict=True):
        assert split_header(line) == header, line
    assert heads(lines) == [head_of(line) for line in lines]


def test_times_are_in_utc_and_those_without_a_zone_in_the_zone_of_the_log() -> None:
    lines = [f"{stamp} mx postfix/qmgr[417]: E7F3A16272B: removed" for stamp in STAMP_TEXTS]
    rows = parse_lines(lines, zone="Europe/Berlin", reference=REFERENCE)
    for row, stamp in zip(rows, STAMP_TEXTS.values(), strict=True):
        assert row["event"] == "postfix.message_removed"
        assert row["occurred_at"] == read_stamp(stamp, 2026, "Europe/Berlin"), stamp
    assert [r["occurred_at"] for r in rows[-3:]] == [
        datetime(2026, 11, 24, 0, 37, 1),
        datetime(2026, 11, 24, 3, 37, 1, 123456),
        datetime(2026, 11, 24, 2, 37, 1),
    ]


@pytest.mark.parametrize(
    "stamp", ["0000-01-01T00:00:00Z", "9999-12-31T23:59:59-05:00", "2026-02-31T00:00:00Z"]
)
def test_a_stamp_that_is_no_date_gives_no_time_and_keeps_the_rest(stamp: str) -> None:
    (row,) = parse_lines([f"{stamp} mx postfix/qmgr[417]: E7F3A16272B: removed"])
    assert (row["event"], row["occurred_at"]) == ("postfix.message_removed", None)


@pytest.mark.parametrize(
    ("line", "form"),
    [
        *((spelling.example, spelling.name) for spelling in STAMPS),
        *((spelling.example, spelling.name or "RFC 3164") for spelling in ORIGINS),
        (PLAIN_LINES[0], "RFC 3164"),
        (PLAIN_LINES[2], "RFC 3339"),
        (JOURNAL, "systemd's journal"),
        (DOCKER, "container"),
        ("no header", None),
        ("{}", None),
    ],
)
def test_a_form_has_a_name(line: str, form: str | None) -> None:
    assert form_of(line) == form


def test_a_host_may_be_an_address_of_ipv6() -> None:
    line = "Nov 24 03:37:01 2001:db8::1 postfix/qmgr[417]: E7F3A16272B: removed"
    assert split_header(line) == Header(
        "Nov 24 03:37:01", "2001:db8::1", "postfix/qmgr", 417, "E7F3A16272B: removed"
    )


@pytest.mark.parametrize(
    ("data", "body"),
    [
        ("-", "text"),
        (r'[a@1 b="\\" c="\"] x \]"][d]', "text"),
        ('[a b="] - evil"]', "\ufefftext"),
        ("-", ""),
        ("-", "[a b] text"),
    ],
)
def test_structured_data_is_left_out(data: str, body: str) -> None:
    line = f"<22>1 2026-11-24T03:37:01Z mx app 41 id {data}" + (f" {body}" if body else "")
    header = Header("2026-11-24T03:37:01Z", "mx", "app", 41, body.removeprefix("\ufeff"))
    assert split_header(line) == header
    assert heads([line]) == [head_of(line)]


HEADERLESS = (
    "",
    " ",
    "E7F3A16272B: removed",
    " Nov 24 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed",
    "x Nov 24 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed",
    "<22><22>Nov 24 03:37:01 mx postfix/qmgr[417]: E7F3A16272B: removed",
    "- mx postfix/qmgr[417]: E7F3A16272B: removed",
    "Nov 24 03:37:01",
    "Nov 24 03:37:01 mx",
    "Nov 24 03:37:01 mx postfix/qmgr[417] E7F3A16272B: removed",
    "Nov 24 03:37:01 mx post fix[417]: E7F3A16272B: removed",
    "Nov 24 03:37:01 imap(a) b)<41><c>: x",
    "<22>1 2026-11-24T03:37:01Z mx app 41 id [open text",
    '<22>1 2026-11-24T03:37:01Z mx app 41 id [a b="c"',
    "Tue Nov 24 03:37:01 2026->x",
)


@pytest.mark.parametrize("line", HEADERLESS)
def test_a_line_without_a_header_is_kept_whole(line: str) -> None:
    assert split_header(line) is None
    assert heads([line]) == [head_of(line)]
    assert head_of(line) == {"daemon": "", "body": line} | {
        name: None for name in HEAD_COLUMNS if name not in ("line", "daemon", "body")
    }


# -- both readers -------------------------------------------------------------------------------

NO_FEED = st.characters(blacklist_categories=["Cs"], blacklist_characters="\n\0")
PIECES = st.one_of(
    st.sampled_from([*LEADS, *STAMP_TEXTS, *ORIGIN_TEXTS, *BODIES, " ", ": ", "[", "]", "1 ", "-"]),
    st.sampled_from(EXAMPLES),
    st.text(NO_FEED, max_size=6),
)
LINES = st.one_of(
    st.lists(PIECES, max_size=6).map("".join),
    st.tuples(st.sampled_from(EXAMPLES), st.integers(0, 90), st.text(NO_FEED, max_size=3)).map(
        lambda each: each[0][: each[1]] + each[2] + each[0][each[1] :]
    ),
    st.tuples(st.sampled_from(EXAMPLES), st.integers(0, 90)).map(lambda each: each[0][: each[1]]),
)


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LINES, min_size=40, max_size=200))
def test_batches_and_single_lines_are_read_alike(lines: list[str]) -> None:
    for line, head in zip(lines, heads(lines), strict=True):
        assert head == head_of(line), line


_STAMPS = ("Nov 24 03:37:01", "Nov 04 03:37:01", "2026-11-24T03:37:01Z", "2026-11-24T03:37:01.5Z")
_HOSTS = ("mx", "2001:db8::1", "m:", ":m", "m[x", "m\u00fc", *("h" * n for n in range(75, 98, 2)))
_TAGS = ("postfix/qmgr", "a b", "a]", "\u00fc", "t" * 30, "")
_PIDS = ("", "[]", "[417]", "[x]", "[4x]", "[417", f"[{'9' * 18}]", f"[{'9' * 19}]")
_BODIES = (":", ": ", ": x", ":x", ": [ID 1 mail.info] x", ": [ID", ": [x]: y")


@pytest.mark.parametrize("stamp", _STAMPS)
def test_plain_headers_are_read_alike_at_their_edges(stamp: str) -> None:
    parts = product((stamp,), _HOSTS, _TAGS, _PIDS, _BODIES)
    lines = [f"{stamp} {host} {tag}{pid}{body}" for stamp, host, tag, pid, body in parts]
    assert heads(lines) == [head_of(line) for line in lines]


def test_long_hostile_lines_take_no_time() -> None:
    """Each is the beginning of a header that never ends."""
    size = 1_000_000
    lines = [
        "Nov 24 03:37:01 " + "a:" * (size // 2),
        "Nov 24 03:37:01 " + "a" * size,
        "Nov 24 03:37:01 imap" + "<a>" * (size // 3),
        "<22>1 2026-11-24T03:37:01Z mx app 41 id " + '[a b="c"' * (size // 8),
        "<22>1 2026-11-24T03:37:01Z mx app 41 id [a" + ' b="\\"' * (size // 7),
        "<22>1 2026-11-24T03:37:01Z mx app 41 id " + "[a]" * (size // 3) + "[",
        "a" * size + " " * size,
        "{" * size,
        '{"MESSAGE":' + "[" * size,
        '{"a":' * (size // 5),
        '{"MESSAGE":' + "9" * size + "}",
    ]
    start = time.process_time()
    assert [split_header(line) for line in lines] == [None] * len(lines)
    assert heads(lines) == [head_of(line) for line in lines]
    assert time.process_time() - start < 10

"""Headers, times and years of batches."""

# ruff: noqa: DTZ001 - events have naive UTC times

from datetime import UTC, datetime
from typing import cast

import pyarrow as pa
import pytest

from parsers.batch import LineParser, parse_lines
from parsers.columns import EVENT_COLUMNS
from parsers.headers import read_stamp, split_header

REFERENCE = datetime(2026, 3, 2, 12, tzinfo=UTC)


def times(stamps: list[str], **options: object) -> list[datetime | None]:
    lines = [f"{stamp} mx postfix/qmgr[1]: 9BB5B162711: removed" for stamp in stamps]
    rows = parse_lines(lines, **{"reference": REFERENCE, **options})  # type: ignore[arg-type]
    return [row["occurred_at"] for row in rows]  # type: ignore[misc]


def test_header_parts() -> None:
    rows = parse_lines(
        [
            "Mar  2 03:37:01 mx postfix-out/submission/smtpd[490]: connect from a[192.0.2.1]",
            "2026-03-02T03:37:01.123456+01:00 mx dovecot: anything",
            "Mar  2 03:37:01 mx empty:",
            "no header here",
        ],
        reference=REFERENCE,
    )
    assert [(r["host"], r["program"], r["pid"]) for r in rows] == [
        ("mx", "postfix-out/submission/smtpd", 490),
        ("mx", "dovecot", None),
        ("mx", "empty", None),
        (None, None, None),
    ]
    assert rows[1]["occurred_at"] == datetime(2026, 3, 2, 2, 37, 1, 123456)
    assert rows[3]["occurred_at"] is None


def test_lines_that_end_as_on_windows_are_read_as_others() -> None:
    lines = [
        "Mar  2 03:37:01 mx postfix/qmgr[1]: 9BB5B162711: removed\r",
        "Mar 2 2026 03:37:01 mx postfix/qmgr[1]: 9BB5B162711: removed\r",
    ]
    for row in parse_lines(lines, reference=REFERENCE):
        assert row["event"] == "postfix.message_removed"
        header = split_header(str(row["line"]))
        assert header is not None
        assert header.body == "9BB5B162711: removed"
    (body,) = parse_lines(["9BB5B162711: removed\r"], program="postfix/qmgr")
    assert body["event"] == "postfix.message_removed"


def test_a_program_given_from_outside_needs_no_header() -> None:
    (row,) = parse_lines(["connect from a.example[192.0.2.1]"], program="postfix/smtpd")
    assert (row["program"], row["host"], row["event"]) == (
        "postfix/smtpd",
        None,
        "postfix.client_connected",
    )


def test_years_run_on_over_new_year_and_back_for_late_lines() -> None:
    stamps = ["Dec 30 10:00:00", "Dec 31 23:59:59", "Jan  1 00:00:00", "Dec 31 23:59:58"]
    assert [t and t.year for t in times([*stamps, "Jan  1 00:00:02"])] == [
        2025,
        2025,
        2026,
        2025,
        2026,
    ]


def test_a_stamp_after_the_reference_is_of_the_year_before() -> None:
    assert times(["Mar  4 00:00:00"]) == [datetime(2025, 3, 4)]
    assert times(["Mar  3 00:00:00"]) == [datetime(2026, 3, 3)]


def test_stamps_that_are_no_date_give_no_time() -> None:
    assert times(["Feb 31 00:00:00", "2026-02-31T00:00:00Z", "Foo 11 00:00:00"]) == [None] * 3


def test_without_reference_a_year_less_stamp_has_no_time() -> None:
    assert times(["Mar  2 00:00:00"], reference=None) == [None]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "America/New_York", "UTC"])
def test_zones_are_those_of_the_single_line_reader(zone: str) -> None:
    stamps = ["Jan 15 12:00:00", "Mar  1 00:30:00", "2026-03-01T12:00:00+05:30"]
    expected = [read_stamp(s, 2026, zone) for s in stamps]
    assert times(stamps, zone=zone) == expected


def test_the_state_of_years_carries_on_over_batches() -> None:
    parser, found = LineParser(), []
    for stamp in ["Dec 31 23:00:00", "Jan  1 01:00:00", "Feb  1 01:00:00"]:
        texts = pa.array([f"{stamp} mx postfix/qmgr[1]: 9BB5B162711: removed"])
        (event,) = parser.parse(texts, REFERENCE)
        assert list(event) == list(EVENT_COLUMNS)
        found.append(cast(datetime, event["occurred_at"]).year)
    assert found == [2025, 2026, 2026]


def test_an_empty_batch_is_no_trouble() -> None:
    assert parse_lines([]) == []


def test_split_header_and_batch_agree() -> None:
    lines = ["Mar  2 03:37:01 mx a[1]:b", "Mar  2 03:37:01 mx a[1]: b", "Mar 2 03:37:01 mx a: b"]
    for line, row in zip(lines, parse_lines(lines), strict=True):
        header = split_header(line)
        assert row["program"] == (header[2] if header else None)

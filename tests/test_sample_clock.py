"""The clock that moves a recording: all readings, and nothing else."""

import datetime

import pytest

from sample_logs.clock import Clock, decode, encode

FIRST = datetime.datetime(2026, 11, 24, 3, 37, 0, tzinfo=datetime.UTC).timestamp()
SECOND = FIRST + 100


def clock() -> Clock:
    """Two stretches: one moves by an hour, the other by two."""
    return Clock([(FIRST, FIRST + 3600), (SECOND, SECOND + 7200)], FIRST, FIRST + 200)


@pytest.mark.parametrize(
    ("body", "moved"),
    [
        ("at Nov 24 03:37:26", "at Nov 24 04:37:26"),
        ("Started at Tue Nov 24 03:36:59 2026", "Started at Tue Nov 24 04:36:59 2026"),
        ("date 'Tue, 24 Nov 2026 03:39:12 +0000'", "date 'Tue, 24 Nov 2026 05:39:12 +0000'"),
        ("2026/11/24-03:36:59 postgrey", "2026/11/24-04:36:59 postgrey"),
        ("<20261124033701.E7F3A16272B@mx>", "<20261124043701.E7F3A16272B@mx>"),
        ("<dovecot-sieve-1795491436-690816-0@mx>", "<dovecot-sieve-1795495036-690816-0@mx>"),
        ("Mon, 1 Jan 2024 00:00:00 +0000", "Mon, 1 Jan 2024 00:00:00 +0000"),  # not of this span
        ("delay=3, processing 1234567890 20261124033701", None),
        ("91421-00003.ef7bb20039@lab.example <ZbgPMl0GBWsTAgAALsOh1Q>", None),
    ],
)
def test_clock_readings_move_and_nothing_else(body: str, moved: str | None) -> None:
    assert clock().line(body, FIRST + 1) == (moved or body)


def test_a_long_queue_id_moves_with_its_own_second_wherever_it_is_logged() -> None:
    first = f"{encode(int(FIRST) + 1)}0gn6zCSv0"
    second = f"{encode(int(SECOND) + 1)}0gn6zCSv0"
    late = f"{second}: sender non-delivery notification: {first}"
    moved_first = f"{encode(int(FIRST) + 3601)}0gn6zCSv0"
    moved_second = f"{encode(int(SECOND) + 7201)}0gn6zCSv0"
    assert clock().line(late, SECOND + 9) == (
        f"{moved_second}: sender non-delivery notification: {moved_first}"
    )


def test_digits_of_long_queue_ids_round_trip() -> None:
    assert decode("4jYT88") == 1795491576
    assert [encode(decode(digits)) for digits in ("4jYT88", "0000zz")] == ["4jYT88", "0000zz"]


def test_a_message_of_an_earlier_stretch_has_waited_longer() -> None:
    line = "A: to=<x@y.example>, relay=none, delay=105, delays=104/0.1/0.5/0, dsn=4.4.1, x"
    assert clock().line(line, SECOND + 20) == (
        "A: to=<x@y.example>, relay=none, delay=3705, delays=3704/0.1/0.5/0, dsn=4.4.1, x"
    )
    assert clock().line(line.replace("105", "15"), SECOND + 20) == line.replace("105", "15")


def test_whole_seconds_cut_off_just_before_a_stretch_belong_to_it() -> None:
    cut_off = Clock([(FIRST, FIRST), (SECOND + 0.9, SECOND + 0.9 + 60)], FIRST, FIRST + 200)
    assert cut_off.text("at Nov 24 03:38:40") == "at Nov 24 03:39:40"

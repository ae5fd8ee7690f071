"""Rotated names: which live file they belong to, and in what order they were written."""

import os
from pathlib import Path

import pytest

from tracer.sources.names import live_path, oldest_first, rotated_copies, shown


@pytest.mark.parametrize(
    ("copy", "live"),
    [
        ("mail.log", "mail.log"),
        ("mail.log.1", "mail.log"),
        ("mail.log.12.gz", "mail.log"),
        ("mail.log-20260301", "mail.log"),
        ("mail.log-2026030112.xz", "mail.log"),
        ("mail.log-1772400000.zst", "mail.log"),
        ("mail.log-2026-03-01.bz2", "mail.log"),
        ("mail-20260301.log", "mail.log"),
        ("mail.1.log.gz", "mail.log"),
        ("maillog.3", "maillog"),
        ("postfix-3", "postfix"),
        ("mail.err", "mail.err"),
        ("relay2.log", "relay2.log"),
    ],
)
def test_live_path(copy: str, live: str) -> None:
    assert live_path(f"/var/log/{copy}") == f"/var/log/{live}"


def test_rotated_copies_oldest_first(tmp_path: Path) -> None:
    for name in ["mail.log", "mail.log.1", "mail.log.2.gz", "mail.log.10.gz", "mail.err.1", "x"]:
        (tmp_path / name).touch()
    (tmp_path / "mail.log.3").mkdir()
    names = [Path(p).name for p in rotated_copies(str(tmp_path / "mail.log"))]
    assert names == ["mail.log.10.gz", "mail.log.2.gz", "mail.log.1"]
    assert rotated_copies(str(tmp_path / "no" / "mail.log")) == []


def test_copy_that_is_being_packed_counts_once(tmp_path: Path) -> None:
    for name in ["mail.log.1", "mail.log.1.gz", "mail.log.2.gz"]:
        (tmp_path / name).touch()
    names = [Path(p).name for p in rotated_copies(str(tmp_path / "mail.log"))]
    assert names == ["mail.log.2.gz", "mail.log.1"]


def test_numbers_and_dates_mixed(tmp_path: Path) -> None:
    for age, name in enumerate(["mail.log-20260302", "mail.log-20260301.gz", "mail.log.1"]):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    names = [Path(p).name for p in rotated_copies(str(tmp_path / "mail.log"))]
    assert names == ["mail.log.1", "mail.log-20260301.gz", "mail.log-20260302"]


def test_oldest_first_whatever_order_the_shell_gives(tmp_path: Path) -> None:
    ages = {"mail.log": 1, "mail.log.1": 50, "mail.log.10.gz": 1000, "mail.log.2.gz": 90, "b": 2000}
    for name, age in ages.items():
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000_000 - age, 1_000_000 - age))
    given = [str(tmp_path / name) for name in sorted(ages)] + [str(tmp_path / "mail.log")]
    assert [Path(p).name for p in oldest_first(given)] == [
        "b",
        "mail.log.10.gz",
        "mail.log.2.gz",
        "mail.log.1",
        "mail.log",
    ]


def test_shown_cannot_reach_the_terminal() -> None:
    assert shown("/var/log/Пошта день.log") == "/var/log/Пошта день.log"
    assert shown("a\x1b[31m\nb\u202e") == "a\\x1b[31m\\nb\\u202e"
    assert shown(os.fsdecode(b"caf\xe9")) == "caf\\xe9"

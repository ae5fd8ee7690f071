"""Drafts of shapes: what they tell apart and what not, and that each is a template that fits."""

# ruff: noqa: DTZ001 - naive UTC, as in the store

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from parsers.registry import UNPARSED, build_registry, registry
from parsers.shapes import Shape
from tracer.queries import coverage
from tracer.queries.coverage import Draft, Example, Program
from tracer.sources.chunks import HEAD_BYTES, Chunk, Identity
from tracer.store import open_reader, open_writer

StoreOf = Callable[[str], Path]
HEADER = "2026-11-24T12:00:00+00:00 mx novel[1]: "


def drafts(db: Path, limit: int = 100_000, lines: int = 100_000) -> list[Draft]:
    with open_reader(db) as reader:
        return coverage.drafts(reader, limit, lines)


def fits(template: str, body: str) -> bool:
    shape = Shape("test.drafted", ("novel",), template, (body,), "test")
    return build_registry((shape,)).match("novel", body)[0] != UNPARSED


@pytest.mark.parametrize(
    ("template", "bodies"),
    [
        ("took {:int} turns of {:float} s", ["took 17 turns of 0.5 s", "took 4 turns of 12.25 s"]),
        ("{queue_id}: done", ["9BB5B162711: done", "4g0Xb13QrzzK2l: done"]),
        ("from {:word}, new", ["from a@b.example, new", "from x+1@y, new"]),
        ("to=<{:address}>", ["to=<a@b.example>", "to=<>", "to=<x>"]),
        ("to=<{:text}>", ["to=<a b>", 'to=<"x y"@z>', "to=<a\\b>"]),
        (
            r"client {:host}\[{:ip}\]:{:int}",
            ["client a.example[192.0.2.1]:25", "client unknown[2001:db8::1]:2", "client x[::1]:3"],
        ),
        (r"at \[{:ip}\] and {:ip}", ["at [192.0.2.1] and 192.0.2.7", "at [::1] and 10.0.0.1"]),
        ("by {:host}", ["by a.example", "by mx-1.b.example", "by smtpd.c"]),
        ("id {:word}", ["id 9bb5b162711", "id a7", "id 0x1F"]),
        ('no "{:text}"', ['no "a b"', 'no ""']),
        ("no '{:text}' here", ["no 'a b' here", "no '' here"]),
        ("can't open, don't try", ["can't open, don't try"]),
        ("open {:word}: {:dsn}", ["open /etc/x: 4.7.1", "open /a: 5.1.1"]),
        (r"\{a\} \[b\] \\", ["{a} [b] \\"]),
        ("a{:text}b", ["a\x1bb", "a\u202e\u200bb", "a\u2028b"]),
    ],
)
def test_lines_that_differ_in_values_have_one_draft(
    store_of: StoreOf, template: str, bodies: list[str]
) -> None:
    (draft,) = drafts(store_of("".join(f"{HEADER}{body}\n" for body in bodies)))
    assert (draft.template, draft.count, draft.daemon) == (template, len(bodies), "novel")
    for body in bodies:
        assert fits(template, body), body


def test_lines_that_differ_in_words_or_program_are_told_apart(store_of: StoreOf) -> None:
    log = f"{HEADER}up\n{HEADER}down\n{HEADER}up\n{HEADER.replace('novel', 'other')}up\nno header\n"
    found = drafts(store_of(log))
    assert [(d.daemon, d.template, d.count) for d in found] == [
        ("novel", "up", 2),
        ("", "no header", 1),
        ("other", "up", 1),
        ("novel", "down", 1),
    ]


def test_a_draft_has_the_daemon_the_times_and_the_latest_line(store_of: StoreOf) -> None:
    bodies = ["9BB5B162711: strange 1", "9BB5B162712: removed", "9BB5B162713: strange 2"]
    services = ["postfix/submission/smtpd", "postfix/qmgr", "postfix/smtpd"]
    lines = [
        f"2026-11-24T12:00:0{n}+00:00 mx {service}[1]: {body}\n"
        for n, (service, body) in enumerate(zip(services, bodies, strict=True))
    ]
    assert drafts(store_of("".join(lines))) == [
        Draft(
            "postfix/smtpd",
            "{queue_id}: strange {:int}",
            2,
            datetime(2026, 11, 24, 12),
            datetime(2026, 11, 24, 12, 0, 2),
            Example("/var/log/mail.log", len("".join(lines[:2])), lines[2].rstrip(), False),
        )
    ]


def test_limits_take_the_commonest_of_the_latest(store_of: StoreOf) -> None:
    words = ["old"] * 5 + ["common"] * 3 + ["rare"]
    db = store_of("".join(f"{HEADER}{word}\n" for word in words))
    assert [d.template for d in drafts(db, limit=1)] == ["old"]
    assert [(d.template, d.count) for d in drafts(db, lines=4)] == [("common", 3), ("rare", 1)]


def test_a_long_line_is_drafted_from_its_beginning(store_of: StoreOf) -> None:
    bodies = ["x " * 300 + str(n) for n in range(3)]
    (draft,) = drafts(store_of("".join(f"{HEADER}{body}\n" for body in bodies)))
    assert draft.template == "x " * 200 + "{:text}"
    assert all(fits(draft.template, body) for body in bodies)


def test_programs_are_those_with_most_that_is_not_understood(store_of: StoreOf) -> None:
    qmgr = "2026-11-24T12:00:00+00:00 mx postfix/qmgr[1]: 9BB5B162711: "
    db = store_of(f"{qmgr}removed\n{qmgr}removed\n{qmgr}odd\n{HEADER}a\n{HEADER}b\nno header\n")
    with open_reader(db) as reader:
        assert coverage.programs(reader, 9) == [
            Program("novel", 2, 2), Program("postfix/qmgr", 3, 1), Program(None, 1, 1),
        ]  # fmt: skip
        assert len(coverage.programs(reader, 2)) == 2


def test_a_store_beside_its_owner(tmp_path: Path) -> None:
    store, data = tmp_path / "s.duckdb", f"{HEADER}odd 1\n{HEADER}odd 2\n".encode()
    with open_writer(store) as writer:
        writer.append(Chunk(writer.resolve(Identity("/log", data[:HEAD_BYTES])), 0, data))
        assert [(d.template, d.count) for d in drafts(store)] == [("odd {:int}", 2)]


# -- every draft is a template that fits ----------------------------------------------------------


def assert_drafts_fit(db: Path, bodies: list[str]) -> None:
    found = drafts(db)
    assert sum(draft.count for draft in found) == len(bodies)
    explained = {draft.example.text.removeprefix(HEADER) for draft in found}
    assert explained <= set(bodies)
    for draft in found:
        assert fits(draft.template, draft.example.text.removeprefix(HEADER)), draft


def test_drafts_of_all_samples_fit(store_of: StoreOf) -> None:
    bodies = [body for shape in registry().shapes for body in shape.samples]
    db = store_of("".join(f"{HEADER}{body}\n" for body in bodies))
    assert_drafts_fit(db, bodies)
    assert len(drafts(db)) > 1_000


PIECES = st.sampled_from(
    [
        *"[]{}\\<>\"'@.:/=-(), ",
        "a",
        "B",
        "7",
        "4.7.1",
        "::",
        "x@y.z",
        "{:text}",
        "unknown",
        "é",
        "\x1b",
    ]
)


@settings(
    max_examples=10,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(st.lists(st.lists(PIECES, max_size=12).map("".join), min_size=30, max_size=60))
def test_drafts_of_hostile_lines_fit(
    tmp_path_factory: pytest.TempPathFactory, bodies: list[str]
) -> None:
    store = tmp_path_factory.mktemp("drafts") / "s.duckdb"
    data = "".join(f"{HEADER}{body}\n" for body in bodies).encode()
    with open_writer(store) as writer:
        writer.append(Chunk(writer.resolve(Identity("/log", data[:HEAD_BYTES])), 0, data))
    assert_drafts_fit(store, bodies)

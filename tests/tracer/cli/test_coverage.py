"""`mailtracer coverage` as people and programs run it."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.queries import coverage as queries

StoreOf = Callable[[str], Path]
OnTerminal = Callable[..., str]
QMGR = "2026-11-24T12:00:0{}+00:00 mx postfix/qmgr[1]: 9BB5B162711: "
LINES = [
    f"{QMGR.format(0)}removed",
    f"{QMGR.format(1)}from=<a@x.example>, sise=3",
    f"{QMGR.format(2)}from=<>, sise=14",
    "no header",
]
LOG = "".join(f"{line}\n" for line in LINES)
SGR = re.compile(r"\x1b\[[0-9;]*m")


@pytest.fixture(autouse=True)
def in_utc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "UTC")


def coverage(db: Path, *args: str) -> int:
    return main(["coverage", "--db", str(db), *args])


def test_plain_output_is_one_fact_a_line(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coverage(store_of(LOG)) == 1
    out, err = capsys.readouterr()
    assert err == ""
    assert out.splitlines() == [
        "lines\t4\t3\t25.00%",
        "program\tpostfix/qmgr\t3\t2\t33.33%",
        "program\t(no header)\t1\t1\t0.00%",
        "draft\tpostfix/qmgr\t2\t2026-11-24 12:00:01 UTC\t2026-11-24 12:00:02 UTC",
        "template\t{queue_id}: from=<{:address}>, sise={:int}",
        f"example\t/var/log/mail.log:{LOG.index(LINES[2])}\t{LINES[2]}",
        "draft\t(no header)\t1\t-\t-",
        "template\tno header",
        f"example\t/var/log/mail.log:{LOG.index(LINES[3])}\tno header",
    ]


def test_json_is_the_documented_contract(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coverage(store_of(LOG), "--json") == 1
    path = "/var/log/mail.log"
    assert json.loads(capsys.readouterr().out) == {
        "line_count": 4,
        "unparsed_count": 3,
        "parsed_share": 0.25,
        "drafted_count": 3,
        "programs": [
            {"program": "postfix/qmgr", "line_count": 3, "unparsed_count": 2},
            {"program": None, "line_count": 1, "unparsed_count": 1},
        ],
        "drafts": [
            {
                "daemon": "postfix/qmgr",
                "template": "{queue_id}: from=<{:address}>, sise={:int}",
                "count": 2,
                "first_at": "2026-11-24T12:00:01Z",
                "last_at": "2026-11-24T12:00:02Z",
                "example": {
                    "path": path, "offset": LOG.index(LINES[2]), "text": LINES[2], "escaped": False,
                },
            },
            {
                "daemon": "",
                "template": "no header",
                "count": 1,
                "first_at": None,
                "last_at": None,
                "example": {
                    "path": path, "offset": LOG.index(LINES[3]), "text": LINES[3], "escaped": False,
                },
            },
        ],
    }  # fmt: skip


def test_a_store_that_is_understood_is_fine(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str]
) -> None:
    assert coverage(store_of(f"{LINES[0]}\n")) == 0
    out, err = capsys.readouterr()
    assert (out, err) == ("lines\t1\t0\t100.00%\nprogram\tpostfix/qmgr\t1\t0\t100.00%\n", "")


def test_an_empty_store_says_so(store_of: StoreOf, capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage(store_of("")) == 1
    out, err = capsys.readouterr()
    assert out == "lines\t0\t0\t-\n"
    assert "the store is empty: load logs with `mailtracer ingest`" in err


def test_one_line_in_a_million_is_not_rounded_away() -> None:
    from tracer.cli.coverage_text import share

    assert share(queries.Program("x", 1_000_000, 1)) == "99.99%"


def test_more_than_is_shown(
    store_of: StoreOf, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    db = store_of(LOG)
    assert coverage(db, "--limit", "1") == 1
    out, err = capsys.readouterr()
    assert [row.split("\t")[0] for row in out.splitlines()] == [
        "lines", "program", "draft", "template", "example",
    ]  # fmt: skip
    assert err == "mailtracer: there is more that is not understood: --limit N shows it\n"
    monkeypatch.setattr("tracer.cli.coverage.MOST_LINES", 2)
    assert coverage(db) == 1
    assert "the drafts are of the latest 2 unparsed lines" in capsys.readouterr().err


@pytest.mark.parametrize("args", [["--limit", "0"], ["--limit", "x"], ["--nope"], ["x"]])
def test_misuse(tmp_path: Path, args: list[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        coverage(tmp_path / "none.duckdb", *args)
    assert ended.value.code == 2


def test_no_store(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert coverage(tmp_path / "none.duckdb") == 2
    assert "mailtracer ingest" in capsys.readouterr().err


@pytest.mark.parametrize("columns", [40, 80, 120])
def test_it_fits_every_terminal(store_of: StoreOf, on_terminal: OnTerminal, columns: int) -> None:
    log = LOG + "".join(f"{line} {'x' * 3_000}\n" for line in LINES[1:])
    sent = on_terminal(columns, "coverage", "--db", str(store_of(log)), code=1)
    shown = SGR.sub("", sent)
    assert max(map(len, shown.splitlines())) <= columns
    assert "\x1b" not in shown
    flat = re.sub(r"\s+", "", shown)
    for text in [*LINES[2:], "14.28% of 7 lines", "2 x postfix/qmgr", "sise={:int}", "xx…"]:
        assert re.sub(r"\s+", "", text) in flat


def test_colour_only_where_it_is_wanted(store_of: StoreOf, on_terminal: OnTerminal) -> None:
    command = ("coverage", "--db", str(store_of(LOG)))
    assert "\x1b[1;31m25.00%" in on_terminal(80, *command, code=1)
    colour = re.compile(r"\x1b\[[0-9;]*3[0-7]")
    assert not colour.search(on_terminal(80, *command, code=1, NO_COLOR="1"))


def test_hostile_text_stays_text(
    store_of: StoreOf, on_terminal: OnTerminal, capsys: pytest.CaptureFixture[str]
) -> None:
    hostile = "\x1b]0;owned\x07\u202e[red]x\x9b2J"
    db = store_of(f"2026-11-24T12:00:00+00:00 mx a\x1b\u202eb: {hostile}\n")
    assert coverage(db) == 1
    screen = SGR.sub("", on_terminal(120, "coverage", "--db", str(db), code=1))
    for shown in (capsys.readouterr().out, screen):
        assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202e\u200b]", shown)
        assert r"\x1b]0;owned\x07\u202e[red]x\x9b2J" in re.sub(r"\n\s+", "", shown)
        assert r"a\x1b\u202eb" in shown
        assert r"{:text}\]{:int};owned{:text}\[red\]x{:text}{:word}" in shown

"""The configuration: where it is found, what it sets, what is said of mistakes in it."""

import json
import os
from pathlib import Path

import pytest

from tracer.cli import main
from tracer.store import open_reader

LINE = "Mar  2 03:37:02 mx mirrord[417]: mirrored 9BB5B162711 as 12\n"
SHAPE = """
[[shape]]
event = "site.mail_mirrored"
daemons = ["mirrord"]
template = "mirrored {queue_id} as {copy}"
fields = { copy = "int" }
samples = ["mirrored 9BB5B162711 as 12"]
"""
BAD_SHAPE = SHAPE.replace("{queue_id}", "{queueid}")


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "home"))
    for name in ("MAILTRACER_CONFIG", "MAILTRACER_DB"):
        monkeypatch.delenv(name, raising=False)
    Path("mail.log").write_text(LINE)
    os.utime("mail.log", (1_772_500_000, 1_772_500_000))  # 3 March 2026
    return tmp_path


def configure(text: str, path: str = "site.toml") -> str:
    Path(path).parent.mkdir(exist_ok=True)
    Path(path).write_text(text)
    return path


def events(db: str) -> list[dict[str, object]]:
    with open_reader(db) as reader:
        return reader.query("SELECT event, occurred_at, extra FROM events").to_pylist()


def test_ingest_takes_store_zone_and_shapes_from_it(capsys: pytest.CaptureFixture[str]) -> None:
    path = configure(f'db = "deep.duckdb"\nzone = "Asia/Tokyo"\n{SHAPE}', "conf/site.toml")
    assert main(["ingest", "--config", path, "mail.log"]) == 0
    (event,) = events("conf/deep.duckdb")
    assert event["event"] == "site.mail_mirrored"
    assert str(event["occurred_at"]) == "2026-03-01 18:37:02"
    assert json.loads(str(event["extra"])) == {"copy": 12}
    assert capsys.readouterr().err == ""


def test_logs_have_the_zone_of_the_first_pattern_that_fits() -> None:
    path = configure(
        'db = "zones.duckdb"\nzone = "UTC"\n[zones]\n'
        '"far/*" = "Asia/Tokyo"\n"*.log" = "Europe/Berlin"\n'
    )
    Path("far").mkdir()
    for place in ("far/mail.log", "mail"):
        Path(place).write_text(f"{place}\n{LINE}")  # else they would be one stream
    assert main(["ingest", "--config", path, "far/mail.log", "mail.log", "mail"]) == 0
    with open_reader("zones.duckdb") as reader:
        found = reader.query(
            "SELECT zone, min(occurred_at)::VARCHAR AS at FROM events JOIN sources USING "
            "(source_id, generation) GROUP BY zone ORDER BY zone"
        ).to_pylist()
    assert found == [
        {"zone": "Asia/Tokyo", "at": "2026-03-01 18:37:02"},
        {"zone": "Europe/Berlin", "at": "2026-03-02 02:37:02"},
        {"zone": "UTC", "at": "2026-03-02 03:37:02"},
    ]
    assert (
        main(["ingest", "--db", "one.duckdb", "--config", path, "--zone", "UTC", "mail.log"]) == 0
    )
    assert str(events("one.duckdb")[0]["occurred_at"]) == "2026-03-02 03:37:02"


def test_the_command_line_and_the_environment_come_before_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    path = configure('db = "configured.duckdb"\nzone = "Asia/Tokyo"')
    monkeypatch.setenv("MAILTRACER_DB", "environment.duckdb")
    assert main(["ingest", "--config", path, "--zone", "UTC", "mail.log"]) == 0
    (event,) = events("environment.duckdb")
    assert str(event["occurred_at"]) == "2026-03-02 03:37:02"
    assert main(["ingest", "--config", path, "--db", "argument.duckdb", "mail.log"]) == 0
    assert Path("argument.duckdb").exists()
    assert not Path("configured.duckdb").exists()


def test_it_is_found_in_order(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def mirrored(*options: str) -> bool:
        assert main(["parse", *options, "mail.log"]) == 0
        return "site.mail_mirrored" in capsys.readouterr().out

    assert not mirrored()
    configure(SHAPE, "home/mailtracer.toml")
    assert mirrored()
    monkeypatch.setenv("MAILTRACER_CONFIG", configure("", "none.toml"))
    assert not mirrored()
    assert mirrored("--config", "home/mailtracer.toml")


def test_nothing_is_ingested_where_a_shape_is_bad(capsys: pytest.CaptureFixture[str]) -> None:
    path = configure(f"dbb = 1\n{BAD_SHAPE}")
    assert main(["ingest", "--config", path, "--db", "x.duckdb", "mail.log"]) == 2
    assert not Path("x.duckdb").exists()
    said = capsys.readouterr().err
    assert "site.toml: 2 problems" in said
    assert "no key is called dbb; did you mean db?" in said
    assert "[[shape]] 1 (site.mail_mirrored): no field is called queueid" in said
    assert "    mirrored {queueid} as {copy}\n             ^\n" in said


def test_commands_that_only_read_are_not_stopped_by_a_shape(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["ingest", "--db", "store.duckdb", "mail.log"]) == 0
    path = configure(f'db = "store.duckdb"\n{BAD_SHAPE}')
    assert main(["sql", "--config", path, "--format", "csv", "SELECT event FROM events"]) == 0
    assert "log.line_unparsed" in capsys.readouterr().out
    broken = configure("db = ", "broken.toml")
    assert main(["sql", "--config", broken, "--db", "store.duckdb", "SELECT 1"]) == 0
    assert main(["sql", "--config", broken, "SELECT 1"]) == 2


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (b"db = \n", "line 1, column 6"),
        (b"db = 3\n", "db is to be a path"),
        (b'db = ""\n', "db is to be a path"),
        (b'zone = "Nowhere/Land"\n', "there is no time zone 'Nowhere/Land'"),
        (b"zone = 1\n", "there is no time zone '1'"),
        (b'[zones]\n"*.log" = "Nowhere/Land"\n', "zones: *.log: there is no time zone"),
        (b'zones = "UTC"\n', "zones is to be a table"),
        (b"shape = 1\n", "begin each with [[shape]]"),
        (b"shape = [1]\n", "[[shape]] 1: it is no table"),
        (b"# caf\xe9\n", "byte 6 is no UTF-8"),
        (b"a = " + b"[" * 5_000, "is no TOML"),
        (b'"\\u001b[31m" = 1\n', "\\x1b[31m"),
    ],
)
def test_a_mistake_is_said_and_exits_with_2(
    text: bytes, why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("site.toml").write_bytes(text)
    assert main(["parse", "--config", "site.toml", "mail.log"]) == 2
    said = capsys.readouterr()
    assert why in said.err
    assert "site.toml" in said.err
    assert said.out == ""


def test_a_file_that_is_not_there_or_no_file_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    for path in ("nowhere.toml", "."):
        assert main(["parse", "--config", path, "mail.log"]) == 2
        assert f"{path}: cannot be read" in capsys.readouterr().err


def test_a_shape_that_is_not_needed_is_remarked_upon(capsys: pytest.CaptureFixture[str]) -> None:
    known = SHAPE.replace("mirrord", "postfix/qmgr").replace("as {copy}", "removed")
    known = known.replace("mirrored {queue_id} removed", "{queue_id}: removed")
    path = configure(known.replace("mirrored 9BB5B162711 as 12", "9BB5B162711: removed"))
    assert main(["parse", "--config", path, "mail.log"]) == 0
    assert "a sample of it is postfix.message_removed" in capsys.readouterr().err


def test_explain_knows_a_sites_shapes(capsys: pytest.CaptureFixture[str]) -> None:
    path = configure(SHAPE)
    assert main(["explain", "--config", path, "--json", LINE]) == 0
    explained = json.loads(capsys.readouterr().out)
    assert explained["event"] == "site.mail_mirrored"
    assert explained["extra"] == {"copy": 12}
    assert main(["explain", "--config", path, LINE]) == 0
    assert "copy" in capsys.readouterr().out
    assert main(["explain", "--config", path, LINE.replace(" as ", " to ")]) == 1
    assert "site.mail_mirrored" in capsys.readouterr().out

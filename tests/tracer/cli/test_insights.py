"""`mailtracer insights`: lists, explains, acknowledges, sends; without a watcher and beside one."""

import json
from pathlib import Path
from shutil import copyfile

import pytest

from tests.tracer.insights import weeks
from tests.tracer.insights.conftest import load
from tests.tracer.insights.webserver import listening
from tracer.cli import main
from tracer.store import open_writer

Capture = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    end = weeks.FIRST + weeks.HOUR
    text = weeks.text(weeks.regular(end=end), weeks.blocked(end - 20 * weeks.MINUTE))
    return load(tmp_path_factory.mktemp("insights") / "store.duckdb", text)


@pytest.fixture
def store(loaded: Path, tmp_path: Path) -> Path:
    """An hour of mail, blocked at its end: as of the logs, that is now."""
    return Path(copyfile(loaded, tmp_path / "store.duckdb"))


def run(store: Path, *arguments: str) -> int:
    return main(["insights", "--db", str(store), "--zone", "UTC", *arguments])


def test_it_looks_and_lists(store: Path, capsys: Capture) -> None:
    assert run(store) == 1
    assert capsys.readouterr().out == (
        "1  2026-11-02 00:45  warning: Our address 203.0.113.10 is refused as listed by Spamhaus: "
        "5 times within an hour\n"
    )


def test_it_explains(store: Path, capsys: Capture) -> None:
    assert run(store, "--explain") == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("    What to do: Find out what was sent")
    assert lines[2] == "    Messages: mailtracer search -- 'domain:other.example class:blocklisted'"
    assert sum("blocked using zen.spamhaus.org" in line for line in lines) == 5


def test_what_was_acknowledged_is_fine(store: Path, capsys: Capture) -> None:
    assert run(store) == 1
    assert run(store, "--ack", "1") == 0
    assert "seen by " in capsys.readouterr().out
    assert run(store, "--ack", "1") == 2
    assert "no insight 1 is open" in capsys.readouterr().err


def test_json(store: Path, capsys: Capture) -> None:
    assert run(store, "--json", "--all") == 1
    (made,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert made["id"] == 1
    assert made["detector"] == "blocked"
    assert made["opened_at"] == "2026-11-02T00:45:00Z"
    assert made["ended_at"] is None
    assert len(made["positions"]) == 5


def test_beside_a_watcher_it_reads_what_that_has_found(store: Path, capsys: Capture) -> None:
    with open_writer(store):
        assert run(store) == 0
        assert "nothing is wrong" in capsys.readouterr().err
    assert run(store) == 1
    with open_writer(store):
        assert run(store, "--ack", "1") == 0


def test_sending_needs_somebody_to_tell(store: Path, capsys: Capture) -> None:
    assert run(store, "--send") == 2
    assert "names nobody to tell" in capsys.readouterr().err


def test_sending_tells_no_old_news(store: Path, tmp_path: Path) -> None:
    with listening() as web:
        config = tmp_path / "mailtracer.toml"
        config.write_text(f'[insights]\nwebhook = "{web.address}"\n')
        assert run(store, "--send", "--config", str(config)) == 1
        assert not web.posts


def test_mistakes_in_the_configuration_are_told(
    store: Path, tmp_path: Path, capsys: Capture
) -> None:
    config = tmp_path / "mailtracer.toml"
    config.write_text(
        '[insights]\nto = "me"\nwebhook = "ftp://x"\ncommand = ["page"]\nquiet_hours = "night"\n'
        'off = ["nothing"]\nshout = true\n'
        "[insights.least]\nblocked = 0\nunknown = 3\n[insights.mail]\nport = 0\n"
    )
    assert run(store, "--config", str(config)) == 2
    told = capsys.readouterr().err
    assert "9 problems" in told
    for key in ("to", "webhook", "command", "quiet_hours", "off", "least: blocked", "mail: port"):
        assert f"insights: {key}" in told or f"insights.{key}" in told
    assert "no key is called shout" in told
    assert "no detector is called unknown; there are no_mail, " in told


def test_it_says_where_the_lines_that_prove_it_are_removed(store: Path, capsys: Capture) -> None:
    assert run(store) == 1
    with open_writer(store) as writer:
        writer.forget(weeks.FIRST + weeks.HOUR)
    capsys.readouterr()
    assert run(store, "--all", "--explain") == 1
    assert "    The lines that prove it are older than those that are kept.\n" in (
        capsys.readouterr().out
    )

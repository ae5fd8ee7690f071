"""`mailtracer report` as it is typed, and its part of the configuration."""

import json
import socketserver
import subprocess
import sys
from pathlib import Path

import pytest

from tests.tracer.reports.mailserver import MailServer, listening
from tracer import configuration
from tracer.cli import main
from tracer.errors import TracerError

LINE = (
    "2026-03-02T10:30:00+00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from"
    " x.example[192.0.2.1]: 554 5.7.1 <b@y.example>: Relay access denied; from=<a@x.example>"
    " to=<b@y.example> proto=ESMTP helo=<x.example>\n"
)
DAY = ("-d", "2026-03-02", "--zone", "UTC")


@pytest.fixture
def db(tmp_path: Path) -> str:
    log, db = tmp_path / "mail.log", tmp_path / "s.duckdb"
    log.write_text(LINE)
    assert main(["ingest", "--db", str(db), "--zone", "UTC", str(log)]) == 0
    return str(db)


@pytest.mark.parametrize(
    ("name", "sign"),
    [("text", "REFUSED"), ("html", "<!DOCTYPE html>"), ("markdown", "## Refused"), ("json", "{")],
)
def test_it_is_printed_in_each_format(
    db: str, name: str, sign: str, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert main(["report", "--db", db, *DAY, "--format", name]) == 0
    out, err = capsys.readouterr()
    assert sign in out
    assert err == ""


def test_days_without_lines_are_told_with_1(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["report", "--db", db, "-d", "2020-01-01", "--zone", "UTC"]) == 1
    assert "it has lines from 2026-03-02 to 2026-03-02" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--send",), "--to ADDRESS"),
        (("--to", "p@lab.example"), "--send"),
        (("--due",), "[[report]]"),
    ],
)
def test_misuse_is_2(
    db: str, args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["report", "--db", db, "--zone", "UTC", *args]) == 2
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (("--send", "--to", "nobody"), "'nobody' is no mail address"),
        (("--send", "--to", "a@lab.example\nBcc: b@lab.example"), "is no mail address"),
        (("--domain", "@lab.example"), "after the @"),
        (("--detail", "many"), "'many' is no whole number"),
        (("-d", "9999-12-31"), "from 1970 to 2199"),
    ],
)
def test_what_cannot_be_meant_is_named(
    args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["report", *args])
    assert stopped.value.code == 2
    assert said in capsys.readouterr().err


def test_it_is_mailed_as_configured(db: str, tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    with listening(MailServer()) as server:
        config.write_text(
            f'[mail]\nfrom = "m@lab.example"\nserver = "localhost"\nport = {server.port}\n'
            '[[report]]\nname = "daily"\nto = ["p@lab.example", "q@lab.example"]\nat = "00:00"\n'
        )
        common = ["report", "--db", db, "--config", str(config), "--zone", "UTC"]
        assert main([*common, "-d", "2026-03-02", "--send", "--to", "r@lab.example"]) == 0
        assert main([*common, "--due"]) == 0
        assert main([*common, "--due"]) == 0
    by_hand, due = server.mails
    assert (by_hand["To"], by_hand["From"]) == ("r@lab.example", "m@lab.example")
    assert due["To"] == "p@lab.example, q@lab.example"
    assert "rcpt TO:<q@lab.example>" in server.heard
    assert "no log lines" in due["Subject"]  # that is worth a mail: nothing was logged yesterday


# Owns a store until its input ends.
OWNER = """
import sys
from tracer.store import open_writer
with open_writer(sys.argv[1]):
    print("ready", flush=True)
    sys.stdin.read()
"""


class EndOfTheOwner(MailServer):
    """Takes mail once the process that owns the store has ended."""

    owner: subprocess.Popen[str]

    def serve(self, handler: socketserver.StreamRequestHandler) -> None:
        self.owner.communicate()
        super().serve(handler)


def test_what_was_sent_is_kept_where_the_stores_owner_ends_meanwhile(
    db: str, tmp_path: Path
) -> None:
    config = tmp_path / "site.toml"
    with listening(EndOfTheOwner()) as server:
        assert isinstance(server, EndOfTheOwner)
        config.write_text(
            f'[mail]\nserver = "localhost"\nport = {server.port}\n'
            '[[report]]\nname = "daily"\nto = ["p@lab.example"]\nat = "00:00"\n'
        )
        due = ["report", "--db", db, "--config", str(config), "--zone", "UTC", "--due"]
        server.owner = subprocess.Popen(
            [sys.executable, "-c", OWNER, db],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        with server.owner as owner:
            assert owner.stdout
            assert owner.stdout.readline() == "ready\n"
            assert main(due) == 0
            assert owner.poll() == 0  # before the mail was taken
        assert main(due) == 0
    assert len(server.mails) == 1


def test_mistakes_in_the_configuration_are_told_all_at_once(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text(
        '[mail]\nport = "25"\nsecurity = "ssl"\nuser = "m"\n'
        '[[report]]\nto = []\nat = "6"\n[[report]]\nname = "a"\nto = ["p@x"]\n'
        '[[report]]\nname = "a"\nto = ["p@x"]\ndetail = -1\ndomains = ["@x"]\n'
        '[[report]]\nname = "a"\nto = ["p@x"]\n'
    )
    with pytest.raises(TracerError) as failed:
        configuration.load(config, shapes=False)
    for part in (
        "9 problems", "port is", "security is", "no key is called user", "1: name is", "1: to is",
        "1: at is", "3: detail is", "3: domains are", "two reports are called a",
    ):  # fmt: skip
        assert part in str(failed.value)


def test_a_password_never_goes_unencrypted(tmp_path: Path) -> None:
    config = tmp_path / "site.toml"
    config.write_text('[mail]\nusername = "m"\n')
    with pytest.raises(TracerError, match="only sent encrypted"):
        configuration.load(config, shapes=False)


def test_the_contract_of_json(db: str, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert main(["report", "--db", db, *DAY, "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert {*found} == {
        "first_day", "last_day", "zone", "from", "until", "hosts", "domains", "subject",
        "line_count", "headline", "findings", "sections",
    }  # fmt: skip
    assert found["sections"]["refusals"]["reasons"][0]["reason_class"] == "relay_denied"

"""The contract of `mailtracer parse`."""

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tracer.cli import main

LINE = (
    "Mar  2 03:37:02 mx postfix/qmgr[417]: E7F3A16272B: from=<>, size=357, nrcpt=1 (queue active)"
)
COMMAND = [sys.executable, "-c", "import tracer.cli; raise SystemExit(tracer.cli.main())", "parse"]


def parsed(capsys: pytest.CaptureFixture[str], *args: str) -> list[dict[str, object]]:
    assert main(["parse", "--zone", "UTC", *args]) == 0
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_every_line_is_an_object_with_the_promised_keys_in_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "mail.log"
    log.write_text(f"{LINE}\nnothing that is known\n\n{LINE}")
    os.utime(log, (1_772_500_000, 1_772_500_000))  # 3 March 2026
    rows = parsed(capsys, str(log))
    assert rows[0] == {
        "line": LINE,
        "event": "postfix.message_queued",
        "occurred_at": "2026-03-02T03:37:02Z",
        "host": "mx",
        "program": "postfix/qmgr",
        "pid": 417,
        "queue_id": "E7F3A16272B",
        "fields": {"envelope_sender": "", "size_bytes": 357, "recipient_count": 1},
    }
    assert list(rows[0]) == [
        "line", "event", "occurred_at", "host", "program", "pid", "queue_id", "fields",
    ]  # fmt: skip
    assert [row["line"] for row in rows] == [LINE, "nothing that is known", "", LINE]
    assert rows[1]["event"] == rows[2]["event"] == "log.line_unparsed"


def test_bodies_of_a_named_program(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "bodies.gz"
    log.write_bytes(gzip.compress(b"connect from unknown[192.0.2.1]\n"))
    (row,) = parsed(capsys, "--program", "postfix/smtpd", str(log))
    assert (row["event"], row["fields"]) == (
        "postfix.client_connected",
        {"client_name": "unknown", "client_address": "192.0.2.1"},
    )


def test_bytes_that_are_no_text_are_escaped_and_said_to_be(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "mail.log"
    log.write_bytes(b"Mar  2 03:37:02 mx a: \xff\\\0\nMar  2 03:37:02 mx a: \\xff\n")
    escaped, plain = parsed(capsys, str(log))
    assert escaped["line"] == "Mar  2 03:37:02 mx a: \\xff\\\\\\x00"
    assert escaped["escaped"] is True
    assert plain["line"] == "Mar  2 03:37:02 mx a: \\xff"
    assert "escaped" not in plain


def test_a_line_on_standard_input_is_answered_before_the_next_is_there() -> None:
    with subprocess.Popen(COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        for _ in range(2):
            process.stdin.write(f"{LINE}\n".encode())
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["line"] == LINE
        process.stdin.close()
        assert process.wait(30) == 0


@pytest.mark.parametrize(
    "args", [["/nonexistent/mail.log"], ["--zone", "Nowhere/Land", "-"], ["/"]]
)
def test_misuse_is_said_and_exits_with_2(
    args: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    try:
        code = main(["parse", *args])
    except SystemExit as stop:
        code = int(str(stop.code))
    assert code == 2
    assert "mailtracer" in capsys.readouterr().err

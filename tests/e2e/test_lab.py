"""Mail through the real daemons, followed as their log is written, and found again with trace.

What became of each message is the lab's truth: read from mailboxes and queues, never from logs.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

LAB = Path(os.environ.get("MAILTRACER_LAB", "no-lab"))
DAEMONS = ("postfix", "dovecot", "spamd", "clamd", "opendkim", "rsyslogd", "dnsmasq")
PATH = os.pathsep.join((os.environ["PATH"], "/usr/sbin", "/sbin"))
MISSING = [name for name in DAEMONS if shutil.which(name, path=PATH) is None]
SCENARIOS = "plain,multi_rcpt,submission,spam,virus,greylist,aliases,sieve"
HOSTS = {"mx.lab.example": "mx", "mx.remote.example": "relay"}  # in Received headers -> in logs
COMMAND = [sys.executable, "-m", "tracer.cli"]

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.skipif(
        not (LAB / "lab.py").is_file(), reason="$MAILTRACER_LAB names no mail lab (a folder)"
    ),
    pytest.mark.skipif(os.getuid() != 0, reason="the mail lab needs root"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)}"),
]


@pytest.fixture(scope="module")
def followed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[Any]]]:
    """A store that a watcher filled while the lab ran, still watched; the lab's messages."""
    folder = tmp_path_factory.mktemp("lab")
    root = Path(tempfile.mkdtemp(prefix="mailtracer-lab-"))  # its daemons run as other users
    root.chmod(0o755)
    store, out = folder / "store.duckdb", folder / "out"
    log = root / "log" / "mail.log"
    watcher = subprocess.Popen([*COMMAND, "watch", "--db", str(store), "--zone", "UTC", str(log)])
    try:
        subprocess.run(
            [
                sys.executable,
                "-B",
                str(LAB / "lab.py"),
                "all",
                "--root",
                str(root),
                "--out",
                str(out),
                "--only",
                SCENARIOS,
                "--sa",
                "mini",
            ],
            check=True,
            env={**os.environ, "PATH": PATH, "TZ": "UTC"},
            timeout=400,
        )
        time.sleep(2)  # what was written is visible in two seconds
        records = [json.loads(line) for line in (out / "truth.jsonl").read_text().splitlines()]
        yield store, [record for record in records if record["kind"] == "message"]
    finally:
        watcher.terminate()
        watcher.wait(30)
        shutil.rmtree(root)


def trace(store: Path, queue_id: str, host: str) -> dict[str, Any]:
    done = subprocess.run(
        [*COMMAND, "trace", "--db", str(store), "--json", queue_id], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    lives = [
        path | message
        for path in json.loads(done.stdout)["paths"]
        for message in path["messages"]
        if (message["host"], message["queue_id"]) == (host, queue_id)
    ]
    assert len(lives) == 1
    return dict(lives[0])


def test_every_accepted_message_is_found_with_its_sender_and_recipients(
    followed: tuple[Path, list[Any]],
) -> None:
    store, messages = followed
    accepted = [m for m in messages if m["queue_id"] and m["smtp"].get("end", "").startswith("250")]
    assert len(accepted) >= 10
    for message in accepted:
        found = trace(store, message["queue_id"], "mx")
        assert found["envelope_sender"] == message["mail_from"]
        if message["message_id"]:
            assert found["message_id"] == message["message_id"]
        assert found["sasl_username"] == message["client"].get("sasl_user")
        assert found["lines"]


def test_what_was_delivered_is_told_as_delivered_on_each_hop(
    followed: tuple[Path, list[Any]],
) -> None:
    store, messages = followed
    hops = {
        (HOSTS[host], queue_id)
        for message in messages
        for copy in message["actual"]["copies"]
        for host, queue_id in copy["queue_ids"]
    }
    assert len(hops) >= 10
    for host, queue_id in hops:
        statuses = {d["status"] for d in trace(store, queue_id, host)["deliveries"]}
        assert "sent" in statuses, (host, queue_id)


def test_every_line_is_stored_and_understood(followed: tuple[Path, list[Any]]) -> None:
    store, _ = followed
    log = store.parent / "out" / "mail.log"
    done = subprocess.run(
        [
            *COMMAND,
            "sql",
            "--db",
            str(store),
            "--format",
            "jsonl",
            "SELECT count(*) n, count(*) FILTER (event = 'log.line_unparsed') u FROM events",
        ],
        capture_output=True,
        text=True,
    )
    row = json.loads(done.stdout)
    assert row["u"] == 0
    assert row["n"] == log.read_bytes().count(b"\n")


def test_an_unknown_id_is_told_apart_from_a_failure(followed: tuple[Path, list[Any]]) -> None:
    done = subprocess.run(
        [*COMMAND, "trace", "--db", str(followed[0]), "0123456789A"], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "0123456789A" in done.stderr

"""Actions on the queue of a real Postfix."""

import json
import subprocess
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.tracer.queue.conftest import Postfix
from tracer.cli import main
from tracer.queries.queue import known, latest_actions
from tracer.queue import actions, commands, instances
from tracer.queue.actions import Chosen, Request
from tracer.queue.commands import QueueError
from tracer.queue.instances import Instance
from tracer.queue.listing import live
from tracer.queue.record import Actor, path_of
from tracer.store import open_reader, open_writer

HELPER = Path(__file__).parents[3] / "packaging" / "queue" / "mailtracer-queue"
ANNA = Actor("anna b\n", "cli", "192.0.2.7")


def act(postfix: Postfix, verb: str, *chosen: Chosen) -> list[tuple[str, str]]:
    results = actions.perform(str(postfix.db), Request(verb, ANNA), chosen)
    return [(result.status, result.words) for result in results]


def test_a_message_is_held_released_requeued_and_deleted_and_all_of_it_is_recorded(
    postfix: Postfix,
) -> None:
    message = postfix.send("bob@one.example")
    postfix.load()
    with open_reader(postfix.db) as reader:
        host = known(reader, [message])[message.queue_id].host
    chosen, hosts = Chosen.of(message), {message.queue_id: host or ""}
    told = []
    for verb in ("hold", "hold", "release", "deliver"):
        request = Request(verb, ANNA, hosts=hosts)
        told += actions.perform(str(postfix.db), request, [chosen])
    assert [result.status for result in told] == ["done", "left", "done", "done"]
    assert postfix.queued(message.queue_id) is not None
    assert act(postfix, "delete", chosen) == [("done", "removed")]
    assert postfix.queued(message.queue_id) is None
    assert act(postfix, "delete", chosen) == [("left", "is no longer in the queue")]
    with open_reader(postfix.db) as reader:
        own = [a for a in latest_actions(reader) if a.queue_id == message.queue_id][::-1]
    assert [(a.action, a.status) for a in own] == [
        ("hold", "done"), ("hold", "left"), ("release", "done"), ("deliver", "done"),
        ("delete", "done"), ("delete", "left"),
    ]  # fmt: skip
    assert {(a.username, a.via, a.remote_address) for a in own} == {
        ("anna%20b%0A", "cli", "192.0.2.7")
    }


def test_an_id_that_is_another_message_by_now_is_left_alone(postfix: Postfix) -> None:
    message = postfix.send("bob@two.example")
    postfix.load()
    seen = Chosen.of(message)
    for other in (
        replace(seen, sender="mallory@shop.example"),
        replace(seen, arrived_at=seen.arrived_at - timedelta(seconds=1)),
    ):
        ((status, words),) = act(postfix, "delete", other)
        assert status == "left"
        assert "another message" in words
    assert postfix.queued(message.queue_id) == message


def test_actions_are_in_the_trace_of_the_message_beside_a_running_owner(
    postfix: Postfix, capsys: pytest.CaptureFixture[str]
) -> None:
    message = postfix.send("bob@three.example")
    postfix.load()
    with open_writer(postfix.db):
        assert main(["queue", "hold", message.queue_id, "--db", str(postfix.db)]) == 0
    capsys.readouterr()
    assert main(["trace", "--db", str(postfix.db), "--lines", message.queue_id]) == 0
    (line,) = [ln for ln in capsys.readouterr().out.splitlines() if " mailtracer[" in ln]
    assert f"{message.queue_id}: hold done at postfix by" in line
    lines = path_of(postfix.db).read_text(encoding="utf-8").count("\n")
    postfix.load()
    assert main(["ingest", "--db", str(postfix.db), str(path_of(postfix.db))]) == 0
    with open_reader(postfix.db) as reader:
        assert len(latest_actions(reader, 10_000)) == lines


def test_who_may_not_is_refused_and_that_is_recorded(postfix: Postfix) -> None:
    message = postfix.send("bob@four.example")
    postfix.load()
    (result,) = actions.perform(
        str(postfix.db), Request("delete", ANNA), [Chosen.of(message)], may=False
    )
    assert result.status == "refused"
    assert postfix.queued(message.queue_id) == message
    with open_reader(postfix.db) as reader:
        assert latest_actions(reader, 1)[0].status == "refused"


def test_the_filter_chooses_and_delete_asks_back(
    postfix: Postfix, capsys: pytest.CaptureFixture[str]
) -> None:
    wanted, other = postfix.send("bob@five.example"), postfix.send("bob@six.example")
    postfix.load()
    command = ["queue", "delete", "--db", str(postfix.db), "--filter", "domain:five.example"]
    assert main(command) == 2
    assert main([*command, "--dry-run"]) == 0
    assert postfix.queued(wanted.queue_id) == wanted
    capsys.readouterr()
    assert main([*command, "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["subject"], told["status"]) == (wanted.queue_id, "done")
    assert postfix.queued(wanted.queue_id) is None
    assert postfix.queued(other.queue_id) == other


@pytest.mark.parametrize("text", ["ALL", "-", "", "ABCDEF0\nALL", "../../x", "$(id)"])
def test_the_helper_takes_nothing_but_queue_ids(postfix: Postfix, text: str) -> None:
    before = list(live())
    done = subprocess.run([HELPER, "delete"], input=text, text=True, capture_output=True)
    assert done.returncode == 64
    assert list(live()) == before
    with pytest.raises(ValueError, match="no queue id"):
        commands.change("delete", [text])


def test_the_helper_takes_nothing_but_its_verbs() -> None:
    for arguments in ([], ["-d"], ["delete", "ALL"], ["sh"]):
        done = subprocess.run([HELPER, *arguments], input="ABCDEF0\n", text=True, check=False)
        assert done.returncode == 64


def test_a_postfix_that_is_missing_or_slow_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "postqueue"
    slow.write_text("#!/bin/sh\nexec sleep 30\n", encoding="utf-8")
    slow.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    with pytest.raises(QueueError, match=r"within 0\.3 seconds"):
        list(live(timeout_seconds=0.3))
    monkeypatch.setattr(commands, "_SBIN", ())
    monkeypatch.setenv("PATH", str(tmp_path / "nowhere"))
    with pytest.raises(QueueError, match="there is no postqueue here"):
        list(live())


def test_instances_have_queues_of_their_own(
    postfix: Postfix, outgoing: Postfix, capsys: pytest.CaptureFixture[str]
) -> None:
    here, there = postfix.send("bob@seven.example"), outgoing.send("bob@eight.example")
    postfix.load()
    outgoing.load()
    first, second = instances.instances()
    assert (first, second.name) == (Instance("postfix", None, "postfix"), "postfix-out")
    assert second.logged_as == "postfix-out"
    of_it = ["--db", str(postfix.db), "--instance", "postfix-out"]
    assert main(["queue", "hold", here.queue_id, *of_it]) == 1
    assert main(["queue", "hold", there.queue_id, *of_it]) == 0
    assert (postfix.queued(here.queue_id), outgoing.queued(there.queue_id)) == (
        here, replace(there, status="held")
    )  # fmt: skip
    assert main(["queue", "list", "--instance", "postfix-in"]) == 2
    assert "one of postfix, postfix-out" in capsys.readouterr().err
    with open_reader(postfix.db) as reader:
        assert latest_actions(reader, 1)[0].instance == "postfix-out"
        assert known(reader, [there], "postfix-out")[there.queue_id].attempt_count == 1
        assert not known(reader, [there], "postfix")


def test_a_header_is_shown_as_far_as_is_sensible_and_that_is_recorded(
    postfix: Postfix, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = b"".join(b"X-%d: %s\n" % (n, b"x" * 900) for n in range(200))
    message = postfix.send("bob@nine.example", text=b"Subject: \x1b[31mred\n" + lines + b"\nbody\n")
    postfix.load()
    command = ["queue", "show", message.queue_id, "--db", str(postfix.db)]
    assert main(command) == 0
    shown = capsys.readouterr().out
    assert "Subject: \\x1b[31mred\n" in shown
    assert shown.endswith("[only the first 100,000 bytes are shown]\n")
    assert len(shown) < commands.MOST_SHOWN + 1_000
    subprocess.run(["postsuper", "-d", message.queue_id], check=True, capture_output=True)
    assert main(command) == 1
    with open_reader(postfix.db) as reader:
        told = [(a.action, a.status) for a in latest_actions(reader, 4)]
    assert told[::2] == [("show", "failed"), ("show", "done")]
    assert main(["trace", "--db", str(postfix.db), "--lines", message.queue_id]) == 0
    assert "show failed at postfix by root" in capsys.readouterr().out

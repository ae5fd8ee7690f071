"""Actions on the queue of a real Postfix."""

import json
import os
import subprocess
import threading
import time
from concurrent.futures import ThreadPoolExecutor
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
    """The queue file of another message gets the name of one that was listed, and is gone."""
    message, other = postfix.send("bob@two.example"), postfix.send("eve@two.example", "m@x.example")
    postfix.load()
    for queue_id, option in ((message.queue_id, "-d"), (other.queue_id, "-h")):
        subprocess.run(["postsuper", option, queue_id], check=True, capture_output=True)
    held = postfix.root / "queue" / "hold"
    (held / other.queue_id).rename(held / message.queue_id)
    ((status, words),) = act(postfix, "delete", Chosen.of(message))
    assert status == "left"
    assert "another message" in words
    now = postfix.queued(message.queue_id)
    assert now
    assert (now.sender, now.status) == ("m@x.example", "held")
    earlier = replace(Chosen.of(now), arrived_at=now.arrived_at - timedelta(seconds=1))
    assert act(postfix, "delete", earlier) == [(status, words)]
    assert act(postfix, "delete", Chosen.of(now)) == [("done", "removed")]


def test_requeued_mail_has_another_id(postfix: Postfix) -> None:
    message = postfix.send("bob@ten.example")
    postfix.load()
    assert act(postfix, "requeue", Chosen.of(message)) == [("done", "requeued")]
    postfix.send("eve@ten.example")  # pickup looks for mail now, and not within a minute
    deadline = time.monotonic() + 20
    while not {"bob@ten.example"} & {
        recipient.address
        for other in live()
        for recipient in other.recipients
        if other.queue_id != message.queue_id
    }:
        assert time.monotonic() < deadline, "it is gone"
        time.sleep(0.1)
    assert act(postfix, "hold", Chosen.of(message)) == [("left", "is no longer in the queue")]


def test_mail_expires_once_and_what_is_held_only_if_that_is_meant(postfix: Postfix) -> None:
    first, second = postfix.send("bob@eleven.example"), postfix.send("eve@eleven.example")
    postfix.load()
    held = Chosen.of(second)
    assert act(postfix, "hold", held) == [("done", "placed on hold")]
    chosen = [Chosen.of(first), held]
    results = act(postfix, "expire", *chosen)
    assert results == [("done", "expired"), ("left", "is on hold: release it first")]
    message = postfix.queued(first.queue_id)
    assert message is None or message.is_expiring
    if message:
        assert act(postfix, "expire", chosen[0]) == [("left", "expires already")]
    request = Request("expire", ANNA, releases=True)
    (result,) = actions.perform(str(postfix.db), request, [held])
    assert (result.status, result.words) == ("done", "expired, released from hold")
    message = postfix.queued(second.queue_id)
    assert message is None or (message.is_expiring and message.status != "held")


def test_a_postfix_before_3_5_is_asked_to_expire_nothing(
    postfix: Postfix, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No such Postfix is to be had here: so one that says so of itself."""
    (tmp_path / "postconf").write_text("#!/bin/sh\necho 3.4.29\n", encoding="utf-8")
    (tmp_path / "postconf").chmod(0o755)
    message = postfix.send("bob@twelve.example")
    postfix.load()
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    ((status, words),) = act(postfix, "expire", Chosen.of(message))
    assert (status, words[-3:]) == ("refused", "3.5")
    assert postfix.queued(message.queue_id) == message


def test_a_destination_is_flushed_and_all_mail_is(postfix: Postfix) -> None:
    message = postfix.send("bob@flush.example")
    postfix.load()
    db = str(postfix.db)
    assert actions.flush(db, ANNA, "flush.example").status == "done"
    attempts(postfix, message.queue_id, 2)
    result = actions.flush(db, ANNA, "one.example")
    assert result.status == "failed"
    assert "to:*@one.example" in result.words
    assert actions.flush(db, ANNA, None).status == "done"
    attempts(postfix, message.queue_id, 3)
    assert actions.flush(db, ANNA, None, may=False).status == "refused"
    with open_reader(postfix.db) as reader:
        told = latest_actions(reader, 8)[::2]
    assert [(a.site, a.status) for a in told] == [
        (None, "refused"), (None, "done"), ("one.example", "failed"), ("flush.example", "done"),
    ]  # fmt: skip


def attempts(postfix: Postfix, queue_id: str, count: int) -> None:
    """Wait until Postfix has tried so often."""
    log, deadline = postfix.root / "mail.log", time.monotonic() + 20
    while log.read_text(encoding="utf-8").count(f"{queue_id}: to=") < count:
        assert time.monotonic() < deadline, "it was not tried"
        time.sleep(0.1)


def test_of_two_operators_one_acts_and_the_other_is_told(postfix: Postfix) -> None:
    message = postfix.send("bob@thirteen.example")
    postfix.load()
    start = threading.Barrier(2)

    def delete(name: str) -> str:
        start.wait()
        request = Request("delete", Actor(name, "dashboard"))
        (result,) = actions.perform(str(postfix.db), request, [Chosen.of(message)])
        return result.words

    with ThreadPoolExecutor() as pool:
        told = sorted(pool.map(delete, ["anna", "otto"]))
    assert told == ["is no longer in the queue", "removed"]
    with open_reader(postfix.db) as reader:
        done = [a for a in latest_actions(reader, 4) if a.queue_id == message.queue_id]
    assert {a.username for a in done} == {"anna", "otto"}


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


def test_a_postfix_that_does_not_answer_is_told_in_time(outgoing: Postfix) -> None:
    message = outgoing.send("bob@fourteen.example")
    outgoing.load()
    with outgoing.halted(), pytest.raises(QueueError, match=r"within 0\.5 seconds"):
        list(live(outgoing.directory, timeout_seconds=0.5))
    assert outgoing.queued(message.queue_id) == message


def test_a_postfix_that_is_down_is_told(outgoing: Postfix) -> None:
    message = outgoing.send("bob@fifteen.example")
    outgoing.load()
    outgoing.command("stop")
    try:
        instance = instances.chosen("postfix-out")
        assert list(live(instance.directory))  # root may look into its files
        request = Request("deliver", ANNA, instance=instance)
        chosen = [Chosen.of(message)]
        results = [
            *actions.perform(str(outgoing.db), request, chosen),
            actions.flush(str(outgoing.db), ANNA, None, instance=instance),
        ]
        assert {result.status for result in results} == {"failed"}
        assert all("mail system is down" in result.words for result in results)
    finally:
        outgoing.command("start")


def test_a_postfix_that_is_missing_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(commands, "_SBIN", ())
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(QueueError, match="there is no postqueue here"):
        list(live())

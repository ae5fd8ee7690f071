"""What a user without rights may do to the queue of a real Postfix, by the rule that is shipped."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.tracer.queue.conftest import Postfix
from tests.tracer.queue.unprivileged import Machine, machine_of
from tracer.queries.queue import latest_actions
from tracer.queue.commands import HELPER
from tracer.queue.listing import Queued
from tracer.store import open_reader


@pytest.fixture(scope="module")
def message(postfix: Postfix) -> Queued:
    return postfix.send("bob@one.example")


@pytest.fixture(scope="module")
def machine(postfix: Postfix, message: Queued) -> Iterator[Machine]:
    with machine_of(postfix) as made:
        yield made


def test_without_the_rule_there_is_only_looking(
    machine: Machine, postfix: Postfix, message: Queued
) -> None:
    machine.forbid()
    queue_id = message.queue_id
    codes, printed = machine.mailtracer(
        ["queue", "list"], ["queue", "hold", queue_id], ["queue", "show", queue_id]
    )
    assert codes == [0, 1, 1]
    assert f"{queue_id}\tdeferred" in printed
    assert printed.count("install the helper and its sudoers rule (docs/queue.md)") == 2
    assert postfix.queued(message.queue_id) == message
    with open_reader(machine.db) as reader:
        told = [(a.username, a.action, a.status) for a in latest_actions(reader, 4)]
    assert told[::2] == [("mailtracer", "show", "refused"), ("mailtracer", "hold", "refused")]


def test_the_rule_lets_do_what_there_is_to_do(
    machine: Machine, postfix: Postfix, outgoing: Postfix, message: Queued
) -> None:
    machine.allow()
    checked = machine.run("sudo", "-n", "-l", HELPER, "hold")
    assert checked.returncode == 0, checked.stderr
    there = outgoing.send("bob@two.example")
    other = ("--instance", "postfix-out")
    codes, printed = machine.mailtracer(
        ["queue", "hold", message.queue_id],
        ["queue", "show", message.queue_id],
        ["queue", "show", there.queue_id, *other],
        ["queue", "delete", there.queue_id, "--yes", *other],
    )
    assert codes == [0, 0, 0, 0], printed
    assert printed.count("Subject: a test") == 2
    assert postfix.queued(message.queue_id) == replace(message, status="held")
    assert outgoing.queued(there.queue_id) is None
    with open_reader(machine.db) as reader:
        latest = latest_actions(reader, 1)[0]
    assert (latest.username, latest.action, latest.status) == ("mailtracer", "delete", "done")


def test_the_rule_lets_do_nothing_else(machine: Machine, postfix: Postfix, message: Queued) -> None:
    machine.allow()
    queue_id = message.queue_id
    before = postfix.queued(queue_id)
    for command in (
        ["postsuper", "-d", "ALL"],
        ["postcat", "-q", queue_id],
        ["sh", "-c", "id"],
        [HELPER],
        [HELPER, "sh"],
        [HELPER, "delete", "ALL"],
        [HELPER, "delete", "-c", postfix.directory],
        ["MAIL_CONFIG=/tmp", HELPER, "delete"],
    ):
        refused = machine.run("sudo", "-n", *command, text=queue_id)
        assert refused.returncode == 1, command
    for text in (
        "ALL", "-", "", f"{queue_id} ALL", f"{queue_id}\n-d", f"@/tmp\n{queue_id}",
        f"@{postfix.directory}\n{queue_id}", "@\nALL", "@/etc/../etc/postfix\nABCDEF0",
        "ABCDEF0\n" * 200_000,
    ):  # fmt: skip
        done = machine.run("sudo", "-n", HELPER, "delete", text=text)
        assert done.returncode == 64, done.stderr
    assert postfix.queued(queue_id) == before


def test_the_rule_is_valid(machine: Machine) -> None:
    machine.allow()
    rule = machine.folder / "sudoers.d" / "mailtracer"
    checked = machine.run("/usr/sbin/visudo", "--check", "--strict", "--file", str(rule))
    assert "parsed OK" in checked.stdout, checked.stderr

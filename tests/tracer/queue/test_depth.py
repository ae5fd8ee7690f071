"""The depth of real queues."""

from datetime import UTC, datetime, timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.tracer.queue.conftest import Postfix
from tracer.cli import main
from tracer.metrics import waiting


def test_the_depth_is_told_by_queue(postfix: Postfix) -> None:
    before = waiting.read(None)
    sent = [postfix.send(f"{number}@slow.example") for number in range(3)]
    depth = waiting.read(None)
    assert depth.messages["deferred"] - before.messages["deferred"] == 3
    assert set(depth.messages) == {"incoming", "active", "deferred", "hold"}
    grown = depth.size_bytes["deferred"] - before.size_bytes["deferred"]
    assert grown == sum(message.size_bytes for message in sent)
    now = datetime.now(UTC).replace(tzinfo=None)
    assert timedelta(0) <= now - depth.oldest_at["deferred"] < timedelta(hours=1)


def test_each_instance_is_told_by_itself(
    postfix: Postfix, outgoing: Postfix, capsys: pytest.CaptureFixture[str]
) -> None:
    postfix.send("a@slow.example")
    outgoing.send("a@slow.example")
    outgoing.send("b@slow.example")
    outgoing.load()
    assert _told(outgoing, capsys) == {
        "postfix": (1, waiting.read(None).messages["deferred"]),
        "postfix-out": (1, 2),
    }
    (outgoing.root / "etc/main.cf").rename(outgoing.root / "main.cf")
    try:
        assert _told(outgoing, capsys)["postfix"][0] == 1
        assert _told(outgoing, capsys)["etc"] == (0, None)
    finally:
        (outgoing.root / "main.cf").rename(outgoing.root / "etc/main.cf")


def _told(
    postfix: Postfix, capsys: pytest.CaptureFixture[str]
) -> dict[str, tuple[float, float | None]]:
    """By instance: whether it could be read, and how many messages are deferred."""
    capsys.readouterr()
    assert main(["metrics", "--db", str(postfix.db)]) == 0
    families = text_string_to_metric_families(capsys.readouterr().out)
    samples = [sample for family in families for sample in family.samples]
    depth = {
        sample.labels["postfix_instance"]: sample.value
        for sample in samples
        if sample.name == "postfix_showq_queue_depth" and sample.labels["queue"] == "deferred"
    }
    return {
        (name := sample.labels["postfix_instance"]): (sample.value, depth.get(name))
        for sample in samples
        if sample.name == "mailtracer_queue_up"
    }

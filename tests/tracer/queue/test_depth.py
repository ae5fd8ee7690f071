"""The depth of a real queue."""

from datetime import UTC, datetime, timedelta

from tests.tracer.queue.conftest import Postfix
from tracer.metrics import waiting


def test_the_depth_is_told_by_queue(postfix: Postfix) -> None:
    before = waiting.read()
    sent = [postfix.send(f"{number}@slow.example") for number in range(3)]
    depth = waiting.read()
    assert depth.messages["deferred"] - before.messages["deferred"] == 3
    assert set(depth.messages) == {"incoming", "active", "deferred", "hold"}
    grown = depth.size_bytes["deferred"] - before.size_bytes["deferred"]
    assert grown == sum(message.size_bytes for message in sent)
    now = datetime.now(UTC).replace(tzinfo=None)
    assert timedelta(0) <= now - depth.oldest_at["deferred"] < timedelta(hours=1)
    assert waiting.is_at_hand()

"""What may come next in a query."""

import pytest

from tracer.queries.completion import completions
from tracer.queries.search_language import KEYS, STATUSES, SearchError, parse


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", [f"{key}:" for key in KEYS]),
        ("to:bob ", [f"{key}:" for key in KEYS]),
        ("to:bob -(st", ["status:"]),
        ("-ST", ["status:"]),
        ("status:", [f"status:{status}" for status in STATUSES]),
        ("to:bob status:bo", ["status:bounced"]),
        ("status:bounced", []),
        ("to:", list(KEYS["to"].examples)),
        ("to:b", []),
        ('reason:"user st', []),
        ("nothing", []),
        ("nokey:", []),
    ],
)
def test_the_last_word_goes_on(text: str, shown: list[str]) -> None:
    assert [way.shown for way in completions(text)] == shown


@pytest.mark.parametrize("text", ["", "to:bob ", "-", "a OR st", "status:", "spam:", "after:"])
def test_every_way_on_is_a_query_or_lacks_only_a_value(text: str) -> None:
    for way in completions(text):
        if way.query.endswith(":"):
            with pytest.raises(SearchError, match="has no value"):
                parse(way.query)
        else:
            assert parse(way.query)

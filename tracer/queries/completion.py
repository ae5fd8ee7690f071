"""What may come next in a query of the search language: keys, and values where there are few."""

import re
from dataclasses import dataclass

from tracer.queries.search_language import KEYS, STATUSES

_LAST_WORD = re.compile(r'(?:^|[\s(])-?(?P<key>[A-Za-z-]*)(?P<colon>:?)(?P<value>[^\s()"]*)$')
_VALUES = {
    "status": tuple(STATUSES),
    "spam": ("yes", "no"),
    "after": ("today", "yesterday", "2h", "7d"),
    "before": ("today", "yesterday"),
}


@dataclass(frozen=True, slots=True)
class Completion:
    """One way on. shown: the word; query: all of the text with it."""

    shown: str
    query: str


def completions(text: str) -> list[Completion]:
    """How the last word of a text may go on; nothing where only the writer knows."""
    found = _LAST_WORD.search(text)
    if found is None or text.count('"') % 2:
        return []
    key, value = found["key"].lower(), found["value"]
    before = text[: found.start("key")]
    if not found["colon"]:
        words = [f"{name}:" for name in KEYS if name.startswith(key)]
    elif key in _VALUES:
        words = [f"{key}:{one}" for one in _VALUES[key] if one.startswith(value)]
    elif key in KEYS and not value:
        words = list(KEYS[key].examples)
    else:
        words = []
    return [Completion(word, before + word) for word in words if before + word != text]

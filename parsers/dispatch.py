"""The first pass over a batch, once headers are split: each body's likely form is found.

A form is likely where the body holds the form's literal text; the second pass (parsers.extraction)
tells whether its expression fits, and the next likely form is asked for where it does not. So each
line meets one expression, nearly always, and few expressions are compiled for a batch. What a
daemon logs for every message is looked for before the rest (Shape.common).
"""

from collections.abc import Iterable, Sequence

from parsers.registry import MAX_BODY, Entry
from parsers.sql import quote


def likely(entries: Iterable[Entry], body: str, after: int) -> int:
    """The number of the first form beyond `after` whose literal text the body holds; 0 for none."""
    if len(body) > MAX_BODY:
        return 0
    return next((e.number for e in entries if e.number > after and e.form.anchors.all_in(body)), 0)


def likely_select(relation: str, entries: Iterable[Entry], *, again: bool) -> str:
    """The same as SQL: `form` of the many bodies of `relation`, where `again` also with `after`."""
    whens = " ".join(f"WHEN {_holds(entry, again)} THEN {entry.number}" for entry in entries)
    return (
        f"SELECT CAST(CASE WHEN length(body) > {MAX_BODY} THEN 0 {whens} ELSE 0 END AS SMALLINT) "
        f"AS form FROM {relation}"
    )


def _holds(entry: Entry, again: bool) -> str:
    anchors = entry.form.anchors
    tests = [
        f"{entry.number} > after" if again else "",
        _any("starts_with", anchors.prefixes),
        _any("ends_with", anchors.suffixes),
        *(_any("contains", texts) for texts in anchors.infixes),
    ]
    return " AND ".join(test for test in tests if test) or "true"


def _any(function: str, texts: Sequence[str]) -> str:
    tests = " OR ".join(f"{function}(body, {quote(text)})" for text in texts)
    return f"({tests})" if len(texts) > 1 else tests

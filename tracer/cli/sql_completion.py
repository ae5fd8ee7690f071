"""What may come next in a statement: tables, columns, functions and keywords."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from tracer.queries import catalog
from tracer.store import Reader

_WORD = re.compile(r'(?:(?P<table>\w+)\.)?"?(?P<word>\w*)$')


@dataclass(frozen=True, slots=True)
class Candidate:
    """A word, and what it is."""

    word: str
    what: str


class Vocabulary:
    """The words that statements over a store are made of."""

    def __init__(self, reader: Reader) -> None:
        self.tables = catalog.tables(reader)
        self._functions = catalog.functions(reader)
        self._keywords = catalog.keywords(reader)

    def completions(self, text: str) -> Iterator[tuple[Candidate, int]]:
        """How the last word of a text may go on, with how many characters of it are there."""
        found = _WORD.search(text)
        if found is None or not (found["word"] or found["table"]):
            return
        word = found["word"].lower()
        for candidate in self._candidates(found["table"], text):
            if candidate.word.lower().startswith(word) and candidate.word != found["word"]:
                yield candidate, len(word)

    def _candidates(self, table: str | None, text: str) -> Iterator[Candidate]:
        if table is not None:
            for column, kind in self.tables.get(table, {}).items():
                yield Candidate(column, kind)
            return
        for name in self.tables:
            yield Candidate(name, "table")
        named = set(re.findall(r"\w+", text))
        told = set()
        for name in sorted(self.tables, key=lambda name: name not in named):
            for column, kind in self.tables[name].items():
                if column not in told:
                    told.add(column)
                    yield Candidate(column, f"{kind}, {name}")
        for function in self._functions:
            yield Candidate(function, "function")
        for keyword in self._keywords:
            yield Candidate(keyword.upper(), "keyword")

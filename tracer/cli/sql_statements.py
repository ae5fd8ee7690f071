"""Where statements end in a text, and which parameters they name; DuckDB's own parser says so."""

from collections.abc import Mapping
from dataclasses import dataclass

import duckdb

_LOCKED: dict[str, str | bool | int | float | list[str]] = {
    "enable_external_access": "false"  # or IMPORT DATABASE would read files as it is parsed
}


@dataclass(frozen=True, slots=True)
class Statement:
    """One statement. parameters: the names behind `$`."""

    sql: str
    parameters: frozenset[str] = frozenset()

    def chosen(self, values: Mapping[str, object]) -> dict[str, object]:
        """The values that it names."""
        return {name: value for name, value in values.items() if name in self.parameters}


def split(text: str) -> list[Statement]:
    """The statements of a text; all of it as one where it has none, or a mistake in it.

    Then whoever runs it says so.
    """
    try:
        with duckdb.connect(config=_LOCKED) as parser:
            found = parser.extract_statements(text)
    except (duckdb.Error, UnicodeEncodeError):
        found = []
    return [Statement(s.query, frozenset(s.named_parameters)) for s in found] or [Statement(text)]


def is_whole(text: str) -> bool:
    """Whether a text ends with a semicolon that ends a statement."""
    tokens = duckdb.tokenize(text)
    return bool(tokens) and text[tokens[-1][0] :].startswith(";")

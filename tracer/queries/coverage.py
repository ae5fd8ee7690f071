r"""What is not understood? Lines by program, and unparsed lines by what they look like.

What differs from one line to the next (numbers, names, addresses, ids, quoted text) is replaced by
values of the template language, so that what is left is a template: the first draft of a shape.
All of it fits where it was replaced, so that a draft fits every line that it stands for.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self

import pyarrow as pa

from parsers.atoms import ATOMS
from parsers.batch import BatchParser, workbench
from parsers.registry import UNPARSED
from parsers.sql import quote
from tracer.store import Reader

MOST_LINES = 200_000  # of the latest unparsed lines, how many are grouped at most
TIMEOUT_SECONDS = 300.0
_MOST_READ = 2_000  # characters of a line; headers are much shorter
_MOST_CHARACTERS = 400  # of a body that a draft spells out; the rest is any text


@dataclass(frozen=True, slots=True)
class Program:
    """The lines of one program tag, as logged; None is lines without a header that is known."""

    program: str | None
    line_count: int
    unparsed_count: int


@dataclass(frozen=True, slots=True)
class Example:
    """A line, and where it stands; see trace.Line."""

    path: str
    offset: int
    text: str
    escaped: bool


@dataclass(frozen=True, slots=True)
class Draft:
    """Unparsed lines of one program that look alike.

    daemon: as shapes name it; '' is lines without a header that is known.
    template: what their bodies look like, in the template language.
    first_at, last_at: None where no line has a time.
    example: the latest of them.
    """

    daemon: str
    template: str
    count: int
    first_at: datetime | None
    last_at: datetime | None
    example: Example


def programs(reader: Reader, limit: int) -> list[Program]:
    """The programs with most unparsed lines, then those with most lines."""
    rows = reader.query(
        f"""
        SELECT program, count(*) AS line_count,
            count(*) FILTER (event = {quote(UNPARSED)}) AS unparsed_count
        FROM events GROUP BY program
        ORDER BY unparsed_count DESC, line_count DESC, program LIMIT $limit
        """,
        {"limit": limit},
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Program(**row) for row in rows]


# -- drafts ---------------------------------------------------------------------------------------

_IP = "[0-9A-Fa-f]*[.:][0-9A-Fa-f.:]*"
_ENDS = r" <>,;:()\"'{}\[\]\\"  # what ends an address or a path outside of quotes
_WORD = "[A-Za-z0-9_-]"
_LETTERS = f"{_WORD}*[A-Za-z]{_WORD}*"
_DOTTED = f"(?:[.]{_WORD}+)"
# What is replaced, in this order, as expression and replacement of RE2. The text is a template from
# the first step on: brackets and backslashes of the line have a backslash before them.
_STEPS = (
    (r"([\\{}\[\]])", r"\\\1"),
    (r"[\pC\p{Zl}\p{Zp}]+", "{:text}"),  # what a terminal would obey or hide
    (f"^{ATOMS['queue_id'].pattern}: ", "{queue_id}: "),
    ('"[^"]*"', '"{:text}"'),
    ("(^|[ =(:,])'[^']*'", r"\1'{:text}'"),
    (r"<[^<>]*[{}\"\\ ][^<>]*>", "<{:text}>"),
    (r"<[^<>{}]*>", "<{:address}>"),
    (rf"[^ ,{{}}\[\]\\]+\\\[(?:unknown|{_IP})\\\]", r"{:host}\\[{:ip}\\]"),
    (rf"\\\[{_IP}\\\]", r"\\[{:ip}\\]"),
    (rf"[^=@{_ENDS}]+@[^{_ENDS}]+", "{:word}"),
    (rf"(^|[ =(:,])/[^{_ENDS}]*", r"\1{:word}"),
    (rf"{_LETTERS}{_DOTTED}+|{_WORD}+{_DOTTED}*?[.]{_LETTERS}{_DOTTED}*", "{:host}"),
    (rf"{_WORD}*(?:[A-Za-z_][0-9]|[0-9][A-Za-z_]){_WORD}*", "{:word}"),
    (r"[0-9]+(?:[.][0-9]+){3}", "{:ip}"),
    (r"[245][.][0-9]{1,3}[.][0-9]{1,3}", "{:dsn}"),
    (r"[0-9]+[.][0-9]+", "{:float}"),
    ("[0-9]+", "{:int}"),
)


def _template(body: str) -> str:
    """SQL for the draft of a template, over SQL for a body."""
    sql = f"left({body}, {_MOST_CHARACTERS})"
    for pattern, replacement in _STEPS:
        sql = f"regexp_replace({sql}, {quote(pattern)}, {quote(replacement)}, 'g')"
    return f"{sql} || CASE WHEN length({body}) > {_MOST_CHARACTERS} THEN '{{:text}}' ELSE '' END"


_EXAMPLES = f"""
    SELECT position, left(text, {_MOST_READ}) AS text,
        {{'path': path, 'offset': byte_offset, 'text': text, 'escaped': escaped}} AS example
    FROM lines JOIN sources USING (source_id, generation)
    WHERE position IN (SELECT unnest($positions::BIGINT[]))
"""


def drafts(reader: Reader, limit: int, lines: int = MOST_LINES) -> list[Draft]:
    """What the latest unparsed lines look like, commonest first.

    lines: how many are looked at.
    """
    with _Drafts() as made:
        with reader.rows(_latest(lines), timeout_seconds=TIMEOUT_SECONDS) as rows:
            for batch in rows:
                made.add(pa.Table.from_batches([batch]))
        commonest = made.commonest(limit)
        positions = [group["position"] for group in commonest]
        examples = reader.query(_EXAMPLES, {"positions": positions})
        shown = made.templates(examples)
    return [Draft(**shown[group.pop("position")], **group) for group in commonest]


def _latest(lines: int) -> str:
    """The latest unparsed lines, in any order.

    Their number is spelt out: of a parameter DuckDB expects more rows than lines has, and holds
    texts in memory to find their events, instead of the other way round.
    """
    return f"""
        WITH latest AS MATERIALIZED (
            SELECT position, occurred_at FROM events WHERE event = {quote(UNPARSED)}
            ORDER BY position DESC LIMIT {lines:d}
        )
        SELECT position, occurred_at, left(text, {_MOST_READ}) AS text
        FROM lines JOIN latest USING (position)
    """


class _Drafts:
    """Lines grouped by their drafts, outside of the store.

    Headers are split by the parser itself, so that bodies are what shapes are tried on. Drafts are
    told apart by digests: however long and different lines are, each takes 40 bytes.
    """

    def __init__(self) -> None:
        self._parser = BatchParser()
        self._connection = workbench()
        self._connection.execute(
            "CREATE TABLE drafted (digest UHUGEINT, position BIGINT, occurred_at TIMESTAMP)"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()

    def add(self, lines: pa.Table) -> None:
        """Group lines: position, occurred_at, text."""
        # As a stream: Arrow would complain of tables whose buffers came unaligned over a socket.
        self._connection.register("found", self._with_bodies(lines).to_reader())
        self._connection.execute(
            f"INSERT INTO drafted SELECT md5_number(daemon || chr(10) || {_template('body')}), "
            "position, occurred_at FROM found"
        )

    def commonest(self, limit: int) -> list[dict[str, Any]]:
        """count, first_at, last_at, and the position of the latest line, of each group."""
        groups = self._connection.execute(
            "SELECT count(*) AS count, min(occurred_at) AS first_at, max(occurred_at) AS last_at, "
            "max(position) AS position FROM drafted GROUP BY digest "
            f"ORDER BY count DESC, position DESC LIMIT {limit}"
        )
        found: list[dict[str, Any]] = groups.to_arrow_table().to_pylist()
        return found

    def templates(self, examples: pa.Table) -> dict[int, dict[str, Any]]:
        """daemon, template and example by position; examples: position, text, example."""
        self._connection.register("found", self._with_bodies(examples).to_reader())
        rows = self._connection.execute(
            f"SELECT position, daemon, {_template('body')} AS template, example FROM found"
        )
        return {
            row.pop("position"): row | {"example": Example(**row["example"])}
            for row in rows.to_arrow_table().to_pylist()
        }

    def _with_bodies(self, lines: pa.Table) -> pa.Table:
        heads = self._parser.heads(lines["text"].combine_chunks())
        for name in ("daemon", "body"):
            lines = lines.append_column(name, heads[name])
        return lines

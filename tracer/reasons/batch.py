"""The reasons of a batch of events: each distinct text is classified once."""

import zlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, fields
from typing import Any

import duckdb
import pyarrow as pa

from tracer.reasons.matching import COLUMNS, Reason, classified, classify

_FEW_TEXTS = 300  # so many take Python as long as DuckDB needs to prepare the rules

_URL = r"(https?://[^ /?]*)[^ ]*"  # no rule looks further than at its host


def _told(column: str) -> str:
    if column == "reason":  # Postfix names the client in the text of a listing
        return f"CASE WHEN dnsbl IS NULL THEN {_without_paths(column)} END AS {column}"
    return f"{_without_paths(column)} AS {column}" if column == "reply" else column


def _without_paths(text: str) -> str:
    return (
        f"CASE WHEN contains({text}, '://') THEN regexp_replace({text}, '{_URL}', '\\1', 'gi') "
        f"ELSE {text} END"
    )


# COLUMNS as selected of events, without what makes texts differ that rules take as the same.
TOLD = ", ".join(map(_told, COLUMNS))
TEXT = f"hash({', '.join(COLUMNS)})"

_TEXTS = f"""
    CREATE OR REPLACE TEMP TABLE reason_texts AS
    SELECT text, {", ".join(f"first({name}) AS {name}" for name in COLUMNS)}
    FROM {{batch}} GROUP BY text
"""
_REASONS = pa.schema(
    [("text", pa.uint64())] + [(field.name, pa.string()) for field in fields(Reason)]
)
_INSERT = f"""
    CREATE OR REPLACE TEMP TABLE batch_reasons AS
    SELECT {", ".join(_REASONS.names)} FROM {{reasons}}
"""


def fingerprint(*others: object) -> int:
    """A number that changes with every rule, with how rules are read, and with `others`."""
    return zlib.crc32(repr((classified("events"), TOLD, others)).encode()) & 0x7FFFFFFF


def tell_reasons(con: duckdb.DuckDBPyConnection, batch: str) -> None:
    """Make the temporary table `batch_reasons`: text, reason_class, provider, blocklist.

    batch: a table with `TOLD`, and with `TEXT` as `text`.
    """
    con.execute(_TEXTS.format(batch=batch))
    texts = con.execute(f"SELECT * FROM reason_texts LIMIT {_FEW_TEXTS + 1}").fetchall()
    if len(texts) > _FEW_TEXTS:
        con.execute(_INSERT.format(reasons=f"({classified('reason_texts')})"))
    else:
        con.register("told_reasons", _classify(texts))
        con.execute(_INSERT.format(reasons="told_reasons"))
        con.unregister("told_reasons")
    con.execute("DROP TABLE reason_texts")


def _classify(texts: Iterable[Sequence[Any]]) -> pa.Table:
    """What `classified` would say of these rows of `reason_texts`."""
    rows = []
    for text, *columns in texts:
        reason = classify(dict(zip(COLUMNS, columns, strict=True)))
        rows.append({"text": text, **asdict(reason)})
    return pa.Table.from_pylist(rows, _REASONS)

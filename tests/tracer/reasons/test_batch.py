"""Reasons of a batch: the same as event by event, however many texts there are."""

import duckdb
import pyarrow as pa
import pytest

from tests.tracer.reasons.test_reasons import LINES, parsed
from tracer.reasons import COLUMNS, batch, classify, matching
from tracer.reasons.rules import RULES

ROWS = [parsed(line) for _, line in LINES]
LINK = " See HTTPS://lists.x.example/dmarc?spf=5.7.1&ip=192.0.2.1 quota exceeded"
LINKED = [
    {**row, column: f"{row[column]}{LINK}"}
    for row in ROWS
    for column in ("reply", "reason")
    if row.get(column)
]


@pytest.mark.parametrize("few", [0, 10_000])
def test_each_event_has_its_reason(monkeypatch: pytest.MonkeyPatch, few: int) -> None:
    monkeypatch.setattr(batch, "_FEW_TEXTS", few)
    rows = [*ROWS, *LINKED, *ROWS]
    con = duckdb.connect()
    columns = {name: pa.int64() if name == "reply_code" else pa.string() for name in COLUMNS}
    table = pa.Table.from_pylist(
        [{"number": n} | {c: row.get(c) for c in COLUMNS} for n, row in enumerate(rows)],
        pa.schema({"number": pa.int64(), **columns}),
    )
    con.register("rows", table)
    con.execute(
        f"CREATE TABLE told AS SELECT *, {batch.TEXT} AS text "
        f"FROM (SELECT number, {batch.TOLD} FROM rows)"
    )
    batch.tell_reasons(con, "told")
    found = con.execute(
        "SELECT reason_class, provider, blocklist FROM told JOIN batch_reasons USING (text) "
        "ORDER BY number"
    ).fetchall()
    expected = [classify(row) for row in rows]
    assert found == [(r.reason_class, r.provider, r.blocklist) for r in expected]


def test_another_rule_is_another_fingerprint(monkeypatch: pytest.MonkeyPatch) -> None:
    before = batch.fingerprint(1)
    assert before == batch.fingerprint(1)
    assert before != batch.fingerprint(2)
    monkeypatch.setattr(matching, "RULES", RULES[1:])
    assert before != batch.fingerprint(1)

"""Verdicts, authentications and logins: what lines tell of, however they were cut into batches."""

from pathlib import Path

import duckdb
import pytest

from tests.tracer.projections.conftest import load
from tracer.store import Reader, open_reader, open_writer

TABLES = ("verdicts", "authentications", "logins")
SIGNED = b"""\
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272B: DKIM verification successful
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272C: DKIM verification successful
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272C: s=s1 d=Y.example a=rsa-sha256 SSL\x20
2026-03-01T11:00:00+00:00 mx opendkim[2]: 0A19F16272B: s=s1 d=X.example a=rsa-sha256 SSL\x20
2026-03-01T11:00:01+00:00 mx opendkim[2]: 0A19F16272B: DKIM verification successful
"""


@pytest.mark.parametrize("lines_a_batch", [1, 2, 5])
def test_a_signature_has_the_domain_of_the_line_after_it(
    tmp_path: Path, lines_a_batch: int
) -> None:
    store = tmp_path / "store.duckdb"
    with open_writer(store) as writer:
        load(writer, SIGNED.splitlines(keepends=True), lines_a_batch)
        rows = writer.query(
            "SELECT queue_id, domain, result FROM authentications ORDER BY position"
        )
    assert [tuple(row.values()) for row in rows.to_pylist()] == [
        ("0A19F16272B", "x.example", "pass"),
        ("0A19F16272C", "y.example", "pass"),
        ("0A19F16272B", None, "pass"),
    ]


def test_each_line_that_tells_of_it_has_a_row(day_reader: Reader) -> None:
    told = """
        SELECT {} AS told FROM events WHERE {}
    """
    expected = {
        "verdicts": told.format("count(*)", "event IN ('spamd.message_scored', "
            "'clamav_milter.message_clean', 'clamav_milter.message_infected', "
            "'clamd.virus_found')"),
        "authentications": told.format("count(*)", "event IN ('opendkim.signature_added', "
            "'opendkim.signature_verified', 'opendkim.signature_failed', "
            "'opendkim.signature_missing', 'policyd_spf.checked', 'policyd_spf.rejected')"),
        "logins": told.format("count(*)", "event IN ('dovecot.logged_in', 'dovecot.login_failed') "
            "OR event = 'postfix.client_assigned' AND sasl_username IS NOT NULL "
            "OR event = 'postfix.authentication_failed'"),
    }  # fmt: skip
    for table, sql in expected.items():
        (row,) = day_reader.query(
            f"SELECT (SELECT count(*) FROM {table}) AS kept, ({sql}) AS told"
        ).to_pylist()
        assert row["kept"] == row["told"] > 10, table


def test_a_store_that_had_views_gets_tables(day: Path, tmp_path: Path) -> None:
    store = tmp_path / "old.duckdb"
    store.write_bytes(day.read_bytes())
    with open_reader(day) as reader:
        expected = {t: reader.query(f"FROM {t} ORDER BY ALL").to_pylist() for t in TABLES}
    with duckdb.connect(str(store)) as connection:
        connection.execute("DROP VIEW authentications")
        connection.execute("DROP TABLE authentication_rows")
        for table in ("verdicts", "logins"):
            connection.execute(f"DROP TABLE {table}")
        for view in TABLES:
            connection.execute(f"CREATE VIEW {view} AS SELECT 1 AS position")
            connection.execute(f"DELETE FROM projections WHERE name = '{view}'")
    with open_writer(store) as writer:
        for table in TABLES:
            assert writer.query(f"FROM {table} ORDER BY ALL").to_pylist() == expected[table]

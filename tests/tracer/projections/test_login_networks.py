"""Where users log in from: once a day and network, whatever batches the lines came in."""

from pathlib import Path

import pytest

from tests.tracer.projections.test_addresses import load
from tracer.store import open_reader


def imap(stamp: str, user: str, address: str, result: str = "Login") -> str:
    return (
        f"{stamp}+00:00 mx dovecot: imap-login: {result}: user=<{user}>, method=PLAIN, "
        f"rip={address}, lip=203.0.113.1, mpid=4, TLS, session=<abc>\n"
    )


TEXT = (
    imap("2026-11-24T23:59:59", "anna", "192.0.2.1")
    + imap("2026-11-24T08:00:00", "anna", "192.0.2.99")
    + imap("2026-11-25T00:00:00", "anna", "192.0.2.1")
    + imap("2026-11-24T12:00:00", "anna", "2001:db8:7::1")
    + imap("2026-11-24T12:00:00", "bob", "192.0.2.1")
    + imap("2026-11-24T12:00:00", "erin", "192.0.2.1", "Disconnected: Connection closed (auth"
           " failed, 1 attempts in 2 secs)")
    + "2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: 0A19F16201B: client=x[198.51.100.2],"
    " sasl_method=LOGIN, sasl_username=carol\n"
    + "2026-11-24T12:00:00+00:00 mx postfix/smtpd[1]: 0A19F16202B: client=x[198.51.100.2]\n"
)  # fmt: skip


@pytest.mark.parametrize("lines_a_batch", [1, 2, 100])
def test_each_network_of_a_day_is_a_row(tmp_path: Path, lines_a_batch: int) -> None:
    load(tmp_path / "s.duckdb", TEXT, lines_a_batch)
    with open_reader(tmp_path / "s.duckdb") as reader:
        rows = reader.query(
            "SELECT day::VARCHAR AS day, username, network FROM login_networks ORDER BY ALL"
        ).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        ("2026-11-24", "anna", "192.0.2.0/24"),
        ("2026-11-24", "anna", "2001:db8:7::/48"),
        ("2026-11-24", "bob", "192.0.2.0/24"),
        ("2026-11-24", "carol", "198.51.100.0/24"),
        ("2026-11-25", "anna", "192.0.2.0/24"),
    ]

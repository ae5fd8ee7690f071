"""Logins, and attacks on them."""

from collections.abc import Iterator, Sequence

from tracer.queries.report import logins
from tracer.reports.cells import counted
from tracer.reports.model import Column, Finding, Request, Row, Section, Table
from tracer.store import Reader

_ATTACK = 20  # failures of one client from which it is guessing, not mistyping
_GUESSED = 100  # failures of one client before which a success is no surprise
_CLIENTS_LOOKED_AT = 1000


def build(reader: Reader, request: Request) -> Section:
    """The section."""
    tried = logins.tried(reader, request.scope, _CLIENTS_LOOKED_AT, request.detail)
    tables = []
    if request.detail:
        tables = [
            Table(
                "attackers",
                "Failed, by client",
                [
                    Column("address", "Address"),
                    Column("failed", "Failed", "count"),
                    Column("names", "Names tried", "count"),
                    Column("succeeded", "Succeeded", "count"),
                ],
                tried.attackers[: request.detail],
            ),
            Table(
                "attacked",
                "Failed, by name",
                [
                    Column("name", "Name"),
                    Column("failed", "Failed", "count"),
                    Column("addresses", "Addresses", "count"),
                ],
                tried.attacked,
            ),
        ]
    return Section(
        "logins",
        "Logins",
        f"Succeeded: {counted(tried.succeeded, 'login')}. Failed: "
        f"{counted(tried.failed, 'attempt')}, from {tried.addresses:,} "
        f"{'address' if tried.addresses == 1 else 'addresses'}.",
        tables,
        [*_findings(tried.attackers)],
    )


def _findings(attackers: Sequence[Row]) -> Iterator[Finding]:
    guessing = [row for row in attackers if row["failed"] >= _ATTACK]
    for row in guessing:
        if row["failed"] >= _GUESSED and row["succeeded"]:
            yield Finding(
                "problem",
                f"{row['address']} failed to log in {row['failed']:,} times, and got in "
                f"{row['succeeded']:,} times",
                "A password may have been guessed: see which login it was, and change it.",
            )
    if guessing:
        total = sum(row["failed"] for row in guessing)
        yield Finding(
            "change",
            f"Passwords were guessed at from {len(guessing):,} addresses, {total:,} times",
            "Block such clients for a while, as fail2ban does.",
        )

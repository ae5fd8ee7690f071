"""`connections`: each begins and ends as its lines say."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

from tracer.store import Reader

_SMTPD = re.compile(
    r"^\S+ +\d+ \S+ (\S+) (\S*smtpd)\[(\d+)\]: (connect|disconnect) from (\S+)(.*)$"
)


def rows(reader: Reader, sql: str) -> list[dict[str, Any]]:
    return reader.query(sql).to_pylist()


def test_connections_are_those_that_the_lines_tell_of(day: Reader) -> None:
    told: dict[int, str | None] = {}
    open_now: dict[tuple[str, ...], int] = {}
    for row in rows(day, "SELECT position, text FROM lines ORDER BY position"):
        if match := _SMTPD.match(row["text"]):
            host, program, pid, verb, _, counts = match.groups()
            if verb == "connect":
                told[row["position"]] = None
                open_now[host, program, pid] = row["position"]
            else:
                told[open_now.pop((host, program, pid))] = counts.strip()
    found = {
        row["position"]: row["command_counts"] if row["ended_at"] else None
        for row in rows(day, "FROM connections WHERE program NOT LIKE '%/postscreen'")
    }
    assert {position: counts or None for position, counts in told.items()} == found
    assert len(found) > 500


def test_refused_commands_are_told_from_accepted_ones(reader_of: Callable[[str], Reader]) -> None:
    reader = reader_of("""\
Mar  2 10:00:00 mx postfix/smtpd[7]: connect from a.example[192.0.2.1]
Mar  2 10:00:00 mx postfix/smtpd[8]: connect from b.example[192.0.2.2]
Mar  2 10:00:01 mx postfix/smtpd[7]: Anonymous TLS connection established from \
a.example[192.0.2.1]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)
Mar  2 10:00:05 mx postfix/smtpd[7]: disconnect from a.example[192.0.2.1] ehlo=2 starttls=1 \
mail=1 rcpt=2/5 data=1 quit=1 commands=8/11
Mar  2 10:00:06 mx postfix/smtpd[7]: connect from a.example[192.0.2.1]
Mar  2 10:00:07 mx postfix/smtpd[8]: disconnect from b.example[192.0.2.2] auth=0/3 commands=0/3
Mar  3 10:00:00 mx postfix/smtpd[7]: connect from c.example[192.0.2.3]
Mar  3 10:00:01 mx postfix/smtpd[7]: disconnect from c.example[192.0.2.3]
""")
    told = [
        tuple(row.values())
        for row in rows(
            reader,
            """SELECT client_name, epoch(ended_at - began_at)::INTEGER AS seconds, tls_protocol,
                mail_count, rcpt_count, rcpt_refused_count, auth_refused_count, command_count,
                command_refused_count
            FROM connections ORDER BY position""",
        )
    ]
    assert told == [
        ("a.example", 5, "TLSv1.3", 1, 2, 3, 0, 8, 3),
        ("b.example", 7, None, 0, 0, 0, 3, 0, 3),
        ("a.example", None, None, None, None, None, None, None, None),
        ("c.example", 1, None, None, None, None, None, None, None),
    ]


def test_postscreen_s_clients_are_told_apart_by_port(reader_of: Callable[[str], Reader]) -> None:
    reader = reader_of("""\
Mar  2 10:00:00 mx postfix/postscreen[9]: CONNECT from [192.0.2.1]:1001 to [192.0.2.9]:25
Mar  2 10:00:00 mx postfix/postscreen[9]: CONNECT from [192.0.2.1]:1002 to [192.0.2.9]:25
Mar  2 10:00:01 mx postfix/postscreen[9]: PASS OLD [192.0.2.1]:1002
Mar  2 10:00:02 mx postfix/postscreen[9]: CONNECT from [192.0.2.3]:1003 to [192.0.2.9]:25
Mar  2 10:00:02 mx postfix/postscreen[9]: DENYLISTED [192.0.2.3]:1003
Mar  2 10:00:03 mx postfix/postscreen[9]: ALLOWLISTED [192.0.2.4]:1004
Mar  2 10:00:04 mx postfix/postscreen[9]: PASS NEW [192.0.2.1]:1001
Mar  2 10:00:06 mx postfix/postscreen[9]: DISCONNECT [192.0.2.1]:1001
""")
    told = [
        tuple(row.values())
        for row in rows(
            reader,
            "SELECT client_address, epoch(ended_at - began_at)::INTEGER AS seconds, is_handed_on "
            "FROM connections ORDER BY position",
        )
    ]
    assert told == [("192.0.2.1", 6, False), ("192.0.2.1", 1, True), ("192.0.2.3", None, False)]


def test_nothing_but_the_range_that_is_asked_for_is_read(day: Reader) -> None:
    """The condition is where the table is read, so that DuckDB skips what is outside."""
    for view, column, table, kept in (
        ("deliveries", "occurred_at", "event_rows", "occurred_at"),
        ("recipients", "message_at", "messages", "first_at"),
    ):
        (plan,) = rows(
            day,
            f"EXPLAIN (FORMAT json) SELECT * FROM {view} "
            f"WHERE {column} >= TIMESTAMP '2026-03-02 12:00'",
        )
        scans = [node["extra_info"] for node in nodes(json.loads(plan["explain_value"]))]
        assert any(
            str(scan.get("Table", "")).endswith(table) and f"{kept}>=" in str(scan.get("Filters"))
            for scan in scans
        ), view


def nodes(plan: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """All operators of a plan."""
    for node in plan:
        yield node
        yield from nodes(node["children"])

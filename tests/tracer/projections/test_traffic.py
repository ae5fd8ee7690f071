"""Traffic by minute: each message counts once, however it hops and however lines were cut."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parsers.batch import BatchParser
from parsers.columns import events_select
from tests.tracer.projections.conftest import STORED_EVENTS
from tracer.projections import messages, traffic

CLIENT = "client=mail.partner.example[203.0.113.5]"
LOOPBACK = "client=localhost[127.0.0.1]"
LMTP = "relay=mx.example[private/dovecot-lmtp], delay=0.1, delays=0/0/0/0.1, dsn=2.0.0"
SAVED = "status=sent (250 2.0.0 <b@mx.example> aKaJF2AGBWtwAgAALsOh1Q Saved)"


def stamped(bodies: Sequence[str], minute: int = 0, host: str = "mx") -> list[str]:
    """Lines a second apart."""
    return [
        f"2026-11-24T12:{minute:02}:{second:02}+00:00 {host} {body}"
        for second, body in enumerate(bodies)
    ]


def accepted(queue_id: str, birth: str, message_id: str) -> list[str]:
    daemon = "pickup" if birth.startswith("uid=") else "smtpd"
    return [
        f"postfix/{daemon}[7]: {queue_id}: {birth}",
        f"postfix/cleanup[8]: {queue_id}: message-id={message_id}",
        f"postfix/qmgr[9]: {queue_id}: from=<a@partner.example>, size=900, nrcpt=1 (queue active)",
    ]


def delivered(queue_id: str, agent: str = "lmtp", rest: str = f"{LMTP}, {SAVED}") -> str:
    return f"postfix/{agent}[10]: {queue_id}: to=<b@mx.example>, {rest}"


def repeated(line: str, times: int) -> str:
    tag, _, body = line.partition(": ")
    return f"{tag}: message repeated {times} times: [ {body}]"


def removed(queue_id: str) -> str:
    return f"postfix/qmgr[9]: {queue_id}: removed"


def piped(queue_id: str, status: str = "sent (delivered via spamassassin service)") -> str:
    rest = "relay=spamassassin, delay=0.5, delays=0.3/0/0/0.2, dsn=2.0.0"
    return delivered(queue_id, "pipe", f"{rest}, status={status}")


def filtered(number: int) -> list[str]:
    """A message through a pipe filter that gives it back to sendmail."""
    first, second = f"AAA0{number:05}", f"BBB0{number:05}"
    message_id = f"<{number}@partner.example>"
    return [
        *accepted(first, CLIENT, message_id),
        *accepted(second, "uid=110 from=<a@partner.example>", message_id),
        piped(first),
        removed(first),
        delivered(second),
        removed(second),
    ]


AMAVIS = [
    *accepted("CCC000001", CLIENT, "<amavis@partner.example>"),
    *accepted("DDD000001", LOOPBACK, "<amavis@partner.example>"),
    delivered(
        "CCC000001",
        "smtp",
        "relay=127.0.0.1[127.0.0.1]:10024, delay=0.5, delays=0.3/0/0/0.2, dsn=2.0.0, status=sent "
        "(250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as DDD000001)",
    ),
    removed("CCC000001"),
    delivered("DDD000001"),
    removed("DDD000001"),
]

SOURCES = """
    CREATE OR REPLACE TABLE sources (source_id INTEGER, generation INTEGER, first_at TIMESTAMP)
"""


class Log:
    """Lines, parsed once, to be counted in batches of any cut."""

    def __init__(self, lines: Sequence[str]) -> None:
        self.count = len(lines)
        self._con = duckdb.connect()
        self._con.execute("SET TimeZone = 'UTC'")
        parsed = BatchParser().parse(pa.array(lines, pa.string()))
        events, _ = parsed.dated(zone="UTC", reference=None, front=None)
        self._con.register("chunk", events)
        self._con.execute(
            "CREATE TABLE stored AS SELECT line + 1 AS position, 1 AS source_id, 1 AS generation, "
            "0 AS byte_offset, * EXCLUDE (line) FROM chunk"
        )
        self._con.execute(f"CREATE TABLE parsed AS {events_select('stored')}")

    def counted(self, *cuts: int, order: Sequence[int] = ()) -> duckdb.DuckDBPyConnection:
        """A store after batches that begin at these positions too; order: of the lines."""
        con = self._con
        for name in ("events", "messages", *(t for t in TABLES if t != "traffic_hourly")):
            con.execute(f"DROP TABLE IF EXISTS {name} CASCADE")
        con.execute("DROP VIEW IF EXISTS traffic_hourly")
        con.execute("CREATE TABLE events AS FROM parsed LIMIT 0")
        con.execute(STORED_EVENTS)
        con.execute(SOURCES)
        place = f"list_position({list(order)}, position)" if order else "position"
        source = f"SELECT * REPLACE ({place} AS position) FROM parsed"
        for statement in (*messages.DDL, *traffic.DDL):
            con.execute(statement)
        for first, beyond in pairwise(sorted({1, *cuts, self.count + 1})):
            con.execute(
                f"INSERT INTO events FROM ({source}) "
                f"WHERE position BETWEEN {first} AND {beyond - 1}"
            )
            messages.update(con, first, beyond - 1)
            traffic.update(con, first, beyond - 1)
        return con


TABLES = tuple(re.findall(r"CREATE (?:TABLE|VIEW) (\w+)", " ".join(traffic.DDL)))


def rows(con: duckdb.DuckDBPyConnection) -> Counter[tuple[object, ...]]:
    return Counter(con.execute("FROM traffic_minutely WHERE count <> 0").fetchall())


RELAY_LOCAL = "relay=local, delay=0.1, delays=0.1/0/0/0, dsn=2.0.0, status=sent"
REJECTED = (
    "postfix/smtpd[7]: NOQUEUE: reject: RCPT from x.example[203.0.113.6]: 550 5.1.1 <n@mx>: "
    "Recipient address rejected: User unknown in local recipient table; from=<a@x> to=<n@mx> "
    "proto=ESMTP helo=<x.example>"
)
SCORED = (
    "spamd[5]: spamd: result: {} 9 - GTUBE scantime=0.1,size=528,user=s,uid=109,"
    "required_score=5.0,rhost=localhost,raddr=127.0.0.1,rport=55608,mid=<1@x>,autolearn=no"
)
FOUND = "clamd[5]: /tmp/clamav-1.tmp (deleted): Eicar-Signature FOUND"
INFECTED = (
    "clamav-milter[6]: Message AAA000001 from <a@x> to <b@mx> with subject 'x' message-id '<1@x>' "
    "date 'Tue, 24 Nov 2026 03:37:12 +0000' infected by Eicar-Signature"
)

# Each happens on a host of its own. `>` begins what happens two hours later.
SCENARIOS: dict[str, tuple[list[str], dict[str, int]]] = {
    "a plain message": (
        [*accepted("AAA000001", CLIENT, "<1@x>"), delivered("AAA000001"), removed("AAA000001")],
        {"received": 1, "delivered": 1},
    ),
    "a pipe filter that calls sendmail": (filtered(1), {"received": 1, "delivered": 1}),
    "amavis": (AMAVIS, {"received": 1, "delivered": 1}),
    "a filter that fails first": (
        [
            *filtered(1)[:3],
            piped("AAA000001", "deferred (temporary failure)"),
            *filtered(1)[3:],
        ],
        {"received": 1, "deferred": 1, "delivered": 1},
    ),
    "a pipe that gives nothing back": (
        [*accepted("AAA000001", CLIENT, "<1@x>"), piped("AAA000001"), removed("AAA000001")],
        {"received": 1, "delivered": 1},
    ),
    "messages of this host": (
        [
            *accepted("AAA000001", LOOPBACK, "<1@x>"),
            *accepted("BBB000001", "uid=0 from=<root>", "<2@x>"),
        ],
        {"received": 2},
    ),
    "the same message from elsewhere": (
        [*accepted("AAA000001", CLIENT, "<1@x>"), *accepted("BBB000001", CLIENT, "<1@x>")],
        {"received": 2},
    ),
    "the same message of another host": (
        accepted("AAA000001", LOOPBACK, "<1@x>"),
        {"received": 1},
    ),
    "messages without an id": (
        [
            *accepted("AAA000001", CLIENT, "<>"),
            *accepted("BBB000001", "uid=0 from=<root>", "<>"),
        ],
        {"received": 2},
    ),
    "the same message two hours later": (
        [
            *accepted("AAA000001", CLIENT, "<1@x>"),
            ">",
            *accepted("BBB000001", "uid=0 from=<root>", "<1@x>"),
        ],
        {"received": 2},
    ),
    "a forward": (
        [
            *accepted("AAA000001", CLIENT, "<1@x>"),
            "postfix/cleanup[8]: BBB000001: message-id=<1@x>",
            delivered("AAA000001", "local", f"{RELAY_LOCAL} (forwarded as BBB000001)"),
            delivered("BBB000001"),
        ],
        {"received": 1, "delivered": 1},
    ),
    "a reject": ([REJECTED], {"rejected": 1}),
    "a reject that was repeated": ([REJECTED, repeated(REJECTED, 4)], {"rejected": 5}),
    "a forward that was repeated": (
        [repeated(delivered("A1B2C3D4E5", "local", f"{RELAY_LOCAL} (forwarded as BBB000001)"), 3)],
        {},
    ),
    "spam and ham": ([SCORED.format("Y"), SCORED.format(".")], {"spam": 1}),
    "a bounce": (
        ["postfix/bounce[6]: AAA000001: sender non-delivery notification: BBB000001"],
        {"received": 1},
    ),
    "clamd alone": ([FOUND, FOUND], {"virus": 2}),
    "clamd and its milter": ([FOUND, INFECTED, FOUND, INFECTED], {"virus": 2}),
}


def told(lines: Sequence[str], host: str) -> list[str]:
    if ">" not in lines:
        return stamped(lines, host=host)
    middle = lines.index(">")
    later = [line.replace("T12:", "T14:") for line in stamped(lines[middle + 1 :], host=host)]
    return stamped(lines[:middle], host=host) + later


@pytest.fixture(scope="module")
def scenarios() -> Log:
    hosts = {name: name.replace(" ", "-") for name in SCENARIOS}
    return Log([line for name, host in hosts.items() for line in told(SCENARIOS[name][0], host)])


@pytest.mark.parametrize("cut", ["whole", "small"])
def test_what_counts(scenarios: Log, cut: str) -> None:
    cuts = range(2, scenarios.count, 3) if cut == "small" else ()
    found = scenarios.counted(*cuts).execute(
        "SELECT replace(host, '-', ' '), outcome, sum(count)::BIGINT FROM traffic_minutely "
        "GROUP BY ALL HAVING sum(count) <> 0"
    )
    by_host: dict[str, dict[str, int]] = {name: {} for name in SCENARIOS}
    for host, outcome, number in found.fetchall():
        by_host[host][outcome] = number
    assert by_host == {name: expected for name, (_, expected) in SCENARIOS.items()}


def test_hours_add_up_minutes(scenarios: Log) -> None:
    con = scenarios.counted()
    minutes = con.execute("SELECT sum(count), count(*) FROM traffic_minutely").fetchone()
    hours = con.execute("SELECT sum(count), count(*) FROM traffic_hourly").fetchone()
    assert minutes == hours
    assert minutes is not None
    assert minutes[0] > 0


def test_minutes_are_those_of_the_lines() -> None:
    lines = [*stamped(filtered(1), minute=3)[:7], *stamped(filtered(1), minute=5)[7:]]
    found = (
        Log(lines)
        .counted()
        .execute(
            "SELECT minute(minute), outcome FROM traffic_minutely WHERE count > 0 ORDER BY ALL"
        )
    )
    assert found.fetchall() == [(3, "received"), (5, "delivered")]


BUSY = [
    *stamped(filtered(1), 1),
    *stamped([*filtered(2), FOUND], 2),
    *stamped(AMAVIS, 3),
    *stamped([INFECTED, FOUND], 4),
    *stamped(filtered(3), 5),
]


@pytest.fixture(scope="module")
def busy() -> Log:
    return Log(BUSY)


@pytest.fixture(scope="module")
def message() -> Log:
    return Log(stamped(filtered(1)))


@settings(max_examples=12, deadline=None)
@given(cuts=st.sets(st.integers(2, len(BUSY))))
def test_counts_do_not_depend_on_batches(busy: Log, cuts: set[int]) -> None:
    whole = rows(busy.counted())
    assert rows(busy.counted(*cuts)) == whole
    assert sum(n for _, _, outcome, n in whole if outcome == "received") == 4


@settings(max_examples=8, deadline=None)
@given(order=st.permutations(range(1, len(filtered(1)) + 1)))
def test_late_lines_count_the_same(message: Log, order: list[int]) -> None:
    line_by_line = range(2, message.count + 1)
    assert rows(message.counted(*line_by_line, order=order)) == rows(message.counted(order=order))

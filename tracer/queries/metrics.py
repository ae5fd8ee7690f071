"""What is counted for a monitoring system: sums over all that the store holds, none of which falls.

A sum that fell would be taken for one that began anew. So what `traffic_minutely` takes off again,
as it proves to be a hop, is counted by itself. The numbers are the store's: they go on where they
were after a restart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from tracer.projections.event_counts import of_checks
from tracer.store import Reader
from tracer.store.guard import literal

TIMEOUT_SECONDS = 10.0
MOST_HOSTS = 50  # log text names hosts and programs: all that come later than these are OTHER
MOST_PROGRAMS = 100
MOST_SOURCES = 100
OTHER = "other"
RECENT = timedelta(hours=1)
SHARES = (0.5, 0.95)  # percentiles of delays

# The results that are told apart: logged statuses, and words of RFC 8601.
RESULTS = (
    "sent", "deferred", "bounced", "expired", "deliverable", "undeliverable", "spam", "clean",
    "pass", "fail", "softfail", "neutral", "none", "policy", "temperror", "permerror", "signed",
)  # fmt: skip
_WITH_RESULT = f"{of_checks(('spam', 'dkim', 'spf', 'dmarc'))}, 'postfix.delivery_attempted'"

_HOSTS = f"""
    SELECT host FROM event_counts GROUP BY host ORDER BY min(first_position) LIMIT {MOST_HOSTS}
"""
_HOST = f"CASE WHEN host IN ({_HOSTS}) THEN host ELSE '{OTHER}' END"


@dataclass(frozen=True, slots=True)
class Events:
    """How many lines of an event there were, and how many events these stand for.

    host, program, severity: '' where lines have none. result: of RESULTS or OTHER, '' where it does
    not matter. last_at: naive UTC; None where no line has a time.
    """

    host: str
    program: str
    event: str
    severity: str
    result: str
    line_count: int
    count: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How often a host had an outcome; reason: why, a class of tracer.reasons, or ''.

    hop_count: how many of these proved to be hops.
    """

    host: str
    outcome: str
    reason: str
    count: int
    hop_count: int = 0


@dataclass(frozen=True, slots=True)
class Insights:
    """How many insights of a detector go on now, and how many of these nobody has acknowledged."""

    detector: str
    severity: str
    open_count: int
    unacknowledged_count: int


@dataclass(frozen=True, slots=True)
class Source:
    """A file that was read, as it was last seen; its times are naive UTC, None where not known."""

    path: str
    device: int
    inode: int
    committed_offset: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class Sums:
    """All of it. failures: of attempts and refusals. delays: by SHARES, seconds; see delays()."""

    events: list[Events]
    traffic: list[Outcome]
    failures: list[Outcome]
    insights: list[Insights]
    sources: list[Source]
    delays: dict[float, float]


def sums(reader: Reader, now: datetime) -> Sums:
    """The sums of now, naive UTC."""
    return Sums(
        events(reader),
        traffic(reader),
        failures(reader),
        insights(reader),
        sources(reader),
        delays(reader, now),
    )


def events(reader: Reader) -> list[Events]:
    """Lines by host, program and event: the first MOST_HOSTS and MOST_PROGRAMS that were seen."""
    rows = reader.query(
        f"""
        WITH counted AS MATERIALIZED (
            SELECT host, program, event, severity,
                CASE WHEN event IN ({_WITH_RESULT}) AND result <> '' THEN
                    CASE WHEN list_contains({literal([*RESULTS])}, result) THEN result
                        ELSE '{OTHER}' END
                    ELSE '' END AS result,
                sum(line_count) AS line_count, sum(count) AS count,
                min(first_position) AS first_position, max(last_at) AS last_at
            FROM event_counts GROUP BY ALL
        ),
        programs AS (
            SELECT program FROM counted GROUP BY program ORDER BY min(first_position)
            LIMIT {MOST_PROGRAMS}
        )
        SELECT {_HOST} AS host,
            CASE WHEN program IN (FROM programs) THEN program ELSE '{OTHER}' END AS program,
            event, severity, result, sum(line_count)::BIGINT AS line_count,
            sum(count)::BIGINT AS count, max(last_at) AS last_at
        FROM counted GROUP BY ALL ORDER BY ALL
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Events(**row) for row in rows]


def traffic(reader: Reader) -> list[Outcome]:
    """What `traffic_minutely` counts, with the hops that it took off again."""
    rows = reader.query(
        f"""
        SELECT {_HOST} AS host, outcome, '' AS reason, sum(count)::BIGINT AS count,
            sum(hop_count)::BIGINT AS hop_count
        FROM (
            SELECT host, outcome, sum(count) AS count, 0 AS hop_count
            FROM traffic_minutely GROUP BY ALL
            UNION ALL
            SELECT host, outcome, sum(count), sum(count) FROM traffic_hops GROUP BY ALL
            UNION ALL
            SELECT host, outcome, count, count FROM forgotten_counts WHERE reason_class = ''
        )
        GROUP BY ALL ORDER BY ALL
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Outcome(**row) for row in rows]


def failures(reader: Reader) -> list[Outcome]:
    """What was rejected, deferred or bounced, by reason."""
    rows = reader.query(
        f"""
        SELECT {_HOST} AS host, outcome, reason, sum(count)::BIGINT AS count
        FROM (
            SELECT host, 'rejected' AS outcome, reason_class AS reason, sum(count) AS count
            FROM refusals GROUP BY ALL
            UNION ALL
            SELECT host, outcome, reason_class, sum(count)
            FROM attempts WHERE outcome IN ('deferred', 'bounced') GROUP BY ALL
            UNION ALL
            SELECT host, outcome, reason_class, count FROM forgotten_counts
            WHERE reason_class <> ''
        )
        GROUP BY ALL ORDER BY ALL
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Outcome(**row) for row in rows]


def insights(reader: Reader) -> list[Insights]:
    """Those that go on, by detector and severity: all that ever were found, so with zeros."""
    rows = reader.query(
        """
        SELECT detector, severity, count_if(ended_at IS NULL) AS open_count,
            count_if(ended_at IS NULL AND acknowledged_at IS NULL) AS unacknowledged_count
        FROM insights GROUP BY ALL ORDER BY ALL
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Insights(**row) for row in rows]


def sources(reader: Reader) -> list[Source]:
    """The files that were read, those with the newest lines first; at most MOST_SOURCES."""
    rows = reader.query(
        f"""
        SELECT path, last(device ORDER BY source_id, generation) AS device,
            last(inode ORDER BY source_id, generation) AS inode,
            last(committed_offset ORDER BY source_id, generation) AS committed_offset,
            last(last_at ORDER BY source_id, generation) AS last_at
        FROM sources WHERE device IS NOT NULL AND inode IS NOT NULL
        GROUP BY path ORDER BY max(last_at) DESC NULLS LAST, path LIMIT {MOST_SOURCES}
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    return [Source(**row) for row in rows]


def delays(reader: Reader, now: datetime) -> dict[float, float]:
    """How long deliveries took that were logged since RECENT before now; none where none was.

    From the message's arrival, seconds; half of them, and 95 in 100, took no longer.
    """
    rows = reader.query(
        f"""
        SELECT delay, sum(count)::BIGINT AS count FROM attempts
        WHERE minute >= {literal(now - RECENT)} AND outcome = 'delivered' AND delay IS NOT NULL
        GROUP BY delay ORDER BY delay
        """,
        timeout_seconds=TIMEOUT_SECONDS,
    ).to_pylist()
    total, below = sum(row["count"] for row in rows), 0
    found: dict[float, float] = {}
    for row in rows:
        below += row["count"]
        for share in SHARES:
            if below >= share * total:
                found.setdefault(share, 10 ** (row["delay"] / 10))
    return found

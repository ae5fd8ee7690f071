"""How much mail there was, by hour and host, and from where to where it went."""

from tracer.projections.traffic import OUTCOMES
from tracer.queries.overview import Range
from tracer.queries.report.scope import (
    Row,
    Scope,
    attempts_of_lives,
    births,
    in_domains,
    on_hosts,
    rows,
    within,
)
from tracer.store import Reader
from tracer.store.guard import literal

_ALIKE = 0.85  # of 1, which is the same
# Outcomes of lines that name sender or recipient: what can be told of a domain.
DOMAIN_OUTCOMES = tuple(name for name in OUTCOMES if name not in ("spam", "virus"))


def counts(reader: Reader, scope: Scope) -> list[Row]:
    """begins_at (UTC, whole hours from the range's start), host, outcome, count."""
    start = literal(scope.span.start)
    if not scope.domains:
        source = f"""
            SELECT minute AS occurred_at, host, outcome, count FROM traffic_minutely
            WHERE {within("minute", scope.span)} AND {on_hosts(scope)}
        """
    else:
        source = f"""
            SELECT occurred_at, coalesce(host, '') AS host, 'received' AS outcome, count
            FROM ({births(scope)})
            UNION ALL
            SELECT occurred_at, coalesce(host, ''),
                CASE status WHEN 'sent' THEN 'delivered' ELSE status END, count
            FROM ({attempts_of_lives(scope, _COUNTED)})
            UNION ALL
            SELECT occurred_at, coalesce(host, ''), 'rejected', coalesce(repeated, 1)
            FROM events
            WHERE event = 'postfix.rejected' AND {within("occurred_at", scope.span)}
                AND {on_hosts(scope)} AND {in_domains(scope, "envelope_sender", "recipient")}
        """
    return rows(
        reader,
        f"""
        SELECT time_bucket(INTERVAL 1 HOUR, occurred_at, {start}) AS begins_at, host, outcome,
            sum(count)::BIGINT AS count
        FROM ({source}) GROUP BY ALL HAVING sum(count) <> 0 ORDER BY ALL
        """,
    )


def hosts(reader: Reader, span: Range, limit: int) -> list[str]:
    """Whose lines were counted in a range, by name."""
    found = rows(
        reader,
        f"""
        SELECT DISTINCT host FROM traffic_minutely WHERE {within("minute", span)}
        ORDER BY host LIMIT {limit:d}
        """,
    )
    return [row["host"] for row in found]


def alike(reader: Reader, name: str, limit: int) -> list[str]:
    """Domains with deliveries, at any time, whose names are like one, the nearest first."""
    found = rows(
        reader,
        f"""
        SELECT domain, jaro_winkler_similarity(domain, {literal(name)}) AS likeness
        FROM (SELECT DISTINCT domain FROM attempts WHERE domain NOT IN ('', {literal(name)}))
        WHERE likeness > {_ALIKE} ORDER BY likeness DESC, domain LIMIT {limit:d}
        """,
    )
    return [row["domain"] for row in found]


# What is counted as delivered: local(8) forwards under another queue id, which is delivered later.
_COUNTED = """
    status IN ('deferred', 'bounced') OR status = 'sent' AND related_queue_id IS NULL
"""
# Through smtp(8) mail goes to another server; all else is a mailbox, or a program here.
_PLACE = """
    CASE WHEN parse_filename(program) IN ('smtp', 'relay') THEN 'elsewhere' ELSE 'here' END
"""


def directions(reader: Reader, scope: Scope) -> list[Row]:
    """direction, count, size_bytes of deliveries, most first.

    direction: incoming (from outside to a mailbox here), outgoing, internal, relayed (from outside
    to another server), unknown (its beginning is not in the range).
    """
    return rows(
        reader,
        f"""
        SELECT CASE origin || ' ' || {_PLACE}
                WHEN 'outside here' THEN 'incoming' WHEN 'outside elsewhere' THEN 'relayed'
                WHEN 'ours here' THEN 'internal' WHEN 'ours elsewhere' THEN 'outgoing'
                ELSE 'unknown' END AS direction,
            sum(count)::BIGINT AS count, coalesce(sum(size_bytes), 0)::BIGINT AS size_bytes
        FROM (
            SELECT origin, program, sum(count) AS count, sum(count * size_bytes) AS size_bytes
            FROM ({attempts_of_lives(scope, "status = 'sent' AND related_queue_id IS NULL")})
            GROUP BY ALL
        )
        GROUP BY direction ORDER BY count DESC, direction
        """,
    )

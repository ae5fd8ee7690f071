"""How many lines of each event there were: what reports and metrics count without reading events.

Owns `event_counts`. A quarter of an hour is what all zones' days are made of.
"""

import duckdb

from tracer.projections.places import placed

NAME = "event_counts"
VERSION = 1

_MICROSECONDS = 900_000_000  # of a quarter of an hour

# What is looked at, and the SQL for what its lines say; NULL is nothing.
# spamd tells each verdict twice, OpenDKIM signatures in many words: one event each counts.
CHECKS = {
    "spam": (
        ("spamd.message_scored", "rspamd.message_scanned", "amavis.message_scored"),
        "CASE is_spam WHEN 'true' THEN 'spam' WHEN 'false' THEN 'clean' END",
    ),
    "dkim": (
        (
            "opendkim.signature_verified", "opendkim.signature_failed",
            "opendkim.signature_missing", "opendkim.signature_added",
            "dkimpy_milter.signature_verified", "dkimpy_milter.signature_failed",
            "dkimpy_milter.signature_added", "amavis.signature_checked",
        ),
        "lower(dkim_result)",
    ),
    "spf": (
        (
            "policyd_spf.checked", "policy_spf.checked", "smf_spf.checked",
            "opendmarc.spf_checked",
        ),
        "lower(spf_result)",
    ),
    "dmarc": (("opendmarc.checked",), "lower(dmarc_result)"),
    "virus": (("clamav_milter.message_infected", "clamd.virus_found"), "virus_name"),
}  # fmt: skip
_IN_REST = ("is_spam", "dkim_result", "spf_result", "dmarc_result", "virus_name")

DDL: tuple[str, ...] = (
    """
    CREATE TABLE event_counts (
        quarter TIMESTAMP,      -- of an hour, its beginning, UTC; -infinity of lines without a time
        host VARCHAR,           -- '' where lines have none; so are the next four
        program VARCHAR,
        event VARCHAR,
        severity VARCHAR,
        result VARCHAR,         -- what was found, done, or came of it, where that is counted
        line_count BIGINT,
        count BIGINT,           -- how many events the lines stand for
        first_position BIGINT,
        last_position BIGINT,
        last_at TIMESTAMP
    )
    """,
)


def of_checks(kinds: tuple[str, ...]) -> str:
    """The events of some of CHECKS as an SQL list."""
    return ", ".join(f"'{event}'" for kind in kinds for event in CHECKS[kind][0])


def _unpacked(sql: str) -> str:
    """With the fields that are kept in `rest` taken from there."""
    for name in _IN_REST:
        sql = sql.replace(name, f"json_extract_string(rest, '$.{name}')")
    return sql


_RESULT = " ".join(
    f"WHEN event IN ({of_checks((kind,))}) THEN {_unpacked(said)}"
    for kind, (_, said) in CHECKS.items()
)
_BATCH = f"""
    SELECT coalesce(make_timestamp(quarter * {_MICROSECONDS}), TIMESTAMP '-infinity') AS quarter,
        coalesce(host, '') AS host, coalesce(program, '') AS program, event,
        coalesce(severity, '') AS severity, coalesce(result, '') AS result,
        line_count, line_count + coalesce(more, 0)::BIGINT AS count, first_position, last_position,
        last_at
    FROM (
        SELECT epoch_us(occurred_at) // {_MICROSECONDS} AS quarter, host, program, event,
            CASE WHEN contains(rest, '"severity":') THEN json_extract_string(rest, '$.severity') END
                AS severity,
            CASE WHEN event IN ({of_checks(tuple(CHECKS))}) THEN CASE {_RESULT} END
                WHEN event = 'postfix.delivery_attempted' THEN status
                WHEN event = 'postfix.checked' THEN action END AS result,
            count(*) AS line_count, sum(repeated - 1) AS more, min(position) AS first_position,
            max(position) AS last_position, max(occurred_at) AS last_at
        FROM event_rows WHERE position BETWEEN $first AND $last GROUP BY ALL
    )
"""
_KEY = ("quarter", "host", "program", "event", "severity", "result")
_MERGE = f"""
    MERGE INTO event_counts t USING ({_BATCH}) b ON {" AND ".join(f"t.{k} = b.{k}" for k in _KEY)}
    WHEN MATCHED THEN UPDATE SET line_count = t.line_count + b.line_count,
        count = t.count + b.count, first_position = least(t.first_position, b.first_position),
        last_position = greatest(t.last_position, b.last_position),
        last_at = greatest(t.last_at, b.last_at)
    WHEN NOT MATCHED THEN INSERT
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Count the events first_position..last_position, just inserted."""
    con.execute(placed(_MERGE, first_position, last_position))

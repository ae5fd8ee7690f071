"""The table `verdicts`: what scanners took messages for, a row for each line that says so."""

import duckdb

from parsers.columns import events_select
from tracer.projections.places import of_events, placed

NAME = "verdicts"
VERSION = 1

DDL: tuple[str, ...] = (
    "DROP VIEW IF EXISTS verdicts",  # which stores of before have
    """
    CREATE TABLE verdicts (
        position BIGINT,
        occurred_at TIMESTAMP,
        host VARCHAR,
        program VARCHAR,        -- the scanner, as the names of its events begin
        queue_id VARCHAR,
        message_id VARCHAR,
        envelope_sender VARCHAR,
        recipient VARCHAR,
        verdict VARCHAR,        -- spam, clean, virus or other
        action VARCHAR,         -- what it did, where the line says so
        spam_score DOUBLE,
        spam_required DOUBLE,
        spam_rules VARCHAR,
        virus_name VARCHAR,
        repeated BIGINT         -- how many the line stands for
    )
    """,
)

_EVENTS = (
    "spamd.message_scored", "rspamd.message_scanned", "amavis.message_checked",
    "clamav_milter.message_clean", "clamav_milter.message_infected", "clamd.virus_found",
)  # fmt: skip
_SPAM_ACTIONS = "('reject', 'discard', 'add header', 'rewrite subject', 'quarantine')"
_VERDICT = f"""
    CASE event
        WHEN 'spamd.message_scored' THEN CASE WHEN is_spam THEN 'spam' ELSE 'clean' END
        WHEN 'rspamd.message_scanned' THEN CASE WHEN action IN {_SPAM_ACTIONS} THEN 'spam'
            WHEN action = 'no action' THEN 'clean' ELSE 'other' END
        WHEN 'amavis.message_checked' THEN CASE WHEN verdict IN ('SPAM', 'SPAMMY') THEN 'spam'
            WHEN verdict = 'INFECTED' THEN 'virus' WHEN verdict = 'CLEAN' THEN 'clean'
            ELSE 'other' END
        WHEN 'clamav_milter.message_clean' THEN 'clean'
        ELSE 'virus'
    END
"""
_LOOKED_AT = (
    "position", "occurred_at", "host", "event", "queue_id", "message_id", "envelope_sender",
    "recipient", "action", "repeated", "spam_score", "spam_required", "spam_rules", "is_spam",
    "verdict", "quarantine", "virus_name",
)  # fmt: skip


_INSERT = f"""
    INSERT INTO verdicts
    SELECT position, occurred_at, host, split_part(event, '.', 1), queue_id, message_id,
        envelope_sender, recipient, {_VERDICT},
        CASE event WHEN 'rspamd.message_scanned' THEN action
            WHEN 'amavis.message_checked' THEN
                CASE WHEN quarantine IS NULL THEN lower(action) ELSE 'quarantined' END
            END,
        spam_score, spam_required, spam_rules, virus_name, coalesce(repeated, 1)
    FROM ({events_select(of_events(_EVENTS), _LOOKED_AT)})
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, say."""
    con.execute(placed(_INSERT, first_position, last_position))

"""The view `verdicts`: what scanners took messages for."""

from parsers.columns import events_select

_EVENTS = """(
    'spamd.message_scored', 'rspamd.message_scanned', 'amavis.message_checked',
    'clamav_milter.message_clean', 'clamav_milter.message_infected', 'clamd.virus_found')
"""
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


def verdicts(condition: str = "true") -> str:
    """The view as SQL; condition: on `event_rows`, which of them are looked at."""
    rows = f"(FROM event_rows WHERE event IN {_EVENTS} AND {condition})"
    return f"""
    SELECT position, occurred_at, host, split_part(event, '.', 1) AS program, queue_id, message_id,
        envelope_sender, recipient, {_VERDICT} AS verdict,
        CASE event WHEN 'rspamd.message_scanned' THEN action
            WHEN 'amavis.message_checked' THEN
                CASE WHEN quarantine IS NULL THEN lower(action) ELSE 'quarantined' END
            END AS action,
        spam_score, spam_required, spam_rules, virus_name, coalesce(repeated, 1) AS repeated
    FROM ({events_select(rows, _LOOKED_AT)})
    """

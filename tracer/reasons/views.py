"""The views `rejections` and `delivery_failures`: events with the reason class, computed as read.

Nothing of it is stored, so that better rules hold for the past too, at once.
"""

from tracer.reasons.matching import classified

_REJECTED = "(SELECT * FROM events WHERE event = 'postfix.rejected')"
_FAILED = """(
    SELECT * FROM events
    WHERE event = 'postfix.delivery_attempted' AND status NOT IN ('sent', 'deliverable')
)"""

VIEWS = (
    f"""
    CREATE OR REPLACE VIEW rejections AS
    SELECT position, occurred_at, host, instance, queue_id, action, stage, reply_code, dsn,
        reason_class, blocklist, reason, checked_text, client_name, client_address, helo_name,
        sasl_username, envelope_sender, recipient, coalesce(repeated, 1) AS repeated
    FROM ({classified(_REJECTED)})
    """,
    f"""
    CREATE OR REPLACE VIEW delivery_failures AS
    SELECT position, occurred_at, host, instance, queue_id, recipient, original_recipient, status,
        dsn, reason_class, provider, blocklist, reply, relay_host, relay_address, relay_port,
        delay_seconds, coalesce(repeated, 1) AS repeated
    FROM ({classified(_FAILED)})
    """,
)

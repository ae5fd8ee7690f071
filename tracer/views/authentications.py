"""The view `authentications`: what DKIM, SPF and DMARC said of messages.

OpenDKIM says the result of a signature, and whose it was, in two lines; the second follows only
where it looked at one signature closely. The view joins them.
"""

from parsers.columns import events_select

_APART = 1000  # lines that may be between OpenDKIM's two

_DKIM_EVENTS = """(
    'opendkim.signature_added', 'opendkim.signature_verified', 'opendkim.signature_failed',
    'opendkim.signature_missing', 'dkimpy_milter.signature_added',
    'dkimpy_milter.signature_verified', 'dkimpy_milter.signature_failed',
    'amavis.signature_checked')
"""
_SPF_EVENTS = """(
    'policyd_spf.checked', 'policyd_spf.rejected', 'policyd_spf.deferred', 'policy_spf.checked',
    'smf_spf.checked', 'opendmarc.spf_checked')
"""
_SPF_DOMAIN = """
    coalesce(spf_domain,
        CASE spf_identity WHEN 'helo' THEN coalesce(helo_name, envelope_sender) END,
        nullif(regexp_extract(envelope_sender, '@([^@]*)$', 1), ''), helo_name)
"""
_RESULT = """
    CASE event
        WHEN 'policyd_spf.rejected' THEN 'fail'
        WHEN 'policyd_spf.deferred' THEN 'temperror'
        WHEN 'opendmarc.checked' THEN dmarc_result
        WHEN 'amavis.signature_checked' THEN
            CASE dkim_result WHEN 'VALID' THEN 'pass' WHEN 'FAILED' THEN 'fail' END
        ELSE lower(coalesce(spf_result, dkim_result))
    END
"""
# rspamd's symbols of these checks, with what is in their braces up to the selector or policy
_SYMBOL = r"(?:^|,)((?:R_SPF|R_DKIM|DMARC)_[A-Z_]+\([^()]*\)\{[^{}:;,]*)"
_SYMBOL_RESULT = """
    CASE
        WHEN contains(name, 'ALLOW') THEN 'pass'
        WHEN name = 'R_SPF_SOFTFAIL' THEN 'softfail'
        WHEN name = 'R_SPF_NEUTRAL' THEN 'neutral'
        WHEN ends_with(name, '_NA') THEN 'none'
        WHEN ends_with(name, '_TEMPFAIL') OR ends_with(name, '_DNSFAIL') THEN 'temperror'
        WHEN ends_with(name, '_PERMFAIL') OR name = 'DMARC_BAD_POLICY' THEN 'permerror'
        ELSE 'fail'
    END
"""
_LOOKED_AT = (
    "position", "occurred_at", "host", "event", "queue_id", "envelope_sender", "helo_name",
    "repeated", "dkim_domain", "dkim_result", "spf_domain", "spf_identity", "spf_result",
    "header_domain", "dmarc_result",
)  # fmt: skip
_OF_RSPAMD = (
    "position", "occurred_at", "host", "queue_id", "envelope_sender", "helo_name", "repeated",
    "spam_rules", "spf_domain", "spf_identity",
)  # fmt: skip
_EXAMINED = ("position", "host", "queue_id", "dkim_domain")


def authentications(condition: str = "true") -> str:
    """The view as SQL; condition: on `event_rows`, which of them are looked at."""

    def some(events: str, names: tuple[str, ...]) -> str:
        rows = f"(FROM event_rows WHERE ({events}) AND {condition})"
        return f"({events_select(rows, names)})"

    said = f"event IN {_DKIM_EVENTS} OR event IN {_SPF_EVENTS} OR event = 'opendmarc.checked'"
    examined = "event = 'opendkim.signature_examined' AND queue_id IS NOT NULL"
    return f"""
    SELECT r.position, occurred_at, r.host, program, r.queue_id, mechanism,
        coalesce(domain, CASE WHEN program = 'opendkim' AND e.position - r.position <= {_APART}
            THEN lower(dkim_domain) END) AS domain,
        result, repeated
    FROM (
        SELECT position, occurred_at, host, split_part(event, '.', 1) AS program, queue_id,
            CASE WHEN event IN {_DKIM_EVENTS} THEN 'dkim' WHEN event IN {_SPF_EVENTS} THEN 'spf'
                ELSE 'dmarc' END AS mechanism,
            lower(CASE mechanism WHEN 'dkim' THEN dkim_domain WHEN 'dmarc' THEN header_domain
                ELSE {_SPF_DOMAIN} END) AS domain,
            {_RESULT} AS result, coalesce(repeated, 1) AS repeated
        FROM {some(said, _LOOKED_AT)} WHERE result IS NOT NULL
    ) r
    ASOF LEFT JOIN {some(examined, _EXAMINED)} e
        ON coalesce(r.host, '') = coalesce(e.host, '') AND r.queue_id = e.queue_id
        AND r.position < e.position
    UNION ALL
    SELECT position, occurred_at, host, 'rspamd', queue_id,
        lower(regexp_extract(name, '(SPF|DKIM|DMARC)')) AS mechanism,
        lower(CASE mechanism WHEN 'spf' THEN {_SPF_DOMAIN}
            ELSE nullif(split_part(symbol, '{{', 2), '') END),
        {_SYMBOL_RESULT}, coalesce(repeated, 1)
    FROM (
        SELECT *, unnest(regexp_extract_all(spam_rules, '{_SYMBOL}', 1)) AS symbol,
            split_part(symbol, '(', 1) AS name
        FROM {some("event = 'rspamd.message_scanned'", _OF_RSPAMD)}
    )
    """

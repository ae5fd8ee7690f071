"""The view `authentications`: what DKIM, SPF and DMARC said of messages, a row for each result.

Owns the table `authentication_rows`, with the lines that say so. OpenDKIM says the result of a
signature, and whose it was, in two lines, the second only where it looked at one signature closely.
The view puts them together.
"""

import duckdb

from parsers.columns import events_select
from tracer.projections.places import of_events, placed

NAME = "authentications"
VERSION = 1

_APART = 1000  # lines that may be between OpenDKIM's two


def authentications(condition: str = "true") -> str:
    """The view as SQL; condition: on `authentication_rows`, which of them are looked at."""
    chosen = f"FROM authentication_rows WHERE {condition}"
    return f"""
    SELECT * FROM ({chosen}) WHERE mechanism IS NOT NULL
        AND (domain IS NOT NULL OR program <> 'opendkim' OR queue_id IS NULL)
    UNION ALL
    SELECT s.* REPLACE (arg_min(n.domain, n.position) AS domain)
    FROM ({chosen} AND mechanism IS NOT NULL AND program = 'opendkim' AND domain IS NULL) s
    LEFT JOIN ({chosen} AND mechanism IS NULL) n
        ON s.queue_id = n.queue_id AND coalesce(s.host, '') = coalesce(n.host, '')
        AND n.position > s.position AND n.position <= s.position + {_APART}
    WHERE s.queue_id IS NOT NULL GROUP BY ALL
    """


DDL: tuple[str, ...] = (
    """
    CREATE TABLE authentication_rows (
        position BIGINT,
        occurred_at TIMESTAMP,
        host VARCHAR,
        program VARCHAR,        -- as the names of its events begin
        queue_id VARCHAR,
        mechanism VARCHAR,      -- dkim, spf or dmarc; NULL: names the domain of a signature
        domain VARCHAR,         -- in lower case; NULL where the line names none
        result VARCHAR,
        repeated BIGINT         -- how many the line stands for
    )
    """,
    f"CREATE OR REPLACE VIEW authentications AS {authentications()}",
)

_DKIM_EVENTS = (
    "opendkim.signature_added", "opendkim.signature_verified", "opendkim.signature_failed",
    "opendkim.signature_missing", "dkimpy_milter.signature_added",
    "dkimpy_milter.signature_verified", "dkimpy_milter.signature_failed",
    "amavis.signature_checked",
)  # fmt: skip
_SPF_EVENTS = (
    "policyd_spf.checked", "policyd_spf.rejected", "policyd_spf.deferred", "policy_spf.checked",
    "smf_spf.checked", "opendmarc.spf_checked",
)  # fmt: skip
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
    "header_domain", "dmarc_result", "spam_rules",
)  # fmt: skip
_EXAMINED = "opendkim.signature_examined"
_EVENTS = (
    *_DKIM_EVENTS, *_SPF_EVENTS, "opendmarc.checked", "rspamd.message_scanned", _EXAMINED,
)  # fmt: skip
_IS_SYMBOL = "event = 'rspamd.message_scanned'"
# A line of rspamd is a row for each of its symbols, any other line is one row.
_INSERT = f"""
    INSERT INTO authentication_rows
    SELECT position, occurred_at, host, split_part(event, '.', 1), queue_id,
        CASE WHEN {_IS_SYMBOL} THEN lower(regexp_extract(name, '(SPF|DKIM|DMARC)'))
            WHEN list_contains({[*_DKIM_EVENTS]}, event) THEN 'dkim'
            WHEN list_contains({[*_SPF_EVENTS]}, event) THEN 'spf'
            WHEN event = 'opendmarc.checked' THEN 'dmarc' END AS mechanism,
        lower(CASE WHEN mechanism = 'spf' THEN {_SPF_DOMAIN}
            WHEN {_IS_SYMBOL} THEN nullif(split_part(symbol, '{{', 2), '')
            WHEN mechanism = 'dmarc' THEN header_domain ELSE dkim_domain END),
        CASE WHEN {_IS_SYMBOL} THEN {_SYMBOL_RESULT} ELSE {_RESULT} END AS result,
        coalesce(repeated, 1)
    FROM (
        SELECT *, split_part(symbol, '(', 1) AS name
        FROM (
            SELECT *, unnest(CASE WHEN {_IS_SYMBOL}
                THEN regexp_extract_all(spam_rules, '{_SYMBOL}', 1) ELSE [NULL] END) AS symbol
            FROM ({events_select(of_events(_EVENTS), _LOOKED_AT)})
        )
    )
    WHERE result IS NOT NULL OR event = '{_EXAMINED}'
"""


def update(con: duckdb.DuckDBPyConnection, first_position: int, last_position: int) -> None:
    """Add what the events first_position..last_position, just inserted, say."""
    con.execute(placed(_INSERT, first_position, last_position))

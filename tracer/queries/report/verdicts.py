"""What scanners and checks said of mail: spam, viruses, DKIM, SPF and DMARC."""

from tracer.queries.report.scope import Row, Scope, on_hosts, rows, within
from tracer.store import Reader

# What is looked at, and the SQL for what its lines say; NULL is nothing.
# spamd tells each verdict twice, OpenDKIM signatures in many words: one event each counts.
_CHECKS = {
    "spam": (
        ("spamd.message_scored", "rspamd.message_scanned", "amavis.message_scored"),
        "CASE is_spam WHEN true THEN 'spam' WHEN false THEN 'clean' END",
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
}  # fmt: skip
CHECKS = tuple(_CHECKS)


def results(reader: Reader, scope: Scope) -> list[Row]:
    """kind (of CHECKS), result, count."""
    said = " ".join(
        f"WHEN list_contains({[*events]}, event) THEN {{'kind': '{name}', 'result': {result}}}"
        for name, (events, result) in _CHECKS.items()
    )
    known = [event for events, _ in _CHECKS.values() for event in events]
    return rows(
        reader,
        f"""
        SELECT said.kind AS kind, said.result AS result, sum(count)::BIGINT AS count
        FROM (
            SELECT CASE {said} END AS said, coalesce(repeated, 1) AS count
            FROM events WHERE event IN ({", ".join(f"'{event}'" for event in known)})
                AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
        )
        WHERE said.result IS NOT NULL GROUP BY ALL ORDER BY kind, count DESC, result
        """,
    )


def viruses(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """virus_name, count; of what clamd found only where no clamav-milter says so, too."""
    return rows(
        reader,
        f"""
        SELECT virus_name, sum(coalesce(repeated, 1))::BIGINT AS count FROM events
        WHERE event IN ('clamav_milter.message_infected', 'clamd.virus_found')
            AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
            AND (event <> 'clamd.virus_found'
                OR coalesce(host, '') NOT IN (FROM traffic_milter_hosts))
        GROUP BY virus_name ORDER BY count DESC, virus_name LIMIT {limit:d}
        """,
    )

"""Who sent and who received: addresses, domains, clients and logins by number of messages."""

from tracer.queries.report.scope import Row, Scope, births, domain, rows, scoped_attempts
from tracer.store import Reader

_RESULTS = """
    coalesce(sum(count) FILTER (status = 'sent'), 0)::BIGINT AS delivered,
    coalesce(sum(count) FILTER (status = 'deferred'), 0)::BIGINT AS deferred,
    coalesce(sum(count) FILTER (status = 'bounced'), 0)::BIGINT AS bounced
"""

# kind -> what its rows are grouped by; NULL does not count.
_SENDING = {
    "senders": "envelope_sender",
    "sender_domains": f"CASE WHEN envelope_sender <> '' THEN {domain('envelope_sender')} END",
    "clients": "client_address",
    "logins": "sasl_username",
}


def sending(reader: Reader, scope: Scope, limit: int) -> dict[str, list[Row]]:
    """The senders ('' is the null sender), their domains, clients and logins with most messages.

    By kind (senders, sender_domains, clients, logins) rows of name, count, size_bytes, and
    client_name of a client. In one pass, as the births are what takes time; they are not kept.
    """
    kinds = " ".join(f"WHEN grouping({kind}) = 0 THEN '{kind}'" for kind in _SENDING)
    found = rows(
        reader,
        f"""
        FROM (
            SELECT CASE {kinds} END AS kind, coalesce({", ".join(_SENDING)}) AS name,
                arg_max(client_name, position) AS client_name, sum(births)::BIGINT AS count,
                coalesce(sum(births * size_bytes), 0)::BIGINT AS size_bytes
            FROM (
                SELECT {", ".join(f"{name} AS {kind}" for kind, name in _SENDING.items())},
                    client_name, position, count AS births, size_bytes
                FROM ({births(scope)})
            )
            GROUP BY GROUPING SETS ({", ".join(f"({kind})" for kind in _SENDING)})
        )
        WHERE name IS NOT NULL
        QUALIFY row_number() OVER (PARTITION BY kind ORDER BY count DESC, name) <= {limit:d}
        ORDER BY kind, count DESC, name
        """,
    )
    return {kind: [row for row in found if row["kind"] == kind] for kind in _SENDING}


# kind -> what its rows are grouped by.
_RECEIVING = {"recipients": "recipient", "recipient_domains": domain("recipient")}


def receiving(reader: Reader, scope: Scope, limit: int) -> dict[str, list[Row]]:
    """The recipients, and their domains, that most was delivered to.

    By kind (recipients, recipient_domains) rows of name, delivered, deferred, bounced: attempts.
    """
    counted = "status IN ('deferred', 'bounced') OR status = 'sent' AND related_queue_id IS NULL"
    parts = " UNION ALL ".join(
        f"""(
            SELECT '{kind}' AS kind, {name} AS name, {_RESULTS} FROM attempted
            GROUP BY 2 ORDER BY delivered DESC, deferred DESC, 2 LIMIT {limit:d}
        )"""
        for kind, name in _RECEIVING.items()
    )
    found = rows(
        reader,
        f"""
        WITH attempted AS MATERIALIZED (
            SELECT recipient, status, sum(count) AS count FROM ({scoped_attempts(scope, counted)})
            WHERE recipient IS NOT NULL GROUP BY ALL
        )
        SELECT * FROM ({parts}) ORDER BY kind, delivered DESC, deferred DESC, name
        """,
    )
    return {kind: [row for row in found if row["kind"] == kind] for kind in _RECEIVING}

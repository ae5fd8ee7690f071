"""Who sent and who received: addresses, domains, clients and logins by number of messages."""

from tracer.queries.report.scope import Row, Scope, births, domain, rows, scoped_attempts
from tracer.store import Reader

_RESULTS = """
    sum(count) FILTER (status = 'sent')::BIGINT AS delivered,
    sum(count) FILTER (status = 'deferred')::BIGINT AS deferred,
    sum(count) FILTER (status = 'bounced')::BIGINT AS bounced
"""


def senders(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """envelope_sender ('' is the null sender), count, size_bytes."""
    return _received(reader, scope, "envelope_sender", "envelope_sender IS NOT NULL", limit)


def sender_domains(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """domain, count, size_bytes of what came from addresses of it."""
    name = f"{domain('envelope_sender')} AS domain"
    return _received(reader, scope, name, "envelope_sender <> ''", limit)


def clients(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """client_address, client_name, count, size_bytes."""
    names = "client_address, any_value(client_name) AS client_name"
    return _received(reader, scope, names, "client_address IS NOT NULL", limit)


def logins(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """sasl_username, count, size_bytes of what was sent by it."""
    return _received(reader, scope, "sasl_username", "sasl_username IS NOT NULL", limit)


def _received(reader: Reader, scope: Scope, columns: str, which: str, limit: int) -> list[Row]:
    return rows(
        reader,
        f"""
        SELECT {columns}, sum(count)::BIGINT AS count,
            coalesce(sum(count * size_bytes), 0)::BIGINT AS size_bytes
        FROM ({births(scope)}) WHERE {which}
        GROUP BY 1 ORDER BY count DESC, 1 LIMIT {limit:d}
        """,
    )


def recipients(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """recipient, delivered, deferred, bounced: attempts."""
    return _delivered(reader, scope, "recipient", limit)


def recipient_domains(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """domain, delivered, deferred, bounced: attempts to addresses of it."""
    return _delivered(reader, scope, f"{domain('recipient')} AS domain", limit)


def _delivered(reader: Reader, scope: Scope, column: str, limit: int) -> list[Row]:
    counted = "status IN ('deferred', 'bounced') OR status = 'sent' AND related_queue_id IS NULL"
    return rows(
        reader,
        f"""
        SELECT * REPLACE (coalesce(delivered, 0) AS delivered, coalesce(deferred, 0) AS deferred,
            coalesce(bounced, 0) AS bounced)
        FROM (
            SELECT {column}, {_RESULTS} FROM ({scoped_attempts(scope, counted)})
            WHERE recipient IS NOT NULL GROUP BY 1
        )
        ORDER BY delivered DESC, deferred DESC, 1 LIMIT {limit:d}
        """,
    )

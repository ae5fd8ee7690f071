"""Who logged in, and who tried to: by client and by the name that was tried.

An attempt is told by the server that the client spoke to: Dovecot's login processes, or smtpd.
What the authentication service says of the same attempt is not counted again.
"""

from tracer.queries.report.scope import Row, Scope, in_domains, on_hosts, rows, within
from tracer.store import Reader

_ADDRESS = "coalesce(remote_address, client_address)"
_NAME = "coalesce(username, sasl_username)"


def _attempts(scope: Scope) -> str:
    """SELECT of the attempts to log in, with their name, address and number."""
    return f"""
        SELECT {_ADDRESS} AS address, {_NAME} AS name, event = 'dovecot.logged_in' AS succeeded,
            coalesce(repeated, 1) * greatest(coalesce(
                CASE event WHEN 'dovecot.login_failed' THEN attempt_count END, 1), 1) AS count
        FROM events
        WHERE event IN ('dovecot.logged_in', 'dovecot.login_failed',
                'postfix.authentication_failed')
            AND {within("occurred_at", scope.span)} AND {on_hosts(scope)}
            AND {in_domains(scope, _NAME)}
    """


def totals(reader: Reader, scope: Scope) -> Row:
    """succeeded, failed: attempts; addresses: how many clients failed."""
    (row,) = rows(
        reader,
        f"""
        SELECT coalesce(sum(count) FILTER (succeeded), 0)::BIGINT AS succeeded,
            coalesce(sum(count) FILTER (NOT succeeded), 0)::BIGINT AS failed,
            count(DISTINCT address) FILTER (NOT succeeded) AS addresses
        FROM ({_attempts(scope)})
        """,
    )
    return row


def attackers(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """address, failed, names (different ones), succeeded: the clients that failed most."""
    return rows(
        reader,
        f"""
        SELECT address, sum(count) FILTER (NOT succeeded)::BIGINT AS failed,
            count(DISTINCT name) FILTER (NOT succeeded) AS names,
            coalesce(sum(count) FILTER (succeeded), 0)::BIGINT AS succeeded
        FROM ({_attempts(scope)}) WHERE address IS NOT NULL
        GROUP BY address HAVING failed > 0
        ORDER BY failed DESC, address LIMIT {limit:d}
        """,
    )


def attacked(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """name, failed, addresses (different ones): the names that were tried most in vain."""
    return rows(
        reader,
        f"""
        SELECT name, sum(count)::BIGINT AS failed, count(DISTINCT address) AS addresses
        FROM ({_attempts(scope)}) WHERE NOT succeeded AND name IS NOT NULL
        GROUP BY name ORDER BY failed DESC, name LIMIT {limit:d}
        """,
    )

"""Who logged in, and who tried to: by client and by the name that was tried.

An attempt is told by the server that the client spoke to: Dovecot's login processes, or smtpd.
What the authentication service says of the same attempt is not counted again. Messages that were
taken of who had logged in are no attempts.
"""

from dataclasses import dataclass

from tracer.queries.report.scope import Row, Scope, in_domains, on_hosts, rows, within
from tracer.store import Reader


@dataclass(frozen=True, slots=True)
class Tried:
    """Attempts to log in, of a range.

    addresses: how many clients failed. attackers: rows of address, failed, names (different ones),
    succeeded, of the clients that failed most. attacked: rows of name, failed, addresses (different
    ones), of the names that were tried most in vain.
    """

    succeeded: int
    failed: int
    addresses: int
    attackers: list[Row]
    attacked: list[Row]


def tried(reader: Reader, scope: Scope, attackers: int, attacked: int) -> Tried:
    """All of it, with so many attackers and names at most."""
    found = rows(
        reader,
        f"""
        WITH tried AS MATERIALIZED (
            SELECT address, name, coalesce(sum(count) FILTER (succeeded), 0)::BIGINT AS succeeded,
                coalesce(sum(count) FILTER (NOT succeeded), 0)::BIGINT AS failed
            FROM (
                SELECT address, username AS name, result = 'good' AS succeeded, repeated AS count
                FROM logins
                WHERE {within("occurred_at", scope.span)} AND {on_hosts(scope)}
                    AND {in_domains(scope, "username")}
                    AND NOT (service = 'smtp' AND result = 'good')
            ) GROUP BY ALL
        )
        SELECT 'totals' AS kind, NULL AS what, coalesce(sum(succeeded), 0)::BIGINT AS succeeded,
            coalesce(sum(failed), 0)::BIGINT AS failed,
            count(DISTINCT address) FILTER (failed > 0) AS others
        FROM tried
        UNION ALL
        (SELECT 'attacker', address, sum(succeeded)::BIGINT, sum(failed)::BIGINT AS failures,
            count(DISTINCT name) FILTER (failed > 0)
        FROM tried WHERE address IS NOT NULL
        GROUP BY address HAVING failures > 0 ORDER BY failures DESC, address LIMIT {attackers:d})
        UNION ALL
        (SELECT 'attacked', name, 0, sum(failed)::BIGINT AS failures, count(DISTINCT address)
        FROM tried WHERE failed > 0 AND name IS NOT NULL
        GROUP BY name ORDER BY failures DESC, name LIMIT {attacked:d})
        ORDER BY kind, failed DESC, what
        """,
    )
    (totals,) = (row for row in found if row["kind"] == "totals")
    return Tried(
        totals["succeeded"],
        totals["failed"],
        totals["others"],
        [
            {
                "address": row["what"],
                "failed": row["failed"],
                "names": row["others"],
                "succeeded": row["succeeded"],
            }
            for row in found
            if row["kind"] == "attacker"
        ],
        [
            {"name": row["what"], "failed": row["failed"], "addresses": row["others"]}
            for row in found
            if row["kind"] == "attacked"
        ],
    )

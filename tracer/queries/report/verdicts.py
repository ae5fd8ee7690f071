"""What scanners and checks said of mail: spam, viruses, DKIM, SPF and DMARC."""

from tracer.projections.event_counts import CHECKS as COUNTED
from tracer.projections.event_counts import of_checks
from tracer.queries.report.scope import Row, Scope, of_quarters, rows
from tracer.store import Reader

CHECKS = ("spam", "dkim", "spf", "dmarc")


def results(reader: Reader, scope: Scope) -> list[Row]:
    """kind (of CHECKS), result, count."""
    kind = " ".join(
        f"WHEN event IN ({of_checks((name,))}) THEN '{name}'" for name in COUNTED if name in CHECKS
    )
    return rows(
        reader,
        f"""
        SELECT CASE {kind} END AS kind, result, sum(count)::BIGINT AS count
        FROM event_counts
        WHERE event IN ({of_checks(CHECKS)}) AND result <> '' AND {of_quarters(scope)}
        GROUP BY ALL ORDER BY kind, count DESC, result
        """,
    )


def viruses(reader: Reader, scope: Scope, limit: int) -> list[Row]:
    """virus_name, count; of what clamd found only where no clamav-milter says so, too."""
    return rows(
        reader,
        f"""
        SELECT nullif(result, '') AS virus_name, sum(count)::BIGINT AS count FROM event_counts
        WHERE event IN ({of_checks(("virus",))}) AND {of_quarters(scope)}
            AND (event <> 'clamd.virus_found' OR host NOT IN (FROM traffic_milter_hosts))
        GROUP BY virus_name ORDER BY count DESC, virus_name LIMIT {limit:d}
        """,
    )

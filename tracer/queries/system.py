"""How is Mailtracer itself? The streams that were read, and what the store takes."""

from dataclasses import dataclass
from datetime import datetime

from tracer.store import Reader

MOST_STREAMS = 500


@dataclass(frozen=True, slots=True)
class Stream:
    """A log that was read, over all its rotations.

    path: where it was last seen. read_bytes: of the decompressed content, of the latest generation.
    first_at, last_at: naive UTC; None where no line has a time.
    """

    name: str
    path: str
    zone: str
    line_count: int
    unparsed_count: int
    read_bytes: int
    first_at: datetime | None
    last_at: datetime | None


def streams(reader: Reader) -> list[Stream]:
    """The streams with lines, those with the newest lines first; MOST_STREAMS at most."""
    rows = reader.query(
        """
        SELECT last(name ORDER BY generation) AS name, last(path ORDER BY generation) AS path,
            last(zone ORDER BY generation) AS zone, sum(line_count)::BIGINT AS line_count,
            sum(unparsed_count)::BIGINT AS unparsed_count,
            last(committed_offset ORDER BY generation) AS read_bytes,
            min(first_at) AS first_at, max(last_at) AS last_at
        FROM sources GROUP BY source_id HAVING sum(line_count) > 0
        ORDER BY max(last_at) DESC NULLS LAST, source_id LIMIT $limit
        """,
        {"limit": MOST_STREAMS},
    ).to_pylist()
    return [Stream(**row) for row in rows]


def sizes(reader: Reader) -> dict[str, int]:
    """The store's tables and how many rows they have, as DuckDB estimates; the largest first."""
    rows = reader.query("""
        SELECT table_name, estimated_size FROM duckdb_tables()
        WHERE NOT internal AND NOT temporary ORDER BY estimated_size DESC, table_name
    """).to_pylist()
    return {row["table_name"]: row["estimated_size"] for row in rows}


def versions(reader: Reader) -> dict[str, str]:
    """What the store was made by: its schema, its read models, DuckDB."""
    rows = reader.query("""
        SELECT 'schema' AS name, value AS version FROM meta WHERE key = 'schema_version'
        UNION ALL SELECT 'read model ' || name, version::VARCHAR FROM projections
        UNION ALL SELECT 'DuckDB', version()
        ORDER BY name
    """).to_pylist()
    return {row["name"]: row["version"] for row in rows}

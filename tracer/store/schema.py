"""The tables of the store, their version, and how an older store is brought up to date.

`lines` and `events` grow, until tracer.store.removal removes the oldest; `sources` says how far
each stream is stored; `meta` and `projections` hold versions. What projections need is declared by
themselves.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import duckdb

from parsers.columns import STORED_COLUMNS, events_select
from tracer.errors import TracerError
from tracer.projections import PROJECTIONS, Projection
from tracer.reasons.views import VIEWS as REASON_VIEWS
from tracer.store import insights, reports, retention
from tracer.store.guard import literal
from tracer.views import DERIVED_VIEWS, VIEWS

SCHEMA_VERSION = 5
# MIGRATIONS[n] are the statements that turn version n + 1 into n + 2.
MIGRATIONS: tuple[tuple[str, ...], ...] = (
    (
        "ALTER TABLE sources ALTER COLUMN years TYPE TIMESTAMP USING last_at",
        "ALTER TABLE sources RENAME COLUMN years TO front_at",
    ),
    (reports.TABLE,),
    insights.TABLES,
    (retention.TABLE,),
)
REPLAY_POSITIONS = 250_000  # how many events a projection is given at once when it is built anew

_LINES = """
CREATE TABLE lines (
    position BIGINT NOT NULL,
    source_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    byte_offset BIGINT NOT NULL,
    text VARCHAR NOT NULL USING COMPRESSION zstd,
    escaped BOOLEAN NOT NULL,
    terminated BOOLEAN NOT NULL
)"""
_SOURCES = """
CREATE TABLE sources (
    source_id INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    name VARCHAR NOT NULL,
    path VARCHAR NOT NULL,
    device UBIGINT,
    inode UBIGINT,
    head BLOB NOT NULL,
    committed_offset BIGINT NOT NULL,
    tail BLOB NOT NULL,
    partial_position BIGINT,
    zone VARCHAR NOT NULL,
    line_count BIGINT NOT NULL,
    unparsed_count BIGINT NOT NULL,
    first_at TIMESTAMP,
    last_at TIMESTAMP,
    front_at TIMESTAMP,
    PRIMARY KEY (source_id, generation)
)"""

_PROJECTIONS = """
CREATE TABLE projections (
    name VARCHAR PRIMARY KEY,
    version INTEGER NOT NULL,
    objects VARCHAR NOT NULL -- what its DDL made, as a JSON list of `TABLE name`, `VIEW name`
)"""
# What everybody reads: every field a column, also those that `event_rows` keeps in `rest`.
_EVENTS = f"CREATE OR REPLACE VIEW events AS {events_select('event_rows')}"
_VIEWS = (_EVENTS, *REASON_VIEWS, *VIEWS)
# What the store's views were made of: making them takes DuckDB longer than all else at opening.
_VIEWS_MADE = hashlib.sha256("".join(_VIEWS).encode()).hexdigest()
_DERIVED_VIEWS_MADE = hashlib.sha256("".join(DERIVED_VIEWS).encode()).hexdigest()


def statements() -> list[str]:
    """What makes an empty store."""
    return [
        "CREATE TABLE meta (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL)",
        f"INSERT INTO meta VALUES ('format', 'mailtracer'), ('schema_version', '{SCHEMA_VERSION}')",
        _PROJECTIONS,
        _LINES,
        events_table("event_rows"),
        _SOURCES,
        reports.TABLE,
        *insights.TABLES,
        retention.TABLE,
    ]


def events_table(name: str) -> str:
    """What makes a table of events."""
    return f"CREATE TABLE {name} ({', '.join(map(_event_column, STORED_COLUMNS.items()))})"


def make(connection: duckdb.DuckDBPyConnection) -> None:
    """Make an empty store, its projections included."""
    for statement in statements():
        connection.execute(statement)
    _make_views(connection)
    build(connection)


def _make_views(connection: duckdb.DuckDBPyConnection) -> None:
    """Make those that are over events, as projections read them."""
    _make_stale_views(connection, "views", _VIEWS_MADE, _VIEWS)


def _make_stale_views(
    connection: duckdb.DuckDBPyConnection, key: str, made: str, views: Iterable[str]
) -> None:
    """Make views anew, unless `meta` says that these were made."""
    if _column(connection, f"SELECT value FROM meta WHERE key = '{key}'") == [made]:
        return
    with transaction(connection):
        for view in views:
            connection.execute(view)
        connection.execute(f"INSERT OR REPLACE INTO meta VALUES ('{key}', '{made}')")


def _event_column(column: tuple[str, str]) -> str:
    name, sql_type = column
    return f'"{name}" {sql_type}'


def check(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Refuse what this program cannot read: foreign, newer, or not yet brought up to date."""
    if _version(connection, path) < SCHEMA_VERSION or _stale_projections(connection, PROJECTIONS):
        raise TracerError(
            f"{path} was written by an older mailtracer: bring it up to date by running "
            "`mailtracer ingest` or `mailtracer watch` once"
        )


def prepare(
    connection: duckdb.DuckDBPyConnection,
    path: Path,
    projections: Iterable[Projection] = PROJECTIONS,
) -> None:
    """Bring a store up to date: migrate tables, add new event columns, build projections."""
    migrate(connection, path)
    build(connection, projections)


def migrate(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Migrate tables, add new event columns, make views anew."""
    for version in range(_version(connection, path), SCHEMA_VERSION):
        with transaction(connection):
            for statement in MIGRATIONS[version - 1]:
                connection.execute(statement)
            connection.execute(
                f"UPDATE meta SET value = '{version + 1}' WHERE key = 'schema_version'"
            )
    known = _column(
        connection, "SELECT column_name FROM duckdb_columns() WHERE table_name = 'event_rows'"
    )
    for name, sql_type in STORED_COLUMNS.items():
        if name not in known:
            with transaction(connection):
                connection.execute(f'ALTER TABLE event_rows ADD COLUMN "{name}" {sql_type}')
                connection.execute(
                    f'UPDATE event_rows SET "{name}" = '
                    f"CAST(json_extract_string(rest, '$.{name}') AS {sql_type}) "
                    f"WHERE json_exists(rest, '$.{name}')"
                )
    _make_views(connection)


def build(
    connection: duckdb.DuckDBPyConnection,
    projections: Iterable[Projection] = PROJECTIONS,
    on_step: Callable[[float], None] = lambda share: None,
) -> None:
    """Build the projections that are not up to date, and make the views over them.

    on_step: is given, for each step, what share of all that is done.
    """
    stale = _stale_projections(connection, projections)
    for number, projection in enumerate(stale):
        for share in _build(connection, projection):
            on_step((number + share) / len(stale))
    if stale:  # views keep the types of what they are over
        connection.execute("DELETE FROM meta WHERE key = 'derived_views'")
    _make_stale_views(connection, "derived_views", _DERIVED_VIEWS_MADE, DERIVED_VIEWS)


def forget_projections(connection: duckdb.DuckDBPyConnection) -> None:
    """Have all projections built anew, by whoever opens the store next if not by us."""
    connection.execute("UPDATE projections SET version = -1")


def _version(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    try:
        rows = connection.execute("SELECT key, value FROM main.meta").fetchall()
        values = dict(rows)
        if values.get("format") != "mailtracer":
            raise ValueError
        version = int(values["schema_version"])
    except (duckdb.CatalogException, duckdb.BinderException, ValueError, KeyError) as error:
        raise TracerError(
            f"{path} is a DuckDB file, but no mailtracer store: choose another --db"
        ) from error
    if version > SCHEMA_VERSION:
        raise TracerError(
            f"{path} was written by a newer mailtracer (schema {version}, this one reads "
            f"{SCHEMA_VERSION}): update mailtracer, or choose another --db"
        )
    return version


def _stale_projections(
    connection: duckdb.DuckDBPyConnection, projections: Iterable[Projection]
) -> list[Projection]:
    rows = connection.execute("SELECT name, version FROM projections").fetchall()
    stored = dict(rows)
    return [p for p in projections if stored.get(p.NAME) != p.VERSION]


def _build(connection: duckdb.DuckDBPyConnection, projection: Projection) -> Iterator[float]:
    """Make a projection's tables anew and fill them from all events; the share that is done.

    Its version is set at the end, so that what was interrupted is begun again.
    """
    with transaction(connection):
        retention.keep_counts(connection, projection.NAME)
        rows = connection.execute(
            f"SELECT objects FROM projections WHERE name = {literal(projection.NAME)}"
        ).fetchall()
        for dropped in json.loads(rows[0][0]) if rows else ():
            connection.execute(f"DROP {dropped}")
        before = _objects(connection)
        for statement in projection.DDL:
            connection.execute(statement)
        made = [made for made in _objects(connection) if made not in before]
        connection.execute(
            "INSERT OR REPLACE INTO projections VALUES "
            f"({literal(projection.NAME)}, -1, {literal(json.dumps(made))})"
        )
    for first, last, share in _spans(connection):
        with transaction(connection):
            projection.update(connection, first, last)
        yield share
    with transaction(connection):
        retention.restore_counts(connection, projection.NAME)
        connection.execute(
            f"UPDATE projections SET version = {literal(projection.VERSION)} "
            f"WHERE name = {literal(projection.NAME)}"
        )


def _objects(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Views, then tables, as DROP names them."""
    return _column(
        connection,
        "SELECT 'VIEW ' || view_name FROM duckdb_views() WHERE NOT internal "
        "UNION ALL SELECT 'TABLE ' || table_name FROM duckdb_tables() WHERE NOT temporary",
    )


def _spans(connection: duckdb.DuckDBPyConnection) -> Iterator[tuple[int, int, float]]:
    """First and last positions, and the share of all that ends there."""
    ((first, last),) = connection.execute(
        "SELECT min(position), max(position) FROM event_rows"
    ).fetchall()
    if first is not None:
        for start in range(first, last + 1, REPLAY_POSITIONS):
            end = min(start + REPLAY_POSITIONS - 1, last)
            yield start, end, (end + 1 - first) / (last + 1 - first)


@contextmanager
def transaction(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """All or nothing."""
    connection.execute("BEGIN TRANSACTION")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        with suppress(duckdb.Error):  # a failed COMMIT has rolled back already
            connection.execute("ROLLBACK")
        raise


def _column(connection: duckdb.DuckDBPyConnection, sql: str) -> list[str]:
    return [value for (value,) in connection.execute(sql).fetchall()]

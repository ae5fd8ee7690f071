from pathlib import Path
from types import SimpleNamespace

import duckdb
import pytest

from parsers.columns import STORED_COLUMNS
from tests.tracer.store.samples import LINES, LOG, count, load, stored
from tracer.errors import TracerError
from tracer.projections import PROJECTIONS, messages
from tracer.store import database, open_reader, open_writer, schema


@pytest.fixture
def loaded(path: Path) -> Path:
    """A closed store with a log in it."""
    with open_writer(path) as writer:
        load(writer, LOG)
    return path


def change(path: Path, *statements: str) -> None:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)


def test_a_new_store_has_all_tables_and_versions(path: Path) -> None:
    with open_writer(path) as writer:
        assert writer.query("SELECT * FROM meta ORDER BY key").to_pylist() == [
            {"key": "derived_views", "value": schema._DERIVED_VIEWS_MADE},
            {"key": "format", "value": "mailtracer"},
            {"key": "schema_version", "value": str(schema.SCHEMA_VERSION)},
            {"key": "views", "value": schema._VIEWS_MADE},
        ]
        versions = writer.query("SELECT name, version FROM projections").to_pylist()
        assert {v["name"]: v["version"] for v in versions} == {
            p.NAME: p.VERSION for p in PROJECTIONS
        }
        (compression,) = writer.query(
            "SELECT DISTINCT tags['storage_version'] AS v FROM duckdb_databases() "
            "WHERE database_name = 'store'"
        ).to_pylist()
        assert compression["v"].startswith(database.STORAGE_VERSION)


def test_lines_are_compressed_with_zstd_also_after_a_restart(path: Path) -> None:
    for number in range(2):
        with open_writer(path) as writer:
            data = b"".join(b"%d %d\n" % (number, line) for line in range(200_000))
            load(writer, data, f"/log/{number}")
    with open_reader(path) as reader:
        kinds = reader.query(
            "SELECT DISTINCT compression FROM pragma_storage_info('lines') "
            "WHERE column_name = 'text' AND segment_type = 'VARCHAR'"
        )["compression"].to_pylist()
    assert kinds == ["ZSTD"]


def test_a_projection_of_another_version_is_built_anew(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_reader(loaded) as reader:
        before = reader.query("SELECT * FROM messages ORDER BY ALL")
    change(loaded, "UPDATE messages SET envelope_sender = 'wrong'")
    change(loaded, f"UPDATE projections SET version = 0 WHERE name = '{messages.NAME}'")
    with pytest.raises(TracerError, match="older mailtracer"):
        open_reader(loaded)
    monkeypatch.setattr(schema, "REPLAY_POSITIONS", 3)
    with open_writer(loaded) as writer:
        assert writer.query("SELECT * FROM messages ORDER BY ALL").equals(before)


def test_a_build_that_was_interrupted_begins_again(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with open_reader(loaded) as reader:
        before = reader.query("SELECT * FROM messages ORDER BY ALL")
    change(loaded, f"UPDATE projections SET version = 0 WHERE name = '{messages.NAME}'")
    monkeypatch.setattr(schema, "REPLAY_POSITIONS", 3)
    update = messages.update

    def fail_late(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
        if first > 3:
            raise RuntimeError("killed")
        update(connection, first, last)

    with monkeypatch.context() as patch:
        patch.setattr(messages, "update", fail_late)
        with pytest.raises(RuntimeError, match="killed"):
            open_writer(loaded)
    with open_writer(loaded) as writer:
        assert writer.query("SELECT * FROM messages ORDER BY ALL").equals(before)


def test_a_projection_that_is_new_is_filled_from_old_events(loaded: Path) -> None:
    def update(connection: duckdb.DuckDBPyConnection, first: int, last: int) -> None:
        connection.execute(
            "INSERT INTO per_event SELECT event, count(*) FROM events "
            f"WHERE position BETWEEN {first} AND {last} GROUP BY event"
        )

    ddl = ("CREATE TABLE per_event (event VARCHAR, n BIGINT)", "CREATE VIEW v AS FROM per_event")
    projection = SimpleNamespace(NAME="per_event", VERSION=1, DDL=ddl, update=update)
    for version in (1, 2):  # the second time, what the first made is dropped
        projection.VERSION = version
        connection = database.connect(loaded, read_only=False)
        schema.prepare(connection, loaded, (projection,))
        connection.close()
        with open_reader(loaded) as reader:
            assert count(reader, "v") == len(LINES)


def test_migrations_bring_an_older_store_up_to_date(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
    monkeypatch.setattr(
        schema, "MIGRATIONS", (*schema.MIGRATIONS, ("ALTER TABLE sources ADD COLUMN note VARCHAR",))
    )
    with pytest.raises(TracerError, match="older mailtracer"):
        open_reader(loaded)
    with open_writer(loaded) as writer:
        assert writer.query("SELECT note FROM sources").num_rows == 1
        assert stored(writer) == LOG


def test_a_migration_that_fails_changes_nothing(
    loaded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(schema, "SCHEMA_VERSION", schema.SCHEMA_VERSION + 1)
        patch.setattr(
            schema, "MIGRATIONS", (*schema.MIGRATIONS, ("DROP TABLE lines", "SELECT error('no')"))
        )
        with pytest.raises(duckdb.Error, match="no"):
            open_writer(loaded)
    with open_writer(loaded) as writer:
        assert stored(writer) == LOG


def test_a_store_gets_the_views_that_were_made_otherwise_before(loaded: Path) -> None:
    change(
        loaded,
        "CREATE OR REPLACE VIEW connections AS SELECT 1 AS former",
        "CREATE OR REPLACE VIEW deliveries AS SELECT 1 AS former",
        "DROP VIEW recipients",
        "UPDATE meta SET value = 'former' WHERE key IN ('views', 'derived_views')",
    )
    with open_writer(loaded) as writer:
        (row,) = writer.query("SELECT status, message_no FROM deliveries").to_pylist()
        assert row == {"status": "sent", "message_no": 2}
        assert writer.query("FROM recipients").num_rows == 1
        assert "former" not in writer.query("FROM connections").column_names


def test_a_field_that_gets_a_column_of_its_own_keeps_its_values(loaded: Path) -> None:
    column = next(name for name in STORED_COLUMNS if name == "delay_seconds")
    change(
        loaded,
        "UPDATE event_rows SET rest = json_object('delay_seconds', delay_seconds) "
        "WHERE delay_seconds IS NOT NULL",
        "DROP VIEW events",
        "DELETE FROM meta WHERE key = 'views'",
        f"ALTER TABLE event_rows DROP COLUMN {column}",
    )
    with open_writer(loaded) as writer:
        delays = writer.query("SELECT delay_seconds FROM events WHERE delay_seconds IS NOT NULL")
        assert delays.to_pylist() == [{"delay_seconds": 1.0}]
        assert load(writer, LOG + LOG).lines == len(LINES)


def test_stores_of_the_first_version_know_where_their_streams_are_in_time(loaded: Path) -> None:
    change(
        loaded,
        "ALTER TABLE sources DROP COLUMN front_at",
        "ALTER TABLE sources ADD COLUMN years VARCHAR",
        "UPDATE sources SET years = '[2026, 11]'",
        *(f"DROP TABLE {t}" for t in ("reports", "insights", "insight_samples", "insight_notices")),
        "DROP TABLE forgotten_counts",
        "UPDATE meta SET value = '1' WHERE key = 'schema_version'",
    )
    with open_writer(loaded) as writer:
        (source,) = writer.query("SELECT * FROM sources").to_pylist()
    assert "years" not in source
    assert source["front_at"] == source["last_at"] is not None

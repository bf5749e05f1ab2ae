"""The schema: made once, equal to the models, and refused when it is another's (`mlflowlite.db.migrate`)."""

from __future__ import annotations

import inspect
import subprocess
import sys
from pathlib import Path

import peewee
import pytest

from mlflowlite.db import Database, connect, migrate, models
from mlflowlite.errors import StartupError

MODELS = [
    model
    for _, model in inspect.getmembers(models, inspect.isclass)
    if issubclass(model, peewee.Model) and model is not peewee.Model
]
ALL = [name for _, name in migrate.migrations()]
KINDS = {
    "sqlite": {"BIGAUTO": "INTEGER", "BIGINT": "INTEGER", "TEXT": "TEXT", "DOUBLE": "REAL"},
    "postgresql": {"BIGAUTO": "bigint", "BIGINT": "bigint", "TEXT": "text", "DOUBLE": "double precision"},
}


def columns(db: Database, table: str) -> dict[str, tuple[str, bool]]:
    """The columns of a table: type, and whether NULL may be there."""
    if db.dialect == "sqlite":
        rows = db.read(
            lambda: db.rows(f"SELECT name, type, \"notnull\" OR pk FROM pragma_table_info('{table}')")
        )
        return {name: (kind, not filled) for name, kind, filled in rows}
    query = "SELECT column_name, data_type, is_nullable FROM information_schema.columns WHERE table_name = ?"
    return {name: (kind, null == "YES") for name, kind, null in db.read(lambda: db.rows(query, [table]))}


def primary_key(model: type[peewee.Model]) -> list[str]:
    key = model._meta.primary_key
    return list(key.field_names) if isinstance(key, peewee.CompositeKey) else [key.name]


def test_the_schema_is_what_the_models_say(db: Database) -> None:
    """Columns, their order, types and NULLs, and the primary key are the same on both sides."""
    assert len(MODELS) > 10
    kinds = KINDS[db.dialect]
    for model in MODELS:
        table = model._meta.table_name
        fields = model._meta.sorted_fields
        expected = {field.column_name: (kinds[field.field_type], field.null) for field in fields}
        assert list(columns(db, table).items()) == list(expected.items()), table
        key = ", ".join(primary_key(model))
        # The database takes a list of columns as target of a conflict only when they are a key.
        insert = f"INSERT INTO {table} ({key}) SELECT {key} FROM {table} WHERE 1 = 0"
        db.write(lambda sql=f"{insert} ON CONFLICT ({key}) DO NOTHING": db.execute(sql))


def test_a_fresh_database_is_made_ready_once(db: Database) -> None:
    """Preparing again changes nothing."""
    assert migrate.current_version(db) == migrate.newest_version()
    assert migrate.upgrade(db) == []
    migrate.prepare(db)
    assert db.read(lambda: db.rows("SELECT version FROM schema_version")) == [(migrate.newest_version(),)]


def test_migrations_are_numbered_without_a_gap() -> None:
    """The number of a file is its version."""
    assert [number for number, _ in migrate.migrations()] == list(range(1, migrate.newest_version() + 1))


def set_version(db: Database, version: int) -> None:
    db.write(lambda: db.execute("UPDATE schema_version SET version = ?", [version]))


def test_a_newer_schema_is_left_alone(db: Database) -> None:
    """Neither start nor upgrade touches a schema of a later release; both say what to install."""
    newer = migrate.newest_version() + 1
    set_version(db, newer)
    for step in (migrate.prepare, migrate.upgrade):
        with pytest.raises(StartupError, match=f"version {newer}, made by a newer release"):
            step(db)
    assert migrate.current_version(db) == newer


def test_an_older_schema_names_the_command(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server does not migrate a database that holds data: it says how."""
    later = [*migrate.migrations(), (migrate.newest_version() + 1, "0002_later.sql")]
    monkeypatch.setattr(migrate, "migrations", lambda: later)
    with pytest.raises(StartupError, match="mlflowlite db upgrade --backend-store-uri"):
        migrate.prepare(db)


def test_a_failed_upgrade_changes_nothing(db: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """All pending migrations are one transaction."""
    version = migrate.newest_version()
    later = [*migrate.migrations(), (version + 1, "later")]
    monkeypatch.setattr(migrate, "migrations", lambda: later)
    statements = ["CREATE TABLE later (a BIGINT)", "ALTER TABLE nothing ADD COLUMN b BIGINT"]
    monkeypatch.setattr(migrate, "_statements", lambda *_: statements)
    with pytest.raises(Exception, match="nothing"):
        migrate.upgrade(db)
    assert migrate.current_version(db) == version
    monkeypatch.setattr(migrate, "_statements", lambda *_: statements[:1])
    assert migrate.upgrade(db) == ["later"]
    assert migrate.current_version(db) == version + 1


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("alembic_version", "belongs to an MLflow server"),
        ("runs", "tables of another program"),
        ("experiments", "tables of another program"),
    ],
)
def test_another_programs_database_is_refused(
    database_uri: str, tmp_path: Path, table: str, message: str
) -> None:
    """An MLflow database is recognised, and nothing is written to it."""
    foreign = connect(database_uri)
    if foreign.dialect == "postgresql":
        foreign.write(lambda: foreign.execute("DROP SCHEMA public CASCADE"))
        foreign.write(lambda: foreign.execute("CREATE SCHEMA public"))
    foreign.write(lambda: foreign.execute(f"CREATE TABLE {table} (version_num BIGINT)"))
    for step in (migrate.prepare, migrate.upgrade, migrate.current_version):
        with pytest.raises(StartupError, match=message):
            step(foreign)
    with pytest.raises(Exception, match="schema_version"):
        foreign.read(lambda: foreign.rows("SELECT * FROM schema_version"))
    foreign.close()


PREPARE = (
    "import sys; from mlflowlite.db import connect, migrate; print(migrate.upgrade(connect(sys.argv[1])))"
)


def test_processes_that_upgrade_at_once_take_turns(database_uri: str, tmp_path: Path) -> None:
    """Several servers may start together on an empty database: one makes the schema, the others find it."""
    if database_uri.startswith("postgresql"):
        database = connect(database_uri)
        database.write(lambda: database.execute("DROP SCHEMA public CASCADE"))
        database.write(lambda: database.execute("CREATE SCHEMA public"))
        database.close()
    command = [sys.executable, "-c", PREPARE, database_uri]
    running = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(4)
    ]
    answers = [process.communicate(timeout=60) for process in running]
    assert [process.returncode for process in running] == [0] * 4, answers
    assert sorted(out.strip() for out, _ in answers) == sorted([str(ALL), *["[]"] * 3])

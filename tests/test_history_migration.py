"""What the upgrade from schema version 1 makes of a registry whose history was not kept."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator

import pytest

from mlflowlite.db import Database, connect, migrate
from mlflowlite.settings import Settings
from tests.conftest import make_app
from tests.history_support import ALIAS_AT, BAD_VALUE, NOT_FOUND, changes, listed, ok
from tests.support import Client
from tests.test_migrations import columns

FIRST, SECOND = migrate.migrations()[:2]
CREATED = 1_600_000_000_000

_VERSION = (
    "INSERT INTO model_versions (model_ref, version, description, source, storage_location, run_id, "
    "run_link, model_id, current_stage, status, creation_timestamp, last_updated_timestamp) "
    "SELECT id, ?, '', 's3://b/m', '', '', '', '', ?, 1, ?, ? FROM registered_models WHERE name = ?"
)


def _fill(db: Database) -> None:
    """Models as release 1 leaves them: `m` with stages, a deleted version and aliases; `empty`; a prompt."""
    for number, name in enumerate(["m", "empty", "p"]):
        db.execute(
            "INSERT INTO registered_models (name, description, creation_timestamp, last_updated_timestamp, "
            "last_version) VALUES (?, 'd', ?, ?, 9)",
            (name, CREATED + number, CREATED + 100),
        )
    stages = ["None", "Production", "Deleted_Internal", "Archived", "None"]
    for number, stage in enumerate(stages, 1):
        db.execute(_VERSION, (number, stage, CREATED + 10 + number, CREATED + 200, "m"))
    db.execute(_VERSION, (1, "None", CREATED + 50, CREATED + 50, "p"))
    for alias, version in (("best", 2), ("tested", 5)):
        db.execute(
            "INSERT INTO registered_model_aliases (model_ref, alias, version) "
            "SELECT id, ?, ? FROM registered_models WHERE name = 'm'",
            (alias, version),
        )
    db.execute(
        "INSERT INTO registered_model_tags (model_ref, key, value) "
        "SELECT id, 'mlflow.prompt.is_prompt', 'true' FROM registered_models WHERE name = 'p'"
    )


@pytest.fixture
def old(database_uri: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    """A database of schema version 1 that holds those models."""
    database = connect(database_uri)
    if database.dialect == "postgresql":
        database.write(lambda: database.execute("DROP SCHEMA public CASCADE"))
        database.write(lambda: database.execute("CREATE SCHEMA public"))
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "migrations", lambda: [FIRST])
        assert migrate.upgrade(database) == [FIRST[1]]
    database.write(lambda: _fill(database))
    yield database
    database.close()


@pytest.fixture
def upgraded(old: Database, settings: Settings) -> Iterator[tuple[Client, int, int]]:
    """A server on that database after the upgrade, and the milliseconds between which it took place."""
    before = time.time_ns() // 1_000_000_000 * 1000  # SQLite's own clock has whole seconds
    migrate.upgrade(old)
    after = time.time_ns() // 1_000_000 + 1
    for app in make_app(dataclasses.replace(settings)):
        yield Client(app), before, after


def test_version_1_is_upgraded(old: Database) -> None:
    """The upgrade applies what is missing and gives the tables of a fresh database."""
    assert migrate.current_version(old) == FIRST[0]
    assert migrate.upgrade(old)[0] == SECOND[1]
    assert migrate.current_version(old) == migrate.newest_version()
    assert migrate.upgrade(old) == []


def test_the_new_tables(db: Database) -> None:
    """The history and the deliveries have these columns; what may be absent may be NULL."""
    nullable = {table: [name for name, (_, null) in columns(db, table).items() if null] for table in TABLES}
    assert {table: list(columns(db, table)) for table in TABLES} == TABLES
    assert nullable == {
        "registry_changes": ["version", "key", "old_value", "new_value"],
        "webhook_deliveries": [
            "due_timestamp",
            "last_attempt_timestamp",
            "response_status",
            "last_error",
        ],
    }


TABLES = {
    "registry_changes": [
        *("id", "model_ref", "name", "version", "action", "key", "old_value", "new_value"),
        *("user_name", "timestamp"),
    ],
    "webhook_deliveries": [
        *("id", "delivery_id", "webhook_ref", "entity", "action", "payload", "status", "attempts"),
        *("due_timestamp", "creation_timestamp", "last_attempt_timestamp", "response_status", "last_error"),
    ],
}


def test_history_begins_with_what_was_there(upgraded: tuple[Client, int, int]) -> None:
    """Models and versions that are there begin with their creation, stages and aliases with the upgrade."""
    client, before, after = upgraded
    assert changes(client) == [
        ("CREATE", None, None, None, None),
        *(("CREATE", number, None, None, None) for number in "1245"),
        ("TRANSITION_STAGE", "2", None, "None", "Production"),
        ("TRANSITION_STAGE", "4", None, "None", "Archived"),
        ("SET_ALIAS", "2", "best", None, "2"),
        ("SET_ALIAS", "5", "tested", None, "5"),
    ]
    history = listed(client)
    assert {change["user"] for change in history} == {""}
    times = [change["timestamp"] for change in history]
    assert times[:5] == [CREATED, *(CREATED + 10 + number for number in (1, 2, 4, 5))]
    assert all(before <= moment <= after for moment in times[5:])
    assert [change[0] for change in changes(client, "empty")] == ["CREATE"]
    assert [change[:2] for change in changes(client, "p")] == [("CREATE", None), ("CREATE", "1")]


def test_questions_about_the_past(upgraded: tuple[Client, int, int]) -> None:
    """Aliases and stages are known from the upgrade on, and go on from there."""
    client, before, after = upgraded

    def named(timestamp: int | None = None, **what: str) -> str:
        query = what if timestamp is None else {**what, "timestamp": str(timestamp)}
        return str(ok(client.get(ALIAS_AT, name="m", **query))["version"])

    assert named(alias="best") == named(after, alias="best") == "2"
    assert client.get(ALIAS_AT, name="m", alias="best", timestamp=before - 1).error == NOT_FOUND
    assert named(stage="Production") == "2"
    assert named(stage="None") == "5"
    assert named(CREATED + 12, stage="None") == "2"
    ok(client.post("registered-models/alias", name="m", alias="best", version="4"))
    body = {"name": "m", "version": "2", "stage": "None"}
    ok(client.post("model-versions/transition-stage", body))
    assert named(alias="best") == "4"
    assert changes(client)[-2:] == [
        ("SET_ALIAS", "4", "best", "2", "4"),
        ("TRANSITION_STAGE", "2", None, "Production", "None"),
    ]
    assert client.get(ALIAS_AT, name="m", alias="best", stage="None").error == BAD_VALUE


def test_new_models_have_new_ids(upgraded: tuple[Client, int, int]) -> None:
    """A model made after another was deleted never takes over its history by its number."""
    client, _, _ = upgraded
    for name in ("p", "new"):
        if name == "p":
            ok(client.delete("registered-models/delete", name=name))
        ok(client.post("registered-models/create", name=name))
    assert [change[0] for change in changes(client, "new")] == ["CREATE"]
    actions = [change[:2] for change in changes(client, "p")]
    assert actions == [
        ("CREATE", None),
        ("CREATE", "1"),
        ("DELETE", "1"),
        ("DELETE", None),
        ("CREATE", None),
    ]

"""The registry under competition, and how many statements its requests take."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlflowlite.db import Database
from mlflowlite.errors import RESOURCE_ALREADY_EXISTS, RESOURCE_DOES_NOT_EXIST, MlflowError
from mlflowlite.protos.messages import ModelVersion, ModelVersionTag, RegisteredModelTag
from mlflowlite.store import aliases, experiments, logged_models, model_versions, registered_models

CLIENTS = 50


def new_model(db: Database, name: str = "m", tags: Any = ()) -> None:
    registered_models.create_registered_model(db, name, tags, None)


def new_version(db: Database, name: str = "m", **fields: Any) -> ModelVersion:
    given = {"source": "s3://b/m", "run_id": None, "model_id": None, "run_link": "", "description": ""}
    return model_versions.create_model_version(db, name=name, **{"tags": (), **given, **fields})


def at_once(count: int, work: Callable[[int], Any]) -> list[Any]:
    """Do the work from many threads; returns results, and errors of the protocol as their codes."""

    def attempt(index: int) -> Any:
        try:
            return work(index)
        except MlflowError as error:
            return error.error_code

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))


def statements(db: Database, work: Callable[[], Any]) -> int:
    """How many statements a piece of work takes."""
    before = db.statement_count
    work()
    return db.statement_count - before


def test_versions_made_at_once(db: Database) -> None:
    """Fifty clients get fifty consecutive numbers, and the model remembers them after deletions."""
    new_model(db)
    made = at_once(CLIENTS, lambda _: new_version(db).version)
    assert sorted(map(int, made)) == list(range(1, CLIENTS + 1))
    model_versions.delete_model_version(db, "m", str(CLIENTS))
    assert new_version(db).version == str(CLIENTS + 1)


def test_one_name_for_many(db: Database) -> None:
    """Of many who create a model of one name, one succeeds and the others are told."""
    results = at_once(8, lambda _: new_model(db))
    assert sorted(results, key=str) == [None] + [RESOURCE_ALREADY_EXISTS] * 7


def test_renames_to_one_name(db: Database) -> None:
    """Of many who want to give a model one name, one succeeds and the others are told."""
    for index in range(8):
        new_model(db, f"m{index}")
    results = at_once(8, lambda i: registered_models.rename_registered_model(db, f"m{i}", "one").name)
    assert sorted(results) == sorted(["one"] + [RESOURCE_ALREADY_EXISTS] * 7)


def test_swapped_renames(db: Database) -> None:
    """Two models that want each other's name neither hang nor both lose theirs."""
    new_model(db, "a")
    new_model(db, "b")
    for _ in range(5):
        at_once(2, lambda i: registered_models.rename_registered_model(db, "ab"[i], "ba"[i]))
    found, _ = registered_models.search_registered_models(
        db, filter_string="", max_results=10, order_by=(), page_token=None
    )
    assert [model.name for model in found] == ["a", "b"]


def test_everything_at_once(db: Database) -> None:
    """Transitions, alias moves, tags and new versions of one model pass each other without a deadlock."""
    new_model(db)
    for _ in range(4):
        new_version(db)

    def work(index: int) -> None:
        for turn in range(5):
            number = str((index + turn) % 4 + 1)
            model_versions.transition_model_version_stage(
                db, "m", number, ("Staging", "Production")[turn % 2], archive_existing_versions=True
            )
            aliases.set_registered_model_alias(db, "m", "best", number)
            model_versions.set_model_version_tag(db, "m", number, "k", str(index))
            registered_models.set_registered_model_tag(db, "m", "k", str(index))
            new_version(db)

    assert at_once(8, work) == [None] * 8
    newest = registered_models.get_latest_versions(db, "m", ["Staging", "Production"])
    assert len(newest) <= 2
    assert newest[0].current_stage != newest[-1].current_stage or len(newest) == 1
    assert aliases.get_model_version_by_alias(db, "m", "latest").version == "44"


def test_alias_never_names_a_deleted_version(db: Database) -> None:
    """An alias set while its version is deleted is either refused or deleted with it."""
    new_model(db)
    for number in range(1, 11):
        new_version(db)
        at_once(
            2,
            lambda i, version=str(number): (
                model_versions.delete_model_version(db, "m", version)
                if i
                else aliases.set_registered_model_alias(db, "m", "best", version)
            ),
        )
        assert registered_models.get_registered_model(db, "m").aliases == []


def test_deleting_a_model_in_use(db: Database) -> None:
    """Those who come too late for a model that is deleted are told that it is not there."""
    for _ in range(5):
        new_model(db)
        new_version(db)
        results = at_once(
            4,
            lambda i: [
                lambda: registered_models.delete_registered_model(db, "m"),
                lambda: new_version(db) and None,
                lambda: model_versions.set_model_version_tag(db, "m", "1", "k", "v"),
                lambda: aliases.set_registered_model_alias(db, "m", "a", "1"),
            ][i](),
        )
        assert results[0] is None
        assert set(results) <= {None, RESOURCE_DOES_NOT_EXIST}


def test_one_logged_model_registered_by_many(db: Database) -> None:
    """Every registration finds its way into the logged model's list, whichever model it is for."""
    experiment_id = experiments.create_experiment(db, "e", "s3://b", [], artifact_root="")
    logged = logged_models.create_logged_model(
        db, experiment_id=experiment_id, name="m", model_type="", source_run_id="", params=[], tags=[]
    )
    assert logged.info is not None
    model_id = logged.info.model_id
    for name in "abcd":
        new_model(db, name)
    at_once(4, lambda i: [new_version(db, "abcd"[i], model_id=model_id) and None for _ in range(4)])
    (listed,) = db.read(lambda: db.row("SELECT value FROM logged_model_tags")) or ("",)
    assert listed.count('"version"') == 16


@pytest.mark.parametrize("count", [1, 30])
def test_searches_take_a_constant_number_of_statements(db: Database, count: int) -> None:
    """N models or versions are loaded with as many statements as one."""
    for index in range(count):
        new_model(db, f"m{index}", [RegisteredModelTag("k", "v")])
        for _ in range(2):
            new_version(db, f"m{index}", tags=[ModelVersionTag("k", "v")])
        aliases.set_registered_model_alias(db, f"m{index}", "best", "1")
    query: dict[str, Any] = {"filter_string": "", "max_results": 100, "order_by": (), "page_token": None}
    assert statements(db, lambda: registered_models.search_registered_models(db, **query)) == 5
    assert statements(db, lambda: model_versions.search_model_versions(db, **query)) == 3
    assert statements(db, lambda: registered_models.get_registered_model(db, "m0")) == 4


def test_statements_of_the_hot_requests(db: Database) -> None:
    """What serving and registering a model costs, in statements.

    Each write has one for its history and one that asks for webhooks; what a tag or an alias was before
    takes another.
    """
    new_model(db)
    assert statements(db, lambda: new_version(db)) == 4
    assert statements(db, lambda: new_version(db, tags=[ModelVersionTag("k", "v")])) == 5
    assert statements(db, lambda: aliases.set_registered_model_alias(db, "m", "best", "1")) == 5
    assert statements(db, lambda: aliases.get_model_version_by_alias(db, "m", "best")) == 2
    assert statements(db, lambda: aliases.get_model_version_by_alias(db, "m", "latest")) == 2
    assert statements(db, lambda: model_versions.get_model_version(db, "m", "1")) == 2
    assert statements(db, lambda: registered_models.get_latest_versions(db, "m", [])) == 2
    assert statements(db, lambda: model_versions.get_model_version_download_uri(db, "m", "1")) == 1

    def move(*, archive: bool) -> None:
        model_versions.transition_model_version_stage(
            db, "m", "1", "Staging", archive_existing_versions=archive
        )

    assert statements(db, lambda: move(archive=False)) == 5
    assert statements(db, lambda: move(archive=True)) == 5

"""Searches of all but runs, on both databases (`semantics.md` §9.4 to §9.6, §11.3, §12.3)."""

from __future__ import annotations

from typing import NamedTuple

import pytest

from mlflowlite.db import Database
from mlflowlite.search import (
    SearchPlan,
    fetch_page,
    plan_experiment_search,
    plan_logged_model_search,
    plan_model_version_search,
    plan_registered_model_search,
)


def all_pages(db: Database, plan: SearchPlan, size: int) -> list[int]:
    """The ids of all pages; a page has a token if, and only if, another row follows."""
    ids: list[int] = []
    token = None
    while True:
        page = fetch_page(db, plan, token, size)
        assert len(page.ids) == size or page.next_page_token is None
        ids += page.ids
        token = page.next_page_token
        if token is None:
            return ids
        assert page.ids


class Order(NamedTuple):
    """An `order_by` object of logged-models/search."""

    field_name: str
    ascending: bool | None = None
    dataset_name: str | None = None
    dataset_digest: str | None = None


@pytest.fixture
def experiments(db: Database) -> Database:
    """Four experiments, the last one deleted; the first two have tags."""
    rows = [(1, "Alpha", "active", 10, 5), (2, "alphabet", "active", 30, 4), (3, "beta", "active", 10, 3)]

    def work() -> None:
        for number, name, stage, created, updated in [*rows, (4, "gone", "deleted", 1, 1)]:
            db.execute(
                "INSERT INTO experiments VALUES (?, ?, 'x', ?, ?, ?)", (number, name, stage, created, updated)
            )
        for number, value in ((1, "x"), (2, "y")):
            db.execute("INSERT INTO experiment_tags VALUES (?, 'team', ?)", (number, value))

    db.write(work)
    return db


@pytest.mark.parametrize(
    ("text", "order", "ids"),
    [
        ("", [], [2, 1, 3]),
        ("", ["creation_time"], [3, 1, 2]),
        ("", ["name DESC"], [3, 2, 1]),
        ("", ["last_update_time ASC", "experiment_id ASC"], [3, 2, 1]),
        ("name LIKE 'alpha%'", [], [2]),
        ("name ILIKE 'alpha%'", [], [2, 1]),
        ("attribute.name != 'beta'", [], [2, 1]),
        ("experiment_id = '1'", [], [1]),
        ("experiment_id != '1'", [], [2, 3]),
        ("experiment_id IN ('1', '3', '99999999999999999999')", [], [1, 3]),
        ("experiment_id NOT IN ('1', '3')", [], [2]),
        (f"experiment_id = '{'9' * 30}'", [], []),
        ("creation_time > 10", [], [2]),
        (f"creation_time < {'9' * 30}", [], [2, 1, 3]),
        ("tags.team != 'x'", [], [2]),
        ("tag.team IS NULL", [], [3]),
        ("tags.team IS NOT NULL AND name LIKE 'A%'", [], [1]),
        ("name IS NULL OR experiment_id IS NULL OR creation_time IS NULL", [], []),
        ("tags.team = 'y' OR NOT name ILIKE 'alpha%'", [], [2, 3]),
    ],
)
def test_experiments(experiments: Database, text: str, order: list[str], ids: list[int]) -> None:
    """Experiments are found and sorted by the rules of §9.4."""
    plan = plan_experiment_search(text, order, ["active"], experiments.dialect)
    assert all_pages(experiments, plan, 2) == ids


@pytest.fixture
def registry(db: Database) -> Database:
    """Models a, B and c, a prompt p, and a model n whose tag says it is no prompt; with versions."""
    prompt = "mlflow.prompt.is_prompt"
    models = [(1, "a", 30), (2, "B", 20), (3, "c", 30), (4, "p", 40), (5, "n", 1)]
    versions = [
        (1, 1, 1, "r1", 5),
        (2, 1, 2, "r2", 7),
        (3, 2, 1, "", 7),
        (4, 4, 1, "", 9),
        (5, 5, 1, "r1", 1),
    ]

    def work() -> None:
        for number, name, updated in models:
            db.execute("INSERT INTO registered_models VALUES (?, ?, NULL, 1, ?, 9)", (number, name, updated))
        for number, model, version, run, updated in versions:
            db.execute(
                "INSERT INTO model_versions "
                "VALUES (?, ?, ?, '', 's3://x/y', '', ?, '', '', 'None', 1, NULL, ?, ?)",
                (number, model, version, run, 10 - number, updated),
            )
        db.execute(
            "INSERT INTO model_versions "
            "VALUES (6, 1, 3, '', '', '', 'r1', '', '', 'Deleted_Internal', 1, NULL, 1, 1)"
        )
        for model, key, value in [
            (1, "k", "x"),
            (1, "l", "x"),
            (2, "k", "y"),
            (4, prompt, "true"),
            (5, prompt, "false"),
        ]:
            db.execute("INSERT INTO registered_model_tags VALUES (?, ?, ?)", (model, key, value))
        for version, key, value in [(1, "k", "x"), (3, "k", "y"), (4, prompt, "true"), (5, prompt, "false")]:
            db.execute("INSERT INTO model_version_tags VALUES (?, ?, ?)", (version, key, value))

    db.write(work)
    return db


PROMPT = "tags.`mlflow.prompt.is_prompt`"


@pytest.mark.parametrize(
    ("text", "order", "ids"),
    [
        ("", [], [2, 1, 3, 5]),
        ("", ["timestamp DESC"], [1, 3, 2, 5]),
        ("", ["last_updated_timestamp", "name DESC"], [5, 2, 3, 1]),
        ("name ILIKE 'b'", [], [2]),
        ("name IN ('a', 'p', 'z')", [], [1]),
        ("name NOT IN ('a')", [], [2, 3, 5]),
        ("tags.k != 'y'", [], [1]),
        ("tags.k = 'x' AND tag.l = 'x'", [], [1]),
        (f"{PROMPT} = 'true'", [], [4]),
        (f"{PROMPT} = 'TRUE'", [], []),
        (f"{PROMPT} != 'false'", [], [4]),
        (f"{PROMPT} != 'true'", [], [2, 1, 3, 5]),
        (f"{PROMPT} = 'false'", [], [2, 1, 3, 5]),
        (f"{PROMPT} = 'false' AND name = 'a'", [], [1]),
        (f"{PROMPT} LIKE 'tr%'", [], [2, 1, 3, 5]),
        (f"{PROMPT} = 'true' OR name = 'a'", [], [1, 4]),
        ("tags.k IS NULL", [], [3, 5]),
        ("tags.k IS NOT NULL AND name IS NOT NULL", [], [2, 1]),
        (f"{PROMPT} IS NULL", [], [2, 1, 3]),
        (f"{PROMPT} IS NOT NULL", [], [5, 4]),
    ],
)
def test_registered_models(registry: Database, text: str, order: list[str], ids: list[int]) -> None:
    """Registered models are found and sorted by the rules of §9.5, prompts hidden by those of §11.3."""
    assert all_pages(registry, plan_registered_model_search(text, order, registry.dialect), 2) == ids


@pytest.mark.parametrize(
    ("text", "order", "ids"),
    [
        ("", [], [3, 2, 1, 5]),
        ("", ["version_number ASC"], [3, 1, 5, 2]),
        ("", ["creation_timestamp"], [5, 3, 2, 1]),
        ("", ["name DESC", "last_updated_timestamp DESC"], [5, 2, 1, 3]),
        ("name = 'a'", [], [2, 1]),
        ("name IN ('a', 'B')", [], [3, 2, 1]),
        ("run_id = 'r1'", [], [1, 5]),
        ("run_id IN ('r1', 'r2')", [], [2, 1, 5]),
        ("version_number > 1", [], [2]),
        ("version_number = '1' AND name = 'a'", [], [1]),
        (f"version_number < {'9' * 25}", [], [3, 2, 1, 5]),
        ("source_path LIKE 's3://%' AND tags.k = 'x'", [], [1]),
        ("tags.k IS NULL", [], [2, 5]),
        ("run_id IS NULL OR version_number IS NULL", [], []),
        (f"{PROMPT} = 'true'", [], [4]),
        (f"{PROMPT} != 'true'", [], [3, 2, 1, 5]),
    ],
)
def test_model_versions(registry: Database, text: str, order: list[str], ids: list[int]) -> None:
    """Versions are found and sorted by the rules of §9.6; deleted ones and prompts stay hidden."""
    assert all_pages(registry, plan_model_version_search(text, order, registry.dialect), 2) == ids


@pytest.fixture
def logged(db: Database) -> Database:
    """Four logged models, the last one deleted, with metrics on two datasets."""
    models = [
        (1, "one", 2, "run-1", None, 10),
        (2, "two", 1, "", "note", 20),
        (3, "two", 3, "run-3", None, 20),
    ]
    metrics = [
        (1, "acc", 1, 1, "r", 0.9, "train", "1"),
        (1, "acc", 2, 1, "r", 0.1, "test", "1"),
        (2, "acc", 1, 1, "r", 0.5, "train", "2"),
        (2, "acc", 1, 2, "b", 0.6, None, None),
        (2, "acc", 1, 2, "c", 0.7, None, None),
        (3, "loss", 1, 1, "r", 3.0, "test", "1"),
    ]

    def work() -> None:
        for number in (1, 2):
            db.execute(f"INSERT INTO experiments VALUES ({number}, 'e{number}', 'x', 'active', 1, 1)")
        for number, name, status, run, note, created in models:
            db.execute(
                "INSERT INTO logged_models VALUES (?, ?, 1, ?, 'Agent', ?, ?, ?, 's3://x', 'active', ?, 1)",
                (number, f"m-{number}", name, run, status, note, created),
            )
        db.execute(
            "INSERT INTO logged_models VALUES (4, 'm-4', 1, 'one', '', '', 2, NULL, '', 'deleted', 1, 1)"
        )
        for row in metrics:
            db.execute("INSERT INTO logged_model_metrics VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
        for number, value in ((1, "x"), (2, "y")):
            db.execute("INSERT INTO logged_model_params VALUES (?, 'p', ?)", (number, value))
            db.execute("INSERT INTO logged_model_tags VALUES (?, 't', ?)", (number, value))

    db.write(work)
    return db


@pytest.mark.parametrize(
    ("text", "datasets", "order", "ids"),
    [
        ("", [], [], [2, 3, 1]),
        ("name = 'one'", [], [], [1]),
        ("name = two", [], [], [2, 3]),
        ("attributes.name IN ('one', 'x')", [], [], [1]),
        ("status = 2", [], [], [1]),
        ("status = '2'", [], [], [1]),
        ("status = 'READY'", [], [], []),
        ("status IN ('1', '3')", [], [], [2, 3]),
        ("experiment_id = 1 AND model_type ILIKE 'agent'", [], [], [2, 3, 1]),
        ("status_message LIKE '%'", [], [], [2]),
        ("NOT status_message = 'note'", [], [], [3, 1]),
        ("creation_timestamp > 10", [], [], [2, 3]),
        ("creation_time <= 10.5", [], [], [1]),
        ("metrics.acc > 0.8", [], [], [1]),
        ("metrics.acc != 0.5", [], [], [2, 1]),
        ("params.p IN ('x') AND tags.t != 'y'", [], [], [1]),
        ("status_message IS NULL", [], [], [3, 1]),
        ("status_message IS NOT NULL AND attributes.status IS NOT NULL", [], [], [2]),
        ("params.p IS NULL OR tags.t IS NULL", [], [], [3]),
        ("metrics.acc IS NULL", [], [], [3]),
        ("metrics.acc IS NULL", [("test", None)], [], [2, 3]),
        ("metrics.acc IS NOT NULL", [("test", None)], [], [1]),
        ("", [("train", None)], [], [2, 1]),
        ("", [("train", "1")], [], [1]),
        ("", [("train", "2"), ("test", None)], [], [2, 3, 1]),
        ("metrics.acc > 0", [("test", None)], [], [1]),
        ("metrics.acc > 0.5", [("train", None)], [], [1]),
        ("metrics.acc > 0.5 OR name = 'two'", [("train", None)], [], [2, 3, 1]),
        ("", [], [Order("creation_timestamp", True)], [1, 2, 3]),
        ("", [], [Order("status", None)], [2, 1, 3]),
        ("", [], [Order("status_message", False)], [2, 3, 1]),
        ("", [], [Order("metrics.acc")], [1, 2, 3]),
        ("", [], [Order("metrics.acc", False)], [2, 1, 3]),
        ("", [], [Order("metrics.acc", False, "train")], [1, 2, 3]),
        ("", [], [Order("metrics.acc", True, "train", "2"), Order("model_id", False)], [2, 3, 1]),
        ("", [], [Order("metrics.acc", True, "train"), Order("metrics.acc", True, "test")], [2, 1, 3]),
    ],
)
def test_logged_models(
    logged: Database, text: str, datasets: list[tuple[str, str | None]], order: list[Order], ids: list[int]
) -> None:
    """Logged models are found and sorted by the rules of §12.3."""
    plan = plan_logged_model_search([1, 2], text, datasets, order, logged.dialect)
    assert all_pages(logged, plan, 2) == ids
    assert all_pages(logged, plan_logged_model_search([2], text, datasets, order, logged.dialect), 2) == []
    assert all_pages(logged, plan_logged_model_search([], text, datasets, order, logged.dialect), 2) == []


def test_newest_metric_value_breaks_ties_by_run(logged: Database) -> None:
    """Of values with the same time and step, the one of the smallest run id is the newest."""
    logged.write(lambda: logged.execute("UPDATE logged_model_metrics SET value = 0.65 WHERE model_ref = 1"))
    plan = plan_logged_model_search([1], "metrics.acc > 0", [], [Order("metrics.acc")], logged.dialect)
    assert all_pages(logged, plan, 5) == [2, 1]

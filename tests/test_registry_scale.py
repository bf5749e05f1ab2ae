"""Searches among 10,000 registered models and 10,000 versions of one: by indexes, in few statements."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from mlflowlite.db import BulkInsert, Database
from mlflowlite.search import SearchPlan, fetch_page, plan_model_version_search, plan_registered_model_search
from mlflowlite.store import model_versions, registered_models

COUNT = 10_000
BIG = 1  # row id of the model with many versions

_MODELS = BulkInsert(
    "registered_models",
    {
        "id": "bigint",
        "name": "text",
        "creation_timestamp": "bigint",
        "last_updated_timestamp": "bigint",
        "last_version": "bigint",
    },
    "DO NOTHING",
)
_VERSIONS = BulkInsert(
    "model_versions",
    {
        "model_ref": "bigint",
        "version": "bigint",
        "description": "text",
        "source": "text",
        "storage_location": "text",
        "run_id": "text",
        "run_link": "text",
        "model_id": "text",
        "current_stage": "text",
        "status": "bigint",
        "creation_timestamp": "bigint",
        "last_updated_timestamp": "bigint",
    },
    "DO NOTHING",
)


@pytest.fixture(scope="module")
def full(module_db: Database) -> Database:
    """A database of each kind with those models and versions."""
    module_db.write(lambda: _fill(module_db))
    return module_db


def _fill(db: Database) -> None:
    db.insert_many(_MODELS, [(n, f"model-{n:05}", n, n * 7919 % 10007, 1) for n in range(BIG, COUNT + BIG)])
    rows = [(BIG, n, n * 7919 % 10007) for n in range(1, COUNT + 1)]
    rows += [(n, 1, n) for n in range(BIG + 1, COUNT + BIG)]
    db.insert_many(
        _VERSIONS,
        [(ref, n, "", "s3://b/m", "", f"r{n}", "", "", "None", 2, at, at) for ref, n, at in rows],
    )
    db.execute(
        "INSERT INTO model_version_tags (version_ref, key, value) SELECT id, 'k', 'v' FROM model_versions"
    )
    db.execute("ANALYZE")


def explain(db: Database, search: SearchPlan) -> str:
    """The database's own account of how it would find 100 rows."""
    statement = search.segments[0].select(search.row_id, None, 100)
    words = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
    rows = db.read(lambda: db.rows(f"{words} {statement.text}", statement.params))
    return "\n".join(str(row[-1]) for row in rows)


def sorts_everything(text: str) -> bool:
    """Whether a plan sorts all it finds, rather than to walk along an index and sort what is equal there."""
    lines = [line.strip().removeprefix("->").strip() for line in text.splitlines()]
    return any(line.startswith("Sort  (") or line == "USE TEMP B-TREE FOR ORDER BY" for line in lines)


VERSION_SEARCHES = [
    ("name = 'model-00001'", [], "model_versions_by_model_update"),
    ("name = 'model-00001' AND tags.k = 'v'", [], "model_versions_by_model_update"),
    ("", [], "model_versions_by_update"),
    ("name = 'model-00001'", ["last_updated_timestamp DESC"], "model_versions_by_model_update"),
]
MODEL_SEARCHES = [
    ("", [], "registered_models"),
    ("name LIKE 'model-0%'", [], "registered_models"),
    ("", ["last_updated_timestamp DESC"], "registered_models_by_update"),
]


@pytest.mark.parametrize(("filter_string", "order", "index"), VERSION_SEARCHES)
def test_versions_are_found_in_order(
    full: Database, filter_string: str, order: list[str], index: str
) -> None:
    """The versions of one model, or of all, come from an index in the order asked for."""
    text = explain(full, plan_model_version_search(filter_string, order, full.dialect))
    assert index in text, text
    assert not sorts_everything(text), text


@pytest.mark.parametrize(("filter_string", "order", "index"), MODEL_SEARCHES)
def test_models_are_found_in_order(full: Database, filter_string: str, order: list[str], index: str) -> None:
    """Models come from an index by name or by last change."""
    text = explain(full, plan_registered_model_search(filter_string, order, full.dialect))
    assert index in text, text
    assert not sorts_everything(text), text


def test_a_sort_would_be_noticed(full: Database) -> None:
    """The check above sees a search that sorts all it finds: no index has the time of creation."""
    assert sorts_everything(
        explain(full, plan_model_version_search("", ["creation_timestamp"], full.dialect))
    )


@pytest.mark.parametrize("which", ["models", "versions"])
def test_statements_do_not_grow_with_the_page(full: Database, which: str) -> None:
    """One model or version, or a thousand: the same statements."""

    def models(size: int) -> object:
        return registered_models.search_registered_models(
            full, filter_string="", max_results=size, order_by=[], page_token=None
        )

    def versions(size: int) -> object:
        return model_versions.search_model_versions(
            full, filter_string="name = 'model-00001'", max_results=size, order_by=[], page_token=None
        )

    search: Callable[[int], object] = models if which == "models" else versions
    counts = []
    for size in (1, 1000):
        before = full.statement_count
        search(size)
        counts.append(full.statement_count - before)
    assert counts[0] == counts[1] <= 5


def test_all_versions_are_reached_page_by_page(full: Database) -> None:
    """Page after page of one model's versions: each once, newest change first, higher versions first."""
    search, token, seen = plan_model_version_search("name = 'model-00001'", [], full.dialect), None, []
    while token or not seen:
        page = fetch_page(full, search, token, 997)
        seen += page.ids
        token = page.next_page_token
    rows = full.read(
        lambda: full.rows(
            "SELECT id, last_updated_timestamp, version FROM model_versions WHERE model_ref = 1"
        )
    )
    assert seen == [row[0] for row in sorted(rows, key=lambda row: (-row[1], -row[2]))]


def test_a_filter_may_deny_a_model_that_is_not_there(full: Database) -> None:
    """NOT with the name of no model leaves nothing out."""
    search = plan_model_version_search("NOT name = 'nobody' AND name = 'model-00002'", [], full.dialect)
    assert len(fetch_page(full, search, None, 10).ids) == 1
    search = plan_model_version_search("name = 'nobody'", [], full.dialect)
    assert fetch_page(full, search, None, 10).ids == []

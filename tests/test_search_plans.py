"""How searches run: off an index where one gives the order, and at the same cost on every page."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from mlflowlite.db import Database, connect, migrate
from mlflowlite.errors import MlflowError
from mlflowlite.search import (
    SearchPlan,
    fetch_page,
    plan_experiment_search,
    plan_logged_model_search,
    plan_model_version_search,
    plan_registered_model_search,
    plan_run_search,
)
from tests.test_search_entities import all_pages
from tests.test_search_model import make_runs, store_runs


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database with the runs of the model."""
    database = connect(f"sqlite:///{tmp_path}/plans.db")
    migrate.prepare(database)
    store_runs(database, make_runs(1))
    yield database
    database.close()


def explain(db: Database, plan: SearchPlan, segment: int = 0, *, next_page: bool = False) -> str:
    """The database's plan for the first page of a segment, or for the page after its first row."""
    statement = plan.segments[segment].select(plan.row_id, None, 2)
    if next_page:
        row = db.read(lambda: db.row(statement.text, statement.params))
        assert row is not None
        statement = plan.segments[segment].select(plan.row_id, row[1:], 2)
    words = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
    return "\n".join(
        str(row[-1]) for row in db.read(lambda: db.rows(f"{words} {statement.text}", statement.params))
    )


def runs(filter_string: str = "", *order: str, dialect: str = "sqlite") -> SearchPlan:
    return plan_run_search([1], filter_string, order, ["active"], dialect)


class TestIndexes:
    """What SQLite does, without any statistics."""

    def test_default_order(self, sqlite: Database) -> None:
        """Runs in default order come off their index unsorted, and a next page starts at its place."""
        assert "SEARCH r USING COVERING INDEX runs_by_start" in explain(sqlite, runs())
        later = explain(sqlite, runs(), next_page=True)
        assert "runs_by_start (experiment_id=? AND lifecycle_stage=? AND start_time<?)" in later
        assert "TEMP B-TREE" not in explain(sqlite, runs()) + later

    @pytest.mark.parametrize(
        "filter_string",
        [
            "metrics.m > 0 AND params.p = 'a'",
            "tags.t LIKE '%a'",
            "NOT params.p = 'a' OR dataset.name = 'd1'",
            "status = 'RUNNING' AND end_time > 0",
            "run_name = 'a' AND tags.t IS NULL AND dataset.context = 'train'",
        ],
    )
    def test_filters_probe(self, sqlite: Database, filter_string: str) -> None:
        """Filters keep the walk and look each run up by primary key; no table is scanned."""
        plan = explain(sqlite, runs(filter_string))
        assert "INDEX runs_by_start" in plan
        assert "SCAN" not in plan
        assert "TEMP B-TREE" not in plan
        assert "latest_metrics_by_value" not in plan

    def test_one_run(self, sqlite: Database) -> None:
        """A filter on run_id finds the run by its index."""
        assert "(run_id=?)" in explain(sqlite, runs("run_id = 'x'"))

    @pytest.mark.parametrize("direction", ["ASC", "DESC"])
    def test_metric_order(self, sqlite: Database, direction: str) -> None:
        """Sorted by a metric, runs come off the index of its values; only equal values are sorted."""
        numbers = runs("params.p != 'zz'", f"metrics.m {direction}", "params.p")
        for next_page in (False, True):
            plan = explain(sqlite, numbers, next_page=next_page)
            assert "SEARCH o USING COVERING INDEX latest_metrics_by_value (key_id=? AND is_nan=?" in plan
            assert "SEARCH r USING INTEGER PRIMARY KEY" in plan
            assert "USE TEMP B-TREE FOR RIGHT PART OF ORDER BY" in plan
            assert ("value>?" if direction == "ASC" else "value<?") in plan or not next_page
        assert "latest_metrics_by_value (key_id=? AND is_nan=?)" in explain(sqlite, numbers, 1)

    def test_runs_without_the_metric(self, sqlite: Database) -> None:
        """Runs without the metric follow in default order off their index."""
        plan = explain(sqlite, runs("", "metrics.m"), 2)
        assert "INDEX runs_by_start" in plan
        assert "TEMP B-TREE" not in plan

    def test_filter_bounds_the_walk(self, sqlite: Database) -> None:
        """A filter on the metric that sorts says where the walk starts, and leaves only numbers."""
        plan = runs("params.p != 'zz' AND metrics.m > 0.25", "metrics.m")
        assert len(plan.segments) == 1
        assert "(key_id=? AND is_nan=? AND value>?)" in explain(sqlite, plan)
        for unbound in (
            "metrics.m != 1",
            "metrics.m > 1 OR params.p = 'a'",
            "NOT metrics.m > 1",
            "metrics.n > 1",
        ):
            assert len(runs(unbound, "metrics.m").segments) == 3

    def test_other_entities(self, sqlite: Database) -> None:
        """The default orders of the other searches come off an index, too."""
        plans = {
            "experiments_by_creation": plan_experiment_search("", [], ["active"], "sqlite"),
            "sqlite_autoindex_registered_models_1": plan_registered_model_search("", [], "sqlite"),
            "model_versions_by_update": plan_model_version_search("", [], "sqlite"),
            "logged_models_by_creation": plan_logged_model_search([1], "", [], [], "sqlite"),
        }
        for index, plan in plans.items():
            text = explain(sqlite, plan)
            assert index in text
            assert "TEMP B-TREE" not in text.replace("TEMP B-TREE FOR RIGHT PART OF", "")
            assert "TEMP B-TREE FOR LAST" not in text

    def test_versions_of_one_model(self, sqlite: Database) -> None:
        """The versions of one model are found by its name."""
        plan = explain(sqlite, plan_model_version_search("name = 'a'", [], "sqlite"))
        name = "COVERING INDEX sqlite_autoindex_registered_models_1 (name=?)"
        assert f"SEARCH registered_models USING {name}" in plan
        assert "SEARCH v USING INDEX model_versions_by_model_update (model_ref=?)" in plan


class TestBothDatabases:
    """What holds on SQLite and PostgreSQL."""

    def test_statements(self, db: Database) -> None:
        """A page is one statement, or three where a metric's last runs, NaN and missing ones share a page."""
        store_runs(db, make_runs(1))
        for plan, size, statements in (
            (runs(dialect=db.dialect), 100, 1),
            (runs("", "metrics.m", dialect=db.dialect), 2, 1),
            (runs("", "metrics.m", dialect=db.dialect), 100, 3),
        ):
            before = db.statement_count
            fetch_page(db, plan, None, size)
            assert db.statement_count - before == statements

    def test_probes_stay_probes(self, db: Database) -> None:
        """PostgreSQL looks conditions up per row and does not make a join of them."""
        if db.dialect == "postgresql":
            plan = explain(db, runs("params.p = 'a' AND metrics.m > 0", dialect="postgresql"))
            assert plan.count("EXISTS(SubPlan") == 2

    def test_metric_order_segments(self, db: Database) -> None:
        """Numbers come first, then NaN, then runs without the metric, in both directions and on any page."""
        stored = make_runs(3)
        for number, run in enumerate(stored):
            run.metrics = [{"m": 1.0 + number}, {"m": math.nan}, {}][number % 3]
        store_runs(db, stored)
        for direction in ("ASC", "DESC"):
            plan = runs("", f"metrics.m {direction}", dialect=db.dialect)
            places = [(number - 1) % 3 for number in all_pages(db, plan, 4)]
            assert places == sorted(places)
            assert set(places) == {0, 1, 2}

    def test_token_of_another_request(self, db: Database) -> None:
        """A token works for its own request with any page size, and for no other."""
        store_runs(db, make_runs(1))

        def plan(ids: list[int], text: str, order: list[str], stages: list[str]) -> SearchPlan:
            return plan_run_search(ids, text, order, stages, db.dialect)

        token = fetch_page(db, plan([1], "", [], ["active"]), None, 2).next_page_token
        assert fetch_page(db, plan([1, 1], "", [], ["active"]), token, 5).ids
        for other in (
            plan([2], "", [], ["active"]),
            plan([1], "status != 'x'", [], ["active"]),
            plan([1], "", ["start_time DESC"], ["active"]),
            plan([1], "", [], ["active", "deleted"]),
            plan_experiment_search("", [], ["active"], db.dialect),
        ):
            with pytest.raises(MlflowError, match="belongs to another request"):
                fetch_page(db, other, token, 2)

    def test_rows_deleted_between_pages(self, db: Database) -> None:
        """A page goes on after the last row of the one before, even when that row is gone."""
        store_runs(db, make_runs(1))
        plan = runs(dialect=db.dialect)
        everything = all_pages(db, plan, 100)
        page = fetch_page(db, plan, None, 3)
        db.write(
            lambda: db.execute("UPDATE runs SET lifecycle_stage = 'deleted' WHERE id = ?", [page.ids[-1]])
        )
        assert fetch_page(db, plan, page.next_page_token, 100).ids == everything[3:]

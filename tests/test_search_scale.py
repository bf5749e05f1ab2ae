"""Searches among 10,000 runs of 20 params, 20 metrics and 10 tags: they go by indexes, at any depth."""

from __future__ import annotations

import re
from typing import Any

import pytest

from mlflowlite.db import BulkInsert, Database
from mlflowlite.search import SearchPlan, fetch_page, plan_run_search
from mlflowlite.store.run_rows import load_runs

RUNS = 10_000
BIG_TABLES = ("runs", "params", "tags", "metrics", "latest_metrics")

_KEYS = BulkInsert("keys", {"experiment_id": "bigint", "name": "text"}, "DO NOTHING")
_RUNS = BulkInsert(
    "runs",
    {
        "id": "bigint",
        "run_id": "text",
        "experiment_id": "bigint",
        "run_name": "text",
        "user_id": "text",
        "status": "bigint",
        "start_time": "bigint",
        "lifecycle_stage": "text",
        "artifact_uri": "text",
    },
    "DO NOTHING",
)
_ATTRIBUTES = [
    "INSERT INTO params (run_ref, key_id, value) SELECT r.id, k.id, 'v' || ((r.id + k.id) % 10) "
    "FROM runs r CROSS JOIN keys k WHERE k.name LIKE 'p%'",
    "INSERT INTO tags (run_ref, key_id, value) SELECT r.id, k.id, 't' || ((r.id + k.id) % 100) "
    "FROM runs r CROSS JOIN keys k WHERE k.name LIKE 't%'",
    "INSERT INTO latest_metrics (run_ref, key_id, value, is_nan, timestamp, step) "
    "SELECT r.id, k.id, ((r.id * 7919 + k.id * 104729) % 10007) / 10007.0, 0, 1, 1 "
    "FROM runs r CROSS JOIN keys k WHERE k.name LIKE 'm%'",
]


@pytest.fixture(scope="module")
def full(module_db: Database) -> Database:
    """A database of each kind with all those runs in experiment 1."""
    module_db.write(lambda: _fill(module_db))
    return module_db


def _fill(db: Database) -> None:
    db.execute(
        "INSERT INTO experiments (experiment_id, name, artifact_location, lifecycle_stage, creation_time, "
        "last_update_time) VALUES (1, 'big', 'a', 'active', 1, 1)"
    )
    names = [
        f"{kind}{number}" for kind, count in (("p", 20), ("m", 20), ("t", 10)) for number in range(count)
    ]
    db.insert_many(_KEYS, [(1, name) for name in names])
    db.insert_many(
        _RUNS,
        [(n, f"{n * 7919 % 10007:032x}", 1, "n", "u", 1, n // 3, "active", "a") for n in range(1, RUNS + 1)],
    )
    for statement in _ATTRIBUTES:
        db.execute(statement)


def plan(db: Database, filter_string: str = "", *order: str) -> SearchPlan:
    return plan_run_search([1], filter_string, order, ["active"], db.dialect)


def explain(db: Database, search: SearchPlan, after: list[Any] | None = None) -> str:
    """The database's own account of how it would find 100 runs."""
    statement = search.segments[0].select(search.row_id, after, 100)
    words = "EXPLAIN QUERY PLAN" if db.dialect == "sqlite" else "EXPLAIN"
    rows = db.read(lambda: db.rows(f"{words} {statement.text}", statement.params))
    return "\n".join(str(row[-1]) for row in rows)


def whole_table_scans(text: str) -> list[str]:
    """The big tables that a plan reads from end to end."""
    # PostgreSQL names the table, SQLite its alias; a walk along an index is a SCAN there too, of an index.
    pattern = rf"Seq Scan on (?:{'|'.join(BIG_TABLES)})\b|^SCAN \w+(?! USING)\b.*$"
    return [scan for scan in re.findall(pattern, text, re.MULTILINE) if "USING" not in scan]


@pytest.mark.parametrize(
    ("filter_string", "order", "indexes"),
    [
        ("", [], ["runs_by_start"]),
        ("metrics.m3 > 0.5", [], ["runs_by_start", "latest_metrics"]),
        ("params.p3 = 'v3'", [], ["runs_by_start", "params"]),
        ("tags.t3 LIKE 't1%'", [], ["runs_by_start", "tags"]),
        ("", ["metrics.m5 DESC"], ["latest_metrics_by_value"]),
        ("metrics.m3 > 0.2 AND params.p1 = 'v3'", ["metrics.m5"], ["latest_metrics_by_value", "params"]),
    ],
)
def test_searches_go_by_indexes(
    full: Database, filter_string: str, order: list[str], indexes: list[str]
) -> None:
    """Listing, filters on one metric, param or tag, and order by a metric read no table from end to end."""
    text = explain(full, plan(full, filter_string, *order))
    assert not whole_table_scans(text), text
    for name in indexes:
        primary = f"{name}_pkey" if full.dialect == "postgresql" else "PRIMARY KEY"
        assert name in text or primary in text, text


@pytest.mark.parametrize("order", [[], ["metrics.m5 DESC"]], ids=["by start", "by metric"])
def test_a_page_far_down_starts_at_its_place(full: Database, order: list[str]) -> None:
    """The hundredth page is the first one's statement, with an index that leads to where it begins."""
    search = plan(full, "", *order)
    token = None
    for _ in range(99):
        page = fetch_page(full, search, token, 100)
        token = page.next_page_token
    before = full.statement_count
    last = fetch_page(full, search, token, 100)
    # By a metric, an empty page of NaN and one of runs without it may be asked for behind the last number.
    assert full.statement_count - before <= (1 if not order else 3)
    assert len(last.ids) == 100
    assert last.next_page_token is None
    first = search.segments[0].select(search.row_id, None, 1)
    row = full.read(lambda: full.row(first.text, first.params))
    assert row is not None
    later = explain(full, search, list(row[1:]))
    place = {
        ("sqlite", False): "start_time<?",
        ("sqlite", True): "value<?",
        ("postgresql", False): "start_time <=",
        ("postgresql", True): "value <=",
    }
    assert place[full.dialect, bool(order)] in later, later


def test_a_scan_would_be_noticed(full: Database) -> None:
    """The check above sees a table that is read from end to end."""
    words = "EXPLAIN QUERY PLAN" if full.dialect == "sqlite" else "EXPLAIN"
    rows = full.read(lambda: full.rows(f"{words} SELECT count(*) FROM params p WHERE p.value = 'v1'"))
    assert whole_table_scans("\n".join(str(row[-1]) for row in rows))


def test_work_does_not_grow_with_depth(full: Database) -> None:
    """SQLite's virtual machine takes about as many steps for the hundredth page as for the first."""
    if full.dialect != "sqlite":
        return  # PostgreSQL counts no steps; its plan is looked at above
    search, steps = plan(full), []
    connection = full.read(lambda: full.peewee.connection())
    token = None
    for _ in range(100):
        count = 0

        def tick() -> int:
            nonlocal count
            count += 1
            return 0

        connection.set_progress_handler(tick, 10)
        token = fetch_page(full, search, token, 100).next_page_token
        connection.set_progress_handler(None, 0)
        steps.append(count)
    assert max(steps[:-1]) <= 1.2 * steps[1]


def test_loading_takes_as_many_statements_for_any_number(full: Database) -> None:
    """One run or a thousand: the same statements."""
    counts = []
    for size in (1, 1000):
        page = fetch_page(full, plan(full), None, size)
        full.read(lambda ids=page.ids: load_runs(full, ids, model_inputs=False))  # names are cached now
        before = full.statement_count
        full.read(lambda ids=page.ids: load_runs(full, ids, model_inputs=False))
        counts.append(full.statement_count - before)
    assert counts[0] == counts[1]

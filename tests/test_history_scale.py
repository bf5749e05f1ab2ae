"""Questions about the past of a model with 100,000 changes: they look at what they answer with."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from mlflowlite.db import Database
from mlflowlite.store.registry_history import get_alias_at, get_registered_model_history

CHANGES = 100_000
# Of `big`, all changes; of each of 500 models that had the name `nightly`, four; of 500 others, two.
_INSERT = (
    "INSERT INTO registry_changes (model_ref, name, version, action, key, old_value, new_value, user_name, "
    "timestamp) "
)
_NUMBERS = "WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < {}) "
_FILL = [
    _INSERT + "VALUES (1, 'big', NULL, 'CREATE', NULL, NULL, '{}', '', 1)",
    _NUMBERS.format(CHANGES) + _INSERT + "SELECT 1, 'big', CASE WHEN n % 10 = 9 THEN NULL ELSE "
    "CASE WHEN n % 10 = 0 THEN n / 10 ELSE 1 + n * 7919 % (1 + n / 10) END END, "
    "CASE n % 10 WHEN 0 THEN 'CREATE' WHEN 1 THEN 'SET_ALIAS' WHEN 2 THEN 'TRANSITION_STAGE' "
    "ELSE 'SET_TAG' END, CASE n % 10 WHEN 0 THEN NULL WHEN 1 THEN 'best' WHEN 2 THEN NULL ELSE 'k' END, "
    "NULL, CASE n % 10 WHEN 1 THEN CAST(1 + n * 7919 % (1 + n / 10) AS TEXT) WHEN 2 THEN 'Staging' "
    "ELSE 'v' END, '', n FROM numbers",
    _NUMBERS.format(2000) + _INSERT + "SELECT 2 + (n - 1) / 4, 'nightly', "
    "CASE n % 4 WHEN 2 THEN 1 WHEN 3 THEN 1 ELSE NULL END, CASE n % 4 WHEN 1 THEN 'CREATE' "
    "WHEN 2 THEN 'CREATE' WHEN 3 THEN 'SET_ALIAS' ELSE 'DELETE' END, "
    "CASE n % 4 WHEN 3 THEN 'best' ELSE NULL END, NULL, '1', '', 100000 + n FROM numbers",
    _NUMBERS.format(1000) + _INSERT + "SELECT 1000 + (n - 1) / 2, 'other' || ((n - 1) / 2), "
    "CASE n % 2 WHEN 1 THEN NULL ELSE 1 END, 'CREATE', NULL, NULL, '{}', '', n FROM numbers",
]


@pytest.fixture(scope="module")
def full(module_db: Database) -> Database:
    """A database of each kind with that history."""
    for statement in _FILL:
        module_db.write(lambda sql=statement: module_db.execute(sql))
    if module_db.dialect == "postgresql":
        module_db.write(lambda: module_db.execute("ANALYZE registry_changes"))
    return module_db


def history(db: Database, name: str = "big", *, size: int = 100, **options: Any) -> Any:
    given = {"version": None, "max_results": size, "page_token": None, **options}
    return get_registered_model_history(db, name, **given)


def alias_at(db: Database, name: str = "big", **options: Any) -> Any:
    return get_alias_at(db, name, **{"alias": None, "stage": None, "timestamp": None, **options})


def work_of(db: Database, question: Callable[[], Any], monkeypatch: pytest.MonkeyPatch) -> int:
    """How many rows the question touches: read by PostgreSQL; or in SQLite, tens of its machine's steps."""
    if db.dialect == "sqlite":
        return _steps(db, question)
    asked: list[tuple[str, Any]] = []
    execute = db.execute

    def noted(sql: str, params: Any = ()) -> Any:
        asked.append((sql, params))
        return execute(sql, params)

    with monkeypatch.context() as patch:
        patch.setattr(db, "execute", noted)
        question()
    return sum(_touched(_explained(db, sql, params)) for sql, params in asked)


def _steps(db: Database, question: Callable[[], Any]) -> int:
    connection = db.read(lambda: db.peewee.connection())
    count = 0

    def tick() -> int:
        nonlocal count
        count += 1
        return 0

    connection.set_progress_handler(tick, 10)
    question()
    connection.set_progress_handler(None, 0)
    return count


def _explained(db: Database, sql: str, params: Any) -> dict[str, Any]:
    row = db.read(lambda: db.row(f"EXPLAIN (ANALYZE, FORMAT JSON) {sql}", params))
    assert row is not None
    found = json.loads(row[0]) if isinstance(row[0], str) else row[0]
    plan: dict[str, Any] = found[0]["Plan"]
    return plan


def _touched(plan: dict[str, Any]) -> int:
    """The rows of the table that a plan has read, those that it threw away included."""
    below = sum(map(_touched, plan.get("Plans", [])))
    if plan.get("Relation Name") != "registry_changes":
        return below
    thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return below + int((plan["Actual Rows"] + thrown) * plan["Actual Loops"])


def middle(db: Database) -> str:
    """A token in the middle of the history."""
    token = None
    for _ in range(50):
        _, token = history(db, size=1000, page_token=token)
    assert token
    return token


# A page of 100 changes needs about 300 rows, or some hundreds of tens of steps.
PAGE = 1_000


def test_pages_of_a_long_history(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page of 100 among 100,000 costs what it holds, at the start and in the middle."""
    assert work_of(full, lambda: history(full), monkeypatch) < PAGE
    token = middle(full)
    assert work_of(full, lambda: history(full, page_token=token), monkeypatch) < PAGE
    changes, _ = history(full, page_token=token)
    assert [change.timestamp for change in changes] == list(range(50_000, 49_900, -1))


def test_the_history_of_one_version(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The changes of one version are found without the others."""
    for number in ("1", "5000", "9999"):
        changes, _ = history(full, version=number)
        assert {change.version for change in changes} == {number}
        assert work_of(full, lambda v=number: history(full, version=v), monkeypatch) < PAGE


def test_a_name_of_many_models(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """500 models that had one name after the other cost more, by a little for each."""
    changes, token = history(full, "nightly")
    assert [change.change_id for change in changes] == list(range(102_001, 101_901, -1))
    assert work_of(full, lambda: history(full, "nightly", page_token=token), monkeypatch) < 20_000


def test_a_model_made_again(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of 500 models had the name at a time is found among their names alone."""
    for time in (100_003, 101_000 - 1, 101_999):
        assert alias_at(full, "nightly", alias="best", timestamp=time).timestamp <= time
        ask = lambda t=time: alias_at(full, "nightly", alias="best", timestamp=t)  # noqa: E731
        assert work_of(full, ask, monkeypatch) < 10_000


def test_aliases(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Now is answered from the last change; the past by passing later changes of this alias in its index."""
    assert work_of(full, lambda: alias_at(full, alias="best"), monkeypatch) < 50
    change = alias_at(full, alias="best", timestamp=50_000)
    assert change.timestamp == 49_991
    assert work_of(full, lambda: alias_at(full, alias="best", timestamp=50_000), monkeypatch) < 10_100
    assert work_of(full, lambda: alias_at(full, "other7", stage="None"), monkeypatch) < 50


def test_indexes_are_used_without_a_sort(full: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above sees a whole history that is read."""
    everything = "SELECT id FROM registry_changes WHERE model_ref = 1 ORDER BY timestamp DESC, id LIMIT 100"
    assert work_of(full, lambda: full.read(lambda: full.rows(everything)), monkeypatch) > CHANGES / 10

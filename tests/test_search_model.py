"""Searches of runs, on both databases, against a plain Python model of `semantics.md` §9.1 to §9.3."""

from __future__ import annotations

import math
import operator as op
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlflowlite.db import Database
from mlflowlite.search import plan_run_search
from tests.test_search_entities import all_pages

MAX = 1.7976931348623157e308
STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
NUMBER_OF_STATUS = {name: number for number, name in STATUSES.items()}
WORDS = ["", "a", "A", "ab", "a_b", "a%", "é", "É", "😀", "Z😀", "it''s", "v\n2", "\\", "z" * 300]
PATTERNS = ["%", "a%", "_", "%b", "a_b", "É", "\\%", "a\\_b", "__", "%\n%", "A%", "", "z%z"]
NUMBERS = ["0", "-1.5", "0.5", "1", "1e400", "-1e400", "9" * 30, "1e-400", "2.5"]
TIMES = ["0", "5", "5.5", "-1e400", "9" * 30, "-" + "9" * 30, "7.0", "1e18"]

Test = Callable[[Any], bool]
Condition = tuple[str, Test]  # the text of a filter, and what it means


@dataclass
class Run:
    """A run as the model sees it."""

    id: int
    run_id: str
    experiment_id: int
    status: str
    start_time: int
    end_time: int | None
    stage: str
    metrics: dict[str, float] = field(default_factory=dict)
    params: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    datasets: list[tuple[str, str, str | None]] = field(default_factory=list)


def make_runs(seed: int) -> list[Run]:
    rng = random.Random(seed)

    def some(keys: str, values: list[Any]) -> dict[str, Any]:
        return {key: rng.choice(values) for key in keys if rng.random() < 0.7}

    return [
        Run(
            id=number,
            run_id=f"{rng.getrandbits(32):08x}{number}",
            experiment_id=rng.choice([1, 1, 1, 2]),
            status=rng.choice(list(STATUSES.values())),
            start_time=rng.choice([0, 5, 6, 7, 2**62]),
            end_time=rng.choice([None, 5, 8, 9]),
            stage=rng.choice(["active", "active", "active", "deleted"]),
            metrics=some("mn", [0.0, -1.5, 0.5, 1.0, MAX, -MAX, math.nan, 5e-324, 0.1 + 0.2]),
            params=some("pq", WORDS),
            tags=some("tu", WORDS) | {"mlflow.runName": rng.choice(WORDS)},
            datasets=[
                (name, rng.choice(WORDS), rng.choice([None, "train", "eval"]))
                for name in ("d1", "d2")
                if rng.random() < 0.5
            ],
        )
        for number in range(1, 41)
    ]


def store_runs(db: Database, runs: list[Run]) -> None:
    def work() -> None:
        for number in (1, 2):
            db.execute(f"INSERT INTO experiments VALUES ({number}, 'e{number}', 'x', 'active', 1, 1)")
        keys: dict[tuple[int, str], int] = {}
        datasets: dict[tuple[int, str, str], int] = {}

        def key(run: Run, name: str) -> int:
            pair = (run.experiment_id, name)
            if pair not in keys:
                keys[pair] = len(keys) + 1
                db.execute("INSERT INTO keys VALUES (?, ?, ?)", (keys[pair], *pair))
            return keys[pair]

        for run in runs:
            db.execute(
                "INSERT INTO runs VALUES (?, ?, ?, ?, 'u', ?, ?, ?, ?, NULL, 'a')",
                (
                    *(run.id, run.run_id, run.experiment_id, run.tags["mlflow.runName"]),
                    *(NUMBER_OF_STATUS[run.status], run.start_time, run.end_time, run.stage),
                ),
            )
            for name, value in run.metrics.items():
                nan = math.isnan(value)
                row = (run.id, key(run, name), 0 if nan else value, int(nan))
                db.execute("INSERT INTO latest_metrics VALUES (?, ?, ?, ?, 1, 1)", row)
            for table, texts in (("params", run.params), ("tags", run.tags)):
                for name, text in texts.items():
                    db.execute(f"INSERT INTO {table} VALUES (?, ?, ?)", (run.id, key(run, name), text))
            for name, digest, context in run.datasets:
                triple = (run.experiment_id, name, digest)
                if triple not in datasets:
                    datasets[triple] = len(datasets) + 1
                    db.execute(
                        "INSERT INTO datasets VALUES (?, ?, ?, ?, 's', 's', NULL, NULL)",
                        (datasets[triple], *triple),
                    )
                db.execute("INSERT INTO inputs VALUES (?, ?, 0)", (run.id, datasets[triple]))
                if context is not None:
                    tag = (run.id, datasets[triple], "mlflow.data.context", context)
                    db.execute("INSERT INTO input_tags VALUES (?, ?, ?, ?)", tag)

    db.write(work)


def like(value: str, pattern: str, *, fold: bool) -> bool:
    if fold:
        value, pattern = (re.sub("[A-Z]", lambda m: m.group().lower(), text) for text in (value, pattern))
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


COMPARE = {"=": op.eq, "!=": op.ne, "<": op.lt, "<=": op.le, ">": op.gt, ">=": op.ge}


def compare(value: Any, operator: str, other: Any) -> bool:
    if operator in ("LIKE", "ILIKE"):
        return like(value, other, fold=operator == "ILIKE")
    if operator in ("IN", "NOT IN"):
        return (value in other) == (operator == "IN")
    return bool(COMPARE[operator](value, other))


def number(text: str) -> float | int:
    return int(text) if text.lstrip("-").isdigit() else float(text)


@st.composite
def text_conditions(
    draw: st.DrawFn, name: str, values: Callable[[Run], list[str]], words: list[str], lists: bool = False
) -> Condition:
    """A condition on any of a run's texts (most often one or none)."""
    operator = draw(st.sampled_from(["=", "!=", "LIKE", "ILIKE"] + ["IN", "NOT IN"] * lists))
    # A backslash before the closing quote would escape it.
    if operator in ("IN", "NOT IN"):
        items = draw(
            st.lists(st.sampled_from([w for w in words if not w.endswith("\\")]), min_size=1, max_size=3)
        )
        text = f"({', '.join(f'{chr(39)}{item}{chr(39)}' for item in items)})"
        return f"{name} {operator} {text}", lambda run: any(compare(v, operator, items) for v in values(run))
    pool = PATTERNS + words if "LIKE" in operator else words
    other = draw(st.sampled_from([word for word in pool if not word.endswith("\\")]))
    return f"{name} {operator} '{other}'", lambda run: any(compare(v, operator, other) for v in values(run))


@st.composite
def number_conditions(
    draw: st.DrawFn, name: str, value: Callable[[Run], float | None], numbers: list[str]
) -> Condition:
    operator = draw(st.sampled_from(list(COMPARE)))
    text = draw(st.sampled_from(numbers))

    def test(run: Run) -> bool:
        found = value(run)
        other = number(text)
        return found is not None and compare(found, operator, other)

    return f"{name} {operator} {text}", test


def present(items: dict[str, Any], key: str) -> list[Any]:
    return [items[key]] if key in items else []


def null_conditions(name: str, has: Test) -> st.SearchStrategy[Condition]:
    """Two conditions on whether a run has something at all."""
    return st.sampled_from([(f"{name} IS NULL", lambda run: not has(run)), (f"{name} is not null", has)])


RUN_LEAVES: st.SearchStrategy[Condition] = st.one_of(
    number_conditions("metrics.m", lambda run: run.metrics.get("m"), NUMBERS),
    number_conditions("metric.n", lambda run: run.metrics.get("n"), NUMBERS),
    number_conditions("metrics.unknown", lambda run: None, NUMBERS),
    text_conditions("params.p", lambda run: present(run.params, "p"), WORDS),
    text_conditions("parameter.`q`", lambda run: present(run.params, "q"), WORDS),
    text_conditions("tags.t", lambda run: present(run.tags, "t"), WORDS),
    text_conditions("run_name", lambda run: [run.tags["mlflow.runName"]], WORDS),
    text_conditions("status", lambda run: [run.status], [*STATUSES.values(), "running", "%ED"]),
    text_conditions("dataset.name", lambda run: [d[0] for d in run.datasets], ["d1", "d2", "D1"], lists=True),
    text_conditions("dataset.digest", lambda run: [d[1] for d in run.datasets], WORDS, lists=True),
    text_conditions(
        "dataset.context", lambda run: [d[2] for d in run.datasets if d[2]], ["train", "x"], lists=True
    ),
    number_conditions("start_time", lambda run: run.start_time, TIMES),
    number_conditions("attributes.end_time", lambda run: run.end_time, TIMES),
    null_conditions("params.p", lambda run: "p" in run.params),
    null_conditions("tags.u", lambda run: "u" in run.tags),
    null_conditions("metrics.m", lambda run: "m" in run.metrics),
    null_conditions("metrics.unknown", lambda run: False),
    null_conditions("end_time", lambda run: run.end_time is not None),
    null_conditions("run_id", lambda run: True),
    null_conditions("`Run name`", lambda run: True),
    null_conditions("dataset.name", lambda run: bool(run.datasets)),
    null_conditions("dataset.context", lambda run: any(context for *_, context in run.datasets)),
)


def join(parts: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    pairs = st.tuples(parts, parts)
    return st.one_of(
        pairs.map(lambda p: (f"({p[0][0]}) AND ({p[1][0]})", lambda run: p[0][1](run) and p[1][1](run))),
        pairs.map(lambda p: (f"({p[0][0]}) or ({p[1][0]})", lambda run: p[0][1](run) or p[1][1](run))),
        parts.map(lambda p: (f"NOT ({p[0]})", lambda run: not p[1](run))),
    )


EVERYTHING: Condition = ("", lambda run: True)
RUN_FILTERS = st.one_of(st.just(EVERYTHING), RUN_LEAVES, st.recursive(RUN_LEAVES, join, max_leaves=5))

RUN_ORDERS: dict[str, Callable[[Run], Any]] = {
    "metrics.m": lambda run: run.metrics.get("m"),
    "metrics.n": lambda run: run.metrics.get("n"),
    "metrics.unknown": lambda run: None,
    "params.p": lambda run: run.params.get("p"),
    "tags.t": lambda run: run.tags.get("t"),
    "start_time": lambda run: run.start_time,
    "end_time": lambda run: run.end_time,
    "status": lambda run: run.status,
    "`Run name`": lambda run: run.tags["mlflow.runName"],
    "run_id": lambda run: run.run_id,
}


def sort_runs(runs: list[Run], order: list[tuple[str, bool]]) -> list[Run]:
    """By the order, what is missing last and NaN before it; ties by start_time DESC, run_id."""
    runs = sorted(sorted(runs, key=lambda run: run.run_id), key=lambda run: -run.start_time)
    for name, descending in reversed(order):
        value = RUN_ORDERS[name]

        def place(run: Run, value: Callable[[Run], Any] = value) -> int:
            found = value(run)
            return 2 if found is None else int(isinstance(found, float) and math.isnan(found))

        numbers = [run for run in runs if place(run) == 0]

        def key(run: Run, value: Callable[[Run], Any] = value) -> Any:
            found = value(run)
            return found.encode() if isinstance(found, str) else found

        numbers.sort(key=key, reverse=descending)
        runs = numbers + [run for run in runs if place(run) == 1] + [run for run in runs if place(run) == 2]
    return runs


relaxed = settings(
    deadline=None,
    max_examples=200,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize("seed", [1, 2])
def test_runs(db: Database, seed: int) -> None:
    """Any filter, order and page size gives the runs of the model, in its order, each once."""
    runs = make_runs(seed)
    store_runs(db, runs)

    @relaxed
    @given(
        RUN_FILTERS,
        st.lists(
            st.tuples(st.sampled_from(list(RUN_ORDERS)), st.booleans()), max_size=3, unique_by=lambda e: e[0]
        ),
        st.sampled_from([[1], [2], [1, 2], [2**70, 1], [3], []]),
        st.sampled_from([["active"], ["deleted"], ["active", "deleted"]]),
        st.sampled_from([1, 3, 7, 100]),
    )
    def check(
        condition: Condition,
        order: list[tuple[str, bool]],
        experiments: list[int],
        stages: list[str],
        size: int,
    ) -> None:
        text, matches = condition
        wanted = [r for r in runs if r.experiment_id in experiments and r.stage in stages and matches(r)]
        entries = [f"{name} {'DESC' if descending else ''}" for name, descending in order]
        plan = plan_run_search(experiments, text, entries, stages, db.dialect)
        assert all_pages(db, plan, size) == [run.id for run in sort_runs(wanted, order)]

    check()

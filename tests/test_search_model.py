"""Searches on both databases against a plain Python model of the rules in `semantics.md` §9 and §12.3."""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from mlflowlite.db import Database
from mlflowlite.search import (
    SearchPlan,
    fetch_page,
    plan_experiment_search,
    plan_logged_model_search,
    plan_model_version_search,
    plan_registered_model_search,
    plan_run_search,
)

MAX = 1.7976931348623157e308
STATUSES = {1: "RUNNING", 2: "SCHEDULED", 3: "FINISHED", 4: "FAILED", 5: "KILLED"}
WORDS = ["", "a", "A", "ab", "a_b", "a%", "é", "É", "it''s", "v\n2", "\\", "z" * 300]
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
            status = {name: number for number, name in STATUSES.items()}[run.status]
            db.execute(
                "INSERT INTO runs (id, run_id, experiment_id, run_name, user_id, status, start_time, end_time, "
                "lifecycle_stage, artifact_uri) VALUES (?, ?, ?, ?, 'u', ?, ?, ?, ?, 'a')",
                (run.id, run.run_id, run.experiment_id, run.tags["mlflow.runName"], status)
                + (run.start_time, run.end_time, run.stage),
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
                    row = (run.id, datasets[triple], "mlflow.data.context", context)
                    db.execute("INSERT INTO input_tags VALUES (?, ?, ?, ?)", row)

    db.write(work)


def like(value: str, pattern: str, *, fold: bool) -> bool:
    if fold:
        value, pattern = (re.sub("[A-Z]", lambda m: m.group().lower(), text) for text in (value, pattern))
    expression = "".join({"%": ".*", "_": "."}.get(char, re.escape(char)) for char in pattern)
    return re.fullmatch(expression, value, re.DOTALL) is not None


def compare(value: Any, operator: str, other: Any) -> bool:
    if operator in ("LIKE", "ILIKE"):
        return like(value, other, fold=operator == "ILIKE")
    return {
        "=": lambda: value == other,
        "!=": lambda: value != other,
        "<": lambda: value < other,
        "<=": lambda: value <= other,
        ">": lambda: value > other,
        ">=": lambda: value >= other,
        "IN": lambda: value in other,
        "NOT IN": lambda: value not in other,
    }[operator]()


def quoted(text: str) -> str:
    return f"'{text}'" if not text.endswith("\\") else f'"{text} "'[:-2] + '"'


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
    operator = draw(st.sampled_from(["=", "!=", "<", "<=", ">", ">="]))
    text = draw(st.sampled_from(numbers))

    def test(run: Run) -> bool:
        found = value(run)
        other = number(text)
        return found is not None and compare(found, operator, other)

    return f"{name} {operator} {text}", test


def present(items: dict[str, Any], key: str) -> list[Any]:
    return [items[key]] if key in items else []


def null_conditions(
    name: str, items: Callable[[Run], dict[str, str]], key: str
) -> st.SearchStrategy[Condition]:
    return st.sampled_from(
        [
            (f"{name} IS NULL", lambda run: key not in items(run)),
            (f"{name} IS NOT NULL", lambda run: key in items(run)),
        ]
    )


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
    null_conditions("params.p", lambda run: run.params, "p"),
    null_conditions("tags.u", lambda run: run.tags, "u"),
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


def test_nan_order_by_metric(db: Database) -> None:
    """Numbers come first, then NaN, then runs without the metric, in both directions."""
    runs = make_runs(3)
    store_runs(db, runs)
    for direction in ("ASC", "DESC"):
        plan = plan_run_search([1], "", [f"metrics.m {direction}"], ["active"], db.dialect)
        values = [runs[number - 1].metrics.get("m") for number in all_pages(db, plan, 4)]
        kinds = [2 if value is None else int(math.isnan(value)) for value in values]
        assert set(kinds) == {0, 1, 2}
        assert kinds == sorted(kinds)


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
        ("tags.team = 'y' OR NOT name ILIKE 'alpha%'", [], [2, 3]),
    ],
)
def test_experiments(experiments: Database, text: str, order: list[str], ids: list[int]) -> None:
    """Experiments are found and sorted by the rules of §9.4."""
    plan = plan_experiment_search(text, order, ["active"], experiments.dialect)
    assert all_pages(experiments, plan, 2) == ids


@pytest.fixture
def registry(db: Database) -> Database:
    """Models a, B and c (last updated 30, 20, 30), a prompt p, and a model n tagged as no prompt; with versions."""
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
                "INSERT INTO model_versions VALUES (?, ?, ?, '', 's3://x/y', '', ?, '', '', 'None', 1, NULL, ?, ?)",
                (number, model, version, run, 10 - number, updated),
            )
        db.execute(
            "INSERT INTO model_versions VALUES (6, 1, 3, '', '', '', 'r1', '', '', 'Deleted_Internal', 1, NULL, 1, 1)"
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

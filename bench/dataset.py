"""What the servers are filled with.

The same for each server and made from a run's number alone, so that every answer can be checked.
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from session import expect

METRICS, PARAMS, TAGS = 20, 20, 10
PAGE = 100
DEEP_PAGE = 50
BASE_TIME = 1_700_000_000_000
FILTER = "metrics.metric_00 > 0.5 and params.param_00 = 'option-3'"
FILTER_ORDER = "metrics.metric_01 DESC"
LIKE_FILTER = "tags.tag_00 LIKE 'group-1%'"
BIG_MODEL = "model-with-versions"
ALIAS = "champion"


@dataclass(frozen=True)
class Sizes:
    runs: int
    experiments: int
    models: int
    versions: int
    points: int

    @classmethod
    def for_runs(cls, runs: int, points: int | None = None) -> Sizes:
        """The full size at 10,000 runs, in proportion below."""
        others = max(20, min(1000, runs // 10))
        return cls(runs, others, others, others, points or max(1000, min(100_000, runs * 10)))

    @property
    def history_page(self) -> int:
        """25,000 at the full size."""
        return -(-self.points // 4)

    @property
    def deep_page(self) -> int:
        """The number of the page that `search_page` reads: 50, or the last one when there are fewer."""
        return max(1, min(DEEP_PAGE, -(-self.runs // PAGE)))


@dataclass
class Loaded:
    """What one server holds, as far as the workloads need to know."""

    sizes: Sizes
    main_experiment: str = ""
    write_experiment: str = ""
    history_run: str = ""
    run_ids: list[str] = field(default_factory=list)
    page_tokens: dict[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class RunData:
    metrics: dict[str, float]
    params: dict[str, str]
    tags: dict[str, str]


@lru_cache(maxsize=20_000)
def run_data(index: int) -> RunData:
    rng = random.Random(index)
    metrics = {f"metric_{n:02}": rng.random() for n in range(METRICS)}
    params = {f"param_{n:02}": f"{rng.uniform(0, 100):.6f}" for n in range(PARAMS)}
    tags = {f"tag_{n:02}": f"value {rng.randrange(1000)} of tag {n}" for n in range(TAGS)}
    params["param_00"] = f"option-{index % 10}"
    tags["tag_00"] = f"group-{index % 20}"
    return RunData(metrics, params, tags)


def run_name(index: int) -> str:
    return f"run-{index:06}"


def start_time(index: int) -> int:
    return BASE_TIME + index * 1000


def pairs(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"key": key, "value": value} for key, value in values.items()]


def run_batch(index: int, run_id: str) -> dict[str, Any]:
    """The log-batch request that fills a run."""
    data = run_data(index)
    stamp = {"timestamp": start_time(index), "step": 0}
    metrics = [{"key": key, "value": value, **stamp} for key, value in data.metrics.items()]
    return {"run_id": run_id, "metrics": metrics, "params": pairs(data.params), "tags": pairs(data.tags)}


def history_value(step: int) -> float:
    return 1.0 / (step + 1)


def history_points(first: int, count: int) -> list[dict[str, Any]]:
    return [
        {"key": "loss", "value": history_value(step), "timestamp": BASE_TIME + step, "step": step}
        for step in range(first, first + count)
    ]


def newest_first(runs: int) -> range:
    return range(runs - 1, -1, -1)


@lru_cache
def filtered(runs: int) -> list[int]:
    """The runs that FILTER selects, in FILTER_ORDER."""
    option = [index for index in range(runs) if index % 10 == 3]
    chosen = [index for index in option if run_data(index).metrics["metric_00"] > 0.5]
    return sorted(chosen, key=lambda index: -run_data(index).metrics["metric_01"])


@lru_cache
def tagged(runs: int) -> list[int]:
    """The runs that LIKE_FILTER selects, newest first."""
    return [index for index in newest_first(runs) if run_data(index).tags["tag_00"].startswith("group-1")]


def check_run(run: dict[str, Any], index: int) -> None:
    """A run came back with all it was given."""
    data, expected = run["data"], run_data(index)
    name = run["info"]["run_name"]
    expect(name == run_name(index), f"got {name} in the place of {run_name(index)}")
    metrics = {item["key"]: item["value"] for item in data.get("metrics", [])}
    params = {item["key"]: item["value"] for item in data.get("params", [])}
    tags = {item["key"]: item["value"] for item in data.get("tags", [])}
    expect(metrics == expected.metrics, f"{name}: wrong metrics")
    expect(params == expected.params, f"{name}: wrong params")
    expect(tags.items() >= expected.tags.items(), f"{name}: wrong tags")


def check_runs(answer: dict[str, Any], expected: Iterable[int]) -> None:
    """A page holds the expected runs in their order."""
    runs, indexes = answer.get("runs", []), list(expected)
    expect(len(runs) == len(indexes), f"got {len(runs)} runs instead of {len(indexes)}")
    for run, index in zip(runs, indexes, strict=True):
        check_run(run, index)


def check_history(points: list[dict[str, Any]], first: int, count: int) -> None:
    expect(len(points) == count, f"got {len(points)} points instead of {count}")
    for position in {0, count // 2, count - 1}:
        step = first + position
        got = (points[position]["step"], points[position]["value"])
        expect(got == (step, history_value(step)), f"point {step} came back as {got}")

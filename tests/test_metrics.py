"""Metrics over HTTP: points, latest values, history, sampling (`semantics.md` §5)."""

from __future__ import annotations

import itertools
import json
from collections.abc import Sequence
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import Client

INVALID = (400, "INVALID_PARAMETER_VALUE")
MAX = 1.7976931348623157e308
BULK = "/ajax-api/2.0/mlflow/metrics/get-history-bulk"
INTERVAL = "metrics/get-history-bulk-interval"
Point = tuple[Any, int, int]  # value, timestamp, step


def metrics(points: Sequence[Point], key: str = "m") -> list[dict[str, Any]]:
    return [{"key": key, "value": value, "timestamp": time, "step": step} for value, time, step in points]


def log(client: Client, run_id: str, points: Sequence[Point], key: str = "m") -> None:
    """Log points, 1000 a batch."""
    for start in range(0, len(points), 1000):
        batch = metrics(points[start : start + 1000], key)
        reply = client.post("runs/log-batch", run_id=run_id, metrics=batch)
        assert reply.status == 200, reply.body


def latest(client: Client, run_id: str) -> dict[str, Point]:
    """The latest value of each metric of a run."""
    found = client.run(run_id)["data"].get("metrics", [])
    return {metric["key"]: (metric["value"], metric["timestamp"], metric["step"]) for metric in found}


def history(client: Client, run_id: str, key: str = "m", **query: Any) -> list[Point]:
    reply = client.get("metrics/get-history", run_id=run_id, metric_key=key, **query)
    assert reply.status == 200, reply.body
    return [(point["value"], point["timestamp"], point["step"]) for point in reply.body.get("metrics", [])]


def test_what_is_logged_comes_back(client: Client) -> None:
    """A point is shown with its time and step; the step defaults to 0 and may be any 64-bit integer."""
    run_id = client.new_run()
    for key, fields in {
        "plain": {"value": "1e3", "timestamp": 3, "step": "-7"},
        "a b/c-d.e:f_ü": {"value": 1, "timestamp": 0},
        "wide": {"value": 5e-324, "timestamp": 2**63 - 1, "step": -(2**63)},
    }.items():
        assert client.post("runs/log-metric", run_id=run_id, key=key, **fields).body == {}
    assert latest(client, run_id) == {
        "plain": (1000.0, 3, -7),
        "a b/c-d.e:f_ü": (1.0, 0, 0),
        "wide": (5e-324, 2**63 - 1, -(2**63)),
    }


def test_nan_and_infinity(client: Client) -> None:
    """NaN comes back as the text "NaN", infinities as the largest doubles; bare literals count as well."""
    run_id = client.new_run()
    shown = {"NaN": "NaN", "Infinity": MAX, "-Infinity": -MAX}
    for name, value in shown.items():
        log(client, run_id, [(name, 1, 0)], f"text {name}")
        body = f'{{"run_id": "{run_id}", "key": "bare {name}", "value": {name}, "timestamp": 1}}'
        assert client.post("runs/log-metric", body).status == 200
        for key in (f"text {name}", f"bare {name}"):
            assert history(client, run_id, key) == [(value, 1, 0)]
            assert latest(client, run_id)[key] == (value, 1, 0)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"value": None}, "Missing value for required parameter 'value'."),
        ({"timestamp": None}, "Missing value for required parameter 'timestamp'."),
        (
            {"value": "x"},
            "Invalid value \"x\" for parameter 'value' supplied:  Hint: Value was of type 'str'",
        ),
        ({"timestamp": 1.5}, "Invalid value 1.5 for parameter 'timestamp' supplied:"),
        ({"timestamp": -1}, "Invalid value -1 for parameter 'timestamp' supplied: metric 'm' (value=1.0)."),
        ({"step": 2**63}, "Invalid value 9223372036854775808 for parameter 'step' supplied:"),
        ({"dataset_name": "d"}, "Both dataset_name and dataset_digest must be provided if one is provided"),
    ],
)
def test_log_metric_refuses(shared: Client, fields: dict[str, Any], message: str) -> None:
    """A point needs a number and a time that is not negative; nothing is stored otherwise."""
    run_id = shared.new_run()
    reply = shared.post("runs/log-metric", {"run_id": run_id, **metrics([(1, 1, 0)])[0], **fields})
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)
    assert latest(shared, run_id) == {}


def test_the_latest_value_has_the_greatest_step_then_time_then_value(client: Client) -> None:
    """A point replaces the latest one only if it is strictly greater, with NaN counted as 0."""
    run_id = client.new_run()
    steps: list[tuple[Point, Point]] = [
        ((5.0, 9, 1), (5.0, 9, 1)),
        ((1.0, 1, 2), (1.0, 1, 2)),  # a greater step wins over a later time
        ((9.0, 9, 1), (1.0, 1, 2)),  # a lower step never does
        ((0.0, 2, 2), (0.0, 2, 2)),  # then the later time
        ((-1.0, 2, 2), (0.0, 2, 2)),  # then the greater value
        (("NaN", 2, 2), (0.0, 2, 2)),  # NaN is as good as 0: not greater
        ((2.0, 2, 2), (2.0, 2, 2)),
        (("NaN", 2, 3), ("NaN", 2, 3)),
        ((0.0, 2, 3), ("NaN", 2, 3)),
    ]
    for point, expected in steps:
        log(client, run_id, [point])
        assert latest(client, run_id)["m"] == expected, point


values = st.one_of(st.sampled_from([-1.0, 0.5, 1.0, "NaN"]), st.floats(allow_nan=False, allow_infinity=False))
points = st.lists(st.tuples(values, st.integers(0, 3), st.integers(-2, 2)), min_size=1, max_size=12)


@settings(max_examples=40, deadline=None, database=None)
@given(points=points, data=st.data())
def test_latest_value_does_not_depend_on_order_or_batching(
    shared: Client, points: list[Point], data: st.DataObject
) -> None:
    """Any permutation of points, cut into any batches, leaves the same latest value and the same history."""
    points = [point for point in points if point[0] != 0]  # ties with NaN go to the first
    shuffled = data.draw(st.permutations(points))
    cuts = sorted(data.draw(st.sets(st.integers(0, len(points)))) | {0, len(points)})
    run_id = shared.new_run()
    for start, end in itertools.pairwise(cuts):
        log(shared, run_id, shuffled[start:end])

    def rank(point: Point) -> tuple[int, int, float]:
        return point[2], point[1], 0.0 if point[0] == "NaN" else point[0]

    assert latest(shared, run_id) == ({"m": max(points, key=rank)} if points else {})
    by_time = sorted(set(points), key=lambda point: (point[1], point[2], rank(point)[2]))
    assert history(shared, run_id) == by_time


def test_identical_points_are_stored_once(client: Client) -> None:
    """A point is the same when all of value, time and step are; repeating it changes nothing."""
    run_id = client.new_run()
    logged: list[Point] = [(1.0, 1, 1), (1.0, 1, 2), (1.0, 2, 1), (2.0, 1, 1), ("NaN", 1, 1), (0.0, 1, 1)]
    for _ in range(2):
        log(client, run_id, logged + logged)
        for point in metrics(logged):
            assert client.post("runs/log-metric", run_id=run_id, **point).status == 200
    assert sorted(map(str, history(client, run_id))) == sorted(map(str, logged))


def test_history_pages(client: Client) -> None:
    """Pages come by time, step and value, without gaps, repeats, or a token after the last."""
    run_id = client.new_run()
    expected = [(float(value), time, step) for time in range(3) for step in (-1, 0) for value in range(2)]
    log(client, run_id, expected[::-1])
    for size in (1, 5, 12, 25_000):
        seen: list[Point] = []
        query: dict[str, Any] = {"run_id": run_id, "metric_key": "m", "max_results": size}
        while not seen or query["page_token"]:
            body = client.get("metrics/get-history", **query).body
            seen += [(point["value"], point["timestamp"], point["step"]) for point in body["metrics"]]
            query["page_token"] = body.get("next_page_token")
            assert len(seen) % size == 0 or not query["page_token"]
        assert seen == expected


def test_a_long_history_comes_whole(client: Client) -> None:
    """Without a page size the answer holds every point, also beyond the 10,000 read at a time."""
    run_id = client.new_run()
    expected: list[Point] = [(step / 7, step // 3, step) for step in range(10_050)]
    log(client, run_id, expected)
    assert history(client, run_id) == expected
    assert history(client, run_id, max_results=25_000) == expected


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ({"max_results": 0}, "Invalid value 0 for parameter 'max_results' supplied. It must be a positive"),
        ({"page_token": "x"}, "Invalid page token"),
        ({"metric_key": ""}, "Missing value for required parameter 'metric_key'."),
        ({"run_id": ""}, "Missing value for required parameter 'run_id'."),
    ],
)
def test_history_refuses(shared: Client, query: dict[str, Any], message: str) -> None:
    """A history needs a run, a key, and a page size of at least 1."""
    reply = shared.get("metrics/get-history", **{"run_id": shared.new_run(), "metric_key": "m", **query})
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)


@pytest.mark.parametrize("query", [{}, {"max_results": 5}])
def test_history_of_nothing(shared: Client, query: dict[str, int]) -> None:
    """An unknown run and an unknown key have an empty history."""
    for run_id in (shared.new_run(), "unknown"):
        assert history(shared, run_id, **query) == []


def test_bulk_history(client: Client) -> None:
    """The points of all runs by run id, at most max_results in total, NaN as a bare token."""
    runs = sorted(client.new_run() for _ in range(2))
    for run_id in runs:
        log(client, run_id, [(1.0, 2, 0), ("NaN", 1, 5)])
    query = f"run_id={runs[1]}&run_id={runs[0]}&run_id=unknown&metric_key=m"
    raw = client.http.get(f"{BULK}?{query}").text
    assert json.loads(raw.replace("NaN", "null")) == {
        "metrics": [
            {"key": "m", "value": value, "timestamp": time, "step": step, "run_id": run_id}
            for run_id in runs
            for value, time, step in ((None, 1, 5), (1.0, 2, 0))
        ]
    }
    for limit, count in ((0, 0), (3, 3), (10**6, 4)):
        assert len(client.http.get(f"{BULK}?{query}&max_results={limit}").text.split("run_id")) == count + 1


MANY = [f"r{number}" for number in range(101)]


@pytest.mark.parametrize(
    ("path", "query", "message"),
    [
        (BULK, {"run_id": []}, "GetMetricHistoryBulk request must specify at least one run_id."),
        (BULK, {"metric_key": []}, "GetMetricHistoryBulk request must specify a metric_key."),
        (BULK, {"run_id": MANY}, "GetMetricHistoryBulk request cannot specify more than 100 run_ids."),
        (BULK, {"max_results": -1}, "Invalid value -1 for parameter 'max_results' supplied."),
        (INTERVAL, {"run_ids": []}, "Missing value for required parameter 'run_ids'."),
        (INTERVAL, {"metric_key": []}, "Missing value for required parameter 'metric_key'."),
        (
            INTERVAL,
            {"run_ids": MANY},
            "GetMetricHistoryBulkInterval request must specify at most 100 run_ids.",
        ),
        (INTERVAL, {"max_results": 0}, "max_results must be between 1 and 2500."),
        (INTERVAL, {"max_results": 2501}, "max_results must be between 1 and 2500."),
        (
            INTERVAL,
            {"start_step": 1},
            "If either start step or end step are specified, both must be specified.",
        ),
        (
            INTERVAL,
            {"end_step": 1},
            "If either start step or end step are specified, both must be specified.",
        ),
        (INTERVAL, {"start_step": 2, "end_step": 1}, "end_step must be greater than start_step."),
    ],
)
def test_bulk_reads_refuse(shared: Client, path: str, query: dict[str, Any], message: str) -> None:
    """They take 1 to 100 runs, a metric, a page size within limits, both ends of an interval or neither."""
    reply = shared.get(path, **{"run_id": "r", "run_ids": "r", "metric_key": "m", **query})
    assert reply.error == INVALID
    assert reply.body["message"].startswith(message)


@pytest.mark.parametrize(
    ("query", "steps"),
    [
        ({}, range(20)),
        ({"max_results": 5}, [0, 4, 8, 12, 19]),
        ({"max_results": 1}, [19]),
        ({"max_results": 7, "start_step": 3, "end_step": 17}, [3, 6, 8, 10, 12, 14, 17]),
        ({"start_step": 4, "end_step": 4}, [4]),
        ({"start_step": 20, "end_step": 30}, []),
    ],
)
def test_interval_sampling(shared: Client, query: dict[str, Any], steps: Sequence[int]) -> None:
    """A sample holds the first point of each bucket and the very last; every run has the limit to itself."""
    runs = [shared.new_run() for _ in range(2)]
    for run_id in runs:
        log(shared, run_id, [(step, 100 - step, step) for step in range(20)])
    body = shared.get(INTERVAL, run_ids=runs, metric_key="m", **query).body
    assert body.get("metrics", []) == [
        {"key": "m", "value": float(step), "timestamp": 100 - step, "step": step, "run_id": run_id}
        for run_id in runs
        for step in steps
    ]


def test_interval_sampling_on_each_database(client: Client) -> None:
    """Points are taken by step, then time, then value; NaN is text here."""
    run_id = client.new_run()
    log(client, run_id, [(2.0, 1, 1), (1.0, 1, 1), ("NaN", 0, 1), (0.5, 9, 0), (7.0, 5, 2)])
    body = client.get(INTERVAL, run_ids=run_id, metric_key="m", start_step=0, end_step=1).body
    assert [metric["value"] for metric in body["metrics"]] == [0.5, "NaN", 1.0, 2.0]

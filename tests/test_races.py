"""Many threads at once, and the number of statements that calls cost, on both databases.

Races are settled by the database: whatever the interleaving, nothing is lost and nobody gets a 500.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from mlflowlite.app import App
from tests.support import Client, Reply

THREADS = 8
INVALID = (400, "INVALID_PARAMETER_VALUE")


def at_once(app: App, work: Callable[[Client, int], Reply | list[Reply]]) -> list[Reply]:
    """Run `work(client, number)` on many threads that start together, each with a client of its own."""
    barrier = threading.Barrier(THREADS)

    def run(number: int) -> list[Reply]:
        client = Client(app)
        barrier.wait()
        replies = work(client, number)
        return [replies] if isinstance(replies, Reply) else replies

    with ThreadPoolExecutor(THREADS) as pool:
        replies = [reply for found in pool.map(run, range(THREADS)) for reply in found]
    assert {reply.status for reply in replies} <= {200, 400, 404}, [reply.body for reply in replies]
    return replies


def test_one_of_many_creates_the_experiment(app: App) -> None:
    """Threads that get or create one experiment all end with the same id; exactly one has made it."""
    created: list[int] = []

    def get_or_create(client: Client, number: int) -> Reply:
        if client.get("experiments/get-by-name", experiment_name="shared").status == 404:
            reply = client.post("experiments/create", name="shared")
            if reply.status == 200:
                created.append(number)
            else:
                assert reply.error == (400, "RESOURCE_ALREADY_EXISTS")
        return client.get("experiments/get-by-name", experiment_name="shared")

    replies = at_once(app, get_or_create)
    assert len({reply.body["experiment"]["experiment_id"] for reply in replies}) == 1
    assert len(created) == 1


def test_no_point_of_a_metric_is_lost(app: App) -> None:
    """Points logged to one metric from everywhere, some of them twice, are all there; the latest is right."""
    client = Client(app)
    run_id = client.new_run()

    def log(client: Client, number: int) -> list[Reply]:
        replies = []
        for round_ in range(5):
            points = [
                {"key": key, "value": number, "timestamp": round_, "step": step}
                for step in (number, number + 1)
                for key in ("m", f"own {number}", f"round {round_}")
            ]
            replies.append(client.post("runs/log-batch", run_id=run_id, metrics=points))
            replies.append(client.post("runs/log-metric", run_id=run_id, **points[0]))
        return replies

    assert {reply.status for reply in at_once(app, log)} == {200}
    history = client.get("metrics/get-history", run_id=run_id, metric_key="m").body["metrics"]
    assert {(point["value"], point["timestamp"], point["step"]) for point in history} == {
        (number, round_, step)
        for number in range(THREADS)
        for round_ in range(5)
        for step in (number, number + 1)
    }
    assert len(history) == THREADS * 5 * 2
    latest = {metric["key"]: metric for metric in client.run(run_id)["data"]["metrics"]}
    assert len(latest) == 1 + THREADS + 5
    assert latest["m"] == {"key": "m", "value": THREADS - 1, "timestamp": 4, "step": THREADS}


@pytest.mark.parametrize("call", ["runs/log-parameter", "runs/log-batch"])
def test_one_of_many_values_of_a_param_wins(app: App, call: str) -> None:
    """Of different values logged at once one is kept, and exactly its threads are told that it was."""
    client = Client(app)
    run_id = client.new_run()

    def log(client: Client, number: int) -> Reply:
        param = {"key": "p", "value": f"value {number % 4}"}
        fields = param if call == "runs/log-parameter" else {"params": [param]}
        return client.post(call, run_id=run_id, **fields)

    replies = at_once(app, log)
    (param,) = client.run(run_id)["data"]["params"]
    winners = [f"value {number % 4}" for number, reply in enumerate(replies) if reply.status == 200]
    assert winners == [param["value"]] * 2
    assert [reply.error for reply in replies if reply.status != 200] == [INVALID] * 6


def test_tags_and_names_set_at_once(app: App) -> None:
    """Every tag is set, a contested one has a value that was sent, and name and name tag still agree."""
    client = Client(app)
    run_id = client.new_run()

    def tag(client: Client, number: int) -> list[Reply]:
        tags = [{"key": key, "value": str(number)} for key in ("shared", f"own {number}", "mlflow.runName")]
        return [
            *(client.post("runs/set-tag", run_id=run_id, **entry) for entry in tags),
            client.post("runs/log-batch", run_id=run_id, tags=tags[::-1]),
            client.post("runs/update", run_id=run_id, run_name=str(number)),
            client.post("experiments/set-experiment-tag", experiment_id="0", **tags[0]),
        ]

    assert {reply.status for reply in at_once(app, tag)} == {200}
    run = client.run(run_id)
    tags = {entry["key"]: entry["value"] for entry in run["data"]["tags"]}
    sent = {str(number) for number in range(THREADS)}
    assert {f"own {number}": number for number in sent}.items() <= tags.items()
    assert tags["shared"] in sent
    assert tags["mlflow.runName"] == run["info"]["run_name"]


def test_everything_at_once(app: App) -> None:
    """Runs, metrics, inputs, models and deletions across experiments get along, and all runs are there."""
    client = Client(app)
    experiment_id = client.new_experiment()
    dataset = {"dataset": {"name": "d", "digest": "g", "source_type": "local", "source": "s"}}

    def work(client: Client, number: int) -> list[Reply]:
        run_id = client.new_run(experiment_id, run_name=f"r{number}")
        points = [{"key": f"m{key}", "value": 1, "timestamp": 1} for key in range(20)]
        return [
            client.post("runs/log-batch", run_id=run_id, metrics=points[number:] + points[:number]),
            client.post("runs/log-inputs", run_id=run_id, datasets=[dataset]),
            client.post("logged-models", experiment_id=experiment_id, source_run_id=run_id),
            client.post("runs/delete", run_id=run_id),
            client.post("runs/restore", run_id=run_id),
            client.post("runs/search", experiment_ids=[experiment_id], order_by=["metrics.m1"]),
        ]

    assert {reply.status for reply in at_once(app, work)} == {200}
    found = client.post("runs/search", experiment_ids=[experiment_id]).body["runs"]
    assert sorted(run["info"]["run_name"] for run in found) == [f"r{number}" for number in range(THREADS)]
    assert {len(run["data"]["metrics"]) for run in found} == {20}
    assert {len(run["inputs"]["dataset_inputs"]) for run in found} == {1}


def test_statements_per_call(app: App) -> None:
    """Each call costs a fixed number of statements, however much it writes or finds."""
    client = Client(app)
    database = app.config["mlflowlite"].db

    def cost(call: str, fields: dict[str, Any]) -> int:
        before = database.statement_count
        reply = client.get(call, **fields) if "/get" in call else client.post(call, fields)
        assert reply.status == 200, reply.body
        return database.statement_count - before

    def fill(count: int) -> str:
        """An experiment of runs that hold something of everything."""
        experiment_id = client.new_experiment(f"{count} runs")
        for number in range(count):
            run_id = client.new_run(experiment_id)
            metrics = [{"key": f"m{n}", "value": number, "timestamp": n} for n in range(3)]
            client.post("runs/log-batch", run_id=run_id, metrics=metrics, params=[{"key": "p"}])
        return experiment_id

    run_id = client.new_run()
    new = {"run_id": run_id, "key": "k", "value": "1", "timestamp": 1}
    metrics = [{"key": f"m{n % 50}", "value": n, "timestamp": n} for n in range(1000)]
    calls: list[tuple[str, dict[str, Any], int]] = [
        ("runs/log-metric", new, 3),
        ("runs/set-tag", new, 2),
        ("runs/log-parameter", new, 3),
        ("runs/log-batch", {"run_id": run_id, "metrics": metrics}, 3),
        ("runs/create", {"experiment_id": "0", "tags": [{"key": f"t{n}"} for n in range(50)]}, 3),
        ("runs/get", {"run_id": run_id}, 7),
        ("metrics/get-history", {"run_id": run_id, "metric_key": "m1"}, 2),
    ]
    for call, fields, _ in calls * 2:
        cost(call, fields)  # names of metrics, params and tags cost more until the process knows them
    for call, fields, expected in calls:
        assert cost(call, fields) == expected, call
    for count in (5, 100):
        search = {"experiment_ids": [fill(count)]}
        cost("runs/search", search)
        assert cost("runs/search", search) == 7

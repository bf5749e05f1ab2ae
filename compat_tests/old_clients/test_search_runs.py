"""Searching runs: filters, order, pages, data frames."""

from uuid import uuid4

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from servers import Server

# name: status, params, metrics, tags; start times rise in this order.
RUNS = {
    "ann": ("FINISHED", {"opt": "adam", "lr": "0.1"}, {"acc": 0.5, "val/loss": 3.0}, {"team": "blue"}),
    "bob": ("FINISHED", {"opt": "SGD", "lr": "0.01"}, {"acc": 0.7}, {"team": "Blue"}),
    "cat": ("FAILED", {"opt": "adam"}, {"acc": 0.9}, {"team": "red", "a b": "x"}),
    "dan": ("KILLED", {"opt": "sgd"}, {"acc": -1.5, "val/loss": 1.0}, {}),
    "eve": ("RUNNING", {}, {}, {"team": "red"}),
}
FIRST_START = 1_700_000_000_000


@pytest.fixture(scope="module")
def shelf(server: Server) -> str:
    """The id of an experiment that holds RUNS. Tests only read it."""
    client = MlflowClient()
    experiment_id = client.create_experiment(f"shelf-{uuid4().hex[:8]}")
    for i, (name, (status, params, metrics, tags)) in enumerate(RUNS.items()):
        run_id = client.create_run(experiment_id, FIRST_START + i, run_name=name).info.run_id
        client.log_batch(
            run_id,
            [Metric(key, value, FIRST_START, 0) for key, value in metrics.items()],
            [Param(key, value) for key, value in params.items()],
            [RunTag(key, value) for key, value in tags.items()],
        )
        if status != "RUNNING":
            client.set_terminated(run_id, status, end_time=FIRST_START + 1000)
    return experiment_id


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "ann bob cat dan eve"),
        ("metrics.acc > 0.5", "bob cat"),
        ("metrics.acc >= 0.5 AND metrics.acc < 0.9", "ann bob"),
        ("metrics.`val/loss` <= 3", "ann dan"),
        ("params.opt = 'adam'", "ann cat"),
        ("params.opt ILIKE 'sg%'", "bob dan"),
        ("params.opt LIKE 'sg_'", "dan"),
        ("tags.team = 'blue'", "ann"),
        ("tags.`a b` = 'x'", "cat"),
        ("tags.mlflow.runName = 'dan'", "dan"),
        ("attributes.status != 'FINISHED'", "cat dan eve"),
        ("run_name LIKE '%a%'", "ann cat dan"),
        (f"start_time > {FIRST_START + 2}", "dan eve"),
        ("params.opt = 'adam' and tags.team = 'red' and status = 'FAILED'", "cat"),
        ("params.opt = 'no such'", ""),
    ],
)
def test_filter(client: MlflowClient, shelf: str, text: str, expected: str):
    """A filter finds the runs it describes."""
    runs = client.search_runs([shelf], text, order_by=["start_time ASC"])
    assert " ".join(run.data.tags["mlflow.runName"] for run in runs) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ([], "eve dan cat bob ann"),
        (["start_time ASC"], "ann bob cat dan eve"),
        (["metrics.acc DESC"], "cat bob ann dan eve"),
        (["params.lr", "start_time ASC"], "bob ann cat dan eve"),
        (["tags.team ASC", "start_time DESC"], "bob ann eve cat dan"),
    ],
)
def test_order(client: MlflowClient, shelf: str, order: list[str], expected: str):
    """Runs come in the order asked for, those without the value last, the latest first by default."""
    runs = client.search_runs([shelf], order_by=order)
    assert " ".join(run.info.run_name for run in runs) == expected


def test_pages(client: MlflowClient, shelf: str):
    """Pages hold what was asked for, in order, and the last one has no token."""
    token, pages = None, []
    while token or not pages:
        page = client.search_runs([shelf], max_results=2, order_by=["metrics.acc DESC"], page_token=token)
        pages.append([run.info.run_name for run in page])
        token = page.token
    assert pages == [["cat", "bob"], ["ann", "dan"], ["eve"]]


def test_data_frame(shelf: str):
    """The fluent search makes a table with a column for each metric, parameter and tag."""
    frame = mlflow.search_runs([shelf], "metrics.acc > 0", order_by=["metrics.acc ASC"])
    assert list(frame["tags.mlflow.runName"]) == ["ann", "bob", "cat"]
    assert list(frame["metrics.acc"]) == [0.5, 0.7, 0.9]
    assert list(frame["params.opt"]) == ["adam", "SGD", "adam"]
    assert list(frame["status"]) == ["FINISHED", "FINISHED", "FAILED"]


def test_by_experiment_name(client: MlflowClient, shelf: str):
    """Experiments can be named instead of numbered."""
    name = client.get_experiment(shelf).name
    assert len(mlflow.search_runs(experiment_names=[name], output_format="list")) == len(RUNS)


@pytest.mark.parametrize("text", ["acc > 1", "metrics.acc > 'x'", "params.opt > 'a'", "metrics.acc >"])
def test_bad_filter(client: MlflowClient, shelf: str, text: str):
    """A filter that makes no sense is refused."""
    with refused("INVALID_PARAMETER_VALUE"):
        client.search_runs([shelf], text)

"""Searching runs: filters, order, pages, data frames."""

import math
from uuid import uuid4

import mlflow
import pandas as pd
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Dataset, DatasetInput, Experiment, InputTag, Metric, Param, RunTag
from servers import Server

# name: status, params, metrics, tags; start times rise in this order.
RUNS = {
    "ann": (
        "FINISHED",
        {"opt": "adam", "lr": "0.1"},
        {"acc": 0.5, "val/loss": 3.0},
        {"team": "blue", "grade": "b"},
    ),
    "bob": (
        "FINISHED",
        {"opt": "SGD", "lr": "0.01"},
        {"acc": 0.7, "val/loss": math.nan},
        {"team": "Blue", "grade": "a"},
    ),
    "cat": ("FAILED", {"opt": "adam"}, {"acc": 0.9}, {"team": "red", "grade": "b", "a b": "x"}),
    "dan": ("KILLED", {"opt": "sgd"}, {"acc": -1.5, "val/loss": 1.0}, {}),
    "eve": ("RUNNING", {}, {}, {"team": "red", "note": "it's 50%"}),
}
FIRST_START = 1_700_000_000_000


@pytest.fixture(scope="module")
def shelf(server: Server) -> str:
    """The id of an experiment that holds RUNS; the first two also have a dataset. Tests only read it."""
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
        if name in ("ann", "bob"):
            dataset = Dataset(f"points-{name}", "d1", "local", "{}")
            context = InputTag("mlflow.data.context", "train" if name == "ann" else "test")
            client.log_inputs(run_id, [DatasetInput(dataset, [context])])
        if status != "RUNNING":
            client.set_terminated(run_id, status, end_time=FIRST_START + 1000)
    return experiment_id


class TestRunFilters:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", "ann bob cat dan eve"),
            ("metrics.acc > 0.5", "bob cat"),
            ("metrics.acc >= 0.5 AND metrics.acc < 0.9", "ann bob"),
            ("metric.acc = -1.5", "dan"),
            ("metrics.acc != 0.5", "bob cat dan"),
            ("metrics.`val/loss` <= 3", "ann dan"),
            ('metrics."val/loss" > 1e0', "ann"),
            ("params.opt = 'adam'", "ann cat"),
            ("params.opt != 'adam'", "bob dan"),
            ('parameter.opt ILIKE "sg%"', "bob dan"),
            ("params.opt LIKE 'sg_'", "dan"),
            ("param.lr IS NULL", "cat dan eve"),
            ("params.lr IS NOT NULL", "ann bob"),
            ("tags.team = 'blue'", "ann"),
            ("tag.team ILIKE '%LU%'", "ann bob"),
            ("tags.`a b` = 'x'", "cat"),
            ('tags.note = "it\'s 50%"', "eve"),
            ("tags.mlflow.runName = 'dan'", "dan"),
            ("status = 'FINISHED'", "ann bob"),
            ("attributes.status != 'FINISHED'", "cat dan eve"),
            ("run_name LIKE '%a%'", "ann cat dan"),
            ("attributes.run_name ILIKE 'B%'", "bob"),
            (f"start_time > {FIRST_START + 2}", "dan eve"),
            (f"attribute.start_time <= {FIRST_START}", "ann"),
            (f"end_time = {FIRST_START + 1000}", "ann bob cat dan"),
            ("datasets.name = 'points-bob'", "bob"),
            ("dataset.context IN ('train', 'eval')", "ann"),
            ("datasets.name LIKE 'points%' AND metrics.acc > 0.6", "bob"),
            ("params.opt = 'adam' and tags.team = 'red' and status = 'FAILED'", "cat"),
            ("params.opt = 'no such'", ""),
        ],
    )
    def test_finds(self, client: MlflowClient, shelf: str, text: str, expected: str):
        """A filter finds exactly the runs that it describes."""
        found = client.search_runs([shelf], text)
        assert sorted(run.info.run_name for run in found) == expected.split()

    def test_by_run_id(self, client: MlflowClient, shelf: str):
        """Runs can be asked for by a list of ids."""
        ids = {run.info.run_name: run.info.run_id for run in client.search_runs([shelf])}
        found = client.search_runs([shelf], f"run_id IN ('{ids['ann']}', '{ids['eve']}')")
        assert {run.info.run_name for run in found} == {"ann", "eve"}

    @pytest.mark.parametrize(
        "text",
        [
            "metrics.acc > '0.5'",
            "params.opt = adam",
            "params.opt > 'adam'",
            "nonsense.x = 'y'",
            "color = 'red'",
            "metrics.acc >",
            "metrics.acc == 0.5",
        ],
    )
    def test_nonsense_is_refused(self, client: MlflowClient, shelf: str, text: str):
        """A filter that does not follow the grammar is refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_runs([shelf], text)


class TestRunOrder:
    @pytest.mark.parametrize(
        ("order", "expected"),
        [
            ([], "eve dan cat bob ann"),
            (["start_time ASC"], "ann bob cat dan eve"),
            (["metrics.acc DESC"], "cat bob ann dan eve"),
            (["metrics.acc ASC"], "dan ann bob cat eve"),
            (["metrics.`val/loss` ASC"], "dan ann bob eve cat"),
            (["metrics.`val/loss` DESC"], "ann dan bob eve cat"),
            (["params.lr DESC", "start_time ASC"], "ann bob cat dan eve"),
            (["tags.grade ASC", "run_name DESC"], "bob cat ann eve dan"),
            (["attributes.run_name"], "ann bob cat dan eve"),
            (["status DESC", "run_name"], "eve dan ann bob cat"),
        ],
    )
    def test_order(self, client: MlflowClient, shelf: str, order: list[str], expected: str):
        """Runs come as asked: NaN after numbers, absent values last, newest first among equals."""
        found = client.search_runs([shelf], order_by=order)
        assert [run.info.run_name for run in found] == expected.split()

    def test_pages(self, client: MlflowClient, shelf: str):
        """Pages follow each other without gap or repetition."""
        names, token = [], None
        for size in (2, 2, 1):
            page = client.search_runs([shelf], order_by=["metrics.acc"], max_results=2, page_token=token)
            assert len(page) == size
            names += [run.info.run_name for run in page]
            token = page.token
        assert (names, token or None) == (["dan", "ann", "bob", "cat", "eve"], None)


class TestRunFrame:
    def test_frame(self, shelf: str):
        """search_runs gives a data frame with a column for each metric, parameter and tag."""
        frame = mlflow.search_runs([shelf], "metrics.acc > -10", order_by=["metrics.acc DESC"])
        assert list(frame["metrics.acc"]) == [0.9, 0.7, 0.5, -1.5]
        assert list(frame["tags.mlflow.runName"]) == ["cat", "bob", "ann", "dan"]
        assert list(frame["params.lr"].fillna("-")) == ["-", "0.01", "0.1", "-"]
        assert list(frame["metrics.val/loss"].fillna(-1)) == [-1, -1, 3, 1]
        assert list(frame["status"]) == ["FAILED", "FINISHED", "FINISHED", "KILLED"]
        assert frame["start_time"].iloc[2] == pd.Timestamp(FIRST_START, unit="ms", tz="UTC")

    def test_empty(self, experiment: Experiment):
        """An experiment without runs gives an empty frame."""
        assert mlflow.search_runs([experiment.experiment_id]).empty

    def test_experiments_by_name_or_all(self, client: MlflowClient, experiment: Experiment, shelf: str):
        """Runs can be searched in experiments by name, and in all of them."""
        client.create_run(experiment.experiment_id, run_name="loner")
        shelf_name = client.get_experiment(shelf).name
        assert len(mlflow.search_runs(experiment_names=[shelf_name, experiment.name])) == len(RUNS) + 1
        everywhere = mlflow.search_runs(search_all_experiments=True, filter_string="run_name = 'loner'")
        assert list(everywhere["experiment_id"]) == [experiment.experiment_id]

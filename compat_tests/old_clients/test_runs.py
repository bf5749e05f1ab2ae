"""Runs and what is logged in them."""

import math

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment, Metric, Param, RunStatus, RunTag, ViewType

UNKNOWN_RUN = "0" * 32
LARGEST_DOUBLE = 1.7976931348623157e308


def data_of(run: mlflow.ActiveRun) -> mlflow.entities.RunData:
    return mlflow.get_run(run.info.run_id).data


class TestLife:
    def test_fluent_run(self, client: MlflowClient, experiment: Experiment):
        """A run of the fluent API keeps name, user, source and description, and finishes."""
        with mlflow.start_run(run_name="first", description="What it is about", tags={"team": "blue"}) as run:
            assert client.get_run(run.info.run_id).info.status == "RUNNING"
        stored = client.get_run(run.info.run_id)
        assert (stored.info.status, stored.info.run_name) == ("FINISHED", "first")
        assert stored.info.end_time >= stored.info.start_time > 0
        assert stored.info.artifact_uri.endswith(f"/{run.info.run_id}/artifacts")
        tags = stored.data.tags
        assert (tags["mlflow.runName"], tags["mlflow.note.content"]) == ("first", "What it is about")
        assert (tags["mlflow.source.type"], tags["team"]) == ("LOCAL", "blue")
        assert tags["mlflow.user"] == stored.info.user_id

    def test_failed_run(self, client: MlflowClient, experiment: Experiment):
        """An exception in the block ends the run as failed."""
        run = mlflow.start_run()
        with pytest.raises(ZeroDivisionError), run:
            _ = 1 / 0
        assert client.get_run(run.info.run_id).info.status == "FAILED"

    def test_nested_runs(self, client: MlflowClient, experiment: Experiment):
        """A child names its parent."""
        with mlflow.start_run() as parent, mlflow.start_run(nested=True) as child:
            pass
        assert data_of(child).tags["mlflow.parentRunId"] == parent.info.run_id
        (found,) = client.search_runs(
            [experiment.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
        )
        assert found.info.run_id == child.info.run_id

    def test_resume(self, client: MlflowClient, experiment: Experiment):
        """A run that is opened again takes more metrics."""
        with mlflow.start_run() as run:
            mlflow.log_metric("loss", 1.0, step=0)
        with mlflow.start_run(run_id=run.info.run_id):
            assert client.get_run(run.info.run_id).info.status == "RUNNING"
            mlflow.log_metric("loss", 0.5, step=1)
        assert data_of(run).metrics == {"loss": 0.5}
        assert client.get_run(run.info.run_id).info.status == "FINISHED"

    def test_update(self, client: MlflowClient, experiment: Experiment):
        """Name and status can be changed; the run's name tag follows the name."""
        run_id = client.create_run(experiment.experiment_id, start_time=1000, run_name="old").info.run_id
        client.update_run(run_id, status="FAILED", name="new")
        run = client.get_run(run_id)
        assert (run.info.run_name, run.info.status, run.info.start_time) == ("new", "FAILED", 1000)
        assert run.data.tags["mlflow.runName"] == "new"
        client.set_terminated(run_id, RunStatus.to_string(RunStatus.KILLED), end_time=2000)
        assert client.get_run(run_id).info.status == "KILLED"
        assert client.get_run(run_id).info.end_time == 2000

    def test_delete_and_restore(self, client: MlflowClient, experiment: Experiment):
        """A deleted run is readable, refuses to be written, and can be restored."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        mlflow.delete_run(run_id)
        assert client.get_run(run_id).info.lifecycle_stage == "deleted"
        with refused("INVALID_PARAMETER_VALUE"):
            client.log_param(run_id, "a", "b")
        assert client.search_runs([experiment.experiment_id]) == []
        (deleted,) = client.search_runs([experiment.experiment_id], run_view_type=ViewType.DELETED_ONLY)
        assert deleted.info.run_id == run_id
        client.restore_run(run_id)
        assert client.get_run(run_id).info.lifecycle_stage == "active"

    def test_unknown(self, client: MlflowClient):
        """Everything about an unknown run is RESOURCE_DOES_NOT_EXIST."""
        calls = [
            lambda: client.get_run(UNKNOWN_RUN),
            lambda: client.log_param(UNKNOWN_RUN, "a", "b"),
            lambda: client.log_metric(UNKNOWN_RUN, "a", 1.0),
            lambda: client.log_batch(UNKNOWN_RUN, params=[Param("a", "b")]),
            lambda: client.set_tag(UNKNOWN_RUN, "a", "b"),
            lambda: client.delete_run(UNKNOWN_RUN),
            lambda: client.restore_run(UNKNOWN_RUN),
            lambda: client.set_terminated(UNKNOWN_RUN),
            lambda: mlflow.start_run(run_id=UNKNOWN_RUN),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()


class TestParams:
    def test_values_come_back_as_text(self, experiment: Experiment):
        """Parameters of any type are stored as their text."""
        with mlflow.start_run() as run:
            mlflow.log_param("rate", 0.1)
            mlflow.log_params({"layers": [3, 2], "none": None, "flag": True, "empty": "", "größe": "naïve ✓"})
        assert data_of(run).params == {
            "rate": "0.1",
            "layers": "[3, 2]",
            "none": "None",
            "flag": "True",
            "empty": "",
            "größe": "naïve ✓",
        }

    def test_change_is_refused(self, experiment: Experiment):
        """A parameter can be logged again, but not changed, alone or in a batch."""
        with mlflow.start_run() as run:
            mlflow.log_param("depth", 3)
            mlflow.log_param("depth", 3)
            with pytest.raises(mlflow.MlflowException, match="not allowed"):
                mlflow.log_param("depth", 4)
            with refused("INVALID_PARAMETER_VALUE"):
                mlflow.log_params({"depth": 5})
        assert data_of(run).params == {"depth": "3"}


class TestMetrics:
    def test_history(self, client: MlflowClient, experiment: Experiment):
        """Every point is kept with its step; the run shows that of the greatest step."""
        points = {1: 0.1, 10: 0.9, 5: 0.5, -3: 0.3}
        with mlflow.start_run() as run:
            for step, value in points.items():
                mlflow.log_metric("accuracy", value, step=step)
        assert data_of(run).metrics == {"accuracy": 0.9}
        history = client.get_metric_history(run.info.run_id, "accuracy")
        assert {point.step: point.value for point in history} == points
        assert client.get_metric_history(run.info.run_id, "never") == []

    def test_not_a_number_and_infinity(self, experiment: Experiment):
        """NaN stays NaN; infinities become the largest doubles."""
        with mlflow.start_run() as run:
            mlflow.log_metrics({"nan": math.nan, "up": math.inf, "down": -math.inf})
            mlflow.log_metric("alone", math.nan)
        metrics = data_of(run).metrics
        assert math.isnan(metrics.pop("nan"))
        assert math.isnan(metrics.pop("alone"))
        assert metrics == {"up": LARGEST_DOUBLE, "down": -LARGEST_DOUBLE}

    def test_long_history(self, client: MlflowClient, experiment: Experiment):
        """Thousands of points in batches come back complete."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        points = [Metric("loss", 1.0 / (i + 1), 1_700_000_000_000 + i, i) for i in range(2500)]
        for start in range(0, len(points), 1000):
            client.log_batch(run_id, metrics=points[start : start + 1000])
        history = client.get_metric_history(run_id, "loss")
        assert sorted((p.step, p.value, p.timestamp) for p in history) == [
            (p.step, p.value, p.timestamp) for p in points
        ]


class TestTags:
    def test_set_overwrite_delete(self, experiment: Experiment):
        """Tags can be set, overwritten and deleted; deleting an absent one is an error."""
        with mlflow.start_run() as run:
            mlflow.set_tag("stage", "draft")
            mlflow.set_tags({"stage": "final", "owner": "Zoë", "count": 3})
            mlflow.delete_tag("owner")
            with refused("RESOURCE_DOES_NOT_EXIST"):
                mlflow.delete_tag("owner")
        tags = data_of(run).tags
        assert [tags.get(key) for key in ("stage", "owner", "count")] == ["final", None, "3"]


class TestBatch:
    def test_everything_at_once(self, client: MlflowClient, experiment: Experiment):
        """One batch writes metrics, parameters and tags."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        client.log_batch(run_id, [Metric("m", 1.5, 1, 0)], [Param("p", "v")], [RunTag("t", "w")])
        data = client.get_run(run_id).data
        assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.5}, {"p": "v"}, "w")

    def test_largest(self, client: MlflowClient, experiment: Experiment):
        """As many entries as the client may send at once arrive whole."""
        params = {f"group/p{i}": str(i) for i in range(100)}
        metrics = {f"group/m{i}": float(i) for i in range(800)}
        with mlflow.start_run() as run:
            mlflow.log_params(params)
            mlflow.log_metrics(metrics)
            mlflow.set_tags({f"t{i}": i for i in range(100)})
        data = data_of(run)
        assert (data.params, data.metrics) == (params, metrics)
        assert {data.tags[f"t{i}"] for i in range(100)} == {str(i) for i in range(100)}

    def test_bad_entry_refuses_the_batch(self, client: MlflowClient, experiment: Experiment):
        """With one invalid key nothing of the batch is stored."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        with refused("INVALID_PARAMETER_VALUE"):
            client.log_batch(run_id, [Metric("bad//key", 1.0, 1, 0)], [Param("p", "v")])
        assert client.get_run(run_id).data.params == {}

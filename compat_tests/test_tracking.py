"""What is logged in a run: parameters, metrics, tags, datasets; in batches and in the background."""

import math

import mlflow
import pandas as pd
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment, Metric, Param, RunTag
from mlflow.exceptions import MlflowException

LARGEST_DOUBLE = 1.7976931348623157e308


def data_of(run: mlflow.ActiveRun) -> mlflow.entities.RunData:
    return mlflow.get_run(run.info.run_id).data


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

    def test_more_than_one_request_holds(self, experiment: Experiment):
        """A large dictionary, which the client splits over several requests, arrives whole."""
        params = {f"group/p{i}": str(i) for i in range(250)}
        with mlflow.start_run() as run:
            mlflow.log_params(params)
        assert data_of(run).params == params

    def test_same_value_again(self, experiment: Experiment):
        """Logging a parameter again with the same value is fine."""
        with mlflow.start_run() as run:
            mlflow.log_param("depth", 3)
            mlflow.log_param("depth", 3)
            mlflow.log_params({"depth": 3})
        assert data_of(run).params == {"depth": "3"}

    def test_change_is_refused(self, experiment: Experiment):
        """A parameter cannot be changed, alone or in a batch, and keeps its value."""
        with mlflow.start_run() as run:
            mlflow.log_param("depth", 3)
            with refused("INVALID_PARAMETER_VALUE"):
                mlflow.log_param("depth", 4)
            with refused("INVALID_PARAMETER_VALUE"):
                mlflow.log_params({"depth": 5})
        assert data_of(run).params == {"depth": "3"}

    def test_long_value_is_cut(self, client: MlflowClient, experiment: Experiment):
        """A value beyond 6000 characters is cut to that length."""
        run = client.create_run(experiment.experiment_id)
        client.log_param(run.info.run_id, "prompt", "x" * 6500)
        assert client.get_run(run.info.run_id).data.params == {"prompt": "x" * 6000}

    @pytest.mark.parametrize("key", ["a//b", "../a", "/a", "what?", "k" * 251])
    def test_bad_key_is_refused(self, experiment: Experiment, key: str):
        """Keys with odd characters, path tricks or too many characters are refused."""
        with mlflow.start_run(), refused("INVALID_PARAMETER_VALUE"):
            mlflow.log_param(key, 1)


class TestMetrics:
    def test_history_over_steps(self, client: MlflowClient, experiment: Experiment):
        """Every point is kept with its step, and the run shows the last one."""
        with mlflow.start_run() as run:
            for step in range(5):
                mlflow.log_metric("loss", 1 / (step + 1), step=step)
        history = client.get_metric_history(run.info.run_id, "loss")
        assert sorted((point.step, point.value) for point in history) == [(s, 1 / (s + 1)) for s in range(5)]
        assert data_of(run).metrics == {"loss": 0.2}

    def test_latest_is_of_the_greatest_step(self, experiment: Experiment):
        """A point logged later, but for an earlier step, is not the latest value."""
        with mlflow.start_run() as run:
            for step, value in [(1, 0.1), (10, 0.9), (5, 0.5), (-3, 0.3)]:
                mlflow.log_metric("accuracy", value, step=step)
        assert data_of(run).metrics == {"accuracy": 0.9}

    def test_not_a_number_and_infinity(self, client: MlflowClient, experiment: Experiment):
        """NaN stays NaN; infinities become the largest doubles."""
        with mlflow.start_run() as run:
            mlflow.log_metrics({"nan": math.nan, "up": math.inf, "down": -math.inf})
            mlflow.log_metric("mixed", math.nan, step=0)
            mlflow.log_metric("mixed", 2.5, step=1)
        metrics = data_of(run).metrics
        assert math.isnan(metrics.pop("nan"))
        assert metrics == {"up": LARGEST_DOUBLE, "down": -LARGEST_DOUBLE, "mixed": 2.5}
        mixed = sorted(client.get_metric_history(run.info.run_id, "mixed"), key=lambda point: point.step)
        assert math.isnan(mixed[0].value)
        assert mixed[1].value == 2.5

    def test_same_point_again(self, client: MlflowClient, experiment: Experiment):
        """A point sent twice, as after a retry, is kept once."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        for _ in range(2):
            client.log_metric(run_id, "loss", 0.5, timestamp=1_700_000_000_000, step=1)
        (point,) = client.get_metric_history(run_id, "loss")
        assert (point.value, point.timestamp, point.step) == (0.5, 1_700_000_000_000, 1)

    def test_long_history(self, client: MlflowClient, experiment: Experiment):
        """Thousands of points in batches come back complete."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        points = [Metric("loss", 1.0 / (i + 1), 1_700_000_000_000 + i, i) for i in range(2500)]
        for start in range(0, len(points), 1000):
            client.log_batch(run_id, metrics=points[start : start + 1000])
        history = client.get_metric_history(run_id, "loss")
        assert {(p.step, p.value, p.timestamp) for p in history} == {
            (p.step, p.value, p.timestamp) for p in points
        }
        assert len(history) == len(points)

    def test_history_of_unknown_metric_is_empty(self, client: MlflowClient, experiment: Experiment):
        """A metric that was never logged has no points."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        assert client.get_metric_history(run_id, "never") == []


class TestTags:
    def test_set_overwrite_delete(self, client: MlflowClient, experiment: Experiment):
        """Tags can be set, overwritten and deleted; deleting an absent one is an error."""
        with mlflow.start_run() as run:
            mlflow.set_tag("stage", "draft")
            mlflow.set_tags({"stage": "final", "owner": "Zoë", "count": 3})
            mlflow.delete_tag("owner")
            with refused("RESOURCE_DOES_NOT_EXIST"):
                mlflow.delete_tag("owner")
        tags = data_of(run).tags
        assert {key: tags.get(key) for key in ("stage", "owner", "count")} == {
            "stage": "final",
            "owner": None,
            "count": "3",
        }

    def test_system_tags(self, experiment: Experiment):
        """The tags that the client adds on its own are kept: user, source, name, description."""
        with mlflow.start_run(run_name="described", description="What it is about") as run:
            pass
        tags = data_of(run).tags
        assert tags["mlflow.runName"] == "described"
        assert tags["mlflow.note.content"] == "What it is about"
        assert tags["mlflow.source.type"] == "LOCAL"
        assert tags["mlflow.user"] == mlflow.get_run(run.info.run_id).info.user_id


class TestBatch:
    def test_everything_at_once(self, client: MlflowClient, experiment: Experiment):
        """One batch writes metrics, parameters and tags."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        client.log_batch(run_id, [Metric("m", 1.5, 1, 0)], [Param("p", "v")], [RunTag("t", "w")])
        data = client.get_run(run_id).data
        assert (data.metrics, data.params, data.tags["t"]) == ({"m": 1.5}, {"p": "v"}, "w")

    def test_bad_entry_refuses_the_batch(self, client: MlflowClient, experiment: Experiment):
        """With one invalid key nothing of the batch is stored."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        with refused("INVALID_PARAMETER_VALUE"):
            client.log_batch(run_id, [Metric("bad//key", 1.0, 1, 0)], [Param("p", "v")])
        assert client.get_run(run_id).data.params == {}


class TestDatasets:
    def test_input_with_context(self, experiment: Experiment):
        """A dataset logged twice is one input, with its context, schema and source."""
        frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
        dataset = mlflow.data.from_pandas(frame, name="points", targets="y")
        with mlflow.start_run() as run:
            mlflow.log_input(dataset, context="training")
            mlflow.log_input(dataset, context="training")
        (logged,) = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
        assert (logged.dataset.name, logged.dataset.digest) == ("points", dataset.digest)
        assert logged.dataset.source_type == "code"
        assert '"x"' in logged.dataset.schema
        assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training"}


class TestAsynchronous:
    def test_everything_arrives(self, client: MlflowClient, experiment: Experiment):
        """What is logged in the background is there after a flush."""
        with mlflow.start_run() as run:
            for step in range(50):
                mlflow.log_metric("loss", float(step), step=step, synchronous=False)
            mlflow.log_params({"a": 1, "b": 2}, synchronous=False)
            mlflow.set_tag("kind", "async", synchronous=False)
            mlflow.log_metrics({"x": 1.0, "y": 2.0}, synchronous=False).wait()
            mlflow.flush_async_logging()
        data = data_of(run)
        assert data.params == {"a": "1", "b": "2"}
        assert data.metrics == {"loss": 49.0, "x": 1.0, "y": 2.0}
        assert data.tags["kind"] == "async"
        assert len(client.get_metric_history(run.info.run_id, "loss")) == 50

    def test_error_reaches_the_waiter(self, experiment: Experiment):
        """A refusal in the background is raised by wait()."""
        with mlflow.start_run():
            mlflow.log_param("depth", 3)
            operation = mlflow.log_params({"depth": 4}, synchronous=False)
            with pytest.raises(MlflowException, match="Changing param values is not allowed"):
                operation.wait()

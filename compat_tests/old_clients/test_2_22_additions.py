"""What the 2.22 client has beyond 1.30: aliases, copies, data sets, logging in the background."""

from collections.abc import Callable

import mlflow
import pandas as pd
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment
from pyfunc_model import INPUTS, PREDICTIONS, LoggedPyfunc


class TestAliases:
    def test_set_move_delete(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """An alias names one version at a time, and can be moved and deleted."""
        new_version()
        new_version()
        client.set_registered_model_alias(unique_name, "champion", "1")
        client.set_registered_model_alias(unique_name, "best", "1")
        client.set_registered_model_alias(unique_name, "champion", "2")
        assert client.get_model_version_by_alias(unique_name, "champion").version == "2"
        assert client.get_registered_model(unique_name).aliases == {"champion": "2", "best": "1"}
        assert client.get_model_version(unique_name, "1").aliases == ["best"]
        client.delete_registered_model_alias(unique_name, "champion")
        with refused("INVALID_PARAMETER_VALUE"):
            client.get_model_version_by_alias(unique_name, "champion")

    def test_unknown(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Aliases of absent models and versions are refused, and so are reserved names."""
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.set_registered_model_alias(unique_name, "a", "1")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_model_version_by_alias(unique_name, "a")
        version = new_version()
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.set_registered_model_alias(unique_name, "a", "7")
        for reserved in ("latest", "v1"):
            with refused("INVALID_PARAMETER_VALUE"):
                client.set_registered_model_alias(unique_name, reserved, version)

    def test_unknown_in_a_uri(self, logged: LoggedPyfunc):
        """An alias that does not exist cannot be loaded."""
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.pyfunc.load_model(f"models:/{logged.name}@nobody")


class TestCopies:
    def test_copy(self, client: MlflowClient, logged: LoggedPyfunc, unique_name: str):
        """A copied version lives under the new name, keeps the run, and loads the same model."""
        copy = client.copy_model_version(f"models:/{logged.name}/1", unique_name)
        assert (copy.name, copy.version, copy.run_id) == (unique_name, "1", logged.run_id)
        assert copy.source == f"models:/{logged.name}/1"
        again = client.copy_model_version(f"models:/{logged.name}@champion", unique_name)
        assert again.version == "2"
        assert client.get_model_version_download_uri(unique_name, "2") == logged.artifact_uri
        assert mlflow.pyfunc.load_model(f"models:/{unique_name}/2").predict(INPUTS) == PREDICTIONS

    def test_unknown_original(self, client: MlflowClient, logged: LoggedPyfunc, unique_name: str):
        """What is not there cannot be copied, and no model is made for it."""
        with pytest.raises(mlflow.MlflowException, match="RESOURCE_DOES_NOT_EXIST"):
            client.copy_model_version(f"models:/{logged.name}/99", unique_name)
        assert client.search_registered_models(f"name = '{unique_name}'") == []


class TestSearch:
    def test_versions(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Versions are found by tag, in the order asked for, page by page."""
        for i in range(5):
            new_version(tags={"odd": str(i % 2)})
        odd = client.search_model_versions(f"name = '{unique_name}' AND tags.odd = '1'")
        assert sorted(version.version for version in odd) == ["2", "4"]
        token, pages = None, []
        while token or not pages:
            page = client.search_model_versions(
                f"name = '{unique_name}'", max_results=2, order_by=["version_number ASC"], page_token=token
            )
            pages.append([version.version for version in page])
            token = page.token
        assert pages == [["1", "2"], ["3", "4"], ["5"]]

    def test_models_by_tag(self, client: MlflowClient, unique_name: str):
        """Models are found by tag."""
        for letter in "ab":
            client.create_registered_model(f"{unique_name}-{letter}", tags={"letter": letter})
        (found,) = client.search_registered_models(f"name LIKE '{unique_name}-%' AND tags.letter = 'b'")
        assert found.name == f"{unique_name}-b"


class TestRuns:
    def test_dataset(self, experiment: Experiment):
        """A dataset is kept as an input of its run, with its context, and runs are found by it."""
        frame = pd.DataFrame({"x": [1.0, 2.0], "y": [0, 1]})
        dataset = mlflow.data.from_pandas(frame, name="points", targets="y")
        with mlflow.start_run() as run:
            mlflow.log_input(dataset, context="training")
        (logged,) = mlflow.get_run(run.info.run_id).inputs.dataset_inputs
        assert (logged.dataset.name, logged.dataset.digest) == ("points", dataset.digest)
        assert {tag.key: tag.value for tag in logged.tags} == {"mlflow.data.context": "training"}
        (found,) = mlflow.search_runs(
            [experiment.experiment_id], "datasets.name = 'points'", output_format="list"
        )
        assert found.info.run_id == run.info.run_id

    def test_table(self, experiment: Experiment):
        """A table that is logged twice grows, and comes back as a data frame."""
        with mlflow.start_run() as run:
            mlflow.log_table({"x": [1, 2]}, "out/table.json")
            mlflow.log_table({"x": [3]}, "out/table.json")
        table = mlflow.load_table("out/table.json", run_ids=[run.info.run_id])
        assert list(table["x"]) == [1, 2, 3]

    def test_background(self, client: MlflowClient, experiment: Experiment):
        """What is logged in the background is there after a flush; a refusal is raised by wait()."""
        with mlflow.start_run() as run:
            for step in range(50):
                mlflow.log_metric("loss", float(step), step=step, synchronous=False)
            mlflow.log_params({"a": 1}, synchronous=False).wait()
            mlflow.flush_async_logging()
            operation = mlflow.log_params({"a": 2}, synchronous=False)
            with pytest.raises(mlflow.MlflowException, match="not allowed"):
                operation.wait()
        assert len(client.get_metric_history(run.info.run_id, "loss")) == 50
        assert client.get_run(run.info.run_id).data.params == {"a": "1"}

    def test_more_than_one_request_holds(self, client: MlflowClient, experiment: Experiment):
        """Large dictionaries, which the client splits over several requests, arrive whole."""
        params = {f"group/p{i}": str(i) for i in range(250)}
        metrics = {f"group/m{i}": float(i) for i in range(1500)}
        with mlflow.start_run() as run:
            mlflow.log_params(params)
            mlflow.log_metrics(metrics)
        data = client.get_run(run.info.run_id).data
        assert (data.params, data.metrics) == (params, metrics)

"""Models: logged in a run, loaded in every way, and the logged models behind them."""

from pathlib import Path

import mlflow
import numpy as np
import pandas as pd
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts, list_artifacts
from mlflow.entities import Experiment, LoggedModelStatus
from mlflow.exceptions import MlflowException
from mlflow.models import get_model_info
from trained_model import TrainedModel

UNKNOWN_MODEL = "m-" + "0" * 32
URI_KINDS = ["run", "model id", "version", "latest", "alias", "stage"]


class TestLoading:
    @pytest.mark.parametrize("kind", URI_KINDS)
    def test_pyfunc(self, trained: TrainedModel, kind: str):
        """The generic loader gives a model that predicts the same as the original."""
        model = mlflow.pyfunc.load_model(trained.uri(kind))
        assert np.array_equal(model.predict(trained.inputs), trained.predictions)

    @pytest.mark.parametrize("kind", URI_KINDS)
    def test_sklearn(self, trained: TrainedModel, kind: str):
        """The scikit-learn loader gives the estimator itself."""
        model = mlflow.sklearn.load_model(trained.uri(kind))
        assert type(model).__name__ == "LogisticRegression"
        assert np.array_equal(model.predict(trained.inputs), trained.predictions)

    def test_signature_and_example(self, trained: TrainedModel):
        """Signature and input example come back with the model, and the signature is enforced."""
        info = get_model_info(trained.uri("run"))
        assert info.signature == trained.signature
        assert info.model_id == trained.model_id
        model = mlflow.pyfunc.load_model(trained.uri("version"))
        pd.testing.assert_frame_equal(model.input_example, trained.inputs.head(3))
        with refused("INVALID_PARAMETER_VALUE"):
            model.predict(pd.DataFrame({"length": [1.0]}))

    def test_files_appear_in_the_run(self, trained: TrainedModel, tmp_path: Path):
        """The model's files are listed and downloaded as if they were the run's."""
        names = {Path(file.path).name for file in list_artifacts(trained.uri("run"))}
        assert {"MLmodel", "requirements.txt", "input_example.json"} <= names
        assert {file.path for file in list_artifacts(trained.uri("model id"))} == names
        folder = Path(download_artifacts(trained.uri("run"), dst_path=str(tmp_path)))
        assert {path.name for path in folder.iterdir()} >= names
        assert f"model_id: {trained.model_id}" in (folder / "MLmodel").read_text()

    def test_unknown_version(self, trained: TrainedModel):
        """Versions and models that do not exist cannot be loaded."""
        for uri in (f"models:/{trained.name}/99", "models:/no-such-model/1"):
            with refused("RESOURCE_DOES_NOT_EXIST"):
                mlflow.pyfunc.load_model(uri)

    def test_unknown_alias(self, trained: TrainedModel):
        """An alias that does not exist cannot be loaded."""
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.pyfunc.load_model(f"models:/{trained.name}@nobody")

    def test_empty_stage(self, trained: TrainedModel):
        """A stage without versions cannot be loaded."""
        with pytest.raises(MlflowException, match="No versions of model"):
            mlflow.pyfunc.load_model(f"models:/{trained.name}/Staging")


class TestLoggedModels:
    def test_of_log_model(self, trained: TrainedModel):
        """log_model leaves a ready logged model that knows its run and its registered version."""
        model = mlflow.get_logged_model(trained.model_id)
        assert (model.name, model.status) == ("model", LoggedModelStatus.READY)
        assert (model.source_run_id, model.experiment_id) == (trained.run_id, trained.experiment_id)
        experiment = mlflow.get_experiment(trained.experiment_id)
        assert model.artifact_location == f"{experiment.artifact_location}/models/{model.model_id}/artifacts"
        assert trained.name in model.tags["mlflow.modelVersions"]
        (output,) = mlflow.get_run(trained.run_id).outputs.model_outputs
        assert output.model_id == trained.model_id

    def test_life(self, experiment: Experiment):
        """A logged model is pending until it is finalized, and takes params and tags."""
        model = mlflow.initialize_logged_model("candidate", params={"depth": "3"}, model_type="tree")
        assert (model.status, model.model_type) == (LoggedModelStatus.PENDING, "tree")
        mlflow.log_model_params({"width": "5"}, model.model_id)
        mlflow.set_logged_model_tags(model.model_id, {"owner": "Zoë", "draft": "yes"})
        mlflow.delete_logged_model_tag(model.model_id, "draft")
        assert mlflow.finalize_logged_model(model.model_id, "READY").status == LoggedModelStatus.READY
        found = mlflow.get_logged_model(model.model_id)
        assert (found.status, found.params) == (LoggedModelStatus.READY, {"depth": "3", "width": "5"})
        assert (found.tags.get("owner"), found.tags.get("draft")) == ("Zoë", None)

    def test_failed_upload(self, client: MlflowClient, experiment: Experiment):
        """A model that could not be saved can be marked as failed."""
        model = mlflow.initialize_logged_model("broken")
        client.finalize_logged_model(model.model_id, LoggedModelStatus.FAILED)
        assert mlflow.get_logged_model(model.model_id).status == LoggedModelStatus.FAILED

    def test_artifacts(self, client: MlflowClient, experiment: Experiment, tmp_path: Path):
        """Files can be added to a logged model, listed and downloaded."""
        (tmp_path / "sub").mkdir()
        (tmp_path / "sub" / "weights.bin").write_bytes(b"\x00\x01")
        model = mlflow.initialize_logged_model("with-files")
        client.log_model_artifacts(model.model_id, str(tmp_path))
        mlflow.finalize_logged_model(model.model_id, "READY")
        assert [file.path for file in client.list_logged_model_artifacts(model.model_id)] == ["sub"]
        folder = download_artifacts(f"models:/{model.model_id}")
        assert (Path(folder) / "sub" / "weights.bin").read_bytes() == b"\x00\x01"

    def test_metrics(self, experiment: Experiment):
        """A metric logged for a model and a dataset is kept on the run and on the model."""
        dataset = mlflow.data.from_pandas(pd.DataFrame({"x": [1.0]}), name="holdout")
        model = mlflow.initialize_logged_model("measured")
        with mlflow.start_run() as run:
            mlflow.log_metric("accuracy", 0.75, step=2, model_id=model.model_id, dataset=dataset)
            mlflow.log_metrics({"f1": 0.5}, model_id=model.model_id)
        assert mlflow.get_run(run.info.run_id).data.metrics == {"accuracy": 0.75, "f1": 0.5}
        metrics = {metric.key: metric for metric in mlflow.get_logged_model(model.model_id).metrics}
        assert (metrics["accuracy"].value, metrics["accuracy"].step, metrics["f1"].value) == (0.75, 2, 0.5)
        assert (metrics["accuracy"].dataset_name, metrics["accuracy"].dataset_digest) == (
            "holdout",
            dataset.digest,
        )
        assert {metric.run_id for metric in metrics.values()} == {run.info.run_id}

    def test_delete(self, client: MlflowClient, experiment: Experiment):
        """A deleted logged model is neither found nor listed."""
        model = mlflow.initialize_logged_model("doomed")
        client.delete_logged_model(model.model_id)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_logged_model(model.model_id)
        assert mlflow.search_logged_models([experiment.experiment_id], output_format="list") == []

    def test_unknown(self, client: MlflowClient):
        """Everything about an unknown logged model is RESOURCE_DOES_NOT_EXIST."""
        calls = [
            lambda: mlflow.get_logged_model(UNKNOWN_MODEL),
            lambda: mlflow.finalize_logged_model(UNKNOWN_MODEL, "READY"),
            lambda: mlflow.delete_logged_model_tag(UNKNOWN_MODEL, "a"),
            lambda: client.delete_logged_model(UNKNOWN_MODEL),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()
        with pytest.raises(MlflowException, match=UNKNOWN_MODEL):
            mlflow.pyfunc.load_model(f"models:/{UNKNOWN_MODEL}")


class TestActiveModel:
    def test_new_name(self, experiment: Experiment):
        """set_active_model makes the model when needed, and later runs take it as their input."""
        active = mlflow.set_active_model(name="agent")
        with mlflow.start_run() as run:
            mlflow.log_metric("score", 0.5)
        (model,) = mlflow.search_logged_models([experiment.experiment_id], output_format="list")
        assert (model.model_id, model.name, model.status) == (active.model_id, "agent", "READY")
        (used,) = mlflow.get_run(run.info.run_id).inputs.model_inputs
        assert used.model_id == active.model_id
        assert [metric.value for metric in mlflow.get_logged_model(active.model_id).metrics] == [0.5]

    def test_known_name(self, experiment: Experiment):
        """set_active_model finds a model again by its name."""
        first = mlflow.set_active_model(name="agent").model_id
        mlflow.clear_active_model()
        assert mlflow.set_active_model(name="agent").model_id == first
        assert mlflow.get_active_model_id() == first

"""A python_function model: logged in a run, registered, and found by every kind of URI."""

from pathlib import Path

import mlflow
import mlflow.pyfunc
import pytest
from expect import refused
from generation import calls_registry
from mlflow import MlflowClient
from mlflow.artifacts import download_artifacts
from pyfunc_model import INPUTS, PREDICTIONS, URI_KINDS, LoggedPyfunc, Tripler

pytestmark = calls_registry


@pytest.mark.parametrize("kind", URI_KINDS)
def test_load(logged: LoggedPyfunc, kind: str):
    """The loaded model predicts what the original would, whichever way it is named."""
    model = mlflow.pyfunc.load_model(logged.uri(kind))
    assert model.predict(INPUTS) == PREDICTIONS
    assert model.metadata.run_id == logged.run_id


@pytest.mark.parametrize("kind", URI_KINDS)
def test_download(logged: LoggedPyfunc, kind: str, tmp_path: Path):
    """The files of the model can be downloaded by each kind of URI."""
    folder = Path(download_artifacts(logged.uri(kind), dst_path=str(tmp_path)))
    assert {"MLmodel", "python_model.pkl", "requirements.txt"} <= {path.name for path in folder.iterdir()}
    assert f"run_id: {logged.run_id}" in (folder / "MLmodel").read_text()


def test_run_knows_the_model(client: MlflowClient, logged: LoggedPyfunc):
    """The run lists the files, and keeps the model's description in its history tag."""
    names = {file.path for file in client.list_artifacts(logged.run_id, "model")}
    assert {"model/MLmodel", "model/python_model.pkl"} <= names
    history = client.get_run(logged.run_id).data.tags["mlflow.log-model.history"]
    assert '"artifact_path": "model"' in history
    assert '"python_function"' in history


def test_version_knows_the_run(client: MlflowClient, logged: LoggedPyfunc):
    """The version of log_model is ready, and names its run and the folder in it."""
    version = client.get_model_version(logged.name, "1")
    assert (version.status, version.current_stage) == ("READY", "Production")
    assert (version.run_id, version.source) == (logged.run_id, logged.artifact_uri)
    assert client.get_model_version_download_uri(logged.name, "1") == logged.artifact_uri


def test_register_again(client: MlflowClient, logged: LoggedPyfunc, unique_name: str):
    """register_model makes the model when needed, counts versions, and takes tags."""
    first = mlflow.register_model(logged.uri("run"), unique_name, tags={"how": "by run"})
    second = mlflow.register_model(logged.uri("run"), unique_name)
    assert (first.version, second.version) == ("1", "2")
    stored = client.get_model_version(unique_name, "1")
    assert (stored.run_id, stored.source, stored.tags) == (
        logged.run_id,
        logged.artifact_uri,
        {"how": "by run"},
    )
    assert mlflow.pyfunc.load_model(f"models:/{unique_name}/2").predict(INPUTS) == PREDICTIONS


def test_latest_and_stage_move_on(client: MlflowClient, logged: LoggedPyfunc, unique_name: str):
    """latest and a stage lead to the newest version, not to the first."""
    mlflow.register_model("s3://bucket/old", unique_name)
    client.transition_model_version_stage(unique_name, "1", "Staging")
    mlflow.register_model(logged.uri("run"), unique_name)
    client.transition_model_version_stage(unique_name, "2", "Staging", archive_existing_versions=True)
    for last in ("latest", "Staging", "staging"):
        assert mlflow.pyfunc.load_model(f"models:/{unique_name}/{last}").predict(INPUTS) == PREDICTIONS


def test_not_there(logged: LoggedPyfunc):
    """Models, versions and stages that do not exist cannot be loaded."""
    for uri in (f"models:/{logged.name}/99", "models:/no-such-model/1", "models:/no-such-model/latest"):
        with refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.pyfunc.load_model(uri)
    with pytest.raises(mlflow.MlflowException, match="No versions of model"):
        mlflow.pyfunc.load_model(f"models:/{logged.name}/Staging")


def test_model_in_several_versions(client: MlflowClient, logged: LoggedPyfunc, unique_name: str):
    """Each log_model with a registered name adds a version of its own run."""
    runs = []
    for _ in range(2):
        with mlflow.start_run(experiment_id=logged.experiment_id) as run:
            mlflow.pyfunc.log_model(
                artifact_path="model",
                python_model=Tripler(),
                registered_model_name=unique_name,
                pip_requirements=["cloudpickle"],
            )
        runs.append(run.info.run_id)
    versions = client.search_model_versions(f"name = '{unique_name}'")
    assert {version.version: version.run_id for version in versions} == {"1": runs[0], "2": runs[1]}
    (by_run,) = client.search_model_versions(f"run_id = '{runs[0]}'")
    assert (by_run.name, by_run.version) == (unique_name, "1")

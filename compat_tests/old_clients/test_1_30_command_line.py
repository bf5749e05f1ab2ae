"""The `mlflow` command of the 1.30 client, a process that knows the server only by MLFLOW_TRACKING_URI."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from generation import calls_list
from mlflow import MlflowClient
from mlflow.entities import Experiment
from servers import Server, clean_environment

COMMAND = Path(sys.executable).with_name("mlflow")
COMMAND_SECONDS = 60


@pytest.fixture
def mlflow_command(server: Server, tmp_path: Path) -> Callable[..., str]:
    """A function that runs the command, which must succeed, and gives what it prints."""

    def run(*arguments: str) -> str:
        done = subprocess.run(
            [COMMAND, *arguments],
            cwd=tmp_path,
            env=clean_environment(MLFLOW_TRACKING_URI=server.uri),
            capture_output=True,
            text=True,
            timeout=COMMAND_SECONDS,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


@calls_list
def test_experiments(client: MlflowClient, mlflow_command: Callable, unique_name: str):
    """The command makes experiments and finds them."""
    mlflow_command("experiments", "create", "--experiment-name", unique_name)
    experiment_id = client.get_experiment_by_name(unique_name).experiment_id
    listed = mlflow_command("experiments", "list")
    assert {unique_name, experiment_id} <= set(listed.split())


def test_runs_and_artifacts(
    client: MlflowClient, mlflow_command: Callable, experiment: Experiment, tmp_path: Path
):
    """The command lists runs, and moves their files."""
    run_id = client.create_run(experiment.experiment_id).info.run_id
    assert run_id in mlflow_command("runs", "list", "--experiment-id", experiment.experiment_id)
    (tmp_path / "notes.txt").write_text("notes")
    options = ("--run-id", run_id, "--artifact-path", "out")
    mlflow_command("artifacts", "log-artifact", "--local-file", "notes.txt", *options)
    folder = mlflow_command("artifacts", "download", *options).split()[-1]
    assert (Path(folder) / "notes.txt").read_text() == "notes"

"""Whole scripts as processes of their own, which know the server only by MLFLOW_TRACKING_URI."""

import subprocess
import sys
from pathlib import Path

import mlflow
from mlflow import MlflowClient
from mlflow.artifacts import list_artifacts, load_dict
from mlflow.entities import Run
from servers import Server, clean_environment

SCRIPTS = Path(__file__).parent / "scripts"
SCRIPT_SECONDS = 120
COMPETITORS = 3


def command(script: str, *arguments: str) -> list[str]:
    return [sys.executable, str(SCRIPTS / script), *arguments]


def run_script(server: Server, folder: Path, *script: str) -> str:
    """What the script prints; it must succeed."""
    done = subprocess.run(
        command(*script),
        cwd=folder,
        env=clean_environment(MLFLOW_TRACKING_URI=server.uri),
        capture_output=True,
        text=True,
        timeout=SCRIPT_SECONDS,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


class TestTraining:
    def test_script(self, server: Server, client: MlflowClient, unique_name: str, tmp_path: Path):
        """An autologged training script leaves its run, children, files, model and version on the server."""
        output = run_script(server, tmp_path, "train.py", unique_name, unique_name)
        run = client.get_run(output.split("run ")[-1].strip())
        assert list(tmp_path.iterdir()) == []
        self.check_run(run)
        self.check_files(run)
        self.check_children(client, run)
        self.check_model(client, run, unique_name)

    @staticmethod
    def check_run(run: Run) -> None:
        assert (run.info.status, run.info.run_name) == ("FINISHED", "forest")
        assert {"n_estimators": "12", "random_state": "7"}.items() <= run.data.params.items()
        assert {"training_accuracy_score", "training_f1_score", "test_accuracy"} <= run.data.metrics.keys()
        assert run.data.metrics["test_accuracy"] > 0.8
        assert run.data.tags["estimator_name"] == "RandomForestClassifier"
        assert (run.data.tags["team"], run.data.tags["mlflow.source.type"]) == ("blue", "LOCAL")
        assert run.data.tags["mlflow.source.name"].endswith("train.py")
        contexts = [tag.value for entry in run.inputs.dataset_inputs for tag in entry.tags]
        assert "train" in contexts

    @staticmethod
    def check_files(run: Run) -> None:
        names = {file.path for file in list_artifacts(run_id=run.info.run_id)}
        assert {"extra", "importances.png", "table.json", "training_confusion_matrix.png"} <= names
        (notes,) = list_artifacts(run_id=run.info.run_id, artifact_path="extra/notes")
        assert (notes.path, notes.file_size) == ("extra/notes/read.me", 6)
        table = load_dict(f"runs:/{run.info.run_id}/table.json")
        assert (len(table["data"]), table["columns"]) == (38, ["true", "predicted"])

    @staticmethod
    def check_children(client: MlflowClient, run: Run) -> None:
        children = client.search_runs(
            [run.info.experiment_id],
            f"tags.mlflow.parentRunId = '{run.info.run_id}'",
            order_by=["params.depth"],
        )
        assert [child.data.params["depth"] for child in children] == ["1", "2"]
        history = client.get_metric_history(children[0].info.run_id, "accuracy")
        assert sorted(point.step for point in history) == [1, 2, 3]
        (last,) = (point.value for point in history if point.step == 3)
        assert children[0].data.metrics["accuracy"] == last > 0.3

    @staticmethod
    def check_model(client: MlflowClient, run: Run, name: str) -> None:
        version = client.get_model_version(name, "1")
        (output,) = run.outputs.model_outputs
        assert version.source == f"models:/{output.model_id}"
        model = mlflow.get_logged_model(output.model_id)
        assert (model.source_run_id, model.status) == (run.info.run_id, "READY")
        assert model.params["n_estimators"] == "12"
        assert "training_accuracy_score" in {metric.key for metric in model.metrics}


class TestCompetition:
    def test_same_experiment_at_once(self, server: Server, client: MlflowClient, unique_name: str):
        """Processes that create one experiment at the same moment all get the same one, and log into it."""
        processes = [
            subprocess.Popen(
                command("meet.py", unique_name),
                env=clean_environment(MLFLOW_TRACKING_URI=server.uri),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _ in range(COMPETITORS)
        ]
        try:
            assert [process.stdout.readline() for process in processes] == ["ready\n"] * COMPETITORS
            for process in processes:
                process.stdin.write("go\n")
                process.stdin.flush()
            outputs = [process.communicate(timeout=SCRIPT_SECONDS)[0] for process in processes]
        finally:
            for process in processes:
                process.kill()
        experiment_id = client.get_experiment_by_name(unique_name).experiment_id
        assert [output.splitlines()[-1] for output in outputs] == [experiment_id] * COMPETITORS
        runs = client.search_runs([experiment_id], "metrics.arrived = 1")
        assert [run.info.status for run in runs] == ["FINISHED"] * COMPETITORS

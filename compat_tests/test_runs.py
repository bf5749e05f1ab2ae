"""Experiments and runs themselves: names, nesting, status, resuming, deleting, unknown ones."""

import time

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment, Metric, RunStatus, ViewType

UNKNOWN_RUN = "0" * 32
UNKNOWN_EXPERIMENT = "987654321"


class TestExperiments:
    def test_create_and_get(self, client: MlflowClient, unique_name: str):
        """An experiment keeps its name and tags, and can be had by name and by id."""
        before = int(time.time() * 1000) - 1000
        experiment_id = mlflow.create_experiment(unique_name, tags={"team": "blue", "größe": "✓"})
        found = client.get_experiment_by_name(unique_name)
        assert dict(found) == dict(client.get_experiment(experiment_id))
        assert (found.name, found.lifecycle_stage) == (unique_name, "active")
        assert {"team": "blue", "größe": "✓"}.items() <= found.tags.items()
        assert found.creation_time >= before

    def test_artifact_location(self, client: MlflowClient, unique_name: str):
        """Artifacts go through the server by default, or to the location asked for."""
        default = client.get_experiment(client.create_experiment(unique_name))
        assert default.artifact_location == f"mlflow-artifacts:/{default.experiment_id}"
        elsewhere = client.create_experiment(f"{unique_name}-s3", artifact_location="s3://bucket/folder")
        run = client.create_run(elsewhere)
        assert run.info.artifact_uri == f"s3://bucket/folder/{run.info.run_id}/artifacts"

    def test_default_experiment(self, client: MlflowClient):
        """Experiment 0 is there from the start, named Default."""
        assert client.get_experiment("0").name == "Default"

    def test_name_is_unique(self, experiment: Experiment):
        """A name can be taken once, and set_experiment finds it again."""
        with refused("RESOURCE_ALREADY_EXISTS"):
            mlflow.create_experiment(experiment.name)
        assert mlflow.set_experiment(experiment.name).experiment_id == experiment.experiment_id

    def test_rename(self, client: MlflowClient, experiment: Experiment):
        """After a rename only the new name leads to the experiment."""
        client.rename_experiment(experiment.experiment_id, f"{experiment.name}-renamed")
        assert client.get_experiment_by_name(experiment.name) is None
        renamed = client.get_experiment_by_name(f"{experiment.name}-renamed")
        assert renamed.experiment_id == experiment.experiment_id

    def test_tags(self, client: MlflowClient, experiment: Experiment):
        """Tags of an experiment can be set, overwritten and deleted."""
        mlflow.set_experiment_tags({"team": "blue", "owner": "Zoë"})
        mlflow.set_experiment_tag("team", "red")
        mlflow.delete_experiment_tag("owner")
        tags = client.get_experiment(experiment.experiment_id).tags
        assert (tags.get("team"), tags.get("owner")) == ("red", None)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.delete_experiment_tag("owner")

    def test_delete_and_restore(self, client: MlflowClient, experiment: Experiment):
        """Deleting an experiment takes its runs along, and restoring brings them back."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        mlflow.delete_experiment(experiment.experiment_id)
        assert client.get_experiment(experiment.experiment_id).lifecycle_stage == "deleted"
        assert client.get_run(run_id).info.lifecycle_stage == "deleted"
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_run(experiment.experiment_id)
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.set_experiment(experiment.name)
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.create_experiment(experiment.name)
        mlflow.restore_experiment(experiment.experiment_id)
        assert client.get_experiment(experiment.experiment_id).lifecycle_stage == "active"
        assert client.get_run(run_id).info.lifecycle_stage == "active"

    def test_unknown(self, client: MlflowClient, unique_name: str):
        """An unknown experiment is None by name, and an error by id."""
        assert client.get_experiment_by_name(unique_name) is None
        for call in (client.get_experiment, client.delete_experiment, client.restore_experiment):
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call(UNKNOWN_EXPERIMENT)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.create_run(UNKNOWN_EXPERIMENT)
        with refused("INVALID_PARAMETER_VALUE"):
            client.get_experiment("not-a-number")


class TestRuns:
    def test_fresh_run(self, experiment: Experiment):
        """A run begins as RUNNING with a name of its own, and ends as FINISHED."""
        with mlflow.start_run() as run:
            info = mlflow.get_run(run.info.run_id).info
            assert (info.status, info.end_time, info.lifecycle_stage) == ("RUNNING", None, "active")
            assert info.run_name
            assert info.artifact_uri == f"{experiment.artifact_location}/{info.run_id}/artifacts"
        info = mlflow.get_run(run.info.run_id).info
        assert info.status == "FINISHED"
        assert info.end_time >= info.start_time > 0

    def test_failure(self, experiment: Experiment):
        """A run whose block raises is FAILED."""
        with pytest.raises(ZeroDivisionError), mlflow.start_run() as run:
            _ = 1 / 0
        assert mlflow.get_run(run.info.run_id).info.status == "FAILED"

    @pytest.mark.parametrize("status", ["FINISHED", "FAILED", "KILLED"])
    def test_terminated(self, client: MlflowClient, experiment: Experiment, status: str):
        """set_terminated stores each final status with its time."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        client.set_terminated(run_id, status, end_time=1_900_000_000_000)
        info = client.get_run(run_id).info
        assert (info.status, info.end_time) == (status, 1_900_000_000_000)

    def test_resume(self, experiment: Experiment):
        """A finished run can be taken up again by its id."""
        with mlflow.start_run(run_name="first") as run:
            mlflow.log_metric("loss", 1.0, step=0)
        with mlflow.start_run(run_id=run.info.run_id):
            assert mlflow.get_run(run.info.run_id).info.status == "RUNNING"
            mlflow.log_metric("loss", 0.5, step=1)
        resumed = mlflow.get_run(run.info.run_id)
        assert (resumed.info.run_name, resumed.info.status) == ("first", "FINISHED")
        assert resumed.data.metrics == {"loss": 0.5}

    def test_rename(self, client: MlflowClient, experiment: Experiment):
        """update_run and the tag mlflow.runName both rename a run, in its info and its tags."""
        run_id = client.create_run(experiment.experiment_id, run_name="before").info.run_id
        client.update_run(run_id, name="after")
        renamed = client.get_run(run_id)
        assert (renamed.info.run_name, renamed.data.tags["mlflow.runName"]) == ("after", "after")
        assert renamed.info.status == "RUNNING"
        client.set_tag(run_id, "mlflow.runName", "by tag")
        assert client.get_run(run_id).info.run_name == "by tag"

    def test_nested(self, client: MlflowClient, experiment: Experiment):
        """Children know their parent, and are found by it."""
        with mlflow.start_run(run_name="parent") as parent:
            children = []
            for i in range(2):
                with mlflow.start_run(run_name=f"child-{i}", nested=True) as child:
                    with mlflow.start_run(run_name=f"grandchild-{i}", nested=True) as grandchild:
                        pass
                    children.append(child.info.run_id)
                assert mlflow.get_parent_run(grandchild.info.run_id).info.run_id == child.info.run_id
        assert mlflow.get_parent_run(children[0]).info.run_name == "parent"
        assert mlflow.get_parent_run(parent.info.run_id) is None
        found = client.search_runs(
            [experiment.experiment_id], f"tags.mlflow.parentRunId = '{parent.info.run_id}'"
        )
        assert {run.info.run_id for run in found} == set(children)

    def test_delete_and_restore(self, client: MlflowClient, experiment: Experiment):
        """A deleted run can be read, not written, is out of the listings, and can be restored."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        client.log_param(run_id, "kept", "yes")
        mlflow.delete_run(run_id)

        def listed(view: int) -> list[str]:
            return [run.info.run_id for run in client.search_runs([experiment.experiment_id], "", view)]

        assert client.get_run(run_id).info.lifecycle_stage == "deleted"
        assert (listed(ViewType.ACTIVE_ONLY), listed(ViewType.DELETED_ONLY)) == ([], [run_id])
        with refused("INVALID_PARAMETER_VALUE"):
            client.log_metric(run_id, "loss", 1.0)
        with refused("INVALID_PARAMETER_VALUE"):
            client.set_tag(run_id, "a", "b")
        with refused("INVALID_PARAMETER_VALUE"):
            client.log_batch(run_id, metrics=[Metric("loss", 1.0, 1, 0)])
        client.restore_run(run_id)
        restored = client.get_run(run_id)
        assert (restored.info.lifecycle_stage, restored.data.params) == ("active", {"kept": "yes"})
        assert (listed(ViewType.ACTIVE_ONLY), listed(ViewType.DELETED_ONLY)) == ([run_id], [])
        assert listed(ViewType.ALL) == [run_id]

    def test_unknown(self, client: MlflowClient):
        """Everything about an unknown run is RESOURCE_DOES_NOT_EXIST."""
        calls = [
            lambda: client.get_run(UNKNOWN_RUN),
            lambda: client.log_metric(UNKNOWN_RUN, "m", 1.0),
            lambda: client.log_param(UNKNOWN_RUN, "p", "1"),
            lambda: client.set_tag(UNKNOWN_RUN, "t", "1"),
            lambda: client.delete_tag(UNKNOWN_RUN, "t"),
            lambda: client.log_batch(UNKNOWN_RUN, metrics=[Metric("m", 1.0, 1, 0)]),
            lambda: client.set_terminated(UNKNOWN_RUN, RunStatus.to_string(RunStatus.FINISHED)),
            lambda: client.delete_run(UNKNOWN_RUN),
            lambda: client.restore_run(UNKNOWN_RUN),
            lambda: client.list_artifacts(UNKNOWN_RUN),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()

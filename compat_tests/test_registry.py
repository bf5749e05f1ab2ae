"""The model registry: models, versions, aliases, stages, copies."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment
from trained_model import TrainedModel


class TestModels:
    def test_create_and_describe(self, client: MlflowClient, unique_name: str):
        """A model keeps description and tags, which can be changed and deleted."""
        client.create_registered_model(unique_name, tags={"team": "blue", "old": "1"}, description="first")
        client.update_registered_model(unique_name, "second ✓")
        client.set_registered_model_tag(unique_name, "team", "red")
        client.delete_registered_model_tag(unique_name, "old")
        model = client.get_registered_model(unique_name)
        assert (model.description, model.tags) == ("second ✓", {"team": "red"})
        assert model.last_updated_timestamp >= model.creation_timestamp > 0
        assert model.latest_versions == []

    def test_name_is_unique(self, client: MlflowClient, unique_name: str):
        """A name can be taken once."""
        client.create_registered_model(unique_name)
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.create_registered_model(unique_name)

    @pytest.mark.parametrize("name", ["", "a/b", "a:b"])
    def test_bad_name(self, client: MlflowClient, name: str):
        """Empty names and those with slash or colon are refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_registered_model(name)

    def test_rename(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Versions, tags and aliases follow a model to its new name."""
        version = new_version(tags={"a": "b"})
        client.set_registered_model_alias(unique_name, "best", version)
        client.rename_registered_model(unique_name, f"{unique_name}-2")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_registered_model(unique_name)
        assert client.get_model_version(f"{unique_name}-2", version).tags == {"a": "b"}
        assert client.get_registered_model(f"{unique_name}-2").aliases == {"best": version}
        client.create_registered_model(unique_name)
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.rename_registered_model(unique_name, f"{unique_name}-2")

    def test_delete(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """A deleted model is gone with its versions; its name starts again at version 1."""
        new_version()
        client.delete_registered_model(unique_name)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_registered_model(unique_name)
        assert client.search_model_versions(f"name = '{unique_name}'") == []
        assert new_version() == "1"


class TestVersions:
    def test_register_a_run_s_model(self, client: MlflowClient, trained: TrainedModel, unique_name: str):
        """Registering makes the model when needed, counts versions, and keeps the run."""
        first = mlflow.register_model(trained.uri("run"), unique_name, tags={"how": "by run"})
        second = mlflow.register_model(trained.uri("model id"), unique_name)
        assert (first.version, second.version) == ("1", "2")
        stored = client.get_model_version(unique_name, "1")
        assert (stored.run_id, stored.status, stored.current_stage) == (trained.run_id, "READY", "None")
        assert (stored.source, stored.tags) == (f"models:/{trained.model_id}", {"how": "by run"})
        assert client.get_model_version_download_uri(unique_name, "2").endswith(
            f"/models/{trained.model_id}/artifacts"
        )

    @pytest.mark.parametrize("source", ["file:///tmp/model", "/tmp/model", "file:///tmp/../etc"])
    def test_local_source_is_refused(self, client: MlflowClient, unique_name: str, source: str):
        """A folder of the server's own disk cannot be registered, nor read by that way."""
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.register_model(source, unique_name)
        assert client.search_model_versions(f"name = '{unique_name}'") == []

    def test_foreign_source_is_accepted(self, client: MlflowClient, new_version: Callable, unique_name: str):
        """A model in an object store can be registered without a run."""
        stored = client.get_model_version(unique_name, new_version(description="from S3"))
        assert (stored.source, stored.run_id, stored.description) == ("s3://bucket/model", "", "from S3")

    def test_source_of_another_run_is_refused(
        self, client: MlflowClient, experiment: Experiment, trained: TrainedModel, unique_name: str
    ):
        """The artifacts of one run cannot be registered in the name of another."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        source = client.get_run(trained.run_id).info.artifact_uri + "/model"
        client.create_registered_model(unique_name)
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_model_version(unique_name, source, run_id=run_id)

    def test_describe(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """A version keeps description and tags, which can be changed and deleted."""
        version = new_version(description="first", tags={"team": "blue", "old": "1"})
        client.update_model_version(unique_name, version, "second ✓")
        client.set_model_version_tag(unique_name, version, "team", "red")
        client.delete_model_version_tag(unique_name, version, "old")
        stored = client.get_model_version(unique_name, version)
        assert (stored.description, stored.tags) == ("second ✓", {"team": "red"})

    def test_number_is_not_used_again(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Deleting a version does not free its number."""
        assert [new_version(), new_version()] == ["1", "2"]
        client.delete_model_version(unique_name, "2")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_model_version(unique_name, "2")
        assert new_version() == "3"

    def test_numbers_under_competition(self, client: MlflowClient, unique_name: str):
        """Versions made at the same time get different numbers, without a gap."""
        client.create_registered_model(unique_name)
        with ThreadPoolExecutor(4) as pool:
            sources = [f"s3://bucket/model-{i}" for i in range(8)]
            made = list(pool.map(lambda source: client.create_model_version(unique_name, source), sources))
        assert sorted(int(version.version) for version in made) == list(range(1, 9))

    def test_copy(self, client: MlflowClient, trained: TrainedModel, unique_name: str):
        """A copied version lives under the new name, keeps the run, and loads the same model."""
        copy = client.copy_model_version(f"models:/{trained.name}/1", unique_name)
        assert (copy.name, copy.version, copy.run_id) == (unique_name, "1", trained.run_id)
        assert copy.source == f"models:/{trained.name}/1"
        again = client.copy_model_version(f"models:/{trained.name}@champion", unique_name)
        assert again.version == "2"
        model = mlflow.pyfunc.load_model(f"models:/{unique_name}/2")
        assert (model.predict(trained.inputs) == trained.predictions).all()


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

    def test_goes_with_its_version(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Deleting a version deletes its aliases."""
        client.set_registered_model_alias(unique_name, "champion", new_version())
        client.delete_model_version(unique_name, "1")
        assert client.get_registered_model(unique_name).aliases == {}

    @pytest.mark.parametrize("alias", ["latest", "Latest", "v1", "V12"])
    def test_reserved(self, client: MlflowClient, unique_name: str, new_version: Callable, alias: str):
        """Words that mean something else in a URI cannot be aliases."""
        version = new_version()
        with refused("INVALID_PARAMETER_VALUE"):
            client.set_registered_model_alias(unique_name, alias, version)


class TestStages:
    def test_transition_archives_the_others(
        self, client: MlflowClient, unique_name: str, new_version: Callable
    ):
        """With archive_existing_versions the stage's former versions are archived."""
        for _ in range(3):
            new_version()
        client.transition_model_version_stage(unique_name, "1", "production")
        client.transition_model_version_stage(unique_name, "2", "Production")
        client.transition_model_version_stage(unique_name, "3", "Production", archive_existing_versions=True)
        stages = {v.version: v.current_stage for v in client.search_model_versions(f"name = '{unique_name}'")}
        assert stages == {"1": "Archived", "2": "Archived", "3": "Production"}

    def test_latest_versions(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """The latest version of each stage, or of the stages asked for."""
        for version, stage in [("1", "Staging"), ("2", "Staging"), ("3", "None"), ("4", "None")]:
            assert new_version() == version
            client.transition_model_version_stage(unique_name, version, stage)

        def latest(stages: list[str] | None = None) -> dict[str, str]:
            found = client.get_latest_versions(unique_name, stages)
            return {version.current_stage: version.version for version in found}

        assert latest() == {"Staging": "2", "None": "4"}
        assert latest(["Staging", "Production"]) == {"Staging": "2"}
        listed = client.get_registered_model(unique_name).latest_versions
        assert {version.version for version in listed} == {"2", "4"}

    def test_unknown_stage(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """There are four stages, and no more."""
        version = new_version()
        with refused("INVALID_PARAMETER_VALUE"):
            client.transition_model_version_stage(unique_name, version, "Testing")


class TestUnknown:
    def test_model(self, client: MlflowClient, unique_name: str):
        """Everything about an unknown model is RESOURCE_DOES_NOT_EXIST."""
        calls = [
            lambda: client.get_registered_model(unique_name),
            lambda: client.update_registered_model(unique_name, "text"),
            lambda: client.rename_registered_model(unique_name, f"{unique_name}-2"),
            lambda: client.delete_registered_model(unique_name),
            lambda: client.set_registered_model_tag(unique_name, "a", "b"),
            lambda: client.set_registered_model_alias(unique_name, "a", "1"),
            lambda: client.get_model_version_by_alias(unique_name, "a"),
            lambda: client.get_latest_versions(unique_name),
            lambda: client.create_model_version(unique_name, "s3://bucket/model"),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()

    def test_version(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Everything about an unknown version is RESOURCE_DOES_NOT_EXIST."""
        new_version()
        calls = [
            lambda: client.get_model_version(unique_name, "7"),
            lambda: client.update_model_version(unique_name, "7", "text"),
            lambda: client.delete_model_version(unique_name, "7"),
            lambda: client.set_model_version_tag(unique_name, "7", "a", "b"),
            lambda: client.set_registered_model_alias(unique_name, "a", "7"),
            lambda: client.get_model_version_download_uri(unique_name, "7"),
            lambda: client.transition_model_version_stage(unique_name, "7", "Staging"),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()

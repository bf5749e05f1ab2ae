"""The model registry: models, versions, stages."""

from collections.abc import Callable

import pytest
from expect import refused
from generation import calls_registry
from mlflow import MlflowClient

pytestmark = calls_registry


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

    def test_name(self, client: MlflowClient, unique_name: str):
        """A name can be taken once, and may not be empty."""
        client.create_registered_model(unique_name)
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.create_registered_model(unique_name)
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_registered_model("")

    def test_rename(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Versions and tags follow a model to its new name, which must be free."""
        version = new_version(tags={"a": "b"})
        client.rename_registered_model(unique_name, f"{unique_name}-2")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_registered_model(unique_name)
        assert client.get_model_version(f"{unique_name}-2", version).tags == {"a": "b"}
        client.create_registered_model(unique_name)
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.rename_registered_model(unique_name, f"{unique_name}-2")

    def test_delete(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """A deleted model is gone with its versions."""
        new_version()
        client.delete_registered_model(unique_name)
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_registered_model(unique_name)
        assert client.search_model_versions(f"name = '{unique_name}'") == []

    def test_search(self, client: MlflowClient, unique_name: str):
        """Models are found by name, in the order asked for, page by page."""
        names = [f"{unique_name}-{letter}" for letter in "abcde"]
        for name in names:
            client.create_registered_model(name)
        exact = client.search_registered_models(f"name = '{names[2]}'")
        assert [model.name for model in exact] == [names[2]]
        text, token, pages = f"name LIKE '{unique_name}-%'", None, []
        while token or not pages:
            page = client.search_registered_models(
                text, max_results=2, order_by=["name DESC"], page_token=token
            )
            pages.append([model.name[-1] for model in page])
            token = page.token
        assert pages == [["e", "d"], ["c", "b"], ["a"]]
        assert names[0] in {model.name for model in client.search_registered_models(max_results=1000)}
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_registered_models("colour = 'red'")


class TestVersions:
    def test_describe(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """A version keeps description and tags, which can be changed and deleted."""
        version = new_version(description="first", tags={"team": "blue", "old": "1"})
        client.update_model_version(unique_name, version, "second ✓")
        client.set_model_version_tag(unique_name, version, "team", "red")
        client.delete_model_version_tag(unique_name, version, "old")
        stored = client.get_model_version(unique_name, version)
        assert (stored.description, stored.tags) == ("second ✓", {"team": "red"})
        assert (stored.source, stored.run_id, stored.status) == ("s3://bucket/model", "", "READY")

    def test_number_is_not_used_again(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Deleting a version does not free its number."""
        assert [new_version(), new_version()] == ["1", "2"]
        client.delete_model_version(unique_name, "2")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.get_model_version(unique_name, "2")
        assert new_version() == "3"

    def test_search(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Versions are found by the model's name, and by their run."""
        for _ in range(3):
            new_version()
        found = client.search_model_versions(f"name = '{unique_name}'")
        assert sorted(version.version for version in found) == ["1", "2", "3"]
        assert client.search_model_versions(f"name = '{unique_name}' and run_id = '{'0' * 32}'") == []
        assert client.search_model_versions("name = 'no-such-model'") == []

    @pytest.mark.parametrize("source", ["file:///tmp/model", "/tmp/model"])
    def test_local_source_is_refused(self, client: MlflowClient, unique_name: str, source: str):
        """A folder of the server's own disk cannot be registered."""
        client.create_registered_model(unique_name)
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_model_version(unique_name, source)


class TestStages:
    def test_transition(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """A transition moves one version; with archiving, the stage's other versions leave it."""
        for _ in range(3):
            new_version()
        moved = client.transition_model_version_stage(unique_name, "1", "production")
        assert (moved.version, moved.current_stage) == ("1", "Production")
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
            lambda: client.get_model_version_download_uri(unique_name, "7"),
            lambda: client.transition_model_version_stage(unique_name, "7", "Staging"),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()

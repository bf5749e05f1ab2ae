"""Prompts of the 2.22 client, which it keeps as registered models of a special kind."""

import contextlib
from collections.abc import Iterator

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment

TEMPLATE = "Translate {{ text }} to {{ language }}."


@contextlib.contextmanager
def prompt_refused(error_code: str) -> Iterator[None]:
    """The block must be refused with this code, which the client moves into the message of its own error."""
    with pytest.raises(mlflow.MlflowException, match=f"^{error_code}: "):
        yield


class TestVersions:
    def test_register_and_load(self, unique_name: str):
        """A prompt keeps template, commit message and tags, version by version."""
        first = mlflow.register_prompt(
            unique_name,
            TEMPLATE,
            commit_message="first",
            version_metadata={"author": "Zoë"},
            tags={"task": "translation"},
        )
        second = mlflow.register_prompt(unique_name, "Say {{ text }} ✓", commit_message="second")
        assert (int(first.version), int(second.version)) == (1, 2)
        loaded = mlflow.load_prompt(unique_name, version=1)
        assert (loaded.template, loaded.commit_message) == (TEMPLATE, "first")
        assert (loaded.version_metadata, loaded.tags) == ({"author": "Zoë"}, {"task": "translation"})
        assert loaded.variables == {"text", "language"}
        assert loaded.format(text="yes", language="French") == "Translate yes to French."
        assert mlflow.load_prompt(f"prompts:/{unique_name}/2").template == "Say {{ text }} ✓"
        assert mlflow.load_prompt(unique_name).commit_message == "second"

    def test_delete(self, client: MlflowClient, unique_name: str):
        """A deleted version cannot be loaded any more."""
        mlflow.register_prompt(unique_name, "one")
        mlflow.register_prompt(unique_name, "two")
        mlflow.delete_prompt(unique_name, 1)
        with prompt_refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.load_prompt(unique_name, version=1)
        assert mlflow.load_prompt(unique_name, version=2).template == "two"

    def test_unknown(self, unique_name: str):
        """Prompts and versions that do not exist cannot be loaded."""
        with prompt_refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.load_prompt(unique_name, version=1)
        mlflow.register_prompt(unique_name, "one")
        with prompt_refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.load_prompt(unique_name, version=9)


class TestAliases:
    def test_set_move_delete(self, unique_name: str):
        """An alias leads to one version, can be moved and deleted."""
        mlflow.register_prompt(unique_name, "one")
        mlflow.register_prompt(unique_name, "two")
        for version, template in [(1, "one"), (2, "two")]:
            mlflow.set_prompt_alias(unique_name, "production", version)
            loaded = mlflow.load_prompt(f"prompts:/{unique_name}@production")
            assert (int(loaded.version), loaded.template) == (version, template)
        mlflow.delete_prompt_alias(unique_name, "production")
        with pytest.raises(mlflow.MlflowException, match="does not exist"):
            mlflow.load_prompt(f"prompts:/{unique_name}@production")

    def test_unknown_version(self, unique_name: str):
        """An alias cannot name a version that is not there."""
        mlflow.register_prompt(unique_name, "one")
        with prompt_refused("RESOURCE_DOES_NOT_EXIST"):
            mlflow.set_prompt_alias(unique_name, "production", 9)


class TestBesideModels:
    def test_searches_leave_prompts_out(self, client: MlflowClient, unique_name: str):
        """A search of models finds no prompts, unless it asks for them."""
        client.create_registered_model(f"{unique_name}-model")
        mlflow.register_prompt(f"{unique_name}-prompt", TEMPLATE)
        found = client.search_registered_models(f"name LIKE '{unique_name}-%'")
        assert [model.name for model in found] == [f"{unique_name}-model"]
        (prompt,) = client.search_registered_models(
            f"name LIKE '{unique_name}-%' AND tag.`mlflow.prompt.is_prompt` = 'true'"
        )
        assert prompt.name == f"{unique_name}-prompt"

    def test_names_are_shared(self, client: MlflowClient, unique_name: str):
        """A prompt cannot take the name of a model, nor a model that of a prompt."""
        client.create_registered_model(f"{unique_name}-model")
        with pytest.raises(mlflow.MlflowException, match="exists with the same name"):
            mlflow.register_prompt(f"{unique_name}-model", TEMPLATE)
        mlflow.register_prompt(f"{unique_name}-prompt", TEMPLATE)
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.create_registered_model(f"{unique_name}-prompt")
        with refused("RESOURCE_DOES_NOT_EXIST"):
            client.rename_registered_model(f"{unique_name}-prompt", unique_name)

    def test_prompt_of_a_run(self, client: MlflowClient, experiment: Experiment, unique_name: str):
        """A prompt can be attached to runs, listed by run, and detached."""
        mlflow.register_prompt(unique_name, TEMPLATE)
        run_id = client.create_run(experiment.experiment_id).info.run_id
        client.log_prompt(run_id, f"prompts:/{unique_name}/1")
        (logged,) = client.list_logged_prompts(run_id)
        assert (logged.name, int(logged.version), logged.template) == (unique_name, 1, TEMPLATE)
        client.detach_prompt_from_run(run_id, f"prompts:/{unique_name}/1")
        assert client.list_logged_prompts(run_id) == []

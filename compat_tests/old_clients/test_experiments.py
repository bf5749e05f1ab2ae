"""Experiments: made, found, renamed, deleted, restored."""

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType

UNKNOWN_EXPERIMENT = "987654321"


class TestExperiments:
    def test_create_and_get(self, client: MlflowClient, unique_name: str):
        """An experiment keeps its name and tags, and can be had by name and by id."""
        experiment_id = mlflow.create_experiment(unique_name, tags={"team": "blue", "größe": "✓"})
        found = client.get_experiment_by_name(unique_name)
        assert dict(found) == dict(client.get_experiment(experiment_id))
        assert (found.name, found.lifecycle_stage) == (unique_name, "active")
        assert {"team": "blue", "größe": "✓"}.items() <= found.tags.items()
        assert found.artifact_location == f"mlflow-artifacts:/{experiment_id}"
        assert found.last_update_time >= found.creation_time > 0

    def test_default_experiment(self, client: MlflowClient):
        """Experiment 0 is there from the start, named Default."""
        assert client.get_experiment("0").name == "Default"

    def test_set_makes_it_once(self, client: MlflowClient, unique_name: str):
        """set_experiment makes what is not there, and finds it the second time."""
        made = mlflow.set_experiment(unique_name)
        assert mlflow.set_experiment(unique_name).experiment_id == made.experiment_id
        with refused("RESOURCE_ALREADY_EXISTS"):
            client.create_experiment(unique_name)

    def test_tags_and_rename(self, client: MlflowClient, experiment: Experiment):
        """Tags can be set and overwritten; after a rename only the new name leads to the experiment."""
        mlflow.set_experiment_tags({"team": "blue", "owner": "Zoë"})
        mlflow.set_experiment_tag("team", "red")
        client.rename_experiment(experiment.experiment_id, f"{experiment.name}-renamed")
        assert client.get_experiment_by_name(experiment.name) is None
        renamed = client.get_experiment_by_name(f"{experiment.name}-renamed")
        assert renamed.experiment_id == experiment.experiment_id
        assert (renamed.tags["team"], renamed.tags["owner"]) == ("red", "Zoë")

    def test_delete_and_restore(self, client: MlflowClient, experiment: Experiment):
        """A deleted experiment takes its runs along, refuses new ones, and comes back with them."""
        run_id = client.create_run(experiment.experiment_id).info.run_id
        mlflow.delete_experiment(experiment.experiment_id)
        assert client.get_experiment(experiment.experiment_id).lifecycle_stage == "deleted"
        assert client.get_run(run_id).info.lifecycle_stage == "deleted"
        with refused("INVALID_PARAMETER_VALUE"):
            client.create_run(experiment.experiment_id)
        client.restore_experiment(experiment.experiment_id)
        assert client.get_experiment_by_name(experiment.name).lifecycle_stage == "active"
        assert client.get_run(run_id).info.lifecycle_stage == "active"

    def test_unknown(self, client: MlflowClient, unique_name: str):
        """Everything about an unknown experiment is RESOURCE_DOES_NOT_EXIST, but for the look by name."""
        assert mlflow.get_experiment_by_name(unique_name) is None
        calls = [
            lambda: client.get_experiment(UNKNOWN_EXPERIMENT),
            lambda: client.delete_experiment(UNKNOWN_EXPERIMENT),
            lambda: client.restore_experiment(UNKNOWN_EXPERIMENT),
            lambda: client.rename_experiment(UNKNOWN_EXPERIMENT, unique_name),
            lambda: client.set_experiment_tag(UNKNOWN_EXPERIMENT, "a", "b"),
            lambda: client.create_run(UNKNOWN_EXPERIMENT),
        ]
        for call in calls:
            with refused("RESOURCE_DOES_NOT_EXIST"):
                call()


class TestSearch:
    @pytest.fixture
    def shelf(self, client: MlflowClient, unique_name: str) -> str:
        """The prefix of five experiments a to e; c is deleted, d and e have a tag."""
        for letter in "abcde":
            tags = {"shelf": "top"} if letter in "de" else {}
            experiment_id = client.create_experiment(f"{unique_name}-{letter}", tags=tags)
            if letter == "c":
                client.delete_experiment(experiment_id)
        return unique_name

    def found(self, shelf: str, view_type: int = ViewType.ACTIVE_ONLY, extra: str = "") -> str:
        """The last letters of the experiments found, by name."""
        names = [
            experiment.name
            for experiment in mlflow.search_experiments(
                view_type, filter_string=f"name LIKE '{shelf}-%'{extra}", order_by=["name ASC"]
            )
        ]
        assert all(name.startswith(f"{shelf}-") for name in names)
        return "".join(name[-1] for name in names)

    def test_view_types_and_filters(self, shelf: str):
        """Deleted experiments are found when asked for; filters look at names and tags."""
        assert self.found(shelf) == "abde"
        assert self.found(shelf, ViewType.DELETED_ONLY) == "c"
        assert self.found(shelf, ViewType.ALL) == "abcde"
        assert self.found(shelf, extra=" AND tags.shelf = 'top'") == "de"
        assert self.found(shelf, extra=f" AND name != '{shelf}-b'") == "ade"

    def test_pages(self, client: MlflowClient, shelf: str):
        """Pages hold what was asked for, in order, and the last one has no token."""
        text, token, pages = f"name LIKE '{shelf}-%'", None, []
        while token or not pages:
            page = client.search_experiments(
                filter_string=text, order_by=["name DESC"], max_results=2, page_token=token
            )
            pages.append("".join(experiment.name[-1] for experiment in page))
            token = page.token
        assert pages == ["ed", "ba"]

    def test_bad_filter(self, client: MlflowClient):
        """A filter that makes no sense is refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_experiments(filter_string="colour = 'red'")

"""Searching experiments, registered models, their versions, and logged models: filters, order, pages."""

from collections.abc import Callable

import mlflow
import pytest
from expect import refused
from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType
from trained_model import TrainedModel


class TestExperiments:
    @pytest.fixture
    def made(self, client: MlflowClient, unique_name: str) -> dict[str, str]:
        """Ids of three experiments by the last letter of their names; c is deleted, b is the other team's."""
        ids = {}
        for letter, team in [("a", "blue"), ("b", "red"), ("c", "blue")]:
            tags = {"team": team, "test": unique_name}
            ids[letter] = client.create_experiment(f"{unique_name}-{letter}", tags=tags)
        client.delete_experiment(ids["c"])
        return ids

    def test_filters(self, made: dict[str, str], unique_name: str):
        """Experiments are found by name, tag and id."""
        mine = f"tags.test = '{unique_name}'"

        def found(text: str) -> str:
            return "".join(sorted(e.name[-1] for e in mlflow.search_experiments(filter_string=text)))

        assert found(mine) == "ab"
        assert found(f"name = '{unique_name}-b'") == "b"
        assert found(f"{mine} AND name != '{unique_name}-b'") == "a"
        assert found(f"name LIKE '{unique_name}%'") == "ab"
        assert found(f"attribute.name ILIKE '{unique_name.upper()}%'") == "ab"
        assert found(f"{mine} AND tag.team = 'red'") == "b"
        assert found(f"{mine} AND tags.`team` ILIKE 'BL%'") == "a"
        assert found(f"experiment_id = '{made['a']}'") == "a"
        assert found(f"{mine} AND creation_time > 0") == "ab"

    def test_order_view_and_pages(self, client: MlflowClient, made: dict[str, str], unique_name: str):
        """Experiments come newest first or in the order asked for, deleted ones on request, in pages."""
        text = f"name LIKE '{unique_name}%'"

        def listed(view: int = ViewType.ALL, order: list[str] | None = None) -> str:
            return "".join(e.name[-1] for e in mlflow.search_experiments(view, None, text, order))

        assert listed() == "cba"
        assert listed(order=["name ASC"]) == "abc"
        assert listed(order=["name DESC"]) == "cba"
        assert listed(ViewType.ACTIVE_ONLY) == "ba"
        assert listed(ViewType.DELETED_ONLY) == "c"
        page = client.search_experiments(ViewType.ALL, 2, text)
        rest = client.search_experiments(ViewType.ALL, 2, text, page_token=page.token)
        assert [e.name[-1] for e in page] + [e.name[-1] for e in rest] == ["c", "b", "a"]
        assert not rest.token

    @pytest.mark.parametrize("text", ["name > 'a'", "color = 'red'"])
    def test_nonsense_is_refused(self, text: str):
        """A filter that does not follow the grammar is refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.search_experiments(filter_string=text)


class TestRegisteredModels:
    @pytest.fixture
    def prefix(self, client: MlflowClient, unique_name: str) -> str:
        """The common beginning of three models' names."""
        for letter, team in [("b", "red"), ("a", "blue"), ("c", "blue")]:
            client.create_registered_model(f"{unique_name}-{letter}", tags={"team": team})
        return unique_name

    def test_filters(self, client: MlflowClient, prefix: str):
        """Models are found by name and tag."""

        def found(text: str) -> str:
            return "".join(model.name[-1] for model in client.search_registered_models(text))

        assert found(f"name = '{prefix}-b'") == "b"
        assert found(f"name LIKE '{prefix}%'") == "abc"
        assert found(f"name ILIKE '{prefix.upper()}%' AND tags.team = 'blue'") == "ac"
        assert found(f"name LIKE '{prefix}%' AND tag.team != 'blue'") == "b"
        assert found(f"name IN ('{prefix}-a', '{prefix}-c')") == "ac"

    def test_order_and_pages(self, client: MlflowClient, prefix: str):
        """Models come by name or as asked for, in pages."""
        text = f"name LIKE '{prefix}%'"

        def listed(order: list[str]) -> str:
            return "".join(m.name[-1] for m in mlflow.search_registered_models(None, text, order))

        assert listed(["name DESC"]) == "cba"
        client.update_registered_model(f"{prefix}-a", "touched")
        assert listed(["last_updated_timestamp DESC"])[0] == "a"
        page = client.search_registered_models(text, max_results=2)
        rest = client.search_registered_models(text, max_results=2, page_token=page.token)
        assert [m.name[-1] for m in page] + [m.name[-1] for m in rest] == ["a", "b", "c"]
        assert not rest.token

    @pytest.mark.parametrize("text", ["name > 'a'", "description = 'x'"])
    def test_nonsense_is_refused(self, client: MlflowClient, text: str):
        """A filter that does not follow the grammar is refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_registered_models(text)


class TestVersions:
    def test_filters(
        self, client: MlflowClient, trained: TrainedModel, unique_name: str, new_version: Callable
    ):
        """Versions are found by name, run, number and tag."""
        new_version(tags={"team": "blue"})
        new_version(tags={"team": "red"})
        mlflow.register_model(trained.uri("run"), unique_name)

        def found(text: str) -> str:
            both = f"name = '{unique_name}' AND {text}"
            return "".join(sorted(version.version for version in client.search_model_versions(both)))

        assert found(f"run_id = '{trained.run_id}'") == "3"
        assert found("version_number >= 2") == "23"
        assert found("tags.team = 'red'") == "2"
        assert found("tags.team ILIKE 'BLUE'") == "1"
        assert found("source_path = 's3://bucket/model'") == "12"
        assert len(client.search_model_versions(f"run_id IN ('{trained.run_id}')")) >= 2

    def test_order_and_pages(self, client: MlflowClient, unique_name: str, new_version: Callable):
        """Versions come as asked for, in pages."""
        for _ in range(3):
            new_version()
        text = f"name = '{unique_name}'"
        ordered = mlflow.search_model_versions(filter_string=text, order_by=["version_number DESC"])
        assert [version.version for version in ordered] == ["3", "2", "1"]
        page = client.search_model_versions(text, 2, ["version_number ASC"])
        rest = client.search_model_versions(text, 2, ["version_number ASC"], page.token)
        assert [v.version for v in page] + [v.version for v in rest] == ["1", "2", "3"]
        assert not rest.token

    def test_nonsense_is_refused(self, client: MlflowClient):
        """A filter that does not follow the grammar is refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            client.search_model_versions("stage = 'Production'")


class TestLoggedModels:
    @pytest.fixture
    def made(self, client: MlflowClient, experiment: Experiment) -> str:
        """The id of an experiment with the models pine, oak and elm, made in this order; elm is not ready."""
        with mlflow.start_run() as run:
            for name, kind, accuracy in [("pine", "soft", 0.5), ("oak", "hard", 0.9), ("elm", "hard", 0.7)]:
                model = mlflow.initialize_logged_model(name, params={"kind": kind}, tags={"tree": name})
                client.log_metric(run.info.run_id, "accuracy", accuracy, model_id=model.model_id)
                if name != "elm":
                    mlflow.finalize_logged_model(model.model_id, "READY")
        return experiment.experiment_id

    def test_filters(self, made: str):
        """Logged models are found by attribute, metric, parameter and tag."""

        def found(text: str) -> str:
            models = mlflow.search_logged_models([made], text, output_format="list")
            return " ".join(sorted(model.name for model in models))

        (run_id,) = mlflow.search_runs([made])["run_id"]
        assert found("") == "elm oak pine"
        assert found("name = 'oak'") == "oak"
        assert found("name LIKE '%e%' AND params.kind = 'soft'") == "pine"
        assert found("metrics.accuracy > 0.6") == "elm oak"
        assert found("metrics.accuracy >= 0.5 AND tags.tree IN ('pine', 'elm')") == "elm pine"
        assert found("params.kind != 'soft'") == "elm oak"
        assert found(f"source_run_id = '{run_id}' AND name != 'oak'") == "elm pine"

    def test_order_and_pages(self, client: MlflowClient, made: str):
        """Logged models come newest first or by an attribute or metric, in pages."""

        def listed(**order: object) -> str:
            order_by = [order] if order else None
            models = mlflow.search_logged_models([made], order_by=order_by, output_format="list")
            return " ".join(model.name for model in models)

        assert listed() == "elm oak pine"
        assert listed(field_name="metrics.accuracy", ascending=False) == "oak elm pine"
        assert listed(field_name="metrics.accuracy") == "pine elm oak"
        assert listed(field_name="name") == "elm oak pine"
        assert listed(field_name="creation_timestamp", ascending=True) == "pine oak elm"
        page = client.search_logged_models([made], max_results=2)
        rest = client.search_logged_models([made], max_results=2, page_token=page.token)
        assert [m.name for m in page] + [m.name for m in rest] == ["elm", "oak", "pine"]
        assert not rest.token

    def test_frame(self, made: str):
        """search_logged_models gives a data frame too."""
        frame = mlflow.search_logged_models([made], "name = 'oak'")
        assert list(frame["name"]) == ["oak"]
        assert frame["params"].iloc[0] == {"kind": "hard"}

    @pytest.mark.parametrize("text", ["name > 'a'", "color.x = 'red'"])
    def test_nonsense_is_refused(self, experiment: Experiment, text: str):
        """A filter that does not follow the grammar is refused."""
        with refused("INVALID_PARAMETER_VALUE"):
            mlflow.search_logged_models([experiment.experiment_id], text)

"""The calls that only the 1.30 client makes: lists of experiments, run infos and registered models."""

from collections.abc import Callable

import mlflow
from generation import calls_list
from mlflow import MlflowClient
from mlflow.entities import Experiment, ViewType


def all_pages(call: Callable, **options: object) -> tuple[list, int]:
    """Everything that a paged call gives, and how many pages it took."""
    token, found, pages = None, [], 0
    while token or not pages:
        page = call(page_token=token, **options)
        found, pages, token = [*found, *page], pages + 1, page.token
    return found, pages


@calls_list
class TestExperiments:
    def test_view_types(self, client: MlflowClient, unique_name: str):
        """Active experiments are listed by default, deleted ones when asked for."""
        kept, deleted = (client.create_experiment(f"{unique_name}-{i}") for i in range(2))
        client.delete_experiment(deleted)

        def listed(view_type: int) -> set[str]:
            return {found.experiment_id for found in client.list_experiments(view_type)} & {kept, deleted}

        assert listed(ViewType.ACTIVE_ONLY) == {kept}
        assert listed(ViewType.DELETED_ONLY) == {deleted}
        assert listed(ViewType.ALL) == {kept, deleted}
        assert kept in {found.experiment_id for found in mlflow.list_experiments()}

    def test_pages(self, client: MlflowClient, unique_name: str):
        """Every experiment is on one of the pages, once, with its fields."""
        made = {client.create_experiment(f"{unique_name}-{i}", tags={"i": str(i)}) for i in range(5)}
        found, pages = all_pages(client.list_experiments, max_results=2)
        ids = [experiment.experiment_id for experiment in found]
        assert pages >= 3
        assert len(ids) == len(set(ids))
        assert made <= set(ids)
        listed = {e.name: e.tags for e in found if e.experiment_id in made}
        assert listed == {f"{unique_name}-{i}": {"i": str(i)} for i in range(5)}


class TestRunInfos:
    def test_pages_and_view_types(self, client: MlflowClient, experiment: Experiment):
        """Run infos come page by page, in the order asked for; deleted ones when asked for."""
        made = [client.create_run(experiment.experiment_id, start_time=i).info.run_id for i in range(1, 6)]
        client.delete_run(made.pop())
        (_, pages) = all_pages(
            lambda **options: client.list_run_infos(experiment.experiment_id, **options), max_results=2
        )
        assert pages == 2
        infos = client.list_run_infos(experiment.experiment_id, order_by=["start_time ASC"])
        assert [info.run_id for info in infos] == made
        assert [info.status for info in infos] == ["RUNNING"] * 4
        everything = mlflow.list_run_infos(experiment.experiment_id, ViewType.ALL)
        assert len(everything) == 5


@calls_list
class TestRegisteredModels:
    def test_pages(self, client: MlflowClient, unique_name: str):
        """Every model is on one of the pages, once, with its latest versions."""
        names = [f"{unique_name}-{letter}" for letter in "abc"]
        for name in names:
            client.create_registered_model(name, tags={"letter": name[-1]})
        client.create_model_version(names[0], "s3://bucket/model")
        found, pages = all_pages(client.list_registered_models, max_results=2)
        assert pages >= 2
        listed = [model for model in found if model.name in names]
        assert [model.name for model in listed] == names
        assert [model.tags for model in listed] == [{"letter": letter} for letter in "abc"]
        assert [len(model.latest_versions) for model in listed] == [1, 0, 0]

"""Experiments (`endpoints.md` §2)."""

from __future__ import annotations

from mlflowlite.api.context import Context
from mlflowlite.protos import messages as m
from mlflowlite.store import experiments, inputs


def create_experiment(ctx: Context, request: m.CreateExperimentRequest) -> m.CreateExperimentResponse:
    location = None
    if request.artifact_location:
        location = ctx.places.check_location(request.artifact_location, "artifact_location")
    experiment_id = experiments.create_experiment(
        ctx.db, request.name, location, request.tags, artifact_root=ctx.places.root
    )
    return m.CreateExperimentResponse(experiment_id=experiment_id)


def search_experiments(ctx: Context, request: m.SearchExperimentsRequest) -> m.SearchExperimentsResponse:
    found, token = experiments.search_experiments(
        ctx.db,
        view_type=request.view_type or "ACTIVE_ONLY",
        max_results=request.max_results or 0,
        filter_string=request.filter or "",
        order_by=request.order_by,
        page_token=request.page_token,
    )
    return m.SearchExperimentsResponse(experiments=found, next_page_token=token)


def list_experiments(ctx: Context, request: m.ListExperimentsRequest) -> m.ListExperimentsResponse:
    found, token = experiments.list_experiments(
        ctx.db,
        view_type=request.view_type or "ACTIVE_ONLY",
        max_results=request.max_results,
        page_token=request.page_token,
    )
    return m.ListExperimentsResponse(experiments=found, next_page_token=token)


def get_experiment(ctx: Context, request: m.GetExperimentRequest) -> m.GetExperimentResponse:
    return m.GetExperimentResponse(experiment=experiments.get_experiment(ctx.db, request.experiment_id))


def get_experiment_by_name(
    ctx: Context, request: m.GetExperimentByNameRequest
) -> m.GetExperimentByNameResponse:
    found = experiments.get_experiment_by_name(ctx.db, request.experiment_name)
    return m.GetExperimentByNameResponse(experiment=found)


def delete_experiment(ctx: Context, request: m.DeleteExperimentRequest) -> m.DeleteExperimentResponse:
    experiments.delete_experiment(ctx.db, request.experiment_id)
    return m.DeleteExperimentResponse()


def restore_experiment(ctx: Context, request: m.RestoreExperimentRequest) -> m.RestoreExperimentResponse:
    experiments.restore_experiment(ctx.db, request.experiment_id)
    return m.RestoreExperimentResponse()


def update_experiment(ctx: Context, request: m.UpdateExperimentRequest) -> m.UpdateExperimentResponse:
    experiments.rename_experiment(ctx.db, request.experiment_id, request.new_name)
    return m.UpdateExperimentResponse()


def set_experiment_tag(ctx: Context, request: m.SetExperimentTagRequest) -> m.SetExperimentTagResponse:
    experiments.set_experiment_tag(ctx.db, request.experiment_id, request.key, request.value or "")
    return m.SetExperimentTagResponse()


def delete_experiment_tag(
    ctx: Context, request: m.DeleteExperimentTagRequest
) -> m.DeleteExperimentTagResponse:
    experiments.delete_experiment_tag(ctx.db, request.experiment_id, request.key)
    return m.DeleteExperimentTagResponse()


def search_datasets(ctx: Context, request: m.SearchDatasetsRequest) -> m.SearchDatasetsResponse:
    return m.SearchDatasetsResponse(dataset_summaries=inputs.search_datasets(ctx.db, request.experiment_ids))

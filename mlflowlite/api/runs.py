"""Runs, params, tags, batches, inputs and outputs (`endpoints.md` §3)."""

from __future__ import annotations

from mlflowlite.api.context import Context
from mlflowlite.errors import invalid
from mlflowlite.protos import messages as m
from mlflowlite.store import batches, inputs, runs


def create_run(ctx: Context, request: m.CreateRunRequest) -> m.CreateRunResponse:
    run = runs.create_run(
        ctx.db,
        experiment_id=request.experiment_id or "",
        user_id=request.user_id or "",
        run_name=request.run_name or "",
        start_time=request.start_time or 0,
        tags=request.tags,
    )
    return m.CreateRunResponse(run=run)


def update_run(ctx: Context, request: m.UpdateRunRequest) -> m.UpdateRunResponse:
    info = runs.update_run(
        ctx.db,
        request.run_id,
        status=request.status,
        end_time=request.end_time,
        run_name=request.run_name,
    )
    return m.UpdateRunResponse(run_info=info)


def delete_run(ctx: Context, request: m.DeleteRunRequest) -> m.DeleteRunResponse:
    runs.delete_run(ctx.db, request.run_id)
    return m.DeleteRunResponse()


def restore_run(ctx: Context, request: m.RestoreRunRequest) -> m.RestoreRunResponse:
    runs.restore_run(ctx.db, request.run_id)
    return m.RestoreRunResponse()


def get_run(ctx: Context, request: m.GetRunRequest) -> m.GetRunResponse:
    return m.GetRunResponse(run=runs.get_run(ctx.db, request.run_id))


def search_runs(ctx: Context, request: m.SearchRunsRequest) -> m.SearchRunsResponse:
    max_results = 1000 if request.max_results is None else request.max_results
    if max_results > runs.MAX_SEARCH_RESULTS:
        # This endpoint alone words the limit as a wrong type (`wire.md` §5.4).
        raise invalid(
            f"Invalid value {max_results} for parameter 'max_results' supplied:  Hint: Value was of type "
            "'int'. See the API docs for more information about request parameters."
        )
    found, token = runs.search_runs(
        ctx.db,
        experiment_ids=request.experiment_ids,
        filter_string=request.filter or "",
        run_view_type=request.run_view_type or "ACTIVE_ONLY",
        max_results=max_results,
        order_by=request.order_by,
        page_token=request.page_token,
    )
    return m.SearchRunsResponse(runs=found, next_page_token=token)


def log_param(ctx: Context, request: m.LogParamRequest) -> m.LogParamResponse:
    batches.log_param(ctx.db, request.run_id, request.key, request.value or "")
    return m.LogParamResponse()


def set_tag(ctx: Context, request: m.SetTagRequest) -> m.SetTagResponse:
    runs.set_tag(ctx.db, request.run_id, request.key, request.value or "")
    return m.SetTagResponse()


def delete_tag(ctx: Context, request: m.DeleteTagRequest) -> m.DeleteTagResponse:
    runs.delete_tag(ctx.db, request.run_id, request.key)
    return m.DeleteTagResponse()


def log_batch(ctx: Context, request: m.LogBatchRequest) -> m.LogBatchResponse:
    batches.log_batch(
        ctx.db, request.run_id, metrics=request.metrics, params=request.params, tags=request.tags
    )
    return m.LogBatchResponse()


def log_model(ctx: Context, request: m.LogModelRequest) -> m.LogModelResponse:
    runs.log_model(ctx.db, request.run_id, request.model_json)
    return m.LogModelResponse()


def log_inputs(ctx: Context, request: m.LogInputsRequest) -> m.LogInputsResponse:
    inputs.log_inputs(ctx.db, request.run_id, request.datasets, request.models)
    return m.LogInputsResponse()


def log_outputs(ctx: Context, request: m.LogOutputsRequest) -> m.LogOutputsResponse:
    inputs.log_outputs(ctx.db, request.run_id, request.models)
    return m.LogOutputsResponse()

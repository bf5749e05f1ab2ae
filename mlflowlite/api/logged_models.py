"""Logged models (`endpoints.md` §5)."""

from __future__ import annotations

from flask import Request, Response

from mlflowlite.api import files
from mlflowlite.api.context import Context
from mlflowlite.artifacts import ArtifactPath
from mlflowlite.protos import messages as m
from mlflowlite.store import logged_models


def create_logged_model(ctx: Context, request: m.CreateLoggedModelRequest) -> m.CreateLoggedModelResponse:
    model = logged_models.create_logged_model(
        ctx.db,
        experiment_id=request.experiment_id,
        name=request.name,
        model_type=request.model_type,
        source_run_id=request.source_run_id,
        params=request.params,
        tags=request.tags,
    )
    return m.CreateLoggedModelResponse(model=model)


def get_logged_model(ctx: Context, request: m.GetLoggedModelRequest) -> m.GetLoggedModelResponse:
    model = logged_models.get_logged_model(
        ctx.db, request.model_id, allow_deleted=bool(request.allow_deleted)
    )
    return m.GetLoggedModelResponse(model=model)


def finalize_logged_model(
    ctx: Context, request: m.FinalizeLoggedModelRequest
) -> m.FinalizeLoggedModelResponse:
    model = logged_models.finalize_logged_model(ctx.db, request.model_id, request.status)
    return m.FinalizeLoggedModelResponse(model=model)


def delete_logged_model(ctx: Context, request: m.DeleteLoggedModelRequest) -> m.DeleteLoggedModelResponse:
    logged_models.delete_logged_model(ctx.db, request.model_id)
    return m.DeleteLoggedModelResponse()


def search_logged_models(ctx: Context, request: m.SearchLoggedModelsRequest) -> m.SearchLoggedModelsResponse:
    found, token = logged_models.search_logged_models(
        ctx.db,
        experiment_ids=request.experiment_ids,
        filter_string=request.filter or "",
        datasets=[(dataset.dataset_name, dataset.dataset_digest) for dataset in request.datasets],
        max_results=50 if request.max_results is None else request.max_results,
        order_by=request.order_by,
        page_token=request.page_token,
    )
    return m.SearchLoggedModelsResponse(models=found, next_page_token=token)


def set_logged_model_tags(ctx: Context, request: m.SetLoggedModelTagsRequest) -> m.SetLoggedModelTagsResponse:
    logged_models.set_logged_model_tags(ctx.db, request.model_id, request.tags)
    return m.SetLoggedModelTagsResponse()


def delete_logged_model_tag(
    ctx: Context, request: m.DeleteLoggedModelTagRequest
) -> m.DeleteLoggedModelTagResponse:
    logged_models.delete_logged_model_tag(ctx.db, request.model_id, request.tag_key)
    return m.DeleteLoggedModelTagResponse()


def log_logged_model_params(
    ctx: Context, request: m.LogLoggedModelParamsRequest
) -> m.LogLoggedModelParamsResponse:
    logged_models.log_logged_model_params(ctx.db, request.model_id, request.params)
    return m.LogLoggedModelParamsResponse()


def list_logged_model_artifacts(
    ctx: Context, request: m.ListLoggedModelArtifactsRequest
) -> m.ListLoggedModelArtifactsResponse:
    path = ArtifactPath.parse(request.artifact_directory_path or "")
    uri = logged_models.logged_model_artifact_uri(ctx.db, request.model_id)
    return m.ListLoggedModelArtifactsResponse(root_uri=uri, files=files.list_files(ctx, uri, path))


def get_logged_model_artifact(
    ctx: Context, request: m.GetLoggedModelArtifactRequest, http: Request
) -> Response:
    path = ArtifactPath.parse(request.artifact_file_path)
    uri = logged_models.logged_model_artifact_uri(ctx.db, request.model_id)
    return files.send(ctx.places.store_of(uri), path, http)
